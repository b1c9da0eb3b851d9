//! How the community does, day by day and month by month: who was here, who joined, what was posted and answered.
//!
//! Nothing that is counted is a write of its own: a [`Tally`] holds it in memory and [`keep`] writes what came together, a commit
//! a day. A process that dies loses what it held, seconds; nothing is counted twice, whoever was here is counted once a day and
//! once a month, and the days on which somebody was here are forgotten two days later ([`sweep`]).

pub mod model;

mod keep;
mod read;
mod tally;

pub use keep::{keep, last_here, sweep};
pub use read::{Cohort, cohorts, days, period};
pub use tally::{Tally, What};

#[cfg(test)]
mod tests;
