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
mod names;
mod state;

use std::{
    collections::{HashMap, HashSet},
    sync::{
        Arc, OnceLock,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use async_trait::async_trait;
use celery_wire::{Effect, Failure, Task, Worker as Known};
use engine::{
    memory::held::{Held, Holding},
    queue::{Lane, NewJob, Queue, QueueError, TakenJob},
};
use futures::{FutureExt, future::try_join_all};
use lapin::{
    options::{BasicAckOptions, QueueDeclareOptions},
    types::FieldTable,
};
use parking_lot::Mutex;
use tokio::{
    sync::{Notify, mpsc, oneshot, watch},
    task::JoinHandle,
    time::timeout,
};

use self::{
    names::Names,
    state::{Live, More, Origin, Standing, State},
};
use crate::{
    celery::CeleryWorker,
    link::{OpenError, PATIENCE, RabbitMq, plain},
    message::{DEAD, properties_of, task_of},
    publish::{Publisher, Sent},
};

/// A job that is due sooner is not sent through the ladder, but held.
const SOON_MS: u64 = 1_000;
/// RabbitMQ closes the channel of whoever keeps a message for 30 minutes: long before, a job gets a queue of its own.
const HOLDS: Duration = Duration::from_secs(15 * 60);
/// While enough is held, a look at what waits at RabbitMQ is taken this often.
const LOOK: Duration = Duration::from_millis(500);

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
    fn sent_to(&self, queue: &lapin::types::ShortString, task: &Task) -> Sent {
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

    /// Waits until all that RabbitMQ can give this process now is here, and sees how much else there is.
    async fn look(&self) -> Result<(), QueueError> {
        let before = self.looks.load(Ordering::SeqCst);
        let looked = timeout(4 * PATIENCE, async {
            let _turn = self.looking.lock().await;
            if self.looks.load(Ordering::SeqCst) > before {
                // One began after we came, and has ended.
                return Ok(());
            }
            self.looks.fetch_add(1, Ordering::SeqCst);
            self.look_now().await
        });
        let looked = looked.await.unwrap_or_else(|_| Err("no answer in time".to_owned()));
        looked.map_err(|why| QueueError(format!("RabbitMQ: {why}")))
    }

    async fn look_now(&self) -> Result<(), String> {
        let mut live = self.live.subscribe();
        let live = timeout(PATIENCE, live.wait_for(Option::is_some)).await;
        let live = live.ok().and_then(Result::ok).and_then(|live| live.clone());
        let Live { channel, .. } = live.ok_or_else(|| "not connected".to_owned())?;
        self.state.lock().dirty = false;
        let count = |name: &lapin::types::ShortString| {
            let options = QueueDeclareOptions::durable().passive();
            channel.queue_declare(name.clone(), options, FieldTable::default())
        };
        // The first answers come when the queues have seen all that was acknowledged and pushed before, the second when what
        // they then gave is on its way before it.
        for _ in 0..2 {
            let counted = try_join_all(self.names.all().into_iter().map(count)).await;
            let counted = counted.map_err(|error| plain(&error))?;
            let mut state = self.state.lock();
            for (place, queue) in counted.iter().enumerate() {
                state.counts[place] = queue.message_count().into();
            }
        }
        let (tell, told) = oneshot::channel();
        self.asks.send(tell).await.map_err(|_| "nobody consumes".to_owned())?;
        told.await.map_err(|_| "the connection was lost".to_owned())?;
        self.state.lock().looked = Some(Instant::now());
        Ok(())
    }

    /// Looks if there is a reason to, and fetches what waits after a worker's death.
    async fn fill(&self, lane: Lane, limit: usize, now_ms: u64) -> Result<(), QueueError> {
        for _ in 0..4 {
            let (ready, reason) = {
                let mut state = self.state.lock();
                state.forget_lost(now_ms);
                let ready = state.held.ready(lane, now_ms);
                let old = state.looked.is_none_or(|looked| looked.elapsed() > LOOK);
                (ready, ready == 0 || old || (ready < limit && state.dirty))
            };
            if reason || !self.connected() {
                self.look().await?;
            }
            self.fetch_again(lane, limit.saturating_sub(ready).max(1)).await?;
            let state = self.state.lock();
            // The answer may be older than what was acknowledged since: while there is more, it comes.
            let more = lane_counts(lane).any(|place| state.counts[place] > 0);
            if !more || state.held.ready(lane, now_ms) > 0 {
                return Ok(());
            }
        }
        Ok(())
    }

    /// Acknowledges a job that is over, or takes it out of its own queue.
    async fn settle(&self, origin: &Origin) -> Result<(), QueueError> {
        let lost = |why: String| QueueError(format!("RabbitMQ: {why}"));
        match origin {
            Origin::Given { epoch, tag } => {
                let live = self.live.borrow().clone().filter(|live| live.epoch == *epoch);
                let live = live.ok_or_else(|| lost("the connection was lost".to_owned()))?;
                let acked = live.channel.basic_ack(*tag, BasicAckOptions::default());
                let acked = timeout(PATIENCE, acked).await;
                acked
                    .map_err(|_| lost("no answer in time".to_owned()))?
                    .map_err(|error| lost(plain(&error)))
            }
            Origin::Hand(queue) => {
                let deleted = async {
                    let channel = self.rabbit.consuming.channel().await?;
                    let deleted = channel.queue_delete(queue.clone(), Default::default()).await;
                    deleted.map(|_| ()).map_err(|error| plain(&error))
                };
                let deleted = timeout(2 * PATIENCE, deleted).await;
                deleted.unwrap_or_else(|_| Err("no answer in time".to_owned())).map_err(lost)
            }
            Origin::Lost => Ok(()),
        }
    }

    fn standing(&self, key: &str, fence: u64) -> Result<bool, QueueError> {
        match self.state.lock().standing(key, fence, self.connected()) {
            Standing::Ours => Ok(true),
            Standing::Gone => Ok(false),
            Standing::Unknown => Err(QueueError("RabbitMQ: the connection is lost".to_owned())),
        }
    }

    /// Takes a job out of hands and sends what follows; then it is settled. If it cannot be sent, all is as before.
    async fn replace(
        &self,
        (key, fence): (&str, u64),
        effects: impl FnOnce(&Known) -> Vec<Effect>,
        follow: impl FnOnce(&Holding, &More) -> Option<Sent>,
    ) -> Result<bool, QueueError> {
        let celery = self.celery.get();
        let ended = match self.standing(key, fence)? {
            true => {
                let effects = celery.map(|celery| effects(celery.worker())).unwrap_or_default();
                self.replace_ours((key, fence), effects, follow).await?
            }
            false => false,
        };
        if let Some(celery) = celery {
            celery.worker().ended(key, fence);
        }
        Ok(ended)
    }

    async fn replace_ours(
        &self,
        (key, fence): (&str, u64),
        effects: Vec<Effect>,
        follow: impl FnOnce(&Holding, &More) -> Option<Sent>,
    ) -> Result<bool, QueueError> {
        let (holding, more, mut sent) = {
            let mut state = self.state.lock();
            let Some(holding) = state.held.end(key, fence) else { return Ok(false) };
            let Some(more) = state.more.remove(key) else { return Ok(false) };
            let sent: Vec<Sent> = follow(&holding, &more).into_iter().collect();
            (holding, more, sent)
        };
        let mut events = Vec::new();
        if let Some(celery) = self.celery.get() {
            let (told, more) = celery.carry_out(&more.task, effects);
            (events, sent) = (told, [sent, more].concat());
        }
        if !sent.is_empty()
            && let Err(why) = self.publisher.publish(sent).await
        {
            let mut state = self.state.lock();
            // If the new one is here by now, the old one is over.
            if !state.more.contains_key(key) && state.held.restore(holding) {
                state.more.insert(key.to_owned(), more);
                return Err(QueueError(why));
            }
        }
        self.settle(&more.origin).await?;
        if let Some(celery) = self.celery.get() {
            celery.publish(events);
        }
        Ok(true)
    }

    /// What Celery's side makes of jobs that were taken. Those that must not run are over.
    async fn admit(&self, taken: Vec<TakenJob>, now_ms: u64) -> Vec<TakenJob> {
        let Some(celery) = self.celery.get() else { return taken };
        let mut run = Vec::with_capacity(taken.len());
        for taken in taken {
            let (key, fence) = (taken.job.key.as_str(), taken.fence);
            let Some(task) = self.state.lock().more.get(key).map(|more| more.task.clone()) else {
                continue;
            };
            let task = Task { retries: taken.attempt.saturating_sub(1), ..task };
            match celery.worker().takes(task.clone(), fence, now_ms) {
                Ok(effects) => {
                    celery.publish(celery.carry_out(&task, effects).0);
                    run.push(taken);
                }
                Err((_, effects)) => {
                    let over = self.replace((key, fence), |_| effects, |_, _| None).await;
                    if let Err(error) = over {
                        // Its lease ends, and it is asked again.
                        tracing::warn!(job.key = key, "the end of job {key} was not kept: {error}");
                    }
                }
            }
        }
        run
    }

    /// What follows from a failure, at Celery.
    fn failed(
        &self,
        key: &str,
        error: &str,
        then: impl FnOnce(&Known, &Failure) -> Vec<Effect>,
    ) -> impl FnOnce(&Known) -> Vec<Effect> {
        move |worker| {
            let why = worker.job_failure(key, error);
            why.map(|why| then(worker, &why)).unwrap_or_default()
        }
    }
}

/// The places in `counts` of the queues of a lane that are consumed.
fn lane_counts(lane: Lane) -> impl Iterator<Item = usize> {
    let (quick, long) = match lane {
        Lane::Any => (true, true),
        Lane::Quick => (true, false),
        Lane::Long => (false, true),
    };
    [0, 1].into_iter().filter(move |_| quick).chain([2].into_iter().filter(move |_| long))
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
