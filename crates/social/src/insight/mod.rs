//! Insight for creators: how often posts are seen and by how many people, counted honestly and told to their authors alone.
//!
//! A client tells what somebody looked at ([`look`]); a [`Tally`] merges it by hour in memory, and [`flush`] adds what it
//! holds to the nodes of posts and days, many in one commit: an impression is no write of its own, and a process that is
//! killed loses what it had not written yet and counts nothing twice. [`nightly`] makes days of hours.
//!
//! There is no row for a person. Up to 256 people of a post are hashes under the post's own key and a secret of the person
//! that lies in their login; beyond, a sketch of which nobody is a part. **Purge:** the login goes with the person and the
//! secret with it, so that no hash can ever be made again or told to be theirs; a post takes its insight along, an account its
//! days. What remains of who is gone is that one more person once looked.

pub mod model;

mod counts;
pub use counts::{Counts, Split};

mod reach;
pub use reach::Reach;

mod tally;
pub use tally::{TIMES_AN_HOUR, Tally};

mod look;
pub use look::{Looks, MOST_LOOKS, look, new_reader_secret};

mod flush;
pub use flush::flush;

mod reactions;
pub use reactions::{LOOKED_AT, Reacted, Reactions};

mod post;
pub use post::{Point, PostReport, Step, post_report};

mod account;
pub use account::{AccountReport, BestPost, Day, Span, Sums, account_report, best_posts};

mod csv;
pub use csv::{days_csv, posts_csv};

mod nightly;
pub use nightly::{Night, nightly};
pub(crate) use nightly::{forget_day, forget_post};

mod weekly;
pub use weekly::{summary_mail, want_summary, wants_summary, weekly};

#[cfg(test)]
mod tests;
