//! This process as a worker of Celery, on RabbitMQ: Flower and `celery inspect` show it like any other.
//!
//! It says that it lives every two seconds, tells what becomes of tasks, and answers questions. Events are told in order and
//! as many at a time as there are; who listens too late misses them, and no job waits for one. What must not get lost (a
//! result, the next task of a chain) is confirmed before the job's end is.

use std::sync::Arc;

use celery_wire::{
    Answer, Config, Effect, Event, PREFIX, Task, Worker, control,
    event::{self, HEARTBEAT_SECONDS},
};
use futures::{StreamExt, future::join_all};
use lapin::{
    Channel, Consumer, ExchangeKind,
    options::{
        BasicConsumeOptions, BasicPublishOptions, ExchangeDeclareOptions, QueueDeclareOptions,
    },
    types::{AMQPValue, FieldTable, ShortString},
};
use serde_json::Value;
use tokio::{
    sync::mpsc,
    task::JoinHandle,
    time::{self, Duration, MissedTickBehavior, timeout},
};

use crate::{
    bus::PAUSES,
    link::{PATIENCE, RabbitMq, plain},
    message::{headers_of, json_properties, properties_of},
    publish::Sent,
    queue::now_ms,
    results::Results,
};

/// Events that wait to be told; more are not told.
const WAITING: usize = 10_000;
/// Events of one message.
const AT_ONCE: usize = 100;

/// A worker of Celery. It ends with the value; [`CeleryWorker::stop`] says so to the others.
#[derive(Debug)]
pub struct CeleryWorker {
    rabbit: RabbitMq,
    worker: Arc<Worker>,
    config: Config,
    results: Option<Arc<dyn Results>>,
    events: mpsc::Sender<Event>,
    tasks: Vec<JoinHandle<()>>,
}

/// What is to be kept in the result backend: the id of a task, and its entry.
pub(crate) type Kept = (String, String);

/// What follows from effects.
#[derive(Default)]
pub(crate) struct Follows {
    /// To be told.
    pub(crate) events: Vec<Event>,
    /// To be sent.
    pub(crate) sent: Vec<Sent>,
    /// To be kept.
    pub(crate) results: Vec<Kept>,
}

impl CeleryWorker {
    /// Starts it: from now on it is seen.
    pub fn start(rabbit: RabbitMq, config: Config) -> Self {
        let about = config.about(&rabbit.address.prefix, "amqp", &rabbit.address.place);
        let worker = Arc::new(Worker::new(about, now_ms()));
        let (events, waiting) = mpsc::channel(WAITING);
        // Room is there: it is the first.
        let _ = events.try_send(worker.online(now_ms()));
        let tasks = vec![
            tokio::spawn(tell(rabbit.clone(), worker.clone(), waiting)),
            tokio::spawn(live(worker.clone(), events.clone())),
            tokio::spawn(listen(rabbit.clone(), worker.clone())),
        ];
        Self { rabbit, worker, config, results: None, events, tasks }
    }

