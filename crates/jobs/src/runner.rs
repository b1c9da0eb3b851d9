//! Owns relay, worker and schedules: in the background of a server, or driven by hand.
//!
//! In the background nothing waits for a poll that this process itself could know of: a commit wakes the relay,
//! a push the worker. By hand ([`Runner::settle`]) nothing waits at all, so that a story with a fixed clock
//! repeats.

use std::{future::Future, sync::Arc, time::Duration};

use engine::queue::{Lane, Queue, QueueDesk, QueueError, TakenJob};
use futures::future::join_all;
use graph::{Clock, Gate, Graph, Mint, Writing};
use tokio::{task::JoinHandle, time::sleep};
use tokio_util::sync::CancellationToken;

use crate::{
    Ended, GATHERED_WITHIN, Handlers, JobPolicy, Random, Relay, RelayError, Schedule,
    ScheduleError, Schedules, Subscriptions, UNDECODABLE, Worker, relay::ReadAgain,
};

/// How many rounds [`Runner::settle`] goes before it calls a chain of events endless.
const MAX_ROUNDS: usize = 1_000_000;

/// How jobs run.
#[derive(Clone, Copy, Debug)]
pub struct JobsConfig {
    /// Quick jobs at a time in this process: most wait for a commit, which many share.
    pub quick: usize,
    /// Long jobs at a time.
    pub long: usize,
    /// How often to look for what other processes committed or pushed, and for delayed jobs.
    pub poll: Duration,
    /// How often to look for due slots.
    pub tick: Duration,
    /// How long a job or an event is leased. A process that dies delays its jobs by so much.
    pub lease: Duration,
    /// How long a stop waits for running jobs.
    pub stop_within: Duration,
    /// Events that are relayed at a time.
    pub batch: usize,
    /// Whether no other process relays into this queue: then settling need not wait for what is gathered.
    pub alone: bool,
}

impl Default for JobsConfig {
    fn default() -> JobsConfig {
        JobsConfig {
            quick: 128,
            long: 4,
            poll: Duration::from_secs(1),
            tick: Duration::from_secs(10),
            lease: Duration::from_secs(60),
            stop_within: Duration::from_secs(20),
            batch: 100,
            alone: true,
        }
    }
}

/// All that a runner is made of.
pub struct Wiring {
    /// The graph whose events are relayed.
    pub graph: Arc<Graph>,
    /// Makes the ids of slots' events.
    pub mint: Arc<Mint>,
    /// Where jobs go.
    pub queue: Arc<dyn Queue>,
    /// The same queue's desk.
    pub desk: Arc<dyn QueueDesk>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Jitter.
    pub random: Random,
    /// What the product makes of its events.
    pub subscriptions: Arc<dyn Subscriptions>,
    /// Who runs its jobs.
    pub handlers: Handlers,
    /// What runs at times.
    pub schedules: Vec<Schedule>,
    /// How.
    pub config: JobsConfig,
}

/// Relay, worker and schedules of one process.
pub struct Runner {
    relay: Relay,
    worker: Arc<Worker>,
    schedules: Schedules,
    desk: Arc<dyn QueueDesk>,
    clock: Arc<dyn Clock>,
    config: JobsConfig,
    gate: Gate,
}

/// What [`Runner::settle`] did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Settled {
    /// Events relayed.
    pub events: usize,
    /// Jobs done.
    pub done: usize,
    /// Failures that run again later.
    pub retried: usize,
    /// Jobs given up.
    pub buried: usize,
}

