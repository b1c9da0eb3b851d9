//! Stories of relations.
