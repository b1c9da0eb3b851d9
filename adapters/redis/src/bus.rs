//! The bus: publish and subscribe on channels named `sociosphere:bus:TOPIC`.
//!
//! Each process has one subscription at Redis, to all topics, from its first subscriber on; who hears what, and who is
//! too slow, is decided in the process, as on the bus of one process. What a process publishes its own subscribers
//! hear at once, Redis or not; each message begins with the mark of its process, which leaves its own out when
//! they come back.
//!
//! The listening connection is asked for a sign of life all the time. When it is lost it is made again, and then every
//! subscriber gets a [`Delivery::Gap`](engine::bus::Delivery::Gap): others may have published meanwhile.

use std::{
    collections::hash_map::RandomState,
    hash::{BuildHasher, Hasher},
    sync::Arc,
    time::Duration,
};

use async_trait::async_trait;
use bytes::Bytes;
use engine::{
    bus::{Bus, BusError, Message, Subscription, check_message},
    memory::bus::MemoryBus,
};
use futures::StreamExt;
use redis::{
    Msg, Value,
    aio::{PubSubSink, PubSubStream},
};
use tokio::{sync::watch, task::JoinHandle, time};

use crate::link::{CHUNK, PATIENCE, Redis};

/// Between two signs of life of the listening connection.
const BEAT: Duration = Duration::from_secs(2);
/// Between two attempts to connect: the first, and the most.
const PAUSES: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(2));
/// Characters of a mark.
const MARK: usize = 16;

/// The bus of all processes that share a Redis.
pub struct RedisBus {
    redis: Redis,
    /// Subscribers of this process.
    local: Arc<MemoryBus>,
    mark: String,
    ear: parking_lot::Mutex<Option<Ear>>,
}

/// The task that listens; it ends with the bus.
struct Ear {
    task: JoinHandle<()>,
    /// Whether it hears; `None` until the first attempt to connect ended.
    hears: watch::Receiver<Option<bool>>,
}

impl Drop for Ear {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl RedisBus {
    /// The bus on this Redis.
    pub fn new(redis: Redis) -> Self {
        // Keys of a hasher are the system's randomness: no two processes have the same mark.
        let mark = format!("{:016x}", RandomState::new().build_hasher().finish());
        Self { redis, local: Arc::default(), mark, ear: parking_lot::Mutex::new(None) }
    }

    fn channel(redis: &Redis, topic: &str) -> String {
        format!("{}:bus:{topic}", redis.prefix)
    }

    fn listen(&self) -> watch::Receiver<Option<bool>> {
        let begin = || {
            let (say, hears) = watch::channel(None);
            let (redis, local, mark) = (self.redis.clone(), self.local.clone(), self.mark.clone());
            Ear { task: tokio::spawn(listen(redis, local, mark, say)), hears }
        };
        self.ear.lock().get_or_insert_with(begin).hears.clone()
    }
}

#[async_trait]
impl Bus for RedisBus {
    async fn publish(&self, messages: Vec<Message>) -> Result<(), BusError> {
        messages.iter().try_for_each(check_message)?;
        self.local.publish(messages.clone()).await?;
        for messages in messages.chunks(CHUNK) {
            let mut pipe = redis::pipe();
            for Message { topic, body } in messages {
                let marked = [self.mark.as_bytes(), b" ", body].concat();
                pipe.cmd("PUBLISH").arg(Self::channel(&self.redis, topic)).arg(marked).ignore();
            }
            self.redis.ask::<()>(&pipe, &[]).await.map_err(BusError)?;
        }
        Ok(())
    }

    async fn subscribe(&self, prefix: &str, capacity: usize) -> Result<Subscription, BusError> {
        let mut hears = self.listen();
        // Whoever comes while it is deaf is told so at once: many may come, one after the other.
        let known =
            async { hears.wait_for(Option::is_some).await.is_ok_and(|it| *it == Some(true)) };
        match time::timeout(2 * PATIENCE, known).await {
            // From here on, a message or a gap reaches whoever subscribes.
            Ok(true) => self.local.subscribe(prefix, capacity).await,
            _ => Err(BusError("nobody listens at Redis now".to_owned())),
        }
    }
}

/// Listens, and connects again, as long as the bus lives.
async fn listen(
    redis: Redis,
    local: Arc<MemoryBus>,
    mark: String,
    hears: watch::Sender<Option<bool>>,
) {
    let (mut pause, mut before) = (PAUSES.0, false);
    loop {
        match time::timeout(PATIENCE, connect(&redis)).await {
            Ok(Ok((sink, stream))) => {
                if before {
                    tracing::info!("listens to the bus again");
                    local.gap();
                }
                (pause, before) = (PAUSES.0, true);
                hears.send_replace(Some(true));
                tokio::select! {
                    () = hear(stream, &redis, &local, &mark) => {}
                    () = beat(sink) => {}
                }
                tracing::warn!("the connection to the bus is lost");
            }
            Ok(Err(error)) => tracing::debug!(%error, "the bus does not answer"),
            Err(_) => tracing::debug!("the bus does not answer in time"),
        }
        hears.send_replace(Some(false));
        time::sleep(pause).await;
        pause = (pause * 2).min(PAUSES.1);
    }
}

async fn connect(redis: &Redis) -> Result<(PubSubSink, PubSubStream), redis::RedisError> {
    let mut listening = redis.client.get_async_pubsub().await?;
    listening.psubscribe(RedisBus::channel(redis, "*")).await?;
    Ok(listening.split())
}

/// Hands on what comes, until the connection ends.
async fn hear(mut stream: PubSubStream, redis: &Redis, local: &MemoryBus, mark: &str) {
    let channels = RedisBus::channel(redis, "");
    while let Some(heard) = stream.next().await {
        if let Some(message) = read(&heard, &channels, mark)
            && let Err(error) = local.publish(vec![message]).await
        {
            tracing::debug!(%error, "somebody else publishes on our channels");
        }
    }
}

/// A message of another process of ours.
fn read(heard: &Msg, channels: &str, mark: &str) -> Option<Message> {
    let (from, body) = heard.get_payload_bytes().split_at_checked(MARK)?;
    let topic = heard.get_channel_name().strip_prefix(channels)?.to_owned();
    let body = body.strip_prefix(b" ")?;
    (from != mark.as_bytes()).then(|| Message { topic, body: Bytes::copy_from_slice(body) })
}

/// Ends when the connection gives no sign of life: a peer that vanished says nothing.
async fn beat(mut sink: PubSubSink) {
    loop {
        time::sleep(BEAT).await;
        if !matches!(time::timeout(BEAT, sink.ping::<Value>()).await, Ok(Ok(_))) {
            return;
        }
    }
}
