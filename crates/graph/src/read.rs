//! Reading and committing: the one door between the product and a store.

use std::{collections::HashMap, sync::Arc, time::Instant};

use bytes::Bytes;
use engine::store::{
    CommitError, EdgeKind, EdgeRecord, EdgeRef, KeySpace, NodeRecord, Order, Outcome, Range, Store,
};

use crate::{
    Batch, Edge, Id, Node, SecondLevel,
    among::Shared,
    batch::edge_ref,
    cache::{CacheSizes, Caches, HEAD, Head, MEMBERS},
    touched::touched,
    writing::{Gate, READ_ONLY, Writing},
};

/// A node as it was read: at a version, which a conditional write names.
#[derive(Clone, Debug)]
pub struct Stored<T> {
    /// Its id.
    pub id: Id<T>,
    /// Its version at the read.
    pub version: u64,
    /// Its body.
    pub body: T,
}

impl<T> std::ops::Deref for Stored<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.body
    }
}

/// A member of a list as it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link<T: ?Sized> {
    /// Place and cursor.
    pub ord: u64,
    /// The member.
    pub to: Id<T>,
    /// Flags of the edge.
    pub flags: u32,
    /// Small data of the edge.
    pub data: Bytes,
}

/// Which part of a list; bounds are `ord`s, exclusive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page {
    /// Only older ones.
    pub below: Option<u64>,
    /// Only newer ones.
    pub above: Option<u64>,
    /// From which end.
    pub order: Order,
    /// At most so many.
    pub limit: usize,
}

impl Page {
    /// The newest `limit`.
    pub const fn newest(limit: usize) -> Page {
        Page { below: None, above: None, order: Order::Newest, limit }
    }

    /// The newest `limit` below a cursor.
    pub const fn below(cursor: u64, limit: usize) -> Page {
        Page { below: Some(cursor), above: None, order: Order::Newest, limit }
    }
}

/// Why a read failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// The store is away.
    #[error("{0}")]
    Unavailable(String),
    /// A body does not decode: a defect, or a store from a newer release.
    #[error("the body of {name} {id} does not decode: {why}")]
    Corrupt {
        /// Kind.
        name: &'static str,
        /// Id.
        id: u64,
        /// The decoder's words.
        why: String,
    },
}

impl From<engine::store::ReadError> for ReadError {
    fn from(error: engine::store::ReadError) -> ReadError {
        ReadError::Unavailable(error.0)
    }
}

/// How a commit ended, as a label.
fn result_of(answer: &Result<Vec<Outcome>, CommitError>) -> &'static str {
    match answer {
        Ok(_) => "ok",
        Err(CommitError::Conflict { .. }) => "conflict",
        Err(CommitError::KeyTaken { .. }) => "key_taken",
        Err(CommitError::Unavailable(_)) => "unavailable",
        Err(CommitError::Refused(_)) => "refused",
    }
}

/// A store seen through types and caches. Cheap to clone behind an `Arc`.
pub struct Graph {
    store: Arc<dyn Store>,
    pub(crate) caches: Arc<Caches>,
    shared: Option<Shared>,
    gate: Gate,
}

impl Graph {
    /// Over a store, with caches of these sizes.
    pub fn new(store: Arc<dyn Store>, sizes: CacheSizes) -> Graph {
        Graph { store, caches: Arc::new(Caches::new(sizes)), shared: None, gate: Gate::default() }
    }

    /// Over a store that other processes write to as well.
    pub fn shared(second: Arc<SecondLevel>, sizes: CacheSizes) -> Graph {
        let shared = Some(Shared::new(second.clone()));
        Graph { shared, ..Graph::new(second, sizes) }
    }

    /// What there is between this process and others.
    pub(crate) fn among(&self) -> Option<(&Shared, &Caches)> {
        self.shared.as_ref().map(|shared| (shared, &*self.caches))
    }

    /// The store itself: for the outbox relay and for upkeep.
    pub fn store(&self) -> &Arc<dyn Store> {
        &self.store
    }

    /// Who may write, as far as this process knows.
    pub fn gate(&self) -> &Gate {
        &self.gate
    }

    /// Forgets all that was read: another process may have changed any of it.
    pub fn forget_everything(&self) {
        self.caches.clear();
    }

    /// Commits a batch; caches forget what it touched before this returns.
    ///
    /// The commit runs in a task of its own: a caller that goes away half way (a closed connection, a timeout)
    /// must not leave behind a cache that never hears of a batch that did happen.
    ///
    /// While nothing may be written ([`crate::Writing`]) it answers so, and nothing happens.
    pub async fn commit(&self, batch: Batch) -> Result<Vec<Outcome>, CommitError> {
        match self.gate.writing() {
            Writing::All | Writing::Settling => self.commit_always(batch).await,
            Writing::Nothing => Err(CommitError::Unavailable(READ_ONLY.to_owned())),
        }
    }

