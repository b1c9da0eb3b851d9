//! What was seen is written when the server stops, lost when it is killed before, and counted twice never.

use std::{
    path::Path,
    process::Command,
    thread,
    time::{Duration, Instant},
};

use crate::support::{Server, person, send};

const LOOKS: &str = "/api/sociosphere/v1/insights/looks";

fn start(data: &Path, seconds: &str) -> Server {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sociosphere"));
    command.args(["--set", &format!("insight.flush_seconds={seconds}")]);
    Server::start_by(command, data)
}

fn look(server: &Server, token: &str, post: &str) {
    let lines = format!(
        "Authorization: Bearer {token}\r\nContent-Type: application/json\r\nUser-Agent: Firefox/130.0\r\n"
    );
    let body = serde_json::json!({ "seen": [post] }).to_string();
    assert_eq!(send(server.address, "POST", LOOKS, &lines, body.as_bytes()).status, 202);
}

fn seen(server: &Server, token: &str, post: &str) -> u64 {
    let told = server.get(&format!("/api/sociosphere/v1/insights/posts/{post}"), token);
    told["impressions"]["total"].as_u64().expect("a number")
}

#[test]
fn f_1_looks_are_written_at_a_stop_and_by_the_clock_and_never_twice() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("data");
    let (ada, ben) = (person(&data, "ada"), person(&data, "ben"));

    let mut server = start(&data, "3600");
    let post = server.post(&ada, "the tide is out").expect("it is published");
    look(&server, &ben, &post);
    assert_eq!(seen(&server, &ada, &post), 0, "an hour has not passed");
    server.terminate();
    assert!(server.ended().success());

    let server = start(&data, "3600");
    assert_eq!(seen(&server, &ada, &post), 1, "a stop writes what was counted");
    look(&server, &ben, &post);
    server.kill();

    let server = start(&data, "1");
    assert_eq!(seen(&server, &ada, &post), 1, "a kill loses what was not written");
    look(&server, &ben, &post);
    let until = Instant::now() + Duration::from_secs(60);
    while seen(&server, &ada, &post) < 2 {
        assert!(Instant::now() < until, "the clock writes what was counted");
        thread::sleep(Duration::from_millis(50));
    }
    server.kill();

    let server = start(&data, "3600");
    assert_eq!(seen(&server, &ada, &post), 2, "what was written is written once");
}
