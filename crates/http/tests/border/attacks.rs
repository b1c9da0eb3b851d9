//! What somebody tries who wants in, or who wants what they had back: names begin with the case.

use axum::{
    body::Body,
    http::{Method, Request},
};
use serde_json::{Value, json};
use social::{
    accounts::model::Role,
    app::Settings,
    testing::{PASSWORD, World},
};
use sociosphere_http::HttpOptions;
use tokio_tungstenite::{
    connect_async,
    tungstenite::{Error, Message, client::IntoClientRequest},
};

use crate::{
    client::{Answer, Site},
    live::{closes, connect, listen},
    oauth::{browse, encode, field, register},
};

const SIGN_IN: &str = "/api/sociosphere/v1/auth/sign-in";

async fn sign_in(site: &Site) -> Answer {
    site.post(SIGN_IN, "", json!({"login": "ada", "password": PASSWORD})).await.ok()
}

fn cookie(answer: &Answer, name: &str) -> String {
    answer.cookies().into_iter().find(|cookie| cookie.starts_with(name)).unwrap()
}

#[tokio::test]
async fn a13_signing_out_ends_cookies_pages_and_streams() {
    let site = Site::new().await;
    let address = listen(&site).await;
    site.world.person("ada").await;
    let app = register(&site, "myapp%3A%2F%2Fback").await;
    let link = format!(
        "/oauth/authorize?response_type=code&client_id={}&redirect_uri=myapp%3A%2F%2Fback",
        app.id
    );
    let signed = sign_in(&site).await;
    let token = signed.json()["access_token"].as_str().unwrap().to_owned();
    let (page, refresh) = (cookie(&signed, "session="), cookie(&signed, "refresh="));
    assert_eq!(browse(&site, Method::GET, &link, &page, "").await.status, 200);
    let stream = connect(&address, &format!("?stream=user&access_token={token}")).await;
    let ask = async |path: &str, cookie: &str| {
        let request = Request::builder()
            .method(Method::POST)
            .uri(format!("/api/sociosphere/v1/auth/{path}"))
            .header("cookie", cookie)
            .header("x-sociosphere", "1")
            .header("sec-fetch-site", "same-origin");
        site.send(request.body(Body::empty()).unwrap()).await
    };
    ask("sign-out", &refresh).await.ok();
    assert_eq!(site.get("/api/v1/accounts/verify_credentials", &token).await.status, 401);
    assert_eq!(ask("refresh", &refresh).await.status, 401);
    let asked = browse(&site, Method::GET, &link, &page, "").await;
    assert_eq!(asked.status, 302);
    assert!(asked.header("location").starts_with("/auth/sign_in?"), "who this is, is asked anew");
    closes(stream).await;
    let again =
        connect_async(format!("ws://{address}/api/v1/streaming?access_token={token}")).await;
    assert!(matches!(again, Err(Error::Http(answer)) if answer.status() == 401));
}

#[tokio::test]
async fn a26_consent_is_not_framed_and_not_given_for_somebody() {
    let site = Site::new().await;
    for name in ["ada", "eve"] {
        site.world.person(name).await;
    }
    let app = register(&site, "myapp%3A%2F%2Fback").await;
    let link = format!(
        "/oauth/authorize?response_type=code&client_id={}&redirect_uri=myapp%3A%2F%2Fback",
        app.id
    );
    let page = cookie(&sign_in(&site).await, "session=");
    let shown = browse(&site, Method::GET, &link, &page, "").await.ok();
    assert!(shown.header("content-security-policy").contains("frame-ancestors 'none'"));
    assert_eq!(shown.header("x-frame-options"), "DENY");
    assert_eq!(shown.header("cache-control"), "private, no-store");
    // A form that somebody else made: without a token, with one of another person's page, or of another form.
    let login = json!({"login": "eve", "password": PASSWORD});
    let eves = cookie(&site.post(SIGN_IN, "", login).await.ok(), "session=");
    let of_eve = browse(&site, Method::GET, &link, &eves, "").await.ok().text();
    let of_sign_in = browse(&site, Method::GET, "/auth/sign_in", "", "").await.ok().text();
    let fields = format!(
        "response_type=code&client_id={}&redirect_uri=myapp%3A%2F%2Fback&decision=allow",
        app.id
    );
    for token in ["", &field(&of_eve, "token"), &field(&of_sign_in, "token")] {
        let form = format!("{fields}&token={}", encode(token));
        let answer = browse(&site, Method::POST, "/oauth/authorize", &page, &form).await;
        assert_eq!((answer.status.as_u16(), answer.header("location")), (403, ""));
    }
    // Asked for by an address alone, nothing is given.
    for prompt in ["&decision=allow", "&prompt=none", "&approval_prompt=auto"] {
        let answer = browse(&site, Method::GET, &format!("{link}{prompt}"), &page, "").await;
        assert_eq!((answer.status.as_u16(), answer.header("location")), (200, ""), "{prompt}");
    }
    // From the page of another site, also with the right token.
    let form = format!("{fields}&token={}", encode(&field(&shown.text(), "token")));
    let foreign = |name: &'static str, value: &'static str| {
        Request::builder()
            .method(Method::POST)
            .uri("/oauth/authorize")
            .header("cookie", &page)
            .header("content-type", "application/x-www-form-urlencoded")
            .header(name, value)
            .body(Body::from(form.clone()))
            .unwrap()
    };
    for (name, value) in [
        ("origin", "https://evil.example"),
        ("origin", "null"),
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
    ] {
        let answer = site.send(foreign(name, value)).await;
        assert_eq!((answer.status.as_u16(), answer.header("location")), (403, ""), "{name}");
    }
}

