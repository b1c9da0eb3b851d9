//! Settings that name an engine wrongly: at a start and from `doctor`, one line that names the setting and says what to do.

use std::{
    io::{Read, Write},
    net::TcpListener,
    path::Path,
    process::Command,
};

/// Never to be seen again.
const PASSWORD: &str = "hun+ter2";

/// Whether it works, its output, and what it says is wrong.
fn run(data: &Path, settings: &[(&str, &str)], word: &str) -> (bool, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sociosphere"));
    command.arg("--data").arg(data).args(["--set", "listen=127.0.0.1:0"]);
    for (setting, url) in settings {
        command.arg("--set").arg(format!("{setting}={url}"));
    }
    let output = command.arg(word).output().expect("it runs");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
    (output.status.success(), text(&output.stdout), text(&output.stderr))
}

/// A server that says the same to everybody, as often as it is spoken to; it ends with the tests.
fn parrot(says: &'static [u8]) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has free ports");
    let port = listener.local_addr().expect("it is bound").port();
    std::thread::spawn(move || {
        for mut line in listener.incoming().flatten() {
            std::thread::spawn(move || {
                let mut heard = [0; 4_096];
                while line.read(&mut heard).is_ok_and(|read| read > 0) {
                    if line.write_all(says).is_err() {
                        break;
                    }
                }
            });
        }
    });
    port
}

