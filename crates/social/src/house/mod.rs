//! The house: rules, the texts that staff send, and names that nobody may take. Kept by staff; until they first change
//! something, the rules are those of the config.

pub mod model;

mod keep;
pub use keep::{HouseError, edit_handles, edit_rules, edit_text, house};

mod community;
pub use community::{Community, Edit, community, edit_community};

#[cfg(test)]
mod tests;
