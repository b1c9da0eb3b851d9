//! The web outside, read by `reqwest` behind a guard that decides where a connection may go.
//!
//! An address is parsed once, by the parser that is also used to connect; its host is resolved once, and the connection goes
//! to what was checked, with the name kept for TLS and `Host`. Redirects are followed by hand, each one checked anew.

mod guard;
pub use guard::{Permits, is_public};

mod names;
pub use names::{Names, SystemNames};

mod fetch;
pub use fetch::{GuardedWeb, OpenError};

mod push;
