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
    time::Duration,
};

use bytes::Bytes;
use celery_wire::Entry;
use engine::queue::{Lane, NewJob, Queue, QueueDesk, TakenJob};
use redis::{AsyncCommands, aio::MultiplexedConnection};
use redis_adapter::{CeleryCalls, CeleryConfig, CeleryWorker, Redis, RedisQueue};
use serde_json::{Map, Value, json};

use crate::{
    server::Server,
    support::{Guard, url_for},
};

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

async fn open(url: &str) -> Redis {
    Redis::open(url).await.expect("the test's Redis opens")
}

/// A connection that looks at what the tests left behind.
async fn eyes(url: &str) -> MultiplexedConnection {
    let client = redis::Client::open(url.split('?').next().unwrap()).unwrap();
    client.get_multiplexed_async_connection().await.unwrap()
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

/// Runs jobs as the product does, until it is dropped. With `holds`, a `test.hold` is never done.
async fn work(url: String, node: String, holds: bool) {
    let redis = open(&url).await;
    let celery = Arc::new(CeleryWorker::start(redis.clone(), config(&node)));
    let queue = Arc::new(RedisQueue::new(redis).with_celery(celery.clone()));
    let mut eyes = eyes(&url).await;
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
                    let _: () = eyes.rpush(format!("{url}:{key}"), &node).await.unwrap();
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
        runtime.block_on(work(url, node, given("WORKER_HOLDS") == "1"));
    }
}

fn start_worker(url: &str, node: &str, holds: bool) -> Process {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["celery::a_worker", "--exact", "--ignored", "--nocapture"]);
    command.env("WORKER_URL", url).env("WORKER_NODE", node);
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

fn free_port() -> u16 {
    TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port()
}

