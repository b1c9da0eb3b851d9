//! A subscription: where to push what.

use std::collections::BTreeSet;

use engine::store::{KeySpace, NodeKind};
use graph::{Id, Node};
use serde::{Deserialize, Serialize};

use crate::{
    accounts::model::Account, apps::model::Token, audit::model::words,
    notifications::model::NotificationKind, sessions::model::Session,
};

/// `session or token -> Subscription`: each has one.
pub const SUBSCRIPTIONS: KeySpace = KeySpace(62);

words! {
    /// Of whose doing is pushed.
    #[derive(Default)]
    From { #[default] All "all", Followed "followed", Follower "follower", Nobody "none" }
}

/// What a subscription belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Holder {
    /// A device of our own client.
    Session(Id<Session>),
    /// A token of an app.
    Token(Id<Token>),
}

impl Holder {
    /// Its name in [`SUBSCRIPTIONS`].
    pub fn name(self) -> String {
        match self {
            Holder::Session(id) => format!("session:{id}"),
            Holder::Token(id) => format!("token:{id}"),
        }
    }
}

/// Where to push what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subscription {
    /// Whose.
    pub account: Id<Account>,
    /// What it ends with.
    pub holder: Holder,
    /// Where to.
    pub endpoint: String,
    /// The receiver's public key, base64url.
    pub key: String,
    /// The secret that the receiver gave, base64url.
    pub auth: String,
    /// Whether the receiver knows the standard, and not only its drafts.
    pub standard: bool,
    /// What is pushed.
    pub alerts: BTreeSet<NotificationKind>,
    /// Of whose doing.
    pub from: From,
}

impl Node for Subscription {
    const KIND: NodeKind = NodeKind(72);
    const NAME: &'static str = "push_subscriptions";
}

graph::edges! {
    /// Subscriptions of an account, newest first.
    Subscriptions = 282, "push_subscriptions_of": Account => Subscription, No, purge Members;
}
