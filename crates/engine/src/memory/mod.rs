//! Memory engines: every port in a few lines, for tests and for the embedded defaults that need no disk.

pub mod blobs;
pub mod bus;
pub mod cache;
pub mod held;
mod lookaside;
pub mod mail;
pub mod push;
pub mod queue;
pub mod rings;
pub mod search;
pub mod store;
pub mod web;
