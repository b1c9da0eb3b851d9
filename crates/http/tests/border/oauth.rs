//! OAuth as a person and their app go through it: register, sign in, consent, exchange, call, revoke.

use axum::{
    body::Body,
    http::{Method, Request},
};
use serde_json::json;
use social::{app::Settings, testing::PASSWORD};
use sociosphere_http::HttpOptions;

use crate::client::{Answer, Site};

const OURS: &str = "http://127.0.0.1:8420";

pub struct App {
    pub id: String,
    pub secret: String,
}

pub async fn register(site: &Site, redirect: &str) -> App {
    let form = format!("client_name=Phone+App&redirect_uris={redirect}&scopes=read+write+follow");
    let app = site.form("/api/v1/apps", "", &form).await.ok().json();
    assert_eq!((&app["name"], &app["client_secret_expires_at"]), (&json!("Phone App"), &json!(0)));
    let text = |name: &str| app[name].as_str().unwrap().to_owned();
    assert_eq!(app["redirect_uri"], app["redirect_uris"][0]);
    App { id: text("client_id"), secret: text("client_secret") }
}

/// A browser's request: with its cookies, from our own page.
pub async fn browse(site: &Site, method: Method, path: &str, cookie: &str, form: &str) -> Answer {
    let mut request = Request::builder()
        .method(method.clone())
        .uri(path)
        .header("cookie", cookie)
        .header("content-type", "application/x-www-form-urlencoded");
    if method == Method::POST {
        request = request.header("origin", OURS).header("sec-fetch-site", "same-origin");
    }
    site.send(request.body(Body::from(form.to_owned())).unwrap()).await
}

/// The value of a hidden field.
pub fn field(page: &str, name: &str) -> String {
    let at = page.find(&format!("name=\"{name}\" value=\"")).expect("the field is there");
    let value = page[at..].split("value=\"").nth(1).unwrap();
    value.split('"').next().unwrap().to_owned()
}

pub fn encode(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
}

/// Signs in on the server's page; returns the cookie.
async fn sign_in(site: &Site, name: &str, next: &str) -> (String, Answer) {
    let path = format!("/auth/sign_in?next={}", encode(next));
    let page = browse(site, Method::GET, &path, "", "").await.ok().text();
    assert!(page.contains("id=\"user_email\"") && page.contains("id=\"user_password\""));
    let form = format!(
        "token={}&next={}&user[email]={name}&user[password]={}",
        encode(&field(&page, "token")),
        encode(next),
        encode(PASSWORD)
    );
    let answer = browse(site, Method::POST, "/auth/sign_in", "", &form).await;
    assert_eq!(answer.status, 302, "{}", answer.text());
    (answer.cookies().first().cloned().unwrap_or_default(), answer)
}

