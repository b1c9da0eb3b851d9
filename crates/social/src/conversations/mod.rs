//! Conversations: direct posts, gathered by the exchange they belong to.
//!
//! An exchange begins with a direct post that answers no direct post. Everybody who writes in it or is named in it has a
//! conversation of their own, which they read and put away by themselves. What may be seen is asked when it is read, as in
//! every list: a conversation shows the newest of its posts that its owner may and wants to see, and is none without one.

pub mod model;

mod gather;
pub use gather::{gather, gather_for};

mod read;
pub(crate) use read::forget;
pub use read::{Talk, conversation, conversations, mark, put_away};

#[cfg(test)]
mod tests;
