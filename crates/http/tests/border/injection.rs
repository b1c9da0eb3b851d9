//! Texts that want to be something else: objects, commands, markup, headers. Names begin with the case.

use axum::{
    body::Body,
    http::{Method, Request},
};
use serde_json::{Value, json};
use social::testing::PASSWORD;

use crate::{
    client::{Site, request},
    media::{PNG, upload},
    oauth::{encode, register},
};

const SIGN_IN: &str = "/api/sociosphere/v1/auth/sign-in";

#[tokio::test]
async fn n2_operators_in_the_names_of_fields_are_no_operators() {
    let site = Site::new().await;
    site.world.person("ada").await;
    for form in [
        "login[$ne]=x&password[$ne]=x",
        "login=ada&password[$gt]=",
        "login[]=ada&password[]=x",
        "login=ada&password[$regex]=.*",
        "__proto__[login]=ada&constructor[prototype][password]=x",
        "login[a][b][c][d][e][f][g][h]=x",
        "login=ada&login=eve&password=x&password=y",
    ] {
        let answer = site.form(SIGN_IN, "", form).await;
        let status = answer.status.as_u16();
        assert!(matches!(status, 400 | 401 | 422), "{form}: {status}");
        assert!(answer.cookies().is_empty());
    }
    for body in [
        json!({"login": {"$ne": null}, "password": {"$gt": ""}}),
        json!({"login": ["ada"], "password": [PASSWORD]}),
        json!({"$where": "1", "login": "ada", "password": {"$function": "x"}}),
        json!({"login": 1, "password": true}),
    ] {
        let status = site.post(SIGN_IN, "", body.clone()).await.status.as_u16();
        assert!(matches!(status, 400 | 401 | 422), "{body}: {status}");
    }
}

#[tokio::test]
async fn n3_names_with_signs_of_a_database_are_kept_as_values() {
    let site = Site::new().await;
    let (_, token) = site.person("ada").await;
    let fields = json!([
        {"name": "$where", "value": "a.b"},
        {"name": "a.b.c", "value": "{\"$ne\": 1}"},
        {"name": "__proto__", "value": "'; DROP TABLE nodes; --"},
    ]);
    let change = json!({"fields_attributes": fields, "display_name": "$set"});
    let path = "/api/v1/accounts/update_credentials";
    let me = site.json(Method::PATCH, path, &token, change).await.ok().json();
    assert_eq!(me["display_name"], "$set");
    for (kept, given) in me["source"]["fields"].as_array().unwrap().iter().zip(0..) {
        assert_eq!(
            (&kept["name"], &kept["value"]),
            (&fields[given]["name"], &fields[given]["value"])
        );
    }
    assert_eq!(me["source"]["fields"].as_array().map(Vec::len), Some(3));
}

#[tokio::test]
async fn n6_ids_are_numbers_of_one_kind_or_nothing() {
    let site = Site::new().await;
    let (_, token) = site.person("ada").await;
    let post = site.post("/api/v1/statuses", &token, json!({"status": "hello"})).await.ok().json();
    let post = post["id"].as_str().unwrap();
    for id in [
        "%7B%22%24ne%22%3A1%7D",
        "507f1f77bcf86cd799439011",
        "1%20OR%201%3D1",
        "-1",
        "0x10",
        "1e3",
        "%D9%A1",
        "9223372036854775808",
        "99999999999999999999999",
        "..%2F..%2Fetc",
    ] {
        for path in ["statuses", "accounts", "media", "notifications"] {
            let status = site.get(&format!("/api/v1/{path}/{id}"), &token).await.status.as_u16();
            assert!(matches!(status, 400 | 404), "{path}/{id}: {status}");
        }
    }
    // An id of another kind is nothing, never a stranger read as something else.
    for path in ["accounts", "media", "notifications"] {
        assert_eq!(site.get(&format!("/api/v1/{path}/{post}"), &token).await.status, 404, "{path}");
    }
}

