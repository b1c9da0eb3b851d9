//! Calls of tasks of other workers (a service in Python), and what came of them (Celery's `rpc://`): each caller has a queue
//! of its own for the answers, which ends with it.

use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
    time::Duration,
};

use celery_wire::{Entry, Task};
use futures::{FutureExt, StreamExt};
use lapin::{
    Consumer,
    options::{BasicConsumeOptions, QueueDeclareOptions},
    types::{FieldTable, ShortString},
};
use parking_lot::Mutex;
use serde_json::{Map, Value};
use tokio::{
    sync::watch,
    task::JoinHandle,
    time::{Instant, timeout, timeout_at},
};

use crate::{
    link::{RabbitMq, plain},
    message::properties_of,
    publish::{Publisher, Sent},
    unique,
};

/// Answers that are kept; then the oldest is forgotten.
const KEPT: usize = 10_000;

/// Calls tasks through a RabbitMQ.
pub struct CeleryCalls {
    publisher: Publisher,
    reply_to: String,
    answers: Arc<Answers>,
    ear: JoinHandle<()>,
}

impl Drop for CeleryCalls {
    fn drop(&mut self) {
        self.ear.abort();
    }
}

struct Answers {
    known: Mutex<(HashMap<String, Entry>, VecDeque<String>)>,
    /// How many came; none comes any more when it is gone.
    news: watch::Sender<u64>,
}

impl Answers {
    fn keep(&self, id: String, entry: Entry) {
        let mut known = self.known.lock();
        let (entries, order) = &mut *known;
        if entries.insert(id.clone(), entry).is_none() {
            order.push_back(id);
        }
        if order.len() > KEPT
            && let Some(oldest) = order.pop_front()
        {
            entries.remove(&oldest);
        }
        drop(known);
        self.news.send_modify(|number| *number += 1);
    }
}

impl CeleryCalls {
    /// Calls through this RabbitMQ; its virtual host is the one that the other workers use. When the connection is lost,
    /// so are the answers.
    pub async fn open(rabbit: &RabbitMq) -> Result<Self, String> {
        let channel = rabbit.consuming.channel().await?;
        let reply_to = unique();
        let listening = async {
            let (name, none) = (ShortString::from(reply_to.as_str()), FieldTable::default());
            let options = QueueDeclareOptions::exclusive().auto_delete();
            channel.queue_declare(name.clone(), options, none.clone()).await?;
            let options = BasicConsumeOptions { no_ack: true, ..Default::default() };
            channel.basic_consume(name, "".into(), options, none).await
        };
        let consumer: lapin::Result<Consumer> = listening.await;
        let mut consumer = consumer.map_err(|error| plain(&error))?;
        let answers = Arc::new(Answers { known: Mutex::default(), news: watch::channel(0).0 });
        let heard = answers.clone();
        let ear = tokio::spawn(async move {
            let _channel = channel;
            while let Some(Ok(answer)) = consumer.next().await {
                let value = serde_json::from_slice::<Value>(&answer.data).unwrap_or_default();
                let id = value.get("task_id").and_then(Value::as_str);
                if let (Some(id), Ok(entry)) = (id, Entry::parse(&answer.data)) {
                    heard.keep(id.to_owned(), entry);
                }
            }
        });
        let nothing = Box::new(|_| async { Ok(()) }.boxed());
        let publisher = Publisher::new(rabbit.publishing.clone(), nothing);
        Ok(Self { publisher, reply_to, answers, ear })
    }

    /// Sends a task to a queue (Celery's own is `celery`), and gives its id. A queue that is not there is an error: no worker
    /// of Python has ever listened on it.
    pub async fn call(
        &self,
        task: &str,
        args: Vec<Value>,
        kwargs: Map<String, Value>,
        queue: &str,
    ) -> Result<String, String> {
        let task = Task {
            reply_to: Some(self.reply_to.clone()),
            ignore_result: Some(false),
            ..Task::new(unique(), task, args, kwargs)
        };
        self.send(&task, queue).await?;
        Ok(task.id)
    }

    /// Sends a task as it is: with a time, an end, a chain.
    pub async fn send(&self, task: &Task, queue: &str) -> Result<(), String> {
        let key = ShortString::try_new(queue).map_err(|error| error.to_string())?;
        let (properties, body) = (properties_of(task, None), task.body());
        let exchange = ShortString::from("");
        self.publisher
            .publish(vec![Sent { exchange, key, properties, body, must_arrive: true }])
            .await
    }

    /// What came of a task so far.
    pub fn result(&self, id: &str) -> Entry {
        self.answers.known.lock().0.get(id).cloned().unwrap_or(Entry::Pending)
    }

    /// Waits for the end of a task, at most so long; then what came of it so far.
    pub async fn wait(&self, id: &str, within: Duration) -> Result<Entry, String> {
        let (mut news, end) = (self.answers.news.subscribe(), Instant::now() + within);
        loop {
            let entry = self.result(id);
            if !matches!(entry, Entry::Pending | Entry::Started | Entry::Retry(_)) {
                return Ok(entry);
            }
            if self.ear.is_finished() {
                return Err("the connection to RabbitMQ was lost".to_owned());
            }
            // A look now and then: the end of the connection is no news.
            let next = timeout(Duration::from_secs(1), news.changed());
            if timeout_at(end, next).await.is_err() {
                return Ok(self.result(id));
            }
        }
    }
}
