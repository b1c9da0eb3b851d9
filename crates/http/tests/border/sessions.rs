//! The web client's way in: sign-up, sign-in, refresh by cookie, devices, password, deletion.

use axum::{
    body::Body,
    http::{Method, Request},
};
use serde_json::json;
use social::{
    app::{Registrations, Settings},
    testing::PASSWORD,
};
use sociosphere_http::HttpOptions;

use crate::client::{Answer, Site};

const REFRESH: &str = "/api/sociosphere/v1/auth/refresh";

async fn with_cookie(site: &Site, path: &str, cookie: &str, headers: &[(&str, &str)]) -> Answer {
    let mut request = Request::builder().method(Method::POST).uri(path).header("cookie", cookie);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    site.send(request.body(Body::empty()).unwrap()).await
}

const OWN: &[(&str, &str)] = &[
    ("x-sociosphere", "1"),
    ("origin", "http://127.0.0.1:8420"),
    ("sec-fetch-site", "same-origin"),
];

async fn sign_in(site: &Site) -> Answer {
    let body = json!({"login": "ada", "password": PASSWORD});
    site.post("/api/sociosphere/v1/auth/sign-in", "", body).await.ok()
}

#[tokio::test]
async fn somebody_signs_up_refreshes_and_signs_out() {
    let site = Site::new().await;
    let body = json!({"handle": "Ada", "email": "ada@example.org", "password": PASSWORD});
    let answer = site.post("/api/sociosphere/v1/auth/sign-up", "", body).await.ok();
    let session = answer.json();
    assert_eq!((&session["expires_in"], &session["account"]["acct"]), (&json!(600), &json!("ada")));
    let token = session["access_token"].as_str().unwrap();
    site.get("/api/v1/timelines/home", token).await.ok();
    let cookie = answer.cookies().into_iter().find(|c| c.starts_with("refresh=")).unwrap();
    let renewed = with_cookie(&site, REFRESH, &cookie, OWN).await.ok();
    assert!(renewed.json()["access_token"].is_string());
    let next = renewed.cookies().into_iter().find(|c| c.starts_with("refresh=")).unwrap();
    assert_ne!(next, cookie);
    let out = with_cookie(&site, "/api/sociosphere/v1/auth/sign-out", &next, OWN).await.ok();
    assert_eq!(out.cookies(), ["refresh=", "session="]);
    assert_eq!(site.get("/api/v1/timelines/home", token).await.status, 401);
    assert_eq!(with_cookie(&site, REFRESH, &next, OWN).await.status, 401);
}

#[tokio::test]
async fn c1_the_refresh_cookie_works_from_our_own_pages_only() {
    let site = Site::new().await;
    site.world.person("ada").await;
    let signed = sign_in(&site).await;
    let cookie = signed.cookies().into_iter().find(|c| c.starts_with("refresh=")).unwrap();
    let wrong: &[&[(&str, &str)]] = &[
        &[],
        &[("x-sociosphere", "1")],
        &[("origin", "http://127.0.0.1:8420")],
        &[("x-sociosphere", "1"), ("origin", "https://evil.example")],
        &[("x-sociosphere", "1"), ("origin", "null")],
        &[("x-sociosphere", "1"), ("origin", "http://127.0.0.1:8420.evil.example")],
        &[("x-sociosphere", "1"), ("sec-fetch-site", "cross-site")],
        &[
            ("x-sociosphere", "1"),
            ("sec-fetch-site", "same-site"),
            ("origin", "http://127.0.0.1:8420"),
        ],
    ];
    for headers in wrong {
        let answer = with_cookie(&site, REFRESH, &cookie, headers).await;
        assert_eq!(answer.status, 403, "{headers:?}");
        assert_eq!(answer.json()["code"], "cross_site");
    }
    with_cookie(&site, REFRESH, &cookie, OWN).await.ok();
}

#[tokio::test]
async fn c6_cookies_have_their_flags() {
    for (url, refresh, session, secure) in [
        ("https://here.example", "__Secure-refresh=", "__Host-session=", true),
        ("http://127.0.0.1:8420", "refresh=", "session=", false),
    ] {
        let settings = Settings { public_url: url.to_owned(), ..Settings::default() };
        let site =
            Site::with(settings, HttpOptions { rate_limits: false, ..HttpOptions::default() })
                .await;
        site.world.person("ada").await;
        let answer = sign_in(&site).await;
        let lines: Vec<_> = answer
            .headers
            .get_all("set-cookie")
            .iter()
            .map(|line| line.to_str().unwrap().to_owned())
            .collect();
        assert!(lines[0].starts_with(refresh) && lines[1].starts_with(session), "{lines:?}");
        assert!(lines[0].contains("; Path=/api/sociosphere/v1/auth; "));
        assert!(lines[0].contains("SameSite=Strict") && lines[1].contains("SameSite=Lax"));
        assert!(lines[1].contains("; Path=/; "));
        assert!(
            lines
                .iter()
                .all(|line| line.contains("HttpOnly") && line.contains("; Secure") == secure)
        );
    }
}

