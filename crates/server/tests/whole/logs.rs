//! What comes out of a busy server: to stdout, stderr, the file and over TCP. Nobody's secrets, words or address.

use std::{
    fs::{self, File},
    io::{Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread::JoinHandle,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

/// A server whose whole output is kept.
struct Loud {
    child: Child,
    address: SocketAddr,
    folder: PathBuf,
    collector: JoinHandle<String>,
}

impl Loud {
    fn start(folder: &Path) -> Loud {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let to = listener.local_addr().expect("an address");
        let collector = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().expect("the server connects");
            let mut text = String::new();
            stream.read_to_string(&mut text).expect("lines are UTF-8");
            text
        });
        let probe = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = probe.local_addr().expect("an address");
        drop(probe);
        let kept = |name: &str| Stdio::from(File::create(folder.join(name)).expect("a file"));
        let mut command = Command::new(env!("CARGO_BIN_EXE_sociosphere"));
        command.arg("--data").arg(folder.join("data")).args(["--listen", &address.to_string()]);
        let file = format!("log.file={}", folder.join("log/file").display());
        for setting in [
            "log.level=debug",
            "log.format=json",
            "log.requests=true",
            "rate_limits=false",
            "password_grant=true",
            "trusted_proxies=127.0.0.1/32",
            &format!("log.tcp=tcp://{to}"),
            &file,
        ] {
            command.args(["--set", setting]);
        }
        let child =
            command.stdout(kept("stdout")).stderr(kept("stderr")).spawn().expect("it starts");
        let server = Loud { child, address, folder: folder.to_owned(), collector };
        let begun = Instant::now();
        while server.ask("GET", "/ready", &[], "").is_none_or(|(status, _)| status != 200) {
            assert!(begun.elapsed() < Duration::from_secs(60), "it never answers");
            std::thread::yield_now();
        }
        server
    }

    /// An answer, with its head.
    fn ask(&self, method: &str, path: &str, headers: &[&str], body: &str) -> Option<(u16, String)> {
        let mut stream = TcpStream::connect(self.address).ok()?;
        stream.set_read_timeout(Some(Duration::from_secs(30))).ok()?;
        let headers: String = headers.iter().map(|header| format!("{header}\r\n")).collect();
        let kind = "Content-Type: application/json";
        let length = body.len();
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nHost: planted-host\r\nConnection: close\r\nX-Forwarded-For: 203.0.113.77\r\n\
             User-Agent: planted-agent\r\n{kind}\r\nContent-Length: {length}\r\n{headers}\r\n{body}"
        )
        .ok()?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).ok()?;
        Some((answer.split_whitespace().nth(1)?.parse().ok()?, answer))
    }

    #[track_caller]
    fn does(&self, method: &str, path: &str, headers: &[&str], body: &Value) -> (String, Value) {
        let (status, answer) =
            self.ask(method, path, headers, &body.to_string()).expect("an answer");
        let (head, body) = answer.split_once("\r\n\r\n").expect("a whole answer");
        assert!(matches!(status, 200 | 202), "{path}: {answer}");
        (head.to_owned(), serde_json::from_str(body).unwrap_or(Value::Null))
    }

    /// All that it said until its end, by place.
    fn said(mut self) -> [(&'static str, String); 4] {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().expect("kill runs").success());
        assert!(self.child.wait().expect("a child").success());
        let read = |name: &str| fs::read_to_string(self.folder.join(name)).expect("a file");
        let files = fs::read_dir(self.folder.join("log")).expect("a folder");
        let file = files
            .map(|file| fs::read_to_string(file.expect("a file").path()))
            .collect::<Result<String, _>>();
        [
            ("stdout", read("stdout")),
            ("stderr", read("stderr")),
            ("file", file.expect("UTF-8")),
            ("tcp", self.collector.join().expect("it collects")),
        ]
    }
}

/// Every link that was mailed has a secret in it.
fn mailed_tokens(folder: &Path) -> Vec<String> {
    let mut tokens = Vec::new();
    for mail in fs::read_dir(folder).expect("mails").map(|entry| entry.expect("a mail").path()) {
        let text =
            fs::read_to_string(mail).unwrap_or_default().replace("=\r\n", "").replace("=\n", "");
        for rest in text.split("token=").skip(1) {
            let token: String = rest
                .trim_start_matches("3D")
                .chars()
                .take_while(|c| c.is_ascii_alphanumeric() || "-_.".contains(*c))
                .collect();
            if token.len() > 10 {
                tokens.push(token);
            }
        }
    }
    tokens
}

