//! The contract of `mail`.
