//! Nodes and edges of chats.

use engine::store::{KeySpace, NodeKind};
use graph::{Id, Node};
use serde::{Deserialize, Serialize};

use crate::{
    accounts::model::Account,
    media::model::Media,
    posts::model::{Mention, Post},
};

/// `chat:author:hash of the client's id -> Message`, as long as the message is there.
pub const SENT: KeySpace = KeySpace(230);
/// `smaller id:larger id -> Chat` of these two.
pub const PAIRS: KeySpace = KeySpace(231);

/// A chat: what changes seldom. It is written again with each change of its members, so that two of them never pass
/// each other unseen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chat {
    /// Of whom.
    pub kind: Kind,
    /// Where the number of the newest message stands.
    pub head: Id<Head>,
    /// When it was opened, Unix milliseconds.
    pub created_ms: u64,
    /// The picture of a group.
    #[serde(default)]
    pub picture: Option<Id<Media>>,
}

/// Of whom a chat is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Of two people.
    Direct {
        /// They; the one who opened it first.
        pair: [Id<Account>; 2],
    },
    /// Of a group.
    Group {
        /// Its name.
        name: String,
        /// Who may do everything; passes on when they go.
        owner: Id<Account>,
    },
}

impl Chat {
    /// The other of a chat of two.
    pub fn other(&self, me: Id<Account>) -> Option<Id<Account>> {
        match &self.kind {
            Kind::Direct { pair } => pair.iter().copied().find(|one| *one != me),
            Kind::Group { .. } => None,
        }
    }
}

impl Node for Chat {
    const KIND: NodeKind = NodeKind(230);
    const NAME: &'static str = "chats";
}

/// How far a chat has come: what each message writes, and nothing else does.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// The number of the newest message; 0 before the first.
    pub last: u64,
}

impl Node for Head {
    const KIND: NodeKind = NodeKind(231);
    const NAME: &'static str = "chat_heads";
}

/// A message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// Where.
    pub chat: Id<Chat>,
    /// Who wrote it.
    pub author: Id<Account>,
    /// Its place in the chat, from 1.
    pub number: u64,
    /// Source text; empty once it was deleted.
    pub text: String,
    /// Who is named in it.
    #[serde(default)]
    pub mentions: Vec<Mention>,
    /// What it answers, in the same chat.
    #[serde(default)]
    pub reply_to: Option<ReplyTo>,
    /// What is attached, in order.
    #[serde(default)]
    pub media: Vec<Id<Media>>,
    /// The post of this community that it links to; who may see that is asked when it is shown.
    #[serde(default)]
    pub linked: Option<Id<Post>>,
    /// Its name in [`SENT`].
    pub key: String,
    /// Unix milliseconds.
    #[serde(default)]
    pub edited_ms: Option<u64>,
    /// Unix milliseconds.
    #[serde(default)]
    pub deleted_ms: Option<u64>,
}

/// What a message answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReplyTo {
    /// The message.
    pub message: Id<Message>,
    /// Its number.
    pub number: u64,
}

impl Node for Message {
    const KIND: NodeKind = NodeKind(232);
    const NAME: &'static str = "chat_messages";
}

/// Flags of a [`ChatMembers`] edge.
pub mod member_flags {
    /// Invites, removes, renames, deletes.
    pub const ADMIN: u32 = 1;
}

/// Flags of a [`MemberOf`] edge.
pub mod own_flags {
    /// The chat is muted.
    pub const MUTED: u32 = 1;
}

/// The data of a [`ChatMembers`] edge.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Since {
    /// Only messages with larger numbers are the member's to read.
    pub from: u64,
}

/// The data of a [`MemberOf`] edge.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reading {
    /// The number of the newest message that was read.
    pub read: u64,
}

/// The data of a [`ChatRequests`] edge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// Who asks.
    pub by: Id<Account>,
}

graph::edges! {
    /// Who is in a chat; flags say what they may, the data since when.
    ChatMembers = 230, "chat_members": Chat => Account, Yes, inverse MemberOf, purge Unlink;
    /// The chats of an account, by their newest message; the data says how far they are read.
    MemberOf = 231, "chats_of": Account => Chat, No, inverse ChatMembers, purge Unlink;
    /// What waits for an account's answer; the data says who asks.
    ChatRequests = 232, "chat_requests": Account => Chat, No, inverse AskedByChat, purge Unlink;
    /// Whose answer a chat waits for.
    AskedByChat = 233, "asked_by_chat": Chat => Account, Yes, inverse ChatRequests, purge Unlink;
    /// Requests that an account does not want to see.
    IgnoredChats = 234, "ignored_chats": Account => Chat, No, inverse IgnoredBy, purge Unlink;
    /// Who ignores a chat.
    IgnoredBy = 235, "chat_ignored_by": Chat => Account, No, inverse IgnoredChats, purge Unlink;
    /// Who was in a chat once.
    PastMembers = 236, "past_chat_members": Chat => Account, No, inverse PastChats, purge Unlink;
    /// Chats that an account was in once.
    PastChats = 237, "past_chats_of": Account => Chat, No, inverse PastMembers, purge Unlink;
    /// The messages of a chat, by number.
    ChatMessages = 238, "messages_of_chat": Chat => Message, No, purge Unlink;
    /// The messages that an account wrote: what goes with it.
    WrittenMessages = 239, "chat_messages_by": Account => Message, No, purge Unlink;
    /// Who reacts to a message; the data says with what.
    MessageReactions = 240, "chat_message_reactions": Message => Account, No, inverse ReactedToMessages, purge Unlink;
    /// The messages that an account reacts to.
    ReactedToMessages = 241, "reacts_to_chat_messages": Account => Message, No, inverse MessageReactions, purge Unlink;
    /// The messages of a chat that were edited, deleted or reacted to, by their newest change.
    ChatChanges = 260, "changed_messages_of_chat": Chat => Message, No, purge Unlink;
    /// How far the devices of members have received a chat; the data is the number.
    ChatDelivered = 261, "chat_delivered": Chat => Account, No, inverse DeliveredChats, purge Unlink;
    /// The chats that an account's devices have received.
    DeliveredChats = 262, "delivered_chats_of": Account => Chat, No, inverse ChatDelivered, purge Unlink;
}
