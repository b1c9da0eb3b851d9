//! What messages carry and lead to, over HTTP: media, posts, pictures of groups, search, reports.

use std::{sync::atomic::Ordering, time::Duration};

use http::Method;
use serde_json::{Value, json};
use social::{accounts::model::Role, app::Settings, posts::model::Audience};
use sociosphere_http::HttpOptions;

use crate::{
    client::Site,
    media::{PNG, upload},
    moderation::desk,
    panel::cost::watched_site,
};

const CHATS: &str = "/api/sociosphere/v1/chats";

/// Three in a group of the first: its path, and everybody's token.
async fn harbour(site: &Site) -> (String, [String; 3]) {
    let (ada, first) = site.person("ada").await;
    let (ben, second) = site.person("ben").await;
    let (cleo, third) = site.person("cleo").await;
    site.world.follow(ben, ada).await;
    site.world.follow(cleo, ada).await;
    let form = json!({"name": "Harbour", "account_ids": [ben, cleo]});
    let made = site.post(&format!("{CHATS}/groups"), &first, form).await.ok().json();
    (format!("{CHATS}/{}", made["chat"]["id"].as_str().unwrap()), [first, second, third])
}

async fn picture(site: &Site, token: &str) -> Value {
    upload(site, token, "file", PNG).await.ok().json()["id"].clone()
}

async fn send(site: &Site, path: &str, token: &str, form: Value) -> Value {
    site.post(&format!("{path}/messages"), token, form).await.ok().json()
}

async fn messages(site: &Site, path: &str, token: &str) -> Vec<Value> {
    let page = site.get(&format!("{path}/messages"), token).await.ok().json();
    page["messages"].as_array().unwrap().clone()
}

fn link(url: &Value) -> String {
    url.as_str().unwrap().strip_prefix("http://127.0.0.1:8420").unwrap().to_owned()
}

#[tokio::test]
async fn z_17_pictures_of_a_message_are_for_those_who_read_it_and_while_they_do() {
    let site = Site::new().await;
    let (path, [ada, ben, cleo]) = harbour(&site).await;
    let one = picture(&site, &ada).await;
    let form = json!({"text": "", "client_id": "1", "media_ids": [one]});
    let sent = send(&site, &path, &ada, form.clone()).await;
    assert_eq!(send(&site, &path, &ada, form).await["id"], sent["id"], "once");
    let media = &sent["media_attachments"][0];
    assert_eq!((&media["type"], &media["description"]), (&json!("image"), &json!("a picture")));
    let seen = &messages(&site, &path, &ben).await[0]["media_attachments"][0];
    for form in ["url", "preview_url"] {
        let picture = site.get(&link(&seen[form]), "").await.ok();
        assert!(picture.header("content-type").starts_with("image/"));
        assert_eq!(picture.header("cache-control"), "private, no-cache");
    }
    let bens = link(&seen["url"]);
    assert!(bens.contains("&u="), "it has an end: {bens}");
    let bare = bens.split('?').next().unwrap();
    assert_eq!(site.get(bare, &ben).await.status, 404);
    assert_eq!(site.get(&bens.replace("&u=", "&u=9"), "").await.status, 404);
    assert_eq!(site.get(&bens.replace("&u=", "&u=x"), "").await.status, 404);
    let adas = link(&media["url"]);
    let cleos = link(&messages(&site, &path, &cleo).await[0]["media_attachments"][0]["url"]);
    let list = site.get(CHATS, &ben).await.ok().json();
    assert!(list["chats"][0]["last_message"]["media_attachments"][0]["url"].is_string());
    site.post(&format!("{path}/leave"), &ben, json!({})).await.ok();
    assert_eq!(site.get(&bens, "").await.status, 404, "who is out of it");
    site.get(&cleos, "").await.ok();
    let place = format!("{path}/messages/{}", sent["id"].as_str().unwrap());
    // In a message it is nobody's to discard or to post; its text may be changed.
    let own = format!("/api/v1/media/{}", media["id"].as_str().unwrap());
    assert_eq!(site.call(Method::DELETE, &own, &ada).await.status, 422);
    let post = json!({"status": "x", "media_ids": [media["id"]]});
    assert_eq!(site.post("/api/v1/statuses", &ada, post).await.status, 422);
    site.json(Method::PUT, &own, &ada, json!({"description": "a quay"})).await.ok();
    let told = site.get(&place, &cleo).await.ok().json();
    assert_eq!(told["media_attachments"][0]["description"], "a quay");
    let gone = site.call(Method::DELETE, &place, &ada).await.ok().json();
    assert_eq!(gone["media_attachments"], json!([]));
    assert_eq!(site.get(&cleos, "").await.status, 404, "deleted");
    // For a day it is its owner's, who may use it again.
    site.get(&adas, "").await.ok();
    site.world.advance(Duration::from_secs(2 * 24 * 60 * 60));
    site.world.settle().await;
    assert_eq!(site.get(&own, &ada).await.status, 404, "swept");
}

