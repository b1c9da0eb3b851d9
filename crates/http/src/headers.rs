//! Headers that every answer has: what browsers may do with it (C-3, C-7 to C-9), and who may read it from elsewhere.

use http::{HeaderMap, HeaderName, HeaderValue, header};

const PERMISSIONS_POLICY: HeaderName = HeaderName::from_static("permissions-policy");
const CROSS_ORIGIN_OPENER_POLICY: HeaderName =
    HeaderName::from_static("cross-origin-opener-policy");
const CROSS_ORIGIN_RESOURCE_POLICY: HeaderName =
    HeaderName::from_static("cross-origin-resource-policy");

/// What browsers that came by https are told. Not for names below ours: those may belong to others.
pub const STAY_WITH_HTTPS: &str = "max-age=63072000";

/// Whether any site may call a path from a browser. Never with credentials; cookie routes not at all.
pub fn is_for_all_origins(path: &str) -> bool {
    let api = path.starts_with("/api/") && !path.starts_with("/api/sociosphere/v1/auth/");
    api || ["/.well-known/", "/nodeinfo/", "/media/"].iter().any(|start| path.starts_with(start))
        || ["/oauth/token", "/oauth/revoke", "/oauth/userinfo"]
            .contains(&path.trim_end_matches('/'))
}

/// Lets every site read an answer, and tells a preflight what may be asked.
pub fn open_to_all(headers: &mut HeaderMap, preflight: bool) {
    let mut set = |name, value| headers.insert(name, HeaderValue::from_static(value));
    set(header::ACCESS_CONTROL_ALLOW_ORIGIN, "*");
    set(
        header::ACCESS_CONTROL_EXPOSE_HEADERS,
        "Link, X-RateLimit-Reset, X-RateLimit-Limit, X-RateLimit-Remaining, X-Request-Id, \
         Mastodon-Async-Refresh",
    );
    if preflight {
        set(header::ACCESS_CONTROL_ALLOW_METHODS, "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS");
        // `*` leaves Authorization out (Fetch, 3.3.2): it has to be named.
        set(
            header::ACCESS_CONTROL_ALLOW_HEADERS,
            "Authorization, Content-Type, Idempotency-Key, *",
        );
        set(header::ACCESS_CONTROL_MAX_AGE, "86400");
    }
}

/// Whether a path belongs to programs: what is unknown there is JSON, never the web client.
pub fn is_under_api(path: &str) -> bool {
    ["/api", "/oauth", "/.well-known", "/nodeinfo", "/media", "/health", "/ready", "/metrics"]
        .iter()
        .any(|start| path.strip_prefix(start).is_some_and(|r| r.is_empty() || r.starts_with('/')))
}

/// Adds what an answer does not say itself.
pub fn safe(headers: &mut HeaderMap, path: &str, https: bool) {
    let api = is_under_api(path);
    set(headers, header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(headers, header::X_FRAME_OPTIONS, "DENY");
    set(headers, header::REFERRER_POLICY, "same-origin");
    set(
        headers,
        PERMISSIONS_POLICY,
        "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    );
    // An app that opened a window to ask for consent needs the way back to its opener.
    if !is_opened_by_apps(path) {
        set(headers, CROSS_ORIGIN_OPENER_POLICY, "same-origin");
    }
    let readers = if api { "cross-origin" } else { "same-origin" };
    set(headers, CROSS_ORIGIN_RESOURCE_POLICY, readers);
    if api {
        set(headers, header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'");
        set(headers, header::CACHE_CONTROL, "private, no-store");
        // Every answer of the API has a type, also an empty one: some clients throw otherwise.
        set(headers, header::CONTENT_TYPE, "application/json; charset=utf-8");
    }
    if https {
        set(headers, header::STRICT_TRANSPORT_SECURITY, STAY_WITH_HTTPS);
    }
}

/// Whether somebody has made an answer safe: every answer of [`safe`] has this.
pub fn is_safe(headers: &HeaderMap) -> bool {
    headers.contains_key(header::X_CONTENT_TYPE_OPTIONS)
}

fn is_opened_by_apps(path: &str) -> bool {
    path.starts_with("/oauth/") || path.starts_with("/auth/")
}

fn set(headers: &mut HeaderMap, name: HeaderName, value: &'static str) {
    headers.entry(name).or_insert(HeaderValue::from_static(value));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn c3_cookie_routes_are_for_our_origin_only() {
        for path in ["/api/v1/instance", "/oauth/token", "/oauth/token/", "/.well-known/nodeinfo"] {
            assert!(is_for_all_origins(path), "{path}");
        }
        for path in ["/api/sociosphere/v1/auth/refresh", "/oauth/authorize", "/", "/auth/sign_in"] {
            assert!(!is_for_all_origins(path), "{path}");
        }
    }

    #[test]
    fn names_that_only_begin_alike_are_pages() {
        assert!(is_under_api("/api") && is_under_api("/api/nothing") && is_under_api("/health"));
        assert!(!is_under_api("/apiary") && !is_under_api("/@api") && !is_under_api("/healthy"));
    }
}
