//! What the server tells its operators: logs and metrics.

use std::{path::Path, sync::OnceLock};

use axum::{body::Body, extract::MatchedPath, middleware::Next, response::Response};
use http::Request;
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use tracing_subscriber::{EnvFilter, layer::SubscriberExt, util::SubscriberInitExt};

use crate::config::{Config, LogFormat};

mod ecs;

/// Latency buckets, seconds.
const BUCKETS: &[f64] =
    &[0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

static METRICS: OnceLock<Option<PrometheusHandle>> = OnceLock::new();

/// Keeps the log file's writer alive; drop it last.
pub struct Logs(#[expect(dead_code, reason = "held to flush the file")] Option<tracing_appender::non_blocking::WorkerGuard>);

/// Starts logging as the config says. A second start in one process changes nothing.
pub fn start_logs(config: &Config) -> Logs {
    let filter = EnvFilter::try_new(&config.log_level).unwrap_or_else(|_| EnvFilter::new("info"));
    let (file, guard) = match &config.log_file {
        Some(path) => {
            let folder = path.parent().unwrap_or(Path::new("."));
            let name = path.file_name().unwrap_or(std::ffi::OsStr::new("sociosphere.log"));
            let roller = tracing_appender::rolling::daily(folder, name);
            let (writer, guard) = tracing_appender::non_blocking(roller);
            let layer = tracing_subscriber::fmt::layer().event_format(ecs::Ecs).with_writer(writer);
            (Some(layer), Some(guard))
        }
        None => (None, None),
    };
    let json = (config.log_format == LogFormat::Json)
        .then(|| tracing_subscriber::fmt::layer().event_format(ecs::Ecs));
    let pretty = (config.log_format == LogFormat::Pretty)
        .then(|| tracing_subscriber::fmt::layer().with_target(false));
    let _ = tracing_subscriber::registry().with(filter).with(file).with(json).with(pretty).try_init();
    Logs(guard)
}

/// Starts counting.
pub fn start_metrics() {
    METRICS.get_or_init(|| {
        PrometheusBuilder::new()
            .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), BUCKETS)
            .ok()?
            .install_recorder()
            .ok()
    });
}

/// All metrics in Prometheus' text format.
pub fn render_metrics() -> String {
    match METRICS.get() {
        Some(Some(handle)) => handle.render(),
        Some(None) | None => String::new(),
    }
}

/// Logs and counts each request by its route, never by its query.
pub async fn request(request: Request<Body>, next: Next) -> Response {
    let started = std::time::Instant::now();
    let method = request.method().clone();
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or_else(|| "unmatched".to_owned(), |path| path.as_str().to_owned());
    let id = request.headers().get("x-request-id").cloned();
    let response = next.run(request).await;
    let seconds = started.elapsed().as_secs_f64();
    let status = response.status().as_u16();
    let labels = [
        ("method", method.to_string()),
        ("route", route.clone()),
        ("status", status.to_string()),
    ];
    metrics::counter!("http_requests_total", &labels).increment(1);
    metrics::histogram!("http_request_seconds", &labels[..2]).record(seconds);
    let id = id.as_ref().and_then(|id| id.to_str().ok()).unwrap_or_default();
    tracing::debug!(
        http.request.id = id, http.request.method = %method, http.response.status_code = status,
        url.path = route, event.duration = seconds, "{method} {route} {status}"
    );
    response
}
