//! RabbitMQ stops, is killed, is full, closes, and refuses: errors come in time, nothing is lost, all comes back by itself.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use bytes::Bytes;
use engine::{
    bus::{Bus, Delivery, Message},
    contract::queue::jobs_survive_reopening,
    queue::{Depth, Lane, NewJob, Queue, QueueDesk},
};
use lapin::{Channel, Connection, ConnectionProperties};
use rabbitmq_adapter::{AmqpBus, AmqpQueue, OpenError, RabbitMq};

use crate::{
    server::Server,
    support::{prefix, rabbit_for, url_for},
};

const MINUTE: Duration = Duration::from_secs(60);
const LEASE: Duration = Duration::from_secs(1);

fn url_of(server: &Server) -> String {
    format!("{}?prefix={}", server.url(), prefix())
}

async fn queue_at(url: &str) -> AmqpQueue {
    let rabbit = RabbitMq::open(url).await.expect("it answers");
    AmqpQueue::open(rabbit).await.expect("the queue opens").working()
}

/// Asks until it answers, at most for a while.
async fn until_ok<T, E: std::fmt::Debug>(mut ask: impl AsyncFnMut() -> Result<T, E>) -> T {
    let begun = Instant::now();
    loop {
        match ask().await {
            Ok(answer) => return answer,
            Err(error) => assert!(begun.elapsed() < MINUTE, "it does not come back: {error:?}"),
        }
        tokio::task::yield_now().await;
    }
}

fn now_ms() -> u64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    now.expect("after 1970").as_millis() as u64
}

fn job(key: &str) -> NewJob {
    let (kind, body) = ("test.kind".to_owned(), Bytes::from_static(b"{}"));
    NewJob { key: key.to_owned(), kind, body, run_at_ms: 0, priority: 3 }
}

fn message(topic: &str) -> Message {
    Message { topic: topic.to_owned(), body: Bytes::from_static(b"1") }
}

/// A client of our own, that looks at the queues as another program would.
async fn eyes(url: &str) -> (Connection, Channel, String) {
    let (url, prefix) = url.split_once("?prefix=").expect("it was put there");
    let connection = Connection::connect(url, ConnectionProperties::default()).await.unwrap();
    let channel = connection.create_channel().await.unwrap();
    (connection, channel, prefix.to_owned())
}

async fn waiting(channel: &Channel, name: &str) -> u32 {
    let options = lapin::options::QueueDeclareOptions::durable().passive();
    let queue = channel.queue_declare(name.into(), options, Default::default()).await.unwrap();
    queue.message_count()
}

#[tokio::test(flavor = "multi_thread")]
async fn f_13_bus_and_queue_say_in_time_that_rabbitmq_is_away_and_come_back() {
    let (server, _turn) = Server::to_be_hurt();
    let url = url_of(&server);
    let rabbit = RabbitMq::open(&url).await.unwrap();
    let queue = AmqpQueue::open(rabbit.clone()).await.unwrap().working();
    let (here, there) = (AmqpBus::new(rabbit), AmqpBus::new(RabbitMq::open(&url).await.unwrap()));
    let mut ear = there.subscribe("a", 10).await.unwrap();
    let mut other = there.subscribe("b", 10).await.unwrap();
    here.publish(vec![message("a")]).await.unwrap();
    assert_eq!(ear.0.recv().await, Some(Delivery::Message(message("a"))));
    queue.push(vec![job("before")]).await.unwrap();
    server.kill();
    until_ok(async || if there.subscribe("c", 1).await.is_err() { Ok(()) } else { Err(()) }).await;
    let begun = Instant::now();
    assert!(queue.push(vec![job("while it is away")]).await.is_err());
    assert!(queue.take(Lane::Any, 1, now_ms(), LEASE).await.is_err());
    assert!(queue.depth(now_ms()).await.is_err());
    assert!(here.publish(vec![message("a")]).await.is_err());
    // Within the process the bus goes on.
    assert!(there.publish(vec![message("a")]).await.is_err());
    assert_eq!(ear.0.recv().await, Some(Delivery::Message(message("a"))));
    let waited = begun.elapsed();
    assert!(waited < 10 * rabbitmq_adapter::PATIENCE, "{waited:?}");
    server.restart();
    for ear in [&mut ear, &mut other] {
        let gap = tokio::time::timeout(MINUTE, ear.0.recv()).await;
        assert_eq!(gap.expect("it connects again"), Some(Delivery::Gap));
    }
    until_ok(async || here.publish(vec![message("a")]).await).await;
    assert_eq!(ear.0.recv().await, Some(Delivery::Message(message("a"))));
    until_ok(async || queue.push(vec![job("after")]).await).await;
    let mut keys = Vec::new();
    while keys.len() < 2 {
        let taken = until_ok(async || queue.take(Lane::Any, 9, now_ms(), MINUTE).await).await;
        keys.extend(taken.into_iter().map(|taken| taken.job.key));
    }
    keys.sort();
    assert_eq!(keys, ["after", "before"]);
}

