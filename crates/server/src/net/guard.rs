//! A panic costs one request.

use std::{convert::Infallible, panic::AssertUnwindSafe, time::Instant};

use axum::body::Body;
use futures::FutureExt;
use http::{HeaderValue, Method, Response, StatusCode, header::CONTENT_TYPE};
use sociosphere_http::routes::{Figures, known};

/// What is known of a request while the router has it.
pub struct Asked<'a> {
    /// Its id.
    pub id: HeaderValue,
    /// Where an answer that is not the router's is counted.
    pub figures: &'a Figures,
    /// Its method.
    pub method: Method,
    /// Since when we have its headers.
    pub since: Instant,
}

impl Asked<'_> {
    /// Answers 500 where the work panics.
    pub async fn catch(
        &self,
        work: impl Future<Output = Result<Response<Body>, Infallible>>,
    ) -> Response<Body> {
        match AssertUnwindSafe(work).catch_unwind().await {
            Ok(Ok(response)) => response,
            Ok(Err(never)) => match never {},
            Err(_) => {
                let id = self.id.to_str().unwrap_or_default();
                tracing::error!(http.request.id = id, "a request panicked");
                metrics::counter!("http_panics_total").increment(1);
                let status = StatusCode::INTERNAL_SERVER_ERROR;
                self.instead(status, "panicked", "something went wrong here")
            }
        }
    }

    /// The answer where the router gives none, counted like those that it gives.
    pub fn instead(&self, status: StatusCode, why: &'static str, text: &str) -> Response<Body> {
        self.figures.count(known(&self.method), why, status, self.since.elapsed());
        plain(status, text, &self.id)
    }
}

/// An answer in the shape that every client reads.
fn plain(status: StatusCode, text: &str, id: &HeaderValue) -> Response<Body> {
    let id = id.to_str().unwrap_or_default();
    let body = serde_json::json!({ "error": text, "request_id": id }).to_string();
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}
