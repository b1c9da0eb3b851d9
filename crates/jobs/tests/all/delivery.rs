//! Delivery: at least once, in any order, and chains of events to their end.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use engine::{
    memory::queue::MemoryQueue,
    queue::{Lane, NewJob, Queue, QueueError, TakenJob},
};
use graph::{Batch, Graph, Mint};
use jobs::{Handler, JobError, Relay};
use parking_lot::Mutex;
use tokio::sync::{Barrier, Notify};

use crate::world::{Wish, Wishes, World, policy, text};

/// A broker that delivers every fifth job twice, and all in another order.
struct Sloppy {
    inner: Arc<MemoryQueue>,
    random: Mutex<u64>,
    twice: Mutex<Vec<TakenJob>>,
}

impl Sloppy {
    /// Knuth's MMIX generator: repeatable chance.
    fn draw(&self, bound: u64) -> u64 {
        let mut state = self.random.lock();
        *state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (*state >> 33) % bound
    }
}

#[async_trait]
impl Queue for Sloppy {
    async fn push(&self, jobs: Vec<NewJob>) -> Result<(), QueueError> {
        self.inner.push(jobs).await
    }
    async fn take(
        &self,
        lane: Lane,
        limit: usize,
        now_ms: u64,
        lease: Duration,
    ) -> Result<Vec<TakenJob>, QueueError> {
        if let Some(again) = self.twice.lock().pop() {
            return Ok(vec![again]);
        }
        // Takes many, gives back all but a few by chance: what comes first is not what was first.
        let mut taken = self.inner.take(lane, 50, now_ms, lease).await?;
        while taken.len() > limit {
            let other = taken.remove(self.draw(taken.len() as u64) as usize);
            self.inner.retry(&other.job.key, other.fence, now_ms, "").await?;
        }
        for job in &taken {
            if self.draw(5) == 0 {
                self.twice.lock().push(job.clone());
            }
        }
        Ok(taken)
    }
    async fn done(&self, key: &str, fence: u64) -> Result<bool, QueueError> {
        self.inner.done(key, fence).await
    }
    async fn retry(&self, k: &str, fence: u64, at: u64, e: &str) -> Result<bool, QueueError> {
        self.inner.retry(k, fence, at, e).await
    }
    async fn bury(&self, k: &str, fence: u64, now: u64, e: &str) -> Result<bool, QueueError> {
        self.inner.bury(k, fence, now, e).await
    }
    async fn extend(&self, key: &str, fence: u64, until_ms: u64) -> Result<bool, QueueError> {
        self.inner.extend(key, fence, until_ms).await
    }
    fn pushed(&self) -> Arc<Notify> {
        self.inner.pushed()
    }
}

#[tokio::test]
async fn duplicates_and_disorder_change_no_effect() {
    let world = World::new();
    let sloppy = Arc::new(Sloppy {
        inner: world.queue.clone(),
        random: Mutex::new(7),
        twice: Mutex::default(),
    });
    // Deliveries that are given back by the broker count as tries.
    let patient = jobs::JobPolicy { max_attempts: u32::MAX, ..policy() };
    let handlers = jobs::Handlers::new().on("note", world.ledger.clone(), patient);
    let runner = world.runner_with(handlers, sloppy, Vec::new());
    let mut wished: Vec<_> = (0..200).map(|number| format!("{number:03}")).collect();
    for text in &wished {
        world.wish("note", text).await;
    }

    let settled = runner.settle(world.now()).await.unwrap();

    wished.sort();
    assert_eq!(world.ledger.texts(), wished);
    assert!(world.ledger.calls() > 220, "only {} calls of 200 jobs", world.ledger.calls());
    assert_eq!(settled.done, 200, "a second delivery was counted as done");
    assert!(world.dead().await.is_empty());
}

#[tokio::test]
async fn a_relay_that_dies_before_it_settles_pushes_each_job_once() {
    let world = World::new();
    world.wish("note", "once").await;
    let relay = |lease| {
        let store = world.graph.store().clone();
        Relay::new(store, world.queue.clone(), Arc::new(Wishes), 10, lease)
    };
    // The first relay leases and pushes, and is never heard of again.
    let lease = Duration::from_secs(60);
    let events = world.graph.store().lease_events(10, world.now(), lease).await.unwrap();
    let event = events[0].id;
    let pushed = jobs::event_job(event, "note", &"once");
    world.queue.push(vec![pushed]).await.unwrap();

    assert_eq!(relay(lease).step(&*world.clock).await, Ok(0), "the event was leased twice");
    world.clock.pass(60_001);
    assert_eq!(relay(lease).step(&*world.clock).await, Ok(1));

    let taken = world.queue.take(Lane::Any, 10, world.now(), lease).await.unwrap();
    assert_eq!(taken.len(), 1);
    assert_eq!(taken[0].job.key, format!("{event}:note"));
    world.clock.pass(60_001);
    assert_eq!(relay(lease).step(&*world.clock).await, Ok(0), "a relayed event was not settled");
}

/// A queue that is away for so many pushes.
struct Away {
    inner: Arc<MemoryQueue>,
    pushes: Mutex<u32>,
}

