//! Media in a bucket of S3: pictures and films come back, through a crash of the server that has them.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

use serde_json::json;

use crate::support::{Answer, PASSWORD, Server, command, path_of, send, upload, uploaded};

#[path = "../../../../adapters/s3/tests/real/server.rs"]
#[allow(dead_code, reason = "the adapter's tests use more of it")]
pub mod server;

use server::Server as Minio;

fn demo(file: &str) -> Vec<u8> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../demo");
    std::fs::read(root.join(file)).expect("it is in the repository")
}

fn on(minio: &Minio, data: &Path) -> Server {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sociosphere"));
    command.arg("--set").arg(format!("blobs={}", minio.url("whole")));
    Server::start_by(command, data)
}

#[test]
fn media_live_in_a_bucket_and_its_crash_costs_pictures_and_nothing_else() {
    let minio = Minio::start();
    let folder = tempfile::tempdir().expect("a folder");
    let ada = person(&minio, folder.path(), "ada");
    let server = on(&minio, folder.path());
    let picture = uploaded(&server, &ada, "a.jpg", &demo("avatars/ada.jpg"));
    let film = uploaded(&server, &ada, "a.mp4", &demo("evening.mp4"));
    assert!(!folder.path().join("media").exists(), "nothing of them is in the folder");
    let whole = send(server.address, "GET", &path_of(&film["url"]), "", b"");
    assert_eq!((whole.status, whole.header("content-type")), (200, Some("video/mp4")));
    let size = whole.body.len();
    let lines = format!("Range: bytes={}-{}\r\n", size / 2, size / 2 + 99);
    let part = send(server.address, "GET", &path_of(&film["url"]), &lines, b"");
    assert_eq!(part.status, 206);
    assert!(part.body == whole.body[size / 2..size / 2 + 100]);

    let publish = |text: &str, ids: &[&serde_json::Value]| {
        let body = json!({ "status": text, "media_ids": ids }).to_string();
        server.request("POST", "/api/v1/statuses", &ada, text, &body).expect("an answer")
    };
    let (status, post) = publish("look", &[&picture["id"]]);
    assert_eq!(status, 200, "{post}");
    let link = path_of(&post["media_attachments"][0]["url"]);
    assert_eq!(send(server.address, "GET", &link, "", b"").status, 200);

    minio.kill();
    let began = Instant::now();
    let refused = upload(&server, &ada, "b.jpg", &demo("avatars/ben.jpg"));
    assert_eq!(refused.status, 503, "{}", String::from_utf8_lossy(&refused.body));
    let words = refused.json()["error"].as_str().expect("a reason").to_owned();
    assert!(words.contains("everything else goes on"), "{words}");
    assert_eq!(send(server.address, "GET", &link, "", b"").status, 503);
    assert!(began.elapsed() < Duration::from_secs(60), "{:?}", began.elapsed());
    assert_eq!(publish("words go on", &[]).0, 200);
    let home = server.get("/api/v1/timelines/home", &ada);
    assert_eq!(home.as_array().expect("a list").len(), 2);

    minio.restart();
    assert_eq!(send(server.address, "GET", &link, "", b"").status, 200);
    uploaded(&server, &ada, "b.jpg", &demo("avatars/ben.jpg"));
    assert!(command_on(&minio, folder.path(), &["verify"]).contains("sound"));
    let doctor = command_on(&minio, folder.path(), &["doctor"]);
    assert!(doctor.contains("blobs\tS3 at 127.0.0.1:"), "{doctor}");
    assert!(!doctor.contains("sociosphere-test"), "the secret is shown: {doctor}");
    drop(server);
    // At start the server of media has to be there, and what is wrong is said in a line.
    minio.kill();
    let set = format!("blobs={}", minio.url("whole"));
    let output = crate::support::outcome(folder.path(), &["--set", &set, "verify"]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success() && said.contains("blobs = s3://sociosphere:***@"), "{said}");
    assert!(said.contains("S3 does not answer") && said.trim().lines().count() == 1, "{said}");
}

/// Where a redirect leads: host and port, and the path with its query.
fn led(answer: &Answer) -> (SocketAddr, String) {
    let link = answer.header("location").expect("it leads somewhere");
    let (host, path) = link.strip_prefix("http://").and_then(|l| l.split_once('/')).expect("a URL");
    (host.parse().expect("an address"), format!("/{path}"))
}

