//! Filling the caches with what will be read next, of all shapes, in one round trip.
//!
//! Who reads a page knows much of what it will ask before the first answer is there: says so, and then reads as if nobody
//! had. What the caches hold already is not asked again; where a cache is switched off, nothing is gained and nothing is
//! lost.

use std::sync::Arc;

use engine::store::{EdgeKind, EdgeRef, NodeKind, NodeRecord, Order, Range, Reads};

use crate::{
    Edge, Graph, Id, Node, ReadError, Stored,
    cache::{AnyNode, HEAD, Head, MEMBERS},
    read::decode,
};

type Decode = fn(NodeRecord) -> Result<AnyNode, ReadError>;

/// What will be read.
#[derive(Default)]
pub struct Wanted {
    nodes: Vec<((NodeKind, u64), Decode)>,
    edges: Vec<EdgeRef>,
    heads: Vec<(u64, EdgeKind)>,
    members: Vec<(u64, EdgeKind)>,
    counts: Vec<(u64, EdgeKind)>,
}

impl Wanted {
    /// Nodes, as [`Graph::get_many`] reads them.
    pub fn nodes<T: Node>(&mut self, ids: impl IntoIterator<Item = Id<T>>) {
        let node: Decode = |record| Ok(decode::<T>(record)?);
        self.nodes.extend(ids.into_iter().map(|id| ((T::KIND, id.raw()), node)));
    }

    /// Edges, as [`Graph::edge_records`] reads them.
    pub fn edges(&mut self, edges: impl IntoIterator<Item = EdgeRef>) {
        self.edges.extend(edges);
    }

    /// Lists, as [`Graph::heads`] reads them.
    pub fn heads(&mut self, lists: impl IntoIterator<Item = (u64, EdgeKind)>) {
        self.heads.extend(lists);
    }

    /// A list, as [`Graph::members`] reads it.
    pub fn members<E: Edge>(&mut self, from: Id<E::From>) {
        self.members.push((from.raw(), E::DECL.kind));
    }

    /// Counts, as [`Graph::counts`] reads them.
    pub fn counts(&mut self, lists: impl IntoIterator<Item = (u64, EdgeKind)>) {
        self.counts.extend(lists);
    }
}

/// Keeps each key once, and only if the cache does not hold it.
fn missing<K: Ord, T>(keys: &mut Vec<T>, key: impl Fn(&T) -> K, held: impl Fn(&T) -> bool) {
    keys.sort_by_key(|item| key(item));
    keys.dedup_by_key(|item| key(item));
    keys.retain(|item| !held(item));
}

impl Graph {
    /// Nodes that the caches hold: asks nobody.
    pub fn known<T: Node>(&self, ids: &[Id<T>]) -> Vec<Arc<Stored<T>>> {
        let held = |id: &Id<T>| self.caches.nodes.get(&(T::KIND, id.raw())).flatten();
        ids.iter().filter_map(held).filter_map(|node| node.downcast().ok()).collect()
    }

    /// Reads what is wanted into the caches, as far as it is not there.
    pub async fn warm(&self, mut wanted: Wanted) -> Result<(), ReadError> {
        let caches = &self.caches;
        missing(&mut wanted.nodes, |item| item.0, |item| caches.nodes.get(&item.0).is_some());
        let ends = |edge: &EdgeRef| (edge.from, edge.kind, edge.to);
        missing(&mut wanted.edges, ends, |edge| caches.edges.get(edge).is_some());
        missing(&mut wanted.heads, |list| *list, |list| caches.heads.get(list).is_some());
        missing(&mut wanted.members, |list| *list, |list| caches.members.get(list).is_some());
        missing(&mut wanted.counts, |list| *list, |list| caches.counts.get(list).is_some());
        let newest = |(from, kind): &(u64, EdgeKind), limit| Range {
            from: *from,
            kind: *kind,
            below: None,
            above: None,
            order: Order::Newest,
            limit,
        };
        let heads = wanted.heads.iter().map(|list| newest(list, HEAD + 1));
        let members = wanted.members.iter().map(|list| newest(list, MEMBERS + 1));
        let reads = Reads {
            nodes: wanted.nodes.iter().map(|item| item.0).collect(),
            edges: wanted.edges.clone(),
            ranges: heads.chain(members).collect(),
            counts: wanted.counts.clone(),
        };
        if reads.is_empty() {
            return Ok(());
        }
        // Before the store is asked: what is committed meanwhile drops the answer.
        let nodes: Vec<_> =
            wanted.nodes.iter().map(|item| caches.nodes.generation(&item.0)).collect();
        let edges: Vec<_> = wanted.edges.iter().map(|edge| caches.edges.generation(edge)).collect();
        let heads: Vec<_> = wanted.heads.iter().map(|list| caches.heads.generation(list)).collect();
        let members: Vec<_> =
            wanted.members.iter().map(|list| caches.members.generation(list)).collect();
        let counts: Vec<_> =
            wanted.counts.iter().map(|list| caches.counts.generation(list)).collect();
        let answers = self.store().read(&reads).await?;
        for (((key, decode), record), at) in wanted.nodes.into_iter().zip(answers.nodes).zip(nodes)
        {
            caches.nodes.keep(key, record.map(decode).transpose()?, at);
        }
        for ((edge, record), at) in wanted.edges.into_iter().zip(answers.edges).zip(edges) {
            caches.edges.keep(edge, record, at);
        }
        let mut pages = answers.ranges.into_iter();
        for ((list, page), at) in wanted.heads.into_iter().zip(pages.by_ref()).zip(heads) {
            caches.heads.keep(list, Arc::new(Head::of(page)), at);
        }
        for ((list, page), at) in wanted.members.into_iter().zip(pages).zip(members) {
            let all = page.len() <= MEMBERS;
            let ids = all.then(|| page.iter().map(|edge| edge.to).collect::<Arc<[u64]>>());
            caches.members.keep(list, ids, at);
        }
        for ((list, count), at) in wanted.counts.into_iter().zip(answers.counts).zip(counts) {
            caches.counts.keep(list, count, at);
        }
        Ok(())
    }
}
