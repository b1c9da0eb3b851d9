//! One person as staff know them: where they are signed in, what staff noted, all that they gave. Lists of people are
//! [`crate::search`]'s, decisions [`crate::moderation`]'s.

pub mod model;

mod access;
pub use access::{Door, doors, end_access, end_all_access};

mod notes;
pub(crate) use notes::forget;
pub use notes::{add_note, delete_note, notes};

mod export;
pub use export::export;

#[cfg(test)]
mod tests;
