//! The border as clients meet it: requests into the router, answers out of it, over a whole instance in memory.

#![expect(clippy::unwrap_used, reason = "in a test a panic is the report")]

mod access;
mod attacks;
mod bodies;
mod chat_files;
mod chats;
mod client;
mod client_errors;
mod conformance;
mod conversations;
mod document;
mod entities;
mod explore;
mod headers;
mod injection;
mod insights;
mod live;
mod media;
mod moderation;
mod notifications;
mod oauth;
mod panel;
mod reach;
mod read_only;
mod sessions;
mod sockets;
mod statuses;
