//! The contract of `bus`.
