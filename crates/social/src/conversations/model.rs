//! Nodes and edges of conversations.

use engine::store::{KeySpace, NodeKind};
use graph::{Id, Node};
use serde::{Deserialize, Serialize};

use crate::{accounts::model::Account, posts::model::Post};

/// `account:head -> Conversation`: one of each person for each exchange.
pub const CONVERSATIONS: KeySpace = KeySpace(290);

/// An exchange of direct posts, as one person has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conversation {
    /// Whose.
    pub account: Id<Account>,
    /// The direct post that it began with; it may be gone.
    pub head: Id<Post>,
    /// The newest posts, oldest first: of these the newest that may be seen is shown.
    pub posts: Vec<Id<Post>>,
    /// Something came that was not read.
    pub unread: bool,
}

impl Node for Conversation {
    const KIND: NodeKind = NodeKind(290);
    const NAME: &'static str = "conversations";
}

/// The name of a conversation in [`CONVERSATIONS`].
pub fn name_of(account: Id<Account>, head: Id<Post>) -> String {
    format!("{account}:{head}")
}

graph::edges! {
    /// The conversations of an account, by their newest post.
    Conversations = 290, "conversations_of": Account => Conversation, No, purge Members;
}
