//! The maps of the memory store, and what each operation does to them.
//!
//! This is the one definition of what an [`Op`] means. An engine without a language for such conditions reads what a batch
//! touches into a [`State`], applies the batch here, and writes the difference.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Bound,
};

use bytes::Bytes;

use crate::store::{
    CommitError, Counted, EdgeKind, EdgeRecord, EdgeRef, Expect, KeySpace, NodeKind, OnExisting,
    OnMissing, Op, Order, Outcome, Range,
};

/// Whose list, and which.
pub type List = (u64, EdgeKind);

/// A node by its id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// Its kind.
    pub kind: NodeKind,
    /// How often it was put.
    pub version: u64,
    /// JSON.
    pub body: Bytes,
}

/// An edge by its ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edge {
    /// Its place in the list.
    pub ord: u64,
    /// Its flags.
    pub flags: u32,
    /// JSON or empty.
    pub data: Bytes,
}

/// An event of the outbox by its id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Its topic.
    pub topic: u16,
    /// JSON.
    pub body: Bytes,
    /// 0: nobody ever held it.
    pub lease_until: u64,
    /// 0: nobody ever held it.
    pub fence: u64,
}

/// All that a store holds, or the part of it that a batch touches.
#[derive(Clone, Default)]
pub struct State {
    /// Nodes by id.
    pub nodes: BTreeMap<u64, Node>,
    /// Members of lists by who they are.
    pub members: BTreeMap<(u64, EdgeKind, u64), Edge>,
    /// The same members by their place.
    pub places: BTreeMap<(u64, EdgeKind, u64), u64>,
    /// Counts of lists.
    pub counts: BTreeMap<List, u64>,
    /// Kinds that were ever linked as counted: what a memory engine knows of the schema.
    pub counted: BTreeSet<EdgeKind>,
    /// Who holds a name.
    pub keys: BTreeMap<(KeySpace, String), u64>,
    /// The last number of each counter.
    pub sequences: BTreeMap<(KeySpace, String), u64>,
    /// Events that wait.
    pub outbox: BTreeMap<u64, Event>,
    /// The newest fence.
    pub last_fence: u64,
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
    /// Applies a batch: all of it, or nothing. One outcome per operation.
    pub fn commit(&mut self, batch: &[Op]) -> Result<Vec<Outcome>, CommitError> {
        let mut log = Vec::new();
        let mut outcomes = Vec::with_capacity(batch.len());
        for (op, operation) in batch.iter().enumerate() {
            match self.apply(operation, &mut log) {
                Ok(outcome) => outcomes.push(outcome),
                Err(refusal) => {
                    self.undo(log);
                    return Err(match refusal {
                        Refusal::Conflict => CommitError::Conflict { op },
                        Refusal::KeyTaken => CommitError::KeyTaken { op },
                    });
                }
            }
        }
        Ok(outcomes)
    }

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

    /// The edge with these ends.
    pub fn edge(&self, at: &EdgeRef) -> Option<EdgeRecord> {
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

    /// A page of a list.
    pub fn range(&self, range: &Range) -> Vec<EdgeRecord> {
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
