//! The queue: each verb is one script, so that it happens wholly or not at all, in one round trip.
//!
//! | key | type | is |
//! | --- | --- | --- |
//! | `sociosphere`, and `sociosphere\x06\x163`, `6`, `9` | list | what was pushed, as Celery tasks (kombu's envelopes), most urgent in the first |
//! | `sociosphere:{queue}:job:KEY` | hash | a job: message, run_at, priority, attempt, fence; error and died_at |
//! | `sociosphere:{queue}:waiting:PRIORITY` | sorted set | keys of jobs that wait, by the time they may run |
//! | `sociosphere:{queue}:priorities` | sorted set | the priorities that have such jobs |
//! | `sociosphere:{queue}:leased` | sorted set | keys of jobs in a worker's hands, by the end of their lease |
//! | `sociosphere:{queue}:dead` | sorted set | keys of jobs that were given up |
//! | `sociosphere:{queue}:fence` | number | the newest fence |
//!
//! A job of the kind `mail.send` is the Celery task `sociosphere.mail.send`, and the job's key is the task's id. Whoever takes sorts
//! the lists into the sets first, as a worker of Celery does with tasks that have a time. What somebody else pushed there
//! (`app.send_task("sociosphere.mail.send", kwargs={…}, queue="sociosphere")`) becomes a job too, if a [`CeleryWorker`] allows its
//! kind; else it is given up at once. A message that nobody can read lies among the dead as `unreadable-…`.
//!
//! Jobs have no time to live. They are as durable as the Redis is: `appendonly yes` (a crash of the machine costs at most
//! the last second; with `appendfsync always` nothing), and no `allkeys-…` policy that would evict them.

use std::{
    sync::{Arc, LazyLock},
    time::Duration,
};

use async_trait::async_trait;
use bytes::Bytes;
use celery_wire::{Effect, Envelope, Failure, PREFIX, Task, envelope};
use engine::queue::{DeadJob, Depth, Lane, NewJob, Queue, QueueDesk, QueueError, TakenJob};
use redis::{Cmd, FromRedisValue, Script};
use tokio::sync::Notify;

use crate::{
    celery::{CeleryWorker, now_ms},
    link::Redis,
};

static SCRIPT: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("scripts/queue.lua")));

/// The most jobs of one answer: who wants more asks again.
const PAGE: usize = 10_000;

/// The queue of all processes that share a Redis.
#[derive(Debug)]
pub struct RedisQueue {
    redis: Redis,
    /// The queue's name at Celery.
    name: String,
    /// The base of its own keys, and its four lists.
    keys: Vec<String>,
    pushed: Arc<Notify>,
    celery: Option<Arc<CeleryWorker>>,
}

type Raw = Vec<u8>;

impl RedisQueue {
    /// The queue on this Redis.
    pub fn new(redis: Redis) -> Self {
        let name = redis.prefix.clone();
        let mut keys = vec![format!("{name}:{{queue}}")];
        keys.extend(envelope::list_names(&name));
        Self { redis, name, keys, pushed: Arc::default(), celery: None }
    }

    /// The queue, in a process that runs its jobs and shows it to Celery's tools.
    #[must_use]
    pub fn with_celery(self, worker: Arc<CeleryWorker>) -> Self {
        Self { celery: Some(worker), ..self }
    }

    async fn ask<T: FromRedisValue>(
        &self,
        verb: &str,
        add: impl FnOnce(&mut Cmd),
    ) -> Result<T, QueueError> {
        let mut call = Redis::call(&SCRIPT, &self.keys);
        call.arg(verb);
        add(&mut call);
        self.redis.run(call, &SCRIPT).await.map_err(QueueError)
    }

    /// A job as it lies in a list.
    fn message(&self, job: &NewJob) -> Result<(usize, String), QueueError> {
        let task = Task::of_job(&job.key, &job.kind, &job.body, job.run_at_ms);
        let mut task = task.map_err(|why| QueueError(format!("job {}: {why}", job.key)))?;
        // 256 of ours are four of Celery's.
        let list = usize::from(job.priority / 64);
        task.priority = envelope::STEPS[list];
        Ok((list + 2, Envelope::of_task(&task, &self.name, &job.key).text()))
    }

    /// Ends a taken job with what follows from it: what must not get lost goes with the job's end.
    async fn end(
        &self,
        verb: &str,
        (key, fence): (&str, u64),
        add: impl FnOnce(&mut Cmd),
        effects: Vec<Effect>,
    ) -> Result<bool, QueueError> {
        let mut events = Vec::new();
        let args = |call: &mut Cmd| {
            call.arg(key).arg(fence);
            add(call);
            for effect in effects {
                match effect {
                    Effect::Event(event) => events.push(event),
                    Effect::Result { id, text } => {
                        call.arg("result").arg(celery_wire::result::key(&id)).arg(text);
                    }
                    Effect::Send(sent) => {
                        let queue =
                            sent.queue.as_deref().unwrap_or_else(|| self.home(&sent.task.name));
                        let message = Envelope::of_task(&sent.task, queue, &sent.task.id).text();
                        call.arg("send")
                            .arg(envelope::list_name(queue, sent.task.priority))
                            .arg(message);
                    }
                }
            }
        };
        let told = self.ask(verb, args).await;
        if let Some(celery) = &self.celery {
            if told == Ok(true) {
                celery.publish(events);
            }
            celery.worker().ended(key, fence);
        }
        told
    }

    /// Where a task goes that was sent without a queue.
    fn home(&self, name: &str) -> &str {
        if name.starts_with(PREFIX) { &self.name } else { "celery" }
    }

