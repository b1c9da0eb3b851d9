//! Headers: CORS, security, rate limits, the web client's files.

use std::{io::Read, net::IpAddr};

use axum::{
    body::Body,
    http::{Method, Request},
};
use flate2::read::GzDecoder;
use http_body_util::BodyExt;
use serde_json::json;
use social::{app::Settings, testing::PASSWORD};
use sociosphere_http::{ClientAddr, HttpOptions};
use tower::ServiceExt;

use crate::client::{Answer, Site, request};

#[tokio::test]
async fn c3_any_origin_may_read_the_api_and_none_the_cookie_routes() {
    let site = Site::new().await;
    for path in ["/api/v1/instance", "/oauth/token", "/.well-known/nodeinfo", "/api/v1/nothing"] {
        let request = Request::builder()
            .method(Method::OPTIONS)
            .uri(path)
            .header("origin", "https://evil.example")
            .header("access-control-request-method", "POST")
            .body(Body::empty())
            .unwrap();
        let answer = site.send(request).await.ok();
        assert_eq!(answer.header("access-control-allow-origin"), "*", "{path}");
        assert!(answer.header("access-control-allow-headers").contains("Authorization"));
        assert_eq!(answer.header("access-control-allow-credentials"), "");
    }
    let answer = site.get("/api/v1/instance", "").await.ok();
    assert_eq!(answer.header("access-control-allow-origin"), "*");
    assert!(answer.header("access-control-expose-headers").starts_with("Link, X-RateLimit-Reset"));
    for path in ["/api/sociosphere/v1/auth/refresh", "/oauth/authorize", "/auth/sign_in", "/"] {
        assert_eq!(site.get(path, "").await.header("access-control-allow-origin"), "", "{path}");
    }
}

#[tokio::test]
async fn c9_every_answer_has_its_safety_headers() {
    let settings =
        Settings { public_url: "https://here.example".to_owned(), ..Settings::default() };
    let site =
        Site::with(settings, HttpOptions { rate_limits: false, ..HttpOptions::default() }).await;
    for path in ["/", "/api/v1/instance", "/api/v1/nothing", "/oauth/authorize", "/@ada", "/health"]
    {
        let answer = site.get(path, "").await;
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert!(answer.header("strict-transport-security").starts_with("max-age="), "{path}");
        assert!(
            answer.header("content-security-policy").contains("frame-ancestors 'none'"),
            "{path}"
        );
        assert!(!answer.header("referrer-policy").is_empty(), "{path}");
    }
    let answer = site.get("/oauth/authorize", "").await;
    assert_eq!(answer.header("cross-origin-opener-policy"), "", "apps' windows need their opener");
    assert_eq!(site.get("/", "").await.header("cross-origin-opener-policy"), "same-origin");
}

#[tokio::test]
async fn places_of_the_client_are_its_page_and_unknown_api_paths_are_not() {
    let site = Site::new().await;
    for path in [
        "/",
        "/@ada",
        "/@ada/123",
        "/tags/v1.2",
        "/settings/profile",
        "/setup/abc",
        "/admin",
        "/admin/cases/123/show",
    ] {
        let page = site.get(path, "").await.ok();
        assert!(page.header("content-type").starts_with("text/html"), "{path}");
        let policy = page.header("content-security-policy").to_owned();
        assert!(policy.contains("script-src 'self';"), "{policy}");
        assert!(policy.contains("require-trusted-types-for 'script'"), "{policy}");
        assert!(policy.contains("ws://127.0.0.1:8420"), "{policy}");
        assert_eq!(page.header("cache-control"), "no-cache");
        assert!(page.header("etag").len() > 10);
    }
    for path in [
        "/api",
        "/api/",
        "/api/v9/x",
        "/oauth/x",
        "/.well-known/x",
        "/nodeinfo/9",
        "/media/x",
        "/assets/gone.js",
        "/admin/assets/gone.js",
        "/robots.json",
    ] {
        let answer = site.get(path, "").await;
        assert_eq!(answer.status, 404, "{path}");
        assert!(answer.header("content-type").starts_with("application/json"), "{path}");
    }
    let etag = site.get("/", "").await.header("etag").to_owned();
    let again = Request::builder().uri("/").header("if-none-match", etag).body(Body::empty());
    assert_eq!(site.send(again.unwrap()).await.status, 304);
    assert_eq!(site.call(Method::POST, "/@ada", "").await.status, 405);
    assert_eq!(site.call(Method::PUT, "/api/v1/instance", "").await.status, 405);
    assert_eq!(site.call(Method::HEAD, "/api/v1/instance", "").await.status, 200);
    site.get("/api/v1/instance/", "").await.ok();
}

