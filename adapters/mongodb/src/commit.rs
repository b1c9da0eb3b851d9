//! What a batch does, in one transaction: read what it touches, apply it in memory, write the difference.
//!
//! The meaning of an operation is the reference's ([`engine::memory::store::state`]), so it stands once. A transaction sees
//! one snapshot, and the server lets only one of two transactions write the same document. What is **read and not written**
//! the server does not protect (write skew); so whatever a batch relies on is written, too, in a way that leaves nothing:
//! a condition that a node exists inserts and deletes a document of `locks`, one of [`LOCKS`] by chance, and whoever removes
//! the node takes all of them: thousands may like a post at once, and none of them likes a post that is gone. Counts are
//! spread over shards for the same reason: a document that everybody writes would let commits through one by one.

use std::collections::{BTreeMap, BTreeSet};

use engine::{
    memory::store::{
        check_batch,
        state::{Edge, Event, List, Node, State},
    },
    store::{CommitError, Counted, EdgeRef, Expect, Op, Outcome},
};
use futures::{FutureExt, TryStreamExt};
use mongodb::{
    ClientSession, Database,
    bson::{Bson, Document, doc},
};
use rand::Rng;

use crate::{
    MongoStore, bodies,
    error::{DUPLICATE, Fault, refused},
    store::{edge_id, edge_of, integer, list_of, name_id, node_of, number},
    transaction,
};

/// Documents that stand for "this node exists".
pub const LOCKS: u32 = 16;
/// A count is spread over so many documents once two commits collided on it; before, one is enough.
pub const SHARDS: i32 = 16;
/// Counts are changed, not read: the memory counts from here, and what is written is the difference.
const MIDDLE: u64 = 1 << 40;

impl MongoStore {
    pub(crate) async fn apply(&self, batch: Vec<Op>) -> Result<Vec<Outcome>, CommitError> {
        check_batch(&batch)?;
        if batch.is_empty() {
            return Ok(Vec::new());
        }
        let emits = batch.iter().any(|op| matches!(op, Op::Emit { .. }));
        let batch = std::sync::Arc::new(batch);
        let outcomes = transaction::run(&self.client, |session, attempt| {
            let (database, batch) = (self.database.clone(), batch.clone());
            async move { attempt_once(&database, session, &batch, attempt).await }.boxed()
        });
        let outcomes = outcomes.await?;
        if emits {
            // Wakes everyone who waits, and leaves a permit for who is just about to.
            self.emitted.notify_waiters();
            self.emitted.notify_one();
        }
        Ok(outcomes)
    }
}

async fn attempt_once(
    database: &Database,
    session: &mut ClientSession,
    batch: &[Op],
    attempt: u32,
) -> Result<Vec<Outcome>, Fault> {
    let touched = Touched::by(batch);
    let before = touched.load(&mut Reader { database, session }).await?;
    let mut after = before.clone();
    let outcomes = after.commit(batch).map_err(Fault::Refused)?;
    let shard = if attempt == 0 { 0 } else { rand::rng().random_range(0..SHARDS) };
    let mut changes = Changes::between(&before, &after, shard);
    changes.protect(batch, &before, &after);
    changes.write(database, session, batch).await?;
    Ok(outcomes)
}

