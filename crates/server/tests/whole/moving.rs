//! Read-only mode, and what moves under it: a store to a store and media to media, through kills, with every byte the same.

use std::{
    io::{BufRead, BufReader},
    path::Path,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use bytes::Bytes;
use engine::store::{EdgeRecord, NodeRecord, Record, Upkeep};
use graph::{Edge, Node};
use serde_json::json;

use crate::{
    mongodb::server::Server as Mongo,
    s3::server::Server as Minio,
    support::{Server, binary, command, outcome, person, send, uploaded},
};

/// Copies; whether it went well, and what was said.
fn copy(data: &Path, from: &str, to: &str) -> (bool, String) {
    let output = outcome(data, &["copy", "--from", from, "--to", to]);
    let said = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8_lossy(&said).into_owned())
}

fn sqlite(folder: &Path) -> String {
    format!("sqlite:{}", folder.join("sociosphere.db").display())
}

#[test]
fn a_read_only_community_is_read_and_copied_under_its_server() {
    let folder = tempfile::tempdir().expect("a folder");
    let (here, there) = (folder.path().join("here"), folder.path().join("there"));
    let ada = person(&here, "ada");
    let mut server = Server::start(&here);
    let post = server.post(&ada, "before").expect("it is published");
    assert_eq!(command(&here, &["read-only", "status"]), "off");
    let (well, said) = copy(&here, &sqlite(&here), &sqlite(&there));
    assert!(!well && said.contains("a server writes to the source"), "{said}");

    let on = command(&here, &["read-only", "on"]);
    assert!(on.starts_with("on:") && on.contains("nothing is under way"), "{on}");
    for round in ["at once", "after a restart"] {
        let lines = format!("Authorization: Bearer {ada}\r\nContent-Type: application/json\r\n");
        let body = br#"{"status": "meanwhile"}"#;
        let refused = send(server.address, "POST", "/api/v1/statuses", &lines, body);
        assert_eq!((refused.status, refused.header("retry-after")), (503, Some("60")), "{round}");
        let words = refused.json()["error"].to_string();
        assert!(words.contains("Read-only for a while"), "{words}");
        let form = br#"{"login": "ada", "password": "correct horse battery"}"#;
        let sign_in = "/api/sociosphere/v1/auth/sign-in";
        let lines =
            format!("Origin: http://{0}\r\nContent-Type: application/json\r\n", server.address);
        let refused = send(server.address, "POST", sign_in, &lines, form);
        assert_eq!(refused.header("content-type"), Some("application/problem+json"));
        assert_eq!((refused.status, &refused.json()["code"]), (503, &json!("read_only")));
        // Who is here reads on.
        assert_eq!(server.get("/api/v1/timelines/home", &ada)[0]["id"], post.as_str());
        assert_eq!(server.get("/api/v1/timelines/public", "")[0]["id"], post.as_str());
        let search = server.get("/api/v2/search?q=before&type=statuses", &ada);
        assert_eq!(search["statuses"][0]["id"], post.as_str());
        let instance = server.get("/api/v2/instance", "");
        assert_eq!(instance["configuration"]["sociosphere"]["read_only"], true);
        let create = ["account", "create", "--handle", "bob", "--email", "b@example.org"];
        let refused = outcome(
            &here,
            &[&create[..], &["--password", "correct horse", "--confirmed"]].concat(),
        );
        let words = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert!(!refused.status.success() && words.contains("read-only"), "{words}");
        if round == "at once" {
            server.terminate();
            assert!(server.ended().success());
            server = Server::start(&here);
        }
    }
    assert!(command(&here, &["read-only", "status"]).starts_with("on, since"));

    let (well, said) = copy(&here, &sqlite(&here), &sqlite(&there));
    assert!(well && said.contains("both hold the same") && said.contains("next: "), "{said}");
    let off = command(&here, &["read-only", "off"]);
    assert!(off.starts_with("off:"), "{off}");
    server.post(&ada, "after").expect("it is published");
    // What waited runs: search finds both.
    assert!(command(&here, &["jobs", "settle"]).contains("settled"));
    let search = server.get("/api/v2/search?q=after&type=statuses", &ada);
    assert_eq!(search["statuses"].as_array().map(Vec::len), Some(1));
    // The copy is not read-only, and knows the token and what was there.
    let moved = Server::start(&there);
    assert_eq!(moved.get(&format!("/api/v1/statuses/{post}"), &ada)["content"], "<p>before</p>");
    moved.post(&ada, "over there").expect("it is published");
    assert!(command(&there, &["verify"]).contains("sound"));
}