#[tokio::test]
async fn n7_commands_of_databases_and_indexes_are_words_in_every_parameter() {
    let site = Site::new().await;
    let (_, token) = site.person("ada").await;
    site.post("/api/v1/statuses", &token, json!({"status": "sundial"})).await.ok();
    site.world.settle().await;
    let texts = [
        "' OR '1'='1",
        "\" OR \"\"=\"",
        "'; DROP TABLE nodes; --",
        "sundial' UNION SELECT body FROM nodes --",
        "NEAR(a b, 5)",
        "author:* OR text:*",
        "*:*",
        "_exists_:secret",
        "text:[* TO *]",
        "^(a+)+$",
        "\\Q",
        "{\"query\":{\"match_all\":{}}}",
        "a AND (b OR",
        "\"",
        "\u{0}",
    ];
    for text in texts {
        let text = encode(text);
        for path in [
            format!("/api/v2/search?q={text}"),
            format!("/api/v2/search?q=from:{text}&type=statuses"),
            format!("/api/v2/search?q={text}&type={text}"),
            format!("/api/v1/accounts/search?q={text}"),
            format!("/api/v1/accounts/lookup?acct={text}"),
            format!("/api/v1/timelines/tag/{text}"),
            format!("/api/v1/timelines/public?max_id={text}"),
            format!("/api/v1/timelines/home?limit={text}"),
            format!("/api/v1/notifications?types[]={text}"),
            format!("/api/v1/accounts/relationships?id[]={text}"),
        ] {
            let answer = site.get(&path, &token).await;
            let said = answer.text();
            assert!(answer.status.as_u16() < 500, "{path}: {said}");
            assert!(!said.contains("sundial"), "{path}: {said}");
            for word in ["SQL", "sqlite", "tantivy", "syntax", "panicked", "src/"] {
                assert!(!said.contains(word), "{path}: {said}");
            }
        }
    }
    let found = site.get("/api/v2/search?q=sundial&type=statuses", &token).await.ok().json();
    assert_eq!(found["statuses"].as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn i5_documents_that_a_browser_would_run_are_no_media() {
    let site = Site::new().await;
    let (_, token) = site.person("ada").await;
    for bytes in [
        &b"<svg xmlns=\"http://www.w3.org/2000/svg\"><script>alert(1)</script></svg>"[..],
        b"<?xml version=\"1.0\"?><svg onload=\"alert(1)\"/>",
        b"<!doctype html><script>alert(1)</script>",
        b"<?xml version=\"1.0\"?><html xmlns=\"http://www.w3.org/1999/xhtml\"/>",
        b"<math><mtext><script>alert(1)</script></mtext></math>",
        b"%PDF-1.7\n1 0 obj <</OpenAction <</S /JavaScript>>>>",
        b"PK\x03\x04 a.html",
        b"\xef\xbb\xbf<svg/>",
    ] {
        let answer = upload(&site, &token, "file", bytes).await;
        assert_eq!(answer.status, 422, "{}", String::from_utf8_lossy(bytes));
    }
}

#[tokio::test]
async fn i6_and_u10_no_name_of_a_file_comes_back_and_what_is_served_is_only_looked_at() {
    let site = Site::new().await;
    let (_, token) = site.person("ada").await;
    for name in [
        "\\\"><img src=x onerror=alert(1)>.png",
        "../../../etc/passwd",
        "..\\\\..\\\\x.html",
        "a\u{202e}gnp.html",
        "CON",
        &"x".repeat(4_000),
    ] {
        let mut body = format!(
            "--XX\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\
             Content-Type: text/html; x=\"</script>\"\r\n\r\n"
        )
        .into_bytes();
        body.extend_from_slice(PNG);
        body.extend_from_slice(b"\r\n--XX--\r\n");
        let sent = request(Method::POST, "/api/v2/media", &token)
            .header("content-type", "multipart/form-data; boundary=XX");
        let answer = site.send(sent.body(Body::from(body)).unwrap()).await.ok();
        let said = answer.text();
        for part in ["onerror", "passwd", "html", "CON", "xxxx", "\u{202e}"] {
            assert!(!said.contains(part), "{name}: {said}");
        }
        let url = answer.json()["url"].as_str().unwrap().to_owned();
        let path = url.strip_prefix("http://127.0.0.1:8420").unwrap();
        let picture = site.get(path, "").await.ok();
        assert_eq!(picture.header("content-type"), "image/png");
        assert_eq!(picture.header("x-content-type-options"), "nosniff");
        assert_eq!(picture.header("content-security-policy"), "default-src 'none'; sandbox");
        assert_eq!(picture.header("cross-origin-resource-policy"), "cross-origin");
        assert!(picture.cookies().is_empty());
    }
    for path in [
        "/media/..%2f..%2fkeys.json",
        "/media/../keys.json",
        "/media/%2e%2e/%2e%2e/keys.json",
        "/media/%252e%252e%252fkeys.json",
        "/media/..%5c..%5ckeys.json",
    ] {
        let answer = site.get(path, "").await;
        assert!(matches!(answer.status.as_u16(), 400 | 404), "{path}: {}", answer.status);
    }
}

#[tokio::test]
async fn i7_line_ends_in_a_parameter_make_no_header() {
    let site = Site::new().await;
    site.world.person("ada").await;
    let app = register(&site, "myapp%3A%2F%2Fback").await;
    let breaks = "%0d%0aX-Evil:%201%0d%0aSet-Cookie:%20session=evil";
    for path in [
        format!("/auth/sign_in?next=/x{breaks}"),
        format!(
            "/oauth/authorize?response_type=code&client_id={}&redirect_uri=myapp%3A%2F%2Fback{breaks}",
            app.id
        ),
        format!(
            "/oauth/authorize?response_type=code&client_id={}&redirect_uri=myapp%3A%2F%2Fback&state=x{breaks}",
            app.id
        ),
        format!("/api/v1/timelines/public?max_id=1{breaks}"),
        format!("/api/v1/timelines/tag/x{breaks}"),
        format!("/auth/confirm?token=x{breaks}"),
        format!("/media/x{breaks}"),
        format!("/@ada{breaks}"),
    ] {
        let answer = site.get(&path, "").await;
        assert!(answer.status.as_u16() < 500, "{path}");
        assert!(!answer.headers.contains_key("x-evil"), "{path}");
        assert!(answer.cookies().iter().all(|cookie| !cookie.contains("evil")), "{path}");
        assert!(!answer.header("location").contains(['\r', '\n']), "{path}");
    }
    let form = format!("client_name=Evil{breaks}&redirect_uris=myapp://back{breaks}");
    let answer = site.form("/api/v1/apps", "", &form).await;
    assert_eq!(answer.status, 422);
    let sent = Request::builder()
        .method(Method::POST)
        .uri("/auth/sign_in")
        .header("content-type", "application/x-www-form-urlencoded")
        .header("origin", "http://127.0.0.1:8420")
        .body(Body::from(format!("token=x&next=/x{breaks}&user[email]=ada&user[password]=x")))
        .unwrap();
    assert!(!site.send(sent).await.headers.contains_key("x-evil"));
}

#[tokio::test]
async fn i8_an_address_or_name_adds_no_header_and_no_recipient_to_a_mail() {
    let settings = social::app::Settings { confirm_email: true, ..Default::default() };
    let options = sociosphere_http::HttpOptions { rate_limits: false, ..Default::default() };
    let site = Site::with(settings, options).await;
    let sign_up = async |body: Value| site.post("/api/sociosphere/v1/auth/sign-up", "", body).await;
    for email in [
        "a@b.example\r\nBcc: evil@example.org",
        "a@b.example>,<evil@example.org",
        "a@b.example, evil@example.org",
        "a@b.example;evil@example.org",
        "\"a\\\" b\"@b.example",
        "a@b.example\r\n.\r\nMAIL FROM:<x@y.z>",
        "a@[127.0.0.1]",
        "@b.example",
        "a@b@c.example",
        "ä@b.example",
        "a\u{0}@b.example",
        "<script>@b.example",
    ] {
        let answer = sign_up(json!({"handle": "eve", "email": email, "password": PASSWORD})).await;
        assert_eq!(answer.status, 422, "{email:?}");
        let reset = json!({"email": email});
        let answer = site.post("/api/sociosphere/v1/auth/reset", "", reset).await;
        assert!(matches!(answer.status.as_u16(), 202 | 422), "{email:?}");
    }
    let bea = json!({"handle": "bea", "email": "bea@example.org", "password": PASSWORD,
        "display_name": "Bea\r\nBcc: evil@example.org\r\n\r\n{{7*7}} ${7*7} <b>"});
    assert_eq!(sign_up(bea).await.status, 202);
    site.world.settle().await;
    social::accounts::confirm_by_staff(&site.world.app, {
        let bea = social::accounts::by_handle(&site.world.app, "bea").await.unwrap();
        bea.unwrap().id
    })
    .await
    .unwrap();
    let reset = json!({"email": "bea@example.org"});
    site.post("/api/sociosphere/v1/auth/reset", "", reset).await;
    site.world.settle().await;
    let mails = site.world.mails();
    assert_eq!(mails.len(), 2, "one mail each: to confirm, and to set a password");
    for mail in &mails {
        assert_eq!(mail.to, "bea@example.org");
        for header in [&mail.to_name, &mail.subject, &mail.to, &mail.key] {
            assert!(!header.contains(['\r', '\n']), "{header:?}");
        }
    }
    // Of her own confirmed address the name is greeted, in one line, and as it was typed.
    assert!(mails[1].text.starts_with("Hello Bea Bcc: evil@example.org {{7*7}} ${7*7} <b>,\n"));
    assert!(mails[1].html.contains("{{7*7}} ${7*7} &lt;b&gt;"));
}
