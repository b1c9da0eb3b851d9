//! The memory engine of `bus`.
