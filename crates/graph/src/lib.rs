//! The graph kernel: typed nodes, edges, names and events over any [`engine::store::Store`].
//!
//! A node type declares its kind, an edge type its ends, count, inverse and what a purge does with it
//! ([`edges!`]); a [`Batch`] collects changes that commit together; a [`Graph`] reads through bounded caches
//! that every commit of this process invalidates before it answers (read your writes).
//! Knows no word of the product.

mod id;
pub use id::{Clock, Id, Mint, ms_of};

mod kinds;
pub use kinds::{Edge, EdgeDecl, Event, Node, NodeDecl, Purge, schema};

mod batch;
pub use batch::Batch;

mod cache;
pub use cache::{Beyond, CacheSizes, Head};

mod touched;

mod second;
pub use second::{SecondLevel, Verified};

mod among;

mod read;
pub use read::{Graph, Link, Page, ReadError, Stored};

mod trace;
pub use trace::{TraceId, traced};

mod warm;
pub use warm::Wanted;

mod process;
pub use process::{ProcessError, ProcessLease, Turn, Work};

mod writing;
pub use writing::{Gate, Mode, READ_ONLY, Writing};

mod purge;
pub use purge::{PurgeStep, purge_page};

/// The kinds of nodes that the kernel itself keeps, for the schema.
pub const OWN_NODES: [NodeDecl; 3] =
    [ProcessLease::DECL, <second::Generation as Node>::DECL, Mode::DECL];

pub use engine::store::{
    CommitError, Counted, EdgeKind, Expect, KeySpace, NodeKind, Order, Outcome,
};
