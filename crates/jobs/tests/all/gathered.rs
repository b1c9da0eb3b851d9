//! Jobs that wait so that many become one: bounded in number, and never older than the last event that asked for them.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use engine::{
    memory::store::MemoryStore,
    queue::{Lane, NewJob, Queue, QueueDesk, QueueError, TakenJob},
    store::Upkeep,
};
use graph::{Batch, Graph, Mint};
use jobs::{GATHERED_WITHIN, Handler, Handlers, JobError, JobsConfig, Relay};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::world::{Wish, Wishes, World, policy};

const LEASE: Duration = Duration::from_secs(60);
const WITHIN_MS: u64 = GATHERED_WITHIN.as_millis() as u64;

fn relay(world: &World, queue: Arc<dyn Queue>) -> Relay {
    Relay::new(world.graph.store().clone(), queue, Arc::new(Wishes), 100, LEASE)
}

async fn relay_all(world: &World, relay: &Relay) {
    while relay.step(&*world.clock).await.unwrap() > 0 {}
}

async fn keys_due(world: &World) -> Vec<String> {
    let taken = world.queue.take(Lane::Any, 100, world.now(), LEASE).await.unwrap();
    let mut keys: Vec<_> = taken.into_iter().map(|taken| taken.job.key).collect();
    keys.sort();
    keys
}

#[tokio::test]
async fn what_is_said_often_within_seconds_is_one_job_when_they_are_over() {
    let world = World::new();
    let relay = relay(&world, world.queue.clone());
    for _ in 0..150 {
        world.wish("gather", "ada").await;
        relay_all(&world, &relay).await;
        world.wish("gather", "ben").await;
        world.clock.pass(30);
    }
    relay_all(&world, &relay).await;
    assert_eq!(keys_due(&world).await, [""; 0], "somebody may still say it");
    world.clock.pass(WITHIN_MS);
    let keys = keys_due(&world).await;
    let slot = crate::world::START;
    assert_eq!(keys, ["ada", "ben"].map(|who| format!("gather:{who}:{slot}.0")));
}

#[tokio::test]
async fn what_is_said_later_is_another_job_though_the_first_one_still_runs() {
    let world = World::new();
    let relay = relay(&world, world.queue.clone());
    world.wish("gather", "ada").await;
    relay_all(&world, &relay).await;
    world.clock.pass(WITHIN_MS);
    // It is in hands now, and may have read already.
    assert_eq!(keys_due(&world).await.len(), 1);
    world.wish("gather", "ada").await;
    relay_all(&world, &relay).await;
    world.clock.pass(WITHIN_MS);
    assert_eq!(keys_due(&world).await.len(), 1);
}

/// A queue whose first push takes longer than a slot.
struct Slow {
    world: Arc<World>,
    was: AtomicBool,
}

#[async_trait]
impl Queue for Slow {
    async fn push(&self, jobs: Vec<NewJob>) -> Result<(), QueueError> {
        if !self.was.swap(true, Ordering::SeqCst) {
            self.world.clock.pass(WITHIN_MS);
        }
        self.world.queue.push(jobs).await
    }

    async fn take(
        &self,
        lane: Lane,
        limit: usize,
        now_ms: u64,
        lease: Duration,
    ) -> Result<Vec<TakenJob>, QueueError> {
        self.world.queue.take(lane, limit, now_ms, lease).await
    }

    async fn done(&self, key: &str, fence: u64) -> Result<bool, QueueError> {
        self.world.queue.done(key, fence).await
    }

    async fn retry(&self, key: &str, fence: u64, at: u64, why: &str) -> Result<bool, QueueError> {
        self.world.queue.retry(key, fence, at, why).await
    }

    async fn bury(&self, key: &str, fence: u64, at: u64, why: &str) -> Result<bool, QueueError> {
        self.world.queue.bury(key, fence, at, why).await
    }

    async fn extend(&self, key: &str, fence: u64, until_ms: u64) -> Result<bool, QueueError> {
        self.world.queue.extend(key, fence, until_ms).await
    }

    fn pushed(&self) -> Arc<Notify> {
        self.world.queue.pushed()
    }
}

