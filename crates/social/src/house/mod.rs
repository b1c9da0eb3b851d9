//! The house: rules, the texts that staff send, and names that nobody may take. Kept by staff; until they first change
//! something, the rules are those of the config.

pub mod model;

mod keep;
pub use keep::{HouseError, edit_handles, edit_rules, edit_text, house};

#[cfg(test)]
mod tests;