/// Why [`Runner::settle`] did not come to an end.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SettleError {
    /// The relay is stuck.
    #[error(transparent)]
    Relay(#[from] RelayError),
    /// The queue is away.
    #[error(transparent)]
    Queue(#[from] QueueError),
    /// The schedules are stuck.
    #[error(transparent)]
    Schedule(#[from] ScheduleError),
    /// Events cause events without end: a defect.
    #[error("events cause events without end")]
    Endless,
}

/// A moment as a clock: settling does not see time pass.
struct Moment(u64);

impl Clock for Moment {
    fn now_ms(&self) -> u64 {
        self.0
    }
}

impl Runner {
    /// Puts the parts together. Starts nothing.
    pub fn new(wiring: Wiring) -> Runner {
        let Wiring { graph, mint, queue, desk, clock, random, .. } = wiring;
        let Wiring { subscriptions, handlers, schedules, config, .. } = wiring;
        let read_again =
            Arc::new(ReadAgain { queue: queue.clone(), subscriptions: subscriptions.clone() });
        let handlers = handlers.on(UNDECODABLE, read_again, JobPolicy::default());
        let (store, gate) = (graph.store().clone(), graph.gate().clone());
        Runner {
            relay: Relay::new(store, queue.clone(), subscriptions, config.batch, config.lease),
            worker: Arc::new(
                Worker::new(queue, handlers, random, config.lease)
                    .behind(gate.clone())
                    .reading(graph.clone()),
            ),
            schedules: Schedules::new(graph, mint, schedules),
            desk,
            clock,
            config,
            gate,
        }
    }

    /// Runs in the background until `stop`. Wait for the end with [`Running::stopped`].
    pub fn start(self: &Arc<Self>, stop: CancellationToken) -> Running {
        let (relaying, ticking) = (self.clone(), self.clone());
        let (relay_stop, tick_stop) = (stop.clone(), stop.clone());
        let JobsConfig { quick, long, poll, stop_within, .. } = self.config;
        let work = |lane, at_once| {
            let (worker, clock, stop) = (self.worker.clone(), self.clock.clone(), stop.clone());
            spawn(worker.serve(lane, clock, at_once, poll, stop, stop_within))
        };
        Running {
            tasks: vec![
                ("relay", spawn(async move { relaying.relay_until(relay_stop).await })),
                ("schedules", spawn(async move { ticking.tick_until(tick_stop).await })),
                ("quick jobs", work(Lane::Quick, quick)),
                ("long jobs", work(Lane::Long, long)),
            ],
        }
    }

    async fn relay_until(&self, stop: CancellationToken) {
        let emitted = self.relay.store.emitted();
        while !stop.is_cancelled() {
            // Listening starts before the look, so that a commit between the two is not missed.
            let news = emitted.notified();
            tokio::pin!(news);
            news.as_mut().enable();
            let step = async {
                match self.gate.writing() {
                    Writing::All | Writing::Settling => self.relay.step(&*self.clock).await,
                    Writing::Nothing => Ok(0),
                }
            };
            match step.await {
                Ok(0) => {}
                Ok(_) => continue,
                Err(error) => tracing::warn!("events could not be relayed: {error}"),
            }
            tokio::select! {
                () = stop.cancelled() => {}
                () = news => {}
                () = sleep(self.config.poll) => {}
            }
        }
    }

    async fn tick_until(&self, stop: CancellationToken) {
        while !stop.is_cancelled() {
            let now = self.clock.now_ms();
            if let Err(error) = self.schedules.tick(now).await {
                tracing::warn!("schedules could not be looked at: {error}");
            }
            tokio::select! {
                () = stop.cancelled() => {}
                () = sleep(self.config.tick) => {}
            }
        }
    }

    /// Measures the queue, for `/metrics`: how much waits, and for how long the oldest of what may run does.
    pub async fn measure(&self) {
        let now_ms = self.clock.now_ms();
        let (Ok(depth), Ok(next_ms)) =
            (self.desk.depth(now_ms).await, self.desk.next_due_ms().await)
        else {
            return;
        };
        let states = [
            ("ready", depth.ready),
            ("delayed", depth.delayed),
            ("leased", depth.leased),
            ("dead", depth.dead),
        ];
        for (state, number) in states {
            metrics::gauge!("jobs_queue_depth", "state" => state).set(number as f64);
        }
        let oldest_ms = next_ms.map_or(0, |next_ms| now_ms.saturating_sub(next_ms));
        metrics::gauge!("jobs_oldest_ready_seconds").set(oldest_ms as f64 / 1e3);
    }

    /// Does all that is due at `now_ms`, one after the other, and what that causes, until nothing is left.
    /// What failed and waits for later stays; what is gathered is done, unless other processes may add to it. While nothing may be
    /// written nothing is done.
    pub async fn settle(&self, now_ms: u64) -> Result<Settled, SettleError> {
        self.settle_by(now_ms, 1).await
    }

    /// [`Runner::settle`] with so many quick jobs at a time, in no order, as in the background: where somebody waits for
    /// thousands. Long ones still go one after the other.
    pub async fn settle_by(&self, now_ms: u64, at_once: usize) -> Result<Settled, SettleError> {
        let (clock, never) = (Moment(now_ms), CancellationToken::new());
        let mut settled = Settled::default();
        if self.gate.writing() == Writing::Nothing {
            return Ok(settled);
        }
        self.schedules.tick(now_ms).await?;
        for _ in 0..MAX_ROUNDS {
            let events = self.relay.step(&clock).await?;
            settled.events += events;
            let mut taken = self.take(now_ms, at_once).await?;
            if events == 0 && taken.is_empty() && self.config.alone {
                // Before, for a job in hands would hide a push that joins it.
                self.relay.close_round().await;
                let over_ms = now_ms.saturating_add(GATHERED_WITHIN.as_millis() as u64);
                taken = self.worker.take(Lane::Gathered, 1, over_ms).await?;
            }
            if events == 0 && taken.is_empty() {
                return Ok(settled);
            }
            let runs = taken.into_iter().map(|job| self.worker.run(job, &clock, &never));
            for ended in join_all(runs).await {
                match ended? {
                    Ended::Done => settled.done += 1,
                    Ended::Retried => settled.retried += 1,
                    Ended::Buried => settled.buried += 1,
                    Ended::Lost | Ended::GivenBack => {}
                }
            }
        }
        Err(SettleError::Endless)
    }

    /// The next job of any lane, or quick ones while there are some.
    async fn take(&self, now_ms: u64, at_once: usize) -> Result<Vec<TakenJob>, QueueError> {
        if at_once > 1 {
            let quick = self.worker.take(Lane::Quick, at_once, now_ms).await?;
            if !quick.is_empty() {
                return Ok(quick);
            }
        }
        self.worker.take(Lane::Any, 1, now_ms).await
    }
}

fn spawn(task: impl Future<Output = ()> + Send + 'static) -> JoinHandle<()> {
    tokio::spawn(task)
}

/// The background tasks of a started [`Runner`].
#[must_use = "a runner that nobody waits for is cut off at exit"]
pub struct Running {
    tasks: Vec<(&'static str, JoinHandle<()>)>,
}

impl Running {
    /// Waits until all has stopped after the token was cancelled: running jobs finished or given back.
    pub async fn stopped(self) {
        for (name, task) in self.tasks {
            if let Err(error) = task.await {
                tracing::error!("the {name} task died: {error}");
            }
        }
    }
}