/// All that a batch may look at.
#[derive(Default)]
struct Touched<'a> {
    nodes: BTreeSet<u64>,
    edges: BTreeSet<EdgeKey>,
    places: BTreeMap<List, Vec<u64>>,
    counted: BTreeSet<List>,
    keys: BTreeSet<(u16, &'a str)>,
    sequences: BTreeSet<(u16, &'a str)>,
}

type EdgeKey = (u64, u16, u64);

impl<'a> Touched<'a> {
    fn by(batch: &'a [Op]) -> Self {
        let mut touched = Self::default();
        for op in batch {
            match op {
                Op::Put { id, .. } | Op::Remove { id, .. } | Op::Guard { id, .. } => {
                    touched.nodes.insert(*id);
                }
                Op::GuardEdge { edge, .. } | Op::Annotate { edge, .. } => touched.edge(edge, None),
                Op::Link { edge, ord, counted, .. } => {
                    touched.edge(edge, Some(*ord));
                    touched.count(edge, *counted);
                }
                Op::Unlink { edge, counted, .. } => {
                    touched.edge(edge, None);
                    touched.count(edge, *counted);
                }
                Op::Move { edge, ord } | Op::Flag { edge, ord, .. } => {
                    touched.edge(edge, Some(*ord));
                }
                Op::Claim { space, name, .. } | Op::Release { space, name, .. } => {
                    touched.keys.insert((space.0, name));
                }
                Op::Sequence { space, name } => {
                    touched.sequences.insert((space.0, name));
                }
                // An id is used once; should it not be, the insert finds out.
                Op::Emit { .. } => {}
            }
        }
        touched
    }

    fn edge(&mut self, edge: &EdgeRef, ord: Option<u64>) {
        self.edges.insert((edge.from, edge.kind.0, edge.to));
        if let Some(ord) = ord {
            self.places.entry((edge.from, edge.kind)).or_default().push(ord);
        }
    }

    fn count(&mut self, edge: &EdgeRef, counted: Counted) {
        if counted == Counted::Yes {
            self.counted.insert((edge.from, edge.kind));
        }
    }

    async fn load(&self, reader: &mut Reader<'_>) -> Result<State, Fault> {
        let counts = self.counted.iter().map(|list| (*list, MIDDLE)).collect();
        let mut state = State { counts, ..State::default() };
        let ids: Vec<Bson> = self.nodes.iter().map(|id| number(*id)).collect();
        for document in reader.find("nodes", is_in(ids)).await? {
            let (kind, id, version) = node_of(&document);
            let node = Node { kind, version, body: bodies::load(document.get("body")) };
            state.nodes.insert(id, node);
        }
        let mut wanted: Vec<Document> = Vec::new();
        if !self.edges.is_empty() {
            let ends = self.edges.iter().map(|(from, kind, to)| edge_id(*from, *kind, *to).into());
            wanted.push(is_in(ends.collect()).unwrap_or_default());
        }
        for ((from, kind), ords) in &self.places {
            let ords: Vec<Bson> = ords.iter().map(|ord| number(*ord)).collect();
            let mut place = list_of(*from, kind.0);
            place.insert("ord", doc! { "$in": ords });
            wanted.push(place);
        }
        let edges = match wanted.len() {
            0 | 1 => wanted.pop(),
            _ => Some(doc! { "$or": wanted }),
        };
        for document in reader.find("edges", edges).await? {
            let edge = edge_of(&document);
            state.places.insert((edge.from, edge.kind, edge.ord), edge.to);
            let found = Edge { ord: edge.ord, flags: edge.flags, data: edge.data };
            state.members.insert((edge.from, edge.kind, edge.to), found);
        }
        for document in reader.find("keys", named(&self.keys)).await? {
            let (space, name) = crate::store::name_of(&document);
            state.keys.insert((space, name), integer(&document, "id"));
        }
        for document in reader.find("sequences", named(&self.sequences)).await? {
            let (space, name) = crate::store::name_of(&document);
            state.sequences.insert((space, name), integer(&document, "n"));
        }
        Ok(state)
    }
}

fn is_in(ids: Vec<Bson>) -> Option<Document> {
    (!ids.is_empty()).then(|| doc! { "_id": { "$in": ids } })
}

fn named(names: &BTreeSet<(u16, &str)>) -> Option<Document> {
    is_in(names.iter().map(|(space, name)| name_id(*space, name).into()).collect())
}

/// Reads inside the transaction.
struct Reader<'a> {
    database: &'a Database,
    session: &'a mut ClientSession,
}

impl Reader<'_> {
    async fn find(&mut self, name: &str, what: Option<Document>) -> Result<Vec<Document>, Fault> {
        let Some(what) = what else { return Ok(Vec::new()) };
        let collection = self.database.collection::<Document>(name);
        let mut found = collection.find(what).session(&mut *self.session).await?;
        Ok(found.stream(self.session).try_collect().await?)
    }
}

