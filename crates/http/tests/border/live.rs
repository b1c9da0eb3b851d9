//! Live streams over a real listener: what clients hear, how frames look, and when streams close.

use std::time::Duration;

use futures::{SinkExt, StreamExt};
use serde_json::{Value, json};
use social::{app::Settings, reactions, sessions};
use sociosphere_http::HttpOptions;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    time::timeout,
};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{Error, Message, client::IntoClientRequest},
};

use crate::client::Site;

pub type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// How long a test waits for what must come.
const SOON: Duration = Duration::from_secs(5);

pub async fn listen(site: &Site) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = site.router.clone();
    tokio::spawn(async move { axum::serve(listener, router).await });
    address.to_string()
}

pub async fn connect(address: &str, query: &str) -> Socket {
    connect_async(format!("ws://{address}/api/v1/streaming{query}")).await.unwrap().0
}

pub async fn frame(socket: &mut Socket) -> Value {
    loop {
        let message = timeout(SOON, socket.next()).await.expect("a frame comes").unwrap().unwrap();
        if let Message::Text(text) = message {
            return serde_json::from_str(&text).unwrap();
        }
    }
}

async fn say(socket: &mut Socket, message: Value) {
    socket.send(Message::text(message.to_string())).await.unwrap();
}

/// Waits until what was said before is done: an unknown stream is refused in order.
async fn settled(socket: &mut Socket) {
    say(socket, json!({"type": "subscribe", "stream": "nothing"})).await;
    assert_eq!(frame(socket).await, json!({"error": "Unknown stream type", "status": 400}));
}

pub async fn closes(mut socket: Socket) {
    let end = async {
        while let Some(message) = socket.next().await {
            if matches!(message, Ok(Message::Close(_)) | Err(_)) {
                return;
            }
        }
    };
    timeout(Duration::from_secs(2), end).await.expect("the stream closes within two seconds");
}

#[tokio::test]
async fn a_home_hears_posts_edits_deletions_and_notifications() {
    let site = Site::new().await;
    let address = listen(&site).await;
    let (ada, a) = site.person("ada").await;
    let (bob, b) = site.person("bob").await;
    site.world.follow(bob, ada).await;
    site.world.settle().await;
    let mut socket = connect(&address, &format!("?stream=user&access_token={b}")).await;
    let id = site.world.post(ada, "live").await.post.id;
    site.world.settle().await;
    let update = frame(&mut socket).await;
    assert_eq!((&update["stream"], &update["event"]), (&json!(["user"]), &json!("update")));
    let post: Value = serde_json::from_str(update["payload"].as_str().unwrap()).unwrap();
    assert_eq!((&post["id"], &post["favourited"]), (&json!(id.to_string()), &json!(false)));

    let path = format!("/api/v1/statuses/{id}");
    site.json(http::Method::PUT, &path, &a, json!({"status": "edited"})).await.ok();
    site.world.settle().await;
    assert_eq!(frame(&mut socket).await["event"], "status.update");

    let mine = site.world.post(bob, "mine").await.post.id;
    site.world.settle().await;
    assert_eq!(frame(&mut socket).await["event"], "update");
    // What the policy holds back is told to no stream: the next frame is the like.
    let policy = json!({"for_not_following": "filter"});
    site.json(http::Method::PATCH, "/api/v2/notifications/policy", &b, policy).await.ok();
    let (eve, _) = site.person("eve").await;
    reactions::like(&site.world.app, eve, mine).await.unwrap();
    site.world.settle().await;
    reactions::like(&site.world.app, ada, mine).await.unwrap();
    site.world.settle().await;
    let told = frame(&mut socket).await;
    assert_eq!(told["event"], "notification");
    let told: Value = serde_json::from_str(told["payload"].as_str().unwrap()).unwrap();
    assert_eq!((&told["type"], &told["account"]["acct"]), (&json!("favourite"), &json!("ada")));

    site.call(http::Method::DELETE, &path, &a).await.ok();
    site.world.settle().await;
    let gone = frame(&mut socket).await;
    assert_eq!((&gone["event"], &gone["payload"]), (&json!("delete"), &json!(id.to_string())));
}

