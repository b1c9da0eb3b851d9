//! Nodes and edges of sessions: a signed-in device of the web client, with its family of refresh tokens.

use engine::store::NodeKind;
use graph::{Id, Node};
use serde::{Deserialize, Serialize};

use crate::accounts::model::Account;

/// A signed-in device. Refresh tokens rotate (RFC 9700, 4.14): each use makes the next; a used one that
/// comes again after the grace ends the whole session.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Session {
    /// Whose.
    pub account: Id<Account>,
    /// What people call the device: from the user agent.
    pub name: String,
    /// Unix milliseconds.
    pub created_ms: u64,
    /// Unix milliseconds, to the minute.
    pub last_used_ms: u64,
    /// Sliding end, Unix milliseconds.
    pub expires_ms: u64,
    /// Random, part of what its refresh tokens are derived from.
    pub nonce: String,
    /// Which refresh token is the newest: tokens are derived from it, so nothing secret is stored.
    pub generation: u64,
    /// When the one before was used, Unix milliseconds.
    pub rotated_ms: u64,
    /// The login's epoch at sign-in.
    pub epoch: u64,
}

impl Node for Session {
    const KIND: NodeKind = NodeKind(20);
    const NAME: &'static str = "sessions";
}

graph::edges! {
    /// Sessions of an account, newest first.
    Sessions = 20, "sessions_of": Account => Session, No, purge Members;
    /// All sessions, those first that were looked at longest ago.
    OpenSessions = 21, "all_sessions": crate::instance::model::Instance => Session, No, purge Unlink;
}