#[tokio::test]
async fn a27_mailed_links_lead_to_the_configured_address_whatever_the_request_says() {
    let settings = Settings {
        public_url: "https://here.example".to_owned(),
        confirm_email: true,
        ..Settings::default()
    };
    let options = HttpOptions { rate_limits: false, ..HttpOptions::default() };
    let site = Site::with(settings, options).await;
    site.world.person("ada").await;
    let post = async |path: &str, body: Value| {
        let request = Request::builder()
            .method(Method::POST)
            .uri(format!("/api/sociosphere/v1/auth/{path}"))
            .header("host", "evil.example")
            .header("x-forwarded-host", "evil.example")
            .header("x-forwarded-proto", "http")
            .header("forwarded", "host=evil.example")
            .header("x-original-url", "https://evil.example/")
            .header("content-type", "application/json");
        let answer = site.send(request.body(Body::from(body.to_string())).unwrap()).await;
        assert_eq!(answer.status, 202, "{}", answer.text());
    };
    post("reset", json!({"email": "ada@example.org"})).await;
    let bea = json!({"handle": "bea", "email": "bea@example.org", "password": PASSWORD});
    post("sign-up", bea).await;
    let taken = json!({"handle": "cleo", "email": "ada@example.org", "password": PASSWORD});
    post("sign-up", taken).await;
    site.world.settle().await;
    let mails = site.world.mails();
    assert_eq!(mails.len(), 3);
    for mail in mails {
        assert!(mail.text.contains("https://here.example/"), "{}", mail.text);
        assert!(!mail.text.contains("evil") && !mail.html.contains("evil"));
        let links = mail.text.matches("://").count();
        assert_eq!(links, mail.text.matches("https://here.example/").count());
    }
}

#[tokio::test]
async fn c4_a_foreign_page_opens_no_socket_by_cookie() {
    let site = Site::new().await;
    let address = listen(&site).await;
    site.world.person("ada").await;
    let signed = sign_in(&site).await;
    for stream in ["user", "public", "user:notification"] {
        let mut request = format!("ws://{address}/api/v1/streaming?stream={stream}")
            .into_client_request()
            .unwrap();
        let headers = request.headers_mut();
        headers.insert("origin", "https://evil.example".parse().unwrap());
        headers.insert("cookie", signed.cookies().join("; ").parse().unwrap());
        let refused = connect_async(request).await;
        assert!(matches!(refused, Err(Error::Http(answer)) if answer.status() == 401), "{stream}");
    }
}

#[tokio::test]
async fn d9_a_frame_longer_than_any_word_of_the_protocol_ends_its_socket() {
    use futures::SinkExt;
    let site = Site::new().await;
    let address = listen(&site).await;
    let (_, token) = site.person("ada").await;
    let mut socket = connect(&address, &format!("?stream=user&access_token={token}")).await;
    // That the other side hangs up while this is written is as good.
    let _ = socket.send(Message::text("x".repeat(200 << 10))).await;
    closes(socket).await;
    connect(&address, &format!("?stream=user&access_token={token}")).await;
}

