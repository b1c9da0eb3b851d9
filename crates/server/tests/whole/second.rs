//! Several processes on one MongoDB and one Redis: what lies between them, that each shows what another wrote, and that
//! nothing that must not be seen any more is seen, whatever Redis does (F-12).

use std::{
    io::{Read, Write},
    net::TcpStream,
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{
    mongodb::server as mongodb,
    redis::server as redis,
    support::{PASSWORD, Server, head},
};

/// How long a condition may take to come true.
const PATIENCE: Duration = Duration::from_secs(60);

/// The engines, and the folders of processes on them.
struct Place {
    mongo: mongodb::Server,
    redis: redis::Server,
    folder: TempDir,
}

impl Place {
    fn new(redis: &[&str]) -> Place {
        let folder = tempfile::tempdir().expect("a folder");
        Place { mongo: mongodb::Server::start(), redis: redis::Server::start(redis), folder }
    }

    fn data(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_sociosphere"));
        command.arg("--set").arg(format!("store={}", self.mongo.url("whole")));
        // One community has one address, which its access tokens name.
        command.args(["--set", "blobs=gridfs:", "--set", "public_url=http://127.0.0.1:8420"]);
        for port in ["cache", "rings", "bus"] {
            let url = format!("{port}=redis://127.0.0.1:{}/?prefix=whole", self.redis.port);
            command.arg("--set").arg(url);
        }
        command
    }

    fn process(&self, name: &str) -> Server {
        Server::start_by(self.command(), &self.data(name))
    }

    fn said(&self, data: &Path, words: &[&str]) -> String {
        let output = self.command().arg("--data").arg(data).args(words).output();
        let output = output.expect("it runs");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
        assert!(output.status.success(), "{words:?}: {}", text(&output.stderr));
        text(&output.stdout)
    }

    /// Somebody new, and their token.
    fn person(&self, handle: &str) -> String {
        let (data, email) = (self.data("operator"), format!("{handle}@example.org"));
        let who = ["--handle", handle, "--email", &email, "--password", PASSWORD, "--confirmed"];
        self.said(&data, &[&["account", "create"], &who[..]].concat());
        self.said(&data, &["token", "create", "--account", handle, "--scopes", "read write"])
    }

    fn ask(&self, words: &[&str]) -> String {
        self.redis.command(words).trim().to_owned()
    }

    /// Whether a value lies at a place.
    fn holds(&self, key: &str) -> bool {
        self.ask(&["GET", key]).starts_with('=')
    }
}

/// Asks until it is so.
#[track_caller]
fn until(what: &str, mut so: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !so() {
        assert!(begun.elapsed() < PATIENCE, "not in time: {what}");
    }
}

fn status(server: &Server, method: &str, path: &str, token: &str, body: &Value) -> u16 {
    let body = if body.is_null() { String::new() } else { body.to_string() };
    server.request(method, path, token, "", &body).expect("an answer").0
}

fn sees(server: &Server, path: &str, token: &str) -> u16 {
    status(server, "GET", path, token, &Value::Null)
}

/// Sums the figures of a name with this label.
fn figure(server: &Server, name: &str, label: &str) -> u64 {
    let mut socket = TcpStream::connect(server.address).expect("it listens");
    let request = head("GET", "/metrics", "", "", "close", "");
    socket.write_all(request.as_bytes()).expect("it reads");
    let mut text = String::new();
    socket.read_to_string(&mut text).expect("an answer");
    let name = format!("sociosphere_{name}");
    let lines = text.lines().filter(|line| line.starts_with(&name) && line.contains(label));
    lines.filter_map(|line| line.rsplit(' ').next()?.parse::<u64>().ok()).sum()
}

fn id_of(value: &Value) -> String {
    value["id"].as_str().expect("an id").to_owned()
}

fn sign_in(server: &Server, login: &str) -> String {
    let body = json!({"login": login, "password": PASSWORD}).to_string();
    let path = "/api/sociosphere/v1/auth/sign-in";
    let (status, body) = server.request("POST", path, "", "", &body).expect("an answer");
    assert_eq!(status, 200, "{body}");
    body["access_token"].as_str().expect("a token").to_owned()
}

const ME: &str = "/api/v1/accounts/verify_credentials";
const HOME: &str = "/api/v1/timelines/home";
const DEVICES: &str = "/api/sociosphere/v1/auth/devices";

#[test]
fn what_processes_read_lies_in_redis_and_a_restarted_one_comes_up_warm() {
    let place = Place::new(&[]);
    let (ada, bea) = (place.person("ada"), place.person("bea"));
    let mut command = place.command();
    command.args(["--set", "rate_limits=true"]);
    let server = Server::start_by(command, &place.data("one"));
    let (who, reader) = (server.get(ME, &ada), server.get(ME, &bea));
    let follow = format!("/api/v1/accounts/{}/follow", id_of(&who));
    assert_eq!(status(&server, "POST", &follow, &bea, &json!({})), 200);
    let post = server.post(&ada, "kept for all").expect("it is published");
    let session = sign_in(&server, "bea");
    let (ada_id, bea_id) = (id_of(&who), id_of(&reader));
    let keys = [
        format!("whole:node:accounts:{{{ada_id}}}"),
        format!("whole:node:posts:{{{post}}}"),
        format!("whole:count:followers:{{{ada_id}}}"),
    ];
    until("the page lies in Redis", || {
        server.get(HOME, &bea);
        server.get(HOME, &session);
        keys.iter().all(|key| place.holds(key))
    });
    for kind in ["sessions", "tokens", "logins"] {
        until(kind, || {
            server.get(ME, &bea);
            server.get(ME, &session);
            let found = place.ask(&["--scan", "--pattern", &format!("whole:node:{kind}:*")]);
            found.lines().any(|key| place.holds(key))
        });
    }
    assert_ne!(place.ask(&["LLEN", &format!("whole:ring:{{{bea_id}}}")]), "0", "the ring");
    assert_ne!(place.ask(&["--scan", "--pattern", "whole:limit:*"]), "", "a limit");
    assert_ne!(place.ask(&["LLEN", "whole:journal:{written}"]), "0", "the journal");
    // Keys of the instance never lie there, nor does anything that is used once.
    for kind in ["keys", "tickets", "codes", "invites", "processes"] {
        let pattern = format!("whole:node:{kind}:*");
        assert_eq!(place.ask(&["--scan", "--pattern", &pattern]), "", "{kind}");
    }

    // A process that starts finds what another one read; one that starts beside an empty Redis reads the store.
    let first_page = |empty: bool| -> (u64, u64) {
        if empty {
            place.ask(&["FLUSHALL"]);
        }
        let server = place.process("one");
        let mut figures = (0, 0);
        // A cache that was named just now counts a second later: until then the store alone is asked.
        until("the cache is asked", || {
            server.get(HOME, &bea);
            let [hits, misses] = ["hits", "misses"]
                .map(|what| figure(&server, &format!("graph_cache_{what}_total"), "\"second\""));
            figures = (hits, misses);
            hits + misses > 0
        });
        figures
    };
    server.get(HOME, &bea);
    server.kill();
    // What a slow start read before the cache counts is not counted: then it starts again.
    let mut seen = Vec::new();
    let warmer = (0..3).any(|_| {
        let (warm, cold) = (first_page(false), first_page(true));
        seen.push((warm, cold));
        warm.0 > cold.0 && warm.1 < cold.1
    });
    assert!(warmer, "warm and cold, hits and misses: {seen:?}");
}

#[test]
fn what_one_process_writes_the_other_shows_at_once() {
    let place = Place::new(&[]);
    let ada = place.person("ada");
    let servers = [place.process("one"), place.process("two")];
    servers.iter().for_each(|server| _ = server.get(ME, &ada));
    for turn in 0..100 {
        let (writer, reader) = (&servers[turn % 2], &servers[(turn + 1) % 2]);
        // What the other has read it has now in its own caches.
        assert_ne!(reader.get(ME, &ada)["display_name"], format!("turn {turn}"));
        let body = json!({"display_name": format!("turn {turn}")});
        let path = "/api/v1/accounts/update_credentials";
        assert_eq!(status(writer, "PATCH", path, &ada, &body), 200);
        assert_eq!(reader.get(ME, &ada)["display_name"], format!("turn {turn}"), "turn {turn}");
    }
    // Somebody new signs up at one, and is known at the other.
    let form = json!({"handle": "bea", "email": "bea@example.org", "password": PASSWORD});
    let path = "/api/sociosphere/v1/auth/sign-up";
    let (code, body) =
        servers[0].request("POST", path, "", "", &form.to_string()).expect("an answer");
    assert_eq!(code, 200, "{body}");
    let bea = body["access_token"].as_str().expect("a token");
    assert_eq!(servers[1].get(ME, bea)["username"], "bea");
    let bea_id = id_of(&body["account"]);

    // What must not be seen any more: signed out, blocked, deleted.
    let other = sign_in(&servers[1], "bea");
    servers.iter().for_each(|server| assert_eq!(sees(server, ME, &other), 200));
    let devices = servers[0].get(DEVICES, bea);
    let devices = devices.as_array().expect("a list");
    let device = devices.iter().find(|device| device["current"] == false).expect("the other one");
    let path = format!("{DEVICES}/{}", id_of(device));
    assert_eq!(status(&servers[0], "DELETE", &path, bea, &Value::Null), 200);
    assert_eq!(sees(&servers[1], ME, &other), 401);

    let posts: Vec<String> =
        (0..10).map(|n| servers[0].post(bea, &format!("post {n}")).expect("published")).collect();
    for (turn, post) in posts.iter().enumerate() {
        let path = format!("/api/v1/statuses/{post}");
        let (writer, reader) = (&servers[turn % 2], &servers[(turn + 1) % 2]);
        assert_eq!(sees(reader, &path, &ada), 200);
        assert_eq!(status(writer, "DELETE", &path, bea, &Value::Null), 200);
        assert_eq!(sees(reader, &path, &ada), 404, "turn {turn}");
        assert_eq!(sees(writer, &path, &ada), 404, "turn {turn}");
    }
    let post = servers[1].post(bea, "for all but one").expect("published");
    let path = format!("/api/v1/statuses/{post}");
    assert_eq!(sees(&servers[1], &path, &ada), 200);
    let ada_id = id_of(&servers[0].get(ME, &ada));
    let block = format!("/api/v1/accounts/{ada_id}/block");
    assert_eq!(status(&servers[0], "POST", &block, bea, &json!({})), 200);
    assert_eq!(sees(&servers[1], &path, &ada), 404);
    let posts = servers[1].get(&format!("/api/v1/accounts/{bea_id}/statuses"), &ada);
    assert_eq!(posts, json!([]));
    // What an operator does without telling anybody is seen all the same, a little later.
    place.said(&place.data("operator"), &["account", "suspend", "ada"]);
    for server in &servers {
        until("the operator is obeyed", || sees(server, ME, &ada) != 200);
    }
}

/// Its name, how it begins, and how it ends.
type Fault<'a> = (&'static str, &'a dyn Fn(), &'a dyn Fn());

