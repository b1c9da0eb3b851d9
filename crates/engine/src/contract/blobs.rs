//! The contract of `blobs`.
