//! Who may what over a socket, and when sockets close: cases of the security matrix by their ids.

use std::time::Duration;

use serde_json::json;
use social::{accounts, app::Settings, apps, relations, sessions};
use sociosphere_http::HttpOptions;
use tokio::time::timeout;

use super::{Client, Two};
use crate::client::Site;

#[tokio::test]
async fn z16_nobody_speaks_reads_or_listens_for_another() {
    let two = Two::new().await;
    let (_, e) = two.site.person("eve").await;
    let (mut eve, mut ben) = (Client::open(&two.address, &e).await, two.open(&two.b).await);
    two.say(&two.a, "private").await;
    ben.event("chat.message").await;
    for (name, body) in [
        ("chat.send", json!({"chat_id": two.chat, "client_id": "1", "text": "hi"})),
        ("chat.read", json!({"chat_id": two.chat, "number": 1})),
        ("chat.delivered", json!({"chat_id": two.chat, "number": 1})),
        ("chat.typing", json!({"chat_id": two.chat, "typing": true})),
    ] {
        eve.refused(name, body, "not_found").await;
    }
    // Fields that name somebody else say nothing.
    let body = json!({
        "chat_id": two.chat, "client_id": "2", "text": "mine", "account_id": two.ada,
        "author": two.ada, "from": two.ada,
    });
    let sent = ben.done("chat.send", body).await;
    assert_eq!(sent["message"]["account_id"], json!(two.ben));
    let resumed = eve.done("resume", json!({"chats": [{"id": two.chat, "number": 0}]})).await;
    let held =
        json!({"id": two.chat, "resync": true, "number": 0, "mark": resumed["chats"][0]["mark"]});
    assert_eq!(resumed["chats"][0], held);
    // Acknowledgements that nobody asked for.
    eve.put("439[{\"ok\":true}]").await;
    eve.settled().await;
    for event in ["chat.message", "chat.typing", "chat.read", "chat.updated", "chat.changed"] {
        assert!(eve.heard(event).is_empty(), "{event}");
    }
    assert!(ben.heard("chat.typing").is_empty());
}

#[tokio::test]
async fn a24_scopes_count_over_sockets_as_they_do_by_rest() {
    let two = Two::new().await;
    let reads = two.site.token(two.ben, "read").await;
    let mut reader = two.open(&reads).await;
    let body = json!({"chat_id": two.chat, "client_id": "1", "text": "x"});
    reader.refused("chat.send", body, "outside_scopes").await;
    let place = json!({"chat_id": two.chat, "number": 0});
    reader.refused("chat.read", place.clone(), "outside_scopes").await;
    reader.refused("chat.delivered", place, "outside_scopes").await;
    let typing = json!({"chat_id": two.chat, "typing": true});
    reader.refused("chat.typing", typing, "outside_scopes").await;
    let told = two.site.token(two.ben, "read:notifications").await;
    let mut told = two.open(&told).await;
    told.refused("follow", json!({"stream": "public"}), "outside_scopes").await;
    told.refused("watch", json!({"status_ids": []}), "outside_scopes").await;
    told.refused("watch_people", json!({"account_ids": []}), "outside_scopes").await;
    told.refused("resume", json!({"chats": []}), "outside_scopes").await;
    two.say(&two.a, "not for everybody").await;
    reader.event("chat.message").await;
    told.settled().await;
    assert!(told.heard("chat.message").is_empty());
}

#[tokio::test]
async fn a13_a19_who_signs_out_or_is_suspended_is_closed_within_two_seconds() {
    let two = Two::new().await;
    let app = &two.site.world.app;
    let own = sessions::open_session(app, two.ada, "browser").await.unwrap();
    let mut browser = two.open(&own.access_token).await;
    sessions::end_device(app, two.ada, own.session).await.unwrap();
    two.site.world.settle().await;
    ended(&mut browser).await;
    let mut by_token = two.open(&two.a).await;
    let token = apps::check_token(app, &two.a).await.unwrap().unwrap().id;
    assert!(apps::revoke_token(app, two.ada, token).await.unwrap());
    ended(&mut by_token).await;
    let mut ben = two.open(&two.b).await;
    // Without a nudge, too: nothing settles here.
    accounts::suspend(app, two.ben).await.unwrap();
    ended(&mut ben).await;
    let mut again = Client::knock(&two.address).await;
    again.put(&format!("40{}", json!({"token": two.b}))).await;
    assert!(again.packet().await.unwrap().starts_with("44{"));
}

async fn ended(client: &mut Client) {
    let end = timeout(Duration::from_secs(2), client.event("session.ended")).await;
    assert_eq!(end.expect("closed within two seconds"), json!({"reason": "access"}));
    assert_eq!(client.packet().await.as_deref(), Some("41"));
}

