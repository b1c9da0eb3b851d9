//! The web outside: reading what strangers linked, without being led anywhere else.
//!
//! Whoever asks gives an address that somebody else chose. An engine reads it as a stranger without credentials would, and
//! reaches nothing that the operator did not open: no private address, whatever name, number or redirect leads there.

use async_trait::async_trait;
use bytes::Bytes;

/// What to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// An `http` or `https` address.
    pub url: String,
    /// Types that are of use, in lower case; one that ends in `/` stands for all that begin with it.
    pub types: Vec<&'static str>,
    /// Most bytes, after decompression.
    pub bytes: usize,
    /// Whether the first so many bytes of something longer are of use.
    pub part_will_do: bool,
}

/// What was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fetched {
    /// Where it was, after redirects.
    pub url: String,
    /// Its type as told, with parameters.
    pub content_type: String,
    /// The bytes.
    pub bytes: Bytes,
}

/// Why nothing was read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WebError {
    /// The address, or one that it led to, may not be reached.
    #[error("not reached: {0}")]
    Refused(String),
    /// There is nothing of use: gone, of another type, too long.
    #[error("nothing of use: {0}")]
    Useless(String),
    /// It did not answer, or not in time.
    #[error("no answer: {0}")]
    Away(String),
}

/// Reads addresses of strangers. Guarantees: `http` and `https` only; no cookies, credentials or referrers; an address is
/// resolved once, and only addresses that were checked are connected to, at each redirect anew; few redirects; bounds of
/// time and of bytes hold for the whole.
#[async_trait]
pub trait Web: Send + Sync + 'static {
    /// Reads one.
    async fn fetch(&self, wanted: Wanted) -> Result<Fetched, WebError>;
}