async fn from(site: &Site, address: &str, path: &str) -> Answer {
    let mut request = Request::builder().uri(path).body(Body::empty()).unwrap();
    request.extensions_mut().insert(ClientAddr(address.parse::<IpAddr>().unwrap()));
    site.send(request).await
}

#[tokio::test]
async fn r4_a_limit_fires_says_when_to_come_back_and_counts_its_own_address_alone() {
    let site = Site::with(
        Settings::default(),
        HttpOptions { rate_limits: true, ..HttpOptions::default() },
    )
    .await;
    let path = "/api/v1/instance";
    for left in (0..300).rev() {
        let answer = from(&site, "192.0.2.1", path).await.ok();
        assert_eq!(answer.header("x-ratelimit-limit"), "300");
        assert_eq!(answer.header("x-ratelimit-remaining"), left.to_string());
        assert!(answer.header("x-ratelimit-reset").ends_with('Z'));
    }
    let answer = from(&site, "192.0.2.1", path).await;
    assert_eq!(
        (answer.status.as_u16(), &answer.json()["error"]),
        (429, &"Too many requests".into())
    );
    assert!(answer.header("retry-after").parse::<u64>().unwrap() >= 1);
    assert_eq!(answer.header("x-ratelimit-remaining"), "0");
    from(&site, "192.0.2.2", path).await.ok();
    // other ways of writing the path do not help.
    assert_eq!(from(&site, "192.0.2.1", "/api/v1/instance/?x=1").await.status, 429);
    // Spoofed headers have no effect: the address is what the server says.
    let mut spoofed = Request::builder().uri(path).header("x-forwarded-for", "198.51.100.9");
    spoofed.extensions_mut().unwrap().insert(ClientAddr("192.0.2.1".parse().unwrap()));
    assert_eq!(site.send(spoofed.body(Body::empty()).unwrap()).await.status, 429);
    site.world.advance(std::time::Duration::from_secs(300));
    from(&site, "192.0.2.1", path).await.ok();
}

#[tokio::test]
async fn r1_sign_ins_are_limited_by_account_wherever_they_come_from() {
    let site = Site::with(
        Settings::default(),
        HttpOptions { rate_limits: true, ..HttpOptions::default() },
    )
    .await;
    site.world.person("ada").await;
    let mut statuses = Vec::new();
    // Every way to write a name is the same account's.
    let names = ["ada", "@ada", "@@@@ADA ", "ada@example.org", "Ada@Example.org"];
    for number in 0..26 {
        let body = json!({ "login": names[number % 5], "password": "wrong password" }).to_string();
        let mut request = Request::builder()
            .method(Method::POST)
            .uri("/api/sociosphere/v1/auth/sign-in")
            .header("content-type", "application/json")
            .body(Body::from(body))
            .unwrap();
        let address: IpAddr = format!("198.51.100.{number}").parse().unwrap();
        request.extensions_mut().insert(ClientAddr(address));
        statuses.push(site.send(request).await.status.as_u16());
    }
    assert_eq!(statuses[..25], [401; 25]);
    assert_eq!(statuses[25], 429);
}

#[tokio::test]
async fn r5_mail_to_one_address_is_bounded_wherever_it_is_asked_for() {
    let settings = Settings { confirm_email: true, ..Settings::default() };
    let options = HttpOptions { rate_limits: true, ..HttpOptions::default() };
    let site = Site::with(settings, options).await;
    site.world.person("ada").await;
    let ask = async |number: usize, address: &str| {
        let (path, body) = match number % 2 {
            0 => ("reset", json!({ "email": address })),
            _ => {
                let handle = format!("n{number}");
                let body = json!({ "handle": handle, "email": address, "password": PASSWORD });
                ("sign-up", body)
            }
        };
        let mut request = Request::builder()
            .method(Method::POST)
            .uri(format!("/api/sociosphere/v1/auth/{path}"))
            .header("content-type", "application/json")
            .body(Body::from(body.to_string()))
            .unwrap();
        let from: IpAddr = format!("198.51.100.{number}").parse().unwrap();
        request.extensions_mut().insert(ClientAddr(from));
        site.send(request).await.status.as_u16()
    };
    // An address that somebody has, and one that nobody has, look alike.
    for (first, address) in [(0, "Ada@example.org"), (20, "nobody@example.org")] {
        let mut statuses = Vec::new();
        for number in first..first + 10 {
            statuses.push(ask(number, address).await);
        }
        assert_eq!(statuses, [[202; 5], [429; 5]].concat(), "{address}");
    }
    site.world.settle().await;
    let to_ada = site.world.mails().iter().filter(|mail| mail.to == "ada@example.org").count();
    assert_eq!(to_ada, 5, "three resets, two notices");
    site.world.advance(std::time::Duration::from_secs(30 * 60));
    assert_eq!(ask(40, "ada@example.org").await, 202);
}

