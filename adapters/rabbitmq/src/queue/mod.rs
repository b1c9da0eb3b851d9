//! The queue: RabbitMQ keeps the jobs and hands them out; this process keeps the times and fences of those it was given.
//!
//! A job of the kind `mail.send` is the Celery task `sociosphere.mail.send`, and the job's key is the task's id. Each push waits
//! for RabbitMQ's word that the messages are on its disk. A process that works has some jobs in advance, unacknowledged
//! (`consume`); from these it gives out what is due, most urgent first, and acknowledges what is done. When it dies, RabbitMQ gives
//! them all to others, marked as given before: these wait in `….again`, from which a job is fetched when it is taken and not
//! before, so that what comes back from there was in a worker's hands, and counts as a try.
//!
//! What this engine promises less than others: a key is there once among the jobs that one process knows; the same key pushed
//! by two processes may run a second time. What others hold is not counted in [`QueueDesk::depth`]. A retry, a job for later
//! and a dead one are new messages, confirmed before the old one is acknowledged; if a process dies between the two there
//! are both. After a lost connection a job stays in its worker's hands if RabbitMQ gives it to the same process again.

mod consume;
mod desk;
mod ends;
mod look;
mod names;
mod state;

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, OnceLock, atomic::AtomicU64},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use async_trait::async_trait;
use celery_wire::{Task, Worker as Known};
use engine::{
    memory::held::{Held, Holding},
    queue::{Lane, NewJob, Queue, QueueError, TakenJob},
};
use futures::FutureExt;
use lapin::types::ShortString;
use parking_lot::Mutex;
use tokio::{
    sync::{Notify, mpsc, oneshot, watch},
    task::JoinHandle,
};

use self::{
    names::Names,
    state::{Live, More, State},
};
use crate::{
    celery::CeleryWorker,
    link::{OpenError, RabbitMq},
    message::{DEAD, properties_of, task_of},
    publish::{Publisher, Sent},
};

/// A job that is due sooner is not sent through the ladder, but held.
const SOON_MS: u64 = 1_000;
/// RabbitMQ closes the channel of whoever keeps a message for 30 minutes: long before, a job gets a queue of its own.
const HOLDS: Duration = Duration::from_secs(15 * 60);

/// The queue of all processes that share a RabbitMQ.
pub struct AmqpQueue {
    shared: Arc<Shared>,
    consumer: Mutex<Consumer>,
}

/// The task that consumes, once somebody takes.
enum Consumer {
    Waits(Option<mpsc::Receiver<oneshot::Sender<()>>>),
    Runs(JoinHandle<()>),
}

impl Drop for AmqpQueue {
    fn drop(&mut self) {
        if let Consumer::Runs(task) = &*self.consumer.lock() {
            task.abort();
        }
    }
}

pub(crate) struct Shared {
    rabbit: RabbitMq,
    names: Names,
    publisher: Publisher,
    state: Mutex<State>,
    live: watch::Sender<Option<Live>>,
    asks: mpsc::Sender<oneshot::Sender<()>>,
    pushed: Arc<Notify>,
    /// Looks go one after the other, and who waited while one began has it, too.
    looking: tokio::sync::Mutex<()>,
    looks: AtomicU64,
    desk: tokio::sync::Mutex<()>,
    holds: Duration,
    celery: OnceLock<Arc<CeleryWorker>>,
}

impl AmqpQueue {
    /// The queue on this RabbitMQ; makes what is missing there. Nothing is given to this process until it
    /// is [working](Self::working), or takes all the same.
    pub async fn open(rabbit: RabbitMq) -> Result<Self, OpenError> {
        Self::holding(rabbit, HOLDS).await
    }

    /// The same; a job that is held for longer than this gets a queue of its own.
    pub async fn holding(rabbit: RabbitMq, holds: Duration) -> Result<Self, OpenError> {
        let names = Names::new(&rabbit.address.prefix);
        let prepare = {
            let names = names.clone();
            Box::new(move |channel| names.clone().declare(channel).boxed())
        };
        let publisher = Publisher::new(rabbit.publishing.clone(), prepare);
        if let Err(why) = publisher.channel().await {
            return Err(OpenError::Unfit { place: rabbit.address.place.clone(), why });
        }
        let (asks, asked) = mpsc::channel(64);
        let state = State {
            // No two processes, and no two lives of one, give the same fence.
            held: Held::after(rand::random::<u64>() >> 2),
            more: HashMap::new(),
            dead: HashSet::new(),
            dirty: false,
            counts: [0; 6],
            looked: None,
        };
        let shared = Arc::new(Shared {
            rabbit,
            names,
            publisher,
            state: Mutex::new(state),
            live: watch::channel(None).0,
            asks,
            pushed: Arc::default(),
            looking: tokio::sync::Mutex::default(),
            looks: AtomicU64::new(0),
            desk: tokio::sync::Mutex::default(),
            holds,
            celery: OnceLock::new(),
        });
        Ok(Self { shared, consumer: Mutex::new(Consumer::Waits(Some(asked))) })
    }

    /// The queue in a process that takes jobs: some are given to it in advance.
    #[must_use]
    pub fn working(self) -> Self {
        self.consume();
        self
    }

    /// Shows the process, which runs its jobs, to Celery's tools. Comes before [`Self::working`]: it says what others may send.
    #[must_use]
    pub fn with_celery(self, worker: Arc<CeleryWorker>) -> Self {
        let _ = self.shared.celery.set(worker);
        self
    }

