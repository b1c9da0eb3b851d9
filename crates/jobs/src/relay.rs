//! From the outbox to the queue: each event becomes jobs, and is settled only when they are safe.
//!
//! A relay that dies between the two pushes the same jobs again; their keys are made from the event, so they
//! are there once while they wait. An event that cannot be read becomes a job of kind [`UNDECODABLE`], which
//! ends among the dead: it holds up nobody and is not lost.

use std::{
    collections::HashSet,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    time::Duration,
};

use async_trait::async_trait;
use bytes::Bytes;
use engine::{
    queue::{GATHERED, NewJob, Queue, QueueError},
    store::{LeasedEvent, ReadError, Store},
};
use graph::{Clock, TraceId};
use serde::{Deserialize, Serialize};

use crate::{Handler, JobError, gathered, schedules::Slot, worker::panic_text};

/// So often events are pushed whose gathered jobs came too late for their slot.
const PUSHES: usize = 3;

/// The kind of jobs made of events that cannot be read. Reviving one reads it again: after an upgrade that can.
pub const UNDECODABLE: &str = "undecodable";

/// The topic of a schedule's slot. No event of the product may have it.
pub const SCHEDULED: u16 = u16::MAX;

/// What the product makes of its events. Pure: the same event always gives the same jobs.
pub trait Subscriptions: Send + Sync + 'static {
    /// The jobs of an event. An empty `key` becomes `{event_id}:{kind}`, and a `run_at_ms` of 0 the time of
    /// the event (see [`event_job`]); two jobs of one kind need keys of their own. Of a [gathered
    /// job](crate::gathered_job) both come from the moment of the push.
    fn jobs(&self, topic: u16, event_id: u64, body: &[u8]) -> Result<Vec<NewJob>, Undecodable>;
}

/// Why an event cannot be read: a defect, or an event of a newer release.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Undecodable(pub String);

