//! [`Store`]: reads by `$in`, one command for a whole batch of questions. A page of a list is a command of its own, and
//! pages that are asked for together are read in one transaction, so that they are of one moment.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
    time::Duration,
};

use async_trait::async_trait;
use engine::store::{
    Answers, CommitError, EdgeKind, EdgeRecord, EdgeRef, KeySpace, LeasedEvent, NodeKind,
    NodeRecord, Op, Order, Outcome, Range, ReadError, Reads, Store,
};
use futures::{FutureExt, TryStreamExt};
use mongodb::{
    ClientSession, Collection,
    bson::{Bson, Document, doc},
    error::Error,
};
use tokio::sync::Notify;

use crate::{MongoStore, bodies, error::said, transaction};

/// An id, a place or a time as MongoDB has it; one that none can be finds nothing.
pub fn number(n: u64) -> Bson {
    Bson::Int64(i64::try_from(n).unwrap_or(-1))
}

/// A time: the end of days at the latest.
pub fn time(ms: u64) -> Bson {
    Bson::Int64(i64::try_from(ms).unwrap_or(i64::MAX))
}

/// A field that is never negative, whatever width a server gave it.
pub fn integer(document: &Document, field: &str) -> u64 {
    signed(document.get(field)).unsigned_abs()
}

/// A number, whatever width a server gave it.
pub fn signed(value: Option<&Bson>) -> i64 {
    match value {
        Some(Bson::Int64(n)) => *n,
        Some(Bson::Int32(n)) => i64::from(*n),
        #[expect(clippy::cast_possible_truncation, reason = "sums of whole numbers")]
        Some(Bson::Double(n)) => *n as i64,
        _ => 0,
    }
}

/// A code of a kind, a space or a topic.
pub fn code(document: &Document, field: &str) -> u16 {
    u16::try_from(integer(document, field)).unwrap_or(0)
}

/// The `_id` of an edge.
pub fn edge_id(from: u64, kind: u16, to: u64) -> Document {
    doc! { "from": number(from), "kind": i32::from(kind), "to": number(to) }
}

/// The `_id` of a name or a sequence.
pub fn name_id(space: u16, name: &str) -> Document {
    doc! { "space": i32::from(space), "name": name }
}

/// The edges of a list.
pub fn list_of(from: u64, kind: u16) -> Document {
    doc! { "_id.from": number(from), "_id.kind": i32::from(kind) }
}

fn inner(document: &Document) -> Document {
    document.get_document("_id").cloned().unwrap_or_default()
}

/// Space and name of a document of `keys` or `sequences`.
pub fn name_of(document: &Document) -> (KeySpace, String) {
    let id = inner(document);
    (KeySpace(code(&id, "space")), id.get_str("name").unwrap_or_default().to_owned())
}

/// Kind, id and version of a document of `nodes`.
pub fn node_of(document: &Document) -> (NodeKind, u64, u64) {
    (NodeKind(code(document, "kind")), integer(document, "_id"), integer(document, "version"))
}

/// A document of `nodes`.
pub fn node_record(document: &Document) -> NodeRecord {
    let (kind, id, version) = node_of(document);
    NodeRecord { kind, id, version, body: bodies::load(document.get("body")) }
}

/// A document of `edges`.
pub fn edge_of(document: &Document) -> EdgeRecord {
    let id = inner(document);
    EdgeRecord {
        from: integer(&id, "from"),
        kind: EdgeKind(code(&id, "kind")),
        to: integer(&id, "to"),
        ord: integer(document, "ord"),
        flags: u32::try_from(integer(document, "flags")).unwrap_or(0),
        data: bodies::load(document.get("data")),
    }
}

/// A limit as MongoDB has it, for which 0 is none; `None` is nothing at all.
pub fn most(limit: usize) -> Option<i64> {
    (limit > 0).then(|| i64::try_from(limit).unwrap_or(i64::MAX))
}