#[tokio::test]
async fn a_person_lets_an_app_in_and_the_app_acts_for_them_until_revoked() {
    let site = Site::new().await;
    site.world.person("ada").await;
    let app = register(&site, "myapp%3A%2F%2Fback").await;
    let verifier = "v".repeat(43);
    let challenge = {
        use sha2::Digest;
        social::secret::base64url(&sha2::Sha256::digest(verifier.as_bytes()))
    };
    let link = format!(
        "/oauth/authorize/?response_type=code&client_id={}&redirect_uri=myapp%3A%2F%2Fback\
         &scope=read+write&state=a%26b&code_challenge={challenge}&code_challenge_method=S256",
        app.id
    );
    // Not signed in: to the sign-in page, and from there back.
    let first = browse(&site, Method::GET, &link, "", "").await;
    assert_eq!(first.status, 302);
    let next = first.header("location").strip_prefix("/auth/sign_in?next=").unwrap();
    let next = percent_encoding::percent_decode_str(next).decode_utf8().unwrap().into_owned();
    let (cookie, answer) = sign_in(&site, "ada", &next).await;
    assert!(cookie.starts_with("session="));
    assert_eq!(answer.header("location"), next);

    let page = browse(&site, Method::GET, &next, &cookie, "").await.ok();
    assert!(page.header("content-security-policy").contains("form-action 'self' myapp:;"));
    let page = page.text();
    assert!(page.contains("Phone App") && page.contains("@ada") && !page.contains("<script"));
    let names = [
        "response_type",
        "client_id",
        "redirect_uri",
        "scope",
        "state",
        "code_challenge",
        "code_challenge_method",
        "token",
    ];
    let unescaped = |name: &str| field(&page, name).replace("&amp;", "&");
    let fields: Vec<_> =
        names.iter().map(|name| format!("{name}={}", encode(&unescaped(name)))).collect();
    let form = format!("{}&decision=allow", fields.join("&"));

    // C-1: the same form from another site, or without its token, is refused.
    let evil = Request::builder()
        .method(Method::POST)
        .uri("/oauth/authorize")
        .header("cookie", &cookie)
        .header("origin", "https://evil.example")
        .header("content-type", "application/x-www-form-urlencoded")
        .body(Body::from(form.clone()))
        .unwrap();
    assert_eq!(site.send(evil).await.status, 403);
    let bare = form.replace(&format!("token={}", encode(&unescaped("token"))), "token=x");
    let refused = browse(&site, Method::POST, "/oauth/authorize", &cookie, &bare).await;
    assert_eq!(refused.status, 403);

    let answer = browse(&site, Method::POST, "/oauth/authorize", &cookie, &form).await;
    assert_eq!(answer.status, 302);
    let location = answer.header("location").to_owned();
    let code = location.strip_prefix("myapp://back?code=").unwrap();
    let (code, state) = code.split_once("&state=").unwrap();
    assert_eq!(state, "a%26b");
    let code = percent_encoding::percent_decode_str(code).decode_utf8().unwrap();

    let exchange = |verifier: &str, redirect: &str| {
        format!(
            "grant_type=authorization_code&client_id={}&client_secret={}&code={code}\
             &redirect_uri={}&code_verifier={verifier}",
            app.id,
            app.secret,
            encode(redirect)
        )
    };
    for (verifier, redirect) in
        [("w".repeat(43), "myapp://back"), (verifier.clone(), "myapp://other")]
    {
        let answer = site.form("/oauth/token", "", &exchange(&verifier, redirect)).await;
        assert_eq!(answer.status, 400);
        assert_eq!(answer.json()["error"], "invalid_grant");
        assert!(answer.json()["error_description"].is_string());
    }
    let token =
        site.form("/oauth/token", "", &exchange(&verifier, "myapp://back")).await.ok().json();
    assert_eq!((&token["token_type"], &token["scope"]), (&json!("Bearer"), &json!("read write")));
    assert!(token["created_at"].is_u64() && token.get("expires_in").is_none());
    let bearer = token["access_token"].as_str().unwrap();
    let post = site.post("/api/v1/statuses", bearer, json!({"status": "by app"})).await.ok().json();
    assert_eq!(post["application"]["name"], "Phone App");
    let me = site.get("/api/v1/apps/verify_credentials", bearer).await.ok().json();
    assert_eq!(me["name"], "Phone App");

    let form = format!("client_id={}&client_secret={}&token={bearer}", app.id, app.secret);
    assert_eq!(site.form("/oauth/revoke", "", &form).await.ok().json(), json!({}));
    assert_eq!(site.get("/api/v1/timelines/home", bearer).await.status, 401);
    // An unknown token is no error; another client's is.
    site.form("/oauth/revoke", "", &form).await.ok();
    let wrong = format!("client_id={}&client_secret=wrong&token={bearer}", app.id);
    assert_eq!(site.form("/oauth/revoke", "", &wrong).await.status, 403);
}

#[tokio::test]
async fn a21_a_request_that_is_not_in_order_redirects_nobody() {
    let site = Site::new().await;
    site.world.person("ada").await;
    let app = register(&site, "https%3A%2F%2Fgood.example%2Fback").await;
    let good = encode("https://good.example/back");
    for query in [
        format!("response_type=code&client_id=unknown&redirect_uri={good}"),
        format!(
            "response_type=code&client_id={}&redirect_uri={}",
            app.id,
            encode("https://good.example/back/")
        ),
        format!(
            "response_type=code&client_id={}&redirect_uri={}",
            app.id,
            encode("https://good.example.evil/back")
        ),
        format!("response_type=code&client_id={}", app.id),
        format!("response_type=token&client_id={}&redirect_uri={good}", app.id),
        format!("response_type=code&client_id={}&redirect_uri={good}&scope=push", app.id),
        format!(
            "response_type=code&client_id={}&redirect_uri={good}&code_challenge=x&code_challenge_method=plain",
            app.id
        ),
    ] {
        let answer = browse(&site, Method::GET, &format!("/oauth/authorize?{query}"), "", "").await;
        assert_eq!(answer.status, 400, "{query}");
        assert_eq!(answer.header("location"), "");
        assert!(answer.header("content-type").starts_with("text/html"));
    }
}