/// The engine here is RabbitMQ: it is killed and started again, with its disk; the worker's process lives on, and its lease.
#[tokio::test(flavor = "multi_thread")]
async fn jobs_outlive_a_rabbitmq_that_is_killed() {
    let (server, _turn) = Server::to_be_hurt();
    let queue = Arc::new(queue_at(&url_of(&server)).await);
    let opened = std::cell::Cell::new(false);
    jobs_survive_reopening(async || {
        if opened.replace(true) {
            server.kill();
            server.restart();
            until_ok(async || queue.depth(1_999).await).await;
        }
        queue.clone()
    })
    .await;
}

/// A RabbitMQ that answers nobody, and keeps its connections: only the missing signs of life tell.
#[tokio::test(flavor = "multi_thread")]
async fn f_13_a_bus_whose_rabbitmq_froze_notices_without_being_asked() {
    let (server, _turn) = Server::to_be_hurt();
    let bus = AmqpBus::new(RabbitMq::open(&url_of(&server)).await.unwrap());
    let mut ear = bus.subscribe("a", 10).await.unwrap();
    server.signal("STOP");
    let begun = Instant::now();
    let mut deaf = false;
    while !deaf && begun.elapsed() < 2 * MINUTE {
        deaf = bus.subscribe("b", 1).await.is_err();
        tokio::task::yield_now().await;
    }
    server.signal("CONT");
    assert!(deaf, "a bus that hears nothing takes no subscription");
    let gap = tokio::time::timeout(MINUTE, ear.0.recv()).await;
    assert_eq!(gap.expect("it connects again"), Some(Delivery::Gap));
}

/// A process that ends gives all it had to the others, and what it buried stays buried.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_process_held_goes_to_another_when_it_ends() {
    let (url, _guard) = url_for("QUEUE");
    let first = queue_at(&url).await;
    first.push(["a", "b", "c", "d"].map(job).into()).await.unwrap();
    let taken = first.take(Lane::Any, 3, 1_000, LEASE).await.unwrap();
    assert!(first.done("a", taken[0].fence).await.unwrap());
    assert!(first.bury("b", taken[1].fence, 1_500, "hopeless").await.unwrap());
    drop(first);
    let second = queue_at(&url).await;
    let mut keys = Vec::new();
    while keys.len() < 2 {
        let some = second.take(Lane::Any, 9, 1_000, MINUTE).await.unwrap();
        keys.extend(some.into_iter().map(|taken| taken.job.key));
    }
    keys.sort();
    assert_eq!(keys, ["c", "d"]);
    assert!(!second.done("c", taken[2].fence).await.unwrap(), "a fence of another process");
    let dead = second.dead(None, 9).await.unwrap();
    assert_eq!((dead[0].job.key.as_str(), dead[0].error.as_str()), ("b", "hopeless"));
}

