//! Relations: follow, request, block, mute, note.

pub mod model;
