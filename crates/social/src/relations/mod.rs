//! Relations between two accounts: follow, ask, block, mute, note; and what one of them may know.
//!
//! Every verb is idempotent where people press buttons twice: following somebody one follows changes nothing and
//! is no error. A block ends follows and requests both ways in the same commit.

pub mod model;

mod reach;
pub(crate) use reach::logins_in_reach;

mod follow;
pub use follow::{FollowWishes, RelationError, accept, follow, reject, remove_follower, unfollow};

mod shield;
pub use shield::{block, mute, note, unblock, unmute};

mod listed;
pub use listed::{listed, proposable};

mod view;
pub use view::{
    AccountPage, Relationship, Ties, blocks, familiar_followers, follow_requests, followers,
    following, mutes, relationships, ties, wanted_lists, wanted_ties,
};

#[cfg(test)]
mod tests;
