//! The memory engine of the store: maps behind one lock.
//!
//! It is the reference: simple enough to be read as the definition of what [`Op`]s mean, and compared with
//! every other engine by the contract. A batch is applied in place; what it changed is written down, and
//! undone in reverse when a later operation conflicts.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Bound,
    path::Path,
    sync::Arc,
    time::Duration,
};

use async_trait::async_trait;
use bytes::Bytes;
use parking_lot::Mutex;
use tokio::sync::Notify;

use crate::store::{
    CommitError, Counted, EdgeKind, EdgeRecord, EdgeRef, Expect, KeySpace, LeasedEvent, MAX_BATCH,
    NodeKind, NodeRecord, OnExisting, OnMissing, Op, Order, Outcome, Range, ReadError, Store,
    Upkeep,
};

/// A store that lives as long as its process.
#[derive(Default)]
pub struct MemoryStore {
    state: Mutex<State>,
    emitted: Arc<Notify>,
}

impl MemoryStore {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
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

type List = (u64, EdgeKind);

#[derive(Clone)]
struct Node {
    kind: NodeKind,
    version: u64,
    body: Bytes,
}

#[derive(Clone)]
struct Edge {
    ord: u64,
    flags: u32,
    data: Bytes,
}

#[derive(Clone)]
struct Event {
    topic: u16,
    body: Bytes,
    lease_until: u64,
    fence: u64,
}

#[derive(Default)]
struct State {
    nodes: BTreeMap<u64, Node>,
    /// Members of lists by who they are.
    members: BTreeMap<(u64, EdgeKind, u64), Edge>,
    /// The same members by their place.
    places: BTreeMap<(u64, EdgeKind, u64), u64>,
    counts: BTreeMap<List, u64>,
    /// Kinds that were ever linked as counted: what a memory engine knows of the schema.
    counted: BTreeSet<EdgeKind>,
    keys: BTreeMap<(KeySpace, String), u64>,
    sequences: BTreeMap<(KeySpace, String), u64>,
    outbox: BTreeMap<u64, Event>,
    last_fence: u64,
}

/// What an entry of a map was before a batch changed it.
enum Undo {
    Node(u64, Option<Node>),
    Member((u64, EdgeKind, u64), Option<Edge>),
    Place((u64, EdgeKind, u64), Option<u64>),
    Count(List, Option<u64>),
    Key((KeySpace, String), Option<u64>),
    Sequence((KeySpace, String), Option<u64>),
    Event(u64),
}

impl State {
    fn undo(&mut self, log: Vec<Undo>) {
        fn put_back<K: Ord, V>(map: &mut BTreeMap<K, V>, key: K, value: Option<V>) {
            match value {
                Some(value) => map.insert(key, value),
                None => map.remove(&key),
            };
        }
        for entry in log.into_iter().rev() {
            match entry {
                Undo::Node(key, value) => put_back(&mut self.nodes, key, value),
                Undo::Member(key, value) => put_back(&mut self.members, key, value),
                Undo::Place(key, value) => put_back(&mut self.places, key, value),
                Undo::Count(key, value) => put_back(&mut self.counts, key, value),
                Undo::Key(key, value) => put_back(&mut self.keys, key, value),
                Undo::Sequence(key, value) => put_back(&mut self.sequences, key, value),
                Undo::Event(key) => put_back(&mut self.outbox, key, None),
            }
        }
    }

    fn expects(&self, kind: NodeKind, id: u64, expect: Expect) -> bool {
        let node = self.nodes.get(&id);
        let own = node.filter(|node| node.kind == kind);
        match expect {
            Expect::Any => true,
            Expect::Absent => node.is_none(),
            Expect::Present => own.is_some(),
            Expect::Version(version) => own.is_some_and(|node| node.version == version),
        }
    }

    fn count(&mut self, edge: EdgeRef, counted: Counted, up: bool, log: &mut Vec<Undo>) {
        if counted == Counted::No {
            return;
        }
        self.counted.insert(edge.kind);
        let list = (edge.from, edge.kind);
        let before = self.counts.get(&list).copied();
        let old = before.unwrap_or(0);
        self.counts.insert(list, if up { old + 1 } else { old.saturating_sub(1) });
        log.push(Undo::Count(list, before));
    }