#[tokio::test]
async fn d4_the_document_bounds_every_text_and_list_of_requests() {
    let site = Site::new().await;
    let document = site.get("/api/sociosphere/v1/openapi.json", "").await.ok().json();
    assert_eq!(document["openapi"], "3.1.0");
    let mut bodies = 0;
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let body = &operation["requestBody"]["content"]["application/json"]["schema"];
            if let Some(name) = body["$ref"].as_str() {
                let name = name.rsplit('/').next().unwrap();
                bodies += 1;
                walk(&document["components"]["schemas"][name], &format!("{method} {path}"));
            }
            for parameter in operation["parameters"].as_array().into_iter().flatten() {
                walk(&parameter["schema"], &format!("{method} {path} {}", parameter["name"]));
            }
        }
    }
    assert!(bodies >= 15, "{bodies}");
}

fn walk(schema: &serde_json::Value, place: &str) {
    if let Some(map) = schema.as_object() {
        let is = |kind: &str| {
            map.get("type").is_some_and(|t| {
                t == kind || t.as_array().is_some_and(|all| all.iter().any(|one| one == kind))
            })
        };
        if is("string") && !map.contains_key("enum") {
            assert!(map.contains_key("maxLength"), "{place}: {schema}");
        }
        if is("array") {
            assert!(map.contains_key("maxItems"), "{place}: {schema}");
        }
        map.values().for_each(|inner| walk(inner, place));
    } else if let Some(items) = schema.as_array() {
        items.iter().for_each(|inner| walk(inner, place));
    }
}

async fn taking_gzip(site: &Site, path: &str, token: &str) -> Answer {
    let request = request(Method::GET, path, token).header("accept-encoding", "br, gzip");
    site.send(request.body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn long_answers_are_packed_for_who_takes_it() {
    let site = Site::new().await;
    let (ada, token) = site.person("ada").await;
    for number in 0..10 {
        site.world.post(ada, &format!("the harbour at dawn, number {number}")).await;
    }
    let path = format!("/api/v1/accounts/{ada}/statuses");
    let plain = site.get(&path, &token).await.ok();
    assert_eq!((plain.header("content-encoding"), plain.header("vary")), ("", "accept-encoding"));
    let packed = taking_gzip(&site, &path, &token).await.ok();
    assert_eq!(packed.header("content-encoding"), "gzip");
    assert_eq!(packed.header("vary"), "accept-encoding");
    assert!(packed.bytes.len() * 3 < plain.bytes.len(), "{}", packed.bytes.len());
    let mut unpacked = Vec::new();
    GzDecoder::new(&packed.bytes[..]).read_to_end(&mut unpacked).unwrap();
    assert_eq!(unpacked, plain.bytes);
    // Short ones are not worth it; a client may refuse; pictures are packed already.
    let short = taking_gzip(&site, "/health", "").await;
    assert_eq!(short.header("content-encoding"), "");
    let refusing = request(Method::GET, &path, &token).header("accept-encoding", "gzip;q=0");
    let refused = site.send(refusing.body(Body::empty()).unwrap()).await.ok();
    assert_eq!(refused.bytes, plain.bytes);
    let picture = taking_gzip(&site, "/media/default/header.png", "").await.ok();
    assert_eq!((picture.header("content-encoding"), picture.header("vary")), ("", ""));
    // The web client's files come packed from the start, once.
    assert!(["", "gzip"].contains(&taking_gzip(&site, "/", "").await.header("content-encoding")));
}

#[tokio::test]
async fn event_streams_are_not_held_back_by_packing() {
    let site = Site::new().await;
    let (_, token) = site.person("ada").await;
    let request = request(Method::GET, "/api/v1/streaming/user", &token)
        .header("accept-encoding", "gzip")
        .body(Body::empty())
        .unwrap();
    let answer = site.router.clone().oneshot(request).await.unwrap();
    assert!(!answer.headers().contains_key("content-encoding"));
    let first = answer.into_body().frame().await.expect("a first frame").unwrap();
    assert_eq!(first.into_data().unwrap(), ":)\n");
}

#[tokio::test]
async fn bodies_are_as_long_as_the_operator_allows() {
    let options = HttpOptions { rate_limits: false, body_bytes: 2_000, ..HttpOptions::default() };
    let site = Site::with(Settings::default(), options).await;
    let (_, token) = site.person("ada").await;
    let post = |length| serde_json::json!({"status": "x".repeat(length)});
    site.post("/api/v1/statuses", &token, post(1_500)).await.ok();
    assert_eq!(site.post("/api/v1/statuses", &token, post(2_500)).await.status, 413);
}
