//! The cache: a second level behind each process's own, shared by all processes, and rate limits.
//! All of it may be lost at any time; then it is made again.

use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;

/// The cache is away: go on without it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the cache is unavailable: {0}")]
pub struct CacheError(pub String);

/// How often something may happen: `burst` at once, refilled evenly over `period` (GCRA, ITU-T I.371).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quota {
    /// At most so many in a period.
    pub burst: u32,
    /// The period.
    pub period: Duration,
}

/// What a limiter said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Whether it may happen.
    pub allowed: bool,
    /// How many more may happen at once now.
    pub remaining: u32,
    /// When the full burst is there again, Unix milliseconds.
    pub reset_ms: u64,
    /// When the next may happen, if this one may not.
    pub retry_after: Duration,
}

/// Values by key that may be lost, counters, and rate limits. Guarantees: a value is never returned after its
/// time to live, nor after it was deleted or replaced; `add` and `limit` are atomic; memory is bounded.
#[async_trait]
pub trait Cache: Send + Sync + 'static {
    /// Values by key, in order.
    async fn get(&self, keys: &[&str], now_ms: u64) -> Result<Vec<Option<Bytes>>, CacheError>;

    /// Sets values, each until `now_ms + ttl`.
    async fn set(
        &self,
        values: Vec<(String, Bytes)>,
        now_ms: u64,
        ttl: Duration,
    ) -> Result<(), CacheError>;

    /// Forgets values.
    async fn delete(&self, keys: &[&str]) -> Result<(), CacheError>;

    /// Adds to a number (0 if absent) and returns it; a new one lives until `now_ms + ttl`.
    async fn add(&self, key: &str, by: i64, now_ms: u64, ttl: Duration) -> Result<i64, CacheError>;

    /// Asks a rate limit for one more, or, with `cost` 0, only what it would say.
    async fn limit(
        &self,
        key: &str,
        quota: Quota,
        cost: u32,
        now_ms: u64,
    ) -> Result<Verdict, CacheError>;
}
