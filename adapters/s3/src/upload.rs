//! Uploads: whole in one request where they are small, in parts where they are not.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use engine::blobs::BlobError;
use object_store::{
    Error, MultipartId, ObjectStore, PutMode, PutPayload,
    multipart::{MultipartStore, PartId},
    path::Path,
};
use tokio::io::{AsyncRead, AsyncReadExt};

use crate::{
    bucket::Bucket,
    error::{away, in_time, in_time_for, too_late},
};

/// Bytes of a part. Every S3 takes 5 MiB and more, and some want all but the last to be equal.
const PART: usize = 8 * 1024 * 1024;
/// How long a part may be under way.
const PATIENCE: Duration = Duration::from_secs(60);
/// How often a key is tried for that another upload holds up and then leaves.
const TRIES: u32 = 4;

/// Stores all bytes of the source, unless something is there; says how many are there.
pub(crate) async fn put(
    bucket: &Arc<Bucket>,
    path: &Path,
    source: &mut (dyn AsyncRead + Send + Unpin),
) -> Result<u64, BlobError> {
    let first = piece(source).await?;
    if first.len() < PART {
        return whole(bucket, path, first).await;
    }
    match bucket.stat(path).await {
        Err(BlobError::Missing) => in_parts(bucket, path, first, source).await,
        there => Ok(there?.size),
    }
}

/// The next part of a source: full, unless it is the last one.
async fn piece(source: &mut (dyn AsyncRead + Send + Unpin)) -> Result<Bytes, BlobError> {
    let mut piece = Vec::new();
    let read = source.take(PART as u64).read_to_end(&mut piece).await;
    read.map_err(|error| BlobError::Unavailable(error.to_string()))?;
    Ok(piece.into())
}

async fn whole(bucket: &Bucket, path: &Path, bytes: Bytes) -> Result<u64, BlobError> {
    let size = bytes.len() as u64;
    for attempt in 1..=TRIES {
        let payload = PutPayload::from_bytes(bytes.clone());
        let put = bucket.s3.put_opts(path, payload, PutMode::Create.into());
        let refused = match tokio::time::timeout(PATIENCE, put).await.map_err(too_late)? {
            Ok(_) => return Ok(size),
            Err(error) => error,
        };
        if !is_there(&refused) {
            return Err(away(&refused));
        }
        match bucket.stat(path).await {
            // Refused for another upload that was under way and left nothing, or for one that was deleted since.
            Err(BlobError::Missing) => {
                tokio::time::sleep(Duration::from_millis(50) * attempt).await
            }
            there => return Ok(there?.size),
        }
    }
    Err(BlobError::Unavailable("another upload of this key is under way".to_owned()))
}

async fn in_parts(
    bucket: &Arc<Bucket>,
    path: &Path,
    first: Bytes,
    source: &mut (dyn AsyncRead + Send + Unpin),
) -> Result<u64, BlobError> {
    let id = in_time(bucket.s3.create_multipart(path)).await?;
    let mut unfinished =
        Unfinished { bucket: bucket.clone(), path: path.clone(), id: Some(id.clone()) };
    let (mut size, mut parts, mut next) = (0, Vec::new(), first);
    while !next.is_empty() {
        size += next.len() as u64;
        let payload = PutPayload::from_bytes(next);
        let part = bucket.s3.put_part(path, &id, parts.len(), payload);
        parts.push(in_time_for(PATIENCE, part).await?);
        next = piece(source).await?;
    }
    match complete(bucket, path, &id, parts).await {
        Ok(()) => {
            unfinished.id = None;
            Ok(size)
        }
        // Another upload was faster, or ours was completed by a request whose answer was lost: what is there counts.
        Err(error) if is_there(&error) || matches!(error, Error::NotFound { .. }) => {
            Ok(bucket.stat(path).await?.size)
        }
        Err(error) => Err(away(&error)),
    }
}

async fn complete(
    bucket: &Bucket,
    path: &Path,
    id: &MultipartId,
    parts: Vec<PartId>,
) -> Result<(), Error> {
    let completed = bucket.first_writer.complete_multipart(path, id, parts);
    match tokio::time::timeout(PATIENCE, completed).await {
        Ok(answer) => answer.map(drop),
        Err(late) => Err(Error::Generic { store: "S3", source: Box::new(late) }),
    }
}

fn is_there(error: &Error) -> bool {
    matches!(error, Error::AlreadyExists { .. } | Error::Precondition { .. })
}

/// Parts that are no blob: dropping it deletes them on the server. Of one that was completed nothing is deleted.
struct Unfinished {
    bucket: Arc<Bucket>,
    path: Path,
    id: Option<MultipartId>,
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        let Some(id) = self.id.take() else { return };
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        let (bucket, path) = (self.bucket.clone(), self.path.clone());
        runtime.spawn(async move {
            match in_time(bucket.s3.abort_multipart(&path, &id)).await {
                Ok(()) | Err(BlobError::Missing) => {}
                Err(error) => tracing::warn!(
                    "parts of an unfinished upload are left for the bucket's lifecycle rule: {error}"
                ),
            }
        });
    }
}
