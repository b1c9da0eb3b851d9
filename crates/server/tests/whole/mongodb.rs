//! The store, its queue and media in a MongoDB: the product on it, a second process beside the first, and a crash of the
//! database.

use std::{
    path::Path,
    process::Command,
    time::{Duration, Instant},
};

use crate::support::{PASSWORD, Server};

#[path = "../../../../adapters/mongodb/tests/real/server.rs"]
#[allow(dead_code, reason = "the adapter's tests use more of it")]
pub mod server;

use server::Server as Mongo;

fn sociosphere(mongo: &Mongo, data: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sociosphere"));
    command.arg("--set").arg(format!("store={}", mongo.url("whole")));
    command.args(["--set", "blobs=gridfs:"]).arg("--data").arg(data);
    command
}

fn said(mongo: &Mongo, data: &Path, words: &[&str]) -> String {
    let output = sociosphere(mongo, data).args(words).output().expect("it runs");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
    assert!(output.status.success(), "{words:?}: {}", text(&output.stderr));
    text(&output.stdout)
}

fn on(mongo: &Mongo, data: &Path) -> Server {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sociosphere"));
    command.arg("--set").arg(format!("store={}", mongo.url("whole")));
    command.args(["--set", "blobs=gridfs:"]);
    Server::start_by(command, data)
}

/// Somebody new, and their token.
fn person(mongo: &Mongo, data: &Path, handle: &str) -> String {
    let email = format!("{handle}@example.org");
    let who = ["--handle", handle, "--email", &email, "--password", PASSWORD, "--confirmed"];
    said(mongo, data, &[&["account", "create"], &who[..]].concat());
    said(mongo, data, &["token", "create", "--account", handle, "--scopes", "read write"])
}

#[test]
fn the_product_lives_on_a_mongodb_with_a_second_process_and_through_its_crash() {
    let mongo = Mongo::start();
    let folder = tempfile::tempdir().expect("a folder");
    let (one, two) = (folder.path().join("one"), folder.path().join("two"));
    let ada = person(&mongo, &one, "ada");
    let first = on(&mongo, &one);
    let post = first.post(&ada, "kept in a database").expect("it is published");
    let path = format!("/api/v1/statuses/{post}");

    // The keys stand in the store: a process with a folder of its own knows the tokens, and what was written.
    let second = on(&mongo, &two);
    assert_eq!(second.get(&path, &ada)["content"], "<p>kept in a database</p>");
    let reply = second.post(&ada, "written on the other").expect("it is published");
    assert_eq!(first.get(&format!("/api/v1/statuses/{reply}"), &ada)["account"]["acct"], "ada");
    // What it has read before, it reads again within a second.
    let begun = Instant::now();
    while first.get("/api/v1/accounts/verify_credentials", &ada)["statuses_count"] != 2 {
        assert!(begun.elapsed() < Duration::from_secs(20), "the first process never hears of it");
    }
    assert!(!one.join("sociosphere.db").exists() && !two.join("keys.json").exists());

    // A crash: an error that says so in bounded time, and nothing that was acknowledged is lost.
    mongo.kill();
    let began = Instant::now();
    let (status, body) = first.post(&ada, "into the void").expect_err("the store is away");
    assert_eq!(status, 503, "{body}");
    assert!(began.elapsed() < Duration::from_secs(30), "{:?}", began.elapsed());
    mongo.restart();
    while first.post(&ada, "after the crash").is_err() {
        assert!(began.elapsed() < Duration::from_secs(90), "it does not come back");
    }
    assert_eq!(second.get(&path, &ada)["content"], "<p>kept in a database</p>");
    assert!(said(&mongo, &one, &["verify"]).contains("sound"));
    let doctor = said(&mongo, &one, &["doctor"]);
    assert!(doctor.contains("store\tMongoDB "), "{doctor}");
}

