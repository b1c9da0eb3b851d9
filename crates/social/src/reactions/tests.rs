//! Stories of reactions.