    /// Begins to consume, if it did not yet.
    fn consume(&self) {
        let mut consumer = self.consumer.lock();
        if let Consumer::Waits(asked) = &mut *consumer
            && let Some(asked) = asked.take()
        {
            *consumer = Consumer::Runs(tokio::spawn(consume::run(self.shared.clone(), asked)));
        }
    }

    fn consumes(&self) -> bool {
        matches!(&*self.consumer.lock(), Consumer::Runs(_))
    }
}

/// Now, in milliseconds since 1970.
pub(crate) fn now_ms() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(now.as_millis()).unwrap_or(u64::MAX)
}

impl Shared {
    fn signal(&self) {
        // Wakes everyone who waits, and leaves a permit for who is just about to.
        self.pushed.notify_waiters();
        self.pushed.notify_one();
    }

    fn connected(&self) -> bool {
        self.live.borrow().as_ref().is_some_and(|live| live.channel.status().connected())
    }

    /// A task's message: to the queue of its job, or through the ladder.
    fn sent(&self, task: &Task, job: &NewJob) -> Sent {
        let properties = properties_of(task, Some(self.rabbit.address.user()));
        let (key, body) = (self.names.home(job.priority).clone(), task.body());
        let in_ms = job.run_at_ms.saturating_sub(now_ms());
        let step = if in_ms < SOON_MS { None } else { self.names.wait(in_ms) };
        Sent {
            exchange: step.unwrap_or_else(|| "".into()),
            key,
            properties,
            body,
            must_arrive: true,
        }
    }

    /// The same, to a queue by its name.
    fn sent_to(&self, queue: &ShortString, task: &Task) -> Sent {
        let properties = properties_of(task, Some(self.rabbit.address.user()));
        Sent {
            exchange: "".into(),
            key: queue.clone(),
            properties,
            body: task.body(),
            must_arrive: true,
        }
    }

    /// A dead job's message.
    fn sent_dead(
        &self,
        mut task: Task,
        attempts: u32,
        error: &str,
        now_ms: u64,
        ours: bool,
    ) -> Sent {
        let values = [error.into(), attempts.into(), now_ms.into()];
        task.extra.extend(DEAD.map(str::to_owned).into_iter().zip(values));
        let user = ours.then(|| self.rabbit.address.user());
        let properties = properties_of(&task, user);
        Sent {
            exchange: "".into(),
            key: self.names.dead.clone(),
            properties,
            body: task.body(),
            must_arrive: true,
        }
    }
}

#[async_trait]
impl Queue for AmqpQueue {
    async fn push(&self, jobs: Vec<NewJob>) -> Result<(), QueueError> {
        let shared = &*self.shared;
        let mut keys = HashSet::new();
        let mut sent = Vec::with_capacity(jobs.len());
        for job in &jobs {
            let known = !keys.insert(job.key.as_str()) || shared.state.lock().has(&job.key);
            if known || shared.is_dead(&job.key).await? {
                continue;
            }
            let task = task_of(job, 0);
            let task = task.map_err(|why| QueueError(format!("job {}: {why}", job.key)))?;
            sent.push(shared.sent(&task, job));
        }
        if !sent.is_empty() {
            let published = shared.publisher.publish(sent).await;
            shared.state.lock().dirty = true;
            published.map_err(QueueError)?;
        }
        shared.signal();
        Ok(())
    }

    async fn take(
        &self,
        lane: Lane,
        limit: usize,
        now_ms: u64,
        lease: Duration,
    ) -> Result<Vec<TakenJob>, QueueError> {
        if limit == 0 {
            return Ok(Vec::new());
        }
        self.consume();
        self.shared.fill(lane, limit, now_ms).await?;
        let taken = self.shared.state.lock().held.take(lane, limit, now_ms, lease);
        Ok(self.shared.admit(taken, now_ms).await)
    }

    async fn done(&self, key: &str, fence: u64) -> Result<bool, QueueError> {
        let effects = |worker: &Known| worker.succeeded(key, fence, now_ms());
        self.shared.replace((key, fence), effects, |_, _| None).await
    }

    async fn retry(
        &self,
        key: &str,
        fence: u64,
        run_at_ms: u64,
        error: &str,
    ) -> Result<bool, QueueError> {
        let shared = &*self.shared;
        let effects =
            shared.failed(key, error, |worker, why| worker.retried(key, fence, why, now_ms()));
        let follow = |holding: &Holding, more: &More| {
            let (retries, eta_ms) = (holding.attempt, Some(run_at_ms));
            let task = Task { retries, eta_ms, ..more.task.clone() };
            Some(shared.sent(&task, &NewJob { run_at_ms, ..holding.job.clone() }))
        };
        let retried = shared.replace((key, fence), effects, follow).await?;
        if retried {
            shared.state.lock().dirty = true;
            shared.signal();
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
        let shared = &*self.shared;
        let effects =
            shared.failed(key, error, |worker, why| worker.failed(key, fence, why, now_ms));
        let follow = |holding: &Holding, more: &More| {
            Some(shared.sent_dead(more.task.clone(), holding.attempt, error, now_ms, true))
        };
        let buried = shared.replace((key, fence), effects, follow).await?;
        if buried {
            shared.note_dead(key);
        }
        Ok(buried)
    }

    async fn extend(&self, key: &str, fence: u64, until_ms: u64) -> Result<bool, QueueError> {
        if !self.shared.standing(key, fence)? {
            return Ok(false);
        }
        Ok(self.shared.state.lock().held.extend(key, fence, until_ms))
    }

    fn pushed(&self) -> Arc<Notify> {
        self.shared.pushed.clone()
    }
}
