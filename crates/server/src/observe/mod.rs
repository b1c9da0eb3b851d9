//! What the server tells its operators: logs and metrics.
//!
//! Labels of metrics have a bound, whatever clients send; figures stay small when nobody fetches them; a log file that
//! cannot be written does not keep the server from serving.

use std::{
    io::IsTerminal,
    path::Path,
    sync::OnceLock,
    time::{Duration, Instant},
};

use axum::{
    body::Body,
    extract::{MatchedPath, State},
    middleware::Next,
    response::Response,
};
use http::{Method, Request, StatusCode};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use sociosphere_http::routes::RouteLabel;
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

/// Whether requests are log lines, where nobody asked for debugging.
#[derive(Clone, Copy, Debug)]
pub struct LogRequests(pub bool);

/// Logs each request by its route, never by its path or query; counts those that the product's own router does not.
pub async fn request(
    State(LogRequests(shown)): State<LogRequests>,
    request: Request<Body>,
    next: Next,
) -> Response {
    let started = Instant::now();
    let method = request.method().clone();
    let matched = request.extensions().get::<MatchedPath>().cloned();
    let id = request.headers().get("x-request-id").cloned();
    let response = next.run(request).await;
    let status = response.status();
    let counted = response.extensions().get::<RouteLabel>();
    let route = match (counted, &matched) {
        (Some(label), _) => label.0,
        (None, Some(path)) => path.as_str(),
        (None, None) => "other",
    };
    if counted.is_none() {
        count(&method, route, status, started);
    }
    let id = id.as_ref().and_then(|id| id.to_str().ok()).unwrap_or_default();
    let (method, status) = (known(&method), status.as_u16());
    macro_rules! line {
        ($level:ident) => {
            tracing::$level!(
                http.request.id = id,
                http.request.method = method,
                http.response.status_code = status,
                http.route = route,
                event.duration = started.elapsed().as_nanos() as u64,
                "{method} {route} {status}"
            )
        };
    }
    // A level stands in the code of each line: it is no value.
    if shown {
        line!(info)
    } else {
        line!(debug)
    }
    response
}

/// Counts an answer. The route is a pattern or a reason: something with a bound.
pub fn count(method: &Method, route: &str, status: StatusCode, started: Instant) {
    let (method, route) = (known(method), route.to_owned());
    metrics::counter!("http_requests_total",
        "method" => method, "route" => route.clone(), "status" => status.as_u16().to_string())
    .increment(1);
    metrics::histogram!("http_request_seconds", "method" => method, "route" => route)
        .record(started.elapsed().as_secs_f64());
}

/// A method as a label: clients may invent methods without end, and every label is memory.
fn known(method: &Method) -> &'static str {
    const KNOWN: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
    KNOWN.into_iter().find(|known| *known == method.as_str()).unwrap_or("other")
}

#[cfg(test)]
mod tests;