/// The `_id`s of nodes, each once.
pub fn node_ids(ids: &[(NodeKind, u64)]) -> Vec<Bson> {
    let wanted: BTreeSet<u64> = ids.iter().map(|(_, id)| *id).collect();
    wanted.into_iter().map(number).collect()
}

/// One answer a question, of what was found.
pub fn nodes_in_order(ids: &[(NodeKind, u64)], found: &[Document]) -> Vec<Option<NodeRecord>> {
    let found: HashMap<_, _> = found.iter().map(node_record).map(|node| (node.id, node)).collect();
    let answer =
        |(kind, id): &(NodeKind, u64)| found.get(id).filter(|node| node.kind == *kind).cloned();
    ids.iter().map(answer).collect()
}

/// The `_id`s of edges, each once.
pub fn edge_ids(edges: &[EdgeRef]) -> Vec<Bson> {
    let wanted: BTreeSet<_> = edges.iter().map(|e| (e.from, e.kind.0, e.to)).collect();
    wanted.into_iter().map(|(from, kind, to)| edge_id(from, kind, to).into()).collect()
}

/// One answer a question, of what was found.
pub fn edges_in_order(edges: &[EdgeRef], found: &[Document]) -> Vec<Option<EdgeRecord>> {
    let found: HashMap<_, _> = found
        .iter()
        .map(edge_of)
        .map(|edge| (EdgeRef { from: edge.from, kind: edge.kind, to: edge.to }, edge))
        .collect();
    edges.iter().map(|edge| found.get(edge).cloned()).collect()
}

/// The documents of `counts` that these lists may have, and perhaps some more.
pub fn counts_of(lists: &[(u64, EdgeKind)]) -> Document {
    let from: BTreeSet<u64> = lists.iter().map(|(from, _)| *from).collect();
    let kinds: BTreeSet<u16> = lists.iter().map(|(_, kind)| kind.0).collect();
    let from: Vec<Bson> = from.into_iter().map(number).collect();
    let kinds: Vec<i32> = kinds.into_iter().map(i32::from).collect();
    doc! { "_id.from": { "$in": from }, "_id.kind": { "$in": kinds } }
}

/// One count a list, summed over its documents. One below zero is wrong, and `miscounts` says so; people are shown none.
pub fn sums_in_order(lists: &[(u64, EdgeKind)], found: &[Document]) -> Vec<u64> {
    let mut sums: HashMap<(u64, u16), i64> = HashMap::new();
    for document in found {
        let id = inner(document);
        let list = (integer(&id, "from"), code(&id, "kind"));
        *sums.entry(list).or_default() += signed(document.get("n"));
    }
    let sum = |(from, kind): &(u64, EdgeKind)| sums.get(&(*from, kind.0)).copied().unwrap_or(0);
    lists.iter().map(|list| u64::try_from(sum(list)).unwrap_or(0)).collect()
}

/// A read that the server did not answer.
pub fn unread(error: Error) -> ReadError {
    ReadError(said(&error))
}

/// A transaction for a read that did not come to its end.
pub fn unserved(error: CommitError) -> ReadError {
    match error {
        CommitError::Unavailable(why) => ReadError(why),
        other => ReadError(other.to_string()),
    }
}

impl MongoStore {
    /// Documents of a collection by their `_id`s; none are asked for when there are none.
    async fn by_ids(&self, collection: &str, ids: Vec<Bson>) -> Result<Vec<Document>, ReadError> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let collection = self.collection(collection);
        let found = collection.find(doc! { "_id": { "$in": ids } });
        found.await.map_err(unread)?.try_collect().await.map_err(unread)
    }
}