#[tokio::test]
async fn a_push_that_outlives_its_slot_is_done_again_in_the_next_one() {
    let world = Arc::new(World::new());
    // A job of the first slot is in hands when the push arrives, and hides it.
    let before = relay(&world, world.queue.clone());
    world.wish("gather", "ada").await;
    relay_all(&world, &before).await;
    let over = world.now() + WITHIN_MS;
    let taken = world.queue.take(Lane::Gathered, 1, over, LEASE).await.unwrap();
    assert_eq!(taken.len(), 1);

    let slow = Arc::new(Slow { world: world.clone(), was: AtomicBool::new(false) });
    let relay = relay(&world, slow);
    world.wish("gather", "ada").await;
    world.wish("note", "once").await;
    relay_all(&world, &relay).await;
    let job = world.queue.take(Lane::Any, 100, world.now(), LEASE).await.unwrap();
    assert_eq!(job.len(), 1, "what is not gathered was pushed twice");
    world.clock.pass(WITHIN_MS);
    let keys = keys_due(&world).await;
    assert_eq!(keys.len(), 1, "nobody reads again what came too late");
    assert_ne!(keys[0], taken[0].job.key);
}

/// The first time it is called, its subject changes once more, and the event is relayed before it ends.
struct Changing {
    graph: Arc<Graph>,
    mint: Arc<Mint>,
    store: Arc<MemoryStore>,
    calls: AtomicU64,
}

#[async_trait]
impl Handler for Changing {
    async fn run(&self, _job: &NewJob, _attempt: u32) -> Result<(), JobError> {
        if self.calls.fetch_add(1, Ordering::SeqCst) == 0 {
            let mut batch = Batch::new();
            let wish = Wish { kind: "gather".to_owned(), text: "ada".to_owned() };
            batch.emit(self.mint.next(), &wish);
            self.graph.commit(batch).await.unwrap();
            while self.store.waiting_events().await.unwrap() > 0 {
                tokio::task::yield_now().await;
            }
        }
        Ok(())
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn settling_waits_for_no_slot_and_hides_no_later_change() {
    let world = World::new();
    let changing = Arc::new(Changing {
        graph: world.graph.clone(),
        mint: world.mint.clone(),
        store: world.store.clone(),
        calls: Default::default(),
    });
    let handlers = Handlers::new().on("gather", changing.clone(), policy());
    let runner = world.runner_of(handlers, JobsConfig::default());
    let stop = CancellationToken::new();
    let running = runner.start(stop.clone());
    world.wish("gather", "ada").await;
    // The clock stands still: nothing becomes due by itself.
    let mut settled = 0;
    while changing.calls.load(Ordering::SeqCst) < 2 {
        settled += runner.settle(world.now()).await.unwrap().done;
        // In this order: an event is gone only when its job is there.
        let relayed = world.store.waiting_events().await.unwrap() == 0;
        let depth = world.queue.depth(world.now()).await.unwrap();
        let waits = depth.delayed + depth.leased + depth.ready;
        assert!(
            !relayed || waits > 0 || changing.calls.load(Ordering::SeqCst) != 1,
            "the change that came while the job ran is lost"
        );
    }
    stop.cancel();
    running.stopped().await;
    assert_eq!(settled, 2);
}

#[tokio::test]
async fn where_others_relay_too_settling_leaves_what_is_gathered() {
    let world = World::new();
    let handlers = Handlers::new().on("gather", world.ledger.clone(), policy());
    let config = JobsConfig { alone: false, ..JobsConfig::default() };
    let runner = world.runner_of(handlers, config);
    world.wish("gather", "ada").await;
    assert_eq!(runner.settle(world.now()).await.unwrap().done, 0);
    assert_eq!(runner.settle(world.now() + WITHIN_MS).await.unwrap().done, 1);
}

#[tokio::test]
async fn a_relay_and_a_worker_that_die_lose_nothing_that_was_gathered() {
    let world = World::new();
    let runner = world.runner(Handlers::new().on("gather", world.ledger.clone(), policy()));
    world.wish("gather", "ada").await;
    // It pushed, and did not come to settle the event.
    let event = world.graph.store().lease_events(1, world.now(), LEASE).await.unwrap();
    assert_eq!(event.len(), 1);
    assert_eq!(runner.settle(world.now()).await.unwrap().done, 0);
    world.clock.pass(60_001);
    let relay = relay(&world, world.queue.clone());
    relay_all(&world, &relay).await;
    // A worker takes the job and is never heard of again.
    world.clock.pass(WITHIN_MS);
    assert_eq!(keys_due(&world).await.len(), 1);
    world.clock.pass(60_001);
    assert_eq!(runner.settle(world.now()).await.unwrap().done, 1);
    assert_eq!(world.ledger.texts(), ["ada"]);
}
