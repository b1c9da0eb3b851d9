//! Blobs in GridFS: MongoDB's own layout for files (the GridFS specification), so that its tools read them.
//!
//! | collection | is | index, and what it serves |
//! | --- | --- | --- |
//! | `media.files` | a document a blob: `filename` (the key), `length`, `chunkSize`, `uploadDate` | unique `filename`: by key, in order, and one winner of two uploads |
//! | `media.chunks` | its bytes in pieces: `files_id`, `n`, `data` | unique `files_id, n`: a range without what is beside it |
//!
//! The chunks are written first and the file's document last: a blob is there whole or not at all. Chunks of an upload that
//! broke off are deleted at once, those of a process that died by the sweep at the next start. The driver's bucket writes the
//! same, but reads no ranges and knows no first writer.

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use async_trait::async_trait;
use bytes::Bytes;
use engine::blobs::{BlobError, BlobStat, BlobStream, Blobs, check_key, check_range};
use futures::{StreamExt, TryStreamExt};
use mongodb::{
    Collection, IndexModel,
    bson::{Binary, Bson, DateTime, Document, doc, oid::ObjectId, spec::BinarySubtype},
    error::Error,
    options::IndexOptions,
};
use tokio::io::{AsyncRead, AsyncReadExt};

use crate::{
    connect::Connection,
    error::{OpenError, is_duplicate, said},
    store::{integer, most},
};

/// Bytes of a chunk: what the specification proposes.
const CHUNK: usize = 255 * 1024;
/// Chunks without a file that are older than this belong to nobody.
const ABANDONED: Duration = Duration::from_secs(24 * 60 * 60);

/// Blobs in the bucket `media` of a database. Several processes may open the same one.
pub struct GridFsBlobs {
    files: Collection<Document>,
    chunks: Arc<Chunks>,
}

struct Chunks(Collection<Document>);

/// Chunks of an upload that is not finished: dropping it deletes them.
struct Unfinished {
    chunks: Arc<Chunks>,
    id: Option<ObjectId>,
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        if let (Some(id), Ok(runtime)) = (self.id, tokio::runtime::Handle::try_current()) {
            let chunks = self.chunks.clone();
            runtime.spawn(async move { chunks.delete(id).await });
        }
    }
}

impl Chunks {
    async fn delete(&self, id: ObjectId) {
        if let Err(error) = self.0.delete_many(doc! { "files_id": id }).await {
            tracing::warn!("chunks of {id} are left for the next sweep: {}", said(&error));
        }
    }
}

fn away(error: Error) -> BlobError {
    /// The codes of a server without room on its disk.
    const FULL: [i32; 2] = [14_031, 12_501];
    match error.kind.as_ref() {
        mongodb::error::ErrorKind::Command(command) if FULL.contains(&command.code) => {
            BlobError::Full
        }
        _ => BlobError::Unavailable(said(&error)),
    }
}

impl GridFsBlobs {
    /// Opens the bucket of the database that the URL names, and sweeps what uploads of dead processes left.
    pub async fn open(url: &str) -> Result<Self, OpenError> {
        Self::on(&Connection::open(url).await?).await
    }

    /// The bucket on a connection that is there already.
    pub async fn on(connection: &Connection) -> Result<Self, OpenError> {
        let database = connection.database();
        let (files, chunks) =
            (database.collection("media.files"), database.collection("media.chunks"));
        let unique = || Some(IndexOptions::builder().unique(true).build());
        let index = |keys| IndexModel::builder().keys(keys).options(unique()).build();
        let made = files.create_index(index(doc! { "filename": 1 })).await;
        made.map_err(|error| OpenError::Migration(said(&error)))?;
        let made = chunks.create_index(index(doc! { "files_id": 1, "n": 1 })).await;
        made.map_err(|error| OpenError::Migration(said(&error)))?;
        let blobs = Self { files, chunks: Arc::new(Chunks(chunks)) };
        blobs.sweep(SystemTime::now() - ABANDONED).await?;
        Ok(blobs)
    }

    /// Deletes chunks that were begun before `until` and have no file; says of how many uploads.
    pub async fn sweep(&self, until: SystemTime) -> Result<u64, OpenError> {
        let first = doc! { "n": 0 };
        let mut begun = self.chunks.0.find(first).projection(doc! { "files_id": 1 }).await?;
        let mut swept = 0;
        while let Some(chunk) = begun.try_next().await? {
            let Ok(id) = chunk.get_object_id("files_id") else { continue };
            let young = id.timestamp().to_system_time() >= until;
            if young || self.files.find_one(doc! { "_id": id }).await?.is_some() {
                continue;
            }
            self.chunks.delete(id).await;
            swept += 1;
        }
        Ok(swept)
    }

    async fn find(&self, key: &str) -> Result<Document, BlobError> {
        check_key(key)?;
        let found = self.files.find_one(doc! { "filename": key }).await.map_err(away)?;
        found.ok_or(BlobError::Missing)
    }

