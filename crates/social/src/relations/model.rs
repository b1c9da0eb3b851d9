//! Edges between accounts.

use serde::{Deserialize, Serialize};

use crate::accounts::model::Account;

/// Flags of [`Follows`].
pub mod follow_flags {
    /// Shares of the followed are not wanted.
    pub const NO_SHARES: u32 = 1;
    /// A notification for each new post is wanted.
    pub const NOTIFY: u32 = 2;
}

/// Data of [`Mutes`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mute {
    /// Notifications are muted, too.
    pub notifications: bool,
    /// Until when, Unix milliseconds; none is for good.
    pub until_ms: Option<u64>,
}

graph::edges! {
    /// Whom an account follows.
    Follows = 80, "follows": Account => Account, Yes, inverse Followers, purge Unlink;
    /// Who follows an account.
    Followers = 81, "followers": Account => Account, Yes, inverse Follows, purge Unlink;
    /// Whom an account asked to follow.
    AskedToFollow = 82, "asked_to_follow": Account => Account, No, inverse FollowRequests, purge Unlink;
    /// Who asked to follow an account.
    FollowRequests = 83, "follow_requests": Account => Account, Yes, inverse AskedToFollow, purge Unlink;
    /// Whom an account blocks.
    Blocks = 84, "blocks": Account => Account, No, inverse BlockedBy, purge Unlink;
    /// Who blocks an account.
    BlockedBy = 85, "blocked_by": Account => Account, No, inverse Blocks, purge Unlink;
    /// Whom an account mutes; the edge's data is a [`Mute`].
    Mutes = 86, "mutes": Account => Account, No, inverse MutedBy, purge Unlink;
    /// Who mutes an account; shown to nobody.
    MutedBy = 87, "muted_by": Account => Account, No, inverse Mutes, purge Unlink;
    /// Private notes about others; the edge's data is the text.
    Notes = 88, "notes": Account => Account, No, inverse NotedBy, purge Unlink;
    /// Who wrote a note about an account; shown to nobody.
    NotedBy = 89, "noted_by": Account => Account, No, inverse Notes, purge Unlink;
}
