//! Stories of sessions.