/// Scheme, form, nobody there, another program there, no TLS there, a wrong password: for each setting.
#[test]
fn a_setting_that_cannot_be_used_is_named_in_one_line_with_what_to_do() {
    let folder = tempfile::tempdir().expect("a folder");
    let http = parrot(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n");
    let old = parrot(
        b"HTTP/1.1 200 OK\r\ncontent-length: 35\r\n\r\n{\"version\": {\"number\": \"7.17.9\" }} ",
    );
    let denied = parrot(
        b"HTTP/1.1 401 Unauthorized\r\ncontent-length: 52\r\n\r\n{\"error\":{\"type\":\"security_exception\",\"reason\":\"x\"}}",
    );
    // A client says more than one thing before it listens.
    let wrong = parrot(
        b"-WRONGPASS invalid username-password pair or user is disabled.\r\n\
          -NOAUTH Authentication required.\r\n-NOAUTH Authentication required.\r\n-NOAUTH Authentication required.\r\n",
    );
    let login = format!("me:{PASSWORD}@");
    let (gone, refuses) = ("does not answer", "refuses the user or the password");
    let file = folder.path().join("a-file");
    std::fs::write(&file, "no folder").expect("written");
    let file = file.display();
    // Redis and MongoDB say the same for each setting that may name them.
    let table: Vec<(&str, String, &str)> = vec![
        ("store", "oracle://host/db".to_owned(), "known are sqlite:PATH and mongodb"),
        ("store", format!("mongodb://{login}127.0.0.1:1/"), "names no database"),
        ("store", format!("mongodb://{login}host:port/db"), "mongodb://user:password@host"),
        ("store", format!("mongodb://{login}127.0.0.1:1/db?serverSelectionTimeoutMS=300"), gone),
        (
            "store",
            format!("mongodb://{login}127.0.0.1:{http}/db?serverSelectionTimeoutMS=300&tls=true"),
            gone,
        ),
        ("store", format!("sqlite:{file}/x.db"), "a-file"),
        ("blobs", "ftp://host".to_owned(), "known are file:FOLDER"),
        ("blobs", "gridfs:".to_owned(), "write gridfs+mongodb://host/database"),
        (
            "blobs",
            format!("gridfs+mongodb://{login}127.0.0.1:1/db?serverSelectionTimeoutMS=300"),
            gone,
        ),
        ("blobs", format!("file:{file}"), "a-file"),
        ("cache", "memcached://host".to_owned(), "known are local: and redis://host"),
        ("cache", format!("redis://{login}127.0.0.1:1"), gone),
        ("cache", format!("redis://{login}127.0.0.1:{wrong}"), refuses),
        ("rings", format!("rediss://{login}127.0.0.1:{http}"), "127.0.0.1"),
        ("rings", "disk:".to_owned(), "known are local: and redis://host"),
        ("bus", format!("redis://{login}127.0.0.1:{http}"), "127.0.0.1"),
        ("bus", "kafka://host".to_owned(), "known are local:"),
        ("queue", "sqs://host".to_owned(), "known are store:"),
        ("queue", format!("redis://{login}127.0.0.1:1"), gone),
        ("search", "solr://host".to_owned(), "known are tantivy:FOLDER and elasticsearch+http"),
        ("search", format!("elasticsearch+http://{login}127.0.0.1:1"), gone),
        ("search", format!("elasticsearch+https://{login}127.0.0.1:{http}"), gone),
        ("search", format!("elasticsearch+http://{login}127.0.0.1:{denied}"), refuses),
        ("search", format!("elasticsearch+http://{login}host/UPPER"), "host:9200/prefix"),
        ("search", format!("tantivy:{file}"), "a-file"),
        ("mail", "pigeon://host".to_owned(), "known are file:FOLDER and smtp://host:port"),
        ("mail", format!("smtp://{login}"), "smtp://user:password@host:port"),
        ("mail", format!("file:{file}"), "a-file"),
    ];
    for (number, (setting, url, part)) in table.iter().enumerate() {
        let data = folder.path().join(format!("data-{number}"));
        for word in ["all", "doctor"] {
            let (well, out, err) = run(&data, &[(setting, url)], word);
            assert!(!well, "{word} {setting} = {url}: {out}");
            let lines: Vec<&str> =
                err.lines().filter(|line| line.starts_with("sociosphere: ")).collect();
            let [line] = lines[..] else { panic!("{word} {setting} = {url}: {err}") };
            let named = line.starts_with(&format!("sociosphere: {setting} = "));
            assert!(named && (line.contains(part) || word == "doctor"), "{word} {url}: {line}");
            for text in [&out, &err] {
                assert!(!text.contains(PASSWORD) && !text.contains("panicked"), "{word}: {text}");
            }
        }
    }
    // An old server is told of at a start.
    let url = format!("elasticsearch+http://127.0.0.1:{old}");
    let (_, _, err) = run(&folder.path().join("old"), &[("search", &url)], "all");
    assert!(err.contains("search = ") && err.contains("Elasticsearch"), "{err}");
}

/// Each setting has its line, the embedded ones too; what is wrong with some hides none of the others, and the exit code
/// says that something is.
#[test]
fn the_doctor_has_a_line_for_every_setting() {
    let folder = tempfile::tempdir().expect("a folder");
    let (well, out, err) = run(folder.path(), &[], "doctor");
    assert!(well, "{err}");
    let found = |setting: &str, part: &str| {
        out.lines().any(|line| line.starts_with(&format!("{setting}\t")) && line.contains(part))
    };
    for (setting, part) in [
        ("store", "SQLite 3."),
        ("blobs", "writable, "),
        ("cache", "in this process"),
        ("rings", "in this process"),
        ("bus", "in this process"),
        ("queue", "in the store"),
        ("search", "Tantivy in this process; writable, "),
        ("mail", "writable, "),
    ] {
        assert!(found(setting, part), "{setting}: {out}");
    }
    let (well, out, _) = run(folder.path(), &[], "doctor");
    let store = out.lines().find(|line| line.starts_with("store\tSQLite"));
    assert!(well && store.is_some_and(|line| line.contains("journal WAL")), "{out}");
    let settings = [
        ("cache", "redis://me:hun+ter2@127.0.0.1:1"),
        ("search", "elasticsearch+http://127.0.0.1:1"),
        ("mail", "smtp://127.0.0.1:1"),
    ];
    let (well, out, err) = run(folder.path(), &settings, "doctor");
    assert!(!well);
    let wrong: Vec<&str> = err.lines().collect();
    assert_eq!(wrong.len(), 3, "{err}");
    for (line, (setting, _)) in wrong.iter().zip(settings) {
        assert!(line.starts_with(&format!("sociosphere: {setting} = ")), "{line}");
    }
    for setting in ["store\tSQLite", "blobs\twritable", "rings\tin this", "queue\tin the store"] {
        assert!(out.contains(setting), "{setting}: {out}");
    }
    assert!(!out.contains(PASSWORD) && !err.contains(PASSWORD));
}
