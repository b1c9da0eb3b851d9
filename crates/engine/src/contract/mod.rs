//! Contract suites: what every engine of a port must do, as named tests.
//!
//! An adapter runs a suite in two lines: `engine::store_contract!(open)` where `open` is an async function that
//! gives a fresh, empty engine (and what keeps its folder alive).

pub mod blobs;
pub mod bus;
pub mod cache;
pub mod lookaside;
pub mod mail;
pub mod queue;
pub mod rings;
pub mod search;
pub mod store;
