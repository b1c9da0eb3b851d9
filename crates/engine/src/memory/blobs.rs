//! The memory engine of blobs: a sorted map of shared bytes. The reference of what blobs do.

use std::{
    collections::BTreeMap,
    ops::Bound,
    time::{SystemTime, UNIX_EPOCH},
};

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use futures::stream;
use parking_lot::Mutex;
use tokio::io::{AsyncRead, AsyncReadExt};

use crate::blobs::{BlobError, BlobStat, BlobStream, Blobs, check_key, check_range};

/// Bytes of one piece of a stream.
const PIECE: usize = 64 * 1024;

/// Blobs that live as long as their process.
#[derive(Default)]
pub struct MemoryBlobs {
    blobs: Mutex<BTreeMap<String, Held>>,
}

struct Held {
    bytes: Bytes,
    modified_ms: u64,
}

impl MemoryBlobs {
    /// No blobs.
    pub fn new() -> Self {
        Self::default()
    }
}

#[async_trait]
impl Blobs for MemoryBlobs {
    async fn put(
        &self,
        key: &str,
        source: &mut (dyn AsyncRead + Send + Unpin),
    ) -> Result<u64, BlobError> {
        check_key(key)?;
        let mut bytes = BytesMut::new();
        loop {
            let read = source.read_buf(&mut bytes).await;
            if read.map_err(|error| BlobError::Unavailable(error.to_string()))? == 0 {
                break;
            }
        }
        let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let modified_ms = u64::try_from(since_1970.as_millis()).unwrap_or(u64::MAX);
        let mut blobs = self.blobs.lock();
        let held = blobs
            .entry(key.to_owned())
            .or_insert_with(|| Held { bytes: bytes.freeze(), modified_ms });
        Ok(held.bytes.len() as u64)
    }

    async fn stat(&self, key: &str) -> Result<BlobStat, BlobError> {
        check_key(key)?;
        let blobs = self.blobs.lock();
        let held = blobs.get(key).ok_or(BlobError::Missing)?;
        Ok(BlobStat { size: held.bytes.len() as u64, modified_ms: held.modified_ms })
    }

    async fn read(&self, key: &str, start: u64, end: Option<u64>) -> Result<BlobStream, BlobError> {
        check_key(key)?;
        let bytes = self.blobs.lock().get(key).ok_or(BlobError::Missing)?.bytes.clone();
        let range = check_range(bytes.len() as u64, start, end)?;
        let mut rest = bytes.slice(range.start as usize..range.end as usize);
        let pieces = std::iter::from_fn(move || {
            let piece = rest.split_to(rest.len().min(PIECE));
            (!piece.is_empty()).then_some(Ok(piece))
        });
        Ok(Box::pin(stream::iter(pieces)))
    }

    async fn delete(&self, key: &str) -> Result<(), BlobError> {
        check_key(key)?;
        self.blobs.lock().remove(key);
        Ok(())
    }

    async fn list(&self, after: Option<&str>, limit: usize) -> Result<Vec<String>, BlobError> {
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        let blobs = self.blobs.lock();
        let keys = blobs.range::<str, _>((from, Bound::Unbounded)).take(limit);
        Ok(keys.map(|(key, _)| key.clone()).collect())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::MemoryBlobs;

    async fn open() -> (Arc<MemoryBlobs>, ()) {
        (Arc::new(MemoryBlobs::new()), ())
    }

    crate::blobs_contract!(open);
}
