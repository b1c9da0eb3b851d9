//! A notification: that somebody did something that concerns an account.

use engine::store::{KeySpace, NodeKind};
use graph::{Id, Node};
use serde::{Deserialize, Serialize};

pub use super::kinds::NotificationKind;
use crate::{accounts::model::Account, instance::model::Instance, posts::model::Post};

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
    /// Of a report, a decision, a chat or a session, by the kind: its id.
    #[serde(default)]
    pub about: Option<u64>,
    /// Of a chat's message: its number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<u64>,
}

impl Node for Notification {
    const KIND: NodeKind = NodeKind(70);
    const NAME: &'static str = "notifications";
}

/// The name of a notification's cause in [`NOTIFICATION_CAUSES`].
pub fn cause_of(notification: &Notification) -> String {
    let Notification { account, kind, by, post, about, .. } = notification;
    // Of a chat there is one, whoever wrote.
    let by = if *kind == NotificationKind::ChatMessage { account } else { by };
    let post = post.map(|post| post.raw()).or(*about).map(|id| id.to_string()).unwrap_or_default();
    format!("{account}:{kind:?}:{by}:{post}")
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
    /// Followers whose bell is on for an account. Whether it still is, their follow says.
    BellOf = 96, "bells_of": Account => Account, No, inverse Bells, purge Unlink;
    /// Whom an account has the bell on for.
    Bells = 97, "bells": Account => Account, No, inverse BellOf, purge Unlink;
    /// Notifications that go by mail or push and stand in no list: kept for some days.
    Aside = 98, "notifications_aside": Account => Notification, No, purge Members;
    /// What waits to be mailed.
    ToMail = 99, "notifications_to_mail": Account => Notification, No, purge Unlink;
    /// People for whom something waits to be mailed, by when the first of it came.
    MailDue = 280, "mail_due": Instance => Account, No, purge Unlink;
    /// Who takes digests.
    DigestTakers = 281, "digest_takers": Instance => Account, No, purge Unlink;
}
