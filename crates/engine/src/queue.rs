//! The queue: jobs that run at least once, later, again after failures, and are set aside after too many.
//!
//! A taken job is leased: whoever took it must finish it, give it back or extend it before the lease ends,
//! else another worker gets it. Every take has a new fence; an old fence changes nothing. Times are Unix
//! milliseconds handed in by the caller.

use std::{ops::RangeInclusive, sync::Arc, time::Duration};

use async_trait::async_trait;
use bytes::Bytes;
use tokio::sync::Notify;

/// A job to push.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewJob {
    /// Its idempotency key: while a job with this key waits, runs or is dead, pushing it again does nothing.
    pub key: String,
    /// What it is (`search.index`): names the handler.
    pub kind: String,
    /// JSON.
    pub body: Bytes,
    /// Not before this time.
    pub run_at_ms: u64,
    /// 0 is the most urgent; among equals the earlier `run_at_ms` goes first.
    pub priority: u8,
}

/// From this priority on, jobs are long: minutes rather than milliseconds.
pub const LONG: u8 = 128;

/// The priority of jobs that wait a moment so that many become one. Nothing quick stands behind them.
pub const GATHERED: u8 = LONG - 1;

/// Which jobs a worker asks for: a lane is a range of priorities, with workers of its own, so that what is long never
/// stands in the way of what is short.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lane {
    /// All jobs.
    Any,
    /// Those below [`LONG`].
    Quick,
    /// Those of [`GATHERED`], which are quick ones, too.
    Gathered,
    /// The others.
    Long,
}

impl Lane {
    /// The priorities of its jobs.
    pub const fn priorities(self) -> RangeInclusive<u8> {
        match self {
            Lane::Any => 0..=u8::MAX,
            Lane::Quick => 0..=LONG - 1,
            Lane::Gathered => GATHERED..=GATHERED,
            Lane::Long => LONG..=u8::MAX,
        }
    }
}

/// A job in a worker's hands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TakenJob {
    /// The job.
    pub job: NewJob,
    /// How often it was taken, this time included.
    pub attempt: u32,
    /// Must be shown to finish it.
    pub fence: u64,
}

/// A job that was given up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadJob {
    /// The job.
    pub job: NewJob,
    /// How often it was tried.
    pub attempts: u32,
    /// What its last try said.
    pub error: String,
    /// When it was given up.
    pub died_at_ms: u64,
}

/// How much waits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Depth {
    /// May run now.
    pub ready: u64,
    /// Will run later.
    pub delayed: u64,
    /// In a worker's hands.
    pub leased: u64,
    /// Given up.
    pub dead: u64,
}

/// The queue is away. Try again later.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the queue is unavailable: {0}")]
pub struct QueueError(pub String);

/// Jobs, at least once. Guarantees, each one a test of [`crate::contract::queue`]:
/// - When `push` returns, the jobs survive a crash (of an engine that survives one).
/// - A job is in one worker's hands at a time; it comes back when its lease ends, with a new fence.
/// - Finishing, retrying or burying with an old fence does nothing and answers `false`.
/// - A key is there once: pushing it again while it is known does nothing. An engine whose server only moves messages (RabbitMQ)
///   keeps this within a process; the same key from two processes may run a second time there, and handlers do not mind.
#[async_trait]
pub trait Queue: Send + Sync + 'static {
    /// Adds jobs, all or none.
    async fn push(&self, jobs: Vec<NewJob>) -> Result<(), QueueError>;

    /// Takes up to `limit` due jobs of a lane, most urgent first, until `now_ms + lease`.
    async fn take(
        &self,
        lane: Lane,
        limit: usize,
        now_ms: u64,
        lease: Duration,
    ) -> Result<Vec<TakenJob>, QueueError>;

    /// The job is done and forgotten.
    async fn done(&self, key: &str, fence: u64) -> Result<bool, QueueError>;

    /// The job failed and runs again at `run_at_ms`.
    async fn retry(
        &self,
        key: &str,
        fence: u64,
        run_at_ms: u64,
        error: &str,
    ) -> Result<bool, QueueError>;

    /// The job is given up and listed among the dead.
    async fn bury(
        &self,
        key: &str,
        fence: u64,
        now_ms: u64,
        error: &str,
    ) -> Result<bool, QueueError>;

    /// A long job stays in its worker's hands until `until_ms`.
    async fn extend(&self, key: &str, fence: u64, until_ms: u64) -> Result<bool, QueueError>;

    /// Signals pushes of this process (others are found by polling).
    fn pushed(&self) -> Arc<Notify>;
}

/// What an operator does with a queue.
#[async_trait]
pub trait QueueDesk: Send + Sync + 'static {
    /// How much waits.
    async fn depth(&self, now_ms: u64) -> Result<Depth, QueueError>;

    /// When the next job that waits may run, or a lease ends; `None` when nothing waits.
    async fn next_due_ms(&self) -> Result<Option<u64>, QueueError>;

    /// All jobs that are neither done nor dead, by key after the given one: for a copy. Nothing of them changes.
    async fn waiting(
        &self,
        _after: Option<&str>,
        _limit: usize,
    ) -> Result<Vec<NewJob>, QueueError> {
        Err(QueueError("this queue does not list what waits".to_owned()))
    }

    /// Dead jobs by key after the given one.
    async fn dead(&self, after: Option<&str>, limit: usize) -> Result<Vec<DeadJob>, QueueError>;

    /// A dead job runs again, with its tries forgotten.
    async fn revive(&self, key: &str, now_ms: u64) -> Result<bool, QueueError>;

    /// A dead job is forgotten.
    async fn drop_dead(&self, key: &str) -> Result<bool, QueueError>;
}
