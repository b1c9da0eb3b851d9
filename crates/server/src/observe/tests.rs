//! What operators read: one line per event, one count per request, labels with a bound.

use std::{io, sync::Arc};

use axum::{Router, middleware, response::IntoResponse, routing::any};
use parking_lot::Mutex;
use tower::ServiceExt;

use super::*;

/// A writer that keeps what is written.
#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<u8>>>);

impl io::Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn logged(work: impl FnOnce()) -> String {
    let kept = Kept::default();
    let writer = kept.clone();
    let layer =
        tracing_subscriber::fmt::layer().event_format(ecs::Ecs).with_writer(move || writer.clone());
    tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), work);
    let bytes = kept.0.lock().clone();
    String::from_utf8(bytes).unwrap()
}

#[test]
fn i_10_an_event_is_one_line_of_json_whatever_it_holds() {
    let nasty = "a\r\n{\"log.level\":\"error\"}\u{1b}[31m\0";
    let lines = logged(|| tracing::warn!(user_agent = nasty, number = 7, "said {nasty}"));
    assert_eq!(lines.matches('\n').count(), 1, "{lines}");
    assert!(lines.starts_with("{\"@timestamp\":\""), "{lines}");
    assert!(!lines.contains('\u{1b}') && !lines.contains('\0'), "{lines}");
    let line: serde_json::Value = serde_json::from_str(&lines).unwrap();
    assert_eq!(line["log.level"], "warn");
    assert_eq!(line["user_agent"], nasty);
    assert_eq!(line["message"], format!("said {nasty}"));
    assert_eq!(line["number"], 7);
}

#[test]
fn i_10_long_fields_are_cut() {
    let lines = logged(|| tracing::info!(user_agent = "é".repeat(1_000_000), "hello"));
    assert!(lines.len() < 20_000, "{}", lines.len());
    assert_eq!(serde_json::from_str::<serde_json::Value>(&lines).unwrap()["message"], "hello");
}

async fn figures(requests: &[(&str, &str)]) -> String {
    let product = || async {
        let mut response = "counted by the product".into_response();
        response.extensions_mut().insert(RouteLabel("/product"));
        response
    };
    let router = Router::new()
        .route("/product", any(product))
        .route("/things/{id}", any(|| async { "hello" }))
        .layer(middleware::from_fn_with_state(LogRequests(true), request));
    let recorder = recorder().unwrap().build_recorder();
    let handle = recorder.handle();
    let _local = metrics::set_default_local_recorder(&recorder);
    for (method, path) in requests {
        let request = Request::builder().method(*method).uri(*path).body(Body::empty()).unwrap();
        router.clone().oneshot(request).await.unwrap();
    }
    handle.render()
}

#[tokio::test]
async fn a_request_is_counted_once() {
    let figures = figures(&[("GET", "/product"), ("GET", "/things/1"), ("GET", "/things/2")]).await;
    assert!(!figures.contains("/product"), "its router counts it: {figures}");
    let line = r#"http_requests_total{method="GET",route="/things/{id}",status="200"} 2"#;
    assert!(figures.contains(line), "{figures}");
}

#[tokio::test]
async fn clients_cannot_add_labels() {
    let figures = figures(&[("BREW", "/things/1"), ("STEEP", "/nowhere"), ("POUR", "/else")]).await;
    for word in ["BREW", "STEEP", "POUR", "nowhere", "else"] {
        assert!(!figures.contains(word), "{word}: {figures}");
    }
    assert!(figures.contains(r#"{method="other",route="other",status="404"} 2"#), "{figures}");
}

#[test]
fn log_files_that_cannot_be_written_are_an_error_and_no_panic() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "").unwrap();
    assert!(log_file(&file.join("below.log")).is_err());
    assert!(log_file(&folder.path().join("new/s.log")).is_ok());
}

#[test]
fn lines_are_for_people_on_a_terminal_and_for_machines_elsewhere() {
    for (format, terminal, for_people) in [
        (LogFormat::Auto, true, true),
        (LogFormat::Auto, false, false),
        (LogFormat::Pretty, false, true),
        (LogFormat::Json, true, false),
    ] {
        assert_eq!(is_for_people(format, terminal), for_people, "{format:?}");
    }
}
