//! The memory engine of the bus: subscribers by prefix, each with a bounded channel.
//!
//! The last place of a channel is kept for the [`Delivery::Gap`]. It stands at the end of the channel, so it covers
//! all that is missed until the reader has come that far, and a publisher never waits.

use std::collections::{BTreeMap, HashMap};

use async_trait::async_trait;
use parking_lot::Mutex;
use tokio::sync::mpsc;

use crate::bus::{Bus, BusError, Delivery, Message, Subscription, check_message};

/// A bus within one process.
#[derive(Default)]
pub struct MemoryBus {
    subscribers: Mutex<Subscribers>,
}

#[derive(Default)]
struct Subscribers {
    by_prefix: HashMap<String, Vec<Subscriber>>,
    /// How many prefixes there are of each length: a topic is looked up once per length, not once per subscriber.
    lengths: BTreeMap<usize, usize>,
}

struct Subscriber {
    channel: mpsc::Sender<Delivery>,
    /// The newest thing in the channel is a gap.
    gap_is_last: bool,
}

impl MemoryBus {
    /// A bus without subscribers.
    pub fn new() -> Self {
        Self::default()
    }

    /// Tells all subscribers that they may have missed some: for engines that feed this bus from outside.
    pub fn gap(&self) {
        let mut subscribers = self.subscribers.lock();
        subscribers.by_prefix.values_mut().flatten().for_each(Subscriber::gap);
    }
}

#[async_trait]
impl Bus for MemoryBus {
    async fn publish(&self, messages: Vec<Message>) -> Result<(), BusError> {
        messages.iter().try_for_each(check_message)?;
        let mut subscribers = self.subscribers.lock();
        for message in &messages {
            subscribers.deliver(message);
        }
        Ok(())
    }

    async fn subscribe(&self, prefix: &str, capacity: usize) -> Result<Subscription, BusError> {
        let (channel, receiver) = mpsc::channel(capacity.max(1) + 1);
        let mut subscribers = self.subscribers.lock();
        subscribers.forget_closed(prefix);
        subscribers.add(prefix, Subscriber { channel, gap_is_last: false });
        Ok(Subscription(receiver))
    }
}

impl Subscribers {
    fn add(&mut self, prefix: &str, subscriber: Subscriber) {
        let of_prefix = self.by_prefix.entry(prefix.to_owned()).or_default();
        if of_prefix.is_empty() {
            *self.lengths.entry(prefix.len()).or_default() += 1;
        }
        of_prefix.push(subscriber);
    }

    fn deliver(&mut self, message: &Message) {
        let lengths: Vec<usize> =
            self.lengths.range(..=message.topic.len()).map(|it| *it.0).collect();
        for length in lengths {
            let prefix = &message.topic[..length];
            let Some(of_prefix) = self.by_prefix.get_mut(prefix) else { continue };
            let mut closed = false;
            for subscriber in of_prefix {
                closed |= !subscriber.deliver(message);
            }
            if closed {
                self.forget_closed(prefix);
            }
        }
    }

    fn forget_closed(&mut self, prefix: &str) {
        let Some(of_prefix) = self.by_prefix.get_mut(prefix) else { return };
        of_prefix.retain(|subscriber| !subscriber.channel.is_closed());
        if of_prefix.is_empty() {
            self.by_prefix.remove(prefix);
            if let Some(count) = self.lengths.get_mut(&prefix.len()) {
                *count -= 1;
                if *count == 0 {
                    self.lengths.remove(&prefix.len());
                }
            }
        }
    }
}

impl Subscriber {
    /// A gap that is the newest thing and still unread says it already; else the last place is free for it.
    fn gap(&mut self) {
        let unread = self.channel.capacity() < self.channel.max_capacity();
        if !(self.gap_is_last && unread) {
            self.gap_is_last = self.channel.try_send(Delivery::Gap).is_ok();
        }
    }

    /// Answers `false` if nobody listens any more. Only one publisher is here at a time, so room that
    /// was seen is still there.
    fn deliver(&mut self, message: &Message) -> bool {
        let delivery = match self.channel.capacity() {
            0 | 1 if self.gap_is_last => return !self.channel.is_closed(),
            0 | 1 => Delivery::Gap,
            _ => Delivery::Message(message.clone()),
        };
        self.gap_is_last = delivery == Delivery::Gap;
        self.channel.try_send(delivery).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    async fn open() -> (Arc<MemoryBus>, ()) {
        (Arc::new(MemoryBus::new()), ())
    }

    crate::bus_contract!(open);

    #[tokio::test]
    async fn a_gap_is_told_to_all_and_once_until_it_is_read() {
        let bus = MemoryBus::new();
        let mut full = bus.subscribe("a", 1).await.unwrap();
        let mut empty = bus.subscribe("b", 1).await.unwrap();
        let message = Message { topic: "a".to_owned(), body: bytes::Bytes::new() };
        bus.publish(vec![message.clone()]).await.unwrap();
        bus.gap();
        bus.gap();
        assert_eq!(full.0.recv().await, Some(Delivery::Message(message)));
        for subscription in [&mut full, &mut empty] {
            assert_eq!(subscription.0.recv().await, Some(Delivery::Gap));
            assert!(subscription.0.try_recv().is_err());
        }
        bus.gap();
        assert_eq!(full.0.try_recv(), Ok(Delivery::Gap));
    }

    #[tokio::test]
    async fn who_left_is_forgotten() {
        let bus = MemoryBus::new();
        for number in 0..10 {
            drop(bus.subscribe("a:", 1).await);
            drop(bus.subscribe(&format!("b:{number}"), 1).await);
        }
        let message = |topic: String| Message { topic, body: bytes::Bytes::new() };
        let topics = (0..10).map(|number| message(format!("b:{number}")));
        bus.publish(topics.chain([message("a:1".to_owned())]).collect()).await.unwrap();
        let subscribers = bus.subscribers.lock();
        assert_eq!((subscribers.by_prefix.len(), subscribers.lengths.len()), (0, 0));
    }
}