#[test]
fn all_processes_of_a_shared_store_become_read_only() {
    let mongo = Mongo::start();
    let folder = tempfile::tempdir().expect("a folder");
    let store = format!("store={}", mongo.url("readonly"));
    let settings = ["--set", store.as_str(), "--set", "blobs=gridfs:"];
    let on = |name: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_sociosphere"));
        command.args(settings);
        Server::start_by(command, &folder.path().join(name))
    };
    let said = |name: &str, words: &[&str]| {
        command(&folder.path().join(name), &[&settings[..], words].concat())
    };
    let who =
        ["--handle", "ada", "--email", "ada@example.org", "--password", "correct horse battery"];
    said("one", &[&["account", "create"], &who[..], &["--confirmed"]].concat());
    let ada = said("one", &["token", "create", "--account", "ada", "--scopes", "read write"]);
    let (one, two) = (on("one"), on("two"));
    one.post(&ada, "before").expect("it is published");
    let answer = said("one", &["read-only", "on"]);
    assert!(answer.contains("nothing is under way"), "{answer}");
    // The command waited until both have looked.
    for server in [&one, &two] {
        let (status, body) = server.post(&ada, "meanwhile").expect_err("nothing is saved");
        assert_eq!(status, 503, "{body}");
        assert_eq!(server.get("/api/v1/timelines/home", &ada)[0]["content"], "<p>before</p>");
    }
    // Both still hold the database open, and it can be copied.
    let back = folder.path().join("back");
    let (well, text) = copy(&back, &mongo.url("readonly"), &sqlite(&back));
    assert!(well && text.contains("both hold the same"), "{text}");
    said("two", &["read-only", "off"]);
    let began = Instant::now();
    for (server, text) in [(&one, "after"), (&two, "and after that")] {
        while server.post(&ada, text).is_err() {
            assert!(began.elapsed() < Duration::from_secs(20), "it stays read-only");
        }
    }
    let home = Server::start(&back);
    assert_eq!(home.get("/api/v1/timelines/home", &ada)[0]["content"], "<p>before</p>");
}

/// Edges, so many that a copy of them can be seen on its way.
const MANY: u64 = 40_000;

/// A store of so many likes, written past the product.
fn large(folder: &Path) {
    let runtime = tokio::runtime::Runtime::new().expect("it starts");
    runtime.block_on(async {
        std::fs::create_dir_all(folder).expect("it can be made");
        let schema = social::events::product_schema();
        let path = folder.join("sociosphere.db");
        let store = sqlite_adapter::open(&path, schema).expect("it opens");
        let kind = social::relations::model::Follows::DECL.kind;
        let body = Bytes::from_static(b"{}");
        let node = |id| {
            Record::Node(NodeRecord {
                kind: social::tags::model::Tag::KIND,
                id,
                version: 1,
                body: body.clone(),
            })
        };
        store.import((1..100).map(|n| node(5_000 + n)).collect()).await.expect("it takes them");
        for page in 0..MANY / 500 {
            let edge = |n| {
                let (from, to) = (5_000 + n % 50, 1_000_000 + n);
                Record::Edge(EdgeRecord { from, kind, ord: to, to, flags: 0, data: Bytes::new() })
            };
            let edges = (page * 500..(page + 1) * 500).map(edge).collect();
            store.import(edges).await.expect("it takes them");
        }
    });
    command(folder, &["keys", "new"]);
}

fn edges(folder: &Path) -> u64 {
    let schema = social::events::product_schema();
    let store = sqlite_adapter::open(&folder.join("sociosphere.db"), schema).expect("it opens");
    let runtime = tokio::runtime::Runtime::new().expect("it starts");
    runtime.block_on(store.records()).expect("it counts").expect("it knows").edges
}

