//! The contract on a mail server that is not ours: that of `SOCIOSPHERE_TEST_MAIL_URL`, whose messages lie in
//! `SOCIOSPHERE_TEST_MAIL_FOLDER`, else the sink of `testing/engines/smtp`, which this program starts for itself.
//! Each test sends from an address of its own.

use std::{
    fs,
    io::{BufRead, BufReader, Write},
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        Arc, LazyLock,
        atomic::{AtomicU32, Ordering},
    },
};

use engine::mail::{Mail, MailError, Mailer};
use smtp_adapter::SmtpMailer;

// The adapter's own sink knows how to read a message back.
#[path = "../src/message.rs"]
#[allow(dead_code, reason = "the adapter uses more of it")]
mod message;
#[path = "../src/sink.rs"]
#[allow(dead_code, reason = "the adapter's tests use more of it")]
mod sink;

use sink::{Received, read};

/// Where mail goes, and the sender whose mail is this test's own.
struct Place {
    folder: PathBuf,
    sender: String,
}

async fn open() -> (Arc<SmtpMailer>, Place) {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let sender = format!("server-{}-{number}@example.com", std::process::id());
    let named = ["URL", "FOLDER"].map(|it| std::env::var(format!("SOCIOSPHERE_TEST_MAIL_{it}")));
    let (url, folder) = match named {
        [Ok(url), Ok(folder)] => (url, PathBuf::from(folder)),
        _ => (OWN.url.clone(), OWN.data.path().to_owned()),
    };
    let mailer = SmtpMailer::open(&url, &format!("The Server <{sender}>")).unwrap();
    (Arc::new(mailer), Place { folder, sender })
}

fn sent(_: &SmtpMailer, place: &Place) -> Vec<Mail> {
    let messages = fs::read_dir(place.folder.join("mails")).unwrap().flatten();
    let messages = messages.filter(|entry| entry.path().extension().is_some_and(|it| it == "eml"));
    messages.filter_map(|entry| of_sender(&entry.path(), &place.sender)).collect()
}

/// A message of this sender.
fn of_sender(path: &Path, sender: &str) -> Option<Mail> {
    let text = fs::read_to_string(path).unwrap();
    let rest = text.strip_prefix("X-Sink-From: ")?;
    let (from, rest) = rest.split_once("\r\n")?;
    let (to, data) = rest.strip_prefix("X-Sink-To: ")?.split_once("\r\n")?;
    let receivers = to.split(", ").map(|to| format!("<{to}>")).collect();
    let received = Received { from: vec![from.to_owned()], receivers, data: data.to_owned() };
    (from == sender).then(|| read(&received))
}

engine::mail_contract!(open, sent);

/// Answers that only a real server gives, by its script.
#[tokio::test]
async fn a_real_server_says_later_never_or_nothing() {
    if std::env::var_os("SOCIOSPHERE_TEST_MAIL_URL").is_some() {
        // Its script may be in use: the claim is about the one that this program has alone.
        LazyLock::force(&OWN);
    }
    let script = "rcpt later@* 450 busy\nrcpt never@* 550 no such person\ndata rude@* close\n";
    fs::write(OWN.data.path().join("answers"), script).unwrap();
    let mailer = SmtpMailer::open(&OWN.url, "server@example.net").unwrap();
    let send = async |to: &str| {
        let mail = Mail {
            key: to.to_owned(),
            to: to.to_owned(),
            to_name: String::new(),
            subject: "Hello".to_owned(),
            text: "text".to_owned(),
            html: "<p>text".to_owned(),
            unsubscribe: None,
        };
        mailer.send(mail).await
    };
    assert!(matches!(send("later@example.org").await, Err(MailError::Temporary(_))));
    assert!(matches!(send("never@example.org").await, Err(MailError::NoReceiver(_))));
    // It took the message and did not say so: it is sent again, as the same message, and people may have it twice.
    assert!(matches!(send("rude@example.org").await, Err(MailError::Temporary(_))));
    fs::remove_file(OWN.data.path().join("answers")).unwrap();
    send("rude@example.org").await.unwrap();
    send("later@example.org").await.unwrap();
    let names: Vec<_> = fs::read_dir(OWN.data.path().join("mails")).unwrap().flatten().collect();
    let count = |who: &str| {
        names.iter().filter(|name| name.file_name().to_string_lossy().contains(who)).count()
    };
    assert_eq!([count("later@"), count("never@"), count("rude@")], [1, 0, 2]);
}

/// The sink that this program starts.
struct Own {
    url: String,
    data: tempfile::TempDir,
    /// It ends when this closes: also when this program ends without a word.
    _child: Child,
}

static OWN: LazyLock<Own> = LazyLock::new(|| {
    let data = tempfile::tempdir().expect("temporary folders can be made");
    if !launcher("install", 0, data.path()).status().expect("it can be run").success() {
        not_run();
    }
    // Somebody may take the port between our look and the server's: another one then.
    for _ in 0..10 {
        let free = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
        let port = free.expect("loopback has free ports").port();
        if let Some(child) = spawn(port, data.path()) {
            let url = format!("smtp://127.0.0.1:{port}?tls=none");
            return Own { url, data, _child: child };
        }
    }
    panic!("the sink does not start on any port");
});

fn launcher(verb: &str, port: u16, data: &Path) -> Command {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..");
    let build = root.join("target/engines/smtp/build");
    fs::create_dir_all(&build).expect("target can be written to");
    let mut command = Command::new(root.join("testing/engines/smtp/start"));
    command.arg(verb).env("ENGINE_PORT", port.to_string());
    command.env("ENGINE_DATA", data).env("ENGINE_BUILD", build);
    command
}

/// `None`: the port is taken.
fn spawn(port: u16, data: &Path) -> Option<Child> {
    let run = launcher("run", port, data);
    let mut shell = Command::new("sh");
    shell.args(["-c", "\"$0\" run & server=$!; cat; kill -9 $server"]).arg(run.get_program());
    shell.envs(run.get_envs().filter_map(|(name, value)| Some((name, value?))));
    shell.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = shell.spawn().expect("the launcher can be run");
    let mut lines = BufReader::new(child.stdout.take().expect("it is piped")).lines();
    if lines.by_ref().map_while(Result::ok).any(|line| line.starts_with("READY")) {
        return Some(child);
    }
    let _ = child.wait();
    None
}

/// There is no sink here. In CI that is a failure; elsewhere nothing of this program can be run, and it says so (not
/// through `eprintln`, which the test harness would keep to itself).
fn not_run() -> ! {
    let text = "\nNOT RUN: no test of mail on a server that is not ours. The sink cannot be installed here, and there is no \
                SOCIOSPHERE_TEST_MAIL_URL; `make engines` installs and starts one.\n";
    let _ = std::io::stderr().write_all(text.as_bytes());
    let in_ci = std::env::var_os("CI").is_some_and(|ci| ci != "false" && !ci.is_empty());
    std::process::exit(i32::from(in_ci));
}