/// Why the relay got stuck. The events stay in the outbox.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RelayError {
    /// The store is away.
    #[error(transparent)]
    Store(#[from] ReadError),
    /// The queue is away.
    #[error(transparent)]
    Queue(#[from] QueueError),
}

/// A job of an event, due at once, most urgent, under the key `{event_id}:{kind}`.
pub fn event_job<B: Serialize>(event_id: u64, kind: &str, body: &B) -> NewJob {
    let body = serde_json::to_vec(body).expect("bodies are plain data and always serialise");
    NewJob {
        key: format!("{event_id}:{kind}"),
        kind: kind.to_owned(),
        body: Bytes::from(body),
        run_at_ms: graph::ms_of(event_id),
        priority: 0,
    }
}

/// Moves events from a store's outbox to a queue.
pub struct Relay {
    pub(crate) store: Arc<dyn Store>,
    queue: Arc<dyn Queue>,
    subscriptions: Arc<dyn Subscriptions>,
    batch: usize,
    lease: Duration,
    /// Events that the queue did not take yet, and until when they are ours: when it is back they need not wait for the
    /// end of their lease.
    held: tokio::sync::Mutex<Option<(u64, Vec<LeasedEvent>)>>,
    /// The round of gathered jobs, locked while jobs are pushed for it.
    round: tokio::sync::Mutex<u64>,
}

impl Relay {
    /// A relay that leases `batch` events at a time for `lease`.
    pub fn new(
        store: Arc<dyn Store>,
        queue: Arc<dyn Queue>,
        subscriptions: Arc<dyn Subscriptions>,
        batch: usize,
        lease: Duration,
    ) -> Relay {
        Relay {
            store,
            queue,
            subscriptions,
            batch,
            lease,
            held: Default::default(),
            round: Default::default(),
        }
    }

    /// Relays the oldest events that nobody holds; says how many, 0 when there are none.
    pub async fn step(&self, clock: &dyn Clock) -> Result<usize, RelayError> {
        let now_ms = clock.now_ms();
        let held = self.held.lock().await.take().filter(|(until, _)| now_ms < *until);
        let (until, events) = match held {
            Some(held) => held,
            None => {
                let until = now_ms.saturating_add(self.lease.as_millis() as u64);
                (until, self.store.lease_events(self.batch, now_ms, self.lease).await?)
            }
        };
        if events.is_empty() {
            return Ok(0);
        }
        if let Err(away) = self.push(&events, clock).await {
            *self.held.lock().await = Some((until, events));
            return Err(away.into());
        }
        let fences: Vec<_> = events.iter().map(|event| (event.id, event.fence)).collect();
        // Fewer settled than leased: another relay has them, and will push the same keys.
        self.store.settle_events(&fences).await?;
        metrics::counter!("jobs_events_relayed_total").increment(events.len() as u64);
        let lag = metrics::histogram!("jobs_relay_lag_seconds");
        for event in &events {
            lag.record(now_ms.saturating_sub(graph::ms_of(event.id)) as f64 / 1e3);
        }
        Ok(events.len())
    }

    /// Pushes the jobs of these events, the gathered ones again if their slot was over before they were there.
    async fn push(&self, events: &[LeasedEvent], clock: &dyn Clock) -> Result<(), QueueError> {
        let round = self.round.lock().await;
        for pushes in 0..PUSHES {
            let now_ms = clock.now_ms();
            let slot = gathered::Slot::at(now_ms, *round);
            let mut known = HashSet::new();
            let mut gathers = false;
            let mut jobs = Vec::new();
            for job in events.iter().flat_map(|event| self.jobs(event, slot, now_ms)) {
                let is_gathered = job.priority == GATHERED;
                gathers |= is_gathered;
                let wanted = if is_gathered { known.insert(job.key.clone()) } else { pushes == 0 };
                if wanted {
                    jobs.push(job);
                }
            }
            if !jobs.is_empty() {
                self.queue.push(jobs).await?;
            }
            if !gathers || !slot.is_over(clock.now_ms()) {
                return Ok(());
            }
        }
        Err(QueueError("it takes too long".to_owned()))
    }

    /// From now on no push of this relay joins a gathered job that is there already.
    pub(crate) async fn close_round(&self) {
        *self.round.lock().await += 1;
    }

    fn jobs(&self, event: &LeasedEvent, slot: gathered::Slot, now_ms: u64) -> Vec<NewJob> {
        let LeasedEvent { topic, id, body, .. } = event;
        let read = jobs_of(&*self.subscriptions, *topic, *id, body, Some(slot), now_ms);
        read.unwrap_or_else(|Undecodable(why)| {
            tracing::error!(
                event.id = event.id,
                event.topic = event.topic,
                "event {} of topic {} cannot be read: {why}",
                event.id,
                event.topic
            );
            let unread = Unread {
                topic: event.topic,
                event: event.id,
                body: String::from_utf8_lossy(&event.body).into_owned(),
            };
            vec![stamped(event_job(event.id, UNDECODABLE, &unread), event.id, now_ms)]
        })
    }
}

fn jobs_of(
    subscriptions: &dyn Subscriptions,
    topic: u16,
    event_id: u64,
    body: &[u8],
    slot: Option<gathered::Slot>,
    now_ms: u64,
) -> Result<Vec<NewJob>, Undecodable> {
    if topic == SCHEDULED {
        let slot: Slot =
            serde_json::from_slice(body).map_err(|error| Undecodable(error.to_string()))?;
        return Ok(vec![stamped(slot.job(), event_id, now_ms)]);
    }
    // A defect in the product's reading of one event must not stop the others.
    let caught = catch_unwind(AssertUnwindSafe(|| subscriptions.jobs(topic, event_id, body)));
    let jobs = caught.unwrap_or_else(|panic| Err(Undecodable(panic_text(&*panic))))?;
    let trace = TraceId::of(body);
    let whole = |mut job: NewJob| {
        if let Some(trace) = trace {
            job.body = trace.add_to(job.body.to_vec()).into();
        }
        match slot {
            Some(slot) if job.priority == GATHERED => slot.put(job),
            // Nobody watches the slot: it is a job of this event alone.
            None if job.priority == GATHERED => {
                let key = format!("{event_id}:{}", job.key);
                stamped(NewJob { key, ..job }, event_id, now_ms)
            }
            _ => stamped(job, event_id, now_ms),
        }
    };
    Ok(jobs.into_iter().map(whole).collect())
}

/// Fills in the key and the time of a job that leaves them out.
fn stamped(mut job: NewJob, event_id: u64, now_ms: u64) -> NewJob {
    if job.key.is_empty() {
        job.key = format!("{event_id}:{}", job.kind);
    }
    let born = graph::ms_of(event_id);
    if job.run_at_ms == 0 || job.run_at_ms == born {
        // A mint that made more than 1,024 ids in a millisecond is ahead of the clock; the job must not wait.
        job.run_at_ms = born.min(now_ms);
    }
    job
}

/// An event that could not be read, as the body of a job.
#[derive(Serialize, Deserialize)]
struct Unread {
    topic: u16,
    event: u64,
    body: String,
}

/// Reads an unread event again, and pushes its jobs if that works now.
pub(crate) struct ReadAgain {
    pub queue: Arc<dyn Queue>,
    pub subscriptions: Arc<dyn Subscriptions>,
}

#[async_trait]
impl Handler for ReadAgain {
    async fn run(&self, job: &NewJob, _attempt: u32) -> Result<(), JobError> {
        let unread: Unread = serde_json::from_slice(&job.body)
            .map_err(|error| JobError::Permanent(error.to_string()))?;
        let Unread { topic, event, body } = unread;
        let body = body.as_bytes();
        let jobs = jobs_of(&*self.subscriptions, topic, event, body, None, job.run_at_ms).map_err(
            |Undecodable(why)| {
                JobError::Permanent(format!("event {event} of topic {topic} cannot be read: {why}"))
            },
        )?;
        self.queue.push(jobs).await.map_err(|error| JobError::Retry(error.to_string()))
    }
}
