//! Apps: OAuth clients, codes and opaque tokens.

pub mod model;
