//! Timelines: home, public and tag; and the slices of posts that every list of posts is answered in.
//!
//! Home is derived, not stored: a ring of ids in memory, built on first read by merging the lists of the followed,
//! then kept current by push. What a post may be seen by is decided when the page is read.

mod slice;
pub use slice::Slice;

mod home;
pub use home::{belongs_home, home};

mod build;

mod push;
pub use push::HOMES;
pub use push::{forget, push, show_author, take_back};
pub(crate) use push::{nudge, send};

mod open;
pub use open::{public, tagged};

mod markers;
pub use markers::{MarkerError, markers, set_marker};

#[cfg(test)]
mod tests;