#[tokio::test]
async fn d9_one_account_has_so_many_sockets_and_no_more() {
    let two = Two::new().await;
    let mut open = Vec::new();
    for _ in 0..64 {
        open.push(two.open(&two.b).await);
    }
    let mut one_more = Client::knock(&two.address).await;
    one_more.put(&format!("40{}", json!({"token": two.b}))).await;
    assert_eq!(one_more.packet().await.unwrap(), format!("44{}", json!({"message": "too_many"})));
    // Somebody else is not kept out, and who goes makes room.
    two.open(&two.a).await;
    open.pop();
    loop {
        let mut next = Client::knock(&two.address).await;
        next.put(&format!("40{}", json!({"token": two.b}))).await;
        if next.packet().await.unwrap().starts_with("40") {
            break;
        }
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_renewed_token_is_of_the_same_person() {
    let two = Two::new().await;
    let mut ben = two.open(&two.b).await;
    ben.refused("renew", json!({"token": two.a}), "invalid_token").await;
    let other = two.site.token(two.ben, "read").await;
    ben.done("renew", json!({"token": other})).await;
    let body = json!({"chat_id": two.chat, "client_id": "1", "text": "x"});
    ben.refused("chat.send", body, "outside_scopes").await;
}

#[tokio::test]
async fn z17_a_block_ends_a_chat_of_two_over_sockets_too() {
    let two = Two::new().await;
    two.say(&two.a, "before").await;
    let (mut ada, mut ben) = (two.open(&two.a).await, two.open(&two.b).await);
    relations::block(&two.site.world.app, two.ada, two.ben).await.unwrap();
    let body = json!({"chat_id": two.chat, "client_id": "1", "text": "still here?"});
    ben.refused("chat.send", body, "forbidden").await;
    ben.refused("chat.typing", json!({"chat_id": two.chat, "typing": true}), "forbidden").await;
    let seen = ben.done("watch_people", json!({"account_ids": [two.ada]})).await;
    assert_eq!(seen["presence"], json!([]));
    ada.settled().await;
    assert!(ada.heard("chat.message").is_empty() && ada.heard("chat.typing").is_empty());
}

#[tokio::test]
async fn z17_a_block_takes_presence_away_at_once_on_what_is_open() {
    let two = Two::new().await;
    two.say(&two.a, "hello").await;
    let (mut ada, mut ben) = (two.open(&two.a).await, two.open(&two.b).await);
    let (_, e) = two.site.person("eve").await;
    let mut eve = Client::open(&two.address, &e).await;
    for (client, who) in [(&mut ada, two.ben), (&mut ben, two.ada), (&mut eve, two.ada)] {
        // Who came a moment ago may be told as such: until it is so.
        client.done("watch_people", json!({"account_ids": [who]})).await;
        while !client.sees_online(who).await {}
        client.heard("presence");
    }
    let app = &two.site.world.app;
    relations::block(app, two.ada, two.ben).await.unwrap();
    let away = |who| json!({"account_id": who, "online": false, "last_seen_at": null});
    assert_eq!(ben.event("presence").await, away(two.ada));
    assert_eq!(ada.event("presence").await, away(two.ben), "and the other way round");
    // What the blocked does meanwhile is not told, and others see what they saw.
    ben.done("active", json!({"active": false})).await;
    ben.done("active", json!({"active": true})).await;
    eve.settled().await;
    assert!(eve.heard("presence").is_empty());
    relations::unblock(app, two.ada, two.ben).await.unwrap();
    let again = ben.event("presence").await;
    assert_eq!((&again["account_id"], &again["online"]), (&json!(two.ada), &json!(true)));
}

#[tokio::test]
async fn who_is_followed_no_more_sees_presence_no_more() {
    let two = Two::new().await;
    let site = &two.site;
    site.world.follow(two.ada, two.ben).await;
    let wish = json!({"who_sees_presence": "following"});
    let path = "/api/v1/accounts/update_credentials";
    site.json(http::Method::PATCH, path, &two.a, wish).await.ok();
    let (_ada, mut ben) = (two.open(&two.a).await, two.open(&two.b).await);
    ben.done("watch_people", json!({"account_ids": [two.ada]})).await;
    while !ben.sees_online(two.ada).await {}
    ben.heard("presence");
    relations::unfollow(&site.world.app, two.ada, two.ben).await.unwrap();
    site.world.settle().await;
    let told = ben.event("presence").await;
    assert_eq!(told, json!({"account_id": two.ada, "online": false, "last_seen_at": null}));
    site.world.follow(two.ada, two.ben).await;
    site.world.settle().await;
    assert_eq!(ben.event("presence").await["online"], true);
}

#[tokio::test]
async fn watching_people_is_bounded_however_often_one_asks() {
    let two = Two::new().await;
    let mut ben = two.open(&two.b).await;
    let ids: Vec<String> = (1..=400_u64).map(|id| (id << 16).to_string()).collect();
    ben.refused("watch_people", json!({"account_ids": ids[..201]}), "invalid").await;
    // Each question replaces the one before: a socket never watches more than one question may name.
    for part in ids.chunks(200).cycle().take(6) {
        ben.done("watch_people", json!({"account_ids": part})).await;
    }
    ben.done("watch_people", json!({"account_ids": [two.ada]})).await;
    let mut ada = two.open(&two.a).await;
    while ben.event("presence").await["account_id"] != json!(two.ada) {}
    ben.done("watch_people", json!({"account_ids": []})).await;
    ada.done("active", json!({"active": false})).await;
    ada.done("active", json!({"active": true})).await;
    ben.settled().await;
    assert!(ben.heard("presence").iter().all(|told| told["account_id"] == json!(two.ada)));
}

#[tokio::test]
async fn r_handshakes_from_one_address_are_counted() {
    let site = Site::with(Settings::default(), HttpOptions::default()).await;
    let mut refused = 0;
    for _ in 0..620 {
        let answer = site.get("/socket.io/?EIO=4&transport=polling", "").await;
        refused += u32::from(answer.status == 429);
    }
    assert_eq!(refused, 20);
}