#[async_trait]
impl Queue for Away {
    async fn push(&self, jobs: Vec<NewJob>) -> Result<(), QueueError> {
        let left = self.pushes.lock().checked_sub(1);
        match left {
            Some(left) => {
                *self.pushes.lock() = left;
                Err(QueueError("away".to_owned()))
            }
            None => self.inner.push(jobs).await,
        }
    }

    async fn take(
        &self,
        lane: Lane,
        limit: usize,
        now_ms: u64,
        lease: Duration,
    ) -> Result<Vec<TakenJob>, QueueError> {
        self.inner.take(lane, limit, now_ms, lease).await
    }

    async fn done(&self, key: &str, fence: u64) -> Result<bool, QueueError> {
        self.inner.done(key, fence).await
    }

    async fn retry(&self, key: &str, fence: u64, at: u64, why: &str) -> Result<bool, QueueError> {
        self.inner.retry(key, fence, at, why).await
    }

    async fn bury(&self, key: &str, fence: u64, at: u64, why: &str) -> Result<bool, QueueError> {
        self.inner.bury(key, fence, at, why).await
    }

    async fn extend(&self, key: &str, fence: u64, until_ms: u64) -> Result<bool, QueueError> {
        self.inner.extend(key, fence, until_ms).await
    }

    fn pushed(&self) -> Arc<Notify> {
        self.inner.pushed()
    }
}

#[tokio::test]
async fn what_the_queue_did_not_take_is_pushed_as_soon_as_it_is_back() {
    let world = World::new();
    world.wish("note", "late").await;
    let away = Arc::new(Away { inner: world.queue.clone(), pushes: Mutex::new(3) });
    let lease = Duration::from_secs(60);
    let relay = Relay::new(world.graph.store().clone(), away.clone(), Arc::new(Wishes), 10, lease);
    assert!(relay.step(&*world.clock).await.is_err());
    world.clock.pass(1_000);
    assert!(relay.step(&*world.clock).await.is_err());
    // After the end of its lease the event is taken anew: another relay may have had it.
    world.clock.pass(60_000);
    assert!(relay.step(&*world.clock).await.is_err());
    world.clock.pass(1);
    assert_eq!(relay.step(&*world.clock).await, Ok(1), "it waited for the end of its lease");
    assert_eq!(relay.step(&*world.clock).await, Ok(0));
    let taken = away.take(Lane::Any, 10, world.now(), lease).await.unwrap();
    assert_eq!(taken.len(), 1);
}

/// Commits the next event of a chain: `3` wishes for `2`, and so on.
struct Chain {
    graph: Arc<Graph>,
    mint: Arc<Mint>,
}

#[async_trait]
impl Handler for Chain {
    async fn run(&self, job: &NewJob, _attempt: u32) -> Result<(), JobError> {
        let left: u32 = text(job).parse().unwrap();
        let kind = if left == 1 { "note" } else { "chain" };
        let wish = Wish { kind: kind.to_owned(), text: (left - 1).to_string() };
        let mut batch = Batch::new();
        batch.emit(self.mint.next(), &wish);
        self.graph.commit(batch).await.map(|_| ()).map_err(|e| JobError::Retry(e.to_string()))
    }
}

#[tokio::test]
async fn settling_follows_events_that_cause_events() {
    let world = World::new();
    let chain = Arc::new(Chain { graph: world.graph.clone(), mint: world.mint.clone() });
    let runner = world.runner(world.handlers().on("chain", chain, policy()));
    world.wish("chain", "25").await;

    let settled = runner.settle(world.now()).await.unwrap();

    assert_eq!(world.ledger.texts(), ["0"]);
    assert_eq!((settled.events, settled.done), (26, 26));
    assert_eq!(runner.settle(world.now()).await.unwrap(), jobs::Settled::default());
}

/// A job that ends when others run beside it.
struct Together(Barrier);

#[async_trait]
impl Handler for Together {
    async fn run(&self, _job: &NewJob, _attempt: u32) -> Result<(), JobError> {
        self.0.wait().await;
        Ok(())
    }
}

#[tokio::test]
async fn who_waits_for_many_has_them_run_side_by_side() {
    let world = World::new();
    let together = Arc::new(Together(Barrier::new(4)));
    let runner = world.runner(world.handlers().on("together", together, policy()));
    for number in 0..8 {
        world.wish("together", &number.to_string()).await;
    }

    assert_eq!(runner.settle_by(world.now(), 4).await.unwrap().done, 8);
}

#[tokio::test]
async fn a_job_of_later_waits_for_its_time() {
    let world = World::new();
    let runner = world.runner(world.handlers());
    let later = NewJob { run_at_ms: world.now() + 1, ..jobs::event_job(1 << 20, "note", &"late") };
    world.queue.push(vec![later]).await.unwrap();

    assert_eq!(runner.settle(world.now()).await.unwrap().done, 0);
    assert_eq!(runner.settle(world.now() + 1).await.unwrap().done, 1);
}

#[tokio::test]
async fn a_mint_ahead_of_its_clock_delays_no_job() {
    let world = World::new();
    let runner = world.runner(world.handlers());
    for _ in 0..3_000 {
        world.mint.next::<()>();
    }
    world.wish("note", "now").await;

    assert_eq!(runner.settle(world.now()).await.unwrap().done, 1);
}
