//! What members hear, and that they hear it as they may see it.

use serde_json::{Value, json};
use social::{reactions, relations};

use super::{CHATS, Client, Two};

#[tokio::test]
async fn two_people_chat_and_both_hear_it() {
    let two = Two::new().await;
    let (mut ada, mut ben) = (two.open(&two.a).await, two.open(&two.b).await);
    let body = json!({"chat_id": two.chat, "client_id": "1", "text": "hello"});
    let sent = ada.done("chat.send", body.clone()).await["message"].clone();
    assert_eq!((&sent["number"], &sent["text"]), (&json!(1), &json!("hello")));
    // The same again is the first one.
    assert_eq!(ada.done("chat.send", body).await["message"]["id"], sent["id"]);
    let told = ben.event("chat.updated").await;
    assert_eq!((&told["chat"]["id"], &told["chat"]["role"]), (&json!(two.chat), &json!("member")));
    let told = ben.event("chat.message").await;
    assert_eq!((&told["chat_id"], &told["message"]["id"]), (&json!(two.chat), &sent["id"]));
    assert_eq!(told["account"]["username"], "ada");
    assert_eq!(told["message"]["text"], Value::Null, "the source is the author's");
    assert!(told["mark"].as_str().unwrap().parse::<u64>().is_ok());
    // One's own other tabs hear it as the author does.
    assert_eq!(ada.event("chat.message").await["message"]["text"], "hello");
    let badge = ben.event("unread").await;
    assert_eq!(badge["requests"], 0);
    ada.done("chat.typing", json!({"chat_id": two.chat, "typing": true})).await;
    let typing = json!({"chat_id": two.chat, "account_id": two.ada, "typing": true});
    assert_eq!(ben.event("chat.typing").await, typing);
    ben.done("chat.delivered", json!({"chat_id": two.chat, "number": 9})).await;
    let told = json!({"chat_id": two.chat, "account_id": two.ben, "number": 1});
    assert_eq!(ada.event("chat.delivered").await, told);
    let read = ben.done("chat.read", json!({"chat_id": two.chat, "number": 9})).await;
    assert_eq!(read["read_number"], 1, "nobody reads what is not there");
    assert_eq!(ada.event("chat.read").await, told);
    let path = two.path("receipts");
    let receipts = two.site.get(&path, &two.a).await.ok().json();
    let of_ben = json!({"account_id": two.ben, "delivered_number": 1, "read_number": 1});
    assert_eq!(receipts, json!({"receipts": [of_ben]}));
    // Editing, reacting and deleting, by REST: heard all the same.
    let place = two.path(&format!("messages/{}", sent["id"].as_str().unwrap()));
    two.site.json(http::Method::PUT, &place, &two.a, json!({"text": "hallo"})).await.ok();
    let told = ben.event("chat.changed").await;
    assert!(told["message"]["content"].as_str().unwrap().contains("hallo"), "{told}");
    assert_eq!(ada.event("chat.changed").await["message"]["reactions"], json!([]));
    two.site.post(&format!("{place}/react"), &two.b, json!({"emoji": "👍"})).await.ok();
    let reacted = ada.event("chat.changed").await;
    assert_eq!(reacted["message"]["reactions"][0], json!({"emoji": "👍", "count": 1, "me": false}));
    let mine = ben.event("chat.changed").await;
    assert_eq!(mine["message"]["reactions"][0]["me"], true, "what is mine is not told to others");
    two.site.call(http::Method::DELETE, &place, &two.a).await.ok();
    assert_eq!(ben.event("chat.changed").await["message"]["deleted"], true);
}

#[tokio::test]
async fn who_shows_no_receipts_sees_none_and_who_hides_typing_sees_none() {
    let two = Two::new().await;
    let hides = json!({"read_receipts": false, "typing_indicators": false});
    let path = "/api/v1/accounts/update_credentials";
    let me = two.site.json(http::Method::PATCH, path, &two.b, hides).await.ok().json();
    let mine = &me["source"]["sociosphere"];
    assert_eq!(
        (&mine["read_receipts"], &mine["typing_indicators"], &mine["who_sees_presence"]),
        (&json!(false), &json!(false), &json!("everyone"))
    );
    two.say(&two.a, "one").await;
    two.say(&two.b, "two").await;
    let (mut ada, mut ben) = (two.open(&two.a).await, two.open(&two.b).await);
    ben.done("chat.read", json!({"chat_id": two.chat, "number": 2})).await;
    ben.done("chat.typing", json!({"chat_id": two.chat, "typing": true})).await;
    ada.done("chat.read", json!({"chat_id": two.chat, "number": 2})).await;
    ada.done("chat.typing", json!({"chat_id": two.chat, "typing": true})).await;
    two.say(&two.a, "last").await;
    ada.event("chat.message").await;
    ben.event("chat.message").await;
    assert!(ada.heard("chat.typing").is_empty() && ben.heard("chat.typing").is_empty());
    let own = |read: Vec<Value>, who| read.iter().all(|one| one["account_id"] == json!(who));
    assert!(own(ada.heard("chat.read"), two.ada) && own(ben.heard("chat.read"), two.ben));
    for token in [&two.a, &two.b] {
        let receipts = two.site.get(&two.path("receipts"), token).await.ok().json();
        assert_eq!(receipts, json!({"receipts": []}));
    }
}

