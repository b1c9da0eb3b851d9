//! The bus: a topic exchange `sociosphere.bus`, and a queue for each process that listens, which ends with its connection.
//!
//! A process binds to all topics, from its first subscriber on; who hears what, and who is too slow, is decided in the
//! process, as on the bus of one process. What a process publishes its own subscribers hear at once, RabbitMQ or not; each
//! message carries the mark of its process (`app_id`), which leaves its own out when they come back, and its number there.
//!
//! The queue keeps so many messages and no more. When a number is missing, or the connection was lost and made again, every
//! subscriber gets a [`Delivery::Gap`](engine::bus::Delivery::Gap): others may have published meanwhile.

use std::{collections::HashMap, sync::Arc, time::Duration};

use async_trait::async_trait;
use bytes::Bytes;
use engine::{
    bus::{Bus, BusError, Message, Subscription, check_message},
    memory::bus::MemoryBus,
};
use futures::{StreamExt, future::join_all};
use lapin::{
    BasicProperties, Channel, Consumer, ExchangeKind,
    message::Delivery,
    options::{
        BasicConsumeOptions, BasicPublishOptions, ExchangeDeclareOptions, QueueDeclareOptions,
    },
    types::{AMQPValue, FieldTable, ShortString},
};
use tokio::{
    sync::{Mutex, watch},
    task::JoinHandle,
    time::{self, timeout},
};

use crate::link::{PATIENCE, RabbitMq, plain};

/// Between two attempts to connect: the first, and the most.
pub(crate) const PAUSES: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(2));
/// Messages that wait at RabbitMQ for a process; of more, the oldest are lost, and the process is told of a gap.
const WAITING: i32 = 20_000;

/// Processes whose numbers are remembered; of more, all are forgotten, and nothing is missed by that but a gap.
const PROCESSES: usize = 1_000;

/// The bus of all processes that share a RabbitMQ.
pub struct AmqpBus {
    rabbit: RabbitMq,
    /// Subscribers of this process.
    local: Arc<MemoryBus>,
    mark: String,
    /// What is published keeps its order on one channel.
    channel: Mutex<Mouth>,
    ear: parking_lot::Mutex<Option<Ear>>,
}

/// Where it publishes, and the number of the newest message.
#[derive(Default)]
struct Mouth {
    channel: Option<Channel>,
    number: u64,
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

impl AmqpBus {
    /// The bus on this RabbitMQ.
    pub fn new(rabbit: RabbitMq) -> Self {
        let (local, mark) = (Arc::default(), crate::unique());
        Self { rabbit, local, mark, channel: Mutex::default(), ear: parking_lot::Mutex::new(None) }
    }

    fn listen(&self) -> watch::Receiver<Option<bool>> {
        let begin = || {
            let (say, hears) = watch::channel(None);
            let (rabbit, local) = (self.rabbit.clone(), self.local.clone());
            Ear { task: tokio::spawn(listen(rabbit, local, self.mark.clone(), say)), hears }
        };
        self.ear.lock().get_or_insert_with(begin).hears.clone()
    }

    async fn send(&self, messages: Vec<Message>) -> Result<(), String> {
        if self.rabbit.publishing.blocked().borrow().is_some() {
            return Err("RabbitMQ takes no messages now".to_owned());
        }
        // Whoever is before us is before us there, too.
        let mut mouth = self.channel.lock().await;
        let channel = match mouth.channel.take().filter(|channel| channel.status().connected()) {
            Some(channel) => channel,
            None => {
                let channel = self.rabbit.publishing.channel().await?;
                declare(&channel, &self.rabbit).await?;
                channel
            }
        };
        let exchange = exchange(&self.rabbit);
        let properties = BasicProperties::default().with_app_id(self.mark.as_str().into());
        let sent = messages.iter().map(|Message { topic, body }| {
            let (exchange, key) = (exchange.clone(), topic.as_str().into());
            let options = BasicPublishOptions::default();
            mouth.number += 1;
            let properties = properties.clone().with_message_id(mouth.number.to_string().into());
            channel.basic_publish(exchange, key, options, body, properties)
        });
        for sent in join_all(sent).await {
            sent.map_err(|error| plain(&error))?;
        }
        mouth.channel = Some(channel.clone());
        Ok(())
    }
}

#[async_trait]
impl Bus for AmqpBus {
    async fn publish(&self, messages: Vec<Message>) -> Result<(), BusError> {
        messages.iter().try_for_each(check_message)?;
        self.local.publish(messages.clone()).await?;
        if messages.is_empty() {
            return Ok(());
        }
        let sent = timeout(PATIENCE, self.send(messages)).await;
        sent.unwrap_or_else(|_| Err("RabbitMQ does not answer in time".to_owned()))
            .map_err(BusError)
    }

