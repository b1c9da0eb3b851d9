//! The embedded engines that need nothing but a folder, or not even that: `file:` blobs and mail, and under
//! `local:` the cache, the rings and the bus of one process.

mod blobs;
mod folder;
mod mail;

pub use blobs::FileBlobs;
pub use engine::memory::{
    bus::MemoryBus as LocalBus, cache::MemoryCache as LocalCache, rings::MemoryRings as LocalRings,
};
pub use folder::OpenError;
pub use mail::FileMailer;
