//! What every request and every answer passes, in one turn: preflights, who may read from elsewhere, safe headers, one
//! shape of problems, packing, a count and a line of the log.
//!
//! One layer and not one for each: a layer costs a boxed future and a copy of what lies below it, and this is the
//! path of every request.

use std::{sync::Arc, time::Instant};

use axum::{
    Router,
    extract::{Request, State},
    middleware::{Next, from_fn_with_state},
    response::{IntoResponse, Response},
};
use http::{HeaderValue, Method, StatusCode};

use super::{RouteLabel, figures::Figures};
use crate::{gzip, headers, problem};

/// What the frame is told by the server.
#[derive(Clone, Copy, Debug, Default)]
pub struct FrameOptions {
    /// Whether people come by https.
    pub https: bool,
    /// Whether requests are lines of the log where nobody asked for debugging.
    pub log_requests: bool,
}

struct Frame {
    options: FrameOptions,
    figures: Figures,
}

/// Puts the frame around a router.
pub fn framed(router: Router, options: FrameOptions) -> Router {
    let frame = Frame { options, figures: Figures::default() };
    router.layer(from_fn_with_state(Arc::new(frame), pass))
}

async fn pass(State(frame): State<Arc<Frame>>, request: Request, next: Next) -> Response {
    let begun = Instant::now();
    // Both are counted references to the bytes of the request, no copies.
    let (method, uri) = (request.method().clone(), request.uri().clone());
    let id = request.headers().get("x-request-id").cloned();
    let path = uri.path();
    let open = headers::is_for_all_origins(path);
    let preflight = method == Method::OPTIONS && (open || headers::is_under_api(path));
    let wanted = gzip::is_wanted(request.headers(), path);
    let mut response = match preflight {
        true => StatusCode::OK.into_response(),
        false => next.run(request).await,
    };
    response.headers_mut().reserve(HEADERS);
    if open {
        headers::open_to_all(response.headers_mut(), preflight);
    }
    let mut response = problem::shaped(response, path, id.as_ref());
    headers::safe(response.headers_mut(), path, frame.options.https);
    let response = gzip::packed(response, wanted).await;
    let route = response.extensions().get::<RouteLabel>().map_or("other", |label| label.0);
    let (method, status) = (known(&method), response.status());
    frame.figures.count(method, route, status, begun.elapsed());
    frame.log(method, route, status, begun, id.as_ref());
    response
}

/// How many headers an answer has, about: room for them is made once.
const HEADERS: usize = 24;

impl Frame {
    /// Logs a request by its route, never by its path or query.
    fn log(
        &self,
        method: &'static str,
        route: &'static str,
        status: StatusCode,
        begun: Instant,
        id: Option<&HeaderValue>,
    ) {
        let status = status.as_u16();
        macro_rules! line {
            ($level:ident) => {
                tracing::$level!(
                    http.request.id = id.and_then(|id| id.to_str().ok()).unwrap_or_default(),
                    http.request.method = method,
                    http.response.status_code = status,
                    http.route = route,
                    event.duration = begun.elapsed().as_nanos() as u64,
                    "{method} {route} {status}"
                )
            };
        }
        // A level stands in the code of each line: it is no value.
        if self.options.log_requests { line!(info) } else { line!(debug) }
    }
}

/// A method as a label: clients may invent methods without end, and every label is memory.
pub fn known(method: &Method) -> &'static str {
    const KNOWN: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
    KNOWN.into_iter().find(|known| *known == method.as_str()).unwrap_or("other")
}

#[cfg(test)]
mod tests {
    use axum::{body::Body, routing::any};
    use metrics_exporter_prometheus::PrometheusBuilder;
    use tower::ServiceExt;

    use super::*;

    async fn figures(requests: &[(&str, &str)]) -> String {
        let thing = || async {
            let mut response = "a thing".into_response();
            response.extensions_mut().insert(RouteLabel("/things/{id}"));
            response
        };
        let router = Router::new().route("/things/{id}", any(thing));
        let recorder = PrometheusBuilder::new().build_recorder();
        let handle = recorder.handle();
        let _local = metrics::set_default_local_recorder(&recorder);
        let router = framed(router, FrameOptions::default());
        for (method, path) in requests {
            let request = Request::builder().method(*method).uri(*path);
            router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        }
        handle.render()
    }

    #[tokio::test]
    async fn a_request_is_counted_once_under_its_route() {
        let figures = figures(&[("GET", "/things/1"), ("GET", "/things/2")]).await;
        let line = r#"http_requests_total{method="GET",route="/things/{id}",status="200"} 2"#;
        assert!(figures.contains(line), "{figures}");
        assert!(figures.contains(r#"http_request_seconds_count{method="GET""#), "{figures}");
    }

    #[tokio::test]
    async fn clients_cannot_add_labels() {
        let requests = [("BREW", "/things/1"), ("STEEP", "/nowhere"), ("POUR", "/else")];
        let figures = figures(&requests).await;
        for word in ["BREW", "STEEP", "POUR", "nowhere", "else"] {
            assert!(!figures.contains(word), "{word}: {figures}");
        }
        assert!(figures.contains(r#"{method="other",route="other",status="404"} 2"#), "{figures}");
    }
}