/// Begins a copy, and waits until its edges are on their way.
fn begun(
    data: &Path,
    from: &str,
    to: &str,
) -> (std::process::Child, BufReader<std::process::ChildStderr>) {
    let mut command = binary(data);
    command.args(["copy", "--from", from, "--to", to]);
    let mut child = command.stderr(Stdio::piped()).stdout(Stdio::null()).spawn().expect("it runs");
    let mut lines = BufReader::new(child.stderr.take().expect("piped"));
    let mut line = String::new();
    while !line.contains(&format!("0 of {MANY} edges")) {
        line.clear();
        assert_ne!(lines.read_line(&mut line).expect("it is text"), 0, "it ended before");
    }
    (child, lines)
}

#[test]
fn a_copy_that_is_killed_or_stopped_goes_on_when_it_is_run_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let (here, there) = (folder.path().join("here"), folder.path().join("there"));
    large(&here);
    let (from, to) = (sqlite(&here), sqlite(&there));
    // Killed.
    let (mut child, _) = begun(&here, &from, &to);
    child.kill().expect("it can be killed");
    child.wait().expect("a child");
    let copied = edges(&there);
    assert!(copied < MANY, "it was too fast to be killed on its way");
    // Ctrl-C: it says what to do.
    let (mut child, mut lines) = begun(&here, &from, &to);
    let done = Command::new("kill").args(["-INT", &child.id().to_string()]).status();
    assert!(done.expect("kill runs").success());
    let status = child.wait().expect("a child");
    let mut said = String::new();
    std::io::Read::read_to_string(&mut lines, &mut said).expect("it is text");
    assert!(!status.success() && said.contains("the same command goes on"), "{said}");
    assert!(edges(&there) >= copied, "what was copied stays");
    let (well, said) = copy(&here, &from, &to);
    assert!(well && said.contains("both hold the same"), "{said}");
    assert_eq!(edges(&there), MANY);
}

#[test]
fn media_move_from_files_to_s3_to_gridfs_to_files_byte_by_byte() {
    let (minio, mongo) = (Minio::start(), Mongo::start());
    let folder = tempfile::tempdir().expect("a folder");
    let (here, back) = (folder.path().join("here"), folder.path().join("back"));
    let ada = person(&here, "ada");
    let server = Server::start(&here);
    let demo = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../demo");
    for file in ["avatars/ada.jpg", "evening.mp4"] {
        let bytes = std::fs::read(demo.join(file)).expect("it is in the repository");
        uploaded(&server, &ada, file.rsplit('/').next().expect("a name"), &bytes);
    }
    drop(server);
    // One that goes up in parts.
    let store = here.join("media");
    let large = vec![7_u8; 9 * 1024 * 1024];
    let runtime = tokio::runtime::Runtime::new().expect("it starts");
    runtime.block_on(async {
        let blobs = local_adapter::FileBlobs::open(&store).expect("it opens");
        engine::blobs::Blobs::put(&blobs, "large", &mut &large[..]).await.expect("it is stored");
    });
    let files = |folder: &Path| format!("file:{}", folder.join("media").display());
    let stations = [
        files(&here),
        minio.url("moving"),
        format!("gridfs+{}", mongo.url("moving")),
        files(&back),
    ];
    for pair in stations.windows(2) {
        for round in ["first", "again"] {
            let (well, said) = copy(&here, &pair[0], &pair[1]);
            assert!(well && said.contains("every byte is the same"), "{round}: {said}");
            assert!(!said.contains("sociosphere-test"), "a secret is shown: {said}");
        }
    }
    assert_eq!(content(&here.join("media")), content(&back.join("media")));
}

/// All files of a folder, by their path in it.
fn content(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(next).expect("it is there").flatten() {
            match entry.path() {
                path if path.is_dir() => folders.push(path),
                path => {
                    let name = path.strip_prefix(folder).expect("it is within");
                    found.push((
                        name.to_string_lossy().into_owned(),
                        std::fs::read(&path).expect("it can be read"),
                    ));
                }
            }
        }
    }
    found.sort();
    assert!(found.len() >= 4, "{} files", found.len());
    found
}
