//! Blobs: immutable bytes by key, streamed both ways, read whole or by range.

use std::{ops::Range, pin::Pin, time::Duration};

use async_trait::async_trait;
use bytes::Bytes;
use futures::Stream;
use tokio::io::AsyncRead;

/// What is known of a blob without reading it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlobStat {
    /// Bytes.
    pub size: u64,
    /// When it was put, Unix milliseconds.
    pub modified_ms: u64,
}

/// A blob's bytes, or a part of them, as they arrive.
pub type BlobStream = Pin<Box<dyn Stream<Item = Result<Bytes, BlobError>> + Send>>;

/// Why a blob could not be read or written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BlobError {
    /// No blob has this key.
    #[error("no such blob")]
    Missing,
    /// The range lies outside the blob.
    #[error("the range lies outside of the blob's {size} bytes")]
    OutOfRange {
        /// The blob's size.
        size: u64,
    },
    /// The key is not of the allowed form.
    #[error("not a blob key: {0}")]
    BadKey(String),
    /// No room is left.
    #[error("no room for blobs is left")]
    Full,
    /// The engine is away. Try again later.
    #[error("blobs are unavailable: {0}")]
    Unavailable(String),
}

/// Immutable bytes. Guarantees, each one a test of [`crate::contract::blobs`]:
/// - A blob is there whole or not at all: an upload that fails or is dropped leaves nothing.
/// - When `put` returns, it is durable. Putting an existing key again leaves the old bytes.
/// - A range of a large blob is read without reading the rest.
/// - A key is `[a-z0-9/._-]`, at most 200 characters, without `..`, `//`, or a leading `/`; all else is `BadKey`.
#[async_trait]
pub trait Blobs: Send + Sync + 'static {
    /// Stores all bytes of the source under the key; says how many the key has now.
    async fn put(
        &self,
        key: &str,
        source: &mut (dyn AsyncRead + Send + Unpin),
    ) -> Result<u64, BlobError>;

    /// Size and time of a blob.
    async fn stat(&self, key: &str) -> Result<BlobStat, BlobError>;

    /// The bytes from `start` to `end` (exclusive; `None` is the end of the blob). Both lie within the blob.
    async fn read(&self, key: &str, start: u64, end: Option<u64>) -> Result<BlobStream, BlobError>;

    /// Removes a blob; a missing one is no error.
    async fn delete(&self, key: &str) -> Result<(), BlobError>;

    /// Keys after the given one, in order.
    async fn list(&self, after: Option<&str>, limit: usize) -> Result<Vec<String>, BlobError>;

    /// A URL at [`Blobs::public_origin`] by which whoever has it may read the blob from the engine itself, whole or by range,
    /// as the given type, until its life ends. `None` where the engine has none, or the operator wants none.
    async fn public_link(
        &self,
        _key: &str,
        _content_type: &str,
        _life: Duration,
    ) -> Result<Option<String>, BlobError> {
        Ok(None)
    }

    /// Where such links lead to (`https://host:port`), if there are any.
    fn public_origin(&self) -> Option<&str> {
        None
    }
}

/// Whether a key is of the allowed form.
pub fn check_key(key: &str) -> Result<(), BlobError> {
    let good = !key.is_empty()
        && key.len() <= 200
        && key.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'/' | b'.' | b'_' | b'-'))
        && key.split('/').all(|part| !part.is_empty() && part != "." && part != "..");
    if good { Ok(()) } else { Err(BlobError::BadKey(key.chars().take(80).collect())) }
}

/// The bytes that a reader asks for, if a blob of this size has them all.
pub fn check_range(size: u64, start: u64, end: Option<u64>) -> Result<Range<u64>, BlobError> {
    let end = end.unwrap_or(size);
    if start <= end && end <= size { Ok(start..end) } else { Err(BlobError::OutOfRange { size }) }
}
