//! The contract of `rings`.
