//! The memory engine of `cache`.
