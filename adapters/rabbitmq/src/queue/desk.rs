//! The operator's side: how much waits, and the dead.
//!
//! The dead lie in a queue, and a queue can only be read from its front: whoever looks consumes all of them, alone, takes out
//! what is to go, and gives the others back as they were.

use std::{
    collections::{BTreeMap, HashSet},
    time::Duration,
};

use async_trait::async_trait;
use bytes::Bytes;
use engine::queue::{DeadJob, Depth, Lane, NewJob, QueueDesk, QueueError};
use futures::{FutureExt, StreamExt, future::try_join_all};
use lapin::{
    Channel, ErrorKind,
    message::Delivery,
    options::{
        BasicAckOptions, BasicCancelOptions, BasicConsumeOptions, BasicNackOptions,
        QueueDeclareOptions,
    },
    types::{FieldTable, ShortString},
};
use serde_json::Value;
use tokio::time::{sleep, timeout};

use super::{AmqpQueue, Shared, names::STEPS};
use crate::{
    link::{PATIENCE, plain},
    message::{DEAD, headers_of, job_of, properties_of, task_in},
    publish::Sent,
};

/// The most dead jobs that are read: of more, the oldest.
const MANY: usize = 10_000;
/// How long a desk waits for another that reads.
const TRIES: u32 = 100;

/// The dead as they were read, on a channel of their own.
struct Dead {
    channel: Channel,
    messages: Vec<Delivery>,
}

impl Shared {
    /// Keys that this process knows to be dead; no more of them than can be read.
    pub(super) fn note_dead(&self, key: &str) {
        let mut state = self.state.lock();
        if state.dead.len() < MANY {
            state.dead.insert(key.to_owned());
        }
    }

    /// Whether a job with this key is dead. RabbitMQ is asked only where this process knew of one.
    pub(super) async fn is_dead(&self, key: &str) -> Result<bool, QueueError> {
        if !self.state.lock().dead.contains(key) {
            return Ok(false);
        }
        let dead = self.with_dead(|_| None).await?;
        Ok(dead.contains_key(key))
    }

    /// Reads the dead, and takes out those that `choose` names: what it gives is published before.
    async fn with_dead(
        &self,
        choose: impl FnOnce(&[Delivery]) -> Option<(String, Vec<Sent>)>,
    ) -> Result<BTreeMap<String, DeadJob>, QueueError> {
        let _turn = self.desk.lock().await;
        let error = |why: String| QueueError(format!("RabbitMQ: {why}"));
        let worked = timeout(10 * PATIENCE, async {
            let Dead { channel, messages } = self.read_dead().await?;
            let mut dead = BTreeMap::new();
            for message in &messages {
                let job = dead_job(message);
                dead.entry(job.job.key.clone()).or_insert(job);
            }
            if let Some((key, sent)) = choose(&messages) {
                self.publisher.publish(sent).await?;
                for message in messages.iter().filter(|it| dead_job(it).job.key == key) {
                    let acked = message.ack(BasicAckOptions::default()).await;
                    acked.map_err(|error| plain(&error))?;
                }
            }
            let options = BasicNackOptions { multiple: true, requeue: true };
            if !messages.is_empty() {
                // 0 is all that is not acknowledged.
                channel.basic_nack(0, options).await.map_err(|error| plain(&error))?;
            }
            // When it answers, they are back.
            count(&channel, &self.names.dead).await?;
            let _ = channel.close(200, "".into()).await;
            Ok(dead)
        });
        let dead = worked.await.unwrap_or_else(|_| Err("no answer in time".to_owned()));
        let dead = dead.map_err(error)?;
        let known: HashSet<String> = dead.keys().cloned().collect();
        self.state.lock().dead = known;
        Ok(dead)
    }

    /// A dead job's message as one that runs at once, with its tries forgotten.
    fn revived(&self, message: &Delivery, now_ms: u64) -> Sent {
        let (properties, body) = (message.properties.clone(), message.data.clone());
        let Ok(mut task) = task_in(&properties, &body) else {
            return Sent {
                exchange: "".into(),
                key: self.names.quick.clone(),
                properties,
                body,
                must_arrive: true,
            };
        };
        task.extra.retain(|name, _| !DEAD.contains(&name.as_str()));
        (task.retries, task.eta_ms) = (0, Some(now_ms));
        let user = properties.user_id().as_ref().map(ShortString::as_str);
        let ours = user.filter(|user| *user == self.rabbit.address.user());
        let priority = job_of(&task, now_ms).map_or(0, |job| job.priority);
        let properties = properties_of(&task, ours);
        let key = self.names.home(priority).clone();
        Sent { exchange: "".into(), key, properties, body: task.body(), must_arrive: true }
    }

