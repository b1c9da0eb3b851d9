//! Stories of timelines.
