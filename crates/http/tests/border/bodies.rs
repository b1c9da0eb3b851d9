//! One operation, all encodings; and bodies that are refused.

use axum::{
    body::Body,
    http::{Method, Request},
};
use serde_json::json;

use crate::client::{Site, request};

fn multipart(parts: &[(&str, &str)]) -> (String, String) {
    let mut body = String::new();
    for (name, value) in parts {
        body.push_str(&format!(
            "--XX\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
        ));
    }
    body.push_str("--XX--\r\n");
    ("multipart/form-data; boundary=XX".to_owned(), body)
}

#[tokio::test]
async fn a_profile_is_changed_by_json_form_and_multipart_alike() {
    let site = Site::new().await;
    let (_, token) = site.person("ada").await;
    let path = "/api/v1/accounts/update_credentials";
    let pairs = [
        ("display_name", "Ada L."),
        ("locked", "true"),
        ("source[privacy]", "private"),
        ("fields_attributes[0][name]", "Home"),
        ("fields_attributes[0][value]", "London"),
        ("interests[]", "mathematics"),
    ];
    let encode = |text: &str| {
        percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
    };
    let form: Vec<_> =
        pairs.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value))).collect();
    let json = json!({
        "display_name": "Ada L.", "locked": true, "source": {"privacy": "private"},
        "fields_attributes": [{"name": "Home", "value": "London"}], "interests": ["mathematics"],
    });
    let bodies = [
        ("application/json".to_owned(), json.to_string()),
        ("application/x-www-form-urlencoded".to_owned(), form.join("&")),
        multipart(&pairs),
    ];
    let empty =
        json!({"display_name": "", "locked": false, "fields_attributes": [], "interests": []});
    for (kind, body) in bodies {
        site.json(Method::PATCH, path, &token, empty.clone()).await.ok();
        let request = request(Method::PATCH, path, &token).header("content-type", &kind);
        let me = site.send(request.body(Body::from(body)).unwrap()).await.ok().json();
        assert_eq!(me["display_name"], "Ada L.", "{kind}");
        assert_eq!(me["locked"], true, "{kind}");
        assert_eq!(me["source"]["privacy"], "private", "{kind}");
        assert_eq!(me["source"]["fields"][0]["value"], "London", "{kind}");
        assert_eq!(me["sociosphere"]["interests"], json!(["mathematics"]), "{kind}");
    }
}

#[tokio::test]
async fn d2_bodies_that_are_none_are_refused() {
    let site = Site::new().await;
    let (_, token) = site.person("ada").await;
    let big = format!("{{\"status\":\"{}\"}}", "x".repeat(1 << 20));
    let cases: Vec<(&str, Vec<u8>, u16)> = vec![
        ("text/plain", b"status=hi".to_vec(), 415),
        ("", b"{\"status\":\"hi\"}".to_vec(), 415),
        ("application/json", b"{".to_vec(), 400),
        ("application/json", b"[]".to_vec(), 422),
        ("application/json", b"{\"status\":{\"$ne\":null}}".to_vec(), 422),
        ("application/json", b"{\"status\":\"a\",\"status\":\"b\"}".to_vec(), 422),
        ("application/json", b"{\"status\":\"\\u0000\"}".to_vec(), 422),
        ("application/json", b"{\"status\":\"\xff\"}".to_vec(), 400),
        ("application/json", big.into_bytes(), 413),
        ("application/x-www-form-urlencoded", b"status=%ff".to_vec(), 422),
        ("application/x-www-form-urlencoded", b"status[a]=1".to_vec(), 422),
        ("multipart/form-data", b"x".to_vec(), 400),
        ("multipart/form-data; boundary=XX", b"--XX\r\nnothing".to_vec(), 400),
    ];
    for (kind, body, status) in cases {
        let shown = String::from_utf8_lossy(&body[..body.len().min(60)]).into_owned();
        let request = request(Method::POST, "/api/v1/statuses", &token);
        let request = if kind.is_empty() { request } else { request.header("content-type", kind) };
        let answer = site.send(request.body(Body::from(body)).unwrap()).await;
        assert_eq!(answer.status, status, "{kind} {shown}: {}", answer.text());
        assert!(answer.json()["error"].is_string());
        assert!(answer.header("content-type").starts_with("application/json"));
    }
}

#[tokio::test]
async fn d2_compressed_bodies_are_refused() {
    let site = Site::new().await;
    let (_, token) = site.person("ada").await;
    let request = request(Method::POST, "/api/v1/statuses", &token)
        .header("content-type", "application/json")
        .header("content-encoding", "gzip");
    assert_eq!(site.send(request.body(Body::from("x")).unwrap()).await.status, 415);
}

#[tokio::test]
async fn lists_of_ids_come_in_every_spelling() {
    let site = Site::new().await;
    let (ada, token) = site.person("ada").await;
    let bob = site.world.person("bob").await;
    for query in [
        format!("id[]={ada}&id[]={bob}"),
        format!("id%5B%5D={ada}&id%5B%5D={bob}"),
        format!("id={ada}&id={bob}"),
        format!("id[0]={ada}&id[1]={bob}"),
    ] {
        let path = format!("/api/v1/accounts/relationships?{query}");
        let list = site.get(&path, &token).await.ok().json();
        assert_eq!(list.as_array().unwrap().len(), 2, "{query}");
    }
    let path = format!("/api/v1/accounts/relationships?id={bob}");
    assert_eq!(site.get(&path, &token).await.ok().json()[0]["id"], bob.to_string());
}

#[tokio::test]
async fn native_problems_are_rfc_9457() {
    let site = Site::new().await;
    let path = "/api/sociosphere/v1/auth/sign-up";
    let body = json!({"handle": "", "email": "no", "password": "x"});
    let answer = site.post(path, "", body).await;
    assert_eq!(answer.status, 422);
    assert_eq!(answer.header("content-type"), "application/problem+json");
    let problem = answer.json();
    assert_eq!((&problem["status"], &problem["code"]), (&json!(422), &json!("invalid")));
    let fields: Vec<_> =
        problem["errors"].as_array().unwrap().iter().map(|e| e["field"].clone()).collect();
    assert!(fields.contains(&json!("email")) && fields.contains(&json!("password")), "{problem}");
}

#[tokio::test]
async fn a_request_without_a_body_is_a_request() {
    let site = Site::new().await;
    let (_, token) = site.person("ada").await;
    let bob = site.world.person("bob").await;
    let path = format!("/api/v1/accounts/{bob}/follow");
    assert_eq!(site.call(Method::POST, &path, &token).await.ok().json()["following"], true);
    let bare = Request::builder().uri("/api/v1/nothing").body(Body::empty()).unwrap();
    let answer = site.send(bare).await;
    assert_eq!(
        (answer.status.as_u16(), &answer.json()["error"]),
        (404, &json!("Record not found"))
    );
}
