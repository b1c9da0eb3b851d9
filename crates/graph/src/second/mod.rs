//! The second level: a store whose nodes and counts lie in a cache that all processes share, in front of it.
//!
//! Whoever misses reads the store and fills the cache under a lease; whoever commits marks what it touches before, so that
//! nothing from before lies there after (`engine::lookaside`). A commit that cannot mark raises a counter in the store
//! in its own transaction, which turns all that lies there into nothing within half a second ([`view`]). So the cache may
//! lose, freeze, restart or be out of reach, for all processes or for one: it costs reads, never the truth. The whole
//! argument stands in `docs/decisions/0006-the-second-level.md`.

mod question;
mod view;

use std::{
    hash::{BuildHasher, RandomState},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use bytes::Bytes;
use engine::{
    lookaside::{Lookaside, Reader},
    store::{
        Answers, CommitError, EdgeKind, EdgeRecord, EdgeRef, KeySpace, LeasedEvent, MAX_BATCH,
        NodeKind, NodeRecord, Op, Outcome, Range, ReadError, Reads, Store,
    },
};
use metrics::Counter;
use parking_lot::RwLock;
use tokio::{
    sync::Notify,
    time::{Instant, timeout},
};

pub(crate) use view::Generation;

use self::{
    question::{Kinds, Question},
    view::{TRUST, View},
};
use crate::{
    EdgeDecl, NodeDecl,
    touched::{tell, tell_void, touched},
};

/// A cache that takes longer is slower than what it saves.
const PATIENCE: Duration = Duration::from_millis(250);
/// How long a value may lie. Bounds what two failures at once can do; everything else ends values at once.
const VALUE: Duration = Duration::from_secs(60);
/// How long a mark stands that nobody settles: longer than any commit is under way.
const MARK: Duration = Duration::from_secs(120);

/// A store behind a cache that processes share.
pub struct SecondLevel {
    store: Arc<dyn Store>,
    cache: Option<Arc<dyn Lookaside>>,
    kinds: Kinds,
    view: RwLock<Option<Arc<View>>>,
    /// How often the cache did not answer.
    doubts: AtomicU64,
    numbers: AtomicU64,
    hasher: RandomState,
    /// Who tells, among processes.
    own: u64,
    figures: Figures,
}

/// Found once; see [`crate::cache`].
struct Figures {
    hits: Counter,
    misses: Counter,
    unmarked: Counter,
}

/// What a look at the store and the cache found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Verified {
    /// What was read before may be older than thought: forget it.
    pub changed: bool,
    /// Processes on this store have different caches: nobody uses one, until they have the same.
    pub contested: bool,
}

impl SecondLevel {
    /// In front of a store, for these kinds of nodes and for the counts of these kinds of lists. Without a cache it only makes
    /// sure that processes which have one know of it.
    pub fn new(
        store: Arc<dyn Store>,
        cache: Option<Arc<dyn Lookaside>>,
        nodes: &[NodeDecl],
        edges: &[EdgeDecl],
    ) -> SecondLevel {
        let hasher = RandomState::new();
        let figures = Figures {
            hits: metrics::counter!("graph_cache_hits_total", "cache" => "second"),
            misses: metrics::counter!("graph_cache_misses_total", "cache" => "second"),
            unmarked: metrics::counter!("graph_commits_unmarked_total"),
        };
        SecondLevel {
            store,
            cache,
            kinds: Kinds::new(nodes, edges),
            view: RwLock::default(),
            doubts: AtomicU64::new(0),
            numbers: AtomicU64::new(0),
            own: hasher.hash_one("own") >> 1,
            hasher,
            figures,
        }
    }

    /// Looks whether the cache may be believed. To be called every 0.4 seconds; who does not believes nothing, and every commit
    /// says so in the store.
    pub async fn verify(&self, now_ms: u64) -> Verified {
        let (at, doubts) = (Instant::now(), self.doubts.load(Ordering::SeqCst));
        let ids = view::ids();
        let own = async {
            match &self.cache {
                None => Ok(None),
                Some(cache) => match timeout(TRUST, cache.life()).await {
                    Ok(Ok(life)) => Ok(Some(life)),
                    Ok(Err(_)) | Err(_) => Err(()),
                },
            }
        };
        let (read, own) = tokio::join!(timeout(TRUST, self.store.nodes(&ids)), own);
        // What was known before ends by itself.
        let Ok(Ok(read)) = read else { return Verified::default() };
        let before = self.view.read().clone();
        let view = Arc::new(View::new((at, doubts, now_ms), &read, own, before.as_deref()));
        let changed = before.is_none_or(|before| before.stamp != view.stamp);
        let contested = view.is_contested(now_ms);
        let naming = view.name_own(now_ms);
        *self.view.write() = Some(view);
        if let Some(op) = naming {
            // Where another was faster, the next look sees it.
            let _ = timeout(TRUST, self.store.commit(vec![op])).await;
        }
        Verified { changed, contested }
    }

