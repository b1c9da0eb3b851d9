//! What the tests share: a server as a child process, commands of the operator, and requests over plain sockets.

use std::{
    collections::HashSet,
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Output, Stdio},
    sync::atomic::{AtomicBool, Ordering},
    sync::mpsc,
    thread,
    time::Duration,
};

use graph::Id;
use serde_json::Value;
use server::{
    config::{Config, Inputs},
    instance::{self, Instance},
};
use social::{
    accounts::{self, SignUp, SignedUp, model::Account},
    app::App,
    apps,
};

/// The password of everybody here.
pub const PASSWORD: &str = "correct horse battery";

/// A running server; it is killed when the test ends.
pub struct Server {
    pub child: Child,
    pub address: SocketAddr,
    data: PathBuf,
}

impl Server {
    pub fn start(data: &Path) -> Server {
        Server::start_by(Command::new(env!("CARGO_BIN_EXE_sociosphere")), data)
    }

    /// Starts by a command that ends in the binary, and waits until it serves.
    pub fn start_by(mut command: Command, data: &Path) -> Server {
        let probe = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = probe.local_addr().expect("a bound socket has an address");
        drop(probe);
        // Tests ask more than people do; one that is about limits says so.
        if !command.get_args().any(|argument| argument == "rate_limits=true") {
            command.args(["--set", "rate_limits=false"]);
        }
        let mut child = command
            .arg("--data")
            .arg(data)
            .args(["--listen", &address.to_string()])
            .stdout(Stdio::piped())
            .spawn()
            .expect("the binary starts");
        let mut lines = BufReader::new(child.stdout.take().expect("piped")).lines();
        let serves = lines.by_ref().map_while(Result::ok).any(|line| line.contains("is at http"));
        assert!(serves, "the server ended: {:?}", child.wait());
        // Nobody would read the rest, and a full pipe would stop the server.
        thread::spawn(move || lines.for_each(drop));
        Server { child, address, data: data.to_owned() }
    }

    /// SIGTERM: finish what is in hand.
    pub fn terminate(&self) {
        let done = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status();
        assert!(done.expect("kill runs").success());
    }

    /// How the server ended.
    pub fn ended(&mut self) -> ExitStatus {
        self.child.wait().expect("a child")
    }

    /// SIGKILL: no chance to finish anything.
    pub fn kill(mut self) {
        self.child.kill().expect("the server can be killed");
        self.ended();
    }

    /// One request; `None` if no whole answer came.
    pub fn request(
        &self,
        method: &str,
        path: &str,
        token: &str,
        key: &str,
        body: &str,
    ) -> Option<(u16, Value)> {
        request(self.address, method, path, token, key, body)
    }

    /// What is there, which must be there.
    #[track_caller]
    pub fn get(&self, path: &str, token: &str) -> Value {
        let (status, body) = self.request("GET", path, token, "", "").expect("an answer");
        assert_eq!(status, 200, "{path}: {body}");
        body
    }

    /// Publishes; the id, or what was said instead.
    pub fn post(&self, token: &str, text: &str) -> Result<String, (u16, Value)> {
        let body = serde_json::json!({ "status": text }).to_string();
        let key = text.get(..60).unwrap_or(text);
        match self.request("POST", "/api/v1/statuses", token, key, &body).expect("an answer") {
            (200, status) => Ok(status["id"].as_str().expect("an id").to_owned()),
            refused => Err(refused),
        }
    }

