//! Trends, suggestions, the directory, cards: as Mastodon's clients and staff meet them.

use std::time::Duration;

use axum::http::Method;
use graph::Id;
use serde_json::{Value, json};
use social::{
    accounts::{self, model::Account, model::Role},
    reactions, trends,
};

use crate::{client::Site, conformance::check};

const PAGE: &str = r#"<html lang="en"><title>A lantern</title><meta name=description content="It shines.">
    <meta name=author content="Ada"><meta property="og:site_name" content="Lanterns"><meta property="og:image" content="/p.png">"#;

/// Three people who use a tag and link a page, a fourth who follows one of them; trends are up to date.
async fn site() -> (Site, Vec<Id<Account>>, String) {
    let site = Site::new().await;
    let mut people = Vec::new();
    for handle in ["ada", "ben", "cleo", "dan"] {
        people.push(site.world.person(handle).await);
    }
    site.world.web.put("https://site.example/", "text/html", PAGE);
    site.world.web.put("https://site.example/p.png", "image/png", picture());
    let mut first = None;
    for person in &people[..3] {
        let post = site.world.post(*person, "a #Lantern https://site.example/#x").await.post.id;
        first = first.or(Some(post));
    }
    for person in &people[1..] {
        reactions::like(&site.world.app, *person, first.unwrap()).await.unwrap();
    }
    site.world.follow(people[3], people[0]).await;
    site.world.follow(people[0], people[1]).await;
    site.world.settle().await;
    site.world.advance(Duration::from_secs(5));
    trends::refresh(&site.world.app).await.unwrap();
    let token = site.token(people[3], "read write follow").await;
    (site, people, token)
}

fn picture() -> Vec<u8> {
    include_bytes!("../../assets/header.png").to_vec()
}

#[tokio::test]
async fn a_post_has_its_card_in_mastodons_shape_with_a_picture_from_here() {
    let (site, people, token) = site().await;
    let path = format!("/api/v1/accounts/{}/statuses", people[0]);
    let post = site.get(&path, "").await.ok().json()[0].clone();
    let card = &post["card"];
    let picture = card["image"].as_str().unwrap().to_owned();
    let expected = json!({
        "url": "https://site.example/", "title": "A lantern", "description": "It shines.", "language": "en",
        "type": "link", "authors": [{"name": "Ada", "url": "", "account": null}], "author_name": "Ada",
        "author_url": "", "provider_name": "Lanterns", "provider_url": "https://site.example", "html": "",
        "width": card["width"], "height": card["height"], "image": picture, "image_description": "",
        "embed_url": "", "blurhash": card["blurhash"], "published_at": null,
    });
    assert_eq!(*card, expected);
    assert!(card["width"].as_u64().unwrap() > 64 && card["blurhash"].is_string());
    let path = picture.strip_prefix("http://127.0.0.1:8420").unwrap();
    let bytes = site.get(path, "").await.ok();
    assert!(bytes.header("content-type").starts_with("image/"));
    assert_eq!(bytes.header("content-security-policy"), "default-src 'none'; sandbox");
    // A share is a wrapper: the card is the shared post's.
    let id = post["id"].as_str().unwrap();
    let shared = site.call(Method::POST, &format!("/api/v1/statuses/{id}/reblog"), &token).await;
    let shared = shared.ok().json();
    assert_eq!((&shared["card"], &shared["reblog"]["card"]), (&Value::Null, card));
    let plain = site.world.post(people[0], "no link").await.post.id;
    let plain = site.get(&format!("/api/v1/statuses/{plain}"), "").await.ok().json();
    assert_eq!(plain["card"], Value::Null);
}

