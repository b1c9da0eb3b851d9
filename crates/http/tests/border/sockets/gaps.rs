//! What comes after a gap, who reads too slowly, who is here, and two processes over one bus.

use std::time::Duration;

use graph::Id;
use serde_json::{Value, json};
use social::{accounts::model::Account, relations};
use sociosphere_http::{HttpOptions, router};

use super::{Client, Two};

/// A second process: a hub of its own over the same store, bus and cache.
async fn second_process(two: &Two) -> String {
    let options = HttpOptions { rate_limits: false, ..HttpOptions::default() };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let router = router(two.site.world.app.clone(), options).unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

/// What a client has of a chat, as ours keeps it.
#[derive(Default)]
struct Held {
    number: u64,
    mark: Option<String>,
    texts: Vec<String>,
}

impl Held {
    /// Takes what was heard, each number once and in order.
    fn take(&mut self, told: &Value) {
        let number = told["message"]["number"].as_u64().unwrap();
        self.mark = Some(told["mark"].as_str().unwrap().to_owned());
        if number <= self.number {
            return;
        }
        assert_eq!(number, self.number + 1, "no gap");
        self.number = number;
        self.texts.push(told["message"]["content"].as_str().unwrap().to_owned());
    }

    async fn resume(&mut self, client: &mut Client, chat: &str) {
        let body = json!({"chats": [{"id": chat, "number": self.number, "mark": self.mark}]});
        let answer = client.done("resume", body).await;
        assert_eq!(answer["chats"][0]["resync"], false, "{answer}");
        // What was live before the answer came may be newer than what it brings.
        let mut heard = client.heard("chat.message");
        heard.sort_by_key(|told| told["message"]["number"].as_u64());
        heard.iter().for_each(|told| self.take(told));
        assert_eq!(answer["chats"][0]["number"], self.number);
    }
}

#[tokio::test]
async fn f24_whatever_is_cut_every_message_comes_once_and_in_order() {
    let two = Two::new().await;
    let other = second_process(&two).await;
    let mut held = Held::default();
    let mut seed: u64 = 7;
    let mut chance = move |bound: u64| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) % bound
    };
    let mut sent = 0;
    for round in 0..12 {
        two.site.world.advance(Duration::from_secs(7));
        // Now on this process, now on that one.
        let address = if round % 2 == 0 { &two.address } else { &other };
        let mut client = Client::open(address, &two.b).await;
        for _ in 0..chance(4) {
            sent += 1;
            two.say(&two.a, &format!("m{sent}")).await;
        }
        held.resume(&mut client, &two.chat).await;
        for _ in 0..chance(5) {
            sent += 1;
            two.say(&two.a, &format!("m{sent}")).await;
        }
        // Cut at any point: of what is under way some was read, and some was not.
        for _ in 0..chance(4) {
            if held.number < sent {
                let told = client.event("chat.message").await;
                held.take(&told);
            }
        }
        drop(client);
        for _ in 0..chance(6) {
            sent += 1;
            two.say(&two.a, &format!("m{sent}")).await;
        }
    }
    let mut client = two.open(&two.b).await;
    held.resume(&mut client, &two.chat).await;
    let wanted: Vec<_> = (1..=sent).map(|number| format!("<p>m{number}</p>")).collect();
    assert_eq!(held.texts, wanted);
}

