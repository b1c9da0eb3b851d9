//! Redis stops, freezes, restarts, forgets, and refuses: errors come in time, and everything comes back by itself.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use bytes::Bytes;
use engine::{
    bus::{Bus, Delivery, Message},
    cache::{Cache, Quota},
    contract::queue::jobs_survive_reopening,
    queue::{Depth, Lane, NewJob, Queue, QueueDesk},
    rings::{Entry, Rings},
};
use redis_adapter::{OpenError, PATIENCE, Redis, RedisBus, RedisCache, RedisQueue, RedisRings};

use crate::server::Server;

const NOW: u64 = 1_900_000_000_000;
const MINUTE: Duration = Duration::from_secs(60);

async fn connect(server: &Server) -> Redis {
    Redis::open(&server.url()).await.expect("it answers")
}

/// Asks until it answers, at most for a while.
pub async fn until_ok<T, E: std::fmt::Debug>(mut ask: impl AsyncFnMut() -> Result<T, E>) -> T {
    let begun = Instant::now();
    loop {
        match ask().await {
            Ok(answer) => return answer,
            Err(error) => assert!(begun.elapsed() < MINUTE, "it does not come back: {error:?}"),
        }
        tokio::task::yield_now().await;
    }
}

fn job(number: u32) -> NewJob {
    let (kind, body) = ("test.kind".to_owned(), Bytes::from_static(b"{}"));
    NewJob { key: format!("job {number}"), kind, body, run_at_ms: 0, priority: 3 }
}

