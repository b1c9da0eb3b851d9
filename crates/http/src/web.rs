//! The web client and, under `/admin`, the admin panel, embedded: files by their hashed names for ever, the one page
//! for every place of either, and nothing at all under the API. Nothing of the panel is loaded by the client.

use std::sync::LazyLock;

use axum::{
    body::Body,
    extract::{Request, State},
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use rust_embed::{Embed, EmbeddedFile};

use crate::{
    Shared,
    gzip::accepts_gzip,
    headers::is_under_api,
    problem::{Code, Problem},
};

#[derive(Embed)]
#[folder = "$SOCIOSPHERE_WEB_DIST"]
struct Client;

#[derive(Embed)]
#[folder = "$SOCIOSPHERE_ADMIN_DIST"]
struct Panel;

/// One of the two: where its files are, and its page, read once.
struct Bundle {
    get: fn(&str) -> Option<EmbeddedFile>,
    index: LazyLock<Option<EmbeddedFile>>,
}

/// The client's service worker: asked for anew each time, as all files without a hash in their names are, and with a
/// policy of its own, because the page's does not hold for what it does.
const WORKER: &str = "sw.js";
const WORKER_POLICY: &str = "default-src 'none'; connect-src 'self'; script-src 'self'";

static CLIENT: Bundle =
    Bundle { get: Client::get, index: LazyLock::new(|| Client::get("index.html")) };
static PANEL: Bundle =
    Bundle { get: Panel::get, index: LazyLock::new(|| Panel::get("index.html")) };

/// Which of the two a path belongs to, and its name there.
fn bundle_of(path: &str) -> (&'static Bundle, &str) {
    match path.strip_prefix("/admin") {
        Some(rest) if rest.is_empty() || rest.starts_with('/') => {
            (&PANEL, rest.trim_start_matches('/'))
        }
        _ => (&CLIENT, path.trim_start_matches('/')),
    }
}

/// Answers what no operation answers.
pub async fn serve(State(site): State<Shared>, request: Request) -> Response {
    let path = request.uri().path();
    if is_under_api(path) {
        return Problem::not_found().into_response();
    }
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return Problem::of(Code::MethodNotAllowed).into_response();
    }
    let (bundle, name) = bundle_of(path);
    // Compressed twins are not files of their own.
    if !name.is_empty()
        && !name.ends_with(".gz")
        && let Some(file) = (bundle.get)(name)
        && name != "index.html"
    {
        let mut response = answer(bundle, name, &file, request.headers());
        if name == WORKER {
            let policy = HeaderValue::from_static(WORKER_POLICY);
            response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
        }
        return response;
    }
    // A missing file is missing; a place of the client is its page.
    if name.starts_with("assets/") || name.rsplit('/').next().is_some_and(looks_like_a_file) {
        return Problem::not_found().into_response();
    }
    page(&site, bundle, request.headers())
}

/// `logo.svg`, but not `@ada` and not `/tags/v1.2`.
fn looks_like_a_file(last: &str) -> bool {
    let known = ["js", "css", "map", "svg", "png", "ico", "woff2", "json", "txt", "webmanifest"];
    !last.starts_with('@') && last.rsplit_once('.').is_some_and(|(_, end)| known.contains(&end))
}

fn page(site: &Shared, bundle: &Bundle, headers: &HeaderMap) -> Response {
    let Some(file) = bundle.index.as_ref() else { return Problem::not_found().into_response() };
    let mut response = answer(bundle, "index.html", file, headers);
    let policy = policy(&site.socket_origin(), site.app.engines.blobs.public_origin());
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    response
}

/// What the client may load: its own files, and pictures and films from where open media may be read.
fn policy(sockets: &str, media: Option<&str>) -> String {
    let media = media.map(|origin| format!(" {origin}")).unwrap_or_default();
    format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; \
         font-src 'self'; img-src 'self' blob: data:{media}; media-src 'self' blob: data:{media}; \
         connect-src 'self' {sockets}; manifest-src 'self'; worker-src 'self'; object-src 'none'; \
         base-uri 'none'; form-action 'self'; frame-ancestors 'none'; \
         require-trusted-types-for 'script'"
    )
}

fn answer(bundle: &Bundle, name: &str, file: &EmbeddedFile, headers: &HeaderMap) -> Response {
    let tag = format!("\"{}\"", social::secret::hex(&file.metadata.sha256_hash()[..12]));
    let caching = if name.starts_with("assets/") {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    let mut response = if is_known(headers, &tag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        let packed = accepts_gzip(headers).then(|| (bundle.get)(&format!("{name}.gz"))).flatten();
        let (body, is_packed) = match packed {
            Some(packed) => (packed.data, true),
            None => (file.data.clone(), false),
        };
        let mut response = Body::from(body.into_owned()).into_response();
        let kind = mime_guess::from_path(name).first_or_octet_stream();
        let kind = match kind.type_() {
            mime_guess::mime::TEXT => format!("{kind}; charset=utf-8"),
            _ => kind.to_string(),
        };
        if let Ok(kind) = HeaderValue::from_str(&kind) {
            response.headers_mut().insert(header::CONTENT_TYPE, kind);
        }
        if is_packed {
            let gzip = HeaderValue::from_static("gzip");
            response.headers_mut().insert(header::CONTENT_ENCODING, gzip);
        }
        response
    };
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(caching));
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        headers.insert(header::ETAG, tag);
    }
    response
}

fn is_known(headers: &HeaderMap, tag: &str) -> bool {
    let sent = headers.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    sent.is_some_and(|tags| {
        tags.split(',').map(|t| t.trim().trim_start_matches("W/")).any(|t| t == tag || t == "*")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_panel_has_what_is_under_admin_and_nothing_that_begins_like_it() {
        let of = |path| {
            let (bundle, name) = bundle_of(path);
            (std::ptr::eq(bundle, &PANEL), name)
        };
        assert_eq!(of("/admin"), (true, ""));
        assert_eq!(of("/admin/cases/1/show"), (true, "cases/1/show"));
        assert_eq!(of("/admin/assets/a.js"), (true, "assets/a.js"));
        assert_eq!(of("/administration"), (false, "administration"));
        assert_eq!(of("/@admin"), (false, "@admin"));
        assert_eq!(of("/"), (false, ""));
    }

    #[test]
    fn c7_pictures_and_films_come_from_one_other_place_at_most_and_nothing_else_does() {
        let alone = policy("ws://here", None);
        assert!(alone.contains("img-src 'self' blob: data:; media-src 'self' blob: data:; "));
        let with = policy("ws://here", Some("https://media.example:9000"));
        let added = " https://media.example:9000";
        assert_eq!(with.matches(added).count(), 2);
        assert_eq!(with.replace(added, ""), alone);
        for part in with.split("; ").filter(|part| part.contains(added)) {
            assert!(part.starts_with("img-src ") || part.starts_with("media-src "), "{part}");
        }
    }
}
