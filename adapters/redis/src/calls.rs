//! Calls of tasks of other workers (a service in Python), and what came of them.

use std::{
    collections::hash_map::RandomState,
    hash::{BuildHasher, Hasher},
    time::Duration,
};

use celery_wire::{Entry, Envelope, Task, envelope, result};
use futures::StreamExt;
use serde_json::{Map, Value};
use tokio::time;

use crate::link::Redis;

/// Calls tasks through this Redis.
#[derive(Clone, Debug)]
pub struct CeleryCalls {
    redis: Redis,
}

impl CeleryCalls {
    /// Calls through this Redis; its database is the one that the other workers use.
    pub fn new(redis: Redis) -> Self {
        Self { redis }
    }

    /// Sends a task to a queue (Celery's own is `celery`), and gives its id.
    pub async fn call(
        &self,
        task: &str,
        args: Vec<Value>,
        kwargs: Map<String, Value>,
        queue: &str,
    ) -> Result<String, String> {
        let task = Task {
            // Nobody listens there; that it is set says that a result is wanted.
            reply_to: Some(unique()),
            ignore_result: Some(false),
            ..Task::new(unique(), task, args, kwargs)
        };
        self.send(&task, queue).await?;
        Ok(task.id)
    }

    /// Sends a task as it is: with a time, an end, a chain.
    pub async fn send(&self, task: &Task, queue: &str) -> Result<(), String> {
        let mut pipe = redis::pipe();
        let message = Envelope::of_task(task, queue, &unique()).text();
        pipe.cmd("LPUSH").arg(envelope::list_name(queue, task.priority)).arg(message).ignore();
        self.redis.ask::<()>(&pipe, &[]).await
    }

    /// What came of a task so far. Nobody knows one that was never sent, or whose result is a day old: it is pending.
    pub async fn result(&self, id: &str) -> Result<Entry, String> {
        let mut pipe = redis::pipe();
        pipe.cmd("GET").arg(result::key(id));
        let (text,): (Option<Vec<u8>>,) = self.redis.ask(&pipe, &[]).await?;
        match text {
            Some(text) => Entry::parse(&text).map_err(|why| why.to_string()),
            None => Ok(Entry::Pending),
        }
    }

    /// Waits for the end of a task, at most so long; then what came of it so far.
    pub async fn wait(&self, id: &str, within: Duration) -> Result<Entry, String> {
        let waiting = async {
            let mut news =
                self.redis.client.get_async_pubsub().await.map_err(|why| why.to_string())?;
            news.subscribe(result::key(id)).await.map_err(|why| why.to_string())?;
            let mut news = news.into_on_message();
            // What ended before we listened is stored; what ends from now on is heard.
            loop {
                let entry = self.result(id).await?;
                if !matches!(entry, Entry::Pending | Entry::Started | Entry::Retry(_)) {
                    return Ok(entry);
                }
                if news.next().await.is_none() {
                    return Err("the connection to Redis was lost".to_owned());
                }
            }
        };
        match time::timeout(within, waiting).await {
            Ok(ended) => ended,
            Err(_) => self.result(id).await,
        }
    }
}

/// A name that nothing else has, in the shape that Celery gives its own.
fn unique() -> String {
    // Keys of a hasher are the system's randomness, and each of its kind has others.
    let half = || RandomState::new().build_hasher().finish();
    let (a, b) = (half(), half());
    format!(
        "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
        a >> 32,
        (a >> 16) & 0xffff,
        a & 0xffff,
        b >> 48,
        b & 0xffff_ffff_ffff
    )
}