/// SQLite and files, to MongoDB and GridFS, and back.
#[test]
fn a_community_moves_to_mongodb_and_comes_back_with_all_it_has() {
    let mongo = Mongo::start();
    let folder = tempfile::tempdir().expect("a folder");
    let (here, back) = (folder.path().join("here"), folder.path().join("back"));
    let ada = crate::support::person(&here, "ada");
    let mut server = Server::start(&here);
    let posts: Vec<String> =
        (0..30).map(|n| server.post(&ada, &format!("post {n}")).expect("published")).collect();
    let path = format!("/api/v1/statuses/{}", posts[7]);
    let favourite = format!("{path}/favourite");
    assert_eq!(server.request("POST", &favourite, &ada, "", "{}").expect("an answer").0, 200);
    let copy = |data: &Path, from: &str, to: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_sociosphere"));
        command.arg("--data").arg(data).args(["copy", "--from", from, "--to", to]);
        let output = command.output().expect("it runs");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
        (output.status.success(), text(&output.stdout), text(&output.stderr))
    };
    let sqlite = format!("sqlite:{}", here.join("sociosphere.db").display());
    let files = format!("file:{}", here.join("media").display());
    let (store, media) = (mongo.url("whole"), format!("gridfs+{}", mongo.url("whole")));

    // Nothing is copied from under a server, or while jobs are under way.
    let (well, _, said_why) = copy(&here, &sqlite, &store);
    assert!(!well && said_why.contains("sociosphere.db"), "{said_why}");
    assert!(crate::support::command(&here, &["jobs", "settle"]).contains("settled"));
    server.terminate();
    assert!(server.ended().success());
    assert!(crate::support::command(&here, &["jobs", "settle"]).contains("settled"));
    for round in ["first", "again"] {
        let (well, out, err) = copy(&here, &sqlite, &store);
        assert!(well && out.contains("both hold the same"), "{round}: {out}{err}");
        let (well, out, err) = copy(&here, &files, &media);
        assert!(well && out.contains("every byte is the same"), "{round}: {out}{err}");
    }

    let mut moved = on(&mongo, &folder.path().join("other"));
    let post = moved.get(&path, &ada);
    assert_eq!((&post["content"], &post["favourites_count"]), (&"<p>post 7</p>".into(), &1.into()));
    assert!(said(&mongo, &here, &["verify"]).contains("sound"));
    let late = moved.post(&ada, "written over there").expect("it is published");
    assert!(said(&mongo, &folder.path().join("other"), &["jobs", "settle"]).contains("settled"));
    let home = format!("sqlite:{}", back.join("sociosphere.db").display());
    let (well, _, err) = copy(&back, &store, &home);
    assert!(!well && err.contains("`sociosphere read-only on` there, or stop it"), "{err}");
    moved.terminate();
    assert!(moved.ended().success());
    let (well, out, err) = copy(&back, &store, &home);
    assert!(well && out.contains("both hold the same"), "{out}{err}");
    let files = format!("file:{}", back.join("media").display());
    let (well, out, err) = copy(&back, &media, &files);
    assert!(well, "{out}{err}");
    let server = Server::start(&back);
    assert_eq!(server.get(&path, &ada)["favourites_count"], 1);
    assert_eq!(server.get(&format!("/api/v1/statuses/{late}"), &ada)["account"]["acct"], "ada");
    assert!(crate::support::command(&back, &["verify"]).contains("sound"));
}

#[test]
fn a_store_that_cannot_be_used_is_said_in_a_line() {
    let folder = tempfile::tempdir().expect("a folder");
    let start = |settings: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_sociosphere"));
        command.arg("--data").arg(folder.path());
        for setting in settings {
            command.args(["--set", setting]);
        }
        let output = command.arg("verify").output().expect("it runs");
        assert!(!output.status.success());
        String::from_utf8_lossy(&output.stderr).trim().to_owned()
    };
    let away = "store=mongodb://me:hunter2@127.0.0.1:1/db?serverSelectionTimeoutMS=300";
    for (settings, part) in [
        (vec![away], "MongoDB does not answer"),
        (vec!["store=mongodb://127.0.0.1:1/"], "names no database"),
        (vec!["blobs=gridfs:"], "the database of the store, which is no MongoDB"),
        (vec!["store=mango://host/db"], "known are sqlite:PATH and mongodb://"),
    ] {
        let said = start(&settings);
        assert!(said.contains(part) && said.lines().count() == 1, "{said}");
        assert!(!said.contains("hunter2"), "{said}");
    }
}
