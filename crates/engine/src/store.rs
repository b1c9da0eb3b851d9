//! The store: nodes, edges, keys, counts and an outbox of events, changed in atomic batches.
//!
//! The shapes are TAO's (Bronson et al., USENIX ATC 2013): objects and typed associations, newest
//! first, with counts. Everything else that the product needs is made of these. Only
//! [`Store::commit`] writes; every read is batch-shaped, so that an engine may answer it with one
//! round trip (or with many cheap ones inside one read transaction).
//!
//! Ids and `ord`s are 63-bit: 0 < n < 2^63. Times are Unix milliseconds handed in by the caller.

use std::{path::Path, sync::Arc, time::Duration};

use async_trait::async_trait;
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use tokio::sync::Notify;

/// The most operations one batch may hold. Unbounded work is a job over pages.
pub const MAX_BATCH: usize = 500;

/// The code of a kind of node. Its name stands in the [`Schema`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct NodeKind(pub u16);

/// The code of a kind of edge: a kind of list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct EdgeKind(pub u16);

/// The code of a space of unique names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct KeySpace(pub u16);

/// What the kinds are called, for people who open the engine's own shell, and which lists are counted.
#[derive(Clone, Debug, Default)]
pub struct Schema {
    /// Kinds of nodes and their names (plural, lower case: `accounts`).
    pub nodes: Vec<(NodeKind, &'static str)>,
    /// Kinds of edges, their names, and whether their lists keep a count.
    pub edges: Vec<(EdgeKind, &'static str, Counted)>,
    /// Spaces of unique names.
    pub keys: Vec<(KeySpace, &'static str)>,
}

impl Schema {
    /// Whether lists of this kind keep an exact count. Unknown kinds do not.
    pub fn counts(&self, kind: EdgeKind) -> bool {
        self.edges.iter().any(|(k, _, counted)| *k == kind && *counted == Counted::Yes)
    }
}

/// Whether a list keeps an exact count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counted {
    /// The count changes in the commit that changes the list.
    Yes,
    /// No count exists, so none can tell of the list.
    No,
}

/// A node as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeRecord {
    /// Its kind.
    pub kind: NodeKind,
    /// Its id, unique among all kinds.
    pub id: u64,
    /// 1 for the first put, one more for each later one.
    pub version: u64,
    /// JSON.
    pub body: Bytes,
}

/// An edge as it is stored: a member of the list `(from, kind)`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EdgeRecord {
    /// Whose list.
    pub from: u64,
    /// Which list.
    pub kind: EdgeKind,
    /// Its place, newest first, unique in the list; also the cursor.
    pub ord: u64,
    /// The member.
    pub to: u64,
    /// Named flags of the edge, one bit each.
    pub flags: u32,
    /// Small data, JSON or empty.
    pub data: Bytes,
}

/// One edge by its ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct EdgeRef {
    /// Whose list.
    pub from: u64,
    /// Which list.
    pub kind: EdgeKind,
    /// The member.
    pub to: u64,
}

/// A page of a list. Both bounds are exclusive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Range {
    /// Whose list.
    pub from: u64,
    /// Which list.
    pub kind: EdgeKind,
    /// Only members with a smaller `ord`.
    pub below: Option<u64>,
    /// Only members with a larger `ord`.
    pub above: Option<u64>,
    /// From which end.
    pub order: Order,
    /// At most so many.
    pub limit: usize,
}

/// From which end of a list a page is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Order {
    /// Largest `ord` first.
    Newest,
    /// Smallest `ord` first.
    Oldest,
}

/// What must be true of a node for a batch to commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expect {
    /// Anything.
    Any,
    /// No node of any kind has this id.
    Absent,
    /// A node of this kind has this id.
    Present,
    /// It is at exactly this version.
    Version(u64),
}

/// What a link does when its edge exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnExisting {
    /// The batch conflicts: linking must change something.
    Conflict,
    /// The old edge stays as it is: for jobs that may run twice.
    Keep,
}

/// What an unlink does when its edge is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnMissing {
    /// The batch conflicts.
    Conflict,
    /// Nothing happens.
    Ignore,
}

