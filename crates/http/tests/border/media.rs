//! Uploads, and who may read the bytes.

use axum::{
    body::Body,
    http::{Method, Request},
};
use serde_json::{Value, json};

use crate::client::{Answer, Site, request};

/// The default portrait: a real PNG.
pub const PNG: &[u8] = include_bytes!("../../assets/avatar.png");

pub async fn upload(site: &Site, token: &str, name: &str, bytes: &[u8]) -> Answer {
    let mut body = format!(
        "--XX\r\nContent-Disposition: form-data; name=\"description\"\r\n\r\na picture\r\n\
         --XX\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"../../x.html\"\r\n\
         Content-Type: text/html\r\n\r\n"
    )
    .into_bytes();
    body.extend_from_slice(bytes);
    body.extend_from_slice(b"\r\n--XX--\r\n");
    let request = request(Method::POST, "/api/v2/media", token)
        .header("content-type", "multipart/form-data; boundary=XX");
    site.send(request.body(Body::from(body)).unwrap()).await
}

fn path(url: &Value) -> String {
    url.as_str().unwrap().strip_prefix("http://127.0.0.1:8420").unwrap().to_owned()
}

#[tokio::test]
async fn z18_a_private_picture_is_read_by_its_viewers_alone_and_until_it_is_deleted() {
    let site = Site::new().await;
    let (_, a) = site.person("ada").await;
    let (_, b) = site.person("bob").await;
    let media = upload(&site, &a, "file", PNG).await.ok().json();
    assert_eq!((&media["type"], &media["description"]), (&json!("image"), &json!("a picture")));
    assert_eq!(media["meta"]["original"]["size"], "200x200");
    // Unattached, it is its owner's alone.
    site.get(&path(&media["url"]), "").await.ok();
    let bare = path(&media["url"]).split('?').next().unwrap().to_owned();
    assert_eq!(site.get(&bare, "").await.status, 404);

    let body = json!({"status": "", "media_ids": [media["id"]], "visibility": "private"});
    let post = site.post("/api/v1/statuses", &a, body).await.ok().json();
    assert_eq!(post["content"], "");
    let link = path(&post["media_attachments"][0]["url"]);
    let picture = site.get(&link, "").await.ok();
    assert_eq!(picture.header("content-type"), "image/png");
    assert_eq!(picture.header("cache-control"), "private, no-cache");
    assert_eq!(picture.header("content-security-policy"), "default-src 'none'; sandbox");
    assert_eq!(picture.header("access-control-allow-origin"), "*");
    assert_eq!(site.get(&bare, "").await.status, 404);
    let forged = link.replace("m=", "m=x");
    assert_eq!(site.get(&forged, "").await.status, 404);

    let part = Request::builder().uri(&link).header("range", "bytes=0-3").body(Body::empty());
    let part = site.send(part.unwrap()).await;
    assert_eq!((part.status.as_u16(), part.bytes.as_slice()), (206, &b"\x89PNG"[..]));
    assert!(part.header("content-range").starts_with("bytes 0-3/"));

    let used = json!({"status": "mine", "media_ids": [media["id"]]});
    assert_eq!(site.post("/api/v1/statuses", &b, used.clone()).await.status, 422);
    assert_eq!(site.post("/api/v1/statuses", &a, used).await.status, 422);
    let own = format!("/api/v1/media/{}", media["id"].as_str().unwrap());
    assert_eq!(site.get(&own, &b).await.status, 404);
    assert_eq!(site.get(&own, &a).await.status, 200);
    site.call(Method::DELETE, &format!("/api/v1/statuses/{}", post["id"].as_str().unwrap()), &a)
        .await
        .ok();
    site.call(Method::DELETE, &own, &a).await.ok();
    assert_eq!(site.get(&link, "").await.status, 404);
}

#[tokio::test]
async fn an_open_picture_is_everyones_and_its_text_can_be_changed() {
    let site = Site::new().await;
    let (_, a) = site.person("ada").await;
    let media = upload(&site, &a, "file", PNG).await.ok().json();
    let own = format!("/api/v1/media/{}", media["id"].as_str().unwrap());
    let change = json!({"description": "Ada", "focus": "0.5,-0.25"});
    let changed = site.json(Method::PUT, &own, &a, change).await.ok().json();
    assert_eq!(changed["meta"]["focus"], json!({"x": 0.5, "y": -0.25}));
    for focus in ["2,0", "NaN,0", "x", "1e9,1e9"] {
        let change = json!({"focus": focus});
        assert_eq!(site.json(Method::PUT, &own, &a, change).await.status, 422, "{focus}");
    }
    let body = json!({"status": "look", "media_ids": [media["id"]]});
    let post = site.post("/api/v1/statuses", &a, body).await.ok().json();
    let shown = &post["media_attachments"][0];
    assert_eq!(shown["description"], "Ada");
    let picture = site.get(&path(&shown["url"]), "").await.ok();
    let tag = picture.header("etag").to_owned();
    let again = Request::builder().uri(path(&shown["preview_url"])).body(Body::empty()).unwrap();
    site.send(again).await.ok();
    let known = Request::builder().uri(path(&shown["url"])).header("if-none-match", tag);
    assert_eq!(site.send(known.body(Body::empty()).unwrap()).await.status, 304);
}

#[tokio::test]
async fn u1_files_that_are_no_media_are_refused() {
    let site = Site::new().await;
    let (_, a) = site.person("ada").await;
    for (name, bytes) in [
        ("file", &b"<html><script>alert(1)</script>"[..]),
        ("file", b"\x7fELF\x02\x01\x01"),
        ("file", b""),
        ("file", &PNG[..40]),
        ("other", PNG),
    ] {
        let answer = upload(&site, &a, name, bytes).await;
        assert_eq!(answer.status, 422, "{name}: {}", answer.text());
    }
    assert_eq!(upload(&site, "", "file", PNG).await.status, 401);
}

#[tokio::test]
async fn a_portrait_changes_its_url() {
    let site = Site::new().await;
    let (_, a) = site.person("ada").await;
    let send = async || {
        let mut body =
            b"--XX\r\nContent-Disposition: form-data; name=\"avatar\"; filename=\"a.png\"\r\n\r\n"
                .to_vec();
        body.extend_from_slice(PNG);
        body.extend_from_slice(b"\r\n--XX--\r\n");
        let request = request(Method::PATCH, "/api/v1/accounts/update_credentials", &a)
            .header("content-type", "multipart/form-data; boundary=XX");
        site.send(request.body(Body::from(body)).unwrap()).await.ok().json()["avatar"].clone()
    };
    let (first, second) = (send().await, send().await);
    assert_ne!(first, second);
    let picture = site.get(&path(&second), "").await.ok();
    assert!(picture.header("content-type").starts_with("image/"));
    let removed = site.call(Method::DELETE, "/api/v1/profile/avatar", &a).await.ok().json();
    assert!(removed["avatar"].as_str().unwrap().ends_with("/media/default/avatar.png"));
}
