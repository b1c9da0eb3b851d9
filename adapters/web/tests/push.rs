//! Pushing against servers of loopback: what arrives, what an answer means, and a canary that nothing may reach (S-11).

mod receiver;

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

use engine::push::{MOST_BYTES, Parcel, Push, PushError};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};
use web_adapter::{GuardedWeb, Permits};

use receiver::{Receiver, claims_of};

/// A push service of one answer; keeps the head and body of what came.
struct Service {
    end: SocketAddr,
    arrived: Arc<Mutex<Vec<Arrived>>>,
}

/// A head, and the body behind it.
type Arrived = (String, Vec<u8>);

impl Service {
    async fn new(answer: &'static str) -> Service {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let end = listener.local_addr().unwrap();
        let arrived = Arc::new(Mutex::new(Vec::new()));
        let kept = arrived.clone();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut bytes = Vec::new();
                let (head, length) = loop {
                    if stream.read_buf(&mut bytes).await.unwrap_or(0) == 0 {
                        break (String::new(), 0);
                    }
                    let Some(at) = bytes.windows(4).position(|four| four == b"\r\n\r\n") else {
                        continue;
                    };
                    let head = String::from_utf8_lossy(&bytes[..at]).into_owned();
                    let length = header(&head, "content-length").parse::<usize>().unwrap();
                    bytes.drain(..at + 4);
                    break (head, length);
                };
                while bytes.len() < length {
                    stream.read_buf(&mut bytes).await.unwrap();
                }
                kept.lock().unwrap().push((head, bytes));
                let _ = stream.write_all(answer.as_bytes()).await;
            }
        });
        Service { end, arrived }
    }

    fn arrived(&self) -> Vec<Arrived> {
        self.arrived.lock().unwrap().clone()
    }
}

fn header<'a>(head: &'a str, name: &str) -> &'a str {
    let found = head.lines().filter_map(|line| line.split_once(": "));
    found.filter(|one| one.0.eq_ignore_ascii_case(name)).map(|one| one.1).next().unwrap()
}

fn receiver() -> Receiver {
    Receiver::new(&[5; 32], &[6; 16])
}

fn parcel(endpoint: String) -> Parcel {
    Parcel {
        endpoint,
        key: receiver().public,
        auth: receiver().auth,
        content: "a word between us".into(),
        life: Duration::from_secs(3_600),
        urgent: true,
        sender: [7; 32],
        contact: "mailto:ada@example.org".to_owned(),
    }
}

fn opened(ends: Vec<SocketAddr>) -> GuardedWeb {
    GuardedWeb::new(Permits { ends, ..Permits::default() }, "test".to_owned()).unwrap()
}

#[tokio::test]
async fn what_is_pushed_is_sealed_and_says_who_sends() {
    let service = Service::new("HTTP/1.1 201 Created\r\ncontent-length: 0\r\n\r\n").await;
    let web = opened(vec![service.end]);
    for _ in 0..2 {
        web.send(parcel(format!("http://{}/push/secret", service.end))).await.unwrap();
    }
    let arrived = service.arrived();
    let (head, body) = &arrived[0];
    assert!(head.starts_with("POST /push/secret "), "{head}");
    let said = ["ttl", "urgency", "content-encoding"].map(|name| header(head, name));
    assert_eq!(said, ["3600", "high", "aes128gcm"]);
    assert_eq!(receiver().open(body).unwrap(), b"a word between us");
    assert_ne!(body, &arrived[1].1, "the same twice does not look the same");
    assert!(Receiver::new(&[8; 32], &[6; 16]).open(body).is_none(), "it is for nobody else");
    let (claims, key) = claims_of(header(head, "authorization"));
    assert_eq!(claims["aud"], format!("http://{}", service.end));
    assert_eq!(claims["sub"], "mailto:ada@example.org");
    assert!(claims["exp"].is_u64());
    assert_eq!(key, Receiver::new(&[7; 32], &[0; 16]).public);
}

