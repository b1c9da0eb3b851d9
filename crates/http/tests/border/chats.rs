//! Chats over HTTP: what members get, what others do not.

use std::sync::atomic::Ordering;

use http::Method;
use serde_json::{Value, json};
use social::{accounts, moderation::Ruling, relations};

use crate::{client::Site, panel::cost::watched_site};

const CHATS: &str = "/api/sociosphere/v1/chats";

/// A chat of two who follow each other: its path, and the tokens of both.
async fn pair(site: &Site) -> (String, String, String) {
    let (ada, first) = site.person("ada").await;
    let (ben, second) = site.person("ben").await;
    site.world.follow(ada, ben).await;
    site.world.follow(ben, ada).await;
    let chat = site.post(CHATS, &first, json!({"account_id": ben})).await.ok().json();
    let path = format!("{CHATS}/{}", chat["chat"]["id"].as_str().unwrap());
    (path, first, second)
}

async fn say(site: &Site, path: &str, token: &str, text: &str) -> Value {
    let form = json!({"text": text, "client_id": text});
    site.post(&format!("{path}/messages"), token, form).await.ok().json()
}

async fn numbers(site: &Site, path: &str, token: &str, query: &str) -> Vec<u64> {
    let page = site.get(&format!("{path}/messages{query}"), token).await.ok().json();
    let messages = page["messages"].as_array().unwrap().iter();
    messages.map(|message| message["number"].as_u64().unwrap()).collect()
}

#[tokio::test]
async fn two_people_chat() {
    let site = Site::new().await;
    let (path, ada, ben) = pair(&site).await;
    let sent = say(&site, &path, &ada, "hello @ben <b>bold</b> https://example.org/x").await;
    let content = sent["content"].as_str().unwrap();
    assert!(content.contains("href=\"https://example.org/x\"") && content.contains("/@ben\""));
    assert!(content.contains("&lt;b&gt;") && !content.contains("<b>"), "{content}");
    let list = site.get(CHATS, &ben).await.ok().json();
    let chat = &list["chats"][0];
    assert_eq!(
        (&chat["unread_count"], &chat["kind"], &chat["role"]),
        (&json!(1), &json!("direct"), &json!("member"))
    );
    assert_eq!(chat["last_message"]["id"], sent["id"]);
    assert_eq!(chat["last_message"]["text"], Value::Null, "the source is the author's");
    assert_eq!(list["accounts"][0]["username"], "ada");
    assert_eq!(list["next"], Value::Null);
    let read = site.post(&format!("{path}/read"), &ben, json!({"number": 1})).await.ok().json();
    assert_eq!(read, json!({"read_number": 1}));
    let answer = json!({"text": "yes", "client_id": "1", "reply_to_id": sent["id"]});
    let answer = site.post(&format!("{path}/messages"), &ben, answer).await.ok().json();
    assert_eq!(answer["reply_to"], json!({"id": sent["id"], "number": 1}));
    let place = format!("{path}/messages/{}", answer["id"].as_str().unwrap());
    let reacted = site.post(&format!("{place}/react"), &ada, json!({"emoji": "👍"})).await.ok();
    assert_eq!(reacted.json()["reactions"], json!([{"emoji": "👍", "count": 1, "me": true}]));
    site.post(&format!("{place}/unreact"), &ada, json!({"emoji": "👍"})).await.ok();
    let edited = site.json(Method::PUT, &place, &ben, json!({"text": "no"})).await.ok().json();
    assert!(edited["edited_at"].is_string() && edited["text"] == "no");
    assert_eq!(site.json(Method::PUT, &place, &ada, json!({"text": "x"})).await.status, 403);
    assert_eq!(site.call(Method::DELETE, &place, &ada).await.status, 403);
    let gone = site.call(Method::DELETE, &place, &ben).await.ok().json();
    assert_eq!(
        (&gone["deleted"], &gone["content"], &gone["text"]),
        (&json!(true), &json!(""), &Value::Null)
    );
    let one = site.get(&path, &ada).await.ok().json();
    assert_eq!((&one["chat"]["last_number"], &one["chat"]["read_number"]), (&json!(2), &json!(1)));
}

#[tokio::test]
async fn a_message_that_is_sent_again_is_there_once() {
    let site = Site::new().await;
    let (path, ada, ben) = pair(&site).await;
    let first = say(&site, &path, &ada, "once").await;
    assert_eq!(say(&site, &path, &ada, "once").await, first);
    assert_eq!(numbers(&site, &path, &ben, "").await, [1]);
    let messages = format!("{path}/messages");
    for (form, field) in [
        (json!({"text": "other", "client_id": "once"}), "client_id"),
        (json!({"text": "no id"}), "client_id"),
        (json!({"text": " ", "client_id": "2"}), "text"),
        (json!({"text": "x".repeat(5_001), "client_id": "3"}), "text"),
    ] {
        let answer = site.post(&messages, &ada, form).await;
        assert_eq!(answer.status, 422, "{}", answer.text());
        assert!(answer.text().contains(field), "{}", answer.text());
    }
}