/// Workers take and finish while RabbitMQ is killed and stopped: what a push said yes to is done, or still there.
#[tokio::test(flavor = "multi_thread")]
async fn f_13_no_job_is_lost_while_rabbitmq_dies_and_stops() {
    const JOBS: usize = 600;
    let (server, _turn) = Server::to_be_hurt();
    let url = url_of(&server);
    let (queue, other) = (Arc::new(queue_at(&url).await), queue_at(&url).await);
    let pushing = {
        let queue = queue.clone();
        tokio::spawn(async move {
            for number in 0..JOBS {
                while queue.push(vec![job(&format!("job {number}"))]).await.is_err() {
                    tokio::task::yield_now().await;
                }
            }
        })
    };
    let (mut done, mut hurts) = (std::collections::BTreeSet::new(), Vec::new());
    let begun = Instant::now();
    while done.len() < JOBS {
        assert!(begun.elapsed() < 4 * MINUTE, "{} of {JOBS} were done", done.len());
        for queue in [&*queue, &other] {
            let taken = queue.take(Lane::Any, 25, now_ms(), LEASE).await.unwrap_or_default();
            for taken in &taken {
                if queue.done(&taken.job.key, taken.fence).await == Ok(true) {
                    done.insert(taken.job.key.clone());
                }
            }
        }
        if hurts.len() < 2 && done.len() > (hurts.len() + 1) * JOBS / 4 {
            let (server, first) = (server.clone(), hurts.is_empty());
            hurts.push(tokio::task::spawn_blocking(move || {
                if first {
                    server.kill();
                    server.restart();
                } else {
                    server.ctl(&["stop_app"]);
                    server.ctl(&["start_app"]);
                }
            }));
        }
    }
    pushing.await.unwrap();
    for hurt in hurts {
        hurt.await.unwrap();
    }
    // What is there twice runs twice; then nothing is left.
    let mut left = Depth { ready: 1, ..Depth::default() };
    while left != Depth::default() {
        assert!(begun.elapsed() < 6 * MINUTE, "{left:?} is left");
        for queue in [&*queue, &other] {
            let taken = until_ok(async || queue.take(Lane::Any, 99, now_ms(), LEASE).await).await;
            for taken in taken {
                let _ = queue.done(&taken.job.key, taken.fence).await;
            }
        }
        left = until_ok(async || queue.depth(now_ms()).await).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn f_13_a_rabbitmq_that_is_full_takes_nothing_gives_on_and_takes_again() {
    let (server, _turn) = Server::to_be_hurt();
    let url = url_of(&server);
    let queue = queue_at(&url).await;
    queue.push(["a", "b"].map(job).into()).await.unwrap();
    server.ctl(&["set_vm_memory_high_watermark", "absolute", "1MB"]);
    let begun = Instant::now();
    let refusal = until_ok(async || match queue.push(vec![job("c")]).await {
        Err(error) if error.0.contains("takes no messages now") => Ok(error),
        other => Err(other),
    });
    let refusal = refusal.await;
    assert!(begun.elapsed() < MINUTE && refusal.0.contains("memory"), "{refusal}");
    let again = Instant::now();
    assert!(queue.push(vec![job("d")]).await.is_err());
    assert!(again.elapsed() < rabbitmq_adapter::PATIENCE, "it is told at once");
    // What is there is given out and done all the same.
    let taken = queue.take(Lane::Any, 9, now_ms(), MINUTE).await.unwrap();
    assert!(taken.iter().any(|taken| taken.job.key == "a"), "{taken:?}");
    for taken in &taken {
        assert!(queue.done(&taken.job.key, taken.fence).await.unwrap());
    }
    let health = RabbitMq::open(&url).await.unwrap().health().await.unwrap();
    assert!(health.blocked.is_some_and(|why| why.contains("memory")), "the doctor can say so");
    server.ctl(&["set_vm_memory_high_watermark", "0.4"]);
    until_ok(async || queue.push(vec![job("e")]).await).await;
    let mut keys = Vec::new();
    while !keys.iter().any(|key| key == "e") {
        let taken = until_ok(async || queue.take(Lane::Any, 9, now_ms(), MINUTE).await).await;
        keys.extend(taken.into_iter().map(|taken| taken.job.key));
    }
    let health = RabbitMq::open(&url).await.unwrap().health().await.unwrap();
    assert!(health.blocked.is_none(), "{health:?}");
    assert!(health.version.as_deref().is_some_and(|version| version.contains('.')), "{health:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn f_20_a_job_that_takes_its_process_along_counts_its_tries_and_others_do_not() {
    let (url, _guard) = url_for("QUEUE");
    let poison = NewJob { run_at_ms: 0, ..job("poison") };
    let innocent = |number: u64| NewJob { run_at_ms: number, ..job(&format!("innocent {number}")) };
    let pusher = queue_at(&url).await;
    let jobs = std::iter::once(poison).chain((1..=20).map(innocent)).collect();
    pusher.push(jobs).await.unwrap();
    drop(pusher);
    let (mut attempts, mut others) = (Vec::new(), std::collections::BTreeSet::new());
    let begun = Instant::now();
    while attempts.len() < 4 {
        assert!(begun.elapsed() < 3 * MINUTE, "it does not come again: {attempts:?}");
        // Takes one job, and is gone without a word if it is that one.
        let worker = queue_at(&url).await;
        let taken = until_ok(async || {
            let taken = worker.take(Lane::Any, 1, now_ms(), MINUTE).await.unwrap();
            taken.into_iter().next().ok_or("nothing yet")
        });
        let taken = taken.await;
        if taken.job.key == "poison" {
            attempts.push(taken.attempt);
        } else {
            assert_eq!(taken.attempt, 1, "{taken:?}");
            assert!(worker.done(&taken.job.key, taken.fence).await.unwrap());
            others.insert(taken.job.key);
        }
    }
    // What was given in advance was not tried: the first time that it comes back does not count.
    assert_eq!(attempts, [1, 1, 2, 3]);
    assert_eq!(others.len(), 20, "all others ran");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_for_later_waits_at_rabbitmq_and_comes_in_time() {
    let (url, _guard) = url_for("QUEUE");
    let queue = queue_at(&url).await;
    let at = now_ms() + 2_500;
    queue.push(vec![NewJob { run_at_ms: at, ..job("later") }]).await.unwrap();
    let far = NewJob { run_at_ms: now_ms() + 3_600_000, priority: 200, ..job("much later") };
    queue.push(vec![far]).await.unwrap();
    assert_eq!(queue.depth(now_ms()).await.unwrap(), Depth { delayed: 2, ..Depth::default() });
    assert_eq!(queue.take(Lane::Any, 9, now_ms(), LEASE).await.unwrap(), []);
    // The process that pushed it may end meanwhile.
    drop(queue);
    let queue = queue_at(&url).await;
    let begun = Instant::now();
    let taken = loop {
        let taken = queue.take(Lane::Any, 9, now_ms(), LEASE).await.unwrap();
        if let Some(taken) = taken.into_iter().next() {
            break taken;
        }
        assert!(begun.elapsed() < MINUTE, "it does not come");
    };
    assert_eq!((taken.job.key.as_str(), taken.job.run_at_ms, taken.attempt), ("later", at, 1));
    assert!(now_ms() >= at, "not before its time");
    assert!(queue.done("later", taken.fence).await.unwrap());
    assert_eq!(queue.depth(now_ms()).await.unwrap(), Depth { delayed: 1, ..Depth::default() });
}

/// RabbitMQ closes the channel of whoever keeps a message for half an hour; here an hour is a second.
#[tokio::test(flavor = "multi_thread")]
async fn a_job_in_hand_for_long_lies_in_a_queue_of_its_own() {
    let (url, _guard) = url_for("QUEUE");
    let rabbit = RabbitMq::open(&url).await.unwrap();
    let holds = Duration::from_millis(500);
    let queue = AmqpQueue::holding(rabbit, holds).await.unwrap().working();
    let (_connection, channel, prefix) = eyes(&url).await;
    queue.push(vec![job("long"), job("waits")]).await.unwrap();
    let taken = queue.take(Lane::Any, 1, now_ms(), MINUTE).await.unwrap().remove(0);
    // What is not in hands goes back, and can be taken.
    let begun = Instant::now();
    while waiting(&channel, &format!("{prefix}.again")).await == 0 {
        assert!(begun.elapsed() < MINUTE, "it is not handed back");
    }
    // What is in hands stays there, from one queue of its own to the next.
    let kept = begun.elapsed() + 4 * holds;
    while begun.elapsed() < kept {
        assert!(queue.extend("long", taken.fence, now_ms() + 60_000).await.unwrap());
        tokio::task::yield_now().await;
    }
    assert!(queue.done("long", taken.fence).await.unwrap());
    let other = queue.take(Lane::Any, 9, now_ms(), MINUTE).await.unwrap();
    assert_eq!(other.iter().map(|it| it.job.key.as_str()).collect::<Vec<_>>(), ["waits"]);
    assert!(queue.done("waits", other[0].fence).await.unwrap());
    assert_eq!(queue.depth(now_ms()).await.unwrap(), Depth::default());
}

#[tokio::test(flavor = "multi_thread")]
async fn f_18_a_message_that_comes_twice_or_late_is_one_job() {
    let (url, _guard) = url_for("QUEUE");
    let (queue, other) = (queue_at(&url).await, queue_at(&url).await);
    // Two processes push the same keys, in another order.
    queue.push(["a", "b", "c"].map(job).into()).await.unwrap();
    drop(other);
    let producer = RabbitMq::open(&url).await.unwrap();
    let producer = AmqpQueue::open(producer).await.unwrap();
    producer.push(["c", "a", "b"].map(job).into()).await.unwrap();
    queue.push(Vec::new()).await.unwrap();
    let depth = until_ok(async || match queue.depth(now_ms()).await.unwrap() {
        depth if depth.ready == 3 => Ok(depth),
        depth => Err(depth),
    });
    assert_eq!(depth.await, Depth { ready: 3, ..Depth::default() });
    let mut ran = Vec::new();
    for taken in queue.take(Lane::Any, 9, now_ms(), MINUTE).await.unwrap() {
        assert!(queue.done(&taken.job.key, taken.fence).await.unwrap());
        ran.push(taken.job.key);
    }
    ran.sort();
    assert_eq!(ran, ["a", "b", "c"]);
    assert_eq!(queue.depth(now_ms()).await.unwrap(), Depth::default());
}

#[tokio::test(flavor = "multi_thread")]
async fn f_13_a_channel_that_rabbitmq_closes_is_made_again() {
    let (server, _turn) = Server::to_be_hurt();
    let url = url_of(&server);
    let queue = queue_at(&url).await;
    queue.push(["a", "b"].map(job).into()).await.unwrap();
    let taken = queue.take(Lane::Any, 1, now_ms(), MINUTE).await.unwrap().remove(0);
    server.ctl(&["close_all_connections", "maintenance"]);
    // The lease holds if the job comes back to the same process: it does, there is no other.
    let begun = Instant::now();
    while queue.extend("a", taken.fence, now_ms() + 60_000).await != Ok(true) {
        assert!(begun.elapsed() < MINUTE, "it does not come back");
        tokio::task::yield_now().await;
    }
    assert!(queue.done("a", taken.fence).await.unwrap());
    let next = until_ok(async || {
        let taken = queue.take(Lane::Any, 9, now_ms(), MINUTE).await.map_err(|it| it.0)?;
        taken.into_iter().next().ok_or_else(|| "not yet".to_owned())
    });
    assert_eq!(next.await.job.key, "b");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_queue_that_somebody_made_otherwise_is_named() {
    let (url, guard) = url_for("QUEUE");
    let (connection, channel, prefix) = eyes(&url).await;
    let transient = lapin::options::QueueDeclareOptions::default();
    channel.queue_declare(prefix.as_str().into(), transient, Default::default()).await.unwrap();
    let rabbit = RabbitMq::open(&url).await.unwrap();
    let error = AmqpQueue::open(rabbit).await.err().unwrap().to_string();
    assert!(error.contains(&prefix) && error.contains("durable"), "{error}");
    assert!(!error.contains('\n'), "{error}");
    channel.queue_delete(prefix.as_str().into(), Default::default()).await.unwrap();
    connection.close(200, "".into()).await.unwrap();
    drop(guard);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_open_says_why_and_no_password() {
    let (rabbit, _guard) = rabbit_for("QUEUE").await;
    drop(rabbit);
    let (url, _guard) = url_for("QUEUE");
    let place = url.split('@').nth(1).unwrap().split('/').next().unwrap().to_owned();
    let open = async |user: &str, vhost: &str| {
        RabbitMq::open(&format!("amqp://{user}@{place}/{vhost}")).await.unwrap_err()
    };
    for user in ["guest:wrong-word", "somebody:wrong-word"] {
        let error = open(user, "%2f").await;
        assert!(matches!(error, OpenError::Password { .. }), "{user}: {error}");
        let text = format!("{error} {error:?}");
        assert!(!text.contains("wrong-word") && text.contains(&place), "{text}");
        assert!(!error.to_string().contains('\n'), "{error}");
    }
    let error = open("guest:guest", "nowhere").await;
    assert!(matches!(error, OpenError::Vhost { .. }), "{error}");
    // A web server is none.
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let web = tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            use tokio::io::{AsyncReadExt, AsyncWriteExt};
            let _ = stream.read(&mut [0; 64]).await;
            let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
        }
    });
    let error = RabbitMq::open(&format!("amqp://127.0.0.1:{port}")).await.unwrap_err();
    assert!(matches!(error, OpenError::Away { .. }), "{error}");
    assert!(!error.to_string().contains('\n'), "{error}");
    web.abort();
    let _ = web.await;
    let error = RabbitMq::open(&format!("amqp://127.0.0.1:{port}")).await.unwrap_err();
    assert!(error.to_string().contains("does it run"), "{error}");
}
