//! Nodes and edges of sessions: a signed-in device of the web client, with its family of refresh tokens.

use engine::store::{KeySpace, NodeKind};
use graph::{Id, Node};
use serde::{Deserialize, Serialize};

use crate::accounts::model::Account;

/// `SHA-256 of a refresh token -> Session`; used ones stay until the session ends, so that reuse is noticed.
pub const REFRESH_TOKENS: KeySpace = KeySpace(10);

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
    /// SHA-256 (hex) of the newest refresh token.
    pub current: String,
    /// SHA-256 (hex) of the one before, and when it was used: within the grace it returns the same successor.
    pub previous: Option<(String, u64)>,
    /// Generation of the newest token: successors are derived, so that the grace can return the same one.
    pub generation: u64,
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
}
