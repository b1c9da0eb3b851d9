//! Reactions: like, share, bookmark, pin, and muting a conversation.
//!
//! What a viewer did to a post is one edge with flags, so a page of twenty posts asks twenty questions. Every verb
//! returns the post as the caller sees it after, and doing a thing twice is doing it once.

mod flags;
pub use flags::{
    MAX_PINS, ReactionError, bookmark, like, mute_conversation, pin, unbookmark, unlike,
    unmute_conversation, unpin,
};

mod share;
pub use share::{share, unshare};

mod lists;
pub use lists::{Marked, bookmarks, liked_by, likes, marks_of, shared_by};

#[cfg(test)]
mod tests;
