//! Measures what is not counted where it happens: queue, outbox, caches, process, lost log lines; and writes what gathered:
//! errors and the census. A beat of its own, so
//! that a scrape asks no engine and costs the same however much waits.

use std::{sync::Arc, time::Duration};

use social::errors::Pot;
use tokio::time::{MissedTickBehavior, interval, timeout};
use tokio_util::sync::CancellationToken;

use super::{logs::LogLosses, process};
use crate::instance::Instance;

/// How often it measures.
const BEAT: Duration = Duration::from_secs(5);
/// How long an engine may take to answer: then the last figure stays.
const PATIENCE: Duration = Duration::from_secs(3);

/// Measures until the token is cancelled.
pub async fn sample(
    instance: Arc<Instance>,
    losses: LogLosses,
    errors: Arc<Pot>,
    stop: CancellationToken,
) {
    let mut beat = interval(BEAT);
    beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            // What went wrong last is the most wanted.
            () = stop.cancelled() => {
                keep_errors(&instance, &errors).await;
                return keep_census(&instance).await;
            }
            _ = beat.tick() => {}
        }
        process::measure();
        losses.measure();
        instance.app.graph.measure();
        let engines = async {
            instance.runner.measure().await;
            if let Ok(waiting) = instance.opened.upkeep.waiting_events().await {
                metrics::gauge!("jobs_outbox_events").set(waiting as f64);
            }
        };
        let _ = timeout(PATIENCE, engines).await;
        keep_errors(&instance, &errors).await;
        keep_census(&instance).await;
    }
}

/// Writes what was counted of the community. What cannot be written now waits, within its bounds.
async fn keep_census(instance: &Instance) {
    match timeout(PATIENCE, social::census::keep(&instance.app)).await {
        Ok(Ok(())) => {}
        Ok(Err(fault)) => tracing::debug!("the census is not kept now: {fault}"),
        Err(_) => tracing::debug!("the census is not kept now: the store takes too long"),
    }
}

/// Writes what went wrong. While the store is away, that waits; it is no error of its own, or there would be no end.
async fn keep_errors(instance: &Instance, logged: &Pot) {
    for pot in [logged, &instance.app.errors] {
        match timeout(PATIENCE, social::errors::keep(&instance.app, pot)).await {
            Ok(Ok(())) => {}
            Ok(Err(fault)) => tracing::debug!("errors are not kept now: {fault}"),
            Err(_) => tracing::debug!("errors are not kept now: the store takes too long"),
        }
    }
}