#[tokio::test]
async fn pages_go_both_ways_and_bad_places_are_refused() {
    let site = Site::new().await;
    let (path, ada, ben) = pair(&site).await;
    for number in 1..=9 {
        say(&site, &path, &ada, &number.to_string()).await;
    }
    assert_eq!(numbers(&site, &path, &ben, "?limit=2").await, [8, 9]);
    assert_eq!(numbers(&site, &path, &ben, "?before=8&limit=3").await, [5, 6, 7]);
    assert_eq!(numbers(&site, &path, &ben, "?after=2&limit=2").await, [3, 4]);
    assert_eq!(numbers(&site, &path, &ben, "?around=5&limit=4").await, [4, 5, 6, 7]);
    assert_eq!(numbers(&site, &path, &ben, "?after=9").await, Vec::<u64>::new());
    for bad in ["?before=1&after=2", "?before=-1", "?after=x", "?limit=x"] {
        assert_eq!(site.get(&format!("{path}/messages{bad}"), &ben).await.status, 422, "{bad}");
    }
    assert_eq!(site.get(&format!("{CHATS}?max_id=x"), &ben).await.status, 400);
    for none in ["x", "1", "99999999999999999999"] {
        assert_eq!(site.get(&format!("{CHATS}/{none}/messages"), &ben).await.status, 404);
        assert_eq!(site.get(&format!("{path}/messages/{none}"), &ben).await.status, 404);
    }
}

#[tokio::test]
async fn z_16_nobody_sends_reads_or_answers_in_anothers_name() {
    let site = Site::new().await;
    let (path, ada, ben) = pair(&site).await;
    let (_, eve) = site.person("eve").await;
    let sent = say(&site, &path, &ada, "between us").await;
    let author = sent["account_id"].as_str().unwrap();
    // What a body says about who and when is not looked at.
    let forged = json!({"text": "forged", "client_id": "f", "account_id": author, "author": author,
        "number": 77, "created_at": "2001-01-01T00:00:00.000Z"});
    let forged = site.post(&format!("{path}/messages"), &ben, forged).await.ok().json();
    assert_ne!(forged["account_id"], sent["account_id"]);
    assert_eq!(forged["number"], 2);
    let place = format!("{path}/messages/{}", sent["id"].as_str().unwrap());
    // To a stranger a chat of others is one that never was, to the letter.
    let never = site.get(&format!("{CHATS}/1"), &eve).await;
    let posts = [
        (format!("{path}/messages"), json!({"text": "x", "client_id": "x"})),
        (format!("{path}/read"), json!({"number": 1})),
        (format!("{path}/accept"), json!({})),
        (format!("{path}/ignore"), json!({})),
        (format!("{path}/block"), json!({})),
        (format!("{path}/mute"), json!({})),
        (format!("{path}/leave"), json!({})),
        (format!("{path}/members"), json!({"account_ids": []})),
        (format!("{place}/react"), json!({"emoji": "👍"})),
        (format!("{path}/messages"), json!({"text": "", "client_id": "x", "media_ids": ["1"]})),
    ];
    for (path, form) in posts {
        let answer = site.post(&path, &eve, form).await;
        assert_eq!((answer.status.as_u16(), answer.bytes), (404, never.bytes.clone()), "{path}");
    }
    let search = format!("{CHATS}/search?q=us&chat_id={}", path.rsplit('/').next().unwrap());
    let (all, people) = (format!("{path}/messages"), format!("{path}/members"));
    for path in [path.clone(), all, people, place.clone(), search] {
        let answer = site.get(&path, &eve).await;
        assert_eq!((answer.status.as_u16(), answer.bytes), (404, never.bytes.clone()), "{path}");
    }
    for (method, path) in [(Method::DELETE, &place), (Method::PUT, &place), (Method::PATCH, &path)]
    {
        let answer = site
            .json(method, path, &eve, json!({"text": "x", "name": "x", "picture_id": "x"}))
            .await;
        assert_eq!((answer.status.as_u16(), answer.bytes), (404, never.bytes.clone()), "{path}");
    }
    // A message of one chat is none of another, also for who is in both.
    let third = site.person("fay").await;
    let request = site.post(CHATS, &ada, json!({"account_id": third.0})).await.ok().json();
    let other = request["chat"]["id"].as_str().unwrap();
    let lost = format!("{CHATS}/{other}/messages/{}", sent["id"].as_str().unwrap());
    assert_eq!(site.get(&lost, &ada).await.status, 404);
    assert_eq!(numbers(&site, &path, &ada, "").await, [1, 2]);
}