    /// The same, whoever may write: for what a process holds and decides itself.
    pub(crate) async fn commit_always(&self, batch: Batch) -> Result<Vec<Outcome>, CommitError> {
        let (store, caches) = (self.store.clone(), self.caches.clone());
        let ops = batch.ops.clone();
        let (begun, operations) = (Instant::now(), ops.len());
        let task = tokio::spawn(async move {
            let answer = store.commit(batch.ops).await;
            match &answer {
                // Also after `Unavailable`, when nobody knows whether it happened.
                Ok(_) | Err(CommitError::Unavailable(_)) => {
                    touched(&ops).iter().for_each(|thing| caches.forget(thing));
                }
                // What the batch expected was read from here, and another process knows better.
                Err(CommitError::Conflict { .. } | CommitError::KeyTaken { .. }) => {
                    ops.iter().for_each(|op| caches.doubt(op));
                }
                Err(CommitError::Refused(_)) => {}
            }
            answer
        });
        let answer = task.await.unwrap_or_else(|error| {
            // Only a defect of the engine comes here: nobody knows what it did.
            self.caches.clear();
            Err(CommitError::Unavailable(error.to_string()))
        });
        metrics::counter!("graph_commits_total", "result" => result_of(&answer)).increment(1);
        metrics::histogram!("graph_commit_seconds").record(begun.elapsed().as_secs_f64());
        metrics::histogram!("graph_commit_operations").record(operations as f64);
        answer
    }

    /// Measures the caches, for `/metrics`.
    pub fn measure(&self) {
        self.caches.measure();
    }

    /// A node, or `None` if there is none of this kind under the id.
    pub async fn get<T: Node>(&self, id: Id<T>) -> Result<Option<Arc<Stored<T>>>, ReadError> {
        let cache = &self.caches.nodes;
        if let Some(hit) = cache.get(&(T::KIND, id.raw())) {
            cache.counted(1, 0);
            return Ok(hit.and_then(|node| node.downcast().ok()));
        }
        Ok(self.get_many(&[id]).await?.pop().flatten())
    }

    /// Nodes, one answer per id, in order.
    pub async fn get_many<T: Node>(
        &self,
        ids: &[Id<T>],
    ) -> Result<Vec<Option<Arc<Stored<T>>>>, ReadError> {
        let cache = &self.caches.nodes;
        let mut answers = Vec::with_capacity(ids.len());
        let mut missing = Vec::new();
        for (index, id) in ids.iter().enumerate() {
            let key = (T::KIND, id.raw());
            match cache.get(&key) {
                Some(hit) => answers.push(hit.and_then(|node| node.downcast().ok())),
                None => {
                    missing.push((index, key, cache.generation(&key)));
                    answers.push(None);
                }
            }
        }
        cache.counted(ids.len() - missing.len(), missing.len());
        if missing.is_empty() {
            return Ok(answers);
        }
        let asked: Vec<_> = missing.iter().map(|(_, key, _)| *key).collect();
        for ((index, key, generation), record) in
            missing.into_iter().zip(self.store.nodes(&asked).await?)
        {
            let node = record.map(decode::<T>).transpose()?;
            cache.keep(key, node.clone().map(|node| node as _), generation);
            answers[index] = node;
        }
        Ok(answers)
    }

    /// One edge.
    pub async fn edge<E: Edge>(
        &self,
        from: Id<E::From>,
        to: Id<E::To>,
    ) -> Result<Option<Link<E::To>>, ReadError> {
        Ok(self.edges::<E>(&[(from, to)]).await?.pop().flatten())
    }

    /// Edges by their ends, one answer per question, in order.
    #[expect(clippy::type_complexity, reason = "pairs of ends; a name would hide which is which")]
    pub async fn edges<E: Edge>(
        &self,
        ends: &[(Id<E::From>, Id<E::To>)],
    ) -> Result<Vec<Option<Link<E::To>>>, ReadError> {
        let refs: Vec<_> = ends.iter().map(|(from, to)| edge_ref::<E>(*from, *to)).collect();
        let records = self.edge_records(&refs).await?;
        Ok(records.into_iter().map(|record| record.map(link)).collect())
    }

