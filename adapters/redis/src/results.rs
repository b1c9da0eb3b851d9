//! Celery's result backend: what came of tasks, for a day, whichever broker they came by.

use std::time::Duration;

use celery_wire::{Entry, result};
use futures::StreamExt;
use tokio::time;

use crate::link::Redis;

/// Results in this Redis.
#[derive(Clone, Debug)]
pub struct CeleryResults {
    redis: Redis,
}

impl CeleryResults {
    /// Results in this Redis; its database is the one that the other programs name as their backend.
    pub fn new(redis: Redis) -> Self {
        Self { redis }
    }

    /// Keeps the entry of a task for a day, and tells who waits for it.
    pub async fn keep(&self, id: &str, text: &str) -> Result<(), String> {
        let (mut pipe, key) = (redis::pipe(), result::key(id));
        pipe.cmd("SETEX").arg(&key).arg(result::KEPT_SECONDS).arg(text).ignore();
        pipe.cmd("PUBLISH").arg(&key).arg(text).ignore();
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
