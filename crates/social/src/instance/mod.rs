//! The community itself.

pub mod model;

mod everybody;
pub(crate) use everybody::Everybody;