    async fn read_dead(&self) -> Result<Dead, String> {
        let mut tries = 0;
        loop {
            let channel = self.rabbit.consuming.channel().await?;
            let waiting = count(&channel, &self.names.dead).await?;
            if waiting == 0 {
                return Ok(Dead { channel, messages: Vec::new() });
            }
            let options = BasicConsumeOptions { exclusive: true, ..Default::default() };
            let tag = ShortString::from("desk");
            let name = self.names.dead.clone();
            let begun = channel.basic_consume(name, tag.clone(), options, FieldTable::default());
            let mut consumer = match begun.await {
                Ok(consumer) => consumer,
                // ACCESS_REFUSED: another desk reads.
                Err(error) if tries < TRIES && refused(&error) => {
                    tries += 1;
                    sleep(Duration::from_millis(20)).await;
                    continue;
                }
                Err(error) => return Err(plain(&error)),
            };
            // After the second answer all that the queue gave is here.
            for _ in 0..2 {
                count(&channel, &self.names.dead).await?;
            }
            channel
                .basic_cancel(tag, BasicCancelOptions::default())
                .await
                .map_err(|error| plain(&error))?;
            let mut messages = Vec::new();
            while messages.len() < MANY
                && let Some(Some(Ok(message))) = consumer.next().now_or_never()
            {
                messages.push(message);
            }
            return Ok(Dead { channel, messages });
        }
    }
}

fn refused(error: &lapin::Error) -> bool {
    matches!(error.kind(), ErrorKind::ProtocolError(error) if error.get_id() == 403)
}

/// How many messages wait in a queue.
async fn count(channel: &Channel, name: &ShortString) -> Result<u64, String> {
    let options = QueueDeclareOptions::durable().passive();
    let queue = channel.queue_declare(name.clone(), options, FieldTable::default()).await;
    Ok(queue.map_err(|error| plain(&error))?.message_count().into())
}

fn dead_job(message: &Delivery) -> DeadJob {
    let headers = headers_of(&message.properties);
    let number = |name: &str| headers.get(name).and_then(Value::as_u64).unwrap_or(0);
    let text = |name: &str| headers.get(name).and_then(Value::as_str).unwrap_or("").to_owned();
    let task = task_in(&message.properties, &message.data).ok();
    let job = task.as_ref().and_then(|task| job_of(task, 0));
    let job = job.unwrap_or_else(|| NewJob {
        key: text("id"),
        kind: task.map_or_else(|| "unreadable".to_owned(), |task| task.name),
        body: Bytes::copy_from_slice(&message.data),
        run_at_ms: 0,
        priority: 0,
    });
    DeadJob {
        job,
        attempts: u32::try_from(number(DEAD[1])).unwrap_or(u32::MAX),
        error: text(DEAD[0]),
        died_at_ms: number(DEAD[2]),
    }
}

#[async_trait]
impl QueueDesk for AmqpQueue {
    async fn depth(&self, now_ms: u64) -> Result<Depth, QueueError> {
        let shared = &*self.shared;
        let mut depth = Depth::default();
        if self.consumes() {
            shared.look().await?;
            let mut state = shared.state.lock();
            state.forget_lost(now_ms);
            depth = state.held.depth(now_ms);
        }
        let error = |why: String| QueueError(format!("RabbitMQ: {why}"));
        let counted = async {
            let channel = shared.rabbit.consuming.channel().await?;
            let steps = STEPS.map(|seconds| shared.names.step(seconds));
            let names: Vec<&ShortString> =
                shared.names.all().into_iter().chain(steps.iter()).collect();
            try_join_all(names.into_iter().map(|name| count(&channel, name))).await
        };
        let counted = timeout(2 * PATIENCE, counted).await;
        let counted = counted.unwrap_or_else(|_| Err("no answer in time".to_owned()));
        let counted = counted.map_err(error)?;
        depth.ready += counted[..5].iter().sum::<u64>();
        depth.dead = counted[5];
        depth.delayed += counted[6..].iter().sum::<u64>();
        Ok(depth)
    }

    async fn next_due_ms(&self) -> Result<Option<u64>, QueueError> {
        if !self.consumes() {
            return Ok(None);
        }
        let shared = &*self.shared;
        shared.look().await?;
        shared.fetch_again(Lane::Any, 1).await?;
        Ok(shared.state.lock().held.next_due_ms())
    }

    async fn dead(&self, after: Option<&str>, limit: usize) -> Result<Vec<DeadJob>, QueueError> {
        let dead = self.shared.with_dead(|_| None).await?;
        let later = dead.into_iter().filter(|(key, _)| after.is_none_or(|it| key.as_str() > it));
        Ok(later.take(limit).map(|(_, job)| job).collect())
    }

    async fn revive(&self, key: &str, now_ms: u64) -> Result<bool, QueueError> {
        let shared = &*self.shared;
        let mut found = false;
        let revive = |dead: &[Delivery]| {
            let message = dead.iter().find(|message| dead_job(message).job.key == key)?;
            found = true;
            Some((key.to_owned(), vec![shared.revived(message, now_ms)]))
        };
        shared.with_dead(revive).await?;
        if found {
            let mut state = shared.state.lock();
            state.dead.remove(key);
            state.dirty = true;
            drop(state);
            shared.signal();
        }
        Ok(found)
    }

    async fn drop_dead(&self, key: &str) -> Result<bool, QueueError> {
        let mut found = false;
        let drop = |dead: &[Delivery]| {
            found = dead.iter().any(|message| dead_job(message).job.key == key);
            found.then(|| (key.to_owned(), Vec::new()))
        };
        self.shared.with_dead(drop).await?;
        self.shared.state.lock().dead.remove(key);
        Ok(found)
    }
}
