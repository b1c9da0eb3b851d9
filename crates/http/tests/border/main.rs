//! The border as clients meet it: requests into the router, answers out of it, over a whole instance in memory.

mod access;
mod accounts;
mod bodies;
mod client;
mod entities;
mod headers;
mod live;
mod media;
mod oauth;
mod sessions;
mod statuses;
