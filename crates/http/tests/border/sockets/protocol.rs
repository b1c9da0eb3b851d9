//! The protocol by hand: handshakes, polling, the upgrade, and packets that are none.

use axum::body::Body;
use http::{Method, Request, StatusCode};
use serde_json::{Value, json};
use social::apps;

use super::{Client, Two};
use crate::client::{Answer, Site};

const ROOT: &str = "/socket.io/?EIO=4&transport=polling";

async fn poll(site: &Site, sid: &str) -> Answer {
    let request = Request::get(format!("{ROOT}&sid={sid}")).body(Body::empty()).unwrap();
    site.send(request).await
}

async fn push(site: &Site, sid: &str, packets: &str) -> Answer {
    let request = Request::post(format!("{ROOT}&sid={sid}"))
        .header("content-type", "text/plain;charset=UTF-8")
        .body(Body::from(packets.to_owned()))
        .unwrap();
    site.send(request).await
}

/// Engine.IO's handshake by polling: the session's id.
async fn knock(site: &Site) -> String {
    let answer = site.get(ROOT, "").await.ok();
    let open: Value = serde_json::from_str(&answer.text()[1..]).unwrap();
    open["sid"].as_str().unwrap().to_owned()
}

/// Signed in by polling: the session's id, and what came until `ready`.
async fn enter(site: &Site, token: &str) -> String {
    let sid = knock(site).await;
    let answer = push(site, &sid, &format!("40{}", json!({"token": token}))).await.ok();
    assert_eq!(answer.text(), "ok");
    let mut heard = String::new();
    while !heard.contains("\"ready\"") {
        heard.push_str(&poll(site, &sid).await.ok().text());
    }
    assert!(heard.starts_with("40{\"sid\":"), "{heard}");
    sid
}

