//! Lists as files, and pictures of reported posts.

use std::time::Duration;

use axum::http::Method;
use graph::Writing;
use serde_json::json;
use social::{
    accounts::{model::Role, set_role},
    posts::{Draft, model::Audience},
};

use super::{A, picture};
use crate::{
    client::Site,
    moderation::{Desk, desk},
};

#[tokio::test]
async fn i_11_lists_leave_as_csv_in_which_no_formula_runs_and_the_log_says_who_took_them() {
    let site = Site::new().await;
    let mona = desk(&site, "mona", Role::Moderator).await;
    let (ada, adas) = site.person("ada").await;
    let name = json!({"display_name": "=HYPERLINK(1)"});
    let path = "/api/v1/accounts/update_credentials";
    site.json(Method::PATCH, path, &adas, name).await.ok();
    // More than one page of them.
    for at in 0..205 {
        site.world.post(ada, &format!("@SUM({at}) \"x\"")).await;
    }
    site.world.post_to(ada, "only for friends", Audience::Followers).await;
    let (_, bens) = site.person("ben").await;
    site.post("/api/v1/reports", &bens, json!({"account_id": ada})).await.ok();
    site.world.settle().await;
    let people = site.get(&format!("{A}/people.csv?q=ada"), &mona.token).await.ok();
    assert_eq!(people.header("content-type"), "text/csv; charset=utf-8");
    assert!(people.header("content-disposition").contains("people.csv"));
    let people = people.text();
    assert_eq!(people.lines().count(), 2, "{people}");
    assert!(people.contains("\"'=HYPERLINK(1)\""), "{people}");
    let posts = site.get(&format!("{A}/posts.csv?sort=oldest"), &mona.token).await.ok().text();
    assert_eq!(posts.matches("\r\n").count(), 206);
    assert!(posts.contains("\"'@SUM(204) \"\"x\"\"\""));
    assert!(!posts.contains("friends"));
    let cases = site.get(&format!("{A}/cases.csv?state=open"), &mona.token).await.ok().text();
    assert_eq!((cases.lines().count(), cases.contains("ada")), (2, true));
    let log = site.get(&format!("{A}/audit.csv"), &mona.token).await.ok().text();
    assert_eq!(log.matches("export_list").count(), 4, "{log}");
    assert_eq!(site.get(&format!("{A}/people.csv?sort=x"), &mona.token).await.status, 422);
    assert_eq!(site.get(&format!("{A}/people.csv"), &adas).await.status, 404);
}

#[tokio::test]
async fn p_5_pictures_of_a_case_are_for_whoever_decides_it_for_a_while_and_for_nobody_else() {
    let site = Site::new().await;
    let mona = desk(&site, "mona", Role::Moderator).await;
    let (ada, _) = site.person("ada").await;
    let (ben, bens) = site.person("ben").await;
    site.world.follow(ben, ada).await;
    let media = picture(&site.world, ada).await;
    let draft = Draft {
        text: "for friends".to_owned(),
        media: vec![media],
        audience: Some(Audience::Followers),
        ..Draft::default()
    };
    let post = site.world.publish(ada, draft).await.unwrap().post.id;
    let form = json!({"account_id": ada, "status_ids": [post.to_string()]});
    site.post("/api/v1/reports", &bens, form).await.ok();
    let case = mona.at(&site, "/cases").await["items"][0]["id"].as_str().unwrap().to_owned();
    let url = async |by: &Desk| {
        let file = by.at(&site, &format!("/cases/{case}")).await;
        let picture = &file["files"][0]["evidence"][0]["media"][0];
        assert_eq!(picture["type"], "image");
        let url = picture["url"].as_str().unwrap().to_owned();
        url.strip_prefix("http://127.0.0.1:8420").unwrap().to_owned()
    };
    let link = url(&mona).await;
    url(&mona).await;
    let bytes = site.get(&link, "").await.ok();
    assert_eq!(bytes.header("cache-control"), "private, no-cache");
    let log = mona.at(&site, "/audit").await.to_string();
    assert_eq!(log.matches("view_evidence").count(), 1, "once, however often");
    // Without the words of the link there is nothing.
    let (path, words) = link.split_once('?').unwrap();
    assert_eq!(site.get(path, "").await.status, 404);
    let other = desk(&site, "mora", Role::Moderator).await;
    for (from, to) in [
        (format!("v={}", mona.id), format!("v={}", other.id)),
        (format!("c={case}"), "c=1".to_owned()),
        ("u=".to_owned(), "u=9".to_owned()),
        ("&m=".to_owned(), "&m=A".to_owned()),
        (format!("c={case}&"), String::new()),
    ] {
        assert!(words.contains(&from), "{words}");
        let forged = format!("{path}?{}", words.replace(&from, &to));
        assert_eq!(site.get(&forged, "").await.status, 404, "{forged}");
    }
    // Nobody looks without a trace: while nothing can be written there is the rest of the case, and no list leaves.
    let graph = &site.world.app.graph;
    graph.decide(Writing::Nothing, site.world.app.now_ms()).await.unwrap();
    let file = mona.at(&site, &format!("/cases/{case}")).await;
    let picture = &file["files"][0]["evidence"][0]["media"][0];
    assert_eq!((&picture["url"], &picture["description"]), (&json!(null), &json!("a lantern")));
    assert_eq!(site.get(&format!("{A}/cases.csv"), &mona.token).await.status, 409);
    graph.decide(Writing::All, site.world.app.now_ms()).await.unwrap();
    // Whoever is no staff any more looks no more.
    set_role(&site.world.app, mona.id, Role::Member).await.unwrap();
    assert_eq!(site.get(&link, "").await.status, 404);
    set_role(&site.world.app, mona.id, Role::Moderator).await.unwrap();
    site.get(&link, "").await.ok();
    site.world.advance(Duration::from_secs(11 * 60));
    assert_eq!(site.get(&link, "").await.status, 404);
}
