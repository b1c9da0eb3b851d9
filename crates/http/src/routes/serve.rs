//! From operations to a router: each behind its guard, all behind what every answer needs (CORS, safe headers, one
//! shape of problems, metrics), with trailing slashes taken off before anything is looked up.

use std::time::Instant;

use axum::{
    Router,
    extract::Request,
    middleware::{Next, from_fn, from_fn_with_state},
    response::{IntoResponse, Response},
};
use http::Uri;
use tower::Layer;

use super::{Operation, RouteLabel, guard::guard};
use crate::{
    Shared,
    gzip::packed,
    headers::{cors, safe_headers},
    problem::{Code, Problem, shape},
    web,
};

/// The router of all operations, and of the web client for what is left.
pub fn serve(site: Shared, operations: Vec<Operation>) -> Router {
    let mut router = Router::<Shared>::new();
    for Operation { face, handler } in operations {
        let guarded = handler.route_layer(from_fn_with_state((site.clone(), face), guard));
        router = router.route(face.path, guarded);
    }
    let router = router
        .fallback(web::serve)
        .method_not_allowed_fallback(|| async { Problem::of(Code::MethodNotAllowed) })
        .with_state(site.clone());
    let found = from_fn(without_trailing_slash).layer(router);
    Router::new()
        .fallback_service(found)
        .layer(from_fn_with_state(site.clone(), cors))
        .layer(from_fn(shape))
        .layer(from_fn_with_state(site, safe_headers))
        .layer(from_fn(packed))
        .layer(from_fn(measure))
}

/// `/api/v1/instance/` is `/api/v1/instance`: some clients write it so.
async fn without_trailing_slash(mut request: Request, next: Next) -> Response {
    let path = request.uri().path();
    if path.len() > 1 && path.ends_with('/') && !path.ends_with("//") {
        let shorter = &path[..path.len() - 1];
        let target = match request.uri().query() {
            Some(query) => format!("{shorter}?{query}"),
            None => shorter.to_owned(),
        };
        match target.parse::<Uri>() {
            Ok(uri) => *request.uri_mut() = uri,
            Err(_) => return Problem::of(Code::BadRequest).into_response(),
        }
    }
    next.run(request).await
}

/// Counts and times every answer under the path of its operation, never under the path of the request: those
/// have no bound.
async fn measure(request: Request, next: Next) -> Response {
    let begun = Instant::now();
    let method = match request.method().as_str() {
        known @ ("GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE" | "OPTIONS") => {
            known.to_owned()
        }
        _ => "other".to_owned(),
    };
    let mut response = next.run(request).await;
    let label = *response.extensions_mut().get_or_insert_with(|| RouteLabel("other"));
    let status = response.status().as_u16().to_string();
    metrics::counter!("http_requests_total",
        "method" => method.clone(), "route" => label.0, "status" => status)
    .increment(1);
    metrics::histogram!("http_request_seconds", "method" => method, "route" => label.0)
        .record(begun.elapsed().as_secs_f64());
    response
}
