//! Mails that tell of what happened here: notifications in batches, the digest, and how to get no more of them.
//!
//! They go to confirmed addresses of people who are here and may read them; an address that refused mail for good gets
//! none. What a mail tells is what its reader may see when it is made.

mod face;
pub(crate) use face::Face;

mod letter;
pub(crate) use letter::{Item, Letter};

mod batch;
pub use batch::{WINDOW, due};
pub(crate) use batch::{batch_mail, batched, single_mail, wait_on};

mod digest;
pub(crate) use digest::digest_mail;
pub use digest::digests;

mod unsubscribe;
pub(crate) use unsubscribe::link_of;
pub use unsubscribe::{LinkError, Topic, open_link, unsubscribe};

mod bounce;
pub(crate) use bounce::{bounced, bounces};

#[cfg(test)]
mod tests;
