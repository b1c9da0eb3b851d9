//! The nudges to single people, to those who watch a post, and to everybody.

use engine::bus::Message as BusMessage;
use graph::Id;
use serde::{Deserialize, Serialize};

use crate::{
    accounts::model::Account,
    announcements::model::Announcement,
    app::App,
    chats::model::{Chat, Message},
    posts::model::Post,
    timelines::{nudge, send},
};

/// The topic of nudges to people by name. Its body is a [`Told`] with `to`: the accounts, as numbers.
pub const PEOPLE: &str = "live:people";
/// The topic of announcements.
pub const ANNOUNCEMENTS: &str = "live:announcements";
/// The topic of people who came or went.
pub const PRESENCE: &str = "live:presence";
/// How many people one message names: it has to stay within what a bus takes.
const PEOPLE_A_MESSAGE: usize = 150;

/// What somebody is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[expect(missing_docs, reason = "the fields say what in the types they have")]
pub enum Told {
    /// A chat has a new message.
    Message { chat: Id<Chat>, number: u64 },
    /// A message was edited, deleted or reacted to.
    Changed { chat: Id<Chat>, message: Id<Message>, mark: u64 },
    /// A chat is another than it was, or new.
    Chat { chat: Id<Chat> },
    /// One is out of a chat.
    Gone { chat: Id<Chat> },
    /// Somebody has read so far.
    Read { chat: Id<Chat>, account: Id<Account>, number: u64 },
    /// Somebody's device has received so far.
    Delivered { chat: Id<Chat>, account: Id<Account>, number: u64 },
    /// Somebody writes, or stopped.
    Typing { chat: Id<Chat>, account: Id<Account>, typing: bool },
    /// What one has not read is another number.
    Badges,
    /// One has read on, on another device.
    Markers,
}

/// A nudge to some people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Addressed {
    /// To whom.
    to: Vec<u64>,
    /// What.
    #[serde(flatten)]
    told: Told,
}

/// A post whose figures moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counted {
    /// It.
    pub id: Id<Post>,
}

/// Tells people something, on whatever process they listen.
pub async fn tell(app: &App, to: &[u64], told: Told) {
    let message = |to: &[u64]| {
        let body = serde_json::to_vec(&Addressed { to: to.to_vec(), told });
        let body = body.expect("plain data always serialises");
        BusMessage { topic: PEOPLE.to_owned(), body: body.into() }
    };
    send(app, to.chunks(PEOPLE_A_MESSAGE).map(message).collect()).await;
}

/// Tells those who look at a post that its figures moved.
pub async fn tell_counts(app: &App, post: Id<Post>) {
    let topic = format!("live:post:{post}");
    send(app, vec![BusMessage { topic, body: nudge("counts", post.raw()) }]).await;
}

/// Tells everybody that an announcement is there, is another, or is shown no more.
pub async fn tell_announcement(app: &App, id: Id<Announcement>) {
    let body = nudge("announcement", id.raw());
    send(app, vec![BusMessage { topic: ANNOUNCEMENTS.to_owned(), body }]).await;
}
