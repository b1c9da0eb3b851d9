//! The memory engine of `rings`.
