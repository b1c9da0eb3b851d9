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

/// `account:from -> Request`: one request per person that something is held of.
pub const NOTIFICATION_REQUESTS: KeySpace = KeySpace(61);

/// That notifications of somebody's doing are held back until their reader says whether to hear that person.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Request {
    /// Whose notifications they are.
    pub account: Id<Account>,
    /// Whose doing they are.
    pub from: Id<Account>,
}

impl Node for Request {
    const KIND: NodeKind = NodeKind(71);
    const NAME: &'static str = "notification_requests";
}

/// The name of a request in [`NOTIFICATION_REQUESTS`].
pub fn request_name(account: Id<Account>, from: Id<Account>) -> String {
    format!("{account}:{from}")
}

impl NotificationKind {
    /// Whether the reader's policy for strangers has a say: not in what staff say, nor in what the reader asked for.
    pub const fn is_filtered(self) -> bool {
        use NotificationKind::{
            AppealDecided, Comment, Edit, Follow, FollowRequest, Like, Mention, ReportDecided,
            Reported, Share, Warning,
        };
        match self {
            Mention | Comment | Like | Share | Follow | FollowRequest => true,
            Edit | Reported | Warning | ReportDecided | AppealDecided => false,
        }
    }

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
    /// Notifications that the reader's policy holds back, newest first: in no other list.
    Held = 91, "notifications_held_of": Account => Notification, No, purge Members;
    /// Requests of an account, newest first.
    Requests = 92, "notification_requests_of": Account => Request, No, purge Members;
    /// What is held back of one person's doing, newest first.
    HeldOf = 93, "notifications_of_request": Request => Notification, Yes, purge Unlink;
    /// Whom an account hears whatever its policy says.
    Heard = 94, "notifications_heard_from": Account => Account, No, inverse HeardBy, purge Unlink;
    /// Who hears an account whatever their policy says; shown to nobody.
    HeardBy = 95, "notifications_heard_by": Account => Account, No, inverse Heard, purge Unlink;
}