#[tokio::test]
async fn a_code_can_be_shown_and_a_person_can_say_no() {
    let site = Site::new().await;
    site.world.person("ada").await;
    let app = register(&site, "urn:ietf:wg:oauth:2.0:oob").await;
    let (cookie, _) = sign_in(&site, "ADA@example.org", "/").await;
    let query = format!(
        "response_type=code&client_id={}&redirect_uri=urn:ietf:wg:oauth:2.0:oob&scope=read",
        app.id
    );
    let path = format!("/oauth/authorize?{query}");
    let page = browse(&site, Method::GET, &path, &cookie, "").await.ok().text();
    let token = encode(&field(&page, "token"));
    let yes = format!("{query}&token={token}&decision=allow");
    let page = browse(&site, Method::POST, "/oauth/authorize", &cookie, &yes).await.ok().text();
    let code = page.split("oauth-code\">").nth(1).unwrap().split('<').next().unwrap();
    // Basic credentials, as JSON.
    let basic = base64::Engine::encode(
        &base64::engine::general_purpose::STANDARD,
        format!("{}:{}", app.id, app.secret),
    );
    let body = json!({"grant_type": "authorization_code", "code": code, "redirect_uri": "urn:ietf:wg:oauth:2.0:oob"});
    let request = Request::builder()
        .method(Method::POST)
        .uri("/oauth/token")
        .header("authorization", format!("Basic {basic}"))
        .header("content-type", "application/json")
        .body(Body::from(body.to_string()))
        .unwrap();
    assert_eq!(site.send(request).await.ok().json()["scope"], "read");
    let no = format!("{query}&token={token}");
    let page = browse(&site, Method::POST, "/oauth/authorize", &cookie, &no).await.ok().text();
    assert!(page.contains("Nothing was allowed"));
    // Force: also who is signed in is asked for the password, once.
    let forced = browse(&site, Method::GET, &format!("{path}&force_login=true"), &cookie, "").await;
    assert_eq!(forced.status, 302);
    assert!(!forced.header("location").contains("force"));
}

#[tokio::test]
async fn wrong_passwords_and_foreign_forms_sign_nobody_in() {
    let site = Site::new().await;
    site.world.person("ada").await;
    let page = browse(&site, Method::GET, "/auth/sign_in", "", "").await.ok().text();
    let token = encode(&field(&page, "token"));
    let wrong = format!("token={token}&user[email]=ada&user[password]=nothing+like+it");
    let answer = browse(&site, Method::POST, "/auth/sign_in", "", &wrong).await;
    assert_eq!(answer.status, 401);
    assert!(answer.text().contains("do not belong together") && answer.cookies().is_empty());
    let right = format!("token=x&user[email]=ada&user[password]={}", encode(PASSWORD));
    let answer = browse(&site, Method::POST, "/auth/sign_in", "", &right).await;
    assert_eq!(answer.status, 403);
}

#[tokio::test]
async fn signing_up_through_an_app_gives_its_person_a_token() {
    let settings = Settings { confirm_email: true, ..Settings::default() };
    let site =
        Site::with(settings, HttpOptions { rate_limits: false, ..HttpOptions::default() }).await;
    let app = register(&site, "urn:ietf:wg:oauth:2.0:oob").await;
    let form = format!(
        "grant_type=client_credentials&client_id={}&client_secret={}&scope=read+write",
        app.id, app.secret
    );
    let token = site.form("/oauth/token", "", &form).await.ok().json();
    let token = token["access_token"].as_str().unwrap();
    let empty = site.post("/api/v1/accounts", token, json!({})).await;
    assert_eq!(empty.status, 422);
    let details = &empty.json()["details"];
    assert_eq!(details["agreement"][0]["error"], "ERR_ACCEPTED");
    assert_eq!(details["email"][0]["error"], "ERR_BLANK");
    assert_eq!(details["password"][0]["error"], "ERR_BLANK");
    assert_eq!(details["username"][0]["error"], "ERR_BLANK");
    let body = json!({
        "username": "newcomer", "email": "new@example.org", "password": PASSWORD,
        "agreement": true, "locale": "en",
    });
    let issued = site.post("/api/v1/accounts", token, body).await.ok().json();
    let own = issued["access_token"].as_str().unwrap();
    let me = site.get("/api/v1/accounts/verify_credentials", own).await;
    assert_eq!(me.status, 403);
    site.world.settle().await;
    let mails = site.world.mails();
    let mail = mails.last().expect("a mail with a link");
    let at = mail.text.find("/auth/confirm?token=").expect("the link");
    let path: String = mail.text[at..].chars().take_while(|c| !c.is_whitespace()).collect();
    let page = browse(&site, Method::GET, &path, "", "").await.ok().text();
    // Opening the link changes nothing; its button does.
    assert_eq!(site.get("/api/v1/accounts/verify_credentials", own).await.status, 403);
    let form = format!(
        "ticket={}&token={}",
        encode(&field(&page, "ticket")),
        encode(&field(&page, "token"))
    );
    browse(&site, Method::POST, "/auth/confirm", "", &form).await.ok();
    site.get("/api/v1/accounts/verify_credentials", own).await.ok();
}

#[tokio::test]
async fn browsers_say_where_the_forms_of_our_pages_come_from() {
    // With `no-referrer` they say `Origin: null`, which only a forged form does: nobody could sign in to an app.
    let site = Site::new().await;
    for path in ["/auth/sign_in", "/auth/reset?token=x", "/auth/confirm?token=x"] {
        let page = browse(&site, Method::GET, path, "", "").await;
        assert_eq!(page.header("referrer-policy"), "same-origin", "{path}");
    }
}