    /// The cache, for what is asked of it beside.
    pub(crate) fn cache(&self) -> Option<&Arc<dyn Lookaside>> {
        self.cache.as_ref()
    }

    /// The name of this process in what it tells.
    pub(crate) fn own(&self) -> u64 {
        self.own
    }

    fn doubts(&self) -> u64 {
        self.doubts.load(Ordering::SeqCst)
    }

    /// The cache did not do what it should: it is not believed before the next look.
    pub(crate) fn doubt(&self) {
        self.doubts.fetch_add(1, Ordering::SeqCst);
    }

    /// A number that nobody else has.
    fn number(&self) -> u64 {
        self.hasher.hash_one(self.numbers.fetch_add(1, Ordering::Relaxed)) >> 1
    }

    fn holding(&self) -> Option<Arc<View>> {
        self.view.read().clone().filter(|view| view.holds(self.doubts()))
    }

    /// Whether what a view says is still so.
    fn still(&self, view: &View) -> bool {
        self.holding().is_some_and(|now| now.stamp == view.stamp)
    }

    async fn answer<Q: Question>(&self, questions: &[Q]) -> Result<Vec<Q::Answer>, ReadError> {
        let view = self.view.read().clone();
        let place = view.as_ref().and_then(|view| Some((view, view.readable(self.doubts())?)));
        let keys: Vec<_> = questions.iter().map(|question| question.key(&self.kinds)).collect();
        let named: Vec<&str> = keys.iter().flatten().map(String::as_str).collect();
        let (Some((view, life)), Some(cache), false) = (place, &self.cache, named.is_empty())
        else {
            return Q::ask(&*self.store, questions).await;
        };
        let reader = Reader { life, stamp: &view.stamp, lease: self.number() };
        let Ok(Ok(looked)) = timeout(PATIENCE, cache.look(reader, &named)).await else {
            self.doubt();
            return Q::ask(&*self.store, questions).await;
        };
        // The answer may have taken longer than what it relies on is good for.
        if !self.still(view) {
            return Q::ask(&*self.store, questions).await;
        }
        let mut looked = looked.into_iter();
        let (mut answers, mut missing, mut leased) = (Vec::new(), Vec::new(), Vec::new());
        for (question, key) in questions.iter().zip(&keys) {
            let found = key.as_ref().and_then(|_| looked.next());
            let answer = question::answered(question, found.as_ref());
            if answer.is_none() {
                leased.push(matches!(found, Some(engine::lookaside::Look::Lease)));
                missing.push(*question);
            }
            answers.push(answer);
        }
        self.figures.hits.increment((questions.len() - missing.len()) as u64);
        self.figures.misses.increment(missing.len() as u64);
        if missing.is_empty() {
            return Ok(answers.into_iter().flatten().collect());
        }
        let read = Q::ask(&*self.store, &missing).await?;
        let fill = missing.iter().zip(&read).zip(&leased).filter(|(_, leased)| **leased);
        let fill: Vec<(String, Bytes)> = fill
            .filter_map(|((question, answer), _)| {
                Some((question.key(&self.kinds)?, Q::value(answer)))
            })
            .collect();
        if !fill.is_empty()
            && !matches!(timeout(PATIENCE, cache.fill(reader, fill, VALUE)).await, Ok(Ok(())))
        {
            self.doubt();
        }
        let mut read = read.into_iter();
        Ok(answers.into_iter().filter_map(|answer| answer.or_else(|| read.next())).collect())
    }

    /// Marks what a commit is about to touch. `None`: it could not, and the store must say so.
    async fn begin(&self, keys: &[String], mark: u64) -> Option<Arc<View>> {
        let view = self.holding()?;
        if let (Some(cache), Some(life), false) = (&self.cache, view.life(), keys.is_empty()) {
            let marked = timeout(PATIENCE, cache.mark(life, keys, mark, MARK)).await;
            if !matches!(marked, Ok(Ok(()))) {
                self.doubt();
                return None;
            }
        }
        Some(view)
    }

    /// Whether the marks stood, and all heard what was written.
    async fn settle(&self, keys: &[String], mark: u64, tell: Bytes) -> bool {
        let Some(cache) = &self.cache else { return true };
        if keys.is_empty() && tell.is_empty() {
            return true;
        }
        let settled = timeout(PATIENCE, cache.settle(keys, mark, tell)).await;
        if !matches!(settled, Ok(Ok(_))) {
            self.doubt();
        }
        matches!(settled, Ok(Ok(true)))
    }

    /// Turns all that lies in the cache into nothing.
    async fn raise(&self) -> Result<(), CommitError> {
        self.figures.unmarked.increment(1);
        self.store.commit(vec![view::raise(self.number())]).await.map(|_| ())
    }

    /// A commit that raises a counter with what it does.
    async fn commit_unmarked(&self, mut batch: Vec<Op>) -> Result<Vec<Outcome>, CommitError> {
        if batch.len() >= MAX_BATCH {
            let answer = self.store.commit(batch).await?;
            self.raise().await?;
            return Ok(answer);
        }
        self.figures.unmarked.increment(1);
        let many = batch.len();
        batch.push(view::raise(self.number()));
        let mut answer = self.store.commit(batch).await?;
        answer.truncate(many);
        Ok(answer)
    }

