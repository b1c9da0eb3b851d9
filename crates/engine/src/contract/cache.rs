//! The contract of `cache`.
