//! With the real Celery and the real Flower: Python calls our jobs, we call Python's tasks, and both show in one another's tools.
//!
//! `testing/celery/install` puts both into `target/celery`. Where that cannot be, these tests say that they did not run, and
//! fail where `CI` is set.

use std::{
    io::{BufRead, BufReader, Write},
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{Arc, Once},
    time::{Duration, Instant},
};

use bytes::Bytes;
use celery_wire::Entry;
use engine::queue::{Lane, NewJob, Queue, QueueDesk, TakenJob};
use lapin::{BasicProperties, options::BasicPublishOptions};
use rabbitmq_adapter::{AmqpQueue, CeleryCalls, CeleryConfig, CeleryWorker, RabbitMq};
use serde_json::{Map, Value, json};

use crate::{server::Server, support::url_for};

const LEASE: Duration = Duration::from_millis(1_500);
const PATIENCE: Duration = Duration::from_secs(60);

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// The folder of Celery's programs; `None`: it is not to be had here, and that was said.
fn celery() -> Option<PathBuf> {
    static ONCE: Once = Once::new();
    let (folder, script) =
        (repository().join("target/celery"), repository().join("testing/celery/install"));
    let done =
        Command::new(script).arg(&folder).stdin(Stdio::null()).output().expect("bash is there");
    if done.status.success() {
        return Some(folder.join("bin"));
    }
    let in_ci = std::env::var_os("CI").is_some_and(|ci| ci != "false" && !ci.is_empty());
    assert!(!in_ci, "Celery is not installed: {}", String::from_utf8_lossy(&done.stderr));
    ONCE.call_once(|| {
        let _ = writeln!(
            std::io::stderr(),
            "\nNOT RUN: nothing with the real Celery; python3 with venv and PyPI are needed.\n"
        );
    });
    None
}

/// A process that ends with the test.
struct Process(Child);

impl Process {
    fn start(command: &mut Command) -> Self {
        Self(command.stdin(Stdio::null()).spawn().expect("it starts"))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn now_ms() -> u64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    now.expect("after 1970").as_millis() as u64
}

async fn open(url: &str) -> RabbitMq {
    RabbitMq::open(url).await.expect("the test's RabbitMQ opens")
}

fn config(node: &str) -> CeleryConfig {
    let kinds = |kinds: &[&str]| kinds.iter().map(|kind| format!("test.{kind}")).collect();
    CeleryConfig {
        node: node.to_owned(),
        version: "1.0".to_owned(),
        kinds: kinds(&["echo", "fail", "flaky", "sum", "hold", "private"]),
        allowed: kinds(&["echo", "fail", "flaky", "sum", "hold"]),
        concurrency: 4,
    }
}

/// Runs jobs as the product does, until it is dropped. A `test.hold` is noted in the file; with `holds`, it is never done.
async fn work(url: String, node: String, holds: bool, seen: PathBuf) {
    let rabbit = open(&url).await;
    let celery = Arc::new(CeleryWorker::start(rabbit.clone(), config(&node)));
    let queue = AmqpQueue::open(rabbit).await.expect("the queue opens");
    let queue = Arc::new(queue.with_celery(celery.clone()).working());
    let mut look = tokio::time::interval(Duration::from_millis(10));
    loop {
        look.tick().await;
        for TakenJob { job, attempt, fence } in
            queue.take(Lane::Any, 4, now_ms(), LEASE).await.unwrap_or_default()
        {
            let body: Value = serde_json::from_slice(&job.body).unwrap();
            let (queue, key) = (&*queue, job.key.as_str());
            let told = match (job.kind.as_str(), attempt) {
                ("test.hold", _) => {
                    let file = std::fs::OpenOptions::new().create(true).append(true).open(&seen);
                    writeln!(file.unwrap(), "{key} {node}").unwrap();
                    match holds {
                        true => std::future::pending().await,
                        false => queue.done(key, fence).await,
                    }
                }
                ("test.fail", _) => queue.bury(key, fence, now_ms(), "no such thing").await,
                ("test.flaky", 1) => queue.retry(key, fence, now_ms(), "not yet").await,
                (kind, _) => {
                    let result = match kind {
                        "test.flaky" => json!({"attempt": attempt}),
                        "test.sum" => json!(body.as_u64().unwrap() * 100),
                        _ => body,
                    };
                    celery.set_result(key, result);
                    queue.done(key, fence).await
                }
            };
            assert_eq!(told, Ok(true), "{}", job.kind);
        }
    }
}

/// A worker as a process of its own, which a test can kill. Not a test: others start it.
#[test]
#[ignore = "a process that other tests start"]
fn a_worker() {
    let given = |name| std::env::var(name).unwrap_or_default();
    let (url, node) = (given("WORKER_URL"), given("WORKER_NODE"));
    if !url.is_empty() {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let seen = PathBuf::from(given("WORKER_SEEN"));
        runtime.block_on(work(url, node, given("WORKER_HOLDS") == "1", seen));
    }
}

fn start_worker(url: &str, node: &str, holds: bool, seen: &Path) -> Process {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["celery::a_worker", "--exact", "--ignored", "--nocapture"]);
    command.env("WORKER_URL", url).env("WORKER_NODE", node).env("WORKER_SEEN", seen);
    command.env("WORKER_HOLDS", if holds { "1" } else { "0" });
    Process::start(command.stdout(Stdio::null()))
}