#[tokio::test]
async fn bad_media_is_refused_by_name_and_nothing_is_sent() {
    let site = Site::new().await;
    let (path, [ada, ben, _]) = harbour(&site).await;
    let (mine, theirs) = (picture(&site, &ada).await, picture(&site, &ben).await);
    let many: Vec<_> = (1..=11).map(|number| number.to_string()).collect();
    for media in [
        json!(["x"]),
        json!(["1"]),
        json!([""]),
        json!([mine, "x"]),
        json!([mine, mine]),
        json!([mine, theirs]),
        json!(many),
    ] {
        let form = json!({"text": "hello", "client_id": "x", "media_ids": media});
        let answer = site.post(&format!("{path}/messages"), &ada, form).await;
        assert_eq!(answer.status, 422, "{media}: {}", answer.text());
        assert_eq!(answer.json()["field"], "media_ids", "{media}");
    }
    for wrong in [json!("x"), json!({"a": 1}), json!([[1]])] {
        let form = json!({"text": "hello", "client_id": "x", "media_ids": wrong});
        let answer = site.post(&format!("{path}/messages"), &ada, form).await;
        assert!(matches!(answer.status.as_u16(), 400 | 422), "{wrong}: {}", answer.text());
    }
    let blank = json!({"text": " ", "client_id": "x", "media_ids": []});
    let answer = site.post(&format!("{path}/messages"), &ada, blank).await;
    assert_eq!((answer.status.as_u16(), &answer.json()["field"]), (422, &json!("text")));
    assert!(messages(&site, &path, &ada).await.is_empty());
    // A stranger learns nothing of it: whatever is wrong, there is no such chat.
    let (_, eve) = site.person("eve").await;
    let form = json!({"text": "hello", "client_id": "x", "media_ids": ["x"]});
    let never = site.post(&format!("{CHATS}/1/messages"), &eve, form.clone()).await;
    let answer = site.post(&format!("{path}/messages"), &eve, form).await;
    assert_eq!((answer.status.as_u16(), answer.bytes), (404, never.bytes));
}

#[tokio::test]
async fn a_link_to_a_post_shows_the_post_to_who_may_see_it() {
    let site = Site::new().await;
    let (path, [ada, ben, cleo]) = harbour(&site).await;
    let dan = site.world.person("dan").await;
    let reader = site.world.app.graph.key(social::accounts::model::HANDLES, "ben").await.unwrap();
    site.world.follow(reader.unwrap(), dan).await;
    let post = site.world.post_to(dan, "for followers", Audience::Followers).await.post.id;
    let text = format!("http://127.0.0.1:8420/@dan/{post}");
    send(&site, &path, &ada, json!({"text": text, "client_id": "1"})).await;
    let shown = &messages(&site, &path, &ben).await[0];
    assert_eq!(shown["status"]["id"], post.to_string());
    assert!(shown["status"]["content"].as_str().unwrap().contains("for followers"));
    assert_eq!(shown["status"]["account"]["username"], "dan");
    let hidden = site.get(&format!("{path}/messages"), &cleo).await.ok();
    assert_eq!(hidden.json()["messages"][0]["status"], Value::Null);
    assert!(!hidden.text().contains("for followers"));
}

#[tokio::test]
async fn a_group_has_a_picture_that_its_admins_set() {
    let site = Site::new().await;
    let (path, [ada, ben, _]) = harbour(&site).await;
    let media = picture(&site, &ada).await;
    let set = async |token: &str, form: Value| site.json(Method::PATCH, &path, token, form).await;
    assert_eq!(set(&ben, json!({"picture_id": media})).await.status, 403);
    for (form, field) in [
        (json!({}), "name"),
        (json!({"picture_id": "x"}), "picture_id"),
        (json!({"picture_id": "1"}), "media_ids"),
        (json!({"name": ""}), "name"),
    ] {
        let answer = set(&ada, form.clone()).await;
        assert_eq!(answer.status, 422, "{form}");
        assert_eq!(answer.json()["field"], field, "{form}");
    }
    let now = set(&ada, json!({"name": "Pier", "picture_id": media})).await.ok().json();
    assert_eq!(now["chat"]["name"], "Pier");
    site.get(&link(&now["chat"]["picture"]), "").await.ok();
    let bens = site.get(&path, &ben).await.ok().json()["chat"]["picture"].clone();
    site.get(&link(&bens), "").await.ok();
    let now = set(&ada, json!({"name": "Quay"})).await.ok().json();
    assert!(now["chat"]["picture"].is_string(), "what is missing stays");
    let now = set(&ada, json!({"picture_id": ""})).await.ok().json();
    assert_eq!((&now["chat"]["picture"], &now["chat"]["name"]), (&Value::Null, &json!("Quay")));
    assert_eq!(site.get(&link(&bens), "").await.status, 404);
}

