//! Publishing, with RabbitMQ's word that it has each message: many at a time, all or an error.
//!
//! An error says that some may be there all the same; whoever gets it sends them all again. While RabbitMQ is short of memory
//! or disk it takes nothing, and says so; then errors come at once until it takes messages again.

use std::{collections::VecDeque, sync::Arc, time::Duration};

use futures::future::{BoxFuture, join_all};
use lapin::{
    BasicProperties, Channel, Confirmation, Error,
    options::{BasicPublishOptions, ConfirmSelectOptions},
    types::ShortString,
};
use tokio::{sync::Mutex, time::timeout};

use crate::link::{Line, plain};

/// RabbitMQ's word, and its disk, may take so long.
const WORD: Duration = Duration::from_secs(5);
/// Making what is missing may take so long: each queue is a few writes on its disk.
const PREPARED: Duration = Duration::from_secs(15);
/// Messages on their way at once.
const CHUNK: usize = 1_000;

/// A message and where it goes.
#[derive(Clone, Debug)]
pub(crate) struct Sent {
    pub exchange: ShortString,
    pub key: ShortString,
    pub properties: BasicProperties,
    pub body: Vec<u8>,
    /// Whether it is an error if nobody is there to have it.
    pub must_arrive: bool,
}

/// What is to be there before anything is published.
pub(crate) type Prepare =
    Box<dyn Fn(Channel) -> BoxFuture<'static, Result<(), Error>> + Send + Sync>;

/// Publishes on one channel.
pub(crate) struct Publisher {
    line: Arc<Line>,
    prepare: Prepare,
    channel: Mutex<Option<Channel>>,
}

impl Publisher {
    pub(crate) fn new(line: Arc<Line>, prepare: Prepare) -> Self {
        Self { line, prepare, channel: Mutex::default() }
    }

    /// A channel that confirms, on which all is prepared.
    pub(crate) async fn channel(&self) -> Result<Channel, String> {
        let mut known = self.channel.lock().await;
        if let Some(channel) = known.as_ref().filter(|channel| channel.status().connected()) {
            return Ok(channel.clone());
        }
        *known = None;
        let channel = self.line.channel().await?;
        let prepared = async {
            channel.confirm_select(ConfirmSelectOptions::default()).await?;
            (self.prepare)(channel.clone()).await
        };
        let prepared = timeout(PREPARED, prepared).await;
        prepared.map_err(|_| late())?.map_err(|error| plain(&error))?;
        *known = Some(channel.clone());
        Ok(channel)
    }

    /// Publishes all, or says that it is not known of all.
    pub(crate) async fn publish(&self, messages: Vec<Sent>) -> Result<(), String> {
        let mut messages = VecDeque::from(messages);
        while !messages.is_empty() {
            let some = messages.drain(..messages.len().min(CHUNK)).collect();
            self.publish_some(some).await?;
        }
        Ok(())
    }

    async fn publish_some(&self, messages: Vec<Sent>) -> Result<(), String> {
        let mut blocked = self.line.blocked();
        if let Some(why) = &*blocked.borrow() {
            return Err(full(why));
        }
        let channel = self.channel().await?;
        let all = async {
            let send = messages.into_iter().map(|sent| {
                let channel = &channel;
                async move {
                    let Sent { exchange, key, properties, body, must_arrive } = sent;
                    let options = BasicPublishOptions { mandatory: must_arrive, immediate: false };
                    channel.basic_publish(exchange, key, options, &body, properties).await
                }
            });
            let sent = join_all(send).await;
            for word in join_all(sent.into_iter().collect::<Result<Vec<_>, _>>()?).await {
                match word? {
                    Confirmation::Ack(None) => {}
                    Confirmation::Ack(Some(back)) => return Ok(Err(back.reply_text.to_string())),
                    _ => return Ok(Err("it could not keep a message".to_owned())),
                }
            }
            Ok(Ok(()))
        };
        let told = tokio::select! {
            told = timeout(WORD, all) => match told {
                Ok(Ok(told)) => told,
                Ok(Err(error)) => Err(plain(&error)),
                Err(_) => Err(late()),
            },
            Ok(why) = blocked.wait_for(Option::is_some) => Err(full(why.as_deref().unwrap_or(""))),
        };
        if told.is_err() {
            // What is still on its way belongs to that channel: nobody waits for it any more.
            let mut known = self.channel.lock().await;
            if known.as_ref().is_some_and(|it| it.id() == channel.id()) {
                *known = None;
            }
        }
        told
    }
}

fn late() -> String {
    "RabbitMQ does not answer in time".to_owned()
}

fn full(why: &str) -> String {
    format!("RabbitMQ takes no messages now ({why}); it goes on when there is room")
}