#[tokio::test]
async fn e1_a_wrong_password_and_an_unknown_name_look_the_same() {
    let site = Site::new().await;
    site.world.person("ada").await;
    let path = "/api/sociosphere/v1/auth/sign-in";
    let wrong = site.post(path, "", json!({"login": "ada", "password": "not this one"})).await;
    let nobody = site.post(path, "", json!({"login": "nobody", "password": "not this one"})).await;
    assert_eq!((wrong.status.as_u16(), &wrong.bytes), (401, &nobody.bytes));
    let reset = "/api/sociosphere/v1/auth/reset";
    let known = site.post(reset, "", json!({"email": "ada@example.org"})).await;
    let unknown = site.post(reset, "", json!({"email": "who@example.org"})).await;
    assert_eq!((known.status.as_u16(), unknown.status.as_u16()), (202, 202));
    assert_eq!(known.bytes, unknown.bytes);
}

#[tokio::test]
async fn devices_are_listed_and_signed_out() {
    let site = Site::new().await;
    site.world.person("ada").await;
    let first = sign_in(&site).await.json()["access_token"].as_str().unwrap().to_owned();
    let second = sign_in(&site).await.json()["access_token"].as_str().unwrap().to_owned();
    let devices = site.get("/api/sociosphere/v1/auth/devices", &first).await.ok().json();
    let other = devices.as_array().unwrap().iter().find(|d| d["current"] == false).unwrap();
    let path = format!("/api/sociosphere/v1/auth/devices/{}", other["id"].as_str().unwrap());
    site.call(Method::DELETE, &path, &first).await.ok();
    assert_eq!(site.call(Method::DELETE, &path, &first).await.status, 404);
    assert_eq!(site.get("/api/v1/timelines/home", &second).await.status, 401);
}

#[tokio::test]
async fn a12_a_new_password_ends_every_other_session_and_token() {
    let site = Site::new().await;
    let (_, app) = site.person("ada").await;
    let own = sign_in(&site).await.json()["access_token"].as_str().unwrap().to_owned();
    let path = "/api/sociosphere/v1/auth/password";
    let wrong = site.post(path, &own, json!({"current": "no", "new": "a better password"})).await;
    assert_eq!((wrong.status.as_u16(), &wrong.json()["field"]), (422, &json!("current")));
    let body = json!({"current": PASSWORD, "new": "a better password"});
    let changed = site.post(path, &own, body).await.ok();
    for token in [&app, &own] {
        assert_eq!(site.get("/api/v1/timelines/home", token).await.status, 401);
    }
    let cookie = changed.cookies().into_iter().find(|c| c.starts_with("refresh=")).unwrap();
    with_cookie(&site, REFRESH, &cookie, OWN).await.ok();
}

#[tokio::test]
async fn an_account_deletes_itself() {
    let site = Site::new().await;
    let id = site.world.person("ada").await;
    let own = sign_in(&site).await.json()["access_token"].as_str().unwrap().to_owned();
    let path = "/api/sociosphere/v1/auth/delete";
    assert_eq!(site.post(path, &own, json!({"password": "no"})).await.status, 422);
    assert_eq!(site.post(path, &own, json!({"password": PASSWORD})).await.status, 202);
    assert_eq!(site.get("/api/v1/timelines/home", &own).await.status, 401);
    assert_eq!(site.get(&format!("/api/v1/accounts/{id}"), "").await.status, 404);
}

#[tokio::test]
async fn closed_doors_say_so() {
    let settings = Settings { registrations: Registrations::Closed, ..Settings::default() };
    let site =
        Site::with(settings, HttpOptions { rate_limits: false, ..HttpOptions::default() }).await;
    let setup = site.get("/api/sociosphere/v1/setup", "").await.ok().json();
    assert_eq!(setup, json!({"registrations": "closed", "confirm_email": false}));
    let body = json!({"handle": "ada", "email": "ada@example.org", "password": PASSWORD});
    let answer = site.post("/api/sociosphere/v1/auth/sign-up", "", body).await;
    assert_eq!(answer.status, 403);
}
