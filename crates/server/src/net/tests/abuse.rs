//! Clients that are slow on purpose, and a stop under load.

use std::sync::atomic::{AtomicUsize, Ordering};

use axum::response::sse::{Event, Sse};
use futures::StreamExt;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::*;

const CLOSE: &str = "Host: a\r\nConnection: close\r\n\r\n";

#[tokio::test]
async fn d_8_a_request_with_a_transfer_encoding_is_the_last_of_its_connection() {
    let server = start(hello(), |_| {}).await;
    for both in [
        "Content-Length: 5\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding: chunked\r\nContent-Length: 5",
    ] {
        let smuggled = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
        let request =
            format!("POST /echo HTTP/1.1\r\nHost: a\r\n{both}\r\n\r\n0\r\n\r\n{smuggled}");
        let answer = talk(server.address, request.as_bytes()).await;
        assert_eq!(answer.matches("HTTP/1.1 ").count(), 1, "{both}: {answer}");
    }
}

#[tokio::test]
async fn u_8_a_body_that_drips_is_given_up() {
    let server = start(hello(), |_| {}).await;
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    let head = b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n";
    stream.write_all(head).await.unwrap();
    let (mut read, mut write) = stream.into_split();
    // Never silent for as long as the limit on silence.
    let drip = tokio::spawn(async move {
        let mut beat = tokio::time::interval(Duration::from_millis(50));
        while write.write_all(b"x").await.is_ok() {
            beat.tick().await;
        }
    });
    let mut answer = Vec::new();
    let ended = read.read_to_end(&mut answer);
    let _ = tokio::time::timeout(Duration::from_secs(5), ended).await.expect("given up in time");
    assert!(!String::from_utf8_lossy(&answer).contains("200 OK"));
    drip.abort();
}

#[tokio::test]
async fn a_handler_that_pauses_does_not_make_its_client_silent() {
    let (entered, leave) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let slow = {
        let (entered, leave) = (entered.clone(), leave.clone());
        post(move |body: Body| async move {
            let mut body = body.into_data_stream();
            let first = body.next().await.unwrap().unwrap();
            entered.notify_one();
            leave.notified().await;
            match body.next().await.unwrap() {
                Ok(second) => format!("{} and {}", first.len(), second.len()),
                Err(error) => error.to_string(),
            }
        })
    };
    let server = start(Router::new().route("/slow", slow), |_| {}).await;
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    let head = format!("POST /slow HTTP/1.1\r\nContent-Length: 6\r\n{CLOSE}abc");
    stream.write_all(head.as_bytes()).await.unwrap();
    entered.notified().await;
    // The limit on silence passes while nobody listens: there is no answer, and no end.
    let early = tokio::time::timeout(Duration::from_millis(400), stream.read_u8()).await;
    assert!(early.is_err(), "{early:?}");
    leave.notify_one();
    stream.write_all(b"def").await.unwrap();
    let mut answer = String::new();
    let read = stream.read_to_string(&mut answer);
    tokio::time::timeout(Duration::from_secs(5), read).await.expect("answered").unwrap();
    assert!(answer.ends_with("3 and 3"), "{answer}");
}

#[tokio::test]
async fn d_1_a_client_that_never_reads_is_closed() {
    struct Told(Arc<Notify>);
    impl Drop for Told {
        fn drop(&mut self) {
            self.0.notify_one();
        }
    }
    let dropped = Arc::new(Notify::new());
    let told = dropped.clone();
    let endless = get(move || async move {
        let told = Told(told);
        Body::from_stream(futures::stream::repeat_with(move || {
            let _held = &told;
            Ok::<_, Infallible>(bytes::Bytes::from_static(&[0; 64 * 1024]))
        }))
    });
    let server = start(Router::new().route("/endless", endless), |_| {}).await;
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    stream.write_all(b"GET /endless HTTP/1.1\r\nHost: a\r\n\r\n").await.unwrap();
    tokio::time::timeout(Duration::from_secs(5), dropped.notified()).await.expect("closed in time");
}

