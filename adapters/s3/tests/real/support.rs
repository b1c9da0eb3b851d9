//! Places of tests, and a server that says one thing to everybody.

use std::{
    io::{Read, Write},
    net::TcpListener,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};

use s3_adapter::S3Blobs;
use url::Url;

use crate::server::Server;

/// A prefix that no other test has.
pub struct Place {
    pub url: Url,
    _server: Option<Arc<Server>>,
}

impl Place {
    /// The same with another parameter.
    pub fn with(&self, name: &str, value: &str) -> String {
        let mut url = self.url.clone();
        url.query_pairs_mut().append_pair(name, value);
        url.into()
    }
}

/// One on the operator's server, or on our own.
pub fn place() -> Place {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let name = format!("test-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
    match std::env::var("SOCIOSPHERE_TEST_S3_URL") {
        Ok(url) => {
            let mut url = Url::parse(&url).expect("SOCIOSPHERE_TEST_S3_URL is a URL");
            url.set_path(&name);
            Place { url, _server: None }
        }
        Err(_) => {
            let server = Server::shared();
            let url = Url::parse(&server.url(&name)).expect("it is a URL");
            Place { url, _server: Some(server) }
        }
    }
}

/// Blobs in a place of their own.
pub async fn open() -> (Arc<S3Blobs>, Place) {
    let place = place();
    let blobs = S3Blobs::open(place.url.as_str()).await.expect("the server is there");
    (Arc::new(blobs), place)
}

/// A server that answers each request by what the function makes of its first line; its URL.
pub fn says(answer: impl Fn(&str) -> String + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has free ports");
    let port = listener.local_addr().expect("it is bound").port();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            let mut asked = Vec::new();
            let mut buffer = [0; 4096];
            while !asked.windows(4).any(|end| end == b"\r\n\r\n") {
                match stream.read(&mut buffer) {
                    Ok(read) if read > 0 => asked.extend_from_slice(&buffer[..read]),
                    _ => break,
                }
            }
            let asked = String::from_utf8_lossy(&asked).into_owned();
            // What comes after the head is read, too: a client that still sends would not hear the answer.
            let length = asked.lines().find_map(|line| {
                let (name, value) = line.split_once(": ")?;
                name.eq_ignore_ascii_case("content-length").then(|| value.parse::<usize>().ok())?
            });
            let head = asked.find("\r\n\r\n").map_or(asked.len(), |end| end + 4);
            let mut left = length.unwrap_or(0).saturating_sub(asked.len() - head);
            while left > 0 {
                match stream.read(&mut buffer) {
                    Ok(read) if read > 0 => left = left.saturating_sub(read),
                    _ => break,
                }
            }
            let answer = answer(asked.lines().next().unwrap_or_default());
            let _ = stream.write_all(answer.as_bytes());
        }
    });
    format!("s3://key:secret@media/prefix?endpoint=http://127.0.0.1:{port}")
}

/// An answer with an error of S3's kind.
pub fn refusal(status: &str, code: &str) -> String {
    page(
        status,
        &format!(
            "<?xml version=\"1.0\"?><Error><Code>{code}</Code><Message>so it is</Message></Error>"
        ),
    )
}

/// An answer with a body.
pub fn page(status: &str, body: &str) -> String {
    let length = body.len();
    format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}")
}
