//! What can go wrong, in words for whoever can mend it.

use std::{error::Error as _, future::Future, time::Duration};

use engine::blobs::BlobError;
use object_store::Error;

/// How long a question may take, its repetitions included.
const PATIENCE: Duration = Duration::from_secs(12);

/// Why a bucket did not open. No message holds a secret.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The URL makes no sense.
    #[error(
        "{0}; one looks like s3://KEY:SECRET@bucket/prefix?endpoint=https://host&region=us-east-1 (a / in the secret is \
         written %2F, a + is written %2B)"
    )]
    Url(String),
    /// No bucket of this name.
    #[error("there is no bucket {bucket} at {host}: make it first, or name another one")]
    NoBucket {
        /// Its name.
        bucket: String,
        /// Where.
        host: String,
    },
    /// An access key that nobody knows.
    #[error("{host} does not know this access key")]
    Key {
        /// Who says so.
        host: String,
    },
    /// A wrong secret.
    #[error(
        "the secret does not belong to the access key (a / in it is written %2F, a + is written %2B)"
    )]
    Secret,
    /// Nowhere are keys.
    #[error(
        "no keys were found: write them into the URL, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY ({0})"
    )]
    NoKeys(String),
    /// It is ours, and may not do this.
    #[error(
        "the access key may not use the bucket {bucket}: it needs s3:ListBucket, s3:GetObject, s3:PutObject, \
         s3:DeleteObject and s3:AbortMultipartUpload"
    )]
    Forbidden {
        /// Its name.
        bucket: String,
    },
    /// Two clocks differ.
    #[error("this machine's clock and that of {host} differ by minutes: set the clock (NTP)")]
    Clock {
        /// Whose.
        host: String,
    },
    /// Another region.
    #[error("the bucket is in another region: name it, ?region=… ({0})")]
    Region(String),
    /// Nobody answers.
    #[error("S3 does not answer: {0}")]
    Away(String),
    /// Somebody else answers.
    #[error("{host} is no S3: {said}")]
    Strange {
        /// Who.
        host: String,
        /// What it said.
        said: String,
    },
    /// No conditions.
    #[error(
        "this S3 ignores If-None-Match, so one upload would overwrite another: use one that has conditional writes (AWS, \
         MinIO, Ceph, R2 …)"
    )]
    Overwrites,
}

/// An answer in time, or the reason why there is none.
pub(crate) async fn in_time<T>(
    asked: impl Future<Output = Result<T, Error>>,
) -> Result<T, BlobError> {
    in_time_for(PATIENCE, asked).await
}

/// The same, with another patience.
pub(crate) async fn in_time_for<T>(
    patience: Duration,
    asked: impl Future<Output = Result<T, Error>>,
) -> Result<T, BlobError> {
    tokio::time::timeout(patience, asked).await.map_err(too_late)?.map_err(|error| away(&error))
}

/// The same, for who looks at the refusal himself.
pub(crate) async fn asked<T>(
    asked: impl Future<Output = Result<T, Error>>,
) -> Result<Result<T, Error>, BlobError> {
    tokio::time::timeout(PATIENCE, asked).await.map_err(too_late)
}

pub(crate) fn too_late(_: tokio::time::error::Elapsed) -> BlobError {
    BlobError::Unavailable("S3 takes too long".to_owned())
}

/// Whether nothing of what was asked for lies within the object.
pub(crate) fn is_outside(error: &Error) -> bool {
    let words = error.to_string();
    code(&words) == Some("InvalidRange") || words.contains("416 Range Not Satisfiable")
}

/// Why a bucket that was open does not do it.
pub(crate) fn away(error: &Error) -> BlobError {
    let words = error.to_string();
    match code(&words) {
        Some(
            "XMinioStorageFull"
            | "XMinioAdminBucketQuotaExceeded"
            | "QuotaExceeded"
            | "InsufficientCapacity",
        ) => BlobError::Full,
        None if words.contains("507 Insufficient Storage") => BlobError::Full,
        Some("NoSuchBucket") => BlobError::Unavailable("the bucket is gone".to_owned()),
        _ if matches!(error, Error::NotFound { .. }) => BlobError::Missing,
        _ => BlobError::Unavailable(said(error)),
    }
}

/// The server's own code of an error, from the XML that it comes in.
pub(crate) fn code(words: &str) -> Option<&str> {
    within(words, "<Code>", "</Code>")
}

/// What was said, on one short line: the server's words, or those of the last cause.
pub(crate) fn said(error: &Error) -> String {
    let words = error.to_string();
    if let (Some(code), Some(message)) = (code(&words), within(&words, "<Message>", "</Message>")) {
        return format!("{} ({code})", short(message));
    }
    let mut cause = error.source();
    let mut last = words;
    while let Some(error) = cause {
        last = error.to_string();
        cause = error.source();
    }
    short(&last)
}

fn within<'a>(words: &'a str, from: &str, to: &str) -> Option<&'a str> {
    let (_, rest) = words.split_once(from)?;
    Some(rest.split_once(to)?.0)
}

/// On one line, and not the whole page of whoever else answered.
fn short(words: &str) -> String {
    let line: Vec<_> = words.split_whitespace().collect();
    let line = line.join(" ");
    let mut short: String = line.chars().take(200).collect();
    if short.len() < line.len() {
        short.push('…');
    }
    short
}
