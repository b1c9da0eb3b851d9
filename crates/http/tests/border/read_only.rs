//! While nothing may be written: every operation that writes says so, and all that reads goes on.

use std::sync::Arc;

use axum::{
    body::Body,
    http::{Method, Request},
};
use engine::store::{NodeRecord, Upkeep};
use graph::Writing;
use serde_json::json;
use social::{
    accounts::{model::Role, set_role},
    testing::PASSWORD,
};
use sociosphere_http::{HttpOptions, Site as Shared};

use crate::{client::Site, media};

/// Everything of the store but its mode.
async fn nodes(site: &Site) -> Vec<NodeRecord> {
    let mut all = Vec::new();
    for (kind, name) in social::events::product_schema().nodes {
        if name != "modes" {
            all.extend(site.world.store.scan_nodes(kind, 0, 10_000).await.unwrap());
        }
    }
    all
}

#[tokio::test]
async fn while_read_only_every_write_is_refused_and_every_read_goes_on() {
    let site = Site::new().await;
    // Of staff, so that what staff write is asked, too.
    let (id, _) = site.person("ada").await;
    set_role(&site.world.app, id, Role::Admin).await.unwrap();
    let ada = site.token(id, "read write follow push admin:read admin:write").await;
    let picture = media::upload(&site, &ada, "file", media::PNG).await.ok().json();
    let body = json!({"status": "before", "media_ids": [picture["id"]]});
    let post = site.post("/api/v1/statuses", &ada, body).await.ok().json();
    site.world.settle().await;
    let graph = &site.world.app.graph;
    for writing in [Writing::Settling, Writing::Nothing] {
        graph.decide(writing, site.world.app.now_ms()).await.unwrap();
        let before = nodes(&site).await;
        let shared = Shared::new(site.world.app.clone(), HttpOptions::default()).unwrap();
        let mut refused = 0;
        let reads =
            ["postUserInfo", "postAdminMeasures", "postAdminDimensions", "postAdminRetention"];
        for operation in sociosphere_http::operations(&Arc::new(shared)) {
            let face = operation.face;
            let path = face.path.replace("{id}", post["id"].as_str().unwrap());
            let method: Method = face.method.parse().unwrap();
            if method == Method::GET {
                let answer = site.get(&path, &ada).await;
                assert!(answer.status.as_u16() < 500, "{}: {}", face.id, answer.text());
                continue;
            }
            let answer = site.json(method, &path, &ada, json!({})).await;
            match answer.status.as_u16() {
                503 => {
                    refused += 1;
                    assert_eq!(answer.header("retry-after"), "60", "{}", face.id);
                    assert!(answer.text().contains("Read-only for a while"), "{}", answer.text());
                }
                // Before it is asked what may be written it is asked who may ask.
                401 | 403 => {}
                200 if reads.contains(&face.id) => {}
                other => panic!("{}: {other} {}", face.id, answer.text()),
            }
        }
        assert!(refused > 70, "{refused}");
        assert_eq!(nodes(&site).await, before);
    }
    let link = post["media_attachments"][0]["url"].as_str().unwrap();
    site.get(link.strip_prefix("http://127.0.0.1:8420").unwrap(), "").await.ok();
    let home = site.get("/api/v1/timelines/home", &ada).await.ok().json();
    assert_eq!(home[0]["id"], post["id"]);

    graph.decide(Writing::All, site.world.app.now_ms()).await.unwrap();
    site.post("/api/v1/statuses", &ada, json!({"status": "after"})).await.ok();
    site.world.settle().await;
}

#[tokio::test]
async fn while_read_only_who_is_signed_in_stays_signed_in() {
    let site = Site::new().await;
    site.world.person("ada").await;
    let body = json!({"login": "ada", "password": PASSWORD});
    let signed = site.post("/api/sociosphere/v1/auth/sign-in", "", body).await.ok();
    let cookie = signed.cookies().into_iter().find(|c| c.starts_with("refresh=")).unwrap();
    let graph = &site.world.app.graph;
    graph.decide(Writing::Nothing, site.world.app.now_ms()).await.unwrap();
    let refresh = async |cookie: &str| {
        let request = Request::builder()
            .method(Method::POST)
            .uri("/api/sociosphere/v1/auth/refresh")
            .header("cookie", cookie)
            .header("x-sociosphere", "1")
            .header("origin", "http://127.0.0.1:8420");
        site.send(request.body(Body::empty()).unwrap()).await
    };
    // Long after the grace of a token that was used: it is still the newest, and no theft.
    for _ in 0..3 {
        let renewed = refresh(&cookie).await.ok();
        let token = renewed.json()["access_token"].as_str().unwrap().to_owned();
        site.get("/api/v1/timelines/home", &token).await.ok();
        site.world.advance(std::time::Duration::from_secs(900));
    }
    graph.decide(Writing::All, site.world.app.now_ms()).await.unwrap();
    let renewed = refresh(&cookie).await.ok();
    let next = renewed.cookies().into_iter().find(|c| c.starts_with("refresh=")).unwrap();
    assert_ne!(next, cookie, "it is a new one again");
}
