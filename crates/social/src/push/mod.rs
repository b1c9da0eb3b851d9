//! Web push: what a browser or an app asked to be told of, encrypted for it alone (RFC 8030, 8291, 8292), through Mastodon's
//! `push/subscription`. One subscription belongs to one session or token and ends with it.

pub mod model;

mod vapid;
pub use vapid::Vapid;

mod subscribe;
pub use subscribe::{
    NewSubscription, SubscribeError, change, forget, subscribe, subscription, unsubscribe,
};

mod send;
pub(crate) use send::{address, send};

#[cfg(test)]
mod tests;