    fn add_edge(&mut self, edge: EdgeRef, new: Edge, log: &mut Vec<Undo>) -> Option<()> {
        let place = (edge.from, edge.kind, new.ord);
        if self.places.contains_key(&place) {
            return None;
        }
        self.places.insert(place, edge.to);
        log.push(Undo::Place(place, None));
        let member = (edge.from, edge.kind, edge.to);
        log.push(Undo::Member(member, self.members.insert(member, new)));
        Some(())
    }

    fn change_edge(&mut self, edge: EdgeRef, new: Edge, log: &mut Vec<Undo>) {
        let member = (edge.from, edge.kind, edge.to);
        log.push(Undo::Member(member, self.members.insert(member, new)));
    }

    fn remove_edge(&mut self, edge: EdgeRef, log: &mut Vec<Undo>) -> bool {
        let member = (edge.from, edge.kind, edge.to);
        let Some(old) = self.members.remove(&member) else { return false };
        let place = (edge.from, edge.kind, old.ord);
        self.places.remove(&place);
        log.push(Undo::Place(place, Some(edge.to)));
        log.push(Undo::Member(member, Some(old)));
        true
    }

    /// Applies one operation.
    fn apply(&mut self, op: &Op, log: &mut Vec<Undo>) -> Result<Outcome, Refusal> {
        let done = |changed, number| Ok(Outcome { changed, number });
        match op {
            Op::Put { kind, id, body, expect } => {
                let old = self.nodes.get(id);
                let stranger = old.is_some_and(|node| node.kind != *kind);
                if stranger || !self.expects(*kind, *id, *expect) {
                    return Err(Refusal::Conflict);
                }
                let version = old.map_or(0, |node| node.version) + 1;
                let node = Node { kind: *kind, version, body: body.clone() };
                log.push(Undo::Node(*id, self.nodes.insert(*id, node)));
                done(true, version)
            }
            Op::Remove { kind, id, expect } => {
                if !self.expects(*kind, *id, *expect) {
                    return Err(Refusal::Conflict);
                }
                // A node of another kind is not there for this operation.
                if !self.expects(*kind, *id, Expect::Present) {
                    return done(false, 0);
                }
                log.push(Undo::Node(*id, self.nodes.remove(id)));
                done(true, 0)
            }
            Op::Guard { kind, id, expect } => match self.expects(*kind, *id, *expect) {
                true => done(false, 0),
                false => Err(Refusal::Conflict),
            },
            Op::GuardEdge { edge, exists } => {
                match self.members.contains_key(&(edge.from, edge.kind, edge.to)) == *exists {
                    true => done(false, 0),
                    false => Err(Refusal::Conflict),
                }
            }
            Op::Link { edge, ord, flags, data, counted, on_existing } => {
                if self.members.contains_key(&(edge.from, edge.kind, edge.to)) {
                    return match on_existing {
                        OnExisting::Conflict => Err(Refusal::Conflict),
                        OnExisting::Keep => done(false, 0),
                    };
                }
                let new = Edge { ord: *ord, flags: *flags, data: data.clone() };
                self.add_edge(*edge, new, log).ok_or(Refusal::Conflict)?;
                self.count(*edge, *counted, true, log);
                done(true, 0)
            }
            Op::Unlink { edge, counted, on_missing } => {
                if self.remove_edge(*edge, log) {
                    self.count(*edge, *counted, false, log);
                    return done(true, 0);
                }
                match on_missing {
                    OnMissing::Conflict => Err(Refusal::Conflict),
                    OnMissing::Ignore => done(false, 0),
                }
            }
            Op::Move { edge, ord } => {
                let member = (edge.from, edge.kind, edge.to);
                let old = self.members.get(&member).cloned().ok_or(Refusal::Conflict)?;
                if old.ord == *ord {
                    return done(false, 0);
                }
                self.remove_edge(*edge, log);
                self.add_edge(*edge, Edge { ord: *ord, ..old }, log).ok_or(Refusal::Conflict)?;
                done(true, 0)
            }
            Op::Flag { edge, ord, set, clear, must_change } => {
                let old = self.members.get(&(edge.from, edge.kind, edge.to)).cloned();
                let before = old.as_ref().map_or(0, |edge| edge.flags);
                let after = (before | set) & !clear;
                if before == after {
                    return if *must_change {
                        Err(Refusal::Conflict)
                    } else {
                        done(false, before.into())
                    };
                }
                match old {
                    Some(old) => self.change_edge(*edge, Edge { flags: after, ..old }, log),
                    None => {
                        let new = Edge { ord: *ord, flags: after, data: Bytes::new() };
                        self.add_edge(*edge, new, log).ok_or(Refusal::Conflict)?;
                    }
                }
                done(true, before.into())
            }
            Op::Annotate { edge, data } => {
                let member = (edge.from, edge.kind, edge.to);
                let old = self.members.get(&member).cloned().ok_or(Refusal::Conflict)?;
                let changed = old.data != *data;
                self.change_edge(*edge, Edge { data: data.clone(), ..old }, log);
                done(changed, 0)
            }
            Op::Claim { space, name, id } => {
                let key = (*space, name.clone());
                match self.keys.get(&key) {
                    Some(holder) if holder == id => done(false, 0),
                    Some(_) => Err(Refusal::KeyTaken),
                    None => {
                        self.keys.insert(key.clone(), *id);
                        log.push(Undo::Key(key, None));
                        done(true, 0)
                    }
                }
            }
            Op::Release { space, name, id } => {
                let key = (*space, name.clone());
                if self.keys.get(&key) != Some(id) {
                    return Err(Refusal::Conflict);
                }
                let holder = self.keys.remove(&key);
                log.push(Undo::Key(key, holder));
                done(true, 0)
            }
            Op::Sequence { space, name } => {
                let key = (*space, name.clone());
                let before = self.sequences.get(&key).copied();
                let number = before.unwrap_or(0) + 1;
                self.sequences.insert(key.clone(), number);
                log.push(Undo::Sequence(key, before));
                done(true, number)
            }
            Op::Emit { id, topic, body } => {
                if self.outbox.contains_key(id) {
                    return Err(Refusal::Conflict);
                }
                let event = Event { topic: *topic, body: body.clone(), lease_until: 0, fence: 0 };
                self.outbox.insert(*id, event);
                log.push(Undo::Event(*id));
                done(true, 0)
            }
        }
    }