    async fn upload(
        &self,
        id: ObjectId,
        source: &mut (dyn AsyncRead + Send + Unpin),
    ) -> Result<u64, BlobError> {
        let mut length = 0;
        for n in 0_i32.. {
            let mut piece = Vec::with_capacity(CHUNK);
            let read = source.take(CHUNK as u64).read_to_end(&mut piece).await;
            read.map_err(|error| BlobError::Unavailable(error.to_string()))?;
            if piece.is_empty() {
                break;
            }
            length += piece.len() as u64;
            let data = Binary { subtype: BinarySubtype::Generic, bytes: piece };
            let chunk = doc! { "files_id": id, "n": n, "data": data };
            self.chunks.0.insert_one(chunk).await.map_err(away)?;
        }
        Ok(length)
    }
}

#[async_trait]
impl Blobs for GridFsBlobs {
    async fn put(
        &self,
        key: &str,
        source: &mut (dyn AsyncRead + Send + Unpin),
    ) -> Result<u64, BlobError> {
        match self.find(key).await {
            Err(BlobError::Missing) => {}
            found => return Ok(integer(&found?, "length")),
        }
        let id = ObjectId::new();
        let mut unfinished = Unfinished { chunks: self.chunks.clone(), id: Some(id) };
        let length = self.upload(id, source).await?;
        let file = doc! {
            "_id": id, "filename": key, "length": length.cast_signed(), "chunkSize": CHUNK as i32,
            "uploadDate": DateTime::now(),
        };
        match self.files.insert_one(file).await {
            Ok(_) => {
                unfinished.id = None;
                Ok(length)
            }
            // Another upload of the key was faster: its bytes are the bytes.
            Err(error) if is_duplicate(&error) => Ok(integer(&self.find(key).await?, "length")),
            Err(error) => {
                // It may be there all the same: its chunks are left to the sweep, which looks.
                unfinished.id = None;
                Err(away(error))
            }
        }
    }

    async fn stat(&self, key: &str) -> Result<BlobStat, BlobError> {
        let file = self.find(key).await?;
        let put = file.get_datetime("uploadDate").map_or(0, |put| put.timestamp_millis());
        Ok(BlobStat { size: integer(&file, "length"), modified_ms: put.unsigned_abs() })
    }

    async fn read(&self, key: &str, start: u64, end: Option<u64>) -> Result<BlobStream, BlobError> {
        let file = self.find(key).await?;
        let range = check_range(integer(&file, "length"), start, end)?;
        if range.is_empty() {
            return Ok(Box::pin(futures::stream::empty()));
        }
        let size = integer(&file, "chunkSize").max(1);
        let (first, last) = (range.start / size, (range.end - 1) / size);
        let id = file.get("_id").cloned().unwrap_or(Bson::Null);
        let wanted = doc! {
            "files_id": id, "n": { "$gte": first.cast_signed(), "$lte": last.cast_signed() },
        };
        // A few at a time: a blob is never in memory whole.
        let chunks = self.chunks.0.find(wanted).sort(doc! { "n": 1 }).batch_size(8);
        let chunks = chunks.await.map_err(away)?.map(Some).chain(futures::stream::iter([None]));
        let mut next = first;
        let cut = move |chunk: Option<Result<Document, Error>>| {
            let Some(chunk) = chunk else {
                return (next <= last).then(|| Err(gone()));
            };
            Some(chunk.map_err(away).and_then(|chunk| {
                let n = next;
                next += 1;
                let data = chunk.get_binary_generic("data").map_err(|_| gone())?;
                let begin = range.start.saturating_sub(n * size) as usize;
                let stop = (range.end - n * size).min(size) as usize;
                let right = integer(&chunk, "n") == n && data.len() >= stop;
                if right { Ok(Bytes::copy_from_slice(&data[begin..stop])) } else { Err(gone()) }
            }))
        };
        let pieces = chunks.map(cut).filter_map(|piece| async { piece });
        Ok(Box::pin(pieces))
    }

    async fn delete(&self, key: &str) -> Result<(), BlobError> {
        let file = match self.find(key).await {
            Err(BlobError::Missing) => return Ok(()),
            file => file?,
        };
        let id = file.get("_id").cloned().unwrap_or(Bson::Null);
        self.files.delete_one(doc! { "_id": &id }).await.map_err(away)?;
        self.chunks.0.delete_many(doc! { "files_id": id }).await.map_err(away)?;
        Ok(())
    }

    async fn list(&self, after: Option<&str>, limit: usize) -> Result<Vec<String>, BlobError> {
        let Some(limit) = most(limit) else { return Ok(Vec::new()) };
        let later = doc! { "filename": { "$gt": after.unwrap_or("") } };
        let found = self.files.find(later).sort(doc! { "filename": 1 }).limit(limit);
        let found = found.projection(doc! { "filename": 1 }).await.map_err(away)?;
        let keys = found.map_ok(|file| file.get_str("filename").unwrap_or_default().to_owned());
        keys.try_collect().await.map_err(away)
    }
}

/// A chunk is not there, or not whole: it was deleted while it was read.
fn gone() -> BlobError {
    BlobError::Unavailable("the blob was deleted while it was read".to_owned())
}
