//! Measures what is not counted where it happens: queue, outbox, caches, process, lost log lines. A beat of its own, so
//! that a scrape asks no engine and costs the same however much waits.

use std::{sync::Arc, time::Duration};

use tokio::time::{MissedTickBehavior, interval, timeout};
use tokio_util::sync::CancellationToken;

use super::{logs::LogLosses, process};
use crate::instance::Instance;

/// How often it measures.
const BEAT: Duration = Duration::from_secs(5);
/// How long an engine may take to answer: then the last figure stays.
const PATIENCE: Duration = Duration::from_secs(3);

/// Measures until the token is cancelled.
pub async fn sample(instance: Arc<Instance>, losses: LogLosses, stop: CancellationToken) {
    let mut beat = interval(BEAT);
    beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
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
        tokio::select! {
            () = stop.cancelled() => return,
            _ = timeout(PATIENCE, engines) => {}
        }
    }
}