/// A page as a filter, an order and a limit; `None` is an empty one.
pub fn page_of(range: Range) -> Option<(Document, Document, i64)> {
    let mut place = Document::new();
    if let Some(above) = range.above {
        place.insert("$gt", time(above));
    }
    if let Some(below) = range.below {
        // The largest place of all can be asked for, too.
        match i64::try_from(below) {
            Ok(below) => place.insert("$lt", below),
            Err(_) => place.insert("$lte", i64::MAX),
        };
    }
    let limit = most(range.limit)?;
    let mut list = list_of(range.from, range.kind.0);
    if !place.is_empty() {
        list.insert("ord", place);
    }
    let order = match range.order {
        Order::Newest => -1,
        Order::Oldest => 1,
    };
    // All of the index, so that it serves the order as well.
    Some((list, doc! { "_id.from": order, "_id.kind": order, "ord": order }, limit))
}

/// A page of a list, inside a transaction or not.
async fn page(
    edges: Collection<Document>,
    range: Range,
    session: Option<&mut ClientSession>,
) -> Result<Vec<EdgeRecord>, Error> {
    let Some((list, order, limit)) = page_of(range) else { return Ok(Vec::new()) };
    let found = edges.find(list).sort(order).limit(limit);
    // One answer holds the page: no second command asks for its rest.
    let found = found.batch_size(u32::try_from(limit).unwrap_or(10_000).clamp(1, 10_000) + 1);
    let page: Vec<Document> = match session {
        None => found.await?.try_collect().await?,
        Some(session) => found.session(&mut *session).await?.stream(session).try_collect().await?,
    };
    Ok(page.iter().map(edge_of).collect())
}

#[async_trait]
impl Store for MongoStore {
    async fn commit(&self, batch: Vec<Op>) -> Result<Vec<Outcome>, CommitError> {
        self.apply(batch).await
    }

    async fn nodes(&self, ids: &[(NodeKind, u64)]) -> Result<Vec<Option<NodeRecord>>, ReadError> {
        let found = self.by_ids("nodes", node_ids(ids)).await?;
        Ok(nodes_in_order(ids, &found))
    }

    async fn edges(&self, edges: &[EdgeRef]) -> Result<Vec<Option<EdgeRecord>>, ReadError> {
        let found = self.by_ids("edges", edge_ids(edges)).await?;
        Ok(edges_in_order(edges, &found))
    }

    async fn ranges(&self, ranges: &[Range]) -> Result<Vec<Vec<EdgeRecord>>, ReadError> {
        if let [range] = ranges {
            let page = page(self.collection("edges"), *range, None).await;
            return Ok(vec![page.map_err(unread)?]);
        }
        // Many pages are of one moment, which only a transaction has.
        let pages = transaction::run(&self.client, |session, _| {
            let (edges, ranges) = (self.collection("edges"), ranges.to_vec());
            async move {
                let mut pages = Vec::with_capacity(ranges.len());
                for range in ranges {
                    pages.push(page(edges.clone(), range, Some(&mut *session)).await?);
                }
                Ok(pages)
            }
            .boxed()
        });
        pages.await.map_err(unserved)
    }

    async fn counts(&self, lists: &[(u64, EdgeKind)]) -> Result<Vec<u64>, ReadError> {
        if lists.is_empty() {
            return Ok(Vec::new());
        }
        let found = self.collection("counts").find(counts_of(lists)).await.map_err(unread)?;
        let found: Vec<Document> = found.try_collect().await.map_err(unread)?;
        Ok(sums_in_order(lists, &found))
    }

    async fn read(&self, reads: &Reads) -> Result<Answers, ReadError> {
        self.read_together(reads).await
    }

    async fn keys(&self, names: &[(KeySpace, &str)]) -> Result<Vec<Option<u64>>, ReadError> {
        let wanted: BTreeSet<_> = names.iter().map(|(space, name)| (space.0, *name)).collect();
        let ids = wanted.into_iter().map(|(space, name)| name_id(space, name).into()).collect();
        let found = self.by_ids("keys", ids).await?;
        let found: HashMap<_, _> =
            found.iter().map(|key| (name_of(key), integer(key, "id"))).collect();
        let holder =
            |(space, name): &(KeySpace, &str)| found.get(&(*space, (*name).to_owned())).copied();
        Ok(names.iter().map(holder).collect())
    }

