//! The memory engine of the store: maps behind one lock.
//!
//! It is the reference: simple enough to be read as the definition of what [`Op`]s mean, and compared with
//! every other engine by the contract. A batch is applied in place; what it changed is written down, and
//! undone in reverse when a later operation conflicts.

pub mod state;

use std::{collections::BTreeMap, ops::Bound, path::Path, sync::Arc, time::Duration};

use async_trait::async_trait;
use parking_lot::Mutex;
use tokio::sync::Notify;

use self::state::{Edge, Event, List, Node, State};
use crate::store::{
    CommitError, EdgeKind, EdgeRecord, EdgeRef, KeySpace, LeasedEvent, MAX_BATCH, NodeKind,
    NodeRecord, Op, Outcome, Range, ReadError, Record, Schema, Store, Upkeep,
};

/// A store that lives as long as its process.
#[derive(Default)]
pub struct MemoryStore {
    state: Mutex<State>,
    /// Only an import asks it which lists are counted; a commit says so itself.
    schema: Schema,
    emitted: Arc<Notify>,
}

impl MemoryStore {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }

    /// An empty store that can take what another one had.
    pub fn with_schema(schema: Schema) -> Self {
        Self { schema, ..Self::default() }
    }
}

/// Whether a batch could commit at all: its length, and the range of its ids and places. Every engine asks
/// this first, so that all of them refuse the same.
pub fn check_batch(batch: &[Op]) -> Result<(), CommitError> {
    if batch.len() > MAX_BATCH {
        let refusal = format!("{} operations are more than {MAX_BATCH}", batch.len());
        return Err(CommitError::Refused(refusal));
    }
    for (op, operation) in batch.iter().enumerate() {
        let numbers: [u64; 3] = match operation {
            Op::Put { id, .. }
            | Op::Remove { id, .. }
            | Op::Guard { id, .. }
            | Op::Claim { id, .. }
            | Op::Release { id, .. }
            | Op::Emit { id, .. } => [*id, 1, 1],
            Op::Link { edge, ord, .. } | Op::Move { edge, ord } => [edge.from, edge.to, *ord],
            // The place matters only to a flag that may have to make its edge.
            Op::Flag { edge, ord, set, clear, .. } => {
                [edge.from, edge.to, if set & !clear == 0 { 1 } else { *ord }]
            }
            Op::GuardEdge { edge, .. } | Op::Unlink { edge, .. } | Op::Annotate { edge, .. } => {
                [edge.from, edge.to, 1]
            }
            Op::Sequence { .. } => [1, 1, 1],
        };
        if numbers.iter().any(|n| *n == 0 || *n >= 1 << 63) {
            return Err(CommitError::Refused(format!("an id of operation {op} is out of range")));
        }
    }
    Ok(())
}

#[async_trait]
impl Store for MemoryStore {
    async fn commit(&self, batch: Vec<Op>) -> Result<Vec<Outcome>, CommitError> {
        check_batch(&batch)?;
        let mut state = self.state.lock();
        let outcomes = state.commit(&batch)?;
        drop(state);
        if batch.iter().any(|op| matches!(op, Op::Emit { .. })) {
            // Wakes everyone who waits, and leaves a permit for who is just about to.
            self.emitted.notify_waiters();
            self.emitted.notify_one();
        }
        Ok(outcomes)
    }

    async fn nodes(&self, ids: &[(NodeKind, u64)]) -> Result<Vec<Option<NodeRecord>>, ReadError> {
        let state = self.state.lock();
        let read = |(kind, id): &(NodeKind, u64)| {
            let node = state.nodes.get(id).filter(|node| node.kind == *kind)?;
            Some(NodeRecord {
                kind: *kind,
                id: *id,
                version: node.version,
                body: node.body.clone(),
            })
        };
        Ok(ids.iter().map(read).collect())
    }

    async fn edges(&self, edges: &[EdgeRef]) -> Result<Vec<Option<EdgeRecord>>, ReadError> {
        let state = self.state.lock();
        Ok(edges.iter().map(|edge| state.edge(edge)).collect())
    }

    async fn ranges(&self, ranges: &[Range]) -> Result<Vec<Vec<EdgeRecord>>, ReadError> {
        let state = self.state.lock();
        Ok(ranges.iter().map(|range| state.range(range)).collect())
    }

    async fn counts(&self, lists: &[(u64, EdgeKind)]) -> Result<Vec<u64>, ReadError> {
        let state = self.state.lock();
        Ok(lists.iter().map(|list| state.counts.get(list).copied().unwrap_or(0)).collect())
    }

    async fn keys(&self, names: &[(KeySpace, &str)]) -> Result<Vec<Option<u64>>, ReadError> {
        let state = self.state.lock();
        let read = |(space, name): &(KeySpace, &str)| {
            state.keys.get(&(*space, (*name).to_owned())).copied()
        };
        Ok(names.iter().map(read).collect())
    }