    /// What was taken, as a job; `None`: it must not run, and is over.
    async fn admit(&self, taken: Taken, now_ms: u64) -> Result<Option<TakenJob>, QueueError> {
        let (key, run_at, priority, message, foreign, attempt, fence) = taken;
        let held = (key.as_str(), fence);
        let task = Envelope::parse(&message).and_then(|envelope| envelope.task());
        let (task, job) = match task.map(|task| (task.job(), task)) {
            Ok((Some(job), task)) => (task, job),
            Ok((None, task)) => return self.refuse(held, &task, "no task of ours", now_ms).await,
            Err(why) => {
                let add = |call: &mut Cmd| _ = call.arg(now_ms).arg(why.to_string());
                self.end("bury", held, add, Vec::new()).await?;
                return Ok(None);
            }
        };
        let allowed = self.celery.as_ref().is_some_and(|celery| celery.allows(&job.kind));
        if foreign && !allowed {
            return self.refuse(held, &task, "not a task that others may send", now_ms).await;
        }
        if let Some(celery) = &self.celery {
            let task = Task { retries: attempt.saturating_sub(1), ..task };
            match celery.worker().takes(task, fence, now_ms) {
                Ok(effects) => celery.publish_of(effects),
                Err((_, effects)) => {
                    self.end("done", held, |_| {}, effects).await?;
                    return Ok(None);
                }
            }
        }
        let job =
            NewJob { key, kind: job.kind, body: job.body.into(), run_at_ms: run_at, priority };
        Ok(Some(TakenJob { job, attempt, fence }))
    }

    /// Gives up what somebody sent that we do not run, and tells them if they want to know.
    async fn refuse(
        &self,
        held: (&str, u64),
        task: &Task,
        why: &str,
        now_ms: u64,
    ) -> Result<Option<TakenJob>, QueueError> {
        tracing::warn!(job.key = held.0, "gave up a task of somebody else: {why}");
        let told = celery_wire::node::refusal(task, why, now_ms);
        let add = |call: &mut Cmd| _ = call.arg(now_ms).arg(why);
        self.end("bury", held, add, told.into_iter().collect()).await?;
        Ok(None)
    }

    /// What Celery's side makes of a failure.
    fn failure(&self, key: &str, error: &str) -> Option<(&CeleryWorker, Failure)> {
        let celery = self.celery.as_deref()?;
        let why = celery.worker().job_failure(key, error)?;
        Some((celery, why))
    }

    fn signal(&self) {
        // Wakes everyone who waits, and leaves a permit for who is just about to.
        self.pushed.notify_waiters();
        self.pushed.notify_one();
    }
}

/// Key, run_at, priority, message, whether somebody else pushed it, attempt, fence.
type Taken = (String, u64, u8, Raw, bool, u32, u64);

#[async_trait]
impl Queue for RedisQueue {
    async fn push(&self, jobs: Vec<NewJob>) -> Result<(), QueueError> {
        if !jobs.is_empty() {
            let messages =
                jobs.iter().map(|job| self.message(job)).collect::<Result<Vec<_>, _>>()?;
            let add = |call: &mut Cmd| {
                for (job, (list, message)) in jobs.iter().zip(messages) {
                    call.arg(&job.key).arg(job.run_at_ms).arg(job.priority).arg(list).arg(message);
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
        let mut taken = Vec::new();
        for one in self.ask::<Vec<Taken>>("take", add).await? {
            let key = one.0.clone();
            match self.admit(one, now_ms).await {
                Ok(job) => taken.extend(job),
                // It stays leased, and comes again; the others are ours.
                Err(error) => tracing::warn!(job.key = key, "job {key} could not be told: {error}"),
            }
        }
        Ok(taken)
    }

    async fn done(&self, key: &str, fence: u64) -> Result<bool, QueueError> {
        let celery = self.celery.as_ref();
        let effects = celery.map(|celery| celery.worker().succeeded(key, fence, now_ms()));
        self.end("done", (key, fence), |_| {}, effects.unwrap_or_default()).await
    }

    async fn retry(
        &self,
        key: &str,
        fence: u64,
        run_at_ms: u64,
        error: &str,
    ) -> Result<bool, QueueError> {
        let effects = self.failure(key, error);
        let effects =
            effects.map(|(celery, why)| celery.worker().retried(key, fence, &why, now_ms()));
        let add = |call: &mut Cmd| _ = call.arg(run_at_ms).arg(error);
        let retried = self.end("retry", (key, fence), add, effects.unwrap_or_default()).await?;
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
        let effects = self.failure(key, error);
        let effects = effects.map(|(celery, why)| celery.worker().failed(key, fence, &why, now_ms));
        let add = |call: &mut Cmd| _ = call.arg(now_ms).arg(error);
        self.end("bury", (key, fence), add, effects.unwrap_or_default()).await
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
        // Key, run_at, priority, message, attempts, error, died_at.
        type Dead = (String, u64, u8, Raw, u32, String, u64);
        let dead: Vec<Dead> = self.ask("dead", add).await?;
        let dead = dead.into_iter().map(
            |(key, run_at_ms, priority, message, attempts, error, died_at_ms)| {
                let task = Envelope::parse(&message).and_then(|envelope| envelope.task()).ok();
                let (kind, body) = match task {
                    Some(task) => match task.job() {
                        Some(job) => (job.kind, Bytes::from(job.body)),
                        None => (task.name, Bytes::from(message)),
                    },
                    None => ("unreadable".to_owned(), Bytes::from(message)),
                };
                let job = NewJob { key, kind, body, run_at_ms, priority };
                DeadJob { job, attempts, error, died_at_ms }
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