    /// Tells others at once of a commit without marks, where it had none only because this process does not look (a command of
    /// the operator): what they do once for what it wrote must not be done with what was there before.
    async fn tell_void(&self, mark: u64) {
        let reachable = self.view.read().as_ref().is_none_or(|view| view.life().is_some());
        if let (Some(cache), true) = (&self.cache, reachable) {
            // Who does not hear it sees the counter, half a second later.
            let _ = timeout(PATIENCE, cache.settle(&[], mark, tell_void(self.own))).await;
        }
    }

    /// Takes away what a batch that conflicted was built on, so that who reads again reads the store.
    async fn forget_guards(&self, batch: &[Op], view: &View) {
        let guards = batch.iter().filter_map(|op| match op {
            Op::Guard { kind, id, .. } => (*kind, *id).key(&self.kinds),
            _ => None,
        });
        let (keys, mark): (Vec<String>, u64) = (guards.collect(), self.number());
        if let (Some(cache), Some(life), false) = (&self.cache, view.life(), keys.is_empty())
            && matches!(
                timeout(PATIENCE, cache.mark(life, &keys, mark, PATIENCE)).await,
                Ok(Ok(()))
            )
        {
            self.settle(&keys, mark, Bytes::new()).await;
        }
    }
}

#[async_trait]
impl Store for SecondLevel {
    async fn commit(&self, batch: Vec<Op>) -> Result<Vec<Outcome>, CommitError> {
        let (touched, mark) = (touched(&batch), self.number());
        let keys = self.kinds.keys(&touched);
        let Some(view) = self.begin(&keys, mark).await else {
            return match keys.is_empty() {
                true => self.store.commit(batch).await,
                false => {
                    let answer = self.commit_unmarked(batch).await;
                    self.tell_void(mark).await;
                    answer
                }
            };
        };
        let guards: Vec<Op> =
            batch.iter().filter(|op| matches!(op, Op::Guard { .. })).cloned().collect();
        let answer = self.store.commit(batch).await;
        match &answer {
            Ok(_) => {
                let stood = self.settle(&keys, mark, tell(self.own, &touched)).await;
                let sure = keys.is_empty() || (stood && self.still(&view));
                if !sure {
                    // Somebody may have filled what was read before: nobody may find it.
                    self.raise().await.map_err(|error| {
                        CommitError::Unavailable(format!("the cache could not be told: {error}"))
                    })?;
                }
            }
            // Nobody knows whether it happens yet: the marks stay until it is certain.
            Err(CommitError::Unavailable(_)) => {}
            Err(CommitError::Refused(_)) => _ = self.settle(&keys, mark, Bytes::new()).await,
            Err(CommitError::Conflict { .. } | CommitError::KeyTaken { .. }) => {
                self.settle(&keys, mark, Bytes::new()).await;
                self.forget_guards(&guards, &view).await;
            }
        }
        answer
    }

    async fn nodes(&self, ids: &[(NodeKind, u64)]) -> Result<Vec<Option<NodeRecord>>, ReadError> {
        self.answer(ids).await
    }

    async fn edges(&self, edges: &[EdgeRef]) -> Result<Vec<Option<EdgeRecord>>, ReadError> {
        self.store.edges(edges).await
    }

    async fn ranges(&self, ranges: &[Range]) -> Result<Vec<Vec<EdgeRecord>>, ReadError> {
        self.store.ranges(ranges).await
    }

    async fn counts(&self, lists: &[(u64, EdgeKind)]) -> Result<Vec<u64>, ReadError> {
        self.answer(lists).await
    }

    /// What lies in the cache is asked there, and the rest in one round trip beside it.
    async fn read(&self, reads: &Reads) -> Result<Answers, ReadError> {
        if self.cache.is_none() {
            return self.store.read(reads).await;
        }
        let (edges, ranges) = (reads.edges.clone(), reads.ranges.clone());
        let rest = Reads { edges, ranges, ..Reads::default() };
        let (nodes, counts, rest) = tokio::join!(
            self.nodes(&reads.nodes),
            self.counts(&reads.counts),
            self.store.read(&rest)
        );
        Ok(Answers { nodes: nodes?, counts: counts?, ..rest? })
    }

    async fn keys(&self, names: &[(KeySpace, &str)]) -> Result<Vec<Option<u64>>, ReadError> {
        self.store.keys(names).await
    }

    async fn lease_events(
        &self,
        limit: usize,
        now_ms: u64,
        lease: Duration,
    ) -> Result<Vec<LeasedEvent>, ReadError> {
        self.store.lease_events(limit, now_ms, lease).await
    }

    async fn settle_events(&self, events: &[(u64, u64)]) -> Result<usize, ReadError> {
        self.store.settle_events(events).await
    }

    fn emitted(&self) -> Arc<Notify> {
        self.store.emitted()
    }
}
