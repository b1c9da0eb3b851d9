//! Media: upload, process, serve, sweep.

pub mod model;
pub mod pipeline;