    async fn lease_events(
        &self,
        limit: usize,
        now_ms: u64,
        lease: Duration,
    ) -> Result<Vec<LeasedEvent>, ReadError> {
        let Some(limit) = most(limit) else { return Ok(Vec::new()) };
        let free = doc! { "lease_until": { "$lte": time(now_ms) } };
        let lease = now_ms.saturating_add(u64::try_from(lease.as_millis()).unwrap_or(u64::MAX));
        let claimed = self.claim("events", free, doc! { "_id": 1 }, limit, lease, doc! {}).await?;
        let leased = claimed.iter().map(|event| LeasedEvent {
            id: integer(event, "_id"),
            topic: code(event, "topic"),
            body: bodies::load(event.get("body")),
            fence: integer(event, "fence"),
        });
        Ok(leased.collect())
    }

    async fn settle_events(&self, events: &[(u64, u64)]) -> Result<usize, ReadError> {
        // Fence 0 is an event that nobody leased yet.
        let held = events.iter().filter(|(_, fence)| *fence != 0);
        let held = held.map(
            |(id, fence)| doc! { "q": { "_id": number(*id), "fence": number(*fence) }, "limit": 1 },
        );
        let deletes: Vec<Document> = held.collect();
        if deletes.is_empty() {
            return Ok(0);
        }
        let command = doc! { "delete": "events", "deletes": deletes, "ordered": false };
        let settled = self.database.run_command(command).await.map_err(unread)?;
        Ok(usize::try_from(integer(&settled, "n")).unwrap_or(0))
    }

    fn emitted(&self) -> Arc<Notify> {
        self.emitted.clone()
    }
}

impl MongoStore {
    /// Leases up to `limit` documents that `free` describes, in this order, until `until`: each one goes to one of those
    /// who ask at once, since a document is changed by one at a time and only while it is free. What this lease got has
    /// its fence, a number that nobody else has.
    pub(crate) async fn claim(
        &self,
        collection: &str,
        free: Document,
        order: Document,
        limit: i64,
        until: u64,
        also: Document,
    ) -> Result<Vec<Document>, ReadError> {
        let collection = self.collection(collection);
        loop {
            let found = collection.find(free.clone()).sort(order.clone()).limit(limit);
            let found = found.projection(doc! { "_id": 1 }).await.map_err(unread)?;
            let ids = found.map_ok(|mut document| document.remove("_id").unwrap_or(Bson::Null));
            let ids: Vec<Bson> = ids.try_collect().await.map_err(unread)?;
            if ids.is_empty() {
                return Ok(Vec::new());
            }
            // Nobody else has these numbers: a document that has one of them is ours.
            let first = rand::random_range(1..1_i64 << 62);
            let lease = |(id, fence): (&Bson, i64)| {
                let mut still_free = free.clone();
                still_free.insert("_id", id.clone());
                let mut lease = doc! { "$set": { "lease_until": time(until), "fence": fence } };
                lease.extend(also.clone());
                doc! { "q": still_free, "u": lease }
            };
            let leases: Vec<Document> = ids.iter().zip(first..).map(lease).collect();
            let last = first.saturating_add(limit);
            let command = doc! { "update": collection.name(), "updates": leases, "ordered": false };
            self.database.run_command(command).await.map_err(unread)?;
            let ours = doc! { "_id": { "$in": ids }, "fence": { "$gte": first, "$lt": last } };
            let ours = collection.find(ours).sort(order.clone()).await.map_err(unread)?;
            let ours: Vec<Document> = ours.try_collect().await.map_err(unread)?;
            if !ours.is_empty() {
                return Ok(ours);
            }
            // Others were faster with each of them: there may be more.
        }
    }
}
