//! A notification: that somebody did something that concerns an account.

use engine::store::{KeySpace, NodeKind};
use graph::{Id, Node};
use serde::{Deserialize, Serialize};

use crate::{accounts::model::Account, posts::model::Post};

/// `account:kind:by:post -> Notification`: one per cause, however often its job runs.
pub const NOTIFICATION_CAUSES: KeySpace = KeySpace(60);

/// That somebody did something.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Notification {
    /// For whom.
    pub account: Id<Account>,
    /// What.
    pub kind: NotificationKind,
    /// Who did it.
    pub by: Id<Account>,
    /// To which post.
    #[serde(default)]
    pub post: Option<Id<Post>>,
    /// Of a report or a decision, by the kind: its id.
    #[serde(default)]
    pub about: Option<u64>,
}

impl Node for Notification {
    const KIND: NodeKind = NodeKind(70);
    const NAME: &'static str = "notifications";
}

/// The name of a notification's cause in [`NOTIFICATION_CAUSES`].
pub fn cause_of(notification: &Notification) -> String {
    let Notification { account, kind, by, post, about } = notification;
    let post = post.map(|post| post.raw()).or(*about).map(|id| id.to_string()).unwrap_or_default();
    format!("{account}:{kind:?}:{by}:{post}")
}

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NotificationKind {
    /// Mentioned in a post that is no comment on one's own.
    Mention,
    /// Commented on a post of one's own.
    Comment,
    /// Liked.
    Like,
    /// Shared.
    Share,
    /// Follows now.
    Follow,
    /// Asks to follow.
    FollowRequest,
    /// A post one shared was edited.
    Edit,
    /// Staff: somebody reported somebody.
    Reported,
    /// Staff decided about one's account.
    Warning,
    /// Staff decided about what one reported.
    ReportDecided,
    /// Staff decided one's appeal.
    AppealDecided,
}

graph::edges! {
    /// Notifications of an account, newest first.
    Notifications = 90, "notifications_of": Account => Notification, No, purge Members;
}
