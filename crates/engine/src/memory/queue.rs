//! The memory engine of `queue`.
