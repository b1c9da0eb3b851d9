//! The graph on the memory store: types, lists, caches that tell the truth, process numbers and the purge.

mod kinds;

mod caches;
mod crowds;
mod lists;
mod nodes;
mod processes;
mod purges;
