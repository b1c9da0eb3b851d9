//! Values in front of a store that several processes share: laid out by whoever read them, taken away by whoever is about
//! to write. Safe whatever is lost, because nothing is put without a lease (Nishtala et al., NSDI 2013).
//!
//! A reader that finds nothing gets a **lease** and may fill the place as long as it still holds it. A writer sets a
//! **mark** before its commit: the value and every lease of the place are gone, and nobody gets a new one until all
//! writers have settled, or their marks have ended. So what lies there was read after the last write.

use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;

use crate::cache::{Cache, CacheError, Quota, Verdict};

/// How many tellings the journal remembers.
pub const JOURNAL: usize = 4_096;

/// What lies at a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Look {
    /// A value with the asker's stamp.
    Value(Bytes),
    /// Nothing: the asker may fill it.
    Lease,
    /// Nothing for the asker: somebody writes it, or is about to fill it.
    Busy,
}

/// One question of a rate limit. See [`Cache::limit`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ask {
    /// The limit.
    pub key: String,
    /// How often.
    pub quota: Quota,
    /// How much this costs.
    pub cost: u32,
}

/// What writers told since a place in the journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct News {
    /// Where the journal ends now.
    pub end: u64,
    /// In order; `None`: some of it is not known any more.
    pub told: Option<Vec<Bytes>>,
}

/// Who asks: which life of the engine, and what values must be stamped with.
#[derive(Clone, Copy, Debug)]
pub struct Reader<'a> {
    /// The answer of [`Lookaside::life`]; another one is an error.
    pub life: &'a str,
    /// Words without spaces; values with another one do not count.
    pub stamp: &'a str,
    /// The name of what this reader may fill: a number that nobody else has.
    pub lease: u64,
}

/// Values in front of a store, and a journal of what was written. Guarantees, each one a test of
/// [`crate::contract::lookaside`]:
/// - A value is returned only to who asks in the life it was put in, with its stamp, before its time is over.
/// - After `mark` has answered, no value or lease from before is worth anything; and no new one is given until every mark
///   is settled or has ended.
/// - `settle` says whether the marks stood all the time: if not, somebody may have filled meanwhile.
/// - What `settle` told is in the journal when it answers; the journal has a bound, and says when it forgot.
/// - Every key is asked for by itself: one call is one round trip, however many keys.
#[async_trait]
pub trait Lookaside: Cache {
    /// The engine's life: another one after a restart, on another server, under another prefix. Fails where the engine takes
    /// no writes.
    async fn life(&self) -> Result<String, CacheError>;

    /// What lies at these places; one answer per key, in order.
    async fn look(&self, reader: Reader<'_>, keys: &[&str]) -> Result<Vec<Look>, CacheError>;

    /// Fills places whose lease the reader still holds; the others stay as they are.
    async fn fill(
        &self,
        reader: Reader<'_>,
        values: Vec<(String, Bytes)>,
        ttl: Duration,
    ) -> Result<(), CacheError>;

    /// Begins to write: says so at these places, for at most `ttl`.
    async fn mark(
        &self,
        life: &str,
        keys: &[String],
        mark: u64,
        ttl: Duration,
    ) -> Result<(), CacheError>;

    /// Ends to write, and tells of it (unless there is nothing to tell). Whether all its marks were still there.
    async fn settle(&self, keys: &[String], mark: u64, tell: Bytes) -> Result<bool, CacheError>;

    /// What every request asks first, in one round trip: its rate limits, and what was written since `after`. Of the first
    /// question (0) the answer is where the journal ends.
    async fn admit(
        &self,
        asks: &[Ask],
        now_ms: u64,
        after: u64,
    ) -> Result<(Vec<Verdict>, News), CacheError>;
}
