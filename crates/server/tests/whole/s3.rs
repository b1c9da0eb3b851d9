//! Media in a bucket of S3: pictures and films come back, through a crash of the server that has them.

use std::{
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

use serde_json::json;

use crate::support::{PASSWORD, Server, command, path_of, send, upload, uploaded};

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
    assert!(!words.is_empty() && !words.contains("127.0.0.1"), "{words}");
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
