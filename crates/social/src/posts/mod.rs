//! Posts: publish, edit, delete, read.

pub mod model;
