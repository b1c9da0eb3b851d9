//! Faults of the whole binary: it is killed while people write, and nothing that it acknowledged is lost.

use std::{
    collections::HashSet,
    io::{Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    path::Path,
    process::{Child, Command, Stdio},
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use serde_json::Value;

/// How often the server is killed.
const ROUNDS: usize = 20;
/// How many people write at once.
const WRITERS: usize = 4;

/// A running server.
struct Server {
    child: Child,
    address: SocketAddr,
}

impl Server {
    fn start(data: &Path) -> Server {
        let probe = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = probe.local_addr().expect("a bound socket has an address");
        drop(probe);
        let child = binary(data)
            .args(["--listen", &address.to_string(), "--set", "rate_limits=false"])
            .stdout(Stdio::null())
            .spawn()
            .expect("the binary starts");
        let mut server = Server { child, address };
        let started = Instant::now();
        while server.request("GET", "/health", "", "", "").is_none_or(|(status, _)| status != 200) {
            assert!(started.elapsed() < Duration::from_secs(30), "the server does not come up");
            assert!(server.child.try_wait().expect("a child").is_none(), "the server ended");
            thread::sleep(Duration::from_millis(5));
        }
        server
    }

    /// SIGKILL: no chance to finish anything.
    fn kill(mut self) {
        self.child.kill().expect("the server can be killed");
        self.child.wait().expect("a child");
    }

    fn request(
        &self,
        method: &str,
        path: &str,
        token: &str,
        key: &str,
        body: &str,
    ) -> Option<(u16, Value)> {
        request(self.address, method, path, token, key, body)
    }
}

fn binary(data: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sociosphere"));
    command.arg("--data").arg(data).stderr(Stdio::inherit());
    command
}

/// What a command of the operator prints.
fn command(data: &Path, arguments: &[&str]) -> String {
    let output = binary(data).args(arguments).output().expect("the binary runs");
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

/// One request on a connection of its own; `None` if no whole answer came.
fn request(
    address: SocketAddr,
    method: &str,
    path: &str,
    token: &str,
    key: &str,
    body: &str,
) -> Option<(u16, Value)> {
    let mut stream = TcpStream::connect(address).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(20))).ok()?;
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nAuthorization: Bearer {token}\r\n\
         Idempotency-Key: {key}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).ok()?;
    stream.write_all(body.as_bytes()).ok()?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).ok()?;
    let text = String::from_utf8(answer).ok()?;
    let (head, body) = text.split_once("\r\n\r\n")?;
    let status = head.split_whitespace().nth(1)?.parse().ok()?;
    Some((status, serde_json::from_str(body).unwrap_or(Value::Null)))
}

#[test]
fn f_1_twenty_kills_under_writes_lose_nothing_that_was_acknowledged() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("data");
    command(
        &data,
        &[
            "account",
            "create",
            "--handle",
            "ada",
            "--email",
            "ada@example.org",
            "--password",
            "correct horse battery",
            "--confirmed",
        ],
    );
    let token = command(&data, &["token", "create", "--account", "ada", "--scopes", "read write"]);
    let (mut acked, mut attempted) = (Vec::new(), HashSet::new());
    for round in 0..ROUNDS {
        let server = Server::start(&data);
        let (report, reports) = mpsc::channel();
        let writers: Vec<_> = (0..WRITERS)
            .map(|writer| {
                let (report, token, address) = (report.clone(), token.clone(), server.address);
                thread::spawn(move || {
                    for post in 0.. {
                        let text = format!("marker r{round}w{writer}p{post}");
                        let body = serde_json::json!({ "status": text }).to_string();
                        let _ = report.send((text.clone(), None));
                        match request(address, "POST", "/api/v1/statuses", &token, &text, &body) {
                            Some((200, status)) => {
                                let id = status["id"].as_str().map(str::to_owned);
                                let _ = report.send((text, id));
                            }
                            Some((code, answer)) => panic!("{code}: {answer}"),
                            // Killed.
                            None => return,
                        }
                    }
                })
            })
            .collect();
        drop(report);
        // A different moment in each round, counted in answers and not in time.
        let mut left = 3 + round % 7;
        let mut server = Some(server);
        for (text, id) in reports {
            attempted.insert(text.clone());
            let Some(id) = id else { continue };
            acked.push((id, text));
            left = left.saturating_sub(1);
            if left == 0
                && let Some(server) = server.take()
            {
                server.kill();
            }
        }
        for writer in writers {
            writer.join().expect("a writer saw no answer but 200");
        }
    }
    audit(&data, &token, &acked, &attempted);
}

/// Acked ⊆ stored ⊆ attempted, nothing twice, counts exact, the outbox empty, search = posts.
fn audit(data: &Path, token: &str, acked: &[(String, String)], attempted: &HashSet<String>) {
    let server = Server::start(data);
    let settled = command(data, &["jobs", "settle"]);
    assert!(settled.contains("settled"), "{settled}");
    assert!(command(data, &["jobs", "list"]).contains("given up 0"));
    assert!(command(data, &["verify"]).contains("sound"));
    let get = |path: &str| {
        let (status, body) = server.request("GET", path, token, "", "").expect("an answer");
        assert_eq!(status, 200, "{path}: {body}");
        body
    };
    let me = get("/api/v1/accounts/verify_credentials");
    let mut stored: Vec<(String, String)> = Vec::new();
    loop {
        let below = stored.last().map_or(String::new(), |(id, _)| format!("&max_id={id}"));
        let id = me["id"].as_str().expect("an id");
        let page = get(&format!("/api/v1/accounts/{id}/statuses?limit=40{below}"));
        let page = page.as_array().expect("a list");
        if page.is_empty() {
            break;
        }
        for status in page {
            let text = status["content"].as_str().expect("a text");
            let text = text.trim_start_matches("<p>").trim_end_matches("</p>").to_owned();
            stored.push((status["id"].as_str().expect("an id").to_owned(), text));
        }
    }
    let ids: HashSet<_> = stored.iter().map(|(id, _)| id.as_str()).collect();
    let texts: HashSet<_> = stored.iter().map(|(_, text)| text.as_str()).collect();
    assert_eq!(texts.len(), stored.len(), "a post is there twice");
    for (id, text) in acked {
        assert!(ids.contains(id.as_str()), "{text} was acknowledged and is lost");
    }
    assert!(texts.iter().all(|text| attempted.contains(*text)), "a post that nobody wrote");
    assert_eq!(me["statuses_count"].as_u64(), Some(stored.len() as u64));
    let mut found = 0;
    loop {
        let path = format!("/api/v2/search?q=marker&type=statuses&limit=40&offset={found}");
        let page = get(&path)["statuses"].as_array().map_or(0, Vec::len);
        if page == 0 {
            break;
        }
        found += page;
    }
    assert_eq!(found, stored.len(), "search finds every post, and no other");
    assert!(acked.len() >= ROUNDS * 3);
    server.kill();
}