#[tokio::test]
async fn changes_that_were_missed_come_once_each_and_too_many_are_a_resync() {
    let two = Two::new().await;
    let (one, gone) = (two.say(&two.a, "one").await, two.say(&two.a, "gone").await);
    let mut ben = two.open(&two.b).await;
    let body = json!({"chats": [{"id": two.chat, "number": 2}], "mark": "0"});
    let mark = ben.done("resume", body).await["chats"][0]["mark"].clone();
    drop(ben);
    two.site.world.advance(Duration::from_secs(60));
    let place =
        |message: &Value| two.path(&format!("messages/{}", message["id"].as_str().unwrap()));
    two.site.json(http::Method::PUT, &place(&one), &two.a, json!({"text": "first"})).await.ok();
    two.site.json(http::Method::PUT, &place(&one), &two.a, json!({"text": "uno"})).await.ok();
    two.site.call(http::Method::DELETE, &place(&gone), &two.a).await.ok();
    two.say(&two.a, "three").await;
    // Longer than clocks may differ: a mark of now covers all of this.
    two.site.world.advance(Duration::from_secs(60));
    let mut ben = two.open(&two.b).await;
    let held = json!({"id": two.chat, "number": 2, "mark": mark});
    let answer = ben.done("resume", json!({"chats": [held]})).await;
    assert_eq!(answer["feeds"], "resync");
    assert_eq!(
        (&answer["chats"][0]["resync"], &answer["chats"][0]["number"]),
        (&json!(false), &json!(3))
    );
    let new = ben.heard("chat.message");
    assert_eq!((new.len(), &new[0]["message"]["number"]), (1, &json!(3)));
    let changed = ben.heard("chat.changed");
    assert_eq!(changed.len(), 2, "{changed:?}");
    assert!(changed[0]["message"]["content"].as_str().unwrap().contains("uno"));
    assert_eq!(changed[1]["message"]["deleted"], true);
    // Nothing is new after that: the mark covers it.
    two.site.world.advance(Duration::from_secs(60));
    let held = json!({"id": two.chat, "number": 3, "mark": answer["chats"][0]["mark"]});
    let mut again = two.open(&two.b).await;
    let answer = again.done("resume", json!({"chats": [held.clone()]})).await;
    assert_eq!(answer["chats"][0]["number"], 3);
    assert!(again.heard("chat.changed").is_empty());
    for number in 0..201 {
        two.say(&two.a, &format!("many {number}")).await;
    }
    let answer = again.done("resume", json!({"chats": [held]})).await;
    assert_eq!(answer["chats"][0]["resync"], true);
}

#[tokio::test]
async fn two_processes_over_one_bus_tell_the_same() {
    let two = Two::new().await;
    let other = second_process(&two).await;
    let (mut here, mut there) = (two.open(&two.b).await, Client::open(&other, &two.a).await);
    let body = json!({"chat_id": two.chat, "client_id": "1", "text": "across"});
    there.done("chat.send", body).await;
    assert_eq!(here.event("chat.message").await["message"]["number"], 1);
    here.done("chat.read", json!({"chat_id": two.chat, "number": 1})).await;
    assert_eq!(there.event("chat.read").await["number"], 1);
}

#[tokio::test]
async fn d9_f23_a_reader_that_reads_nothing_slows_nobody_and_is_told_to_read_again() {
    let two = Two::new().await;
    // Read by nobody: a few bytes of room on both sides, then the server's queue.
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.set_send_buffer_size(8 << 10).unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let listener = socket.listen(16).unwrap();
    let narrow = listener.local_addr().unwrap().to_string();
    let router = two.site.router.clone();
    tokio::spawn(async move { axum::serve(listener, router).await });
    let mut slow = Client::with_little_room(&narrow, &two.b).await;
    let mut quick = two.open(&two.b).await;
    let text = "long ".repeat(80);
    let mut number = 0;
    let mut heard = 0;
    while number < 600 {
        number += 1;
        let new = social::chats::NewMessage {
            text: format!("{number} {text}"),
            client_id: number.to_string(),
            ..social::chats::NewMessage::default()
        };
        let chat = two.chat.parse().unwrap();
        social::chats::send(&two.site.world.app, two.ada, chat, new).await.unwrap();
        while heard < number {
            heard = quick.event("chat.message").await["message"]["number"].as_u64().unwrap();
        }
    }
    assert_eq!(heard, number, "the other one heard everything");
    let resync = slow.event("resync").await;
    assert_eq!(resync["topics"], json!(["user", "chats"]));
    // What did come was in order, and from then on it is live again.
    let numbers: Vec<_> = slow
        .heard("chat.message")
        .iter()
        .map(|told| told["message"]["number"].as_u64().unwrap())
        .collect();
    assert!(numbers.is_sorted() && numbers.len() < 600, "{}", numbers.len());
    two.say(&two.a, "after all").await;
    while slow.event("chat.message").await["message"]["number"] != number + 1 {}
}