#[tokio::test]
async fn z_17_search_finds_in_ones_own_chats_and_says_nothing_of_others() {
    let site = Site::new().await;
    let (path, [ada, ben, cleo]) = harbour(&site).await;
    let (_, eve) = site.person("eve").await;
    for number in 1..=3 {
        let text = format!("lantern {number}");
        send(&site, &path, &ada, json!({"text": text, "client_id": text})).await;
    }
    site.world.settle().await;
    let search = format!("{CHATS}/search");
    let found = site.get(&format!("{search}?q=lantern&limit=2"), &ben).await.ok().json();
    let numbers: Vec<_> =
        found["messages"].as_array().unwrap().iter().map(|one| &one["number"]).collect();
    assert_eq!(numbers, [3, 2]);
    assert_eq!(found["chats"][0]["name"], "Harbour");
    assert_eq!(found["accounts"][0]["username"], "ada");
    let next = found["next"].as_str().unwrap();
    let rest = format!("{search}?q=lantern&limit=2&before={next}");
    let rest = site.get(&rest, &ben).await.ok().json();
    assert_eq!((&rest["messages"][0]["number"], &rest["next"]), (&json!(1), &Value::Null));
    let nothing = site.get(&format!("{search}?q=nowhere"), &eve).await.ok();
    let theirs = site.get(&format!("{search}?q=lantern"), &eve).await.ok();
    assert_eq!(theirs.bytes, nothing.bytes, "of others' chats not even a count");
    let id = path.rsplit('/').next().unwrap();
    for (token, status) in [(&ben, 200), (&eve, 404)] {
        let answer = site.get(&format!("{search}?q=lantern&chat_id={id}"), token).await;
        assert_eq!(answer.status, status);
    }
    site.post(&format!("{path}/leave"), &cleo, json!({})).await.ok();
    let named = site.get(&format!("{search}?q=lantern&chat_id={id}"), &cleo).await;
    assert_eq!(named.status, 403);
    let all = site.get(&format!("{search}?q=lantern"), &cleo).await.ok();
    assert_eq!(all.bytes, nothing.bytes);
    for bad in ["", "?q=", "?q=%20", "?q=%00", "?q=x&limit=x", "?q=x&chat_id=x", "?q=x&before=x"] {
        let answer = site.get(&format!("{search}{bad}"), &ben).await;
        assert!(matches!(answer.status.as_u16(), 404 | 422), "{bad}: {}", answer.text());
    }
    for odd in ["%22", "*%20OR%20*", "chat%3A1", "%F0%9F%8E%89"] {
        site.get(&format!("{search}?q={odd}"), &ben).await.ok();
    }
}

