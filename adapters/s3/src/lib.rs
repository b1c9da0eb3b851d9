//! Blobs in a bucket of S3, or of what speaks like it (MinIO, Ceph, Garage, Cloudflare R2 …).
//!
//! A blob is an object of its key's name and a `!` under the URL's prefix: MinIO lists nothing below a name that is an object
//! itself, and `!` sorts before whatever continues a key. The first writer wins by the server's own condition
//! (`If-None-Match: *`), which opening tries out: a server that ignores it would overwrite, and is refused. What is larger
//! than a part goes up in parts, one in memory at a time, and is there when the last request completes it; an upload that
//! breaks off is aborted, and what a dead process left is for the bucket's lifecycle rule to remove.
//!
//! Every question has a bound in time and in tries; what the server answers late or wrongly is `Unavailable`.

mod bucket;
mod error;
mod open;
mod upload;

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use engine::blobs::{BlobError, BlobStat, BlobStream, Blobs, check_key, check_range};
use futures::{StreamExt, TryStreamExt};
use object_store::{
    GetOptions, GetRange, ObjectStore, ObjectStoreExt,
    list::{PaginatedListOptions, PaginatedListStore},
};
use tokio::io::AsyncRead;

use self::{
    bucket::Bucket,
    error::{asked, away, in_time, is_outside},
};
pub use self::{
    error::OpenError,
    open::{Health, look},
};

/// Keys of one page of a list: what S3 gives at most.
const PAGE: usize = 1_000;

/// Blobs in a bucket. Several processes may open the same one.
pub struct S3Blobs {
    bucket: Arc<Bucket>,
}

#[async_trait]
impl Blobs for S3Blobs {
    async fn put(
        &self,
        key: &str,
        source: &mut (dyn AsyncRead + Send + Unpin),
    ) -> Result<u64, BlobError> {
        check_key(key)?;
        upload::put(&self.bucket, &self.bucket.path(key), source).await
    }

    async fn stat(&self, key: &str) -> Result<BlobStat, BlobError> {
        check_key(key)?;
        self.bucket.stat(&self.bucket.path(key)).await
    }

    async fn read(&self, key: &str, start: u64, end: Option<u64>) -> Result<BlobStream, BlobError> {
        check_key(key)?;
        let path = self.bucket.path(key);
        let range = match end {
            None if start == 0 => None,
            None => Some(GetRange::Offset(start)),
            Some(end) if start < end => Some(GetRange::Bounded(start..end)),
            // S3 has no words for a part without bytes.
            Some(_) => {
                check_range(self.bucket.stat(&path).await?.size, start, end)?;
                return Ok(Box::pin(futures::stream::empty()));
            }
        };
        let options = GetOptions { range, ..GetOptions::default() };
        let got = match asked(self.bucket.s3.get_opts(&path, options)).await? {
            Ok(got) => got,
            // The refusal does not say where the end is.
            Err(error) if is_outside(&error) => {
                check_range(self.bucket.stat(&path).await?.size, start, end)?;
                return Ok(Box::pin(futures::stream::empty()));
            }
            Err(error) => return Err(away(&error)),
        };
        check_range(got.meta.size, start, end)?;
        Ok(got.into_stream().map_err(|error| away(&error)).boxed())
    }

    async fn delete(&self, key: &str) -> Result<(), BlobError> {
        check_key(key)?;
        match in_time(self.bucket.s3.delete(&self.bucket.path(key))).await {
            Err(BlobError::Missing) => Ok(()),
            deleted => deleted,
        }
    }

    async fn list(&self, after: Option<&str>, limit: usize) -> Result<Vec<String>, BlobError> {
        let (prefix, mut keys) = (self.bucket.prefix.as_str(), Vec::new());
        let mut page_token = None;
        while keys.len() < limit {
            let options = PaginatedListOptions {
                offset: after.map(|after| self.bucket.name(after)),
                max_keys: Some((limit - keys.len()).min(PAGE)),
                page_token,
                ..PaginatedListOptions::default()
            };
            let within = (!prefix.is_empty()).then_some(prefix);
            let page = in_time(self.bucket.s3.list_paginated(within, options)).await?;
            let objects = page.result.objects.iter();
            let names = objects.filter_map(|object| self.bucket.key(object.location.as_ref()));
            // What has another form is none of ours.
            keys.extend(names.filter(|name| check_key(name).is_ok()).map(str::to_owned));
            page_token = page.page_token;
            if page_token.is_none() {
                break;
            }
        }
        Ok(keys)
    }

    async fn public_link(
        &self,
        key: &str,
        content_type: &str,
        life: Duration,
    ) -> Result<Option<String>, BlobError> {
        check_key(key)?;
        self.bucket.link(&self.bucket.path(key), content_type, life).await
    }

    fn public_origin(&self) -> Option<&str> {
        self.bucket.links.as_ref().map(|links| links.origin.as_str())
    }
}