#[tokio::test]
async fn who_is_here_shows_and_who_crashed_is_away_within_thirty_seconds() {
    let two = Two::new().await;
    two.say(&two.a, "hello").await;
    let other = second_process(&two).await;
    let (_, e) = two.site.person("eve").await;
    let mut ben = two.open(&two.b).await;
    let seen = ben.done("watch_people", json!({"account_ids": [two.ada]})).await;
    let away = json!([{"account_id": two.ada, "online": false, "last_seen_at": null}]);
    assert_eq!(seen["presence"], away);
    let mut ada = Client::open(&other, &two.a).await;
    let came = ben.event("presence").await;
    assert_eq!((&came["account_id"], &came["online"]), (&json!(two.ada), &json!(true)));
    // Nobody looks at the tab.
    ada.done("active", json!({"active": false})).await;
    let went = ben.event("presence").await;
    assert_eq!(went["online"], false);
    assert!(went["last_seen_at"].is_string(), "{went}");
    ada.done("active", json!({"active": true})).await;
    assert_eq!(ben.event("presence").await["online"], true);
    // Two devices: one that goes takes nobody away.
    let second = two.open(&two.a).await;
    drop(ada);
    ben.done("chat.typing", json!({"chat_id": two.chat, "typing": false})).await;
    drop(second);
    while ben.event("presence").await["online"] != false {}
    // A crash says nothing: what was said holds for as long as it holds.
    social::live::beat(&two.site.world.app, &[two.ada]).await.unwrap();
    let path = format!("/api/sociosphere/v1/presence?id[]={}", two.ada);
    assert_eq!(two.site.get(&path, &two.b).await.ok().json()[0]["online"], true);
    two.site.world.advance(Duration::from_secs(21));
    assert_eq!(two.site.get(&path, &two.b).await.ok().json()[0]["online"], false);
    assert!(two.site.get(&path, &two.b).await.ok().json()[0]["last_seen_at"].is_string());
    two.site.world.advance(Duration::from_secs(7 * 24 * 3_600));
    assert_eq!(two.site.get(&path, &two.b).await.ok().json()[0]["last_seen_at"], Value::Null);
    // To whom it is shown.
    social::live::beat(&two.site.world.app, &[two.ada]).await.unwrap();
    let set = |token: String, who: &'static str| {
        let (site, form) = (&two.site, json!({"who_sees_presence": who}));
        let path = "/api/v1/accounts/update_credentials";
        async move { site.json(http::Method::PATCH, path, &token, form).await.ok() }
    };
    set(two.a.clone(), "following").await;
    assert_eq!(two.site.get(&path, &e).await.ok().json(), json!([]));
    assert_eq!(two.site.get(&path, &two.b).await.ok().json()[0]["online"], true);
    set(two.a.clone(), "nobody").await;
    assert_eq!(two.site.get(&path, &two.b).await.ok().json(), json!([]));
    set(two.a.clone(), "everyone").await;
    assert_eq!(two.site.get(&path, &e).await.ok().json()[0]["online"], true);
    set(two.b.clone(), "nobody").await;
    assert_eq!(two.site.get(&path, &two.b).await.ok().json(), json!([]), "and sees no others");
}

#[tokio::test]
async fn who_hides_that_they_are_here_or_blocks_is_away_at_once_for_who_saw_them() {
    let two = Two::new().await;
    let (mut ada, mut ben) = (two.open(&two.a).await, two.open(&two.b).await);
    let others = |who: Id<Account>| json!({"account_ids": [who]});
    let hidden =
        |who: Id<Account>| json!({"account_id": who, "online": false, "last_seen_at": null});
    let path = "/api/v1/accounts/update_credentials";
    let show = |who: &'static str| {
        let (site, token, form) = (&two.site, &two.a, json!({"who_sees_presence": who}));
        async move { site.json(http::Method::PATCH, path, token, form).await.ok() }
    };
    for (client, other) in [(&mut ben, two.ada), (&mut ada, two.ben)] {
        let seen = client.done("watch_people", others(other)).await;
        // Who just came is here in a moment.
        if seen["presence"][0]["online"] == false {
            assert_eq!(client.event("presence").await["online"], true);
        }
    }
    show("nobody").await;
    assert_eq!(ben.event("presence").await, hidden(two.ada));
    assert_eq!(ada.event("presence").await, hidden(two.ben), "and sees no others");
    show("everyone").await;
    assert_eq!(ben.event("presence").await["online"], true);
    assert_eq!(ada.event("presence").await["online"], true);
    relations::block(&two.site.world.app, two.ada, two.ben).await.unwrap();
    assert_eq!(ben.event("presence").await, hidden(two.ada));
    assert_eq!(ada.event("presence").await, hidden(two.ben));
}

#[tokio::test]
async fn the_server_stops_and_clients_are_closed_so_that_they_come_back() {
    let options = HttpOptions { rate_limits: false, ..HttpOptions::default() };
    let (stop, sockets) = (options.stop.clone(), options.sockets.clone());
    let site = crate::client::Site::with(social::app::Settings::default(), options).await;
    let address = crate::live::listen(&site).await;
    let (_, token) = site.person("ada").await;
    let mut client = Client::open(&address, &token).await;
    stop.cancel();
    sockets.close();
    client.ends().await;
    tokio::time::timeout(Duration::from_secs(5), sockets.wait()).await.expect("tasks end");
    assert!(client.heard("session.ended").is_empty(), "the session goes on elsewhere");
}
