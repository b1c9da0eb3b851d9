//! Notifications: that somebody did something that concerns a person.
//!
//! Made by a job from each event, once per cause; shown only while the reader may see the person and the post, which is
//! decided at each reading. Of strangers' doing the reader's policy may hold it back: then it is a request.

pub mod model;

mod kinds;
pub use kinds::{Channels, MailManner, Row};

mod wishes;
pub use wishes::{Digest, Wishes, change_wishes, wishes};

mod make;
pub(crate) use make::notify_about;
pub use make::{
    notify_edit, notify_follow, notify_like, notify_post, notify_sign_up, take_back_like,
};

mod chat;
pub use chat::notify_chat;

mod wording;
pub use wording::{Wording, wording};
pub(crate) use wording::{excerpt, path_of, wording_of};

mod deliver;

mod badge;
pub use badge::{Unread, unread};

mod read;
pub use read::{
    Filter, Told, ToldSlice, clear, dismiss, notification, notifications, read_one, unread_count,
};
pub(crate) use read::{marker, tell};

mod policy;
pub use policy::{Policy, Rule, change_policy, policy};

mod requests;
pub(crate) use requests::forget_request;
pub use requests::{Asked, MOST_HELD, accept, dismiss_request, pending, request, requests};

mod group;
pub use group::{GroupKey, NotAGroup};

mod grouped;
pub use grouped::{Group, GroupSlice, dismiss_group, group, group_accounts, groups, unread_groups};

#[cfg(test)]
mod channel_tests;
#[cfg(test)]
mod grouped_tests;
#[cfg(test)]
mod request_tests;
#[cfg(test)]
mod tests;