#[tokio::test]
async fn a_home_a_feed_and_figures_are_live() {
    let two = Two::new().await;
    let mut ben = two.open(&two.b).await;
    ben.done("follow", json!({"stream": "hashtag", "tag": "rust"})).await;
    ben.done("follow", json!({"stream": "public:local"})).await;
    let post = two.site.world.post(two.ada, "about #rust").await.post.id;
    two.site.world.settle().await;
    let mut streams = Vec::new();
    for _ in 0..3 {
        let update = ben.event("update").await;
        assert_eq!((&update["status"]["id"], &update["mark"]), (&json!(post), &json!(post)));
        streams.push(update["stream"].to_string());
    }
    streams.sort();
    assert_eq!(streams, [r#"["hashtag","rust"]"#, r#"["public:local"]"#, r#"["user"]"#]);
    ben.done("unfollow", json!({"stream": "public:local"})).await;
    ben.done("watch", json!({"status_ids": [post, "17", "x"]})).await;
    reactions::like(&two.site.world.app, two.ada, post).await.unwrap();
    let counts = ben.event("status.counts").await;
    let wanted = json!({"id": post, "replies_count": 0, "reblogs_count": 0, "favourites_count": 1});
    assert_eq!(counts, wanted);
    // A comment comes and goes; what it is under counts both.
    let comment = json!({"status": "a comment", "in_reply_to_id": post});
    let comment = two.site.post("/api/v1/statuses", &two.a, comment).await.ok().json();
    two.site.world.settle().await;
    assert_eq!(ben.event("status.counts").await["replies_count"], 1);
    let path = format!("/api/v1/statuses/{}", comment["id"].as_str().unwrap());
    two.site.call(http::Method::DELETE, &path, &two.a).await.ok();
    two.site.world.settle().await;
    assert_eq!(ben.event("status.counts").await["replies_count"], 0);
    assert_eq!(ben.event("delete").await, json!({"id": comment["id"]}));
    let mine = two.site.world.post(two.ben, "mine").await.post.id;
    reactions::like(&two.site.world.app, two.ada, mine).await.unwrap();
    two.site.world.settle().await;
    let told = ben.event("notification").await;
    assert_eq!(told["notification"]["type"], "favourite");
    while ben.event("unread").await["notifications"] != 1 {}
    let id = told["notification"]["id"].clone();
    let marker = json!({"notifications": {"last_read_id": id}});
    two.site.post("/api/v1/markers", &two.b, marker).await.ok();
    assert_eq!(ben.event("markers").await["notifications"]["last_read_id"], id);
    while ben.event("unread").await["notifications"] != 0 {}
    let path = format!("/api/v1/statuses/{post}");
    two.site.json(http::Method::PUT, &path, &two.a, json!({"status": "other"})).await.ok();
    two.site.world.settle().await;
    assert_eq!(ben.event("status.update").await["status"]["id"], json!(post));
    two.site.call(http::Method::DELETE, &path, &two.a).await.ok();
    two.site.world.settle().await;
    // Of the comment it may be said once more, for the tag.
    while ben.event("delete").await != json!({"id": post}) {}
}

#[tokio::test]
async fn in_a_group_a_block_withholds_and_everybody_else_hears_the_same() {
    let two = Two::new().await;
    let (eve, e) = two.site.person("eve").await;
    two.site.world.follow(eve, two.ada).await;
    let form = json!({"name": "all", "account_ids": [two.ben, eve]});
    let group = two.site.post(&format!("{CHATS}/groups"), &two.a, form).await.ok().json();
    let group = group["chat"]["id"].as_str().unwrap().to_owned();
    relations::block(&two.site.world.app, eve, two.ben).await.unwrap();
    let (mut ada, mut eve_hears) = (two.open(&two.a).await, Client::open(&two.address, &e).await);
    let mut ben = two.open(&two.b).await;
    for (text, client) in [("first", "1"), ("second", "2")] {
        let body = json!({"chat_id": group, "client_id": client, "text": text});
        ben.done("chat.send", body).await;
    }
    for (number, text) in [(1, "first"), (2, "second")] {
        let told = ada.event("chat.message").await["message"].clone();
        assert!(told["content"].as_str().unwrap().contains(text), "{told}");
        let told = eve_hears.event("chat.message").await;
        let message = &told["message"];
        assert_eq!(
            (&message["number"], &message["withheld"], &message["content"], &told["account"]),
            (&json!(number), &json!(true), &json!(""), &Value::Null)
        );
        assert_eq!(message["account_id"], Value::Null);
    }
    // Z-17: who is out hears that, and nothing more.
    let out = format!("{CHATS}/{group}/members/{eve}");
    two.site.call(http::Method::DELETE, &out, &two.a).await.ok();
    assert_eq!(eve_hears.event("chat.gone").await, json!({"chat_id": group}));
    let body = json!({"chat_id": group, "client_id": "3", "text": "without her"});
    ben.done("chat.send", body).await;
    while ada.event("chat.message").await["message"]["number"] != 3 {}
    let body = json!({"chat_id": group, "client_id": "4", "text": "let me"});
    eve_hears.refused("chat.send", body, "forbidden").await;
    assert!(eve_hears.heard("chat.message").is_empty());
}