/// One change. See [`Store::commit`] for what a batch of them promises.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(
    missing_docs,
    reason = "the fields are named like the records above; each operation says what it does"
)]
pub enum Op {
    /// Writes a node whole. Its version becomes one more (or 1). An id held by a node of another kind is a conflict.
    Put { kind: NodeKind, id: u64, body: Bytes, expect: Expect },
    /// Removes a node. `Any` ignores a missing one.
    Remove { kind: NodeKind, id: u64, expect: Expect },
    /// Requires something of a node and changes nothing.
    Guard { kind: NodeKind, id: u64, expect: Expect },
    /// Requires that an edge exists, or that it does not.
    GuardEdge { edge: EdgeRef, exists: bool },
    /// Adds a member to a list. An `ord` that another member of the list has is a conflict.
    Link {
        edge: EdgeRef,
        ord: u64,
        flags: u32,
        data: Bytes,
        counted: Counted,
        on_existing: OnExisting,
    },
    /// Takes a member from a list.
    Unlink { edge: EdgeRef, counted: Counted, on_missing: OnMissing },
    /// Gives a member a new `ord`; the count stays. A missing edge is a conflict.
    Move { edge: EdgeRef, ord: u64 },
    /// Sets, then clears flags of an edge, atomically. A missing edge is made at `ord` with no flags first
    /// (only if a flag is set). With `must_change`, a batch that changes no flag conflicts.
    Flag { edge: EdgeRef, ord: u64, set: u32, clear: u32, must_change: bool },
    /// Replaces the small data of an edge. A missing edge is a conflict.
    Annotate { edge: EdgeRef, data: Bytes },
    /// Takes a unique name for a node. Held by another node: `KeyTaken`. Held by the same: nothing happens.
    Claim { space: KeySpace, name: String, id: u64 },
    /// Gives a name back. Not held by this node: a conflict.
    Release { space: KeySpace, name: String, id: u64 },
    /// The next number of a counter, from 1, assigned in the commit: its order is the order of commits.
    Sequence { space: KeySpace, name: String },
    /// Adds an event to the outbox. The id is also its order there.
    Emit { id: u64, topic: u16, body: Bytes },
}

/// What one operation did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Whether anything changed.
    pub changed: bool,
    /// Put: the new version. Flag: the flags before. Sequence: the number. Otherwise 0.
    pub number: u64,
}

/// Why a batch did not commit. Nothing of it happened (with `Unavailable`: it is not known).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CommitError {
    /// A condition of the operation at this index did not hold.
    #[error("operation {op} of the batch found something else than it expects")]
    Conflict {
        /// Index in the batch.
        op: usize,
    },
    /// A name is held by another node.
    #[error("the name of operation {op} is taken")]
    KeyTaken {
        /// Index in the batch.
        op: usize,
    },
    /// The engine is away, full or overloaded. Try again later.
    #[error("the store is unavailable: {0}")]
    Unavailable(String),
    /// The batch can never commit: too long, or an id out of range.
    #[error("the store refuses the batch: {0}")]
    Refused(String),
}

/// Why a read failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the store is unavailable: {0}")]
pub struct ReadError(pub String);

/// An event that a relay holds until its lease ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeasedEvent {
    /// Its id.
    pub id: u64,
    /// Its topic code.
    pub topic: u16,
    /// JSON.
    pub body: Bytes,
    /// Must be shown to settle it; a later lease of the same event has another.
    pub fence: u64,
}

/// Objects, associations, names, counts and an outbox.
///
/// Guarantees, each one a test of [`crate::contract::store`]:
/// - A batch commits whole or not at all, and when `commit` returns `Ok` it is durable.
/// - A batch that conflicts leaves nothing. Operations see the effects of earlier ones in their batch.
/// - A node read by an id of another kind is `None`.
/// - Counts change in the commit that changes the list, and only if it changed.
/// - A range is sorted by `ord`, has no gap and no repetition; following its last `ord` walks the whole list.
/// - Read your writes: what a commit wrote is seen by every later read.
/// - An event is leased by one holder at a time; it is leased again if not settled in time; settling with
///   an old fence does nothing.
#[async_trait]
pub trait Store: Send + Sync + 'static {
    /// Applies a batch of at most [`MAX_BATCH`] operations; one outcome per operation.
    async fn commit(&self, batch: Vec<Op>) -> Result<Vec<Outcome>, CommitError>;

    /// Nodes by kind and id; one answer per question, in order.
    async fn nodes(&self, ids: &[(NodeKind, u64)]) -> Result<Vec<Option<NodeRecord>>, ReadError>;

    /// Edges by their ends; one answer per question, in order.
    async fn edges(&self, edges: &[EdgeRef]) -> Result<Vec<Option<EdgeRecord>>, ReadError>;

    /// Pages of lists; one answer per question, in order.
    async fn ranges(&self, ranges: &[Range]) -> Result<Vec<Vec<EdgeRecord>>, ReadError>;

    /// Counts of lists; 0 for an uncounted or unknown one.
    async fn counts(&self, lists: &[(u64, EdgeKind)]) -> Result<Vec<u64>, ReadError>;

    /// Who holds these names.
    async fn keys(&self, names: &[(KeySpace, &str)]) -> Result<Vec<Option<u64>>, ReadError>;

    /// Answers questions of several shapes in one round trip, where an engine can; unlike the pages of
    /// [`Store::ranges`], these answers need not be of one moment. For a page's worth of questions, not for thousands.
    async fn read(&self, reads: &Reads) -> Result<Answers, ReadError> {
        Ok(Answers {
            nodes: self.nodes(&reads.nodes).await?,
            edges: self.edges(&reads.edges).await?,
            ranges: self.ranges(&reads.ranges).await?,
            counts: self.counts(&reads.counts).await?,
        })
    }

    /// Leases up to `limit` events, oldest first, that nobody holds at `now_ms`, until `now_ms + lease`.
    async fn lease_events(
        &self,
        limit: usize,
        now_ms: u64,
        lease: Duration,
    ) -> Result<Vec<LeasedEvent>, ReadError>;

    /// Removes events from the outbox whose `(id, fence)` is the newest lease; says how many.
    async fn settle_events(&self, events: &[(u64, u64)]) -> Result<usize, ReadError>;

    /// Signals commits with events of this process (others are found by polling).
    fn emitted(&self) -> Arc<Notify>;
}