#[test]
fn i_10_a_busy_run_logs_no_secret_no_content_and_no_address() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = Loud::start(folder.path());
    let (head, ada) = server.does(
        "POST",
        "/api/sociosphere/v1/auth/sign-up",
        &[],
        &json!({"handle": "planted_handle", "email": "planted-mail@example.org", "password": "planted-password-1"}),
    );
    let token = ada["access_token"].as_str().expect("a token").to_owned();
    let cookie = head
        .lines()
        .find_map(|line| line.to_lowercase().starts_with("set-cookie").then(|| line.to_owned()));
    let cookie = cookie
        .expect("a cookie")
        .split_once('=')
        .expect("a value")
        .1
        .split(';')
        .next()
        .unwrap_or_default()
        .to_owned();
    let bearer = format!("Authorization: Bearer {token}");
    let me: &[&str] = &[&bearer];
    let status = json!({"status": "planted-text #plantedtag", "spoiler_text": "planted-warning"});
    let (_, post) = server.does("POST", "/api/v1/statuses", me, &status);
    let path = format!("/api/v1/statuses/{}", post["id"].as_str().expect("an id"));
    server.does("PUT", &path, me, &json!({"status": "planted-edit"}));
    let profile = json!({"display_name": "planted-name", "note": "planted-bio"});
    server.does("PATCH", "/api/v1/accounts/update_credentials", me, &profile);
    server.does("GET", "/api/v2/search?q=planted-question", me, &Value::Null);
    let app =
        json!({"client_name": "planted-app", "redirect_uris": "https://planted-site.example/back"});
    let (_, app) = server.does("POST", "/api/v1/apps", &[], &app);
    let secret = app["client_secret"].as_str().expect("a secret").to_owned();
    let grant = json!({"grant_type": "password", "username": "planted-mail@example.org", "password": "planted-password-1",
        "client_id": app["client_id"], "client_secret": secret, "scope": "read"});
    let (_, granted) = server.does("POST", "/oauth/token", &[], &grant);
    server.does(
        "POST",
        "/api/sociosphere/v1/auth/reset",
        &[],
        &json!({"email": "planted-mail@example.org"}),
    );
    // What fails is logged most readily.
    for (method, path, headers, body) in [
        (
            "POST",
            "/api/sociosphere/v1/auth/sign-in",
            &[][..],
            r#"{"name":"planted-guess","password":"planted-password-2"}"#,
        ),
        ("POST", "/api/v1/statuses", me, r#"{"status": "planted-broken"#),
        ("POST", "/api/v1/statuses", me, r#"{"status": ["planted-kind"], "planted-field": 7}"#),
        ("GET", "/planted-path/planted-more?planted-query=1", &[], ""),
        ("GET", "/@planted-person", &[], ""),
        ("GET", "/api/v1/accounts/lookup?acct=planted-lookup", &[], ""),
        ("GET", "/api/v1/timelines/home", &["Authorization: Bearer planted-token"], ""),
        ("GET", "/api/v1/streaming/user?access_token=planted-stream-token", &[], ""),
        ("POST", "/oauth/token", &["Authorization: Basic cGxhbnRlZC1pZDpwbGFudGVkLWtleQ=="], "{}"),
        (
            "GET",
            "/api/v1/timelines/home",
            &["Cookie: planted-cookie=1", "Referer: http://planted-referer/"],
            "",
        ),
    ] {
        let (status, answer) = server.ask(method, path, headers, body).expect("an answer");
        assert!(status < 500, "{path}: {answer}");
    }
    let settled = crate::support::command(&folder.path().join("data"), &["jobs", "settle"]);
    assert!(settled.contains("settled"), "{settled}");
    let mails = mailed_tokens(&folder.path().join("data/mail"));
    assert!(!mails.is_empty(), "a link was mailed");
    let said = server.said();

    let granted = granted["access_token"].as_str().expect("a token").to_owned();
    let mut secrets = vec![
        "planted".to_owned(),
        "203.0.113".to_owned(),
        "cGxhbnRlZC".to_owned(),
        token,
        cookie,
        secret,
        granted,
    ];
    secrets.extend(mails);
    for (place, text) in &said {
        for secret in &secrets {
            let line = text.lines().find(|line| line.contains(secret.as_str()));
            assert!(secret.len() > 6 && line.is_none(), "{place} has {secret}: {line:?}");
        }
    }
    let [(_, stdout), _, (_, file), (_, tcp)] = &said;
    // Each sink stamps a line for itself, and threads overtake each other.
    let lines = |text: &str| -> Vec<String> {
        let json = text.lines().filter(|line| line.starts_with('{'));
        let mut lines: Vec<_> =
            json.filter_map(|line| Some(line.split_once(',')?.1.to_owned())).collect();
        lines.sort_unstable();
        lines
    };
    for part in [r#""http.route":"/api/v1/statuses""#, r#""job.kind":"mail.send""#] {
        assert!(lines(file).iter().any(|line| line.contains(part)), "no line has {part}");
    }
    assert!(lines(tcp) == lines(file), "the same comes over TCP");
    assert!(lines(stdout) == lines(file), "and to stdout");
}