#[test]
fn open_media_are_read_from_the_bucket_by_links_that_end_and_no_others_ever() {
    let minio = Minio::start();
    let folder = tempfile::tempdir().expect("a folder");
    let set = format!("blobs={}&redirect=true", minio.url("whole"));
    let said = |words: &[&str]| command(folder.path(), &[&["--set", &set], words].concat());
    let who = ["--handle", "ada", "--email", "ada@example.org", "--password", PASSWORD];
    said(&[&["account", "create"], &who[..], &["--confirmed"]].concat());
    let ada = said(&["token", "create", "--account", "ada", "--scopes", "read write"]);
    let mut command = Command::new(env!("CARGO_BIN_EXE_sociosphere"));
    command.args(["--set", &set]);
    let server = Server::start_by(command, folder.path());
    let read = |link: &str, lines: &str| send(server.address, "GET", link, lines, b"");
    let publish = |media: &serde_json::Value, visibility: &str| {
        let body =
            json!({ "status": visibility, "media_ids": [media["id"]], "visibility": visibility });
        let path = "/api/v1/statuses";
        let answer = server.request("POST", path, &ada, visibility, &body.to_string());
        let (status, post) = answer.expect("an answer");
        assert_eq!(status, 200, "{post}");
        post
    };

    // Whoever may see it is decided here: what is not everybody's comes through the server, and its bare link is nothing.
    let hidden = uploaded(&server, &ada, "a.jpg", &demo("avatars/ada.jpg"));
    let unattached = read(&path_of(&hidden["url"]), "");
    assert_eq!((unattached.status, unattached.header("location")), (200, None));
    let private = publish(&hidden, "private");
    for name in ["url", "preview_url"] {
        let link = path_of(&private["media_attachments"][0][name]);
        let answer = read(&link, "");
        assert_eq!((answer.status, answer.header("location")), (200, None), "{link}");
        assert_eq!(answer.header("cache-control"), Some("private, no-cache"));
        let bare = read(link.split('?').next().expect("a path"), "");
        assert_eq!((bare.status, bare.header("location")), (404, None));
        // The seal of another is no key either.
        let forged = read(&link.replace("m=", "m=x"), "");
        assert_eq!((forged.status, forged.header("location")), (404, None));
    }

    let film = uploaded(&server, &ada, "a.mp4", &demo("evening.mp4"));
    let post = publish(&film, "public");
    let link = path_of(&post["media_attachments"][0]["url"]);
    let answer = read(&link, "");
    assert_eq!(answer.status, 307);
    let (host, path) = led(&answer);
    assert_eq!(host.port(), minio.port);
    let number = |text: &str, before: &str| {
        let rest = text.split_once(before).expect("it says it").1;
        let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
        digits.parse::<u64>().expect("a number")
    };
    let cached = number(answer.header("cache-control").expect("it says it"), "max-age=");
    assert!(cached * 2 < number(&path, "X-Amz-Expires="), "{path}");
    let whole = send(host, "GET", &path, "", b"");
    assert_eq!((whole.status, whole.header("content-type")), (200, Some("video/mp4")));
    assert_eq!(whole.header("content-disposition"), Some("inline"));
    let part = send(host, "GET", &path, "Range: bytes=1000-1099\r\n", b"");
    assert_eq!((part.status, &part.body[..]), (206, &whole.body[1000..1100]));
    // The same bytes as through the server, for who only looks.
    let head = send(server.address, "HEAD", &link, "", b"");
    assert_eq!((head.status, head.header("location")), (200, None));
    assert_eq!(head.header("content-length"), Some(whole.body.len().to_string().as_str()));

    // What is gone is gone here, too.
    let own = format!("/api/v1/statuses/{}", post["id"].as_str().expect("an id"));
    assert_eq!(server.request("DELETE", &own, &ada, "", "").expect("an answer").0, 200);
    let gone = read(&link, "");
    assert_eq!((gone.status, gone.header("location")), (404, None));
}

/// Somebody new, and their token.
fn person(minio: &Minio, data: &Path, handle: &str) -> String {
    let email = format!("{handle}@example.org");
    let who = ["--handle", handle, "--email", &email, "--password", PASSWORD, "--confirmed"];
    command_on(minio, data, &[&["account", "create"], &who[..]].concat());
    command_on(minio, data, &["token", "create", "--account", handle, "--scopes", "read write"])
}

fn command_on(minio: &Minio, data: &Path, words: &[&str]) -> String {
    let set = format!("blobs={}", minio.url("whole"));
    command(data, &[&["--set", &set], words].concat())
}