    /// Edges of any kinds by their ends: one round trip for questions of several kinds.
    pub async fn edge_records(
        &self,
        refs: &[EdgeRef],
    ) -> Result<Vec<Option<EdgeRecord>>, ReadError> {
        let cache = &self.caches.edges;
        let mut answers = Vec::with_capacity(refs.len());
        let mut missing = Vec::new();
        for (index, edge) in refs.iter().enumerate() {
            match cache.get(edge) {
                Some(hit) => answers.push(hit),
                None => {
                    missing.push((index, *edge, cache.generation(edge)));
                    answers.push(None);
                }
            }
        }
        cache.counted(refs.len() - missing.len(), missing.len());
        if missing.is_empty() {
            return Ok(answers);
        }
        let asked: Vec<_> = missing.iter().map(|(_, edge, _)| *edge).collect();
        for ((index, edge, generation), record) in
            missing.into_iter().zip(self.store.edges(&asked).await?)
        {
            cache.keep(edge, record.clone(), generation);
            answers[index] = record;
        }
        Ok(answers)
    }

    /// A page of a list.
    pub async fn list<E: Edge>(
        &self,
        from: Id<E::From>,
        page: Page,
    ) -> Result<Vec<Link<E::To>>, ReadError> {
        Ok(self.lists::<E>(&[from], page).await?.pop().unwrap_or_default())
    }

    /// The same page of many lists, one answer per list, in order.
    pub async fn lists<E: Edge>(
        &self,
        froms: &[Id<E::From>],
        page: Page,
    ) -> Result<Vec<Vec<Link<E::To>>>, ReadError> {
        let kind = E::DECL.kind;
        let ranges: Vec<_> = froms.iter().map(|from| range_of(from.raw(), kind, page)).collect();
        let pages = self.ranges(&ranges).await?;
        Ok(pages.into_iter().map(|page| page.into_iter().map(link).collect()).collect())
    }

    /// Pages of lists of any kinds: one round trip.
    pub async fn ranges(&self, ranges: &[Range]) -> Result<Vec<Vec<EdgeRecord>>, ReadError> {
        let cache = &self.caches.heads;
        let mut answers: Vec<Vec<EdgeRecord>> = vec![Vec::new(); ranges.len()];
        let mut asked = Vec::new();
        // Questions for the head of a list are widened to the whole head, once per list.
        let mut heads: HashMap<(u64, EdgeKind), usize> = HashMap::new();
        let mut waiting = Vec::new();
        for (index, range) in ranges.iter().enumerate() {
            let key = (range.from, range.kind);
            if let Some(page) = cache.get(&key).and_then(|head| from_head(&head, range)) {
                answers[index] = page;
                continue;
            }
            let newest = range.order == Order::Newest && range.below.is_none();
            // Above a place the head is sure to answer as long as it is long enough.
            let place = if newest && (range.above.is_none() || range.limit <= HEAD) {
                let place = *heads.entry(key).or_insert_with(|| {
                    asked.push(Range { above: None, limit: HEAD + 1, ..*range });
                    asked.len() - 1
                });
                asked[place].limit = asked[place].limit.max(range.limit);
                place
            } else {
                asked.push(*range);
                asked.len() - 1
            };
            waiting.push((index, place));
        }
        cache.counted(ranges.len() - waiting.len(), waiting.len());
        if waiting.is_empty() {
            return Ok(answers);
        }
        let generations: HashMap<_, _> =
            heads.keys().map(|key| (*key, cache.generation(key))).collect();
        let pages = self.store.ranges(&asked).await?;
        for (index, place) in waiting {
            let range = &ranges[index];
            let inside = |edge: &&EdgeRecord| range.above.is_none_or(|above| edge.ord > above);
            answers[index] =
                pages[place].iter().filter(inside).take(range.limit).cloned().collect();
        }
        for (key, place) in heads {
            if let Some(generation) = generations.get(&key) {
                cache.keep(key, Arc::new(Head::of(pages[place].clone())), *generation);
            }
        }
        Ok(answers)
    }

    /// The heads of lists of any kinds, in order: whoever asks about many members of a short list asks once
    /// (the rule of complete lists of TAO: Bronson et al., USENIX ATC 2013).
    pub async fn heads(&self, lists: &[(u64, EdgeKind)]) -> Result<Vec<Arc<Head>>, ReadError> {
        let cache = &self.caches.heads;
        let mut answers = Vec::with_capacity(lists.len());
        let mut missing = Vec::new();
        for (index, list) in lists.iter().enumerate() {
            answers.push(cache.get(list));
            if answers[index].is_none() {
                missing.push((index, *list, cache.generation(list)));
            }
        }
        cache.counted(lists.len() - missing.len(), missing.len());
        if !missing.is_empty() {
            let newest = |(from, kind)| range_of(from, kind, Page::newest(HEAD + 1));
            let asked: Vec<_> = missing.iter().map(|(_, list, _)| newest(*list)).collect();
            for ((index, list, generation), members) in
                missing.into_iter().zip(self.store.ranges(&asked).await?)
            {
                let head = Arc::new(Head::of(members));
                cache.keep(list, head.clone(), generation);
                answers[index] = Some(head);
            }
        }
        Ok(answers.into_iter().flatten().collect())
    }

