//! What the queue's queues are called, and what must be there.
//!
//! All are plain durable queues, which a producer in Python declares the same way. What is for later goes through the ladder: a
//! queue for 1 second, 4, 16 … whose messages RabbitMQ moves on when their time there is over, to the queue that they were
//! addressed to. Whoever gets one that is early sends it back to the longest step that is not too long.

use engine::queue::LONG;
use futures::future::try_join_all;
use lapin::{
    Channel, Error, ExchangeKind,
    options::{ExchangeDeclareOptions, QueueDeclareOptions},
    types::{AMQPValue, FieldTable, ShortString},
};

/// From this priority on, quick jobs wait in a queue of their own.
const LOW: u8 = LONG / 2;
/// Seconds of each step: what waits for longer goes around more than once.
pub(crate) const STEPS: [u64; 8] = [1, 4, 16, 64, 256, 1_024, 4_096, 16_384];

/// Names that begin with a prefix.
#[derive(Clone, Debug)]
pub(crate) struct Names {
    /// Urgent jobs, and those of others.
    pub quick: ShortString,
    pub low: ShortString,
    pub long: ShortString,
    /// Jobs that may have been in the hands of a worker that died, quick and long.
    pub again: [ShortString; 2],
    pub dead: ShortString,
}

impl Names {
    pub(crate) fn new(prefix: &str) -> Self {
        let name = |end: &str| ShortString::from(format!("{prefix}{end}"));
        Self {
            quick: name(""),
            low: name(".low"),
            long: name(".long"),
            again: [name(".again"), name(".again.long")],
            dead: name(".dead"),
        }
    }

    /// Where a job of this priority waits for a worker.
    pub(crate) fn home(&self, priority: u8) -> &ShortString {
        match priority {
            LONG.. => &self.long,
            LOW.. => &self.low,
            _ => &self.quick,
        }
    }

    /// Where it waits if its last worker may have died with it.
    pub(crate) fn again(&self, priority: u8) -> &ShortString {
        &self.again[usize::from(priority >= LONG)]
    }

    /// The step, an exchange and its queue, for what is due in so many milliseconds; `None`: it is due.
    pub(crate) fn wait(&self, in_ms: u64) -> Option<ShortString> {
        let step = STEPS.iter().rev().find(|seconds| **seconds * 1_000 <= in_ms)?;
        Some(self.step(*step))
    }

    pub(crate) fn step(&self, seconds: u64) -> ShortString {
        format!("{}.wait.{seconds}", self.quick).into()
    }

    /// A queue for one job that is in a worker's hands for long.
    pub(crate) fn hand(&self) -> ShortString {
        format!("{}.hand.{}", self.quick, crate::unique()).into()
    }

    /// All queues that jobs wait in, without the steps.
    pub(crate) fn all(&self) -> [&ShortString; 6] {
        [&self.quick, &self.low, &self.long, &self.again[0], &self.again[1], &self.dead]
    }

    /// Makes what is missing.
    pub(crate) async fn declare(self, channel: Channel) -> Result<(), Error> {
        let plain = |name: &ShortString| {
            channel.queue_declare(
                name.clone(),
                QueueDeclareOptions::durable(),
                FieldTable::default(),
            )
        };
        try_join_all(self.all().into_iter().map(plain)).await?;
        let step = async |seconds: u64| {
            let name = self.step(seconds);
            let options = ExchangeDeclareOptions { durable: true, ..Default::default() };
            let none = FieldTable::default();
            channel
                .exchange_declare(name.clone(), ExchangeKind::Fanout, options, none.clone())
                .await?;
            let mut then = FieldTable::default();
            let ms = i64::try_from(seconds * 1_000).unwrap_or(i64::MAX);
            then.insert("x-message-ttl".into(), AMQPValue::LongLongInt(ms));
            // The default exchange, with the routing key it came with: the queue it was addressed to.
            then.insert("x-dead-letter-exchange".into(), AMQPValue::LongString("".into()));
            channel.queue_declare(name.clone(), QueueDeclareOptions::durable(), then).await?;
            channel.queue_bind(name.clone(), name, "".into(), Default::default(), none).await
        };
        try_join_all(STEPS.map(step)).await?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_takes_the_longest_step_that_is_not_too_long() {
        let names = Names::new("a");
        let wait = |ms| names.wait(ms).map(|name| name.to_string());
        assert_eq!(wait(999), None);
        assert_eq!(wait(1_000).as_deref(), Some("a.wait.1"));
        assert_eq!(wait(65_000).as_deref(), Some("a.wait.64"));
        assert_eq!(wait(u64::MAX).as_deref(), Some("a.wait.16384"));
        let homes = [0, 63, 64, 127, 128, 255].map(|priority| names.home(priority).to_string());
        assert_eq!(homes, ["a", "a", "a.low", "a.low", "a.long", "a.long"]);
    }
}