fn message(topic: &str) -> Message {
    Message { topic: topic.to_owned(), body: Bytes::from_static(b"1") }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_engine_says_in_time_that_redis_is_away_and_comes_back() {
    let server = Server::start(&[]);
    let redis = connect(&server).await;
    let cache = RedisCache::new(redis.clone());
    let rings = RedisRings::new(redis.clone());
    let queue = RedisQueue::new(redis.clone());
    let bus = RedisBus::new(redis.clone());
    let quota = Quota { burst: 3, period: MINUTE };
    assert!(cache.limit("door", quota, 1, NOW).await.unwrap().allowed);
    server.kill();
    let begun = Instant::now();
    assert!(cache.get(&["a"], NOW).await.is_err());
    assert!(cache.set(vec![("a".to_owned(), Bytes::new())], NOW, MINUTE).await.is_err());
    assert!(cache.limit("door", quota, 1, NOW).await.is_err());
    assert!(rings.read(1, None, None, false, 20).await.is_err());
    assert!(rings.push(&[1, 2], Entry { id: 1, shows: 1 }).await.is_err());
    assert!(queue.push(vec![job(1)]).await.is_err());
    assert!(queue.take(Lane::Any, 1, NOW, MINUTE).await.is_err());
    assert!(bus.publish(vec![message("a")]).await.is_err());
    assert!(bus.subscribe("", 1).await.is_err());
    // Nobody listens on the port, so all are told at once.
    assert!(begun.elapsed() < 2 * PATIENCE, "{:?}", begun.elapsed());
    server.restart();
    // The new server knows no script, and the adapter gives it what it needs.
    until_ok(async || cache.limit("door", quota, 1, NOW).await).await;
    assert_eq!(rings.read(1, None, None, false, 20).await.unwrap(), None);
    queue.push(vec![job(1)]).await.unwrap();
    assert_eq!(queue.take(Lane::Any, 9, NOW, MINUTE).await.unwrap().len(), 1);
    bus.publish(vec![message("a")]).await.unwrap();
    until_ok(async || bus.subscribe("", 1).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_frozen_redis_costs_one_wait_and_not_one_for_each_question() {
    let server = Server::start(&[]);
    let cache = RedisCache::new(connect(&server).await);
    server.signal("STOP");
    let begun = Instant::now();
    for _ in 0..20 {
        assert!(cache.get(&["a"], NOW).await.is_err());
    }
    let waited = begun.elapsed();
    server.signal("CONT");
    assert!(waited < 3 * PATIENCE, "{waited:?}");
    until_ok(async || cache.get(&["a"], NOW).await).await;
}

/// Its name, how it begins, and how it ends.
type Fault<'a> = (&'static str, &'a dyn Fn(), &'a dyn Fn());

/// F-12: while it is paused, full or loading, a limit is told in time that there is no answer, and afterwards there is one.
#[tokio::test(flavor = "multi_thread")]
async fn f12_errors_come_in_time_and_it_comes_back() {
    let server = Server::start(&[]);
    let way = Way::to(server.port).await;
    let cache = RedisCache::new(Redis::open(&format!("redis://{}/", way.address)).await.unwrap());
    let quota = Quota { burst: 100, period: MINUTE };
    let ask = async || cache.limit("door", quota, 1, NOW).await;
    assert!(ask().await.is_ok());
    let faults: [Fault<'_>; 4] = [
        ("full", &|| _ = server.command(&["CONFIG", "SET", "maxmemory", "1"]), &|| {
            server.command(&["CONFIG", "SET", "maxmemory", "0"]);
        }),
        ("paused", &|| _ = server.command(&["CLIENT", "PAUSE", "60000", "WRITE"]), &|| {
            server.command(&["CLIENT", "UNPAUSE"]);
        }),
        ("loading", &|| way.set(LOADING), &|| way.set(OPEN)),
        ("half open", &|| way.set(DEAF), &|| way.set(OPEN)),
    ];
    for (name, fail, mend) in faults {
        fail();
        let begun = Instant::now();
        let asked = (0..50).map(|_| ask());
        let refused = futures::future::join_all(asked).await;
        assert!(refused.iter().all(Result::is_err), "{name}");
        for _ in 0..20 {
            assert!(ask().await.is_err(), "{name}");
        }
        let waited = begun.elapsed();
        mend();
        assert!(waited < 4 * PATIENCE, "{name}: {waited:?}");
        until_ok(ask).await;
    }
}

const OPEN: u8 = 0;
const LOADING: u8 = 1;
const DEAF: u8 = 2;

/// A way to a server on which answers are lost, or are those of one that is still loading.
struct Way {
    address: std::net::SocketAddr,
    state: Arc<std::sync::atomic::AtomicU8>,
}

impl Way {
    async fn to(port: u16) -> Way {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::new(std::sync::atomic::AtomicU8::new(OPEN));
        let shared = state.clone();
        tokio::spawn(async move {
            while let Ok((here, _)) = listener.accept().await {
                tokio::spawn(carry(here, port, shared.clone()));
            }
        });
        Way { address, state }
    }

    fn set(&self, state: u8) {
        self.state.store(state, std::sync::atomic::Ordering::SeqCst);
    }
}

async fn carry(here: tokio::net::TcpStream, port: u16, state: Arc<std::sync::atomic::AtomicU8>) {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let state = || state.load(std::sync::atomic::Ordering::SeqCst);
    let Ok(there) = tokio::net::TcpStream::connect(("127.0.0.1", port)).await else { return };
    let ((mut ask, mut answer), (mut from, mut to)) = (here.into_split(), there.into_split());
    let (mut asked, mut answered) = (vec![0; 1 << 16], vec![0; 1 << 16]);
    // A way on which something was lost is reset when it works again.
    let mut lost = false;
    loop {
        tokio::select! {
            read = ask.read(&mut asked) => {
                let Ok(1..) = read else { return };
                let bytes = &asked[..read.unwrap_or(0)];
                if lost && state() == OPEN { return }
                lost |= state() == DEAF;
                let sent = match state() {
                    OPEN => to.write_all(bytes).await,
                    // An error for each command: an array of strings each.
                    LOADING => {
                        let commands = bytes.split(|byte| *byte == b'\n');
                        let commands = commands.filter(|line| line.first() == Some(&b'*')).count();
                        let text = "-LOADING Redis is loading the dataset in memory\r\n";
                        answer.write_all(text.repeat(commands).as_bytes()).await
                    }
                    _ => Ok(()),
                };
                if sent.is_err() { return }
            }
            read = from.read(&mut answered) => {
                let Ok(1..) = read else { return };
                if state() == OPEN && answer.write_all(&answered[..read.unwrap_or(0)]).await.is_err() {
                    return;
                }
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_bus_listens_again_and_tells_of_the_gap() {
    let server = Server::start(&[]);
    let here = RedisBus::new(connect(&server).await);
    let there = RedisBus::new(connect(&server).await);
    let mut ear = there.subscribe("a", 10).await.unwrap();
    let mut other = there.subscribe("b", 10).await.unwrap();
    here.publish(vec![message("a")]).await.unwrap();
    assert_eq!(ear.0.recv().await, Some(Delivery::Message(message("a"))));
    server.kill();
    assert!(here.publish(vec![message("a")]).await.is_err());
    // Within the process the bus goes on.
    assert!(there.publish(vec![message("a")]).await.is_err());
    assert_eq!(ear.0.recv().await, Some(Delivery::Message(message("a"))));
    server.restart();
    for ear in [&mut ear, &mut other] {
        let gap = tokio::time::timeout(MINUTE, ear.0.recv()).await;
        assert_eq!(gap.expect("it connects again"), Some(Delivery::Gap));
    }
    until_ok(async || here.publish(vec![message("a")]).await).await;
    assert_eq!(ear.0.recv().await, Some(Delivery::Message(message("a"))));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bus_whose_redis_froze_notices_without_being_asked() {
    let server = Server::start(&[]);
    let bus = RedisBus::new(connect(&server).await);
    let mut ear = bus.subscribe("a", 10).await.unwrap();
    server.signal("STOP");
    // It takes connections still (the system does), but answers nobody: only a sign of life tells.
    let refused = until_refused(&bus).await;
    server.signal("CONT");
    assert!(refused, "a bus that hears nothing takes no subscription");
    let gap = tokio::time::timeout(MINUTE, ear.0.recv()).await;
    assert_eq!(gap.expect("it connects again"), Some(Delivery::Gap));
}

async fn until_refused(bus: &RedisBus) -> bool {
    let begun = Instant::now();
    while begun.elapsed() < MINUTE {
        if bus.subscribe("b", 1).await.is_err() {
            return true;
        }
        tokio::task::yield_now().await;
    }
    false
}

#[tokio::test(flavor = "multi_thread")]
async fn jobs_outlive_a_redis_that_is_killed() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().to_str().unwrap();
    let settings = ["--dir", folder, "--appendonly", "yes", "--appendfsync", "always"];
    let server = Server::start(&settings);
    jobs_survive_reopening(async || {
        server.kill();
        server.restart();
        Arc::new(RedisQueue::new(connect(&server).await))
    })
    .await;
}

/// Workers take and finish while Redis dies twice: what a push said yes to is done, or still there.
#[tokio::test(flavor = "multi_thread")]
async fn no_job_is_lost_while_redis_dies_twice() {
    const JOBS: u32 = 600;
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().to_str().unwrap();
    let settings = ["--dir", folder, "--appendonly", "yes", "--appendfsync", "always"];
    let server = Arc::new(Server::start(&settings));
    let queue = Arc::new(RedisQueue::new(connect(&server).await));
    let pushing = {
        let queue = queue.clone();
        tokio::spawn(async move {
            for number in 0..JOBS {
                while queue.push(vec![job(number)]).await.is_err() {
                    tokio::task::yield_now().await;
                }
            }
        })
    };
    let lease = Duration::from_secs(1);
    // The clock of the leases: every round is a second later, so what was lost in an answer comes back.
    let (mut now, mut done, mut kills) = (NOW, 0, Vec::new());
    loop {
        now += 1_000;
        let taken = until_ok(async || queue.take(Lane::Any, 25, now, lease).await).await;
        for taken in &taken {
            // `false`: the answer of an earlier try was lost, not the deed.
            until_ok(async || queue.done(&taken.job.key, taken.fence).await).await;
            done += 1;
        }
        if kills.len() < 2 && done > (kills.len() + 1) * JOBS as usize / 4 {
            let server = server.clone();
            kills.push(tokio::task::spawn_blocking(move || {
                server.kill();
                server.restart();
            }));
        }
        let depth = until_ok(async || queue.depth(now).await).await;
        if pushing.is_finished() && depth == Depth::default() {
            break;
        }
    }
    pushing.await.unwrap();
    for kill in kills {
        kill.await.unwrap();
    }
    assert!(done >= JOBS as usize, "{done} of {JOBS} were seen");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ring_that_lost_one_of_its_keys_is_no_ring() {
    let server = Server::start(&[]);
    let rings = RedisRings::new(connect(&server).await);
    for (gone, built) in [("", true), (":about", false), ("#", false)] {
        let ticket = rings.begin(7).await.unwrap();
        let entries = (1..=3).rev().map(|id| Entry { id, shows: id }).collect();
        assert!(rings.finish(7, ticket, entries, 0).await.unwrap());
        let key = match gone {
            "" => "another".to_owned(),
            "#" => "sociosphere:ring:{7}".to_owned(),
            end => format!("sociosphere:ring:{{7}}{end}"),
        };
        server.command(&["DEL", &key]);
        let page = rings.read(7, None, None, false, 20).await.unwrap();
        assert_eq!(page.is_some(), built, "without {key}");
        rings.push(&[7], Entry { id: 9, shows: 9 }).await.unwrap();
        assert_eq!(rings.read(7, None, None, false, 20).await.unwrap().is_some(), built);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ring_that_missed_a_push_while_redis_was_away_is_built_again() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().to_str().unwrap();
    let settings = ["--dir", folder, "--appendonly", "yes", "--appendfsync", "always"];
    let server = Server::start(&settings);
    let rings = RedisRings::new(connect(&server).await);
    let elsewhere = RedisRings::new(connect(&server).await);
    for ring in [1, 2, 3] {
        let ticket = rings.begin(ring).await.unwrap();
        assert!(rings.finish(ring, ticket, vec![], 0).await.unwrap());
    }
    server.kill();
    assert!(rings.push(&[1], Entry { id: 9, shows: 9 }).await.is_err());
    assert!(rings.forget(&[2]).await.is_err());
    server.restart();
    // Its disk remembers all three, and two of them are wrong.
    for process in [&elsewhere, &rings] {
        for (ring, built) in [(3, true), (1, false), (2, false)] {
            let look = async || process.read(ring, None, None, false, 9).await;
            while until_ok(look).await.is_some() != built {
                tokio::task::yield_now().await;
            }
        }
    }
    while rings.read(1, None, None, false, 9).await.unwrap().is_none() {
        let ticket = rings.begin(1).await.unwrap();
        rings.finish(1, ticket, vec![Entry { id: 9, shows: 9 }], 0).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_open_says_why_and_no_password() {
    let server = Server::start(&["--requirepass", "right-word"]);
    let open = async |user: &str| {
        let url = format!("redis://{user}127.0.0.1:{}", server.port);
        Redis::open(&url).await
    };
    assert!(open(":right-word@").await.is_ok());
    for user in [":wrong-word@", "somebody:wrong-word@", ""] {
        let error = open(user).await.unwrap_err();
        assert!(matches!(error, OpenError::Password { .. }), "{user}: {error}");
        let text = format!("{error} {error:?}");
        assert!(!text.contains("wrong-word") && text.contains("127.0.0.1"), "{text}");
        assert!(!error.to_string().contains('\n'), "{error}");
    }
    server.kill();
    let error = open(":right-word@").await.unwrap_err();
    assert!(matches!(error, OpenError::Away { .. }), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn its_health_tells_what_a_queue_must_know() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(&["--dir", folder.path().to_str().unwrap()]);
    let redis = connect(&server).await;
    let health = redis.health().await.unwrap();
    assert_eq!((health.on_disk, health.evicts_jobs, health.memory_bound), (false, false, None));
    assert!(health.latency < PATIENCE && health.version.contains('.'), "{health:?}");
    server.command(&["CONFIG", "SET", "maxmemory", "100mb", "maxmemory-policy", "allkeys-lru"]);
    server.command(&["CONFIG", "SET", "appendonly", "yes"]);
    let health = redis.health().await.unwrap();
    assert_eq!((health.on_disk, health.evicts_jobs), (true, true));
    assert_eq!(health.memory_bound, Some(100 << 20));
    server.kill();
    assert!(redis.health().await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_rings_are_pushed_to_together_and_each_is_read_in_one_round_trip() {
    let server = Server::start(&[]);
    let rings = RedisRings::new(connect(&server).await);
    let all: Vec<u64> = (1..=1_000).collect();
    rings.push(&all, Entry { id: 1, shows: 1 }).await.unwrap();
    rings.read(1, None, None, false, 20).await.unwrap();
    let before = server.reads();
    rings.push(&all, Entry { id: 2, shows: 2 }).await.unwrap();
    let pushed = server.reads();
    for _ in 0..50 {
        rings.read(1, None, None, false, 20).await.unwrap();
    }
    // Looking costs a few itself; and what is long comes in pieces of 16 KB, but not in one for each ring.
    let (pushes, reads) = (pushed - before, server.reads() - pushed);
    assert!((2..200).contains(&pushes), "{pushes} for 1,000 rings");
    assert!((50..60).contains(&reads), "{reads} for 50 pages");
}
