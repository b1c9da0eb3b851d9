//! A mail server of a few lines, for tests: keeps what it is told and answers by a script.

use std::{net::SocketAddr, sync::Arc};

use base64::{Engine, prelude::BASE64_STANDARD};
use engine::mail::Mail;
use parking_lot::Mutex;
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

use crate::message::message_id;

/// What one transaction brought.
#[derive(Clone, Debug, Default)]
pub(crate) struct Received {
    pub(crate) from: Vec<String>,
    pub(crate) receivers: Vec<String>,
    pub(crate) data: String,
}

pub(crate) struct Sink {
    pub(crate) address: SocketAddr,
    received: Arc<Mutex<Vec<Received>>>,
    pub(crate) commands: Arc<Mutex<Vec<String>>>,
    server: JoinHandle<()>,
}

impl Drop for Sink {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// Answers other than the usual, by the start of the command.
pub(crate) type Script = &'static [(&'static str, &'static str)];

impl Sink {
    pub(crate) async fn start(script: Script) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (received, commands) = (Arc::default(), Arc::default());
        let (mails, lines) = (Arc::clone(&received), Arc::clone(&commands));
        let server = tokio::spawn(async move {
            while let Ok((line, _)) = listener.accept().await {
                tokio::spawn(serve(line, script, Arc::clone(&mails), Arc::clone(&lines)));
            }
        });
        Self { address, received, commands, server }
    }

    pub(crate) fn received(&self) -> Vec<Received> {
        self.received.lock().clone()
    }

    /// What arrived, read back; each went to exactly one receiver, the one it names.
    pub(crate) fn mails(&self) -> Vec<Mail> {
        self.received().iter().map(read).collect()
    }
}

async fn serve(
    line: TcpStream,
    script: Script,
    received: Arc<Mutex<Vec<Received>>>,
    commands: Arc<Mutex<Vec<String>>>,
) -> Option<()> {
    let (reader, mut writer) = line.into_split();
    let mut reader = BufReader::new(reader);
    writer.write_all(b"220 sink\r\n").await.ok()?;
    let mut now = Received::default();
    loop {
        let mut command = String::new();
        if reader.read_line(&mut command).await.ok()? == 0 {
            return None;
        }
        let command = command.trim_end().to_owned();
        commands.lock().push(command.clone());
        let scripted = script.iter().find(|(start, _)| command.starts_with(start));
        let usual = if command.starts_with("DATA") { "354 go on" } else { "250 fine" };
        let answer = scripted.map_or(usual, |(_, answer)| answer);
        if let Some(from) = command.strip_prefix("MAIL FROM:") {
            now = Received { from: vec![from.to_owned()], ..Received::default() };
        }
        if let Some(to) = command.strip_prefix("RCPT TO:") {
            now.receivers.push(to.to_owned());
        }
        writer.write_all(format!("{answer}\r\n").as_bytes()).await.ok()?;
        if answer.starts_with("354") {
            let mut data = Vec::new();
            while !data.ends_with(b"\r\n.\r\n") {
                if reader.read_until(b'\n', &mut data).await.ok()? == 0 {
                    return None;
                }
            }
            data.truncate(data.len() - 3);
            now.data = String::from_utf8(data).unwrap().replace("\r\n..", "\r\n.");
            received.lock().push(std::mem::take(&mut now));
            writer.write_all(b"250 taken\r\n").await.ok()?;
        }
    }
}

pub(crate) fn read(received: &Received) -> Mail {
    let (head, body) = received.data.split_once("\r\n\r\n").unwrap();
    let head = head.replace("\r\n ", " ").replace("\r\n\t", " ");
    let header = |name: &str| {
        let found: Vec<_> = head.lines().filter_map(|line| line.strip_prefix(name)).collect();
        assert_eq!(found.len(), 1, "{name} in {head}");
        decoded(found[0])
    };
    for line in head.lines() {
        let name = line.split_once(": ").unwrap().0;
        let known = [
            "From",
            "To",
            "Subject",
            "Message-ID",
            "Auto-Submitted",
            "MIME-Version",
            "Date",
            "Content-Type",
            "List-Unsubscribe",
            "List-Unsubscribe-Post",
        ];
        assert!(known.contains(&name), "a strange header: {line}");
    }
    let to = header("To: ");
    let (to_name, to) = match to.rsplit_once('<') {
        Some((name, to)) => (unquoted(name.trim()), to.trim_end_matches('>').to_owned()),
        None => (String::new(), to),
    };
    assert_eq!(received.receivers, [format!("<{to}>")]);
    let id = header("Message-ID: ");
    let keys = ["one", "other/key: 2", "three", "a", "b", "bad"];
    let key = keys.into_iter().find(|key| message_id(key, "example.com") == id).unwrap().to_owned();
    let kind = header("Content-Type: ");
    let boundary = kind.split_once("boundary=\"").unwrap().1.trim_end_matches('"');
    let parts: Vec<_> = body.split(&format!("--{boundary}")).collect();
    assert_eq!((parts.len(), parts[3].trim()), (4, "--"));
    let part = |number: usize, kind: &str| {
        let (head, text) = parts[number].split_once("\r\n\r\n").unwrap();
        assert!(head.contains(kind) && head.contains("quoted-printable"), "{head}");
        let text = text.strip_suffix("\r\n").unwrap();
        quoted_printable(&text.replace("=\r\n", "")).replace("\r\n", "\n")
    };
    let (text, html) = (part(1, "text/plain"), part(2, "text/html"));
    let unsubscribe = head.lines().find_map(|line| line.strip_prefix("List-Unsubscribe: "));
    let unsubscribe = unsubscribe.map(|link| link.trim_matches(['<', '>']).to_owned());
    Mail { key, to, to_name, subject: header("Subject: "), text, html, unsubscribe }
}

fn unquoted(name: &str) -> String {
    match name.strip_prefix('"').and_then(|name| name.strip_suffix('"')) {
        Some(inner) => inner.replace("\\\"", "\"").replace("\\\\", "\\"),
        None => name.to_owned(),
    }
}

fn quoted_printable(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'=' {
            let hex = [rest.next().unwrap(), rest.next().unwrap()];
            bytes.push(u8::from_str_radix(std::str::from_utf8(&hex).unwrap(), 16).unwrap());
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).unwrap()
}

/// Encoded words (RFC 2047) as text; spaces between two of them are not part of it.
fn decoded(header: &str) -> String {
    let mut text = String::new();
    let mut rest = header;
    while let Some((before, after)) = rest.split_once("=?utf-8?b?") {
        if text.is_empty() || !before.trim().is_empty() {
            text.push_str(before);
        }
        let (word, after) = after.split_once("?=").unwrap();
        text.push_str(&String::from_utf8(BASE64_STANDARD.decode(word).unwrap()).unwrap());
        rest = after;
    }
    text + rest
}
