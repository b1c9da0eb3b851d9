//! The memory engine of `mail`.