/// Python's side: `broker` as it writes it, and what the scripts are told.
fn python(program: &Path, broker: &str, queue: &str, node: &str) -> Command {
    let mut command = Command::new(program);
    command.current_dir(repository().join("examples/celery-python"));
    command.env("BROKER", broker).env("QUEUE", queue).env("NODE", node);
    command.env("PYTHONDONTWRITEBYTECODE", "1").env("PYTHONUNBUFFERED", "1");
    command
}

fn start_python_worker(bin: &Path, broker: &str) -> Process {
    let mut command = python(&bin.join("celery"), broker, "", "");
    let node = format!("python-{}@here", now_ms());
    command.args([
        "-A",
        "worker",
        "worker",
        "--queues",
        "community",
        "--pool",
        "solo",
        "-n",
        &node,
    ]);
    Process::start(
        command.args(["--loglevel", "WARNING"]).stdout(Stdio::null()).stderr(Stdio::null()),
    )
}

/// A virtual host of its own: what Celery calls its exchanges has no prefix.
fn a_broker(name: &str) -> (Arc<Server>, String) {
    let server = Server::shared();
    server.ctl(&["add_vhost", name]);
    server.ctl(&["set_permissions", "-p", name, "guest", ".*", ".*", ".*"]);
    let url = format!("amqp://guest:guest@127.0.0.1:{}/{name}", server.port);
    (server, url)
}

fn free_port() -> u16 {
    TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port()
}

#[tokio::test(flavor = "multi_thread")]
async fn celery_and_flower_take_us_for_one_of_theirs() {
    let Some(bin) = celery() else { return };
    let folder = tempfile::tempdir().unwrap();
    let (_server, broker) = a_broker("interop");
    let url = format!("{broker}?prefix=ours");
    let node = "sociosphere-1@here";
    let (_worker, _theirs) = (
        start_worker(&url, node, false, &folder.path().join("seen")),
        start_python_worker(&bin, &broker),
    );
    let port = free_port();
    let mut flower = python(&bin.join("celery"), &broker, "ours", node);
    flower.args(["-b", &broker, "flower", &format!("--port={port}"), "--address=127.0.0.1"]);
    flower.env("FLOWER_UNAUTHENTICATED_API", "1").stdout(Stdio::null()).stderr(Stdio::null());
    let _flower = Process::start(&mut flower);
    let mut script = python(&bin.join("python"), &broker, "ours", node);
    script.arg(repository().join("testing/celery/interop.py"));
    script.env("FLOWER", format!("http://127.0.0.1:{port}"));
    let mut asked = Process::start(script.stdout(Stdio::piped()).stderr(Stdio::piped()));
    let said = BufReader::new(asked.0.stdout.take().unwrap());
    let claims = said.lines().map_while(Result::ok).inspect(|line| println!("{line}")).count();
    let wrong = std::io::read_to_string(asked.0.stderr.take().unwrap()).unwrap();
    assert!(asked.0.wait().unwrap().success(), "{wrong}");
    assert_eq!(claims, 11, "all claims were asked");
}