/// F-12: deletions and a sign-out hold on both processes while Redis is away, frozen, full, and back, with its memory or
/// without.
#[test]
fn f12_nothing_that_is_gone_is_seen_again_whatever_redis_does() {
    let folder = tempfile::tempdir().expect("a folder");
    let kept = folder.path().to_str().expect("a readable path");
    // It remembers what it was told when it is started again: old values, too.
    let place = Place::new(&["--dir", kept, "--appendonly", "yes", "--appendfsync", "always"]);
    let (ada, bea) = (place.person("ada"), place.person("bea"));
    let servers = [place.process("one"), place.process("two")];
    let mut gone: Vec<String> = Vec::new();
    let rounds: [Fault<'_>; 5] = [
        ("as usual", &|| {}, &|| {}),
        ("killed", &|| place.redis.kill(), &|| place.redis.restart()),
        ("frozen", &|| place.redis.signal("STOP"), &|| place.redis.signal("CONT")),
        ("full", &|| _ = place.ask(&["CONFIG", "SET", "maxmemory", "1"]), &|| {
            _ = place.ask(&["CONFIG", "SET", "maxmemory", "0"])
        }),
        ("emptied", &|| _ = place.ask(&["FLUSHALL"]), &|| {}),
    ];
    for (name, fail, mend) in rounds {
        let posts: Vec<String> = (0..4)
            .map(|n| servers[n % 2].post(&ada, &format!("{name} {n}")).expect("published"))
            .collect();
        let paths: Vec<_> = posts.iter().map(|post| format!("/api/v1/statuses/{post}")).collect();
        for path in &paths {
            servers.iter().for_each(|server| assert_eq!(sees(server, path, &bea), 200, "{name}"));
        }
        fail();
        for (turn, path) in paths[..2].iter().enumerate() {
            assert_eq!(status(&servers[turn], "DELETE", path, &ada, &Value::Null), 200, "{name}");
            assert_eq!(sees(&servers[turn], path, &bea), 404, "{name}");
            let other = &servers[1 - turn];
            until(name, || sees(other, path, &bea) == 404);
        }
        gone.extend_from_slice(&paths[..2]);
        mend();
        // Also what was deleted long ago; and on a Redis that has just come back.
        for _ in 0..5 {
            for path in &gone {
                for server in &servers {
                    assert_eq!(sees(server, path, &bea), 404, "seen again: {name}");
                }
            }
        }
        assert_eq!(status(&servers[0], "DELETE", &paths[2], &ada, &Value::Null), 200, "{name}");
        until(name, || sees(&servers[1], &paths[2], &bea) == 404);
        gone.push(paths[2].clone());
        // And it is of use again.
        let key = format!("whole:node:posts:{{{}}}", posts[3]);
        until("it is filled again", || {
            servers.iter().for_each(|server| assert_eq!(sees(server, &paths[3], &bea), 200));
            place.holds(&key)
        });
    }
}

