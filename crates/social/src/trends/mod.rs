//! Trends: tags, links and posts that many people take part in now, more than they used to.
//!
//! A scheduled job reads what was published and touched since it last ran into one small ledger: never all posts. It
//! counts people, not posts; only open posts of people in good standing who let themselves be found. Lists of what is
//! shown lie in the cache that processes share, and are made of the ledger again where they are lost. What may be seen,
//! and what staff hid, is decided when it is read.

mod crowd;
pub mod model;
mod score;

mod touch;
pub use touch::touch;

mod refresh;
pub use refresh::{Refreshed, refresh};

mod read;
pub use read::{TrendingLink, TrendingTag, history_of, links, posts, renowned, tags};

mod review;
pub use review::{ReviewError, Reviewed, Reviewing, forget_post, review, to_review};

#[cfg(test)]
mod tests;