/// What is written to one collection, in this order.
#[derive(Default)]
struct Writes {
    deletes: Vec<Bson>,
    updates: Vec<Document>,
    inserts: Vec<Document>,
}

#[derive(Default)]
struct Changes(BTreeMap<&'static str, Writes>);

impl Changes {
    /// The difference of two states. An edge that moves is deleted and inserted: two may change places.
    fn between(before: &State, after: &State, shard: i32) -> Self {
        let mut changes = Self::default();
        let nodes = changes.of("nodes");
        for (id, old, new) in differences(&before.nodes, &after.nodes) {
            let fields = |node: &Node| {
                doc! { "kind": i32::from(node.kind.0), "version": number(node.version), "body": bodies::store(&node.body) }
            };
            nodes.change(number(*id), old.is_some(), new.map(fields));
        }
        let edges = changes.of("edges");
        for ((from, kind, to), old, new) in differences(&before.members, &after.members) {
            let id: Bson = edge_id(*from, kind.0, *to).into();
            let moves = matches!((old, new), (Some(old), Some(new)) if old.ord != new.ord);
            if moves {
                edges.deletes.push(id.clone());
            }
            edges.change(id, old.is_some() && !moves, new.map(edge_fields));
        }
        let keys = changes.of("keys");
        for ((space, name), old, new) in differences(&before.keys, &after.keys) {
            let fields = new.map(|id| doc! { "id": number(*id) });
            keys.change(name_id(space.0, name).into(), old.is_some(), fields);
        }
        let sequences = changes.of("sequences");
        for ((space, name), old, new) in differences(&before.sequences, &after.sequences) {
            let fields = new.map(|n| doc! { "n": number(*n) });
            sequences.change(name_id(space.0, name).into(), old.is_some(), fields);
        }
        let counts = changes.of("counts");
        for ((from, kind), _, new) in differences(&before.counts, &after.counts) {
            let by = new.map_or(0, |n| n.cast_signed() - MIDDLE.cast_signed());
            let id = doc! { "from": number(*from), "kind": i32::from(kind.0), "shard": shard };
            let by = doc! { "$inc": { "n": by } };
            counts.updates.push(doc! { "q": { "_id": id }, "u": by, "upsert": true });
        }
        let events = changes.of("events");
        for (id, _, new) in differences(&before.outbox, &after.outbox) {
            let fields = |event: &Event| {
                doc! {
                    "topic": i32::from(event.topic), "body": bodies::store(&event.body),
                    "lease_until": 0_i64, "fence": 0_i64,
                }
            };
            events.change(number(*id), false, new.map(fields));
        }
        changes
    }

    /// Writes what the batch relies on and does not change, so that nobody else changes it meanwhile.
    fn protect(&mut self, batch: &[Op], before: &State, after: &State) {
        let mut locks = BTreeSet::new();
        for op in batch {
            match op {
                Op::Guard { id, .. } if before.nodes.get(id) != after.nodes.get(id) => {}
                Op::Guard { id, expect: Expect::Present, .. } => {
                    locks.insert(lock(*id, rand::rng().random_range(0..LOCKS)));
                }
                Op::Guard { id, expect: Expect::Version(_), .. } => {
                    let touch =
                        doc! { "q": { "_id": number(*id) }, "u": { "$inc": { "guarded": 1 } } };
                    self.of("nodes").updates.push(touch);
                }
                Op::Guard { id, expect: Expect::Absent, .. } => {
                    self.of("nodes").pass_through(doc! { "_id": number(*id) });
                }
                Op::GuardEdge { edge, .. } => {
                    let key = (edge.from, edge.kind, edge.to);
                    let id = edge_id(edge.from, edge.kind.0, edge.to);
                    match (before.members.get(&key), after.members.get(&key)) {
                        (Some(_), Some(_)) => {
                            let touch =
                                doc! { "q": { "_id": id }, "u": { "$inc": { "guarded": 1 } } };
                            self.of("edges").updates.push(touch);
                        }
                        (None, None) => {
                            // A place that no edge has: below zero.
                            let place = -edge.to.cast_signed();
                            self.of("edges").pass_through(doc! { "_id": id, "ord": place });
                        }
                        _ => {}
                    }
                }
                Op::Remove { id, .. } if before.nodes.contains_key(id) => {
                    locks.extend((0..LOCKS).map(|n| lock(*id, n)));
                }
                _ => {}
            }
        }
        for lock in locks {
            self.of("locks").pass_through(doc! { "_id": lock });
        }
    }

    fn of(&mut self, collection: &'static str) -> &mut Writes {
        self.0.entry(collection).or_default()
    }

    async fn write(
        self,
        database: &Database,
        session: &mut ClientSession,
        batch: &[Op],
    ) -> Result<(), Fault> {
        for (collection, writes) in self.0 {
            let passing = writes.passing();
            let deletes: Vec<_> = writes.deletes.into_iter().map(delete).collect();
            let commands = [
                ("delete", "deletes", deletes),
                ("update", "updates", writes.updates),
                ("insert", "documents", writes.inserts),
                ("delete", "deletes", passing),
            ];
            for (verb, field, statements) in commands {
                if statements.is_empty() {
                    continue;
                }
                let command = doc! { verb: collection, field: statements.clone(), "ordered": true };
                let answer = database.run_command(command).session(&mut *session).await?;
                if let Some((index, code, why)) = refused(&answer) {
                    let taken = (collection, code) == ("events", DUPLICATE);
                    let event = taken.then(|| statements.get(index)).flatten();
                    return Err(match event.and_then(|event| emitter(batch, event)) {
                        Some(op) => Fault::Refused(CommitError::Conflict { op }),
                        None if code == DUPLICATE => Fault::Again(why),
                        None => Fault::Failed(why),
                    });
                }
            }
        }
        Ok(())
    }
}

impl Writes {
    fn change(&mut self, id: Bson, exists: bool, fields: Option<Document>) {
        match (exists, fields) {
            (true, Some(fields)) => {
                self.updates.push(doc! { "q": { "_id": id }, "u": { "$set": fields } });
            }
            (true, None) => self.deletes.push(id),
            (false, Some(fields)) => {
                let mut document = doc! { "_id": id };
                document.extend(fields);
                self.inserts.push(document);
            }
            (false, None) => {}
        }
    }

    /// Inserts a document and deletes it again: nobody else may do the same at the same time.
    fn pass_through(&mut self, mut document: Document) {
        document.insert("passing", true);
        if !self.inserts.contains(&document) {
            self.inserts.push(document);
        }
    }

    fn passing(&self) -> Vec<Document> {
        let passing = self.inserts.iter().filter(|document| document.contains_key("passing"));
        passing.filter_map(|document| document.get("_id").cloned()).map(delete).collect()
    }
}

fn delete(id: Bson) -> Document {
    doc! { "q": { "_id": id }, "limit": 1 }
}

fn lock(id: u64, n: u32) -> String {
    format!("node {id} {n}")
}

/// The fields of an edge beside its `_id`.
pub fn edge_fields(edge: &Edge) -> Document {
    doc! { "ord": number(edge.ord), "flags": i64::from(edge.flags), "data": bodies::store(&edge.data) }
}

/// The operation that emitted this event.
fn emitter(batch: &[Op], event: &Document) -> Option<usize> {
    let id = integer(event, "_id");
    batch.iter().rposition(|op| matches!(op, Op::Emit { id: other, .. } if *other == id))
}

/// Entries that are not the same in both.
fn differences<'a, K: Ord, V: PartialEq>(
    before: &'a BTreeMap<K, V>,
    after: &'a BTreeMap<K, V>,
) -> impl Iterator<Item = (&'a K, Option<&'a V>, Option<&'a V>)> {
    let gone = before.iter().filter(|(key, _)| !after.contains_key(key));
    let gone = gone.map(|(key, old)| (key, Some(old), None));
    let others = after.iter().map(|(key, new)| (key, before.get(key), Some(new)));
    gone.chain(others).filter(|(_, old, new)| old != new)
}
