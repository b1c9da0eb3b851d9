//! From operations to a router: each behind its guard, all in the frame that every answer has, and each also under its
//! path with a slash at the end.

use axum::{
    Router,
    extract::Request,
    handler::Handler,
    middleware::from_fn_with_state,
    response::{IntoResponse, Response},
};
use http::Uri;
use tower::ServiceExt;

use super::{
    Operation,
    frame::{FrameOptions, framed},
    guard::guard,
};
use crate::{
    Shared, live,
    problem::{Code, Problem},
    web,
};

/// The router of all operations, and of the web client for what is left.
pub fn serve(site: Shared, operations: Vec<Operation>) -> Router {
    let mut router = Router::<Shared>::new();
    for Operation { face, handler } in operations {
        let guarded = handler.route_layer(from_fn_with_state((site.clone(), face), guard));
        router = router.route(face.path, guarded);
    }
    let sockets = live::sockets::mount(&site);
    router = router.route("/socket.io", sockets.clone()).route("/socket.io/", sockets);
    let options = FrameOptions { https: site.is_https(), log_requests: site.options.log_requests };
    let router = router
        .method_not_allowed_fallback(|| async { Problem::of(Code::MethodNotAllowed) })
        .with_state(site.clone());
    let exact = router.clone().fallback_service(web::serve.with_state(site));
    framed(router.fallback(move |request| without_trailing_slash(exact, request)), options)
}

/// `/api/v1/instance/` is `/api/v1/instance`: some clients write it so. What is nothing with its slash is looked up
/// without.
async fn without_trailing_slash(exact: Router, mut request: Request) -> Response {
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
    match exact.oneshot(request).await {
        Ok(response) => response,
        Err(never) => match never {},
    }
}
