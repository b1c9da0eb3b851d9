//! The memory engine of `blobs`.