    /// Acknowledged ⊆ stored ⊆ attempted, nothing twice, counts exact, the outbox empty, search = posts. The posts are
    /// those of the token's account, and every text has the word "marker".
    pub fn audit(&self, token: &str, acked: &[(String, String)], attempted: &HashSet<String>) {
        let settled = command(&self.data, &["jobs", "settle"]);
        assert!(settled.contains("settled"), "{settled}");
        assert!(command(&self.data, &["jobs", "list"]).contains("given up 0"));
        assert!(command(&self.data, &["verify"]).contains("sound"));
        let me = self.get("/api/v1/accounts/verify_credentials", token);
        let mut stored: Vec<(String, String)> = Vec::new();
        loop {
            let below = stored.last().map_or(String::new(), |(id, _)| format!("&max_id={id}"));
            let id = me["id"].as_str().expect("an id");
            let page = self.get(&format!("/api/v1/accounts/{id}/statuses?limit=40{below}"), token);
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
            let page = self.get(&path, token)["statuses"].as_array().map_or(0, Vec::len);
            if page == 0 {
                break;
            }
            found += page;
        }
        assert_eq!(found, stored.len(), "search finds every post, and no other");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The binary on a data folder.
pub fn binary(data: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sociosphere"));
    command.arg("--data").arg(data);
    command
}

/// What a command of the operator did.
pub fn outcome(data: &Path, arguments: &[&str]) -> Output {
    binary(data).args(arguments).output().expect("the binary runs")
}

/// What a command of the operator prints.
#[track_caller]
pub fn command(data: &Path, arguments: &[&str]) -> String {
    let output = outcome(data, arguments);
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

/// An account with a token for everything, made while no server runs.
pub fn person(data: &Path, handle: &str) -> String {
    let email = format!("{handle}@example.org");
    let who = ["--handle", handle, "--email", &email, "--password", PASSWORD, "--confirmed"];
    command(data, &[&["account", "create"], &who[..]].concat());
    command(data, &["token", "create", "--account", handle, "--scopes", "read write"])
}

/// An instance on a data folder, with these settings beside the defaults; no server runs on it.
pub async fn opened(data: &Path, more: &[(&str, &str)]) -> Instance {
    let mut flags = vec![("data".to_owned(), data.display().to_string())];
    flags.extend(more.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())));
    let config = Config::load(&Inputs { flags, ..Inputs::default() }).expect("good settings");
    instance::open(&config).await.expect("an instance")
}

/// Somebody who takes part, by the product's own verbs, and a token of theirs.
pub async fn member(app: &App, handle: &str) -> (Id<Account>, String) {
    let who = SignUp {
        handle: handle.to_owned(),
        email: format!("{handle}@example.org"),
        password: PASSWORD.to_owned(),
        agreement: true,
        by_operator: Some((Default::default(), true)),
        ..SignUp::default()
    };
    let SignedUp::Ready(id) = accounts::sign_up(app, who).await.expect("well-formed") else {
        panic!("an operator's account is ready at once")
    };
    let Ok(scopes) = "read write follow".parse() else { panic!("scopes of ours") };
    let token = apps::issue(app, None, Some(id), &scopes, None).await.expect("a token").token;
    (id, token)
}

/// One request on a connection of its own; `None` if no whole answer came.
pub fn request(
    address: SocketAddr,
    method: &str,
    path: &str,
    token: &str,
    key: &str,
    body: &str,
) -> Option<(u16, Value)> {
    let mut stream = TcpStream::connect(address).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(20))).ok()?;
    stream.write_all(head(method, path, token, key, "close", body).as_bytes()).ok()?;
    stream.write_all(body.as_bytes()).ok()?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).ok()?;
    let text = String::from_utf8(answer).ok()?;
    let (head, body) = text.split_once("\r\n\r\n")?;
    let status = head.split_whitespace().nth(1)?.parse().ok()?;
    Some((status, serde_json::from_str(body).unwrap_or(Value::Null)))
}

/// The head of a request.
pub fn head(
    method: &str,
    path: &str,
    token: &str,
    key: &str,
    connection: &str,
    body: &str,
) -> String {
    let bearer =
        if token.is_empty() { String::new() } else { format!("Authorization: Bearer {token}\r\n") };
    format!(
        "{method} {path} HTTP/1.1\r\nHost: here\r\nConnection: {connection}\r\n{bearer}Idempotency-Key: {key}\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        body.len()
    )
}