    fn edge(&self, at: &EdgeRef) -> Option<EdgeRecord> {
        let edge = self.members.get(&(at.from, at.kind, at.to))?;
        Some(EdgeRecord {
            from: at.from,
            kind: at.kind,
            ord: edge.ord,
            to: at.to,
            flags: edge.flags,
            data: edge.data.clone(),
        })
    }

    fn range(&self, range: &Range) -> Vec<EdgeRecord> {
        let (from, kind) = (range.from, range.kind);
        let low = range.above.unwrap_or(0);
        let high = range.below.unwrap_or(u64::MAX);
        // A map panics on an empty pair of exclusive bounds.
        if low >= high {
            return Vec::new();
        }
        let bounds = (Bound::Excluded((from, kind, low)), Bound::Excluded((from, kind, high)));
        let members = self.places.range(bounds);
        let record = |(place, to): (&(u64, EdgeKind, u64), &u64)| {
            self.edge(&EdgeRef { from: place.0, kind: place.1, to: *to })
        };
        match range.order {
            Order::Newest => members.rev().filter_map(record).take(range.limit).collect(),
            Order::Oldest => members.filter_map(record).take(range.limit).collect(),
        }
    }
}

enum Refusal {
    Conflict,
    KeyTaken,
}

#[async_trait]
impl Store for MemoryStore {
    async fn commit(&self, batch: Vec<Op>) -> Result<Vec<Outcome>, CommitError> {
        check_batch(&batch)?;
        let mut state = self.state.lock();
        let mut log = Vec::new();
        let mut outcomes = Vec::with_capacity(batch.len());
        for (op, operation) in batch.iter().enumerate() {
            match state.apply(operation, &mut log) {
                Ok(outcome) => outcomes.push(outcome),
                Err(refusal) => {
                    state.undo(log);
                    return Err(match refusal {
                        Refusal::Conflict => CommitError::Conflict { op },
                        Refusal::KeyTaken => CommitError::KeyTaken { op },
                    });
                }
            }
        }
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
        (Arc::new(MemoryStore::new()), ())
    }
    crate::store_contract!(open);
}
