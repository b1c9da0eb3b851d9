//! What happens, as it happens: one hub, two front ends.
//!
//! Features publish nudges on the bus (a topic and an id). One [`Hub`] per process hears them and hands them to the
//! connections that listen; each connection reads the thing again as its own viewer may see it, so nothing that travels
//! on the bus can leak. `streaming` is Mastodon's `/api/v1/streaming`; `sockets` is Socket.IO for our own client. A
//! connection that does not keep up slows nobody: it is closed, or told to read again.

mod figures;
mod hub;
mod presence;
mod session;
mod stream;

pub mod sockets;
mod streaming;

pub use hub::Hub;
pub use streaming::operations;
