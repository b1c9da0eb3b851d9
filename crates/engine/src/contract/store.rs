//! The contract of `store`.
