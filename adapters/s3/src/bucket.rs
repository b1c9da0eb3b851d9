//! What is shared by all verbs: the clients of one bucket.

use std::time::Duration;

use engine::blobs::{BlobError, BlobStat};
use object_store::{
    ObjectStoreExt,
    aws::AmazonS3,
    path::Path,
    signer::{Method, SignedUrlOptions, Signer},
};

use crate::error::in_time;

/// Behind each key in the name of its object.
const END: char = '!';

/// A bucket, or what is under a prefix of it.
pub(crate) struct Bucket {
    pub(crate) s3: AmazonS3,
    /// The same, and every request has the condition that nothing may be there. The library completes an upload in parts
    /// without it.
    pub(crate) first_writer: AmazonS3,
    /// Empty, or with a slash at its end.
    pub(crate) prefix: String,
    /// Where people may read by links, if the operator wants it.
    pub(crate) links: Option<Links>,
}

/// The same bucket, at the address that people's browsers reach.
pub(crate) struct Links {
    pub(crate) s3: AmazonS3,
    pub(crate) origin: String,
}

impl Bucket {
    /// The object of a key that was checked.
    pub(crate) fn path(&self, key: &str) -> Path {
        Path::from(self.name(key))
    }

    pub(crate) fn name(&self, key: &str) -> String {
        format!("{}{key}{END}", self.prefix)
    }

    /// The key of an object, if it is one of ours.
    pub(crate) fn key<'a>(&self, name: &'a str) -> Option<&'a str> {
        name.strip_prefix(&self.prefix)?.strip_suffix(END)
    }

    pub(crate) async fn stat(&self, path: &Path) -> Result<BlobStat, BlobError> {
        let object = in_time(self.s3.head(path)).await?;
        let modified_ms = object.last_modified.timestamp_millis().unsigned_abs();
        Ok(BlobStat { size: object.size, modified_ms })
    }

    /// A link that whoever has it may read by, for some time, as the type that is said here and nothing else.
    pub(crate) async fn link(
        &self,
        path: &Path,
        content_type: &str,
        life: Duration,
    ) -> Result<Option<String>, BlobError> {
        let Some(links) = &self.links else { return Ok(None) };
        let caching = format!("private, max-age={}", life.as_secs());
        let answer = SignedUrlOptions::default().with_query([
            ("response-cache-control", caching.as_str()),
            ("response-content-disposition", "inline"),
            ("response-content-type", content_type),
        ]);
        let signed = links.s3.signed_url_opts(Method::GET, path, life, &answer);
        Ok(Some(in_time(signed).await?.into()))
    }
}
