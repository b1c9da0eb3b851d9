//! A full disk: writes are refused in words, reads go on, and when there is room again so do writes.

use std::{
    collections::HashSet,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::Value;

use crate::support::{Server, person};

/// A small disk of its own for a test, where the test may mount one.
struct Disk(PathBuf);

impl Disk {
    fn mount(at: &Path) -> Option<Disk> {
        fs::create_dir_all(at).expect("a folder");
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=12m", "tmpfs"])
            .arg(at)
            .output()
            .is_ok_and(|output| output.status.success());
        mounted.then(|| Disk(at.to_owned()))
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("--lazy").arg(&self.0).status();
    }
}

/// Posts until one is refused; adds what was acknowledged. Texts are long, so that it does not take long.
fn write_until_refused(
    server: &Server,
    token: &str,
    round: &str,
    acked: &mut Vec<(String, String)>,
    attempted: &mut HashSet<String>,
) -> (u16, Value) {
    for number in 0..20_000 {
        let text = format!("marker {round} {number} {}", "wave ".repeat(900).trim());
        attempted.insert(text.clone());
        match server.post(token, &text) {
            Ok(id) => acked.push((id, text)),
            Err(refused) => return refused,
        }
    }
    panic!("the disk does not fill");
}

/// What a full disk looks like from outside.
fn is_refused_in_words(refused: &(u16, Value)) {
    let (status, body) = refused;
    assert_eq!(*status, 503, "{body}");
    let text = body["error"].as_str().expect("the shape of errors");
    assert!(text.contains("disk is full"), "{text}");
    assert!(body["request_id"].is_string(), "{body}");
}

fn reads_go_on(server: &Server, token: &str, acked: &[(String, String)]) {
    let (id, _) = acked.last().expect("something was written before");
    server.get(&format!("/api/v1/statuses/{id}"), token);
    server.get("/api/v1/timelines/home", token);
    server.get("/api/v1/timelines/public", token);
    server.get("/health", "");
}

#[test]
fn a_full_disk_refuses_writes_and_nothing_else() {
    let folder = tempfile::tempdir().expect("a folder");
    let (mut acked, mut attempted) = (Vec::new(), HashSet::new());
    let at = folder.path().join("disk");
    let disk = Disk::mount(&at);
    let data = at.join("data");
    let token = person(&data, "ada");
    if disk.is_some() {
        let server = Server::start(&data);
        // Two rounds: it fills, there is room, it fills again.
        for round in ["first", "second"] {
            let refused = write_until_refused(&server, &token, round, &mut acked, &mut attempted);
            is_refused_in_words(&refused);
            reads_go_on(&server, &token, &acked);
            let room = Command::new("mount")
                .args([
                    "-o",
                    if round == "first" { "remount,size=20m" } else { "remount,size=48m" },
                ])
                .arg(&at)
                .status();
            assert!(room.expect("mount runs").success());
            let text = format!("marker after the {round}");
            attempted.insert(text.clone());
            acked.push((server.post(&token, &text).expect("there is room again"), text));
        }
        server.audit(&token, &acked, &attempted);
        server.kill();
    } else {
        // Not for us to mount: files may grow to a size, and no further.
        let mut limited = Command::new("sh");
        limited.args(["-c", "trap '' XFSZ; ulimit -f 4096; exec \"$0\" \"$@\""]);
        limited.arg(env!("CARGO_BIN_EXE_sociosphere"));
        let server = Server::start_by(limited, &data);
        let (status, body) =
            write_until_refused(&server, &token, "limited", &mut acked, &mut attempted);
        assert_eq!(status, 503, "{body}");
        assert!(body["error"].is_string(), "{body}");
        reads_go_on(&server, &token, &acked);
        server.kill();
    }
    let server = Server::start(&data);
    let text = "marker at last".to_owned();
    attempted.insert(text.clone());
    acked.push((server.post(&token, &text).expect("there is room"), text));
    server.audit(&token, &acked, &attempted);
    server.kill();
}
