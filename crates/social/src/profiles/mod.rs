//! Profiles: what an account shows of itself, what it prefers, and the topics that a community shares.

mod update;
pub use update::{
    Changes, MAX_BIO, MAX_FIELD, MAX_FIELDS, MAX_NAME, Picture, ProfileError, update,
};

mod interests;
pub(crate) use interests::key as fold;
pub use interests::{InterestUse, interests};

#[cfg(test)]
mod tests;
