//! Walks over all records of a store, and their way into another one.

use engine::store::{
    EdgeRecord, EdgeRef, KeySpace, MAX_BATCH, NodeKind, NodeRecord, Record, Upkeep,
};
use futures::{Stream, TryStreamExt, stream::try_unfold};
use graph::Node as _;
use social::keys::KeyRing;

use super::{progress::Progress, text};
use crate::engines::StoreEngine;

/// Records of one page of a walk.
pub const PAGE: usize = MAX_BATCH;

/// Kinds of nodes that move. What the kernel keeps for itself belongs to processes, their cache and one store; the keys are
/// carried on their own.
pub fn kinds() -> Vec<NodeKind> {
    let own = graph::OWN_NODES.map(|decl| decl.kind);
    let stays = [&own[..], &[KeyRing::KIND]].concat();
    let schema = social::events::product_schema();
    schema.nodes.iter().map(|(kind, _)| *kind).filter(|kind| !stays.contains(kind)).collect()
}

/// Who holds a name.
pub type Name = (KeySpace, String, u64);

/// A store to walk over, page by page.
#[derive(Clone, Copy)]
pub struct Walks<'a>(&'a dyn Upkeep);

impl<'a> Walks<'a> {
    pub fn over(store: &'a dyn Upkeep) -> Self {
        Self(store)
    }

    pub fn nodes(self, kind: NodeKind) -> impl Stream<Item = Result<Vec<NodeRecord>, String>> {
        try_unfold(0, move |after| async move {
            let page = self.0.scan_nodes(kind, after, PAGE).await.map_err(text)?;
            Ok(page.last().map(|last| last.id).map(|last| (page, last)))
        })
    }

    pub fn edges(self) -> impl Stream<Item = Result<Vec<EdgeRecord>, String>> {
        try_unfold(None, move |after| async move {
            let page = self.0.scan_edges(after, PAGE).await.map_err(text)?;
            let last =
                page.last().map(|edge| EdgeRef { from: edge.from, kind: edge.kind, to: edge.to });
            Ok(last.map(|last| (page, Some(last))))
        })
    }

    pub fn names(self) -> impl Stream<Item = Result<Vec<Name>, String>> {
        try_unfold(None, move |after: Option<(KeySpace, String)>| async move {
            let page = self.0.scan_keys(after, PAGE).await.map_err(text)?;
            let last = page.last().map(|(space, name, _)| (*space, name.clone()));
            Ok(last.map(|last| (page, Some(last))))
        })
    }
}

/// What can be written into a store as it is.
pub trait Moves: Send {
    fn record(self) -> Record;
}

impl Moves for NodeRecord {
    fn record(self) -> Record {
        Record::Node(self)
    }
}

impl Moves for EdgeRecord {
    fn record(self) -> Record {
        Record::Edge(self)
    }
}

impl Moves for Name {
    fn record(self) -> Record {
        Record::Key(self.0, self.1, self.2)
    }
}

/// Imports a walk. Some pages are under way `at_once`, so that the next ones are read while these are written.
pub async fn import<T: Moves>(
    walk: impl Stream<Item = Result<Vec<T>, String>>,
    target: &StoreEngine,
    at_once: usize,
    progress: &mut Progress,
) -> Result<(), String> {
    let pages = walk.map_ok(|page| async move {
        let many = page.len();
        let records = page.into_iter().map(Moves::record).collect();
        target.upkeep.import(records).await.map_err(text)?;
        Ok(many)
    });
    let written = pages.try_buffered(at_once);
    futures::pin_mut!(written);
    while let Some(many) = written.try_next().await? {
        progress.add(many);
    }
    Ok(())
}
