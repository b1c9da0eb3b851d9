//! Chats: two people or a group, told apart from posts by this: who is no member now reads nothing.
//!
//! The messages of a chat are numbered in the commit that adds them, 1, 2, 3 …: one order, the same for everybody and for
//! every process. Sending under the same client's id again is the first message. A stranger's first message waits as a
//! request; who may send one is the receiver's own setting. A block ends a chat of two both ways, and in a group each of
//! the two sees that the other wrote and not what.

pub mod model;

mod error;
pub use error::ChatError;

mod seat;
pub use seat::{Seat, seat};

mod open;
pub use open::{MOST_INVITED, MOST_MEMBERS, invite, open_direct, open_group};

mod strangers;

mod requests;
pub use requests::{accept, block, ignore, requests};

mod members;
pub use members::{
    GroupEdit, Member, Role, edit_group, leave, members, mute, remove, rename, set_role,
};

mod send;
pub use send::{NewMessage, send};

mod links;

mod files;
pub use files::{MOST_MEDIA, knows, may_read};

mod heard;
pub(crate) use heard::{is_unread, listeners};

mod change;
pub use change::{delete_message, edit_message, react, unreact};
pub(crate) use change::{put_away, was_put_away};

mod tell;
pub use tell::tell_typing;

mod receipts;
pub use receipts::{Receipt, exchange_receipts, exchange_typing, mark_delivered, receipts};

mod missed;
pub use missed::{Missed, fresh_since, missed};

mod unread;
pub use unread::{Badges, badges};

mod read;
pub use read::{Listed, MOST_SHOWN, Place, Shown, chats, history, listed, mark_read, message};

mod search;
pub use search::{Hits, MOST_SEARCHED, search};

mod evidence;
pub(crate) use evidence::{copies, was_in};

mod remains;
pub(crate) use remains::forget;
pub use remains::purge;

#[cfg(test)]
mod oracle;
#[cfg(test)]
mod tests;
