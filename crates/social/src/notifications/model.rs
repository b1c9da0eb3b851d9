//! A notification: that somebody did something that concerns an account.

use engine::store::{KeySpace, NodeKind};
use graph::{Id, Node};
use serde::{Deserialize, Serialize};

use crate::{accounts::model::Account, audit::model::words, posts::model::Post};

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

words! {
    /// What happened. A kind has its place in this list and in the matches below; the border gives it Mastodon's word.
    #[derive(Hash)]
    NotificationKind {
        // In a post that is no comment on one's own; and in one that is.
        Mention "mention", Comment "comment",
        Like "like", Share "share", Follow "follow", FollowRequest "follow_request",
        // Of a post that one shared.
        Edit "edit",
        // For staff: that somebody reported somebody.
        Reported "reported",
        // What staff decided about one's account, about what one reported, and about one's appeal.
        Warning "warning", ReportDecided "report_decided", AppealDecided "appeal_decided",
    }
}

impl NotificationKind {
    /// Whether many of one half day are told as one.
    pub const fn is_grouped(self) -> bool {
        use NotificationKind::{
            AppealDecided, Comment, Edit, Follow, FollowRequest, Like, Mention, ReportDecided,
            Reported, Share, Warning,
        };
        match self {
            Like | Share | Follow => true,
            Mention | Comment | FollowRequest | Edit | Reported | Warning | ReportDecided
            | AppealDecided => false,
        }
    }
}

graph::edges! {
    /// Notifications of an account, newest first.
    Notifications = 90, "notifications_of": Account => Notification, No, purge Members;
}
