//! The memory engine of `search`.