    /// Keeps results there, beside telling them to senders who listen.
    #[must_use]
    pub fn with_results(mut self, results: Arc<dyn Results>) -> Self {
        self.results = Some(results);
        self
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
        let said = async {
            let channel = mouth(&self.rabbit).await?;
            publish(&channel, &self.worker, vec![self.worker.offline(now_ms())]).await
        };
        if !matches!(timeout(PATIENCE, said).await, Ok(Ok(()))) {
            tracing::debug!("nobody heard that this worker ends");
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

    /// Keeps results in the backend, if there is one. Where it is away, the jobs are done all the same: doing them again would be
    /// worse than a result that is missed.
    pub(crate) async fn keep(&self, kept: Vec<Kept>) {
        let Some(results) = &self.results else { return };
        let keep = kept.into_iter().map(|(id, text)| async move {
            if let Err(why) = results.keep(&id, text).await {
                tracing::warn!(job.key = id, "the result of a task was not kept: {why}");
            }
        });
        join_all(keep).await;
    }

    /// What effects mean on this broker.
    pub(crate) fn follows(&self, task: &Task, effects: Vec<Effect>) -> Follows {
        let Follows { mut events, mut sent, mut results } = Follows::default();
        for effect in effects {
            match effect {
                Effect::Event(event) => events.push(event),
                Effect::Result { id, text } => {
                    sent.extend(result(&self.rabbit, task, text.clone()));
                    results.push((id, text));
                }
                Effect::Send(out) => {
                    let ours = out.task.name.starts_with(PREFIX);
                    let home = if ours { &self.rabbit.address.prefix } else { "celery" };
                    let queue = out.queue.as_deref().unwrap_or(home);
                    // It is the sender's, not ours: whoever may not send a job may not do so through a chain.
                    sent.extend(ShortString::try_new(queue).ok().map(|key| Sent {
                        exchange: "".into(),
                        key,
                        properties: properties_of(&out.task, None),
                        body: out.task.body(),
                        must_arrive: false,
                    }));
                }
            }
        }
        Follows { events, sent, results }
    }
}

impl Drop for CeleryWorker {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}

/// The result of a task for its sender (Celery's `rpc://`), if it said where it listens.
pub(crate) fn result(rabbit: &RabbitMq, task: &Task, text: String) -> Option<Sent> {
    let reply_to = task.reply_to.as_deref().filter(|it| !it.is_empty())?;
    // None of our own queues: what lies there is jobs.
    if reply_to.starts_with(&rabbit.address.prefix) {
        return None;
    }
    let key = ShortString::try_new(reply_to).ok()?;
    let correlation = task.correlation_id.as_deref().unwrap_or(&task.id);
    let properties = json_properties(&Default::default()).with_delivery_mode(1);
    let properties = match ShortString::try_new(correlation) {
        Ok(correlation) => properties.with_correlation_id(correlation),
        Err(_) => properties,
    };
    // The sender may be gone by now.
    Some(Sent { exchange: "".into(), key, properties, body: text.into_bytes(), must_arrive: false })
}

/// Says that it lives.
async fn live(worker: Arc<Worker>, events: mpsc::Sender<Event>) {
    let mut beat = time::interval(Duration::from_secs_f64(HEARTBEAT_SECONDS));
    beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        beat.tick().await;
        let _ = events.try_send(worker.heartbeat(now_ms()));
    }
}

/// Tells events, in order.
async fn tell(rabbit: RabbitMq, worker: Arc<Worker>, mut waiting: mpsc::Receiver<Event>) {
    let (mut events, mut channel) = (Vec::new(), None::<Channel>);
    while waiting.recv_many(&mut events, AT_ONCE).await > 0 {
        let events = std::mem::take(&mut events);
        if rabbit.publishing.blocked().borrow().is_some() {
            continue;
        }
        let told = timeout(2 * PATIENCE, async {
            let channel = match channel.take().filter(|it| it.status().connected()) {
                Some(channel) => channel,
                None => mouth(&rabbit).await?,
            };
            publish(&channel, &worker, events).await.map(|()| channel)
        });
        match told.await {
            Ok(Ok(told)) => channel = Some(told),
            Ok(Err(error)) => tracing::debug!("events were not told: {error}"),
            Err(_) => tracing::debug!("events were not told: no answer in time"),
        }
    }
}

/// A channel on which the exchange of events is there.
async fn mouth(rabbit: &RabbitMq) -> Result<Channel, String> {
    let channel = rabbit.publishing.channel().await?;
    let options = ExchangeDeclareOptions { durable: true, ..Default::default() };
    let exchange = event::EXCHANGE.into();
    let declared =
        channel.exchange_declare(exchange, ExchangeKind::Topic, options, FieldTable::default());
    declared.await.map_err(|error| plain(&error))?;
    Ok(channel)
}

async fn publish(channel: &Channel, worker: &Worker, events: Vec<Event>) -> Result<(), String> {
    let (of_tasks, of_worker): (Vec<_>, Vec<_>) =
        events.into_iter().partition(|event| event.kind().starts_with("task-"));
    let mut messages: Vec<_> =
        of_worker.iter().map(|event| (event.routing_key(), event.body())).collect();
    if !of_tasks.is_empty() {
        messages.push(("task.multi".to_owned(), event::many(&of_tasks)));
    }
    let properties = json_properties(&Event::headers(worker.face())).with_delivery_mode(1);
    for (key, body) in messages {
        let options = BasicPublishOptions::default();
        let exchange = event::EXCHANGE.into();
        let sent =
            channel.basic_publish(exchange, key.into(), options, &body, properties.clone()).await;
        sent.map_err(|error| plain(&error))?;
    }
    Ok(())
}

/// Hears questions and answers them, and connects again, as long as the worker lives.
async fn listen(rabbit: RabbitMq, worker: Arc<Worker>) {
    let mut pause = PAUSES.0;
    loop {
        match timeout(3 * PATIENCE, connect(&rabbit, &worker)).await {
            // The channel lives as long as it is listened to.
            Ok(Ok((_channel, mut questions))) => {
                pause = PAUSES.0;
                while let Some(Ok(question)) = questions.next().await {
                    let headers = headers_of(&question.properties);
                    let answer = worker.hear(&headers, &question.data, now_ms());
                    let sent = match answer {
                        Ok(Some(answer)) => timeout(PATIENCE, reply(&rabbit, answer)).await,
                        Ok(None) => continue,
                        Err(error) => Ok(Err(error.to_string())),
                    };
                    let sent = sent.unwrap_or_else(|_| Err("no answer in time".to_owned()));
                    if let Err(error) = sent {
                        tracing::debug!("a question of Celery was not answered: {error}");
                    }
                }
            }
            Ok(Err(error)) => tracing::debug!("questions of Celery are not heard: {error}"),
            Err(_) => tracing::debug!("questions of Celery are not heard: no answer in time"),
        }
        time::sleep(pause).await;
        pause = (pause * 2).min(PAUSES.1);
    }
}

async fn connect(rabbit: &RabbitMq, worker: &Worker) -> Result<(Channel, Consumer), String> {
    let channel = rabbit.consuming.channel().await?;
    let connected = async {
        let none = FieldTable::default();
        let transient = ExchangeDeclareOptions::default();
        let exchange = ShortString::from(control::EXCHANGE);
        let kind = ExchangeKind::Fanout;
        channel.exchange_declare(exchange.clone(), kind, transient, none.clone()).await?;
        // As a worker of Celery declares it; in a queue of this name only one process can listen.
        let name = format!("{}.{}", worker.face().hostname, control::EXCHANGE);
        let name = ShortString::try_new(name).unwrap_or_default();
        let mut bounds = FieldTable::default();
        bounds.insert("x-expires".into(), AMQPValue::LongInt(10_000));
        bounds.insert("x-message-ttl".into(), AMQPValue::LongInt(300_000));
        let options = QueueDeclareOptions::exclusive().auto_delete();
        channel.queue_declare(name.clone(), options, bounds).await?;
        channel
            .queue_bind(name.clone(), exchange, "".into(), Default::default(), none.clone())
            .await?;
        let options = BasicConsumeOptions { no_ack: true, ..Default::default() };
        channel.basic_consume(name, "".into(), options, none).await
    };
    let questions: lapin::Result<Consumer> = connected.await;
    Ok((channel, questions.map_err(|error| plain(&error))?))
}

async fn reply(rabbit: &RabbitMq, answer: Answer) -> Result<(), String> {
    if rabbit.publishing.blocked().borrow().is_some() {
        return Err("RabbitMQ takes no messages now".to_owned());
    }
    let channel = rabbit.publishing.channel().await?;
    let Answer { to, headers, body, .. } = answer;
    let key = ShortString::try_new(to.routing_key).map_err(|error| error.to_string())?;
    let exchange = ShortString::try_new(to.exchange).map_err(|error| error.to_string())?;
    let properties = json_properties(&headers).with_delivery_mode(1);
    let sent = channel.basic_publish(exchange, key, Default::default(), &body, properties).await;
    sent.map_err(|error| plain(&error))?;
    let _ = channel.close(200, "".into()).await;
    Ok(())
}
