//! Insight at the border: whose looks count, who reads it, and what a spreadsheet gets.

use axum::{body::Body, http::Method};
use serde_json::{Value, json};
use social::{
    app::Settings,
    insight,
    posts::model::{Audience, Post},
    relations,
};
use sociosphere_http::HttpOptions;

use crate::client::{Answer, Site, request};

const LOOKS: &str = "/api/sociosphere/v1/insights/looks";
const BROWSER: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0";

async fn look_as(site: &Site, agent: &str, token: &str, body: Value) -> Answer {
    let request = request(Method::POST, LOOKS, token)
        .header("content-type", "application/json")
        .header("user-agent", agent);
    let answer = site.send(request.body(Body::from(body.to_string())).unwrap()).await;
    insight::flush(&site.world.app).await.unwrap();
    answer
}

fn path(post: graph::Id<Post>) -> String {
    format!("/api/sociosphere/v1/insights/posts/{post}")
}

#[tokio::test]
async fn an_author_reads_who_saw_a_post_and_nobody_else_finds_anything() {
    let site = Site::new().await;
    let (ada, hers) = site.person("ada").await;
    let (ben, his) = site.person("ben").await;
    let (_, theirs) = site.person("cleo").await;
    site.world.follow(ben, ada).await;
    let post = site.world.post(ada, "the tide is out").await.post.id;
    let body = json!({ "seen": [post], "viewed": [post], "opened": [post], "visited": [ada] });
    for token in [&his, &theirs, &hers] {
        let answer = look_as(&site, BROWSER, token, body.clone()).await;
        assert_eq!((answer.status.as_u16(), answer.json()), (202, json!({})));
    }
    let told = site.get(&path(post), &hers).await.ok().json();
    let split = json!({ "total": 2, "followers": 1, "others": 1 });
    for what in ["impressions", "reach", "views", "link_opens"] {
        assert_eq!(told[what], split, "{what}");
    }
    assert_eq!((&told["step"], told["points"].as_array().unwrap().len()), (&json!("hour"), 1));
    let missing = site.get(&path(graph::Id::new(9).unwrap()), &his).await;
    for token in [&his, &theirs] {
        let answer = site.get(&path(post), token).await;
        assert_eq!((answer.status.as_u16(), &answer.bytes), (404, &missing.bytes));
    }
    assert_eq!(site.get(&path(post), "").await.status, 401);
    let account = "/api/sociosphere/v1/insights/account";
    let dashboard = site.get(&format!("{account}?days=7"), &hers).await.ok().json();
    assert_eq!(dashboard["now"]["impressions"], split);
    assert_eq!(dashboard["now"]["profile_visits"], split);
    assert_eq!(dashboard["days"].as_array().unwrap().len(), 7);
    assert_eq!(dashboard["best_posts"][0]["id"], post.to_string());
    assert_eq!(dashboard["followers"], 1);
    let others = site.get(&format!("{account}?days=7"), &his).await.ok().json();
    assert_eq!(others["now"]["impressions"]["total"], 0, "everybody reads their own");
    for bad in ["0", "8", "-7", "4000000000", "x"] {
        let answer = site.get(&format!("{account}?days={bad}"), &hers).await;
        assert_eq!(answer.status, 422, "{bad}: {}", answer.text());
    }
}

#[tokio::test]
async fn crawlers_staff_tools_and_replays_do_not_count() {
    let site = Site::new().await;
    let (ada, hers) = site.person("ada").await;
    let (ben, his) = site.person("ben").await;
    let post = site.world.post(ada, "the tide is out").await.post.id;
    let body = json!({ "seen": [post] });
    for agent in [
        "",
        "Googlebot/2.1 (+http://www.google.com/bot.html)",
        "Mozilla/5.0 (X11; Linux x86_64) HeadlessChrome/120",
        "curl/8.5",
        "python-requests/2.31",
    ] {
        assert_eq!(look_as(&site, agent, &his, body.clone()).await.status, 202, "{agent}");
    }
    let tool = site.token(ben, "read write admin:read").await;
    assert_eq!(look_as(&site, BROWSER, &tool, body.clone()).await.status, 202);
    assert_eq!(look_as(&site, BROWSER, "", body.clone()).await.status, 401, "nobody");
    let told = site.get(&path(post), &hers).await.ok().json();
    assert_eq!(told["impressions"]["total"], 0);
    let many = json!({ "seen": vec![post; 200] });
    for _ in 0..20 {
        look_as(&site, BROWSER, &his, many.clone()).await;
    }
    let told = site.get(&path(post), &hers).await.ok().json();
    assert_eq!((&told["impressions"]["total"], &told["reach"]["total"]), (&json!(3), &json!(1)));
}