/// Writes posts until it is told to stop, each acknowledged one with its text; nothing but 200 is an answer.
pub fn write_on(
    address: SocketAddr,
    token: String,
    name: String,
    stop: &'static AtomicBool,
) -> mpsc::Receiver<(String, String)> {
    let (report, acked) = mpsc::channel();
    thread::spawn(move || {
        for number in 0.. {
            if stop.load(Ordering::Relaxed) {
                return;
            }
            let text = format!("marker {name} {number}");
            let body = serde_json::json!({ "status": text }).to_string();
            match request(address, "POST", "/api/v1/statuses", &token, &text, &body) {
                Some((200, status)) => {
                    let id = status["id"].as_str().unwrap_or_default().to_owned();
                    if report.send((id, text)).is_err() {
                        return;
                    }
                }
                other => panic!("{other:?}"),
            }
        }
    });
    acked
}

/// An answer with its bytes.
pub struct Answer {
    pub status: u16,
    pub head: String,
    pub body: Vec<u8>,
}

impl Answer {
    /// A header, in the form that the server sent.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().skip(1).find_map(|line| {
            let (known, value) = line.split_once(':')?;
            known.eq_ignore_ascii_case(name).then_some(value.trim())
        })
    }

    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|_| panic!("{}\n{}", self.head, String::from_utf8_lossy(&self.body)))
    }
}

/// One request of any bytes on a connection of its own, with more header lines (each ends in `\r\n`).
pub fn send(address: SocketAddr, method: &str, path: &str, lines: &str, body: &[u8]) -> Answer {
    let mut stream = TcpStream::connect(address).expect("somebody listens");
    let patience = Some(Duration::from_secs(60));
    stream.set_read_timeout(patience).expect("a timeout can be set");
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n{lines}Content-Length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body)).expect("it is taken");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).expect("it answers");
    let end = answer.windows(4).position(|end| end == b"\r\n\r\n").expect("it has a head");
    let body = answer.split_off(end + 4);
    let head = String::from_utf8(answer).expect("it is text");
    let status = head.split_whitespace().nth(1).and_then(|status| status.parse().ok());
    let chunked = head.to_ascii_lowercase().contains("transfer-encoding: chunked");
    let body = if chunked { joined(&body) } else { body };
    Answer { status: status.expect("a status"), head, body }
}

/// A body that came in chunks.
fn joined(mut rest: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    while let Some(end) = rest.windows(2).position(|end| end == b"\r\n") {
        let size = std::str::from_utf8(&rest[..end]).unwrap_or_default();
        let size = usize::from_str_radix(size, 16).unwrap_or(0);
        if size == 0 {
            break;
        }
        body.extend_from_slice(&rest[end + 2..end + 2 + size]);
        rest = &rest[end + 4 + size..];
    }
    body
}

/// Sends a file as the web client does.
pub fn upload(server: &Server, token: &str, file: &str, bytes: &[u8]) -> Answer {
    let mut body = format!(
        "--XX\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{file}\"\r\n\
         Content-Type: application/octet-stream\r\n\r\n"
    )
    .into_bytes();
    body.extend_from_slice(bytes);
    body.extend_from_slice(b"\r\n--XX--\r\n");
    let lines = format!(
        "Authorization: Bearer {token}\r\nContent-Type: multipart/form-data; boundary=XX\r\n"
    );
    send(server.address, "POST", "/api/v2/media", &lines, &body)
}

/// The same, and waits until it is ready.
pub fn uploaded(server: &Server, token: &str, file: &str, bytes: &[u8]) -> Value {
    let answer = upload(server, token, file, bytes);
    assert!(matches!(answer.status, 200 | 202), "{}", String::from_utf8_lossy(&answer.body));
    let own = format!("/api/v1/media/{}", answer.json()["id"].as_str().expect("an id"));
    let begun = std::time::Instant::now();
    loop {
        match server.request("GET", &own, token, "", "").expect("an answer") {
            (200, media) => return media,
            (206, _) => thread::sleep(Duration::from_millis(50)),
            other => panic!("{other:?}"),
        }
        assert!(begun.elapsed() < Duration::from_secs(120), "{file} is never ready");
    }
}

/// The path of a link to this server, whatever host it names.
pub fn path_of(link: &Value) -> String {
    let link = link.as_str().expect("a link");
    let (_, rest) = link.split_once("://").expect("it is absolute");
    format!("/{}", rest.split_once('/').expect("it has a path").1)
}