#[tokio::test]
async fn one_socket_carries_many_streams_and_only_what_its_viewer_may_see() {
    let site = Site::new().await;
    let address = listen(&site).await;
    let (ada, _) = site.person("ada").await;
    let (eve, _) = site.person("eve").await;
    let (bob, b) = site.person("bob").await;
    let mut socket = connect(&address, &format!("?access_token={b}")).await;
    say(&mut socket, json!({"type": "subscribe", "stream": "public:local"})).await;
    say(&mut socket, json!({"type": "subscribe", "stream": "public:local"})).await;
    say(&mut socket, json!({"type": "subscribe", "stream": "hashtag", "tag": "Größe"})).await;
    settled(&mut socket).await;
    say(&mut socket, json!({"type": "subscribe", "stream": "hashtag"})).await;
    let refused = json!({"error": "Missing tag name parameter", "status": 400});
    assert_eq!(frame(&mut socket).await, refused);

    // Blocked: not even on the public stream.
    social::relations::block(&site.world.app, bob, eve).await.unwrap();
    site.world.post(eve, "unwanted #größe").await;
    site.world.post(ada, "wanted #GRÖSSE or #größe").await;
    site.world.settle().await;
    let mut streams = Vec::new();
    for _ in 0..2 {
        let update = frame(&mut socket).await;
        assert!(update["payload"].as_str().unwrap().contains("wanted"));
        assert!(!update["payload"].as_str().unwrap().contains("unwanted"));
        streams.push(update["stream"].clone());
    }
    assert!(streams.contains(&json!(["public:local"])), "{streams:?}");
    assert!(streams.contains(&json!(["hashtag", "Größe"])), "{streams:?}");

    say(&mut socket, json!({"type": "unsubscribe", "stream": "public:local"})).await;
    settled(&mut socket).await;
    site.world.post(ada, "plain").await;
    site.world.post(ada, "tagged #größe").await;
    site.world.settle().await;
    assert!(frame(&mut socket).await["payload"].as_str().unwrap().contains("tagged"));
}