#[tokio::test]
async fn z_2_a_look_at_what_one_may_not_see_counts_nothing_and_says_nothing() {
    let site = Site::new().await;
    let (ada, hers) = site.person("ada").await;
    let (blocked, theirs) = site.person("blocked").await;
    let (_, his) = site.person("ben").await;
    let quiet = site.world.post_to(ada, "for followers", Audience::Followers).await.post.id;
    let open = site.world.post(ada, "for all").await.post.id;
    relations::block(&site.world.app, ada, blocked).await.unwrap();
    let all = json!({ "seen": [quiet, open], "viewed": [quiet, open], "visited": [ada] });
    let refused = look_as(&site, BROWSER, &theirs, all.clone()).await;
    let nothing = look_as(&site, BROWSER, &his, json!({ "seen": ["9", "none", "-1"] })).await;
    assert_eq!((refused.status, &refused.bytes), (nothing.status, &nothing.bytes));
    look_as(&site, BROWSER, &his, all).await;
    let told = async |post| site.get(&path(post), &hers).await.ok().json();
    assert_eq!(told(quiet).await["impressions"]["total"], 0);
    assert_eq!(told(open).await["impressions"]["total"], 1);
    let dashboard = site.get("/api/sociosphere/v1/insights/account", &hers).await.ok().json();
    assert_eq!(dashboard["now"]["profile_visits"]["total"], 1);
}

#[tokio::test]
async fn r_4_batches_of_looks_are_bounded_in_size_and_number() {
    let site = Site::with(Settings::default(), HttpOptions::default()).await;
    let (ada, _) = site.person("ada").await;
    let (_, his) = site.person("ben").await;
    let post = site.world.post(ada, "x").await.post.id;
    let many = json!({ "seen": vec![post; 1_001] });
    assert_eq!(look_as(&site, BROWSER, &his, many).await.status, 422);
    assert_eq!(look_as(&site, BROWSER, &his, json!({ "seen": { "$ne": 1 } })).await.status, 422);
    let mut last = 0;
    for _ in 0..130 {
        last = look_as(&site, BROWSER, &his, json!({})).await.status.as_u16();
    }
    assert_eq!(last, 429);
}

#[tokio::test]
async fn i_11_tables_hold_no_formulas() {
    let site = Site::new().await;
    let (ada, hers) = site.person("ada").await;
    let (_, his) = site.person("ben").await;
    let evil = "=HYPERLINK(\"https://evil.example\",\"click\")";
    let post = site.world.post(ada, evil).await.post.id;
    look_as(&site, BROWSER, &his, json!({ "seen": [post] })).await;
    let table = site.get("/api/sociosphere/v1/insights/posts.csv?days=7", &hers).await.ok();
    assert_eq!(table.header("content-type"), "text/csv; charset=utf-8");
    assert!(table.header("content-disposition").starts_with("attachment"));
    let text = table.text();
    let row = text.lines().nth(1).unwrap();
    assert!(row.contains(",\"'=HYPERLINK(\"\"https://evil.example\"\",\"\"click\"\")\","), "{row}");
    let days = site.get("/api/sociosphere/v1/insights/account.csv?days=7", &hers).await.ok().text();
    let rows: Vec<_> = days.lines().collect();
    assert_eq!(rows.len(), 8);
    assert_eq!(rows[7], "2026-01-01,1,0,1,1,0,0,0,0,0,0");
    for cell in text.lines().chain(days.lines()).flat_map(|row| row.split(',')) {
        assert!(!cell.starts_with(['=', '+', '-', '@']), "{cell}");
    }
}

#[tokio::test]
async fn the_summary_by_mail_is_on_until_somebody_turns_it_off() {
    let site = Site::new().await;
    let (_, hers) = site.person("ada").await;
    let path = "/api/sociosphere/v1/insights/summary";
    assert_eq!(site.get(path, &hers).await.ok().json(), json!({ "weekly": true }));
    let off = site.json(Method::PUT, path, &hers, json!({ "weekly": false })).await.ok();
    assert_eq!(off.json(), json!({ "weekly": false }));
    assert_eq!(site.get(path, &hers).await.ok().json(), json!({ "weekly": false }));
    let nothing = site.json(Method::PUT, path, &hers, json!({})).await;
    assert_eq!(nothing.status, 422, "{}", nothing.text());
}
