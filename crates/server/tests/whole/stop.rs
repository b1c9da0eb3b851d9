//! SIGTERM under load: whoever asked is answered, whoever listens is told, and the process ends well.

use std::{
    collections::HashSet,
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc,
    },
    thread,
    time::Duration,
};

use serde_json::Value;
use tokio_tungstenite::tungstenite::{Message, connect};

use crate::support::{Server, head, outcome, person};

/// How many people are there at once.
const CLIENTS: usize = 32;

/// A connection that is kept.
struct Kept {
    stream: BufReader<TcpStream>,
    /// Whether a request was answered on it: before, the server may never have known of it.
    known: bool,
}

impl Kept {
    /// `None` when nobody listens any more.
    fn open(address: SocketAddr) -> Option<Kept> {
        let stream = TcpStream::connect(address).ok()?;
        stream.set_read_timeout(Some(Duration::from_secs(20))).expect("a time");
        Some(Kept { stream: BufReader::new(stream), known: false })
    }

    /// The status and the body, and whether the connection goes on.
    fn ask(&mut self, request: &str) -> std::io::Result<(u16, Value, bool)> {
        self.stream.get_mut().write_all(request.as_bytes())?;
        let (mut length, mut goes_on) = (0, true);
        let mut line = String::new();
        if self.stream.read_line(&mut line)? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        let status = line.split_whitespace().nth(1).and_then(|s| s.parse().ok()).unwrap_or(0);
        loop {
            let mut line = String::new();
            self.stream.read_line(&mut line)?;
            let line = line.trim().to_ascii_lowercase();
            match line.split_once(": ") {
                Some(("content-length", value)) => length = value.parse().unwrap_or(0),
                Some(("connection", "close")) => goes_on = false,
                Some(_) => {}
                None => break,
            }
        }
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body)?;
        self.known = true;
        Ok((status, serde_json::from_slice(&body).unwrap_or(Value::Null), goes_on))
    }
}

/// Writes and reads in turn until nobody listens any more. Says what was acknowledged and what was attempted.
fn client(
    address: SocketAddr,
    token: &str,
    name: usize,
    stopping: &AtomicBool,
    warm: &mpsc::Sender<()>,
) -> (Vec<(String, String)>, Vec<String>) {
    let (mut acked, mut attempted) = (Vec::new(), Vec::new());
    let mut kept = Kept::open(address).expect("the server is there");
    for number in 0.. {
        if number == 6 {
            warm.send(()).expect("the test waits for it");
        }
        let text = format!("marker c{name}n{number}");
        let request = if number % 2 == 0 {
            let body = serde_json::json!({ "status": text }).to_string();
            attempted.push(text.clone());
            head("POST", "/api/v1/statuses", token, &text, "keep-alive", &body) + &body
        } else {
            head("GET", "/api/v1/timelines/home", token, "", "keep-alive", "")
        };
        match kept.ask(&request) {
            Ok((200, answer, goes_on)) => {
                if number % 2 == 0 {
                    acked.push((answer["id"].as_str().expect("an id").to_owned(), text));
                }
                if goes_on {
                    continue;
                }
            }
            Ok((status, answer, _)) => panic!("{status}: {answer}"),
            // A connection that waited to be taken when nobody took them any more: refused, a little later.
            Err(_) if !kept.known && stopping.load(Ordering::SeqCst) => {}
            Err(error) => panic!("a request in flight failed: {error}"),
        }
        match Kept::open(address) {
            Some(next) => kept = next,
            None => break,
        }
    }
    assert!(stopping.load(Ordering::SeqCst), "refused before the stop");
    (acked, attempted)
}

#[test]
fn f_26_sigterm_under_load_fails_no_request_and_loses_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("data");
    let token = person(&data, "ada");
    let mut server = Server::start(&data);
    let address = server.address;

    let (mut socket, _) =
        connect(format!("ws://{address}/api/v1/streaming?stream=user&access_token={token}"))
            .expect("a socket");
    let mut events = TcpStream::connect(address).expect("the server is there");
    let asked = head("GET", "/api/v1/streaming/public/local", &token, "", "keep-alive", "");
    events.write_all(asked.as_bytes()).expect("asked");
    let listener = thread::spawn(move || {
        let mut heard = String::new();
        events.read_to_string(&mut heard).map(|_| heard)
    });

    let stopping = Arc::new(AtomicBool::new(false));
    let (warm, are_warm) = mpsc::channel();
    let clients: Vec<_> = (0..CLIENTS)
        .map(|name| {
            let (token, stopping, warm) = (token.clone(), stopping.clone(), warm.clone());
            thread::spawn(move || client(address, &token, name, &stopping, &warm))
        })
        .collect();
    for _ in 0..CLIENTS {
        are_warm.recv_timeout(Duration::from_secs(60)).expect("every client is under way");
    }
    stopping.store(true, Ordering::SeqCst);
    server.terminate();
    let (mut acked, mut attempted) = (Vec::new(), HashSet::new());
    for client in clients {
        let (some, tried) = client.join().expect("every request was answered");
        acked.extend(some);
        attempted.extend(tried);
    }
    let goodbye = loop {
        match socket.read().expect("a frame") {
            Message::Close(Some(frame)) => break frame,
            Message::Close(None) => panic!("a goodbye without a word"),
            _ => {}
        }
    };
    assert_eq!(u16::from(goodbye.code), 1001);
    // The answer to it goes out with the next read, which ends the connection.
    while socket.read().is_ok() {}
    let heard = listener.join().expect("a listener").expect("the stream ends, it is not cut");
    assert!(heard.contains("event: update") && heard.ends_with("0\r\n\r\n"), "{heard}");
    assert!(server.ended().success());

    assert!(acked.len() >= CLIENTS * 3);
    let server = Server::start(&data);
    server.audit(&token, &acked, &attempted);
    server.kill();
}

#[test]
fn two_processes_do_not_share_a_data_folder() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("data");
    let token = person(&data, "ada");
    let server = Server::start(&data);
    let second = outcome(&data, &["--listen", "127.0.0.1:0"]);
    assert!(!second.status.success());
    let said = String::from_utf8_lossy(&second.stderr);
    assert!(said.contains("store = sqlite:") && said.contains("another process"), "{said}");
    server.post(&token, "marker: the first goes on").expect("it serves");
    server.kill();
}
