//! A product of a few lines: one topic whose events name the jobs that come of them.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use bytes::Bytes;
use engine::{
    memory::{queue::MemoryQueue, store::MemoryStore},
    queue::{NewJob, Queue},
};
use graph::{Batch, CacheSizes, Clock, Event, Graph, Mint};
use jobs::{
    Handler, Handlers, JobError, JobPolicy, JobsConfig, Random, Runner, Schedule, Subscriptions,
    Undecodable, Wiring, event_job, gathered_job,
};
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};

pub const START: u64 = 1_700_000_000_000;

/// A clock that a test sets.
pub struct Hand(pub AtomicU64);

impl Hand {
    pub fn pass(&self, ms: u64) {
        self.0.fetch_add(ms, Ordering::SeqCst);
    }
}

impl Clock for Hand {
    fn now_ms(&self) -> u64 {
        self.0.load(Ordering::SeqCst)
    }
}

/// "Run a job of this kind with this text."
#[derive(Clone, Serialize, Deserialize)]
pub struct Wish {
    pub kind: String,
    pub text: String,
}

impl Event for Wish {
    fn topic(&self) -> u16 {
        1
    }
}

/// Makes the wished job, of kind `gather` one for many; panics at the text `panic`.
pub struct Wishes;

impl Subscriptions for Wishes {
    fn jobs(&self, topic: u16, event_id: u64, body: &[u8]) -> Result<Vec<NewJob>, Undecodable> {
        if topic != 1 {
            return Err(Undecodable(format!("topic {topic} is of a newer release")));
        }
        let wish: Wish =
            serde_json::from_slice(body).map_err(|error| Undecodable(error.to_string()))?;
        assert!(wish.text != "panic", "a defect in reading");
        Ok(vec![match wish.kind.as_str() {
            "gather" => gathered_job("gather", &wish.text, &wish.text),
            kind => event_job(event_id, kind, &wish.text),
        }])
    }
}

/// Counts calls and, once per key, effects.
#[derive(Default)]
pub struct Ledger {
    pub calls: AtomicU64,
    pub effects: Mutex<BTreeMap<String, String>>,
}

#[async_trait]
impl Handler for Ledger {
    async fn run(&self, job: &NewJob, _attempt: u32) -> Result<(), JobError> {
        self.calls.fetch_add(1, Ordering::SeqCst);
        self.effects.lock().insert(job.key.clone(), text(job));
        Ok(())
    }
}

impl Ledger {
    pub fn calls(&self) -> u64 {
        self.calls.load(Ordering::SeqCst)
    }

    pub fn texts(&self) -> Vec<String> {
        let mut texts: Vec<_> = self.effects.lock().values().cloned().collect();
        texts.sort();
        texts
    }
}

pub fn text(job: &NewJob) -> String {
    serde_json::from_slice(&job.body).unwrap()
}

/// A policy of three tries, ten seconds apart at most.
pub fn policy() -> JobPolicy {
    JobPolicy {
        timeout: Duration::from_secs(30),
        max_attempts: 3,
        backoff_base: Duration::from_secs(10),
        backoff_cap: Duration::from_secs(10),
    }
}

/// The longest wait that is allowed, always.
pub fn longest() -> Random {
    Arc::new(|bound| bound - 1)
}

pub struct World {
    pub clock: Arc<Hand>,
    pub store: Arc<MemoryStore>,
    pub graph: Arc<Graph>,
    pub mint: Arc<Mint>,
    pub queue: Arc<MemoryQueue>,
    pub ledger: Arc<Ledger>,
}

impl World {
    pub fn new() -> World {
        let clock = Arc::new(Hand(AtomicU64::new(START)));
        let store = Arc::new(MemoryStore::new());
        World {
            graph: Arc::new(Graph::new(store.clone(), CacheSizes::default())),
            store,
            mint: Arc::new(Mint::new(clock.clone(), 1)),
            clock,
            queue: Arc::new(MemoryQueue::new()),
            ledger: Arc::new(Ledger::default()),
        }
    }

    pub fn now(&self) -> u64 {
        self.clock.now_ms()
    }

    /// Handlers with the ledger for jobs of kind `note`.
    pub fn handlers(&self) -> Handlers {
        Handlers::new().on("note", self.ledger.clone(), policy())
    }

    pub fn runner(&self, handlers: Handlers) -> Arc<Runner> {
        self.runner_with(handlers, self.queue.clone(), Vec::new())
    }

    pub fn runner_of(&self, handlers: Handlers, config: JobsConfig) -> Arc<Runner> {
        self.wired(handlers, self.queue.clone(), Vec::new(), config)
    }

    pub fn runner_with(
        &self,
        handlers: Handlers,
        queue: Arc<dyn Queue>,
        schedules: Vec<Schedule>,
    ) -> Arc<Runner> {
        self.wired(handlers, queue, schedules, JobsConfig::default())
    }

    fn wired(
        &self,
        handlers: Handlers,
        queue: Arc<dyn Queue>,
        schedules: Vec<Schedule>,
        config: JobsConfig,
    ) -> Arc<Runner> {
        Arc::new(Runner::new(Wiring {
            graph: self.graph.clone(),
            mint: self.mint.clone(),
            queue,
            desk: self.queue.clone(),
            clock: self.clock.clone(),
            random: longest(),
            subscriptions: Arc::new(Wishes),
            handlers,
            schedules,
            config,
        }))
    }

    /// Commits an event that wishes for a job.
    pub async fn wish(&self, kind: &str, text: &str) -> u64 {
        let wish = Wish { kind: kind.to_owned(), text: text.to_owned() };
        let id = self.mint.next();
        let mut batch = Batch::new();
        batch.emit(id, &wish);
        self.graph.commit(batch).await.unwrap();
        id.raw()
    }

    /// Commits an event of raw bytes.
    pub async fn emit_raw(&self, topic: u16, body: &'static str) -> u64 {
        let id = self.mint.next::<()>().raw();
        let op = engine::store::Op::Emit { id, topic, body: Bytes::from_static(body.as_bytes()) };
        self.graph.store().commit(vec![op]).await.unwrap();
        id
    }

    /// The dead: key and error.
    pub async fn dead(&self) -> Vec<(String, String)> {
        let dead = jobs::dead::list(&*self.queue, None, 1_000).await.unwrap();
        dead.into_iter().map(|dead| (dead.job.key, dead.error)).collect()
    }
}
