//! Push: a few bytes to an address that somebody's browser or app gave, encrypted for it alone (RFC 8030, 8291, 8292).

use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;

/// Most bytes of content: with what encryption adds, every push service takes it.
pub const MOST_BYTES: usize = 3_900;

/// What is pushed where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parcel {
    /// An `http` or `https` address.
    pub endpoint: String,
    /// The receiver's public key: an uncompressed point of P-256.
    pub key: Vec<u8>,
    /// The secret that the receiver gave, 16 bytes.
    pub auth: Vec<u8>,
    /// In clear; at most [`MOST_BYTES`].
    pub content: Bytes,
    /// For how long it is of use.
    pub life: Duration,
    /// Whether a sleeping device is to be woken for it.
    pub urgent: bool,
    /// The sender's private key of P-256, by which the push service knows it.
    pub sender: [u8; 32],
    /// Whom the push service may write to: `mailto:` or `https:`.
    pub contact: String,
}

/// Why it was not pushed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PushError {
    /// The push service does not know the address any more.
    #[error("the endpoint is gone: {0}")]
    Gone(String),
    /// The address may not be reached, or this will never do.
    #[error("not pushed: {0}")]
    Refused(String),
    /// Nobody answered, or not now.
    #[error("the push service is away: {0}")]
    Away(String),
}

/// Pushes to addresses of strangers. Guarantees: `http` and `https` only, to addresses that were checked before they are
/// connected to; no redirect is followed; nobody but the receiver can read the content.
#[async_trait]
pub trait Push: Send + Sync + 'static {
    /// Pushes one.
    async fn send(&self, parcel: Parcel) -> Result<(), PushError>;
}
