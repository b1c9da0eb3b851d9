//! This process as a worker of Celery, on Redis: Flower and `celery inspect` show it like any other.
//!
//! It says that it lives every two seconds, tells what becomes of tasks, and answers questions. Events are told in order and
//! as many at a time as there are; who listens too late misses them, and no job waits for one. What must not get lost (a
//! result, the next task of a chain) goes with the job's end, in the queue's script.

use std::{
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use celery_wire::{Answer, Config, Effect, Envelope, Event, Worker, envelope, event};
use futures::StreamExt;
use redis::Msg;
use serde_json::Value;
use tokio::{
    sync::mpsc,
    task::JoinHandle,
    time::{self, MissedTickBehavior},
};

use crate::link::{PATIENCE, Redis};

/// Events that wait to be told; more are not told.
const WAITING: usize = 10_000;
/// Events of one message.
const AT_ONCE: usize = 100;
/// Between two attempts to listen: the first, and the most.
const PAUSES: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(2));
/// How long an answer waits for who asked, in seconds.
const ANSWER_KEPT: u64 = 60;

/// A worker of Celery. It ends with the value; [`CeleryWorker::stop`] says so to the others.
#[derive(Debug)]
pub struct CeleryWorker {
    redis: Redis,
    worker: Arc<Worker>,
    config: Config,
    events: mpsc::Sender<Event>,
    tasks: Vec<JoinHandle<()>>,
}

impl CeleryWorker {
    /// Starts it: from now on it is seen.
    pub fn start(redis: Redis, config: Config) -> Self {
        let about = config.about(&redis.prefix, "redis", &redis.place);
        let worker = Arc::new(Worker::new(about, now_ms()));
        let (events, waiting) = mpsc::channel(WAITING);
        // Room is there: it is the first.
        let _ = events.try_send(worker.online(now_ms()));
        let tasks = vec![
            tokio::spawn(tell(redis.clone(), worker.clone(), waiting)),
            tokio::spawn(live(worker.clone(), events.clone())),
            tokio::spawn(listen(redis.clone(), worker.clone())),
        ];
        Self { redis, worker, config, events, tasks }
    }

    /// What it knows.
    pub fn worker(&self) -> &Worker {
        &self.worker
    }

    /// What the caller of a running task gets, if it succeeds.
    pub fn set_result(&self, key: &str, result: Value) {
        self.worker.set_result(key, result);
    }

    /// Tells the others that it ends.
    pub async fn stop(&self) {
        for task in &self.tasks {
            task.abort();
        }
        if let Err(error) =
            publish(&self.redis, &self.worker, vec![self.worker.offline(now_ms())]).await
        {
            tracing::debug!("nobody heard that this worker ends: {error}");
        }
    }

    pub(crate) fn allows(&self, kind: &str) -> bool {
        self.config.allows(kind)
    }

    pub(crate) fn publish(&self, events: Vec<Event>) {
        for event in events {
            if self.events.try_send(event).is_err() {
                tracing::debug!("an event was not told: too many wait");
            }
        }
    }

    pub(crate) fn publish_of(&self, effects: Vec<Effect>) {
        let event = |effect| match effect {
            Effect::Event(event) => Some(event),
            Effect::Result { .. } | Effect::Send(_) => None,
        };
        self.publish(effects.into_iter().filter_map(event).collect());
    }
}

impl Drop for CeleryWorker {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}

/// Now, in milliseconds since 1970.
pub(crate) fn now_ms() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(now.as_millis()).unwrap_or(u64::MAX)
}

/// The database, which is a part of kombu's channels.
fn db(redis: &Redis) -> i64 {
    redis.client.get_connection_info().redis_settings().db()
}

/// Says that it lives.
async fn live(worker: Arc<Worker>, events: mpsc::Sender<Event>) {
    let mut beat = time::interval(Duration::from_secs_f64(event::HEARTBEAT_SECONDS));
    beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        beat.tick().await;
        let _ = events.try_send(worker.heartbeat(now_ms()));
    }
}

/// Tells events, in order.
async fn tell(redis: Redis, worker: Arc<Worker>, mut waiting: mpsc::Receiver<Event>) {
    let mut events = Vec::new();
    while waiting.recv_many(&mut events, AT_ONCE).await > 0 {
        if let Err(error) = publish(&redis, &worker, std::mem::take(&mut events)).await {
            tracing::debug!("events were not told: {error}");
        }
    }
}

async fn publish(redis: &Redis, worker: &Worker, events: Vec<Event>) -> Result<(), String> {
    let (of_tasks, of_worker): (Vec<_>, Vec<_>) =
        events.into_iter().partition(|event| event.kind().starts_with("task-"));
    let mut pipe = redis::pipe();
    let mut add = |key: &str, body: Vec<u8>| {
        let tag = worker.clock().now().to_string();
        let headers = Event::headers(worker.face());
        let message = Envelope::new(headers, body, event::EXCHANGE, key, false, &tag);
        pipe.cmd("PUBLISH")
            .arg(envelope::event_channel(db(redis), key))
            .arg(message.text())
            .ignore();
    };
    for event in of_worker {
        add(&event.routing_key(), event.body());
    }
    if !of_tasks.is_empty() {
        add("task.multi", event::many(&of_tasks));
    }
    redis.ask::<()>(&pipe, &[]).await
}

/// Hears questions and answers them, and connects again, as long as the worker lives.
async fn listen(redis: Redis, worker: Arc<Worker>) {
    let mut pause = PAUSES.0;
    loop {
        let connected = async {
            let mut listening = redis.client.get_async_pubsub().await?;
            listening.subscribe(envelope::control_channel(db(&redis))).await?;
            Ok::<_, redis::RedisError>(listening)
        };
        match time::timeout(PATIENCE, connected).await {
            Ok(Ok(listening)) => {
                pause = PAUSES.0;
                let mut questions = listening.into_on_message();
                while let Some(question) = questions.next().await {
                    if let Err(error) = answer(&redis, &worker, &question).await {
                        tracing::debug!("a question of Celery was not answered: {error}");
                    }
                }
            }
            Ok(Err(error)) => tracing::debug!(%error, "questions of Celery are not heard"),
            Err(_) => tracing::debug!("questions of Celery are not heard: no answer in time"),
        }
        time::sleep(pause).await;
        pause = (pause * 2).min(PAUSES.1);
    }
}

async fn answer(redis: &Redis, worker: &Worker, question: &Msg) -> Result<(), String> {
    let message = Envelope::parse(question.get_payload_bytes()).map_err(|why| why.to_string())?;
    let answer = worker.hear(&message.headers, &message.body, now_ms());
    let Some(Answer { to, headers, body, clock }) = answer.map_err(|why| why.to_string())? else {
        return Ok(());
    };
    let (exchange, key, tag) = (&to.exchange, &to.routing_key, clock.to_string());
    let message = Envelope::new(headers, body, exchange, key, false, &tag);
    let mut pipe = redis::pipe();
    pipe.cmd("LPUSH").arg(to.list()).arg(message.text()).ignore();
    pipe.cmd("EXPIRE").arg(to.list()).arg(ANSWER_KEPT).ignore();
    redis.ask::<()>(&pipe, &[]).await
}