#[tokio::test]
async fn the_subprotocol_is_answered_and_a_bad_token_is_refused_at_the_handshake() {
    let site = Site::new().await;
    let address = listen(&site).await;
    let (_, token) = site.person("ada").await;
    let mut request =
        format!("ws://{address}/api/v1/streaming?stream=user").into_client_request().unwrap();
    request.headers_mut().insert("sec-websocket-protocol", token.parse().unwrap());
    let (_, answer) = connect_async(request).await.unwrap();
    assert_eq!(answer.headers()["sec-websocket-protocol"], token);
    for query in ["", "?access_token=wrong", "?stream=public"] {
        let refused = connect_async(format!("ws://{address}/api/v1/streaming{query}")).await;
        match refused {
            Err(Error::Http(answer)) => assert_eq!(answer.status(), 401, "{query}"),
            other => panic!("{query}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn a19_a20_streams_close_when_their_token_session_or_account_ends() {
    let site = Site::new().await;
    let address = listen(&site).await;
    let app = &site.world.app;
    let (ada, token) = site.person("ada").await;
    let own = sessions::open_session(app, ada, "browser").await.unwrap();
    let by_token = connect(&address, &format!("?stream=user&access_token={token}")).await;
    let by_session =
        connect(&address, &format!("?stream=user&access_token={}", own.access_token)).await;
    // Without a nudge, too: nothing settles here.
    sessions::end_device(app, ada, own.session).await.unwrap();
    closes(by_session).await;
    social::accounts::suspend(app, ada).await.unwrap();
    closes(by_token).await;
}

#[tokio::test]
async fn scopes_hold_on_streams() {
    let site = Site::new().await;
    let address = listen(&site).await;
    let ada = site.world.person("ada").await;
    let narrow = site.token(ada, "read:notifications").await;
    let mut socket = connect(&address, &format!("?access_token={narrow}")).await;
    say(&mut socket, json!({"type": "subscribe", "stream": "user"})).await;
    assert_eq!(frame(&mut socket).await["status"], 401);
    let writer = site.token(ada, "write").await;
    let refused =
        connect_async(format!("ws://{address}/api/v1/streaming?access_token={writer}")).await;
    assert!(matches!(refused, Err(Error::Http(answer)) if answer.status() == 403));
    // Named in the address, the stream is refused before anything opens; as events too.
    let refused =
        connect_async(format!("ws://{address}/api/v1/streaming?stream=user&access_token={narrow}"))
            .await;
    assert!(matches!(refused, Err(Error::Http(answer)) if answer.status() == 403));
    let answer = site.get("/api/v1/streaming/user", &narrow).await;
    assert_eq!(answer.status, 403);
    assert_eq!(answer.json()["error"], "This action is outside the authorized scopes");
}

#[tokio::test]
async fn f_26_a_stop_says_goodbye_to_every_socket() {
    let options = HttpOptions { rate_limits: false, ..HttpOptions::default() };
    let site = Site::with(Settings::default(), options.clone()).await;
    let address = listen(&site).await;
    let (_, token) = site.person("ada").await;
    let mut socket = connect(&address, &format!("?stream=user&access_token={token}")).await;
    settled(&mut socket).await;
    options.stop.cancel();
    let message = timeout(SOON, socket.next()).await.expect("a goodbye").unwrap().unwrap();
    let Message::Close(Some(frame)) = message else { panic!("{message:?}") };
    assert_eq!(u16::from(frame.code), 1001);
    while let Some(Ok(_)) = socket.next().await {}
    options.sockets.close();
    timeout(SOON, options.sockets.wait()).await.expect("nobody is left");
}

/// What a raw connection says, up to and with some bytes.
async fn heard(stream: &mut TcpStream, until: &[u8]) -> Vec<u8> {
    let mut heard = Vec::new();
    while !heard.windows(until.len()).any(|part| part == until) {
        let read = timeout(SOON, stream.read_buf(&mut heard)).await.expect("bytes come").unwrap();
        assert_ne!(read, 0, "{}", String::from_utf8_lossy(&heard));
    }
    heard
}

/// Some time passes at once.
async fn passes(time: Duration) {
    tokio::time::pause();
    tokio::time::advance(time).await;
    tokio::time::resume();
}

#[tokio::test]
async fn a_quiet_stream_shows_that_it_lives_and_who_does_not_answer_is_gone() {
    let (thump, ping) = (Duration::from_secs(15), Duration::from_secs(30));
    let site = Site::new().await;
    let address = listen(&site).await;
    let (_, token) = site.person("ada").await;
    let path = format!("GET /api/v1/streaming/user?access_token={token} HTTP/1.1\r\nHost: x\r\n");
    let mut events = TcpStream::connect(&address).await.unwrap();
    events.write_all(format!("{path}\r\n").as_bytes()).await.unwrap();
    heard(&mut events, b":)\n").await;
    passes(thump).await;
    heard(&mut events, b":thump\n").await;
    passes(thump).await;
    heard(&mut events, b":thump\n").await;

    let mut lively = connect(&address, &format!("?stream=user&access_token={token}")).await;
    settled(&mut lively).await;
    let mut silent = TcpStream::connect(&address).await.unwrap();
    let path = path.replace("streaming/user", "streaming");
    let upgrade = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
                   Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    silent.write_all(format!("{path}{upgrade}").as_bytes()).await.unwrap();
    heard(&mut silent, b"\r\n\r\n").await;
    for _ in 0..3 {
        passes(ping).await;
        let message = timeout(SOON, lively.next()).await.expect("a ping").unwrap().unwrap();
        assert!(matches!(message, Message::Ping(_)), "{message:?}");
        // Its answer goes out with the next word.
        settled(&mut lively).await;
    }
    // Asked once, and not again: a goodbye, and the end.
    let mut rest = Vec::new();
    timeout(SOON, silent.read_to_end(&mut rest)).await.expect("its end").unwrap();
    assert_eq!(rest, [0x89, 0, 0x88, 0]);
}

#[tokio::test]
async fn server_sent_events_carry_the_same() {
    let site = Site::new().await;
    let address = listen(&site).await;
    let (ada, token) = site.person("ada").await;
    let mut stream = TcpStream::connect(&address).await.unwrap();
    let request = format!(
        "GET /api/v1/streaming/public/local HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let begun = heard(&mut stream, b":)\n").await;
    let begun = String::from_utf8_lossy(&begun);
    assert!(begun.contains("content-type: text/event-stream"), "{begun}");
    site.world.post(ada, "over sse").await;
    site.world.settle().await;
    let told = heard(&mut stream, b"\n\n\r\n").await;
    let told = String::from_utf8_lossy(&told);
    assert!(told.contains("event: update\ndata: {\"id\":"), "{told}");
    for (path, status) in [
        ("/api/v1/streaming/nothing", 400),
        ("/api/v1/streaming/hashtag", 400),
        ("/api/v1/streaming", 400),
    ] {
        let answer = site.get(path, &token).await;
        assert_eq!(answer.status, status, "{path}");
    }
    let unknown = site.get("/api/v1/streaming/nothing", &token).await.json();
    assert_eq!(unknown["error"], "Unknown channel requested");
    assert_eq!(site.get("/api/v1/streaming/user", "").await.status, 401);
    assert_eq!(site.get("/api/v1/streaming/health", "").await.ok().text(), "OK");
}

#[tokio::test]
async fn an_account_has_so_many_streams_and_no_more() {
    let site = Site::new().await;
    let address = listen(&site).await;
    let (_, token) = site.person("ada").await;
    let mut open = Vec::new();
    for _ in 0..64 {
        open.push(connect(&address, &format!("?access_token={token}")).await);
    }
    let refused =
        connect_async(format!("ws://{address}/api/v1/streaming?access_token={token}")).await;
    assert!(matches!(refused, Err(Error::Http(answer)) if answer.status() == 429));
}
