//! Socket.IO at `/socket.io/`: the front end for our own client.
//!
//! A socket proves itself by a token in its handshake, never by a cookie, and an Origin that is not ours is refused. Each
//! socket has one task, which reads nudges and follows commands in order; every event of a client is acknowledged. The
//! events stand in `docs/develop/events.md`.

mod door;
pub use door::mount;

mod command;
mod lines;
mod task;

mod chats;
mod feeds;
mod people;
mod resume;
mod verbs;