#[tokio::test]
async fn long_addresses_are_refused() {
    let server = start(hello(), |_| {}).await;
    let get = |length: usize| format!("GET /?{} HTTP/1.1\r\n{CLOSE}", "a".repeat(length - 2));
    assert!(talk(server.address, get(1024).as_bytes()).await.starts_with("HTTP/1.1 200"));
    assert!(talk(server.address, get(1025).as_bytes()).await.starts_with("HTTP/1.1 414"));
}

#[tokio::test]
async fn r_1_proxies_are_trusted_on_sockets_of_both_families() {
    let who = get(|client: axum::Extension<ClientAddr>| async move { client.0.0.to_string() });
    let mut options = options(|_| {});
    options.trusted_proxies = vec!["127.0.0.0/8".parse().unwrap()];
    // An IPv4 client of a socket for both families has an address like ::ffff:127.0.0.1.
    let listener = TcpListener::bind("[::]:0").await.unwrap();
    let address = SocketAddr::from(([127, 0, 0, 1], listener.local_addr().unwrap().port()));
    let stop = CancellationToken::new();
    let router = Router::new().route("/", who);
    tokio::spawn(serve(listener, router, options, stop.clone()));
    let forwarded = format!("GET / HTTP/1.1\r\nX-Forwarded-For: 9.9.9.9\r\n{CLOSE}");
    assert!(talk(address, forwarded.as_bytes()).await.ends_with("\r\n9.9.9.9"));
    assert!(
        talk(address, format!("GET / HTTP/1.1\r\n{CLOSE}").as_bytes())
            .await
            .ends_with("\r\n127.0.0.1")
    );
}

#[tokio::test]
async fn f_26_a_stop_ends_event_streams_without_waiting_for_the_drain() {
    let events = get(|| async {
        Sse::new(
            futures::stream::once(async { Ok::<_, Infallible>(Event::default().data("first")) })
                .chain(futures::stream::pending()),
        )
    });
    let server = start(Router::new().route("/events", events), |_| {}).await;
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    stream.write_all(b"GET /events HTTP/1.1\r\nHost: a\r\n\r\n").await.unwrap();
    let mut seen = Vec::new();
    while !String::from_utf8_lossy(&seen).contains("first") {
        assert_ne!(stream.read_buf(&mut seen).await.unwrap(), 0);
    }
    server.stop.cancel();
    let read = stream.read_to_end(&mut seen);
    tokio::time::timeout(Duration::from_secs(5), read).await.expect("ended").unwrap();
    assert!(seen.ends_with(b"0\r\n\r\n"), "the stream ends as a whole answer");
    tokio::time::timeout(Duration::from_secs(5), server.task).await.expect("no drain").unwrap();
}

/// One request on a connection; `None` where the server took no connection or ended an unused one.
async fn again(stream: &mut TcpStream) -> Option<bool> {
    stream.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").await.ok()?;
    let mut answer = Vec::new();
    while !answer.ends_with(b"hello") {
        if stream.read_buf(&mut answer).await.ok()? == 0 {
            return None;
        }
    }
    Some(String::from_utf8_lossy(&answer).contains("connection: close"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn f_26_no_request_fails_when_the_server_stops_under_load() {
    let server = start(hello(), |_| {}).await;
    let (served, lost) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let mut clients = tokio::task::JoinSet::new();
    for _ in 0..30 {
        let (served, lost, address) = (served.clone(), lost.clone(), server.address);
        clients.spawn(async move {
            // Until nobody listens any more.
            while let Ok(mut stream) = TcpStream::connect(address).await {
                loop {
                    match again(&mut stream).await {
                        Some(last) => {
                            served.fetch_add(1, Ordering::Relaxed);
                            if last {
                                break;
                            }
                        }
                        None => {
                            lost.fetch_add(1, Ordering::Relaxed);
                            break;
                        }
                    }
                }
            }
        });
    }
    while served.load(Ordering::Relaxed) < 2_000 {
        tokio::task::yield_now().await;
    }
    server.stop.cancel();
    tokio::time::timeout(Duration::from_secs(10), server.task).await.expect("stopped").unwrap();
    let ended = clients.join_all();
    tokio::time::timeout(Duration::from_secs(5), ended).await.expect("clients end with the server");
    assert_eq!(lost.load(Ordering::Relaxed), 0, "of {}", served.load(Ordering::Relaxed));
}