#[tokio::test]
async fn polling_alone_carries_everything() {
    let two = Two::new().await;
    let answer = two.site.get(ROOT, "").await.ok();
    let open: Value = serde_json::from_str(&answer.text()[1..]).unwrap();
    assert_eq!((&open["upgrades"], &open["maxPayload"]), (&json!(["websocket"]), &json!(131_072)));
    assert_eq!(answer.header("cache-control"), "private, no-store");
    assert_eq!(answer.header("x-accel-buffering"), "no");
    assert_eq!(answer.header("access-control-allow-origin"), "");
    let sid = enter(&two.site, &two.b).await;
    two.say(&two.a, "by polling").await;
    let mut heard = String::new();
    while !heard.contains("chat.message") {
        heard.push_str(&poll(&two.site, &sid).await.ok().text());
    }
    assert!(heard.contains("by polling"), "{heard}");
    // Two packets in one request, and both acknowledged.
    let body = json!({"chat_id": two.chat, "number": 1});
    let packets = format!("4217{}\u{1e}4218{}", json!(["chat.read", body]), json!(["nothing", {}]));
    push(&two.site, &sid, &packets).await.ok();
    let mut heard = String::new();
    while !heard.contains("4318") {
        heard.push_str(&poll(&two.site, &sid).await.ok().text());
    }
    assert!(heard.contains(r#"4317[{"read_number":1,"ok":true}]"#), "{heard}");
}

#[tokio::test]
async fn a_session_of_polling_becomes_a_websocket() {
    let two = Two::new().await;
    // The router that is called here is the one that listens.
    let sid = enter(&two.site, &two.b).await;
    let url = format!("ws://{}/socket.io/?EIO=4&transport=websocket&sid={sid}", two.address);
    let (socket, _) = tokio_tungstenite::connect_async(url).await.unwrap();
    let mut client = Client { socket, asked: 0, heard: Default::default() };
    client.put("2probe").await;
    assert_eq!(client.packet().await.as_deref(), Some("3probe"));
    client.put("5").await;
    two.say(&two.a, "after the upgrade").await;
    let told = client.event("chat.message").await;
    assert_eq!(told["message"]["number"], 1);
    assert_eq!(
        client.done("chat.read", json!({"chat_id": two.chat, "number": 1})).await["read_number"],
        1
    );
}

#[tokio::test]
async fn c4_a_foreign_origin_is_refused_whatever_it_brings() {
    let two = Two::new().await;
    for origin in ["https://evil.example", "null", "http://localhost.evil.example"] {
        let request = Request::get(ROOT).header("origin", origin).header("cookie", "a=b");
        let answer = two.site.send(request.body(Body::empty()).unwrap()).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{origin}");
        let mut request =
            tokio_tungstenite::tungstenite::client::IntoClientRequest::into_client_request(
                format!("ws://{}/socket.io/?EIO=4&transport=websocket", two.address),
            )
            .unwrap();
        request.headers_mut().insert("origin", origin.parse().unwrap());
        assert!(tokio_tungstenite::connect_async(request).await.is_err(), "{origin}");
    }
    let own = two.site.world.app.settings.public_url.clone();
    let request = Request::get(ROOT).header("origin", own).body(Body::empty()).unwrap();
    two.site.send(request).await.ok();
}

#[tokio::test]
async fn a_bad_token_is_a_connect_error() {
    let two = Two::new().await;
    let app = apps::issue(&two.site.world.app, None, None, &"read".parse().unwrap(), None).await;
    let app = app.unwrap().token;
    let profile = two.site.token(two.ada, "profile").await;
    for (auth, word) in [
        (json!({"token": "nonsense"}), "invalid_token"),
        (json!({"token": ""}), "invalid_token"),
        (json!({"token": "a b"}), "invalid_token"),
        (json!({"token": 7}), "invalid_token"),
        (json!({"token": "x".repeat(5_000)}), "invalid_token"),
        (json!({}), "invalid_token"),
        (json!({"token": app}), "invalid_token"),
        (json!({"token": profile}), "outside_scopes"),
    ] {
        let mut client = Client::knock(&two.address).await;
        client.put(&format!("40{auth}")).await;
        let answer = client.packet().await.unwrap();
        assert_eq!(answer, format!("44{}", json!({"message": word})), "{auth}");
        // Z-16: what comes before the handshake is done reaches nobody.
        client.put(&format!("42{}", json!(["chat.send", {"chat_id": two.chat}]))).await;
        client.ends().await;
    }
    let mut silent = Client::knock(&two.address).await;
    silent.put("40").await;
    assert!(silent.packet().await.unwrap().contains("invalid_token"));
}

#[tokio::test]
async fn d12_packets_that_are_none_end_the_connection_and_nothing_else() {
    let two = Two::new().await;
    for packet in [
        "",
        "9",
        "4",
        "x",
        "42",
        "42[",
        "42{}",
        "42[{}]",
        "42[7]",
        "42[]",
        "42[null]",
        "451-[\"chat.send\",{\"_placeholder\":true,\"num\":0}]",
        "451-",
        "459999999999-[\"a\"]",
        "42/none,",
        "4299999999999999999999999[\"a\"]",
        "44{}",
        "4\u{0}",
        "6",
        "0{}",
    ] {
        let mut client = two.open(&two.b).await;
        client.put(packet).await;
        // Either it is closed, or it was harmless and the socket goes on.
        client.put("42991[\"nothing\",{}]").await;
        loop {
            match client.packet().await {
                None => break,
                Some(answer) if answer.starts_with("43991") => break,
                Some(_) => {}
            }
        }
    }
    let mut deep = two.open(&two.b).await;
    deep.put(&format!("42[\"a\",{}{}]", "[".repeat(5_000), "]".repeat(5_000))).await;
    deep.put("42992[\"nothing\",{}]").await;
    while deep.packet().await.is_some_and(|packet| !packet.starts_with("43992")) {}
    // The process lives, and others go on.
    two.open(&two.a).await.settled().await;
}

#[tokio::test]
async fn d9_what_is_too_large_is_refused_by_both_transports() {
    let two = Two::new().await;
    let text = "x".repeat(200 << 10);
    let mut client = two.open(&two.b).await;
    client.put(&format!("421{}", json!(["chat.send", {"text": text}]))).await;
    client.ends().await;
    let sid = enter(&two.site, &two.b).await;
    let answer =
        push(&two.site, &sid, &format!("421{}", json!(["chat.send", {"text": text}]))).await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test]
async fn requests_that_fit_no_session_are_400() {
    let two = Two::new().await;
    let sid = knock(&two.site).await;
    for (method, query) in [
        (Method::GET, String::new()),
        (Method::GET, "?EIO=4".to_owned()),
        (Method::GET, "?EIO=3&transport=polling".to_owned()),
        (Method::GET, "?EIO=4&transport=carrier-pigeon".to_owned()),
        (Method::GET, "?EIO=4&transport=polling&sid=AAAAAAAAAAAAAAAA".to_owned()),
        (Method::GET, "?EIO=4&transport=polling&sid=x".to_owned()),
        (Method::POST, "?EIO=4&transport=polling".to_owned()),
        (Method::POST, "?EIO=4&transport=polling&sid=AAAAAAAAAAAAAAAA".to_owned()),
        (Method::PUT, format!("?EIO=4&transport=polling&sid={sid}")),
        (Method::DELETE, format!("?EIO=4&transport=polling&sid={sid}")),
    ] {
        let answer = two.site.call(method.clone(), &format!("/socket.io/{query}"), "").await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{method} {query}");
    }
    // With or without the slash it is the same server.
    two.site.get("/socket.io?EIO=4&transport=polling", "").await.ok();
}

#[tokio::test]
async fn every_event_is_acknowledged_and_errors_say_what_is_wrong() {
    let two = Two::new().await;
    // Who opened the chat: the other is in it from the first message on.
    let mut client = two.open(&two.a).await;
    for (name, body, code) in [
        ("nothing", json!({}), "bad_request"),
        ("chat", json!({}), "bad_request"),
        ("join", json!({"room": "live:own:1"}), "bad_request"),
        ("chat.message", json!({"chat_id": two.chat}), "bad_request"),
        ("chat.send", json!("text"), "malformed_body"),
        ("chat.send", json!([]), "malformed_body"),
        ("chat.send", Value::Null, "malformed_body"),
        ("chat.send", json!({}), "not_found"),
        ("chat.send", json!({"chat_id": "x"}), "not_found"),
        ("chat.send", json!({"chat_id": two.chat, "client_id": "1"}), "invalid"),
        ("chat.send", json!({"chat_id": two.chat, "text": "a"}), "invalid"),
        ("chat.send", json!({"chat_id": two.chat, "text": {"a": 1}}), "invalid"),
        ("chat.read", json!({"chat_id": two.chat}), "invalid"),
        ("chat.read", json!({"chat_id": two.chat, "number": -1}), "invalid"),
        ("chat.delivered", json!({"chat_id": two.chat, "number": "many"}), "invalid"),
        ("chat.typing", json!({"chat_id": two.chat}), "invalid"),
        ("follow", json!({}), "bad_request"),
        ("follow", json!({"stream": "user"}), "bad_request"),
        ("follow", json!({"stream": "hashtag"}), "bad_request"),
        ("unfollow", json!({"stream": "live:public"}), "bad_request"),
        ("watch", json!({}), "invalid"),
        ("watch", json!({"status_ids": vec!["1"; 81]}), "invalid"),
        ("watch_people", json!({"account_ids": vec!["1"; 201]}), "invalid"),
        ("resume", json!({"chats": vec![json!({"id": "1", "number": 0}); 201]}), "invalid"),
        ("resume", json!({"chats": 7}), "invalid"),
        ("renew", json!({"token": "x"}), "invalid_token"),
        ("active", json!({"active": "perhaps"}), "invalid"),
    ] {
        client.refused(name, body, code).await;
    }
    // Without a body, and without wanting an answer.
    client.put("4299[\"chat.send\"]").await;
    client.put("42[\"nothing\",{}]").await;
    let answer = loop {
        let packet = client.packet().await.unwrap();
        if packet.starts_with("4399") {
            break packet;
        }
    };
    assert!(answer.contains("malformed_body"), "{answer}");
    client.settled().await;
}

#[tokio::test]
async fn d9_who_says_too_much_is_refused_and_at_last_put_out() {
    let two = Two::new().await;
    let mut client = two.open(&two.b).await;
    let mut codes = Vec::new();
    for so_far in (50..=200).step_by(50) {
        for _ in 0..50 {
            client.send("active", json!({"active": true})).await;
        }
        while codes.len() < so_far {
            let packet = client.packet().await.unwrap();
            if let Some(rest) = packet.strip_prefix("43") {
                codes.push(rest.contains("too_many"));
                assert_eq!(rest.contains("retry_after_s"), rest.contains("too_many"), "{rest}");
            }
        }
    }
    assert!(codes.iter().filter(|refused| **refused).count() > 50, "a burst is bounded");
    assert!(!codes[0], "the first of them are followed");
    for _ in 0..2_000 {
        client.put("42[\"active\",{}]").await;
    }
    while client.packet().await.unwrap() != "41" {}
}