/// What a home page asks of Redis: one round trip for who may call (two limits, and what others wrote), one for the ring.
#[test]
fn a_home_page_costs_two_round_trips() {
    let place = Place::new(&[]);
    let (ada, bea) = (place.person("ada"), place.person("bea"));
    let mut command = place.command();
    command.args(["--set", "rate_limits=true"]);
    let server = Server::start_by(command, &place.data("one"));
    let who = server.get(ME, &ada);
    let follow = format!("/api/v1/accounts/{}/follow", id_of(&who));
    assert_eq!(status(&server, "POST", &follow, &bea, &json!({})), 200);
    server.post(&ada, "on the page").expect("it is published");
    until("the page is there", || server.get(HOME, &bea)[0]["account"]["acct"] == "ada");
    // The process looks after its caches meanwhile, and drops them every 0.4 seconds: the least of many pages is a page alone.
    let trips = || figure(&server, "redis_round_trips_total", "");
    let page = (0..100).map(|_| {
        let before = trips();
        assert_eq!(server.get(HOME, &bea)[0]["account"]["acct"], "ada");
        trips() - before
    });
    assert_eq!(page.min(), Some(2));
}

#[test]
fn trends_lie_in_redis_and_every_process_shows_what_lies_there() {
    let place = Place::new(&[]);
    let tokens = ["ada", "bea", "cyd"].map(|handle| place.person(handle));
    let (one, two) = (place.process("one"), place.process("two"));
    for token in &tokens {
        one.post(token, "a #lantern").expect("it is published");
    }
    const TAGS: &str = "/api/v1/trends/tags";
    until("a refresh of one process shows in the other", || {
        place.said(&place.data("one"), &["trends"]);
        two.get(TAGS, &tokens[0])[0]["name"] == "lantern"
    });
    for list in ["tags", "posts", "links", "people"] {
        let key = format!("whole:value:{{trends:{list}}}");
        // Until when it counts, and the list.
        let value = place.ask(&["GET", &key]);
        assert!(
            value.split_once(' ').is_some_and(|(_, list)| list.starts_with('[')),
            "{key}: {value}"
        );
        let left: i64 = place.ask(&["PTTL", &key]).parse().expect("a time");
        assert!((1..=7_200_000).contains(&left), "{key} ends in {left} ms");
    }
    place.ask(&["SET", "whole:value:{trends:tags}", "9999999999999 []"]);
    for process in [&one, &two] {
        assert_eq!(process.get(TAGS, &tokens[0]), json!([]));
    }
    // Lost, it is made again.
    place.ask(&["DEL", "whole:value:{trends:tags}"]);
    for process in [&one, &two] {
        assert_eq!(process.get(TAGS, &tokens[0])[0]["name"], "lantern");
    }
}
