//! The memory engine of `store`.
