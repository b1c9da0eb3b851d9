//! The loop against clients that behave badly, over real sockets with short limits.

use std::time::Duration;

use axum::{
    extract::WebSocketUpgrade,
    routing::{get, post},
};
use futures::{SinkExt, StreamExt};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    sync::Notify,
};

use super::*;

mod abuse;

struct Running {
    address: SocketAddr,
    stop: CancellationToken,
    task: tokio::task::JoinHandle<()>,
}

fn options(change: impl FnOnce(&mut NetLimits)) -> NetOptions {
    let mut limits = NetLimits {
        header_bytes: 8 * 1024,
        header_count: 16,
        uri_bytes: 1024,
        header_timeout: Duration::from_millis(300),
        keep_alive: Duration::from_secs(2),
        body_idle_timeout: Duration::from_millis(300),
        request_timeout: Duration::from_secs(5),
        connections: 100,
        connections_per_address: 50,
        drain: Duration::from_secs(10),
    };
    change(&mut limits);
    NetOptions { limits, trusted_proxies: Vec::new(), https: false }
}

async fn start(router: Router, change: impl FnOnce(&mut NetLimits)) -> Running {
    let options = options(change);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let stop = CancellationToken::new();
    let task = tokio::spawn(serve(listener, router, options, stop.clone()));
    Running { address, stop, task }
}

fn hello() -> Router {
    Router::new()
        .route("/", get(|| async { "hello" }))
        .route("/echo", post(|body: String| async { body }))
}

/// Sends and reads until the server closes; fails if it does not close in time.
async fn talk(address: SocketAddr, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(bytes).await.unwrap();
    let mut answer = Vec::new();
    let read = stream.read_to_end(&mut answer);
    let _ = tokio::time::timeout(Duration::from_secs(10), read).await.expect("closed in time");
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test]
async fn d_1_silent_and_dripping_clients_are_closed() {
    let server = start(hello(), |_| {}).await;
    assert!(!talk(server.address, b"").await.contains("200"));
    assert!(!talk(server.address, b"GET / HTTP/1.1\r\nHo").await.contains("200"));
    let body =
        talk(server.address, b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 50\r\n\r\nabc")
            .await;
    assert!(!body.contains("200 OK"), "{body}");
    let good =
        talk(server.address, b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").await;
    assert!(good.ends_with("hello") && good.contains("x-content-type-options: nosniff"), "{good}");
}

/// Reads one answer of `hello`.
async fn one_answer(stream: &mut TcpStream) -> String {
    let mut answer = String::new();
    let mut buffer = [0; 1024];
    while !answer.ends_with("hello") {
        let read = stream.read(&mut buffer).await.unwrap();
        assert!(read > 0, "{answer}");
        answer.push_str(&String::from_utf8_lossy(&buffer[..read]));
    }
    answer
}

#[tokio::test]
async fn d_1_a_connection_may_rest_between_requests_and_a_begun_head_may_not() {
    let server = start(hello(), |_| {}).await;
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    let request = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    stream.write_all(request).await.unwrap();
    one_answer(&mut stream).await;
    // Twice as long as a head may take, without a word.
    let closed = tokio::time::timeout(Duration::from_millis(600), stream.read_u8()).await;
    assert!(closed.is_err(), "it rests");
    stream.write_all(request).await.unwrap();
    one_answer(&mut stream).await;
    let begun = Instant::now();
    stream.write_all(b"GET / HTTP/1.1\r\nHo").await.unwrap();
    let mut rest = Vec::new();
    let read = tokio::time::timeout(Duration::from_secs(10), stream.read_to_end(&mut rest)).await;
    let _ = read.expect("closed in time");
    assert!(begun.elapsed() < Duration::from_secs(2), "sooner than one that rests");
    // And rest has an end, too.
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    stream.write_all(request).await.unwrap();
    one_answer(&mut stream).await;
    let mut rest = Vec::new();
    let read = tokio::time::timeout(Duration::from_secs(10), stream.read_to_end(&mut rest)).await;
    let _ = read.expect("closed in time");
}

#[tokio::test]
async fn a_socket_whose_client_speaks_is_not_taken_for_a_head_that_does_not_end() {
    let echo = |upgrade: WebSocketUpgrade| async {
        upgrade.on_upgrade(|mut socket| async move {
            while let Some(Ok(frame)) = socket.recv().await {
                let _ = socket.send(frame).await;
            }
        })
    };
    let server = start(Router::new().route("/", get(echo)), |_| {}).await;
    let url = format!("ws://{}/", server.address);
    let (mut socket, _) = tokio_tungstenite::connect_async(url).await.unwrap();
    let hello = tokio_tungstenite::tungstenite::Message::text("hello");
    socket.send(hello.clone()).await.unwrap();
    assert_eq!(socket.next().await.unwrap().unwrap(), hello);
    // Twice as long as a head may take.
    let closed = tokio::time::timeout(Duration::from_millis(600), socket.next()).await;
    assert!(closed.is_err(), "it was closed");
    socket.send(hello.clone()).await.unwrap();
    assert_eq!(socket.next().await.unwrap().unwrap(), hello);
}

#[tokio::test]
async fn d_8_smuggling_is_refused() {
    let server = start(hello(), |_| {}).await;
    for request in [
        "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
        "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
        "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nX: a\0b\r\n\r\n",
    ] {
        let answer = talk(server.address, request.as_bytes()).await;
        assert!(answer.starts_with("HTTP/1.1 400"), "{request:?}: {answer}");
    }
    let many = "X: y\r\n".repeat(20);
    let answer = talk(server.address, format!("GET / HTTP/1.1\r\n{many}\r\n").as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 431"), "{answer}");
}

#[tokio::test]
async fn one_address_has_only_so_many_connections() {
    let server = start(hello(), |limits| {
        limits.connections_per_address = 2;
        limits.header_timeout = Duration::from_secs(20);
    })
    .await;
    let _held = [
        TcpStream::connect(server.address).await.unwrap(),
        TcpStream::connect(server.address).await.unwrap(),
    ];
    assert_eq!(talk(server.address, b"").await, "");
}

#[tokio::test]
async fn f_34_a_panic_costs_one_request() {
    async fn boom() -> &'static str {
        panic!("on purpose")
    }
    let server = start(hello().route("/boom", get(boom)), |_| {}).await;
    let answer =
        talk(server.address, b"GET /boom HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").await;
    assert!(answer.starts_with("HTTP/1.1 500") && answer.contains("request_id"), "{answer}");
    assert!(!answer.contains("on purpose"));
    let answer =
        talk(server.address, b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").await;
    assert!(answer.contains("200 OK"));
}

#[tokio::test]
async fn f_26_a_stop_lets_requests_in_flight_finish() {
    let (entered, leave) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let slow = {
        let (entered, leave) = (entered.clone(), leave.clone());
        get(move || async move {
            entered.notify_one();
            leave.notified().await;
            "finished"
        })
    };
    let server = start(hello().route("/slow", slow), |_| {}).await;
    let request = tokio::spawn(talk(server.address, b"GET /slow HTTP/1.1\r\nHost: a\r\n\r\n"));
    entered.notified().await;
    server.stop.cancel();
    leave.notify_one();
    assert!(request.await.unwrap().ends_with("finished"));
    server.task.await.unwrap();
    assert!(TcpStream::connect(server.address).await.is_err(), "nobody listens any more");
}
