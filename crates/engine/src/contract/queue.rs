//! The contract of `queue`.
