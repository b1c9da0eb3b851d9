//! The queue: each verb is one script, so that it happens wholly or not at all, in one round trip.
//!
//! | key | type | is |
//! | --- | --- | --- |
//! | `sociosphere:{queue}:job:KEY` | hash | a job: kind, body, run_at, priority, attempt, fence; error and died_at |
//! | `sociosphere:{queue}:waiting:PRIORITY` | sorted set | keys of jobs that wait, by the time they may run |
//! | `sociosphere:{queue}:priorities` | sorted set | the priorities that have such jobs |
//! | `sociosphere:{queue}:leased` | sorted set | keys of jobs in a worker's hands, by the end of their lease |
//! | `sociosphere:{queue}:dead` | sorted set | keys of jobs that were given up |
//! | `sociosphere:{queue}:fence` | number | the newest fence |
//!
//! Jobs have no time to live. They are as durable as the Redis is: `appendonly yes` (a crash of the machine costs at most
//! the last second; with `appendfsync always` nothing), and no `allkeys-…` policy that would evict them.

use std::{
    sync::{Arc, LazyLock},
    time::Duration,
};

use async_trait::async_trait;
use bytes::Bytes;
use engine::queue::{DeadJob, Depth, Lane, NewJob, Queue, QueueDesk, QueueError, TakenJob};
use redis::{Cmd, FromRedisValue, Script};
use tokio::sync::Notify;

use crate::link::Redis;

static SCRIPT: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("scripts/queue.lua")));

/// The most jobs of one answer: who wants more asks again.
const PAGE: usize = 10_000;

/// The queue of all processes that share a Redis.
#[derive(Debug)]
pub struct RedisQueue {
    redis: Redis,
    base: String,
    pushed: Arc<Notify>,
}

type Raw = Vec<u8>;
/// Key, kind, run_at, priority, body.
type RawJob = (String, String, u64, u8, Raw);

impl RedisQueue {
    /// The queue on this Redis.
    pub fn new(redis: Redis) -> Self {
        let base = format!("{}:{{queue}}", redis.prefix);
        Self { redis, base, pushed: Arc::default() }
    }

    async fn ask<T: FromRedisValue>(
        &self,
        verb: &str,
        add: impl FnOnce(&mut Cmd),
    ) -> Result<T, QueueError> {
        let mut call = Redis::call(&SCRIPT, std::slice::from_ref(&self.base));
        call.arg(verb);
        add(&mut call);
        self.redis.run(call, &SCRIPT).await.map_err(QueueError)
    }

    fn signal(&self) {
        // Wakes everyone who waits, and leaves a permit for who is just about to.
        self.pushed.notify_waiters();
        self.pushed.notify_one();
    }
}

fn job((key, kind, run_at_ms, priority, body): RawJob) -> NewJob {
    NewJob { key, kind, body: Bytes::from(body), run_at_ms, priority }
}

#[async_trait]
impl Queue for RedisQueue {
    async fn push(&self, jobs: Vec<NewJob>) -> Result<(), QueueError> {
        if !jobs.is_empty() {
            let add = |call: &mut Cmd| {
                for job in &jobs {
                    call.arg(&job.key).arg(&job.kind).arg(job.run_at_ms).arg(job.priority);
                    call.arg(&job.body[..]);
                }
            };
            self.ask::<()>("push", add).await?;
        }
        self.signal();
        Ok(())
    }

    async fn take(
        &self,
        lane: Lane,
        limit: usize,
        now_ms: u64,
        lease: Duration,
    ) -> Result<Vec<TakenJob>, QueueError> {
        let lane = lane.priorities();
        let lease = u64::try_from(lease.as_millis()).unwrap_or(u64::MAX);
        let add = |call: &mut Cmd| {
            call.arg(*lane.start()).arg(*lane.end()).arg(limit.min(PAGE));
            call.arg(now_ms).arg(now_ms.saturating_add(lease));
        };
        // Flat tuples: key, kind, run_at, priority, body, attempt, fence.
        type Taken = (String, String, u64, u8, Raw, u32, u64);
        let taken: Vec<Taken> = self.ask("take", add).await?;
        let taken = taken.into_iter().map(|(key, kind, run_at, priority, body, attempt, fence)| {
            TakenJob { job: job((key, kind, run_at, priority, body)), attempt, fence }
        });
        Ok(taken.collect())
    }

    async fn done(&self, key: &str, fence: u64) -> Result<bool, QueueError> {
        self.ask("done", |call| _ = call.arg(key).arg(fence)).await
    }

    async fn retry(
        &self,
        key: &str,
        fence: u64,
        run_at_ms: u64,
        error: &str,
    ) -> Result<bool, QueueError> {
        let add = |call: &mut Cmd| _ = call.arg(key).arg(fence).arg(run_at_ms).arg(error);
        let retried = self.ask("retry", add).await?;
        if retried {
            self.signal();
        }
        Ok(retried)
    }

    async fn bury(
        &self,
        key: &str,
        fence: u64,
        now_ms: u64,
        error: &str,
    ) -> Result<bool, QueueError> {
        self.ask("bury", |call| _ = call.arg(key).arg(fence).arg(now_ms).arg(error)).await
    }

    async fn extend(&self, key: &str, fence: u64, until_ms: u64) -> Result<bool, QueueError> {
        self.ask("extend", |call| _ = call.arg(key).arg(fence).arg(until_ms)).await
    }

    fn pushed(&self) -> Arc<Notify> {
        self.pushed.clone()
    }
}

#[async_trait]
impl QueueDesk for RedisQueue {
    async fn depth(&self, now_ms: u64) -> Result<Depth, QueueError> {
        let (ready, delayed, leased, dead) = self.ask("depth", |call| _ = call.arg(now_ms)).await?;
        Ok(Depth { ready, delayed, leased, dead })
    }

    async fn next_due_ms(&self) -> Result<Option<u64>, QueueError> {
        self.ask("next_due", |_| {}).await
    }

    async fn dead(&self, after: Option<&str>, limit: usize) -> Result<Vec<DeadJob>, QueueError> {
        // No key is empty, so the empty one is before all of them.
        let add = |call: &mut Cmd| _ = call.arg(after.unwrap_or("")).arg(limit.min(PAGE));
        // Key, kind, run_at, priority, body, attempts, error, died_at.
        type Dead = (String, String, u64, u8, Raw, u32, String, u64);
        let dead: Vec<Dead> = self.ask("dead", add).await?;
        let dead = dead.into_iter().map(
            |(key, kind, run_at, priority, body, attempts, error, died_at_ms)| DeadJob {
                job: job((key, kind, run_at, priority, body)),
                attempts,
                error,
                died_at_ms,
            },
        );
        Ok(dead.collect())
    }

    async fn revive(&self, key: &str, now_ms: u64) -> Result<bool, QueueError> {
        let revived = self.ask("revive", |call| _ = call.arg(key).arg(now_ms)).await?;
        if revived {
            self.signal();
        }
        Ok(revived)
    }

    async fn drop_dead(&self, key: &str) -> Result<bool, QueueError> {
        self.ask("drop_dead", |call| _ = call.arg(key)).await
    }
}
