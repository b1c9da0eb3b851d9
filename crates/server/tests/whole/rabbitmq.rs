//! Bus and queue on a RabbitMQ: the product on it, without it for a while, Celery's tools beside it, calls of Python's tasks,
//! and what is said where it cannot be used.

use std::{
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use crate::{
    redis::{home_shows, stream},
    support::{Server, command, person},
};

#[path = "../../../../adapters/rabbitmq/tests/real/server.rs"]
#[allow(dead_code, reason = "the adapter's tests use more of it")]
mod server;

use server::Server as RabbitMq;

const PATIENCE: Duration = Duration::from_secs(60);

/// Where there is no RabbitMQ this says so, and in CI it fails.
fn there_is_one() -> bool {
    let there = Command::new("/usr/lib/rabbitmq/bin/rabbitmqctl").arg("version").output().is_ok();
    if !there {
        assert!(std::env::var_os("CI").is_none(), "there is no rabbitmq-server here");
        let text = b"\nNOT RUN: the server on RabbitMQ; there is no rabbitmq-server here, `make engines` installs one.\n";
        let _ = std::io::stderr().write_all(text);
    }
    there
}

/// The settings that put bus and queue on this RabbitMQ.
fn settings(port: u16, user: &str, prefix: &str) -> Vec<String> {
    let url = format!("amqp://{user}@127.0.0.1:{port}/%2f?prefix={prefix}");
    ["bus", "queue"]
        .into_iter()
        .flat_map(|name| ["--set".to_owned(), format!("{name}={url}")])
        .collect()
}

fn on(rabbit: &RabbitMq, data: &Path, prefix: &str) -> Server {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sociosphere"));
    command.args(settings(rabbit.port, "guest:guest", prefix));
    Server::start_by(command, data)
}

/// One of our commands, on the same engines.
fn ours(data: &Path, settings: &[String], words: &[&str]) -> (bool, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sociosphere"));
    let output = command.arg("--data").arg(data).args(settings).args(words).output();
    let output = output.expect("it runs");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
    (output.status.success(), text(&output.stdout), text(&output.stderr))
}

#[test]
fn f_13_the_product_lives_on_a_rabbitmq_goes_on_without_it_and_comes_back() {
    if !there_is_one() {
        return;
    }
    let (rabbit, _turn) = RabbitMq::to_be_hurt();
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("data");
    let (ada, bea) = (person(&data, "ada"), person(&data, "bea"));
    let server = on(&rabbit, &data, "whole");
    let who = server.get("/api/v1/accounts/verify_credentials", &ada);
    let follow = format!("/api/v1/accounts/{}/follow", who["id"].as_str().expect("an id"));
    let (status, _) = server.request("POST", &follow, &bea, "", "{}").expect("an answer");
    assert_eq!(status, 200);
    home_shows(&server, &bea, &[]);
    let first = server.post(&ada, "first of all").expect("it is published");
    home_shows(&server, &bea, &[&first]);
    let mut events = stream(&server, &bea);
    let live = server.post(&ada, "and this one live").expect("it is published");
    assert!(events.any(|line| line.contains(&live)), "the stream tells of it");
    let queues = rabbit.ctl(&["list_queues", "name", "consumers"]);
    assert!(queues.lines().any(|line| line == "whole\t1"), "jobs come by RabbitMQ: {queues}");
    assert!(rabbit.ctl(&["list_exchanges", "name"]).contains("whole.bus"), "and so do messages");

    // Away: reading and writing go on, and what they cause waits in the outbox.
    rabbit.kill();
    let second = server.post(&ada, "second, while it is away").expect("it is published");
    home_shows(&server, &ada, &[&second, &live, &first]);
    rabbit.restart();
    home_shows(&server, &bea, &[&second, &live, &first]);
    let third = server.post(&ada, "third, after all").expect("it is published");
    home_shows(&server, &bea, &[&third, &second, &live, &first]);
    let begun = Instant::now();
    loop {
        // Nothing is given up, and the backlog is done.
        let said = command(&data, &["jobs", "list"]);
        if said.contains("ready 0\t") && said.contains("running 0\t") {
            assert!(said.contains("given up 0"), "{said}");
            break;
        }
        assert!(begun.elapsed() < PATIENCE, "{said}");
    }
}

#[test]
fn the_doctor_looks_at_rabbitmq_and_says_in_a_line_what_is_wrong() {
    if !there_is_one() {
        return;
    }
    let (rabbit, _turn) = RabbitMq::to_be_hurt();
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("data");
    let doctor = |user: &str, port: u16| ours(&data, &settings(port, user, "doctor"), &["doctor"]);
    let (well, out, err) = doctor("guest:guest", rabbit.port);
    assert!(well, "{out}{err}");
    for name in ["bus", "queue"] {
        let line = out.lines().find(|line| line.starts_with(&format!("{name}\tRabbitMQ 3.")));
        assert!(line.is_some_and(|line| line.ends_with("µs")), "{out}");
    }
    assert!(!out.contains("guest:guest"), "{out}");
    rabbit.ctl(&["set_vm_memory_high_watermark", "absolute", "1MB"]);
    let begun = Instant::now();
    loop {
        let (_, out, _) = doctor("guest:guest", rabbit.port);
        if out.contains("it takes no messages now") {
            break;
        }
        assert!(begun.elapsed() < PATIENCE, "{out}");
    }
    rabbit.ctl(&["set_vm_memory_high_watermark", "0.4"]);
    let (well, _, err) = doctor("guest:wrong-word", rabbit.port);
    assert!(!well && err.contains("refuses the user or the password"), "{err}");
    // A line for each setting that names it.
    assert!(err.lines().count() == 2 && !err.contains("wrong-word"), "{err}");
    let free = std::net::TcpListener::bind(("127.0.0.1", 0)).expect("a port");
    let port = free.local_addr().expect("an address").port();
    drop(free);
    let (well, _, err) = doctor("guest:hidden", port);
    assert!(!well && err.contains("no RabbitMQ answers") && !err.contains("hidden"), "{err}");
}

/// The folder of Celery's programs; `None`: it is not to be had here.
fn celery() -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let venv = root.join("target/celery");
    let installed = Command::new(root.join("testing/celery/install")).arg(&venv).status();
    if !installed.expect("bash is there").success() {
        assert!(std::env::var_os("CI").is_none(), "Celery is not installed");
        return None;
    }
    Some(venv.join("bin"))
}

struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A program of the example for Python people, on this broker and with this result backend.
fn example(program: &Path, broker: &str, results: &str) -> Command {
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/celery-python");
    let mut command = Command::new(program);
    command.current_dir(examples).env("PYTHONDONTWRITEBYTECODE", "1");
    command.env("BROKER", broker).env("RESULTS", results);
    command
}

fn worker_in_python(bin: &Path, broker: &str, results: &str) -> Process {
    let mut theirs = example(&bin.join("celery"), broker, results);
    let words = "-A worker worker --queues community --pool solo -n py@here";
    theirs.args(words.split(' ')).stdout(Stdio::null()).stderr(Stdio::null());
    Process(theirs.spawn().expect("celery is there"))
}

#[test]
fn results_of_jobs_on_rabbitmq_lie_in_a_redis_where_one_is_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let Some(redis) = there_is_one().then(|| crate::redis::redis(folder.path())).flatten() else {
        return;
    };
    let Some(bin) = celery() else { return };
    let (rabbit, _turn) = RabbitMq::to_be_hurt();
    let data = folder.path().join("data");
    let ada = person(&data, "ada");
    let results = format!("redis://:hidden@127.0.0.1:{}/5", redis.port);
    let mut settings = settings(rabbit.port, "guest:guest", "kept");
    settings.extend(["--set".to_owned(), format!("task_results={results}")]);
    let mut command = Command::new(env!("CARGO_BIN_EXE_sociosphere"));
    command.args(&settings).args(["--set", "queue_tasks=search.index"]);
    let server = Server::start_by(command, &data);
    let who = server.get("/api/v1/accounts/verify_credentials", &ada);
    let account = format!("account={}", who["id"].as_str().expect("an id"));

    // Python sends one of our jobs by RabbitMQ, and finds in Redis what came of it; and one that it may not send.
    let send = |words: &[&str]| {
        let mut producer = example(&bin.join("python"), &rabbit.url(), &results);
        let output = producer.env("QUEUE", "kept").arg("producer.py").args(words).output();
        let output = output.expect("python is there");
        String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned()
    };
    let said = send(&["search.index", "event=account_changed", &account]);
    assert!(said.contains("done"), "{said}");
    let said = send(&["mail.send", "to=nobody"]);
    assert!(said.contains("not a task that others may send"), "{said}");

    // An operator calls a task of a worker in Python that knows only Redis for its results.
    let _theirs = worker_in_python(&bin, &rabbit.url(), &results);
    let begun = Instant::now();
    let words = ["tasks", "call", "community.add", "--args", "[2, 40]", "--queue", "community"];
    loop {
        let (well, out, err) = ours(&data, &settings, &words);
        if well {
            assert_eq!(out, "42");
            break;
        }
        assert!(err.contains("there is no queue community") && begun.elapsed() < PATIENCE, "{err}");
    }
    let keys = ["-n", "5", "keys", "celery-task-meta-*"];
    let kept = crate::redis::ask(&redis, &keys);
    assert_eq!(kept.lines().count(), 3, "one entry a task: {kept}");
}

