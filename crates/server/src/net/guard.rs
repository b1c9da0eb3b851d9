//! A panic costs one request.

use std::{convert::Infallible, panic::AssertUnwindSafe};

use axum::body::Body;
use futures::FutureExt;
use http::{HeaderValue, Response, StatusCode, header::CONTENT_TYPE};

/// Answers 500 where the work panics.
pub async fn catch(
    work: impl Future<Output = Result<Response<Body>, Infallible>>,
    id: &HeaderValue,
) -> Response<Body> {
    match AssertUnwindSafe(work).catch_unwind().await {
        Ok(Ok(response)) => response,
        Ok(Err(never)) => match never {},
        Err(_) => {
            tracing::error!(http.request.id = ?id, "a request panicked");
            metrics::counter!("http_panics_total").increment(1);
            plain(StatusCode::INTERNAL_SERVER_ERROR, "something went wrong here", id)
        }
    }
}

/// An answer in the shape that every client reads.
pub fn plain(status: StatusCode, text: &str, id: &HeaderValue) -> Response<Body> {
    let id = id.to_str().unwrap_or_default();
    let body = serde_json::json!({ "error": text, "request_id": id }).to_string();
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}
