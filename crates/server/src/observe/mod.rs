//! What the server tells its operators: logs and metrics.
//!
//! Labels of metrics have a bound, whatever clients send; figures stay small when nobody fetches them, and fetching them
//! asks no engine; a log that cannot be written does not keep the server from serving, nor does one that nobody reads.

mod ecs;
mod errors;
mod explore;
pub mod figures;
mod logs;
mod process;
mod recorder;
mod sampler;
mod tcp;

use std::{sync::OnceLock, time::Duration};

use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

pub use errors::hear_panics;
pub use explore::explorer;
pub use logs::{Logs, start_logs};
pub use sampler::sample;

use figures::{FIGURES, Figure, Kind, SERVES, Values, WORKS, shown};

/// How often samples of histograms are folded into their buckets.
const UPKEEP: Duration = Duration::from_secs(5);

/// Latency buckets, seconds.
const SECONDS: &[f64] =
    &[0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

/// Buckets of what may wait for an engine, or works for minutes.
const LONG_SECONDS: &[f64] =
    &[0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 1800.0];

/// Which figures those are.
const LONG: [&str; 4] =
    ["jobs_seconds", "jobs_lag_seconds", "jobs_relay_lag_seconds", "media_seconds"];

/// Buckets of numbers of things.
const NUMBERS: &[f64] = &[1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0];

/// Which figures those are.
const OF_THINGS: [&str; 2] = ["graph_commit_operations", "store_group_writes"];

static METRICS: OnceLock<Option<PrometheusHandle>> = OnceLock::new();

/// Starts counting. Inside a runtime, which ends the upkeep with itself.
pub fn start_metrics(role: &'static str) {
    METRICS.get_or_init(|| {
        let recorder = buckets()?.build_recorder();
        let handle = recorder.handle();
        metrics::set_global_recorder(recorder::Named::new(recorder)).ok()?;
        metrics::gauge!("build_info", "version" => env!("CARGO_PKG_VERSION"), "role" => role)
            .set(1.0);
        begin_at_zero(role);
        let upkeep = handle.clone();
        // Samples wait in memory until they are folded: without this, for as long as nobody fetches the metrics.
        tokio::spawn(async move {
            let mut beat = tokio::time::interval(UPKEEP);
            loop {
                beat.tick().await;
                upkeep.run_upkeep();
            }
        });
        Some(handle)
    });
}

fn buckets() -> Option<PrometheusBuilder> {
    let mut builder = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), SECONDS)
        .ok()?;
    for (names, buckets) in [(&LONG[..], LONG_SECONDS), (&OF_THINGS[..], NUMBERS)] {
        for name in names {
            let matcher = Matcher::Full(shown(name));
            builder = builder.set_buckets_for_metric(matcher, buckets).ok()?;
        }
    }
    Some(builder)
}

/// Counters whose labels are known begin at 0: the first failure is a step then, which an alert can see.
fn begin_at_zero(role: &str) {
    let is_here = |figure: &&Figure| match figure.when {
        "" => true,
        SERVES => role != "worker",
        WORKS => role != "serve",
        _ => false,
    };
    for figure in FIGURES.iter().filter(|figure| figure.kind == Kind::Counter).filter(is_here) {
        let mut series: Vec<Vec<(&'static str, &'static str)>> = vec![Vec::new()];
        for (label, values) in figure.labels {
            let Values::Of(words) = values else {
                series.clear();
                break;
            };
            let more = |begun: &Vec<(&'static str, &'static str)>| -> Vec<_> {
                words.iter().map(|word| [&begun[..], &[(*label, *word)]].concat()).collect()
            };
            series = series.iter().flat_map(more).collect();
        }
        for labels in series {
            metrics::counter!(figure.name, &labels).increment(0);
        }
    }
}

/// All metrics in Prometheus' text format.
pub fn render_metrics() -> String {
    match METRICS.get() {
        Some(Some(handle)) => handle.render(),
        Some(None) | None => String::new(),
    }
}

#[cfg(test)]
mod tests;
