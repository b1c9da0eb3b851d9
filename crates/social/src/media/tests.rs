//! Stories of media.