/// Questions that are asked together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reads {
    /// As [`Store::nodes`].
    pub nodes: Vec<(NodeKind, u64)>,
    /// As [`Store::edges`].
    pub edges: Vec<EdgeRef>,
    /// As [`Store::ranges`].
    pub ranges: Vec<Range>,
    /// As [`Store::counts`].
    pub counts: Vec<(u64, EdgeKind)>,
}

impl Reads {
    /// Whether nothing is asked.
    pub fn is_empty(&self) -> bool {
        *self == Reads::default()
    }
}

/// The answers, each one in the order of its questions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answers {
    /// As [`Store::nodes`].
    pub nodes: Vec<Option<NodeRecord>>,
    /// As [`Store::edges`].
    pub edges: Vec<Option<EdgeRecord>>,
    /// As [`Store::ranges`].
    pub ranges: Vec<Vec<EdgeRecord>>,
    /// As [`Store::counts`].
    pub counts: Vec<u64>,
}

/// What one store hands another when everything moves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Record {
    /// A node, with its version.
    Node(NodeRecord),
    /// An edge.
    Edge(EdgeRecord),
    /// A name and who holds it.
    Key(KeySpace, String, u64),
}

/// How many records a store has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Records {
    /// Nodes of all kinds.
    pub nodes: u64,
    /// Edges.
    pub edges: u64,
    /// Names.
    pub keys: u64,
}

/// What maintenance needs of a store: walking all of it, checking it, copying it.
#[async_trait]
pub trait Upkeep: Send + Sync + 'static {
    /// Nodes of a kind with a larger id than `after`, by id.
    async fn scan_nodes(
        &self,
        kind: NodeKind,
        after: u64,
        limit: usize,
    ) -> Result<Vec<NodeRecord>, ReadError>;

    /// Edges after the given one in the order `(from, kind, to)`; `None` starts.
    async fn scan_edges(
        &self,
        after: Option<EdgeRef>,
        limit: usize,
    ) -> Result<Vec<EdgeRecord>, ReadError>;

    /// Names after the given one in the order `(space, name)`; `None` starts.
    async fn scan_keys(
        &self,
        after: Option<(KeySpace, String)>,
        limit: usize,
    ) -> Result<Vec<(KeySpace, String, u64)>, ReadError>;

    /// Lists whose kept count is not their real one: `(from, kind, kept, real)`; none in a sound store. Both numbers of a list
    /// are of one moment, so a store that is written to meanwhile is sound, too.
    async fn miscounts(&self) -> Result<Vec<(u64, EdgeKind, u64, u64)>, ReadError>;

    /// Takes records of another store as they are, at most [`MAX_BATCH`]; one that is there already stays. An edge of a list
    /// that keeps a count is counted if it is new, in the same transaction. For copies into a store that nobody else uses.
    async fn import(&self, records: Vec<Record>) -> Result<(), ReadError>;

    /// How many records there are, about: for who tells how far a copy is. Engines that cannot say it say nothing.
    async fn records(&self) -> Result<Option<Records>, ReadError> {
        Ok(None)
    }

    /// Events that wait in the outbox.
    async fn waiting_events(&self) -> Result<u64, ReadError>;

    /// A consistent copy of the whole store at `to`, made while the store serves. Engines with tools of
    /// their own refuse and name them.
    async fn snapshot(&self, to: &Path) -> Result<(), ReadError>;
}
