//! What staff tell everybody: drafts, what is published, who has read it, and how people react.

pub mod model;

mod write;
pub use write::{AnnouncementError, Draft, create, delete, edit, publish, withdraw};

mod read;
pub use read::{Shown, all, shown, shown_one};

mod react;
pub(crate) use react::is_emoji;
pub use react::{dismiss, react, unreact};

#[cfg(test)]
mod tests;
