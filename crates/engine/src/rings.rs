//! Rings: bounded timelines of ids, newest first, one per owner, pushed to in batches.
//!
//! A ring is a cache: it may be lost, and is then built again. While it is built, pushes are kept and
//! applied after, so that nothing falls between. Entries are inserted by id, whatever order they come in.

use async_trait::async_trait;

/// The most entries a ring holds.
pub const RING_CAPACITY: usize = 400;

/// One entry of a ring.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Entry {
    /// Its id: place and cursor.
    pub id: u64,
    /// What it shows, if that is another thing (a share shows a post); else the id again. An entry that shows
    /// what a newer entry of the ring shows is left out.
    pub shows: u64,
}

/// A page of a ring.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RingPage {
    /// Newest first.
    pub entries: Vec<Entry>,
    /// The smallest id that the ring is sure to know all newer ones of (0: it knows all there is).
    /// Below it, ask the lists.
    pub floor: u64,
}

/// The right to finish a build; a newer build of the same ring takes it away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BuildTicket(pub u64);

/// The rings are away: merge from the lists instead.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("rings are unavailable: {0}")]
pub struct RingError(pub String);

/// Bounded timelines. Guarantees, each one a test of [`crate::contract::rings`]: a push to a ring that nobody
/// built is dropped; a push during a build is in the ring after it; an id is there once; the ring keeps
/// the newest [`RING_CAPACITY`] and raises its floor when it lets older ones go.
#[async_trait]
pub trait Rings: Send + Sync + 'static {
    /// Inserts an entry into each of these rings that exists or is being built.
    async fn push(&self, rings: &[u64], entry: Entry) -> Result<(), RingError>;

    /// Up to `limit` entries below / above the bounds (exclusive), newest first; with `above` and no
    /// `below`, those nearest above it when `nearest` is true. `None`: the ring is not built.
    async fn read(
        &self,
        ring: u64,
        below: Option<u64>,
        above: Option<u64>,
        nearest: bool,
        limit: usize,
    ) -> Result<Option<RingPage>, RingError>;

    /// Starts a build; pushes from now on are kept for it.
    async fn begin(&self, ring: u64) -> Result<BuildTicket, RingError>;

    /// Ends a build with what the lists said, newest first; `floor` as in [`RingPage`]. Answers `false`
    /// when a newer build or a drop took the ticket.
    async fn finish(
        &self,
        ring: u64,
        ticket: BuildTicket,
        entries: Vec<Entry>,
        floor: u64,
    ) -> Result<bool, RingError>;

    /// Forgets rings: the next read builds them again.
    async fn forget(&self, rings: &[u64]) -> Result<(), RingError>;
}
