//! Errors that web clients report: from anybody, bounded, and without what is somebody's.

use axum::http::Method;
use serde_json::json;
use social::{app::Settings, errors};
use sociosphere_http::HttpOptions;

use crate::client::Site;

const PATH: &str = "/api/sociosphere/v1/client-errors";

#[tokio::test]
async fn an_error_of_the_client_becomes_a_group_without_what_is_somebodys() {
    let site = Site::new().await;
    let body = json!({
        "message": "Unexpected token in \"dear planted diary\" of planted@example.org",
        "place": "/@planted/7?q=planted",
        "stack": "at f (https://me:planted@a.example/assets/index-1.js?planted:1:2)\nBearer planted0123456789abcdef",
        "version": "0.1.0",
    });
    for _ in 0..3 {
        let answer = site.json(Method::POST, PATH, "", body.clone()).await;
        assert_eq!(answer.status.as_u16(), 202, "{}", answer.text());
    }
    errors::keep(&site.world.app, &site.world.app.errors).await.unwrap();
    let groups = errors::list(&site.world.app, 10).await.unwrap();
    assert_eq!(groups.len(), 1);
    let kept = serde_json::to_string(&groups[0].body).unwrap();
    assert_eq!((groups[0].count, groups[0].last_version.as_str()), (3, "0.1.0"), "{kept}");
    assert!(!kept.contains("planted") && kept.contains("index-1.js"), "{kept}");
}

#[tokio::test]
async fn reports_of_errors_are_bounded_in_size_and_number() {
    let site = Site::with(Settings::default(), HttpOptions::default()).await;
    let long = json!({ "message": "é".repeat(10_000), "stack": "x".repeat(10_000), "version": "<b>", "more": 7 });
    let answer = site.json(Method::POST, PATH, "", long).await;
    assert_eq!(answer.status.as_u16(), 202, "{}", answer.text());
    errors::keep(&site.world.app, &site.world.app.errors).await.unwrap();
    let group = &errors::list(&site.world.app, 10).await.unwrap()[0];
    assert!(serde_json::to_string(&group.body).unwrap().len() < 8_000);
    assert_eq!(group.last_version, "unknown");
    for bad in [json!({}), json!({ "message": "  " }), json!({ "message": ["x"] }), json!(7)] {
        let status = site.json(Method::POST, PATH, "", bad.clone()).await.status.as_u16();
        assert!((400..500).contains(&status), "{bad}: {status}");
    }
    let mut statuses = Vec::new();
    for _ in 0..40 {
        statuses.push(
            site.json(Method::POST, PATH, "", json!({ "message": "x" })).await.status.as_u16(),
        );
    }
    assert_eq!(statuses.last(), Some(&429), "{statuses:?}");
}