#[tokio::test]
async fn z_17_removed_blocked_and_frozen_people_are_kept_out() {
    let site = Site::new().await;
    let (ada, owner) = site.person("ada").await;
    let (ben, member) = site.person("ben").await;
    let (cleo, stranger) = site.person("cleo").await;
    site.world.follow(ben, ada).await;
    let form = json!({"name": "Harbour", "account_ids": [ben, cleo]});
    let made = site.post(&format!("{CHATS}/groups"), &owner, form).await.ok().json();
    let path = format!("{CHATS}/{}", made["chat"]["id"].as_str().unwrap());
    let messages = format!("{path}/messages");
    say(&site, &path, &owner, "secret word").await;
    let request = site.get(&format!("{CHATS}/requests"), &stranger).await.ok();
    assert!(!request.text().contains("secret"), "an invitation shows no message");
    assert_eq!(request.json()["chats"][0]["role"], "invited");
    assert_eq!(site.get(&messages, &stranger).await.status, 403);
    // Its invitation is taken back: it opens nothing.
    let remove = async |who: graph::Id<accounts::model::Account>| {
        site.call(Method::DELETE, &format!("{path}/members/{who}"), &owner).await.ok();
    };
    remove(cleo).await;
    assert_eq!(site.post(&format!("{path}/accept"), &stranger, json!({})).await.status, 404);
    let role = format!("{path}/members/{ben}");
    assert_eq!(site.json(Method::PUT, &role, &owner, json!({"role": "king"})).await.status, 422);
    site.json(Method::PUT, &role, &owner, json!({"role": "admin"})).await.ok();
    let members = site.get(&format!("{path}/members"), &member).await.ok().json();
    let roles: Vec<_> = members.as_array().unwrap().iter().map(|one| &one["role"]).collect();
    assert_eq!(roles, ["owner", "admin"]);
    remove(ben).await;
    let form = json!({"text": "x", "client_id": "x"});
    assert_eq!(site.get(&messages, &member).await.status, 403);
    assert_eq!(site.post(&messages, &member, form.clone()).await.status, 403);
    assert_eq!(site.get(CHATS, &member).await.ok().json()["chats"], json!([]));
    // A chat of two, with a block.
    let chat = site.post(CHATS, &owner, json!({"account_id": cleo})).await.ok().json();
    let path = format!("{CHATS}/{}", chat["chat"]["id"].as_str().unwrap());
    let messages = format!("{path}/messages");
    say(&site, &path, &owner, "hello").await;
    let waiting = site.post(&messages, &owner, form.clone()).await;
    assert!(waiting.status == 403 && waiting.text().contains("waits"), "{}", waiting.text());
    site.post(&format!("{path}/accept"), &stranger, json!({})).await.ok();
    relations::block(&site.world.app, cleo, ada).await.unwrap();
    assert_eq!(site.post(&messages, &owner, form.clone()).await.status, 403);
    assert_eq!(site.post(&messages, &stranger, form.clone()).await.status, 403);
    assert_eq!(site.get(&messages, &owner).await.status, 403);
    relations::unblock(&site.world.app, cleo, ada).await.unwrap();
    // Who is frozen reads, says how far, and writes nothing; who is suspended does neither.
    freeze(&site, cleo).await;
    assert_eq!(site.post(&messages, &stranger, form.clone()).await.status, 403);
    site.get(&messages, &stranger).await.ok();
    site.post(&format!("{path}/read"), &stranger, json!({"number": 1})).await.ok();
    accounts::suspend(&site.world.app, cleo).await.unwrap();
    assert_eq!(site.get(&messages, &stranger).await.status, 401);
    assert_eq!(site.post(&messages, &owner, form).await.status, 403);
}

async fn freeze(site: &Site, whom: graph::Id<accounts::model::Account>) {
    use social::{
        moderation::{Target, decide, model::Measure},
        staff::Powers,
    };
    let ruling = Ruling { measures: vec![Measure::Freeze], ..Ruling::default() };
    decide(&site.world.app, &Powers::operator(), Target::Account(whom), ruling).await.unwrap();
}

#[tokio::test]
async fn a_page_of_messages_costs_as_many_reads_at_any_depth() {
    let (site, trips, records) = watched_site();
    let (path, ada, ben) = pair(&site).await;
    let cost = async |path: &str| {
        site.world.app.graph.forget_everything();
        trips.store(0, Ordering::Relaxed);
        records.store(0, Ordering::Relaxed);
        site.get(path, &ben).await.ok();
        (trips.load(Ordering::Relaxed), records.load(Ordering::Relaxed))
    };
    for number in 1..=30 {
        say(&site, &path, &ada, &number.to_string()).await;
    }
    let places = ["?limit=10", "?limit=10&before=25", "?limit=10&after=3", "?limit=10&around=15"];
    // What is read once per token is kept elsewhere.
    cost(CHATS).await;
    let mut early = Vec::new();
    for place in places {
        early.push(cost(&format!("{path}/messages{place}")).await);
    }
    let list = cost(CHATS).await;
    for number in 31..=330 {
        say(&site, &path, &ada, &number.to_string()).await;
    }
    let late = ["?limit=10", "?limit=10&before=125", "?limit=10&after=203", "?limit=10&around=115"];
    for (place, early) in late.iter().zip(early) {
        assert_eq!(cost(&format!("{path}/messages{place}")).await, early, "{place}");
        assert!(early.0 <= 20, "{place}: {early:?}");
    }
    assert_eq!(cost(CHATS).await, list);
}