#[tokio::test(flavor = "multi_thread")]
async fn celery_and_flower_take_us_for_one_of_theirs() {
    let Some(bin) = celery() else { return };
    // What Celery calls its channels and results has no prefix: a server of our own.
    let server = Server::start(&[]);
    let (broker, url) = (format!("{}0", server.url()), format!("{}0?prefix=ours", server.url()));
    let node = "sociosphere-1@here";
    let (_worker, _theirs) = (start_worker(&url, node, false), start_python_worker(&bin, &broker));
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
    let server = Server::start(&[]);
    let url = format!("{}0", server.url());
    let _theirs = start_python_worker(&bin, &url);
    let calls = CeleryCalls::new(open(&url).await);
    let kwargs = |value: Value| value.as_object().cloned().unwrap();
    let asked = calls.call(
        "community.describe",
        vec![],
        kwargs(json!({"text": "Gardens, gardens and ponds"})),
        "community",
    );
    let id = asked.await.unwrap();
    let done = calls.results().wait(&id, PATIENCE).await.unwrap();
    assert_eq!(done, Entry::Success(json!({"words": 4, "seconds": 1, "about": ["gardens"]})));
    assert_eq!(calls.results().result(&id).await.unwrap(), done);
    let id = calls.call("community.visit", vec![json!(2)], Map::new(), "community").await.unwrap();
    assert_eq!(
        calls.results().wait(&id, PATIENCE).await.unwrap(),
        Entry::Success(json!(2)),
        "it was run again"
    );
    let id = calls
        .call("community.add", vec![json!("a"), json!(1)], Map::new(), "community")
        .await
        .unwrap();
    let Entry::Failure(why) = calls.results().wait(&id, PATIENCE).await.unwrap() else {
        panic!("it fails")
    };
    assert_eq!(why.exc_type, "TypeError");
    assert!(why.traceback.unwrap().contains("worker.py"));
    assert_eq!(calls.results().result("nobody's").await.unwrap(), Entry::Pending);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_workers_task_is_done_once_by_another() {
    let Some(bin) = celery() else { return };
    let server = Server::start(&[]);
    let (broker, url) = (format!("{}0", server.url()), format!("{}0?prefix=ours", server.url()));
    let mut first = start_worker(&url, "first@here", true);
    let mut producer = python(&bin.join("python"), &broker, "ours", "");
    producer.args(["producer.py", "test.hold", "n=1"]).stdout(Stdio::piped());
    let mut producer = Process::start(&mut producer);
    let mut said = BufReader::new(producer.0.stdout.take().unwrap()).lines().map_while(Result::ok);
    let line = said.next().unwrap();
    let list = format!("{url}:{}", line.strip_prefix("sent ").unwrap());
    let mut eyes = eyes(&url).await;
    let (_, by): (String, String) = eyes.blpop(&list, 60.0).await.unwrap();
    assert_eq!(by, "first@here");
    first.0.kill().unwrap();
    let _second = start_worker(&url, "second@here", false);
    assert_eq!(said.next().as_deref(), Some("done None"));
    let after: Vec<String> = eyes.lrange(&list, 0, -1).await.unwrap();
    assert_eq!(after, ["second@here"]);
    let depth = RedisQueue::new(open(&url).await).depth(now_ms()).await.unwrap();
    assert_eq!(depth, engine::queue::Depth::default());
}

async fn listening() -> (Redis, RedisQueue, MultiplexedConnection, String, Guard) {
    let (url, guard) = url_for("QUEUE");
    let redis = open(&url).await;
    let celery = CeleryWorker::start(redis.clone(), config(&format!("{}@here", url.len())));
    let queue = RedisQueue::new(redis.clone()).with_celery(Arc::new(celery));
    let name = url.split_once("?prefix=").unwrap().1.to_owned();
    (redis, queue, eyes(&url).await, name, guard)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_lies_in_celerys_list_until_it_is_taken() {
    let (_, queue, mut eyes, name, _guard) = listening().await;
    let job = |key: &str, priority| NewJob {
        key: key.to_owned(),
        kind: "test.echo".to_owned(),
        body: Bytes::from_static(br#"{"n":1}"#),
        run_at_ms: 1_000,
        priority,
    };
    queue.push(vec![job("a", 1), job("b", 200)]).await.unwrap();
    for (list, key) in [(name.clone(), "a"), (format!("{name}\u{6}\u{16}9"), "b")] {
        let message: Vec<String> = eyes.lrange(&list, 0, -1).await.unwrap();
        let message: Value = serde_json::from_str(&message[0]).unwrap();
        assert_eq!(message["headers"]["task"], "sociosphere.test.echo");
        assert_eq!(
            (&message["headers"]["id"], &message["properties"]["correlation_id"]),
            (&json!(key), &json!(key))
        );
        assert_eq!(message["properties"]["delivery_info"]["routing_key"], name.as_str());
    }
    let taken = queue.take(Lane::Any, 9, 1_000, LEASE).await.unwrap();
    assert_eq!(
        taken.iter().map(|taken| &taken.job).collect::<Vec<_>>(),
        [&job("a", 1), &job("b", 200)]
    );
    assert_eq!(eyes.llen::<_, u64>(&name).await.unwrap(), 0);
    // Nobody asked for a result, so none is kept.
    assert!(queue.done("a", taken[0].fence).await.unwrap());
    assert!(!eyes.exists::<_, bool>("celery-task-meta-a").await.unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_that_others_push_takes_jobs_along() {
    let (_, queue, mut eyes, name, _guard) = listening().await;
    let task = |id: &str, more: Value| {
        let mut headers = json!({"id": id, "task": "sociosphere.test.echo"});
        headers.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        json!({"body": "[[], {}, {}]", "headers": headers, "properties": {"priority": 0}})
            .to_string()
    };
    let wild = [
        "".to_owned(),
        "{".to_owned(),
        "[]".to_owned(),
        "7".to_owned(),
        "{\"headers\": null}".to_owned(),
        json!({"headers": {"id": "a"}}).to_string(),
        json!({"headers": {"id": ""}, "properties": {}}).to_string(),
        json!({"headers": {"id": "x".repeat(2_000)}, "properties": {}}).to_string(),
        r#"{"headers": {"id": "nan"}, "properties": {"priority": nan}, "body": "[[], {}, {}]"}"#
            .to_owned(),
        r#"{"headers": {"id": "inf"}, "properties": {"priority": 1e999}, "body": "[[], {}, {}]"}"#
            .to_owned(),
        task("no-time", json!({"eta": "2026-99-99T99:99:99"})),
        task("pickled", json!({"compression": "zlib"})),
        "[".repeat(5_000),
    ];
    let good = task("good", json!({"eta": null}));
    let later = task("later", json!({"eta": "2100-03-01T02:30:00.250+02:30"}));
    for message in wild.iter().chain([&good, &later]) {
        let _: () = eyes.lpush(&name, message).await.unwrap();
    }
    let now = now_ms();
    let taken = queue.take(Lane::Any, 99, now, LEASE).await.unwrap();
    assert_eq!(taken.iter().map(|taken| taken.job.key.as_str()).collect::<Vec<_>>(), ["good"]);
    assert!(queue.done("good", taken[0].fence).await.unwrap());
    // 2100-03-01T00:00:00.250Z: 1900 had no leap day in this century's rule, and 2100 has none.
    assert_eq!(
        queue.next_due_ms().await.unwrap().map(|due| due.min(4_107_542_400_250)),
        Some(4_107_542_400_250)
    );
    let dead = queue.dead(None, 99).await.unwrap();
    assert!(
        dead.len() >= wild.len() - 2,
        "{:?}",
        dead.iter().map(|dead| &dead.job.key).collect::<Vec<_>>()
    );
    for dead in dead {
        assert!(queue.revive(&dead.job.key, now).await.unwrap());
    }
    assert_eq!(queue.take(Lane::Any, 99, now, LEASE).await.unwrap(), [], "nobody can run them");
}
