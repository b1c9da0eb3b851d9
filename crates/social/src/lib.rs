//! The product: one folder per feature, each a set of verbs over the graph.
//!
//! In reading order: a feature calls the public verbs of those above it and reaches those below it by events
//! (`events.rs`, `subscriptions.rs`). No HTTP, no environment, no wall clock, no randomness but the
//! [`App`](app::App)'s.

pub mod app;
pub mod csv;
pub mod events;
pub mod fault;
pub mod keys;
pub mod kinds;
pub mod secret;

pub mod text;

pub mod instance;

pub mod errors;

pub mod census;

pub mod accounts;

pub mod sessions;

pub mod apps;

pub mod audit;

pub mod staff;

pub mod house;

pub mod gates;

pub mod moderation;

pub mod media;

pub mod tags;

pub mod profiles;

pub mod people;

pub mod announcements;

pub mod desk;

pub mod logs;

pub mod relations;

pub mod cards;

pub mod posts;

pub mod conversations;

pub mod reactions;

pub mod timelines;

pub mod notifications;

pub mod push;

pub mod mails;

pub mod live;

pub mod chats;

pub mod trends;
pub mod turns;

pub mod search;

pub mod insight;

pub mod suggestions;

pub mod subscriptions;

pub mod work;

#[cfg(any(test, feature = "testing"))]
pub mod testing;