    async fn lease_events(
        &self,
        limit: usize,
        now_ms: u64,
        lease: Duration,
    ) -> Result<Vec<LeasedEvent>, ReadError> {
        let until = now_ms.saturating_add(lease.as_millis() as u64);
        let mut state = self.state.lock();
        let State { outbox, last_fence, .. } = &mut *state;
        let free = outbox.iter_mut().filter(|(_, event)| event.lease_until <= now_ms).take(limit);
        let take = |(id, event): (&u64, &mut Event)| {
            *last_fence += 1;
            event.fence = *last_fence;
            event.lease_until = until;
            LeasedEvent {
                id: *id,
                topic: event.topic,
                body: event.body.clone(),
                fence: event.fence,
            }
        };
        Ok(free.map(take).collect())
    }

    async fn settle_events(&self, events: &[(u64, u64)]) -> Result<usize, ReadError> {
        let mut state = self.state.lock();
        let mut settled = 0;
        for (id, fence) in events {
            // Fence 0 is an event that nobody leased yet.
            if *fence != 0 && state.outbox.get(id).is_some_and(|event| event.fence == *fence) {
                state.outbox.remove(id);
                settled += 1;
            }
        }
        Ok(settled)
    }

    fn emitted(&self) -> Arc<Notify> {
        self.emitted.clone()
    }
}

#[async_trait]
impl Upkeep for MemoryStore {
    async fn scan_nodes(
        &self,
        kind: NodeKind,
        after: u64,
        limit: usize,
    ) -> Result<Vec<NodeRecord>, ReadError> {
        let state = self.state.lock();
        let later = state.nodes.range((Bound::Excluded(after), Bound::Unbounded));
        let record = |(id, node): (&u64, &Node)| NodeRecord {
            kind,
            id: *id,
            version: node.version,
            body: node.body.clone(),
        };
        Ok(later.filter(|(_, node)| node.kind == kind).take(limit).map(record).collect())
    }

    async fn scan_edges(
        &self,
        after: Option<EdgeRef>,
        limit: usize,
    ) -> Result<Vec<EdgeRecord>, ReadError> {
        let state = self.state.lock();
        let start = match after {
            Some(edge) => Bound::Excluded((edge.from, edge.kind, edge.to)),
            None => Bound::Unbounded,
        };
        let later = state.members.range((start, Bound::Unbounded)).take(limit);
        let record = |((from, kind, to), _): (&(u64, EdgeKind, u64), &Edge)| {
            state.edge(&EdgeRef { from: *from, kind: *kind, to: *to })
        };
        Ok(later.filter_map(record).collect())
    }

    async fn scan_keys(
        &self,
        after: Option<(KeySpace, String)>,
        limit: usize,
    ) -> Result<Vec<(KeySpace, String, u64)>, ReadError> {
        let state = self.state.lock();
        let start = match after {
            Some(key) => Bound::Excluded(key),
            None => Bound::Unbounded,
        };
        let later = state.keys.range((start, Bound::Unbounded)).take(limit);
        Ok(later.map(|((space, name), id)| (*space, name.clone(), *id)).collect())
    }

    async fn miscounts(&self) -> Result<Vec<(u64, EdgeKind, u64, u64)>, ReadError> {
        let state = self.state.lock();
        let mut lists: BTreeMap<List, (u64, u64)> = BTreeMap::new();
        for (list, kept) in &state.counts {
            lists.entry(*list).or_default().0 = *kept;
        }
        for (from, kind, _) in state.members.keys() {
            if state.counted.contains(kind) {
                lists.entry((*from, *kind)).or_default().1 += 1;
            }
        }
        let wrong = lists.into_iter().filter(|(_, (kept, real))| kept != real);
        Ok(wrong.map(|((from, kind), (kept, real))| (from, kind, kept, real)).collect())
    }

    async fn import(&self, records: Vec<Record>) -> Result<(), ReadError> {
        let mut state = self.state.lock();
        for record in records {
            match record {
                Record::Node(NodeRecord { kind, id, version, body }) => {
                    state.nodes.entry(id).or_insert(Node { kind, version, body });
                }
                Record::Edge(edge) => {
                    let member = (edge.from, edge.kind, edge.to);
                    if state.members.contains_key(&member) {
                        continue;
                    }
                    let new = Edge { ord: edge.ord, flags: edge.flags, data: edge.data };
                    state.members.insert(member, new);
                    state.places.insert((edge.from, edge.kind, edge.ord), edge.to);
                    if self.schema.counts(edge.kind) {
                        state.counted.insert(edge.kind);
                        *state.counts.entry((edge.from, edge.kind)).or_default() += 1;
                    }
                }
                Record::Key(space, name, id) => {
                    state.keys.entry((space, name)).or_insert(id);
                }
            }
        }
        Ok(())
    }

    async fn waiting_events(&self) -> Result<u64, ReadError> {
        Ok(self.state.lock().outbox.len() as u64)
    }

    async fn snapshot(&self, _to: &Path) -> Result<(), ReadError> {
        Err(ReadError("a store in memory has no file to copy".to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::MemoryStore;

    async fn open() -> (Arc<MemoryStore>, ()) {
        (Arc::new(MemoryStore::with_schema(crate::contract::store::schema())), ())
    }
    crate::store_contract!(open);
}
