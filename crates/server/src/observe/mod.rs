//! What the server tells its operators: logs and metrics.
//!
//! Labels of metrics have a bound, whatever clients send; figures stay small when nobody fetches them; a log file that
//! cannot be written does not keep the server from serving.

use std::{io::IsTerminal, path::Path, sync::OnceLock, time::Duration};

use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use tracing_appender::{
    non_blocking::WorkerGuard,
    rolling::{InitError, RollingFileAppender, Rotation},
};
use tracing_subscriber::{EnvFilter, layer::SubscriberExt, util::SubscriberInitExt};

use crate::config::{Config, LogFormat};

mod ecs;

/// Files of the log that are kept, one a day.
const LOG_FILES: usize = 14;

/// How often samples of histograms are folded into their buckets.
const UPKEEP: Duration = Duration::from_secs(5);

/// Latency buckets, seconds.
const BUCKETS: &[f64] =
    &[0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

static METRICS: OnceLock<Option<PrometheusHandle>> = OnceLock::new();

/// Keeps the log file's writer alive; drop it last.
pub struct Logs(#[expect(dead_code, reason = "held to flush the file")] Option<WorkerGuard>);

/// Starts logging as the config says. A second start in one process changes nothing.
pub fn start_logs(config: &Config) -> Logs {
    let filter = EnvFilter::try_new(&config.log_level).unwrap_or_else(|_| EnvFilter::new("info"));
    let (file, broken) = match config.log_file.as_deref().map(log_file).transpose() {
        Ok(file) => (file, None),
        Err(error) => (None, Some(error)),
    };
    let (file, guard) = match file {
        Some(file) => {
            let (writer, guard) = tracing_appender::non_blocking(file);
            let layer = tracing_subscriber::fmt::layer().event_format(ecs::Ecs).with_writer(writer);
            (Some(layer), Some(guard))
        }
        None => (None, None),
    };
    // Colours are for eyes: in a file or a journal they are noise.
    let terminal = std::io::stdout().is_terminal();
    let for_people = is_for_people(config.log_format, terminal);
    let json = (!for_people).then(|| tracing_subscriber::fmt::layer().event_format(ecs::Ecs));
    let pretty =
        for_people.then(|| tracing_subscriber::fmt::layer().with_target(false).with_ansi(terminal));
    let _ =
        tracing_subscriber::registry().with(filter).with(file).with(json).with(pretty).try_init();
    if let Some(error) = broken {
        tracing::error!("log.file cannot be written, so there is none: {error}");
    }
    Logs(guard)
}

fn is_for_people(format: LogFormat, terminal: bool) -> bool {
    match format {
        LogFormat::Auto => terminal,
        LogFormat::Pretty => true,
        LogFormat::Json => false,
    }
}

fn log_file(path: &Path) -> Result<RollingFileAppender, InitError> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let name = path.file_name().unwrap_or(std::ffi::OsStr::new("sociosphere.log"));
    RollingFileAppender::builder()
        .rotation(Rotation::DAILY)
        .filename_prefix(name.to_string_lossy())
        .max_log_files(LOG_FILES)
        .build(folder.unwrap_or(Path::new(".")))
}

/// Starts counting. Inside a runtime, which ends the upkeep with itself.
pub fn start_metrics() {
    METRICS.get_or_init(|| {
        let handle = recorder()?.install_recorder().ok()?;
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

fn recorder() -> Option<PrometheusBuilder> {
    PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), BUCKETS)
        .ok()
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
