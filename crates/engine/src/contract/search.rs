//! The contract of `search`.
