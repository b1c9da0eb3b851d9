//! People whom one may want to know: suggestions with their reasons, and the directory.
//!
//! Nobody is proposed who did not let themselves be found, whom staff limited, froze or suspended, or with whom a block or a
//! mute stands; and no reason tells of a list that its owner hides. Decided when it is read.

pub mod model;

mod suggest;
pub use suggest::{Reason, SuggestError, Suggestion, dismiss, restore, suggestions};

mod directory;
pub use directory::{Order, directory};

#[cfg(test)]
mod tests;