#[tokio::test]
async fn trends_suggestions_and_the_directory_are_as_mastodon_describes_them() {
    let (site, people, token) = site().await;
    let mut found = Vec::new();
    for path in [
        "/api/v1/trends/tags",
        "/api/v1/trends/statuses",
        "/api/v1/trends/links",
        "/api/v2/suggestions",
        "/api/v1/directory",
        "/api/v1/suggestions",
    ] {
        let answer = site.get(path, &token).await.ok().json();
        assert!(!answer.as_array().unwrap().is_empty(), "{path}");
        check(&Method::GET, path, &answer, &mut found);
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
    let tags = site.get("/api/v1/trends/tags", "").await.ok().json();
    assert_eq!(tags, site.get("/api/v1/trends", "").await.ok().json());
    assert_eq!(tags[0]["name"], "Lantern");
    assert_eq!(tags[0]["history"].as_array().unwrap().len(), 7);
    let today = json!({"day": "1767225600", "uses": "3", "accounts": "3"});
    assert_eq!(tags[0]["history"][0], today);
    assert_eq!(site.get("/api/v1/tags/lantern", "").await.ok().json()["history"][0], today);
    let links = site.get("/api/v1/trends/links", "").await.ok().json();
    assert_eq!((&links[0]["title"], &links[0]["history"][0]), (&json!("A lantern"), &today));
    let suggested = site.get("/api/v2/suggestions", &token).await.ok().json();
    let ben = suggested.as_array().unwrap().iter().find(|one| one["account"]["acct"] == "ben");
    let ben = ben.unwrap();
    assert_eq!(ben["source"], "past_interactions");
    assert_eq!(ben["sources"][0], "friends_of_friends");
    assert_eq!(ben["sociosphere"]["friends"], json!(["ada"]));
    assert_eq!(ben["sociosphere"]["friends_count"], 1);
    // Pages by offset.
    let rest = site.get("/api/v1/trends/tags?offset=1", "").await.ok().json();
    assert_eq!(rest, json!([]));
    for bad in ["trends/tags?limit=abc", "directory?order=oldest"] {
        assert_eq!(site.get(&format!("/api/v1/{bad}"), "").await.status, 422, "{bad}");
    }
    assert_eq!(site.get("/api/v1/directory?offset=401", "").await.status, 401);
    let newest = site.get("/api/v1/directory?order=new&limit=2", "").await.ok().json();
    let names: Vec<_> = newest.as_array().unwrap().iter().map(|one| one["acct"].clone()).collect();
    assert_eq!(names, ["dan", "cleo"]);
    assert_eq!(people.len(), 4);
}

#[tokio::test]
async fn a_suggestion_is_dismissed_and_brought_back() {
    let (site, people, token) = site().await;
    let names = async || {
        let found = site.get("/api/v1/suggestions", &token).await.ok().json();
        let names = found.as_array().unwrap().iter().map(|one| one["acct"].clone());
        names.collect::<Vec<_>>()
    };
    assert!(names().await.contains(&json!("ben")));
    let path = format!("/api/v1/suggestions/{}", people[1]);
    let answer = site.call(Method::DELETE, &path, &token).await.ok();
    assert_eq!(answer.json(), json!({}));
    assert!(!names().await.contains(&json!("ben")));
    let path = format!("/api/sociosphere/v1/suggestions/{}/restore", people[1]);
    site.call(Method::POST, &path, &token).await.ok();
    assert!(names().await.contains(&json!("ben")));
    assert_eq!(site.call(Method::DELETE, "/api/v1/suggestions/77", &token).await.status, 404);
}

const REVIEW: &str = "/api/sociosphere/v1/admin/trends";

#[tokio::test]
async fn staff_hide_a_trend_and_people_see_it_no_more() {
    let (site, _, _) = site().await;
    let app = &site.world.app;
    let admin = site.world.person("alma").await;
    accounts::set_role(app, admin, Role::Admin).await.unwrap();
    let staff = site.token(admin, "admin:read admin:write").await;
    let mut hidden = Vec::new();
    for (kind, path, title) in [
        ("tag", "tags", "#Lantern"),
        ("post", "statuses", "a #Lantern https://site.example/#x"),
        ("link", "links", "A lantern"),
    ] {
        let list = site.get(&format!("{REVIEW}?kind={kind}"), &staff).await.ok().json();
        assert_eq!(list["needs_review"], false);
        assert!(list["refreshed_at"].as_str().unwrap().ends_with('Z'));
        let item = &list["items"][0];
        assert_eq!(
            (&item["title"], &item["rank"], &item["state"]),
            (&json!(title), &json!(1), &json!("open"))
        );
        assert!(item["score"].as_f64().unwrap() > 0.0, "{item}");
        assert_eq!(item["people_today"], 3);
        let form = json!({"kind": kind, "id": item["id"], "state": "hidden", "reason": "spam"});
        let answer = site.json(Method::PUT, REVIEW, &staff, form).await.ok().json();
        assert_eq!((&answer["state"], &answer["rank"]), (&json!("hidden"), &Value::Null));
        let shown = site.get(&format!("/api/v1/trends/{path}"), "").await.ok().json();
        assert_eq!(shown, json!([]), "{kind}");
        let list =
            site.get(&format!("{REVIEW}?kind={kind}&state=hidden"), &staff).await.ok().json();
        assert_eq!(list["items"].as_array().unwrap().len(), 1);
        hidden.push(item["id"].clone());
    }
    let log =
        site.get("/api/sociosphere/v1/admin/audit?act=review_trend", &staff).await.ok().json();
    let acts = log["items"].as_array().unwrap();
    assert_eq!(acts.len(), 3);
    assert_eq!(acts[0]["subject"], "link");
    assert_eq!((&acts[0]["before"], &acts[0]["after"]), (&json!("open"), &json!("hidden")));
    let tag = hidden[0].clone();
    for (form, status) in [
        (json!({"kind": "tag", "id": tag, "state": "burnt"}), 422),
        (json!({"kind": "song", "id": tag, "state": "open"}), 422),
        (json!({"id": tag, "state": "open"}), 422),
        (json!({"kind": "tag", "id": "77", "state": "open"}), 404),
        (json!({"kind": "tag", "id": "x", "state": "open"}), 404),
        (json!({"kind": "tag", "id": tag, "state": "open"}), 200),
    ] {
        let answer = site.json(Method::PUT, REVIEW, &staff, form.clone()).await;
        assert_eq!(answer.status, status, "{form}");
    }
    assert_eq!(site.get("/api/v1/trends/tags", "").await.ok().json()[0]["name"], "Lantern");
    assert_eq!(site.get(&format!("{REVIEW}?kind=song"), &staff).await.status, 422);
}

/// Mastodon's apps for staff review the same trends by the same decisions.
#[tokio::test]
async fn apps_for_staff_approve_and_reject_trends() {
    let (site, people, plain) = site().await;
    let admin = site.world.person("alma").await;
    accounts::set_role(&site.world.app, admin, Role::Admin).await.unwrap();
    let staff = site.token(admin, "admin:read admin:write").await;
    for (kind, name) in [("tags", "Lantern"), ("statuses", ""), ("links", "A lantern")] {
        let path = format!("/api/v1/admin/trends/{kind}");
        assert_eq!(site.get(&path, &plain).await.status, 404);
        let list = site.get(&path, &staff).await.ok().json();
        let item = &list[0];
        assert_eq!(item["requires_review"], false, "{item}");
        match kind {
            "tags" => assert_eq!((&item["name"], &item["trendable"]), (&json!(name), &json!(true))),
            "links" => assert_eq!(item["title"], name),
            _ => assert_eq!(item["account"]["id"], people[0].to_string()),
        }
        let everybody = format!("/api/v1/trends/{kind}");
        let shown = async || site.get(&everybody, "").await.ok().json().as_array().unwrap().len();
        assert_eq!(shown().await, 1, "{kind}");
        let act = format!("{path}/{}", item["id"].as_str().unwrap());
        let said = site.call(Method::POST, &format!("{act}/reject"), &staff).await.ok().json();
        assert_eq!(said["id"], item["id"]);
        assert_eq!(shown().await, 0, "{kind}");
        // It stays in the list of staff, who may think again.
        let list = site.get(&path, &staff).await.ok().json();
        assert_eq!((list.as_array().unwrap().len(), &list[0]["id"]), (1, &item["id"]));
        assert!(kind != "tags" || list[0]["trendable"] == false);
        site.call(Method::POST, &format!("{act}/approve"), &staff).await.ok();
        assert_eq!(shown().await, 1, "{kind}");
        for way in ["approve", "reject"] {
            let none = site.call(Method::POST, &format!("{path}/77/{way}"), &staff).await;
            assert_eq!(none.status, 404);
            assert_eq!(site.call(Method::POST, &format!("{act}/{way}"), &plain).await.status, 404);
        }
    }
    let log = "/api/sociosphere/v1/admin/audit?act=review_trend";
    assert_eq!(site.get(log, &staff).await.ok().json()["items"].as_array().unwrap().len(), 6);
}