#[tokio::test]
async fn an_answer_says_whether_it_is_gone_refused_or_away() {
    for (answer, meant) in [
        ("HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n", "gone"),
        ("HTTP/1.1 410 Gone\r\ncontent-length: 0\r\n\r\n", "gone"),
        ("HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n", "refused"),
        ("HTTP/1.1 413 Too Large\r\ncontent-length: 0\r\n\r\n", "refused"),
        ("HTTP/1.1 429 Too Many\r\ncontent-length: 0\r\n\r\n", "away"),
        ("HTTP/1.1 503 Unavailable\r\ncontent-length: 0\r\n\r\n", "away"),
        ("nonsense\r\n\r\n", "away"),
    ] {
        let service = Service::new(answer).await;
        let secret = format!("http://{}/push/secret", service.end);
        let error = opened(vec![service.end]).send(parcel(secret)).await.unwrap_err();
        let said = match &error {
            PushError::Gone(_) => "gone",
            PushError::Refused(_) => "refused",
            PushError::Away(_) => "away",
        };
        assert_eq!(said, meant, "{answer}");
        assert!(!error.to_string().contains("secret"), "an endpoint is its receiver's secret");
    }
}

#[tokio::test]
async fn s_11_nothing_is_pushed_to_addresses_that_are_not_public_nor_after_redirects() {
    let canary = Service::new("HTTP/1.1 201 Created\r\ncontent-length: 0\r\n\r\n").await;
    let port = canary.end.port();
    let closed = GuardedWeb::new(
        Permits { ports: vec![80, 443, port], ..Permits::default() },
        "test".to_owned(),
    )
    .unwrap();
    for host in ["127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "2130706433", "0.0.0.0"] {
        let answer = closed.send(parcel(format!("http://{host}:{port}/"))).await;
        assert!(matches!(answer, Err(PushError::Refused(_) | PushError::Away(_))), "{host}");
    }
    for endpoint in ["file:///etc/passwd", "gopher://x/", "http://10.0.0.1/", "http://a:b@x.org/"] {
        let answer = closed.send(parcel(endpoint.to_owned())).await;
        assert!(matches!(answer, Err(PushError::Refused(_))), "{endpoint}: {answer:?}");
    }
    let answer = format!(
        "HTTP/1.1 307 Elsewhere\r\nlocation: http://{}/\r\ncontent-length: 0\r\n\r\n",
        canary.end
    );
    let leads = Service::new(answer.leak()).await;
    let web = opened(vec![leads.end, canary.end]);
    let answer = web.send(parcel(format!("http://{}/", leads.end))).await;
    assert!(matches!(answer, Err(PushError::Refused(_))), "{answer:?}");
    assert_eq!(leads.arrived().len(), 1);
    assert!(canary.arrived().is_empty(), "nothing reached it, with a signature or without");
}

#[tokio::test]
async fn what_cannot_be_pushed_is_refused_before_anybody_is_asked() {
    let service = Service::new("HTTP/1.1 201 Created\r\ncontent-length: 0\r\n\r\n").await;
    let web = opened(vec![service.end]);
    let good = parcel(format!("http://{}/", service.end));
    for bad in [
        Parcel { key: vec![4; 65], ..good.clone() },
        Parcel { auth: vec![1; 15], ..good.clone() },
        Parcel { sender: [0; 32], ..good.clone() },
        Parcel { content: vec![b'x'; MOST_BYTES + 1].into(), ..good.clone() },
    ] {
        assert!(matches!(web.send(bad).await, Err(PushError::Refused(_))));
    }
    assert!(service.arrived().is_empty());
    web.send(Parcel { content: vec![b'x'; MOST_BYTES].into(), ..good }).await.unwrap();
    let (_, body) = &service.arrived()[0];
    assert!(body.len() <= 4_096, "every push service takes it");
}
