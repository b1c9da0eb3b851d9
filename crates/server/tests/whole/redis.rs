//! Cache, home timelines, bus and queue on a Redis: the product on it, without it for a while, and what is said where it
//! cannot be used.

use std::{
    io::{BufRead, BufReader, Write},
    net::TcpStream,
    path::Path,
    process::Command,
    time::{Duration, Instant},
};

use crate::support::{Server, command, head, person};

#[path = "../../../../adapters/redis/tests/real/server.rs"]
#[allow(dead_code, reason = "the adapter's tests use more of it")]
pub mod server;

use server::Server as Redis;

/// A Redis of this test's own that keeps its jobs. Where there is no redis-server this says so, and in CI it fails.
pub fn redis(folder: &Path) -> Option<Redis> {
    if Command::new("redis-server").arg("--version").output().is_err() {
        assert!(std::env::var_os("CI").is_none(), "there is no redis-server here");
        let text = b"\nNOT RUN: the server on Redis; there is no redis-server here, `make engines` installs one.\n";
        let _ = std::io::stderr().write_all(text);
        return None;
    }
    let folder = folder.to_str().expect("a readable path");
    let settings = ["--requirepass", "hidden", "--dir", folder, "--appendonly", "yes"];
    Some(Redis::start(&settings))
}

const PORTS: [&str; 4] = ["cache", "rings", "bus", "queue"];

/// The settings that put all four on this Redis.
fn settings(port: u16, password: &str) -> Vec<String> {
    let url = format!("redis://:{password}@127.0.0.1:{port}/0?prefix=whole");
    PORTS.into_iter().flat_map(|name| ["--set".to_owned(), format!("{name}={url}")]).collect()
}

fn on(redis: &Redis, data: &Path) -> Server {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sociosphere"));
    command.args(settings(redis.port, "hidden"));
    Server::start_by(command, data)
}

pub fn ask(redis: &Redis, words: &[&str]) -> String {
    redis.command(&[&["-a", "hidden", "--no-auth-warning"], words].concat())
}

/// The lines of somebody's event stream, from when it is open.
pub fn stream(server: &Server, token: &str) -> impl Iterator<Item = String> + use<> {
    let mut socket = TcpStream::connect(server.address).expect("it listens");
    socket.set_read_timeout(Some(Duration::from_secs(30))).expect("a time");
    let request = head("GET", "/api/v1/streaming/user", token, "", "keep-alive", "");
    socket.write_all(request.as_bytes()).expect("it reads");
    let mut lines = BufReader::new(socket).lines().map_while(Result::ok);
    assert!(lines.next().is_some_and(|line| line.contains(" 200 ")), "the stream is open");
    lines
}

/// Asks for the home timeline until it shows these posts, newest first.
#[track_caller]
pub fn home_shows(server: &Server, token: &str, posts: &[&str]) {
    let begun = Instant::now();
    loop {
        let page = server.get("/api/v1/timelines/home", token);
        let ids: Vec<_> = page.as_array().into_iter().flatten().map(|it| &it["id"]).collect();
        if ids.iter().map(|id| id.as_str().unwrap_or_default()).eq(posts.iter().copied()) {
            return;
        }
        assert!(begun.elapsed() < Duration::from_secs(30), "{ids:?} are not {posts:?}");
    }
}

#[test]
fn the_product_lives_on_a_redis_goes_on_without_it_and_comes_back() {
    let folder = tempfile::tempdir().expect("a folder");
    let Some(redis) = redis(folder.path()) else { return };
    let data = folder.path().join("data");
    let (ada, bea) = (person(&data, "ada"), person(&data, "bea"));
    let server = on(&redis, &data);
    let who = server.get("/api/v1/accounts/verify_credentials", &ada);
    let follow = format!("/api/v1/accounts/{}/follow", who["id"].as_str().expect("an id"));
    let (status, _) = server.request("POST", &follow, &bea, "", "{}").expect("an answer");
    assert_eq!(status, 200);
    home_shows(&server, &bea, &[]);
    let first = server.post(&ada, "first of all").expect("it is published");
    home_shows(&server, &bea, &[&first]);
    assert!(command(&data, &["jobs", "settle"]).contains("settled"));
    let reader = server.get("/api/v1/accounts/verify_credentials", &bea);
    let ring = format!("whole:ring:{{{}}}", reader["id"].as_str().expect("an id"));
    assert!(ask(&redis, &["LRANGE", &ring, "0", "0"]).contains(&first), "the ring lies in Redis");
    assert!(ask(&redis, &["GET", "whole:{queue}:fence"]).trim() != "", "jobs went through Redis");
    let mut events = stream(&server, &bea);
    assert_eq!(ask(&redis, &["PUBSUB", "NUMPAT"]).trim(), "1", "the process listens");
    let live = server.post(&ada, "and this one live").expect("it is published");
    assert!(events.any(|line| line.contains(&live)), "the stream tells of it");
    home_shows(&server, &bea, &[&live, &first]);
    let (status, _) = server
        .request("DELETE", &format!("/api/v1/statuses/{live}"), &ada, "", "")
        .expect("an answer");
    assert_eq!(status, 200);
    home_shows(&server, &bea, &[&first]);

    // Away: reading and writing go on, from the store alone.
    redis.kill();
    let second = server.post(&ada, "second, while it is away").expect("it is published");
    home_shows(&server, &bea, &[&second, &first]);
    home_shows(&server, &ada, &[&second, &first]);
    redis.restart();
    home_shows(&server, &bea, &[&second, &first]);
    let third = server.post(&ada, "third, after all").expect("it is published");
    home_shows(&server, &bea, &[&third, &second, &first]);
    // A job whose end was lost with Redis runs again when its lease ends: nothing is given up.
    assert!(command(&data, &["jobs", "list"]).contains("given up 0"));

    // Another process finds what the last one left.
    server.kill();
    assert!(ask(&redis, &["LRANGE", &ring, "0", "0"]).contains(&third));
    let server = on(&redis, &data);
    home_shows(&server, &bea, &[&third, &second, &first]);
}

