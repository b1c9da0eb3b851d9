//! Tags.

pub mod model;