#[tokio::test]
async fn p3_nobody_gives_themselves_what_others_decide() {
    let settings = Settings { confirm_email: true, ..Settings::default() };
    let options = HttpOptions { rate_limits: false, ..HttpOptions::default() };
    let site = Site::with(settings, options).await;
    let wishes = json!({
        "role": "owner", "is_admin": true, "admin": true, "confirmed": true, "verified": true,
        "standing": "active", "followers_count": 1_000, "created_at": "2001-01-01T00:00:00.000Z",
        "by_operator": ["owner", true], "epoch": 9, "suspended": false, "id": "1",
    });
    let with = |body: Value| {
        let mut all = wishes.as_object().unwrap().clone();
        all.extend(body.as_object().unwrap().clone());
        Value::Object(all)
    };
    let bea = with(json!({"handle": "bea", "email": "bea@example.org", "password": PASSWORD}));
    let answer = site.post("/api/sociosphere/v1/auth/sign-up", "", bea).await;
    assert_eq!((answer.status.as_u16(), answer.json()), (202, json!({"state": "confirm_email"})));
    let login = async |world: &World, name: &str| {
        let account =
            social::accounts::by_handle(&world.app, name).await.unwrap().expect("signed up");
        world.app.graph.get(account.login).await.unwrap().unwrap()
    };
    let made = login(&site.world, "bea").await;
    assert_eq!((made.role, made.confirmed, made.epoch), (Role::Member, false, 1));

    let (_, token) = site.person("ada").await;
    let path = "/api/v1/accounts/update_credentials";
    let change = with(json!({"display_name": "Ada"}));
    let me = site.json(Method::PATCH, path, &token, change).await.ok().json();
    assert_eq!((&me["display_name"], &me["followers_count"]), (&json!("Ada"), &json!(0)));
    assert_ne!(me["id"], "1");
    assert_eq!(login(&site.world, "ada").await.role, Role::Member);
    let post = with(json!({"status": "hello", "account": "1", "account_id": "1", "likes": 7}));
    let post = site.post("/api/v1/statuses", &token, post).await.ok().json();
    assert_eq!((&post["account"]["acct"], &post["favourites_count"]), (&json!("ada"), &json!(0)));
    assert_ne!(post["created_at"], "2001-01-01T00:00:00.000Z");
}

#[tokio::test]
async fn c11_no_header_or_path_ending_changes_what_is_answered() {
    let site = Site::new().await;
    let (_, token) = site.person("ada").await;
    let path = "/api/v1/accounts/verify_credentials";
    for end in ["/x.css", "/..%2fx.js", ".css", "%00.png"] {
        let answer = site.get(&format!("{path}{end}"), &token).await;
        assert_eq!(answer.status, 404, "{end}");
        assert!(!answer.text().contains("ada"));
    }
    let plain = site.get(path, &token).await.ok();
    assert_eq!(plain.header("cache-control"), "private, no-store");
    for (name, value) in [
        ("x-original-url", "/api/v1/instance"),
        ("x-rewrite-url", "/api/v1/instance"),
        ("x-http-method-override", "DELETE"),
        ("x-forwarded-host", "evil.example"),
        ("x-forwarded-prefix", "/evil"),
    ] {
        let request = Request::builder()
            .uri(path)
            .header("authorization", format!("Bearer {token}"))
            .header(name, value)
            .body(Body::empty())
            .unwrap();
        assert_eq!(site.send(request).await.ok().bytes, plain.bytes, "{name}");
    }
}

#[tokio::test]
async fn e3_what_opens_something_cannot_be_guessed() {
    let site = Site::new().await;
    let (_, token) = site.person("ada").await;
    let app = register(&site, "myapp%3A%2F%2Fback").await;
    let signed = sign_in(&site).await;
    let refresh = cookie(&signed, "refresh=");
    let page = cookie(&signed, "session=");
    // 128 bits are 22 letters of base64.
    for secret in [&token, &app.id, &app.secret, &refresh[8..].to_owned(), &page[8..].to_owned()] {
        assert!(secret.len() >= 22, "{secret}");
    }
    let invite = social::accounts::create_invite(&site.world.app, None, 1, None).await.unwrap();
    assert_eq!(invite.code.len(), 22);
    let other = site.person("bea").await.1;
    let alike = token.chars().zip(other.chars()).filter(|(a, b)| a == b).count();
    assert!(alike < 12, "{token} and {other}");
}
