//! The bus: publish and subscribe between processes, at most once, in order per publisher and topic.
//! Messages are nudges: they name what to read again and carry no state, so a lost one costs freshness only,
//! and a subscriber that missed some is told so.

use async_trait::async_trait;
use bytes::Bytes;
use tokio::sync::mpsc;

/// One message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Topic: `[a-z0-9:._-]`, at most 100 characters.
    pub topic: String,
    /// Small: at most 4 KiB.
    pub body: Bytes,
}

/// What a subscriber gets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// A message.
    Message(Message),
    /// Some were missed (a slow reader, a lost connection): read again what matters.
    Gap,
}

/// The bus is away.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the bus is unavailable: {0}")]
pub struct BusError(pub String);

/// A subscription; dropping it ends it.
#[derive(Debug)]
pub struct Subscription(pub mpsc::Receiver<Delivery>);

/// Publish and subscribe. Guarantees, each one a test of [`crate::contract::bus`]: a message published after
/// `subscribe` returned is delivered or a `Gap` is; a slow subscriber never slows another or the
/// publisher; each message comes once to each subscription.
#[async_trait]
pub trait Bus: Send + Sync + 'static {
    /// Sends messages to all who subscribed, in this process and others.
    async fn publish(&self, messages: Vec<Message>) -> Result<(), BusError>;

    /// Subscribes to all topics that start with the prefix, with room for `capacity` messages.
    async fn subscribe(&self, prefix: &str, capacity: usize) -> Result<Subscription, BusError>;
}

/// Whether a message keeps the bounds of [`Message`].
pub fn check_message(message: &Message) -> Result<(), BusError> {
    let Message { topic, body } = message;
    let letter = |b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b':' | b'.' | b'_' | b'-');
    if topic.is_empty() || topic.len() > 100 || !topic.bytes().all(letter) {
        return Err(BusError(format!(
            "not a topic: {}",
            topic.chars().take(100).collect::<String>()
        )));
    }
    if body.len() > 4096 {
        return Err(BusError(format!("a message of {} bytes is too large", body.len())));
    }
    Ok(())
}