    async fn subscribe(&self, prefix: &str, capacity: usize) -> Result<Subscription, BusError> {
        let mut hears = self.listen();
        // Whoever comes while it is deaf is told so at once: many may come, one after the other.
        let known =
            async { hears.wait_for(Option::is_some).await.is_ok_and(|it| *it == Some(true)) };
        match timeout(2 * PATIENCE, known).await {
            // From here on, a message or a gap reaches whoever subscribes.
            Ok(true) => self.local.subscribe(prefix, capacity).await,
            _ => Err(BusError("nobody listens at RabbitMQ now".to_owned())),
        }
    }
}

fn exchange(rabbit: &RabbitMq) -> ShortString {
    format!("{}.bus", rabbit.address.prefix).into()
}

async fn declare(channel: &Channel, rabbit: &RabbitMq) -> Result<(), String> {
    // What is on it is worth nothing after a restart, and so is it.
    let options = ExchangeDeclareOptions::default();
    let declared = channel.exchange_declare(
        exchange(rabbit),
        ExchangeKind::Topic,
        options,
        FieldTable::default(),
    );
    declared.await.map_err(|error| plain(&error))
}

/// Listens, and connects again, as long as the bus lives.
async fn listen(
    rabbit: RabbitMq,
    local: Arc<MemoryBus>,
    mark: String,
    hears: watch::Sender<Option<bool>>,
) {
    let (mut pause, mut before) = (PAUSES.0, false);
    loop {
        match timeout(3 * PATIENCE, connect(&rabbit)).await {
            // The channel lives as long as it is listened to.
            Ok(Ok((_channel, consumer))) => {
                if before {
                    tracing::info!("listens to the bus again");
                    local.gap();
                }
                (pause, before) = (PAUSES.0, true);
                hears.send_replace(Some(true));
                hear(consumer, &local, &mark).await;
                tracing::warn!("the connection to the bus is lost");
            }
            Ok(Err(error)) => tracing::debug!("the bus does not answer: {error}"),
            Err(_) => tracing::debug!("the bus does not answer in time"),
        }
        hears.send_replace(Some(false));
        time::sleep(pause).await;
        pause = (pause * 2).min(PAUSES.1);
    }
}

async fn connect(rabbit: &RabbitMq) -> Result<(Channel, Consumer), String> {
    let channel = rabbit.consuming.channel().await?;
    declare(&channel, rabbit).await?;
    let consumer = async {
        let mut bounds = FieldTable::default();
        bounds.insert("x-max-length".into(), AMQPValue::LongInt(WAITING));
        let options = QueueDeclareOptions::exclusive().auto_delete();
        let queue = channel.queue_declare("".into(), options, bounds).await?;
        let name = queue.name().clone();
        let all = ("#".into(), Default::default(), FieldTable::default());
        channel.queue_bind(name.clone(), exchange(rabbit), all.0, all.1, all.2).await?;
        let options = BasicConsumeOptions { no_ack: true, exclusive: true, ..Default::default() };
        channel.basic_consume(name, "".into(), options, FieldTable::default()).await
    };
    let consumer = consumer.await.map_err(|error| plain(&error))?;
    Ok((channel, consumer))
}

async fn hear(mut consumer: Consumer, local: &MemoryBus, mark: &str) {
    let mut newest = HashMap::new();
    while let Some(Ok(heard)) = consumer.next().await {
        let Some((from, number, message)) = read(heard) else { continue };
        if from == mark {
            continue;
        }
        if newest.len() > PROCESSES {
            newest.clear();
        }
        if newest.insert(from, number).is_some_and(|before| before + 1 != number) {
            local.gap();
        }
        if let Err(error) = local.publish(vec![message]).await {
            tracing::debug!(%error, "somebody else publishes on our exchange");
        }
    }
}

/// A message of a process of ours: its mark, the number, the message.
fn read(heard: Delivery) -> Option<(String, u64, Message)> {
    let from = heard.properties.app_id().as_ref()?.to_string();
    let number = heard.properties.message_id().as_ref()?.as_str().parse().ok()?;
    let message = Message { topic: heard.routing_key.to_string(), body: Bytes::from(heard.data) };
    Some((from, number, message))
}