#[test]
fn celery_shows_the_products_jobs_and_a_command_calls_pythons_tasks() {
    if !there_is_one() {
        return;
    }
    let Some(bin) = celery() else { return };
    let rabbit = RabbitMq::shared();
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("data");
    let ada = person(&data, "ada");
    let broker = rabbit.url();
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
    let eyes =
        Command::new(bin.join("python")).args(["-c", &script]).stdout(Stdio::piped()).spawn();
    let mut eyes = Process(eyes.expect("python is there"));
    let lines = BufReader::new(eyes.0.stdout.take().expect("it is piped")).lines();
    let server = on(&rabbit, &data, "seen");
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
        assert!(begun.elapsed() < PATIENCE, "no job of a post was told");
    }
    let inspect = Command::new(bin.join("celery"))
        .args(["-b", &broker, "inspect", "--timeout", "10", "registered"])
        .output()
        .expect("celery runs");
    let said = String::from_utf8_lossy(&inspect.stdout);
    assert!(said.contains("sociosphere.notifications.deliver"), "{said}");

    // The other way: an operator calls a task of a worker in Python.
    let _theirs = worker_in_python(&bin, &broker, "rpc://");
    let settings = settings(rabbit.port, "guest:guest", "seen");
    let call = |words: &[&str]| ours(&data, &settings, &[&["tasks", "call"], words].concat());
    let begun = Instant::now();
    let text = r#"{"text": "Gardens, gardens and ponds"}"#;
    let (out, err) = loop {
        let words = ["community.describe", "--kwargs", text, "--queue", "community"];
        let (well, out, err) = call(&words);
        if well {
            break (out, err);
        }
        assert!(err.contains("there is no queue community") && begun.elapsed() < PATIENCE, "{err}");
    };
    assert_eq!(
        (out.as_str(), err.as_str()),
        (r#"{"words":4,"seconds":1,"about":["gardens"]}"#, "")
    );
    let (well, _, err) = call(&["community.add", "--args", r#"["a", 1]"#, "--queue", "community"]);
    assert!(!well && err.contains("TypeError") && err.contains("worker.py"), "{err}");
    let (well, _, err) = call(&["community.add", "--args", "{}"]);
    assert!(!well && err.contains("--args is no JSON list"), "{err}");
    let (well, _, err) = ours(&data, &[], &["tasks", "call", "community.add"]);
    assert!(!well && err.contains("queue = store:") && err.contains("amqp://host"), "{err}");
}