#[tokio::test(flavor = "multi_thread")]
async fn our_call_of_a_python_task_returns_its_result() {
    let Some(bin) = celery() else { return };
    let (_server, url) = a_broker("calls");
    let _theirs = start_python_worker(&bin, &url);
    let calls = CeleryCalls::open(&open(&url).await).await.unwrap();
    let kwargs = |value: Value| value.as_object().cloned().unwrap();
    let text = || kwargs(json!({"text": "Gardens, gardens and ponds"}));
    // Its queue is there as soon as a worker of Python was.
    let begun = Instant::now();
    let id = loop {
        match calls.call("community.describe", vec![], text(), "community").await {
            Ok(id) => break id,
            Err(why) => assert!(why.contains("NO_ROUTE") && begun.elapsed() < PATIENCE, "{why}"),
        }
    };
    let done = calls.wait(&id, PATIENCE).await.unwrap();
    assert_eq!(done, Entry::Success(json!({"words": 4, "seconds": 1, "about": ["gardens"]})));
    assert_eq!(calls.result(&id), done);
    let id = calls.call("community.visit", vec![json!(2)], Map::new(), "community").await.unwrap();
    assert_eq!(
        calls.wait(&id, PATIENCE).await.unwrap(),
        Entry::Success(json!(2)),
        "it was run again"
    );
    let id = calls
        .call("community.add", vec![json!("a"), json!(1)], Map::new(), "community")
        .await
        .unwrap();
    let Entry::Failure(why) = calls.wait(&id, PATIENCE).await.unwrap() else { panic!("it fails") };
    assert_eq!(why.exc_type, "TypeError");
    assert!(why.traceback.unwrap().contains("worker.py"));
    assert_eq!(calls.result("nobody's"), Entry::Pending);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_workers_task_is_done_once_by_another() {
    let Some(bin) = celery() else { return };
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("seen");
    let (_server, broker) = a_broker("killed");
    let url = format!("{broker}?prefix=ours");
    let mut first = start_worker(&url, "first@here", true, &file);
    let mut producer = python(&bin.join("python"), &broker, "ours", "");
    producer.args(["producer.py", "test.hold", "n=1"]).stdout(Stdio::piped());
    let mut producer = Process::start(&mut producer);
    let mut said = BufReader::new(producer.0.stdout.take().unwrap()).lines().map_while(Result::ok);
    let line = said.next().unwrap();
    let id = line.strip_prefix("sent ").unwrap().to_owned();
    let seen = || std::fs::read_to_string(&file).unwrap_or_default();
    let begun = Instant::now();
    while seen() != format!("{id} first@here\n") {
        assert!(begun.elapsed() < PATIENCE, "nobody took it: {}", seen());
        tokio::task::yield_now().await;
    }
    first.0.kill().unwrap();
    let _second = start_worker(&url, "second@here", false, &file);
    assert_eq!(said.next().as_deref(), Some("done None"));
    assert_eq!(seen(), format!("{id} first@here\n{id} second@here\n"));
    let queue = AmqpQueue::open(open(&url).await).await.unwrap();
    assert_eq!(queue.depth(now_ms()).await.unwrap(), engine::queue::Depth::default());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_lies_as_a_task_in_celerys_queue_until_it_is_taken() {
    let (url, _guard) = url_for("QUEUE");
    let producer = AmqpQueue::open(open(&url).await).await.unwrap();
    let job = |key: &str, priority| NewJob {
        key: key.to_owned(),
        kind: "test.echo".to_owned(),
        body: Bytes::from_static(br#"{"n":1}"#),
        run_at_ms: 1_000,
        priority,
    };
    producer.push(vec![job("a", 1), job("b", 200)]).await.unwrap();
    let (url_plain, prefix) = url.split_once("?prefix=").unwrap();
    let connection = lapin::Connection::connect(url_plain, Default::default()).await.unwrap();
    let channel = connection.create_channel().await.unwrap();
    for (queue, key) in [(prefix.to_owned(), "a"), (format!("{prefix}.long"), "b")] {
        // As a producer in Python declares it: plain and durable, or this would be refused.
        let options = lapin::options::QueueDeclareOptions::durable();
        channel.queue_declare(queue.as_str().into(), options, Default::default()).await.unwrap();
        let got = channel.basic_get(queue.into(), Default::default()).await.unwrap().unwrap();
        let properties = &got.delivery.properties;
        assert_eq!(properties.correlation_id().as_ref().unwrap().as_str(), key);
        assert_eq!(properties.delivery_mode(), &Some(2));
        let task = properties.headers().as_ref().unwrap().inner()["task"].clone();
        assert_eq!(task.as_long_string().unwrap().to_string(), "sociosphere.test.echo");
        assert!(got.delivery.data.starts_with(b"[[],{\"n\":1},"));
        got.delivery
            .nack(lapin::options::BasicNackOptions { requeue: true, ..Default::default() })
            .await
            .unwrap();
    }
    connection.close(200, "".into()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_that_others_publish_takes_jobs_along() {
    let (url, _guard) = url_for("QUEUE");
    let rabbit = open(&url).await;
    let celery = CeleryWorker::start(rabbit.clone(), config(&format!("{}@here", url.len())));
    let queue = AmqpQueue::open(rabbit).await.unwrap();
    let queue = queue.with_celery(Arc::new(celery)).working();
    let (plain, prefix) = url.split_once("?prefix=").unwrap();
    let connection = lapin::Connection::connect(plain, Default::default()).await.unwrap();
    let channel = connection.create_channel().await.unwrap();
    let headers = |fields: &[(&str, &str)]| {
        let mut table = lapin::types::FieldTable::default();
        for (name, value) in fields {
            table.insert((*name).into(), lapin::types::AMQPValue::LongString((*value).into()));
        }
        BasicProperties::default().with_headers(table)
    };
    let echo = ("task", "sociosphere.test.echo");
    let body = "[[], {}, {}]";
    let long = "x".repeat(2_000);
    let wild = [
        (BasicProperties::default(), ""),
        (BasicProperties::default(), "{"),
        (headers(&[("id", "no-task")]), body),
        (headers(&[("id", ""), echo]), body),
        (headers(&[("id", &long), echo]), body),
        (headers(&[("id", "no-body"), echo]), "7"),
        (headers(&[("id", "no-time"), echo, ("eta", "2026-99-99T99:99:99")]), body),
        (headers(&[("id", "packed"), echo, ("compression", "zlib")]), body),
        (
            headers(&[("id", "pickled"), echo]).with_content_type("application/x-python".into()),
            body,
        ),
        (headers(&[("id", "other"), ("task", "os.system")]), body),
        (headers(&[("id", "private"), ("task", "sociosphere.test.private")]), body),
        // It says that it is urgent, long, and ours; it is not.
        (
            headers(&[
                ("id", "sly"),
                ("task", "sociosphere.test.private"),
                ("job_priority", "200"),
            ]),
            body,
        ),
    ];
    let good = (headers(&[("id", "good"), echo]), body);
    let later = (headers(&[("id", "later"), echo, ("eta", "2100-03-01T02:30:00.250+02:30")]), body);
    for (properties, body) in wild.iter().chain([&good, &later]) {
        let options = BasicPublishOptions::default();
        let key = prefix.into();
        channel
            .basic_publish("".into(), key, options, body.as_bytes(), properties.clone())
            .await
            .unwrap();
    }
    // Others' messages are there when a look finds all of them.
    let begun = Instant::now();
    loop {
        let depth = queue.depth(now_ms()).await.unwrap();
        if (depth.ready, depth.delayed, depth.dead) == (1, 1, wild.len() as u64) {
            break;
        }
        assert!(begun.elapsed() < PATIENCE, "{depth:?}");
    }
    let taken = queue.take(Lane::Any, 99, now_ms(), LEASE).await.unwrap();
    assert_eq!(taken.iter().map(|taken| taken.job.key.as_str()).collect::<Vec<_>>(), ["good"]);
    assert!(queue.done("good", taken[0].fence).await.unwrap());
    for dead in queue.dead(None, 99).await.unwrap() {
        assert!(queue.revive(&dead.job.key, now_ms()).await.unwrap());
    }
    assert_eq!(
        queue.take(Lane::Any, 99, now_ms(), LEASE).await.unwrap(),
        [],
        "nobody can run them"
    );
    connection.close(200, "".into()).await.unwrap();
}