#[tokio::test]
async fn z_19_staff_see_of_a_chat_what_a_report_picked_and_nothing_else() {
    let site = Site::new().await;
    let mona = desk(&site, "mona", Role::Moderator).await;
    let (path, [ada, ben, cleo]) = harbour(&site).await;
    let media = picture(&site, &ben).await;
    let form = json!({"text": "rude words", "client_id": "1", "media_ids": [media]});
    let rude = send(&site, &path, &ben, form).await;
    let form = json!({"text": "a private matter", "client_id": "2"});
    let other = send(&site, &path, &ben, form).await;
    let form = json!({"text": "between us", "client_id": "3"});
    let third = send(&site, &path, &cleo, form).await;
    let id = path.rsplit('/').next().unwrap();
    let report = async |token: &str, chat: Value, picked: Value| {
        let form = json!({"account_id": rude["account_id"], "chat_id": chat, "message_ids": picked,
            "category": "spam"});
        site.post("/api/v1/reports", token, form).await
    };
    let made = report(&ada, json!(id), json!([rude["id"]])).await.ok().json();
    assert_eq!(made["status_ids"], json!([]), "Mastodon's shape stays");
    let (_, eve) = site.person("eve").await;
    for (token, chat, picked, status) in [
        (&eve, json!(id), json!([rude["id"]]), 404),
        (&ada, json!(id), json!([third["id"]]), 404),
        (&ada, json!(id), json!(["x"]), 404),
        (&ada, json!(id), json!(["1"]), 404),
        (&ada, json!("1"), json!([rude["id"]]), 404),
        (&ada, json!("x"), json!([rude["id"]]), 404),
        (&ada, Value::Null, json!([rude["id"]]), 422),
    ] {
        let answer = report(token, chat.clone(), picked.clone()).await;
        assert_eq!(answer.status, status, "{chat} {picked}: {}", answer.text());
    }
    let cases = mona.get(&site, "/api/sociosphere/v1/admin/cases").await;
    let case = cases["items"][0]["id"].as_str().unwrap();
    let file = site.get(&format!("/api/sociosphere/v1/admin/cases/{case}"), &mona.token).await.ok();
    for unseen in ["a private matter", "between us"] {
        assert!(!file.text().contains(unseen), "{unseen}");
    }
    let file = file.json();
    assert_eq!(file["files"].as_array().unwrap().len(), 1);
    let told = &file["files"][0]["messages"][0];
    assert_eq!(
        (&told["text"], &told["reported"], &told["exists"], &told["number"]),
        (&json!("rude words"), &json!(true), &json!(true), &json!(1))
    );
    // The picture opens for who decides, by a link of their own; nothing else of the chat does.
    let shown = link(&told["media"][0]["url"]);
    site.get(&shown, "").await.ok();
    let first = link(&messages(&site, &path, &ada).await[0]["media_attachments"][0]["url"]);
    assert_eq!(site.get(first.split('?').next().unwrap(), &mona.token).await.status, 404);
    assert_eq!(site.get(&format!("{path}/messages"), &mona.token).await.status, 404);
    let looked = mona.get(&site, "/api/sociosphere/v1/admin/media?use=message").await;
    assert_eq!(
        looked["items"][0]["preview_url"],
        Value::Null,
        "the list of media shows none of it"
    );
    let place = format!("{path}/messages/{}", other["id"].as_str().unwrap());
    site.call(Method::DELETE, &place, &ben).await.ok();
    let place = format!("{path}/messages/{}", rude["id"].as_str().unwrap());
    site.call(Method::DELETE, &place, &ben).await.ok();
    let file = mona.get(&site, &format!("/api/sociosphere/v1/admin/cases/{case}")).await;
    let told = &file["files"][0]["messages"][0];
    assert_eq!((&told["text"], &told["exists"]), (&json!("rude words"), &json!(false)));
}

#[tokio::test]
async fn r_4_too_many_strangers_are_told_apart_with_when_to_come_back() {
    let settings = Settings { strangers_per_hour: 1, ..Settings::default() };
    let site = Site::with(settings, HttpOptions::default()).await;
    let (_, ada) = site.person("ada").await;
    let mut answers = Vec::new();
    for handle in ["ben", "cleo"] {
        let (whom, _) = site.person(handle).await;
        let chat = site.post(CHATS, &ada, json!({"account_id": whom})).await.ok().json();
        let path = format!("{CHATS}/{}/messages", chat["chat"]["id"].as_str().unwrap());
        answers.push(site.post(&path, &ada, json!({"text": "hello", "client_id": "1"})).await);
    }
    assert_eq!(answers[0].status, 200);
    assert_eq!((answers[1].status.as_u16(), &answers[1].json()["code"]), (429, &json!("too_many")));
    let seconds: u64 = answers[1].header("retry-after").parse().unwrap();
    assert!((1..=3_601).contains(&seconds), "{seconds}");
}

#[tokio::test]
async fn a_page_costs_as_many_round_trips_however_much_its_messages_carry() {
    let (site, trips, _) = watched_site();
    let (path, [ada, ben, _]) = harbour(&site).await;
    let cost = async |path: &str| {
        site.world.app.graph.forget_everything();
        trips.store(0, Ordering::Relaxed);
        site.get(path, &ben).await.ok();
        trips.load(Ordering::Relaxed)
    };
    let mut costs = Vec::new();
    cost(CHATS).await;
    for round in 0..3 {
        for at in 0..(1 + round * 4) {
            let author = site.world.person(&format!("p{round}x{at}")).await;
            let post = site.world.post(author, "words").await.post.id;
            let text = format!("lantern http://127.0.0.1:8420/@x/{post}");
            let media = [picture(&site, &ada).await, picture(&site, &ada).await];
            let form = json!({"text": text, "client_id": text, "media_ids": media});
            send(&site, &path, &ada, form).await;
        }
        site.world.settle().await;
        let page = messages(&site, &path, &ben).await;
        assert!(page.iter().all(|one| one["status"].is_object()), "{page:?}");
        assert!(page.iter().all(|one| one["media_attachments"].as_array().unwrap().len() == 2));
        let search = format!("{CHATS}/search?q=lantern");
        costs.push([cost(&format!("{path}/messages")).await, cost(&search).await]);
    }
    assert_eq!(costs[0], costs[1]);
    assert_eq!(costs[1], costs[2]);
    assert!(costs[0].iter().all(|trips| *trips <= 40), "{costs:?}");
    println!("{costs:?}");
}
