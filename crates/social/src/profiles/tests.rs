//! Stories of profiles.
