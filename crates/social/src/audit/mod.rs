//! The audit log: what staff did, to whom and why, in a chain that shows when it was changed.
//!
//! An entry commits with what it tells, or neither does. It names people by their ids and holds no word of a post.

pub mod model;

mod log;
pub use log::{Damage, Filter, Note, Whole, entries, note, record, verify};

#[cfg(test)]
mod tests;