/// Celery's own tools see the server's worker, and the very jobs that a post caused.
#[test]
fn celery_inspect_and_flowers_events_show_the_products_jobs() {
    let folder = tempfile::tempdir().expect("a folder");
    let Some(redis) = redis(folder.path()) else { return };
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let venv = root.join("target/celery");
    let installed = Command::new(root.join("testing/celery/install")).arg(&venv).status();
    if !installed.expect("bash is there").success() {
        assert!(std::env::var_os("CI").is_none(), "Celery is not installed");
        return;
    }
    let data = folder.path().join("data");
    let ada = person(&data, "ada");
    let broker = format!("redis://:hidden@127.0.0.1:{}/0", redis.port);
    // Listens as Flower does, and says which tasks ended well, and where.
    let script = format!(
        "import celery\n\
         app = celery.Celery(broker='{broker}')\n\
         state = app.events.State()\n\
         def hear(event):\n\
         \x20   state.event(event)\n\
         \x20   task = state.tasks.get(event.get('uuid'))\n\
         \x20   if event['type'] == 'task-succeeded' and task:\n\
         \x20       print(task.name, task.worker.hostname, flush=True)\n\
         with app.connection() as connection:\n\
         \x20   app.events.Receiver(connection, handlers={{'*': hear}}).capture()\n"
    );
    let mut eyes = Command::new(venv.join("bin/python"))
        .args(["-c", &script])
        .stdout(std::process::Stdio::piped())
        .spawn()
        .expect("python is there");
    let lines = BufReader::new(eyes.stdout.take().expect("it is piped")).lines();
    let server = on(&redis, &data);
    let (told, seen) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        lines.map_while(Result::ok).for_each(|line| _ = told.send(line));
    });
    // Who listens too late misses events: posts go on until one is seen.
    let begun = Instant::now();
    for n in 0.. {
        server.post(&ada, &format!("seen by Flower {n}")).expect("it is published");
        let line = seen.recv_timeout(Duration::from_millis(500)).unwrap_or_default();
        if line.starts_with("sociosphere.search.index sociosphere-") {
            break;
        }
        assert!(begun.elapsed() < Duration::from_secs(60), "no job of a post was told");
    }
    let _ = eyes.kill();
    let _ = eyes.wait();
    let inspect = Command::new(venv.join("bin/celery"))
        .args(["-b", &broker, "inspect", "--timeout", "10", "registered"])
        .output()
        .expect("celery runs");
    let said = String::from_utf8_lossy(&inspect.stdout);
    assert!(said.contains("sociosphere.notifications.deliver"), "{said}");
}

#[test]
fn the_doctor_looks_at_redis_and_says_in_a_line_what_is_wrong() {
    let folder = tempfile::tempdir().expect("a folder");
    let Some(redis) = redis(folder.path()) else { return };
    let data = folder.path().join("data");
    let doctor = |password: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_sociosphere"));
        command.arg("--data").arg(&data).args(settings(redis.port, password)).arg("doctor");
        let output = command.output().expect("it runs");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
        (output.status.success(), text(&output.stdout), text(&output.stderr))
    };
    let (well, out, err) = doctor("hidden");
    assert!(well, "{out}{err}");
    for name in PORTS {
        assert!(out.contains(&format!("{name}\tRedis ")), "{out}");
    }
    assert!(out.contains("set maxmemory") && !out.contains("hidden"), "{out}");
    for (password, part) in [("wrong-word", "refuses the user or the password"), ("", "password")] {
        let (well, _, err) = doctor(password);
        assert!(!well && err.contains(part) && err.lines().count() == PORTS.len(), "{err}");
        assert!(err.contains("= redis://:***@127.0.0.1") && !err.contains("wrong-word"), "{err}");
    }
    redis.kill();
    let (well, _, err) = doctor("hidden");
    assert!(!well && err.contains("does not answer") && !err.contains("hidden"), "{err}");
}
