//! The graph on the memory store: types, lists, caches that tell the truth, process numbers and the purge.

#![expect(clippy::unwrap_used, reason = "what a test sets up must work")]

mod kinds;

mod caches;
mod crowds;
mod lists;
mod nodes;
mod processes;
mod purges;
mod second;
mod writing;
