//! Posts: publish, edit, delete, read.
//!
//! [`see`] is the one door through which a post reaches anybody: every list, thread, search, notification and stream
//! asks it, with the viewer and the place, at the moment of reading.

pub mod model;

mod ahead;
mod sight;
pub(crate) use sight::see_with_ties;
pub use sight::{Authored, Place, Seen, see, see_one};

mod draft;
pub use draft::{Draft, DraftError, MAX_PICTURES};
pub(crate) use draft::{base_url, is_language, mentions_in};

mod publish;
pub use publish::{PublishError, publish, sweep_keys};
pub(crate) use publish::{list_post, login_of};

mod edit;
pub use edit::{EditError, Edition, edit, history};

mod fold;
pub(crate) use fold::{fold, unfold};

mod delete;
pub(crate) use delete::put_away;
pub use delete::{DeleteError, Deleted, delete, delete_any};

mod remains;
pub use remains::purge_remains;

mod thread;
pub use thread::{Thread, thread};

mod by_author;
pub use by_author::{AuthorFilter, by_author, pinned};

#[cfg(test)]
mod oracle;
#[cfg(test)]
mod tests;
