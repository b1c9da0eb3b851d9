//! A backup that is made while people write is one moment of the instance, and a restored one works.

use std::{
    collections::HashSet,
    fs,
    io::{Read, Write},
    net::TcpStream,
    sync::atomic::{AtomicBool, Ordering},
};

use serde_json::json;

use crate::support::{PASSWORD, Server, command, head, outcome, person, write_on};

static STOP: AtomicBool = AtomicBool::new(false);

/// A picture of four pixels.
const PICTURE: &[u8] = b"\x89\x50\x4e\x47\x0d\x0a\x1a\x0a\x00\x00\x00\x0d\x49\x48\x44\x52\x00\x00\x00\x02\x00\x00\x00\x02\
    \x08\x02\x00\x00\x00\xfd\xd4\x9a\x73\x00\x00\x00\x11\x49\x44\x41\x54\x78\x9c\x63\x10\x50\x30\x70\
    \x08\x48\x60\x80\x50\x00\x10\x3e\x02\xa1\xf7\x7d\xd2\x40\x00\x00\x00\x00\x49\x45\x4e\x44\xae\x42\
    \x60\x82";

/// Uploads the picture; its id.
fn upload(server: &Server, token: &str) -> String {
    let mut body = b"--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"p.png\"\r\n\
        Content-Type: image/png\r\n\r\n"
        .to_vec();
    body.extend_from_slice(PICTURE);
    body.extend_from_slice(b"\r\n--b--\r\n");
    let mut stream = TcpStream::connect(server.address).expect("the server is there");
    let head = format!(
        "POST /api/v2/media HTTP/1.1\r\nHost: here\r\nConnection: close\r\nAuthorization: Bearer {token}\r\n\
         Content-Type: multipart/form-data; boundary=b\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).expect("sent");
    stream.write_all(&body).expect("sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    let (head, body) = answer.split_once("\r\n\r\n").expect("an answer");
    assert!(head.contains(" 200 ") || head.contains(" 202 "), "{answer}");
    let media: serde_json::Value = serde_json::from_str(body).expect("an attachment");
    media["id"].as_str().expect("an id").to_owned()
}

#[test]
fn a_backup_under_writes_restores_to_an_instance_that_works() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("data");
    let token = person(&data, "ada");
    let server = Server::start(&data);
    let picture = upload(&server, &token);
    let with_picture = json!({"status": "marker picture", "media_ids": [picture]}).to_string();
    let (status, shown) = server
        .request("POST", "/api/v1/statuses", &token, "picture", &with_picture)
        .expect("an answer");
    assert_eq!(status, 200, "{shown}");
    let mut acked =
        vec![(shown["id"].as_str().expect("an id").to_owned(), "marker picture".into())];
    let writes: Vec<_> =
        (0..2).map(|n| write_on(server.address, token.clone(), format!("w{n}"), &STOP)).collect();
    // People are writing: these are stored before the backup begins.
    for writer in &writes {
        acked.extend(writer.iter().take(10));
    }
    let copy = folder.path().join("copy");
    let copied = copy.to_str().expect("a path");
    let said = command(&data, &["backup", copied]);
    assert!(said.contains("files in"), "{said}");
    let before: HashSet<String> = acked.iter().map(|(_, text)| text.clone()).collect();
    let mut attempted = before;
    STOP.store(true, Ordering::Relaxed);
    attempted.extend(writes.iter().flat_map(|writer| writer.iter().map(|(_, text)| text)));
    server.kill();

    let full = outcome(&data, &["restore", copied]);
    assert!(!full.status.success());
    let said = String::from_utf8_lossy(&full.stderr);
    assert!(said.contains("restore into an empty data folder"), "{said}");

    let restored = folder.path().join("restored");
    let said = command(&restored, &["restore", copied]);
    assert!(said.contains("files restored"), "{said}");
    assert!(command(&restored, &["verify"]).contains("sound: 1 media"));
    let server = Server::start(&restored);
    command(&restored, &["reindex"]);
    server.audit(&token, &acked, &attempted);
    // The picture is there, byte for byte as the first instance kept it.
    let post = server.get(&format!("/api/v1/statuses/{}", acked[0].0), &token);
    let url = post["media_attachments"][0]["url"].as_str().expect("a picture").to_owned();
    let path = url.splitn(4, '/').nth(3).expect("a path");
    let mut stream = TcpStream::connect(server.address).expect("the server is there");
    let asked = head("GET", &format!("/{path}"), "", "", "close", "");
    stream.write_all(asked.as_bytes()).expect("asked");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).expect("an answer");
    assert!(answer.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&answer));
    let body = json!({"login": "ada", "password": PASSWORD}).to_string();
    let (status, session) = server
        .request("POST", "/api/sociosphere/v1/auth/sign-in", "", "", &body)
        .expect("an answer");
    assert_eq!(status, 200, "{session}");
    server.kill();

    // What is damaged is not restored.
    let mut keys = fs::read(copy.join("keys.json")).expect("keys");
    keys.push(b' ');
    fs::write(copy.join("keys.json"), keys).expect("written");
    let third = folder.path().join("third");
    let damaged = outcome(&third, &["restore", copied]);
    assert!(!damaged.status.success() && !third.join("sociosphere.db").exists());
    assert!(String::from_utf8_lossy(&damaged.stderr).contains("keys.json is damaged"));
}
