//! Profiles: what an account shows of itself, what it prefers, and the topics that a community shares.

mod update;
pub use update::{Changes, Picture, ProfileError, update};

mod interests;
pub use interests::{InterestUse, interests};

#[cfg(test)]
mod tests;