    /// The ids of all members of a list, newest first; `None` if it has more than 1,000. For who walks the same
    /// list again and again, as fan-out does.
    pub async fn members<E: Edge>(
        &self,
        from: Id<E::From>,
    ) -> Result<Option<Arc<[u64]>>, ReadError> {
        let (cache, key) = (&self.caches.members, (from.raw(), E::DECL.kind));
        if let Some(hit) = cache.get(&key) {
            cache.counted(1, 0);
            return Ok(hit);
        }
        cache.counted(0, 1);
        let generation = cache.generation(&key);
        let asked = range_of(key.0, key.1, Page::newest(MEMBERS + 1));
        let edges = self.store.ranges(&[asked]).await?.pop().unwrap_or_default();
        let all = edges.len() <= MEMBERS;
        let members = all.then(|| edges.iter().map(|edge| edge.to).collect::<Arc<[u64]>>());
        cache.keep(key, members.clone(), generation);
        Ok(members)
    }

    /// How many members a list has.
    pub async fn count<E: Edge>(&self, from: Id<E::From>) -> Result<u64, ReadError> {
        Ok(self.counts(&[(from.raw(), E::DECL.kind)]).await?.pop().unwrap_or(0))
    }

    /// Counts of lists of any kinds, one answer per list, in order.
    pub async fn counts(&self, lists: &[(u64, EdgeKind)]) -> Result<Vec<u64>, ReadError> {
        let cache = &self.caches.counts;
        let mut answers = vec![0; lists.len()];
        let mut missing = Vec::new();
        for (index, list) in lists.iter().enumerate() {
            match cache.get(list) {
                Some(hit) => answers[index] = hit,
                None => missing.push((index, *list, cache.generation(list))),
            }
        }
        cache.counted(lists.len() - missing.len(), missing.len());
        if missing.is_empty() {
            return Ok(answers);
        }
        let asked: Vec<_> = missing.iter().map(|(_, list, _)| *list).collect();
        for ((index, list, generation), count) in
            missing.into_iter().zip(self.store.counts(&asked).await?)
        {
            cache.keep(list, count, generation);
            answers[index] = count;
        }
        Ok(answers)
    }

    /// Who holds a name.
    pub async fn key<T: ?Sized>(
        &self,
        space: KeySpace,
        name: &str,
    ) -> Result<Option<Id<T>>, ReadError> {
        Ok(self.keys(&[(space, name)]).await?.pop().flatten())
    }

    /// Who holds these names.
    pub async fn keys<T: ?Sized>(
        &self,
        names: &[(KeySpace, &str)],
    ) -> Result<Vec<Option<Id<T>>>, ReadError> {
        let holders = self.store.keys(names).await?;
        Ok(holders.into_iter().map(|holder| holder.map(Id::stored)).collect())
    }
}

fn range_of(from: u64, kind: EdgeKind, page: Page) -> Range {
    Range { from, kind, below: page.below, above: page.above, order: page.order, limit: page.limit }
}

fn link<T: ?Sized>(record: EdgeRecord) -> Link<T> {
    Link { ord: record.ord, to: Id::stored(record.to), flags: record.flags, data: record.data }
}

pub(crate) fn decode<T: Node>(record: NodeRecord) -> Result<Arc<Stored<T>>, ReadError> {
    let body = serde_json::from_slice(&record.body).map_err(|error| ReadError::Corrupt {
        name: T::NAME,
        id: record.id,
        why: error.to_string(),
    })?;
    Ok(Arc::new(Stored { id: Id::stored(record.id), version: record.version, body }))
}

/// The page, if the head is sure to hold all of it.
fn from_head(head: &Head, range: &Range) -> Option<Vec<EdgeRecord>> {
    let floor = if head.whole { 0 } else { head.members.last()?.ord };
    let inside = |record: &&EdgeRecord| {
        range.below.is_none_or(|below| record.ord < below)
            && range.above.is_none_or(|above| record.ord > above)
    };
    match range.order {
        Order::Newest => {
            let page: Vec<_> =
                head.members.iter().filter(inside).take(range.limit).cloned().collect();
            let sure = head.whole
                || page.len() == range.limit
                || range.above.is_some_and(|above| above >= floor);
            sure.then_some(page)
        }
        Order::Oldest => {
            let sure = head.whole || range.above.is_some_and(|above| above >= floor);
            sure.then(|| {
                head.members.iter().rev().filter(inside).take(range.limit).cloned().collect()
            })
        }
    }
}
