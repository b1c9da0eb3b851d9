//! The community itself.

pub mod model;
