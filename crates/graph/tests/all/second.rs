//! The second level changes speed and nothing else: two processes on one store, whatever their shared cache does.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use bytes::Bytes;
use engine::{
    cache::{Cache, CacheError, Quota, Verdict},
    lookaside::{Ask, Look, Lookaside, News, Reader},
    memory::{cache::MemoryCache, store::MemoryStore},
    store::{
        CommitError, EdgeKind, EdgeRecord, EdgeRef, KeySpace, LeasedEvent, NodeKind, NodeRecord,
        Op, Outcome, Range, ReadError, Store,
    },
};
use graph::{Batch, CacheSizes, Expect, Graph, Id, Node, SecondLevel};
use parking_lot::{Mutex, RwLock};
use proptest::prelude::*;
use tokio::{sync::Notify, task::JoinHandle};

use crate::kinds::{EDGES, Follows, Note, Person, named, person};

/// Chance that repeats, for where tasks take turns and what fails.
#[derive(Clone)]
struct Dice(Arc<AtomicU64>);

impl Dice {
    fn roll(&self, sides: u64) -> u64 {
        let mut x = self.0.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::Relaxed);
        x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (x ^ (x >> 31)) % sides
    }

    /// Lets others go first, a few times.
    async fn turns(&self) {
        for _ in 0..self.roll(4) {
            tokio::task::yield_now().await;
        }
    }
}

/// A store where others go first before and after each question, and which counts them. Of some commits nobody hears
/// whether they happened: they did, they did not, or they will later.
struct Slow {
    inner: Arc<MemoryStore>,
    late: Mutex<Vec<JoinHandle<()>>>,
    dice: Dice,
    deaf: AtomicU64,
    asked: AtomicUsize,
}

#[async_trait]
impl Store for Slow {
    async fn commit(&self, batch: Vec<Op>) -> Result<Vec<Outcome>, CommitError> {
        self.dice.turns().await;
        let lost = self.dice.roll(100) < self.deaf.load(Ordering::Relaxed);
        let fate = self.dice.roll(3);
        if lost && fate == 0 {
            return Err(CommitError::Unavailable("not sent".to_owned()));
        }
        if lost && fate == 1 {
            let (inner, dice) = (self.inner.clone(), self.dice.clone());
            self.late.lock().push(tokio::spawn(async move {
                for _ in 0..4 {
                    dice.turns().await;
                }
                let _ = inner.commit(batch).await;
            }));
            return Err(CommitError::Unavailable("not yet".to_owned()));
        }
        let answer = self.inner.commit(batch).await;
        self.dice.turns().await;
        if lost && answer.is_ok() {
            return Err(CommitError::Unavailable("not heard".to_owned()));
        }
        answer
    }
    async fn nodes(&self, ids: &[(NodeKind, u64)]) -> Result<Vec<Option<NodeRecord>>, ReadError> {
        // Looks at the generation are asked as well, and are no reads of the product.
        let read = ids.iter().filter(|(kind, _)| kind.0 != 5).count();
        self.asked.fetch_add(read, Ordering::Relaxed);
        self.dice.turns().await;
        let answer = self.inner.nodes(ids).await;
        self.dice.turns().await;
        answer
    }
    async fn edges(&self, edges: &[EdgeRef]) -> Result<Vec<Option<EdgeRecord>>, ReadError> {
        self.inner.edges(edges).await
    }
    async fn ranges(&self, ranges: &[Range]) -> Result<Vec<Vec<EdgeRecord>>, ReadError> {
        self.inner.ranges(ranges).await
    }
    async fn counts(&self, lists: &[(u64, EdgeKind)]) -> Result<Vec<u64>, ReadError> {
        self.asked.fetch_add(lists.len(), Ordering::Relaxed);
        self.dice.turns().await;
        let answer = self.inner.counts(lists).await;
        self.dice.turns().await;
        answer
    }
    async fn keys(&self, names: &[(KeySpace, &str)]) -> Result<Vec<Option<u64>>, ReadError> {
        self.inner.keys(names).await
    }
    async fn lease_events(
        &self,
        limit: usize,
        now_ms: u64,
        lease: Duration,
    ) -> Result<Vec<LeasedEvent>, ReadError> {
        self.inner.lease_events(limit, now_ms, lease).await
    }
    async fn settle_events(&self, events: &[(u64, u64)]) -> Result<usize, ReadError> {
        self.inner.settle_events(events).await
    }
    fn emitted(&self) -> Arc<Notify> {
        self.inner.emitted()
    }
}

/// One server that processes share: how often it was started, and what it holds.
struct Server(RwLock<(u64, Arc<MemoryCache>)>);

impl Server {
    /// Takes all away; a restart shows, an operator's `FLUSHALL` and a full memory do not.
    fn empty(&self, restart: bool) {
        let mut server = self.0.write();
        *server = (server.0 + u64::from(restart), Arc::new(MemoryCache::new()));
    }

    fn holds(&self) -> Arc<MemoryCache> {
        self.0.read().1.clone()
    }

    fn life(&self) -> String {
        format!("life {}", self.0.read().0)
    }
}

/// The way of one process to the server. It fails by chance: before, or after the server has done what was asked.
struct Way {
    server: Arc<Server>,
    dice: Dice,
    /// Of two hundred questions so many fail on the way there, and as many on the way back.
    fails: AtomicU64,
    /// Of a thousand questions so many find the server empty, half of them after a restart.
    empties: AtomicU64,
}

impl Way {
    async fn go(&self) -> Result<Arc<MemoryCache>, CacheError> {
        self.dice.turns().await;
        if self.dice.roll(1_000) < self.empties.load(Ordering::Relaxed) {
            self.server.empty(self.dice.roll(2) == 0);
        }
        if self.dice.roll(200) < self.fails.load(Ordering::Relaxed) {
            return Err(CacheError("the way there".to_owned()));
        }
        Ok(self.server.holds())
    }

    /// The way to the server in one life.
    async fn within(&self, life: &str) -> Result<(Arc<MemoryCache>, String), CacheError> {
        let cache = self.go().await?;
        if self.server.life() != life {
            return Err(CacheError("another life".to_owned()));
        }
        let inner = cache.life().await?;
        Ok((cache, inner))
    }

    async fn back<T>(&self, answer: Result<T, CacheError>) -> Result<T, CacheError> {
        self.dice.turns().await;
        match self.dice.roll(200) < self.fails.load(Ordering::Relaxed) {
            true => Err(CacheError("the way back".to_owned())),
            false => answer,
        }
    }
}

#[async_trait]
impl Cache for Way {
    async fn get(&self, _: &[&str], _: u64) -> Result<Vec<Option<Bytes>>, CacheError> {
        unreachable!("the graph asks for no values")
    }
    async fn set(&self, _: Vec<(String, Bytes)>, _: u64, _: Duration) -> Result<(), CacheError> {
        unreachable!("the graph sets no values")
    }
    async fn delete(&self, _: &[&str]) -> Result<(), CacheError> {
        unreachable!("the graph deletes no values")
    }
    async fn add(&self, _: &str, _: i64, _: u64, _: Duration) -> Result<i64, CacheError> {
        unreachable!("the graph adds no numbers")
    }
    async fn limit(&self, _: &str, _: Quota, _: u32, _: u64) -> Result<Verdict, CacheError> {
        unreachable!("the graph asks no limits")
    }
}

#[async_trait]
impl Lookaside for Way {
    async fn life(&self) -> Result<String, CacheError> {
        self.go().await?;
        self.back(Ok(self.server.life())).await
    }
    async fn look(&self, reader: Reader<'_>, keys: &[&str]) -> Result<Vec<Look>, CacheError> {
        let (cache, life) = self.within(reader.life).await?;
        let answer = cache.look(Reader { life: &life, ..reader }, keys).await;
        self.back(answer).await
    }
    async fn fill(
        &self,
        reader: Reader<'_>,
        values: Vec<(String, Bytes)>,
        ttl: Duration,
    ) -> Result<(), CacheError> {
        let answer = self.go().await?.fill(reader, values, ttl).await;
        self.back(answer).await
    }
    async fn mark(
        &self,
        life: &str,
        keys: &[String],
        mark: u64,
        ttl: Duration,
    ) -> Result<(), CacheError> {
        let (cache, life) = self.within(life).await?;
        let answer = cache.mark(&life, keys, mark, ttl).await;
        self.back(answer).await
    }
    async fn settle(&self, keys: &[String], mark: u64, tell: Bytes) -> Result<bool, CacheError> {
        let answer = self.go().await?.settle(keys, mark, tell).await;
        self.back(answer).await
    }
    async fn admit(
        &self,
        asks: &[Ask],
        now_ms: u64,
        after: u64,
    ) -> Result<(Vec<Verdict>, News), CacheError> {
        let answer = self.go().await?.admit(asks, now_ms, after).await;
        self.back(answer).await
    }
}

/// Two processes on one store and one cache.
struct Pair {
    store: Arc<Slow>,
    ways: Vec<Arc<Way>>,
    graphs: Vec<Arc<Graph>>,
}

/// A time of day; the cache was named long before.
const NOW: u64 = 1_900_000_000_000;

impl Pair {
    async fn new(seed: u64) -> Pair {
        let dice = Dice(Arc::new(AtomicU64::new(seed)));
        let (deaf, asked, late) = (AtomicU64::new(0), AtomicUsize::new(0), Mutex::default());
        let inner = Arc::new(MemoryStore::new());
        let store = Arc::new(Slow { inner, late, dice: dice.clone(), deaf, asked });
        let server = Arc::new(Server(RwLock::new((1, Arc::new(MemoryCache::new())))));
        let way = || {
            let (fails, empties) = (AtomicU64::new(0), AtomicU64::new(0));
            Arc::new(Way { server: server.clone(), dice: dice.clone(), fails, empties })
        };
        let ways = vec![way(), way()];
        let mut pair = Pair { store, ways, graphs: Vec::new() };
        // Somebody names the cache, long before the others come.
        pair.process(0).stay_fresh(NOW - 60_000).await;
        pair.graphs = vec![pair.process(0), pair.process(1)];
        pair.look().await;
        pair
    }

    /// A process that was just started.
    fn process(&self, way: usize) -> Arc<Graph> {
        let nodes = [Person::DECL, Note::DECL];
        let cache: Arc<dyn Lookaside> = self.ways[way].clone();
        let second = SecondLevel::new(self.store.clone(), Some(cache), &nodes, EDGES);
        Arc::new(Graph::shared(Arc::new(second), CacheSizes::default()))
    }

    /// Both do what they do every 0.4 seconds.
    async fn look(&self) {
        for graph in &self.graphs {
            graph.stay_fresh(NOW).await;
        }
    }

    /// What a graph tells of somebody, and the truth.
    async fn compare(&self, graph: &Graph, raw: u64, why: &str) {
        let truth = Graph::new(self.store.clone(), CacheSizes::OFF);
        let shown = async |graph: &Graph| {
            let node = graph.get(person(raw)).await.unwrap();
            let node = node.map(|node| (node.version, node.name.clone()));
            (node, graph.count::<Follows>(person(raw)).await.unwrap())
        };
        assert_eq!(shown(graph).await, shown(&truth).await, "{why}: {raw}");
    }

    fn asked(&self) -> usize {
        self.store.asked.load(Ordering::Relaxed)
    }
}

fn put(raw: u64, name: &str) -> Batch {
    let mut batch = Batch::new();
    batch.put(person(raw), &named(name), Expect::Any);
    batch
}

#[derive(Clone, Debug)]
enum Act {
    Put(u64, String),
    Remove(u64),
    Link(u64, u64),
    Unlink(u64, u64),
    Read(u64),
    Look,
}

fn act() -> impl Strategy<Value = Act> {
    let who = || 1..=3u64;
    prop_oneof![
        3 => (who(), "[a-z]{1,3}").prop_map(|(id, name)| Act::Put(id, name)),
        1 => who().prop_map(Act::Remove),
        2 => (who(), 11..=14u64).prop_map(|(from, to)| Act::Link(from, to)),
        2 => (who(), 11..=14u64).prop_map(|(from, to)| Act::Unlink(from, to)),
        6 => who().prop_map(Act::Read),
        1 => Just(Act::Look),
    ]
}

async fn perform(graph: &Graph, act: &Act) {
    let mut batch = Batch::new();
    match act {
        Act::Put(id, name) => batch.put(person(*id), &named(name), Expect::Any),
        Act::Remove(id) => batch.remove(person(*id), Expect::Any),
        Act::Link(from, to) => batch.ensure::<Follows>(person(*from), person(*to), *to),
        Act::Unlink(from, to) => batch.discard::<Follows>(person(*from), person(*to)),
        Act::Read(id) => {
            graph.get(person(*id)).await.unwrap();
            graph.count::<Follows>(person(*id)).await.unwrap();
            return;
        }
        Act::Look => {
            graph.stay_fresh(NOW).await;
            return;
        }
    };
    // One that conflicts, or of which nobody hears, is an act too.
    let _ = graph.commit(batch).await;
}

fn rounds() -> impl Strategy<Value = Vec<Vec<(bool, Act)>>> {
    proptest::collection::vec(proptest::collection::vec((any::<bool>(), act()), 1..7), 1..14)
}

fn block_on(test: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .unwrap()
        .block_on(test);
}

/// Rounds of things that are done at once, in any order. After each round both look, and all they read is the truth.
async fn play(pair: &Pair, rounds: &[Vec<(bool, Act)>]) {
    for round in rounds {
        let acts = round.iter().map(|(second, act)| {
            let graph = pair.graphs[usize::from(*second)].clone();
            async move { perform(&graph, act).await }
        });
        futures::future::join_all(acts).await;
        let late = std::mem::take(&mut *pair.store.late.lock());
        for late in late {
            late.await.unwrap();
        }
        tokio::time::advance(Duration::from_millis(400)).await;
        pair.look().await;
        for raw in 1..=3 {
            for graph in &pair.graphs {
                pair.compare(graph, raw, "after a look").await;
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn a_shared_cache_changes_no_answer(seed: u64, rounds in rounds()) {
        block_on(async {
            let pair = Pair::new(seed).await;
            play(&pair, &rounds).await;
        });
    }

    #[test]
    fn a_cache_that_fails_by_chance_changes_no_answer(seed: u64, rounds in rounds(), fails in 1..60u64) {
        block_on(async {
            let pair = Pair::new(seed).await;
            // The second process has a better way than the first one, or a worse one.
            pair.ways[0].fails.store(fails, Ordering::Relaxed);
            pair.ways[1].fails.store(60 - fails, Ordering::Relaxed);
            pair.ways[0].empties.store(fails / 2, Ordering::Relaxed);
            play(&pair, &rounds).await;
        });
    }

    /// Marks, leases and values go at any moment, and nobody is told.
    #[test]
    fn a_cache_that_is_emptied_changes_no_answer(seed: u64, rounds in rounds(), empties in 1..200u64) {
        block_on(async {
            let pair = Pair::new(seed).await;
            pair.ways[1].empties.store(empties, Ordering::Relaxed);
            play(&pair, &rounds).await;
        });
    }

    #[test]
    fn commits_of_which_nobody_heard_change_no_answer(seed: u64, rounds in rounds(), deaf in 1..50u64) {
        block_on(async {
            let pair = Pair::new(seed).await;
            pair.store.deaf.store(deaf, Ordering::Relaxed);
            play(&pair, &rounds).await;
        });
    }

    /// What the journal tells is enough: whoever asks it reads what another process has acknowledged, without a look.
    #[test]
    fn who_asks_the_journal_reads_what_the_other_wrote(seed: u64, acts in proptest::collection::vec((any::<bool>(), act()), 1..40)) {
        block_on(async {
            let pair = Pair::new(seed).await;
            for (second, act) in &acts {
                let (writer, reader) = (&pair.graphs[usize::from(*second)], &pair.graphs[usize::from(!*second)]);
                perform(writer, act).await;
                reader.admit(&[], NOW).await.unwrap().unwrap();
                for raw in 1..=3 {
                    pair.compare(reader, raw, "after a write").await;
                }
            }
        });
    }
}

#[tokio::test(start_paused = true)]
async fn what_one_process_read_another_does_not_read_again() {
    let pair = Pair::new(1).await;
    let [one, two] = &pair.graphs[..] else { unreachable!("a pair") };
    one.commit(put(1, "Ada")).await.unwrap();
    one.get(person(1)).await.unwrap();
    one.count::<Follows>(person(1)).await.unwrap();
    assert!(one.get(person(9)).await.unwrap().is_none());
    let asked = pair.asked();

    assert_eq!(two.get(person(1)).await.unwrap().unwrap().name, "Ada");
    assert_eq!(two.count::<Follows>(person(1)).await, Ok(0));
    assert!(two.get(person(9)).await.unwrap().is_none(), "what is not there is known as well");
    one.stay_fresh(NOW).await;
    assert_eq!(one.get(person(1)).await.unwrap().unwrap().version, 1);
    // A process that starts later is warm from its first look on.
    let third = pair.process(0);
    third.stay_fresh(NOW).await;
    assert_eq!(third.get(person(1)).await.unwrap().unwrap().name, "Ada");
    assert_eq!(pair.asked(), asked, "the store was asked again");
}

#[tokio::test(start_paused = true)]
async fn kinds_that_were_not_named_do_not_lie_in_the_cache() {
    #[derive(Debug, serde::Serialize, serde::Deserialize)]
    struct Secret {}
    impl Node for Secret {
        const KIND: NodeKind = NodeKind(99);
        const NAME: &'static str = "secrets";
    }
    let pair = Pair::new(1).await;
    let id: Id<Secret> = Id::new(7).unwrap();
    let mut batch = Batch::new();
    batch.create(id, &Secret {});
    pair.graphs[0].commit(batch).await.unwrap();
    assert!(pair.graphs[0].get(id).await.unwrap().is_some());
    let asked = pair.asked();
    assert!(pair.graphs[1].get(id).await.unwrap().is_some());
    assert_eq!(pair.asked(), asked + 1);
}

#[tokio::test(start_paused = true)]
async fn who_has_not_looked_lately_believes_nothing() {
    let pair = Pair::new(1).await;
    let [one, two] = &pair.graphs[..] else { unreachable!("a pair") };
    one.commit(put(1, "Ada")).await.unwrap();
    one.get(person(1)).await.unwrap();
    tokio::time::advance(Duration::from_millis(499)).await;
    let asked = pair.asked();
    two.get(person(1)).await.unwrap();
    assert_eq!(pair.asked(), asked, "half a second is not over");
    two.forget_everything();
    tokio::time::advance(Duration::from_millis(1)).await;
    two.get(person(1)).await.unwrap();
    assert_eq!(pair.asked(), asked + 1);
}

/// Which of the two cannot reach the cache, when, and whether the store hears of it.
#[tokio::test(start_paused = true)]
async fn a_writer_that_cannot_reach_the_cache_is_heard_at_the_next_look() {
    let pair = Pair::new(1).await;
    let [one, two] = &pair.graphs[..] else { unreachable!("a pair") };
    one.commit(put(1, "old")).await.unwrap();
    two.get(person(1)).await.unwrap();
    pair.ways[0].fails.store(200, Ordering::Relaxed);
    one.commit(put(1, "new")).await.unwrap();
    // The reader still reaches the cache, where the old value lies.
    two.forget_everything();
    assert_eq!(two.get(person(1)).await.unwrap().unwrap().name, "old");
    two.stay_fresh(NOW).await;
    assert_eq!(two.get(person(1)).await.unwrap().unwrap().name, "new");
    // What it reads now lies there for others, and counts when the writer is back.
    pair.ways[0].fails.store(0, Ordering::Relaxed);
    one.stay_fresh(NOW).await;
    let asked = pair.asked();
    assert_eq!(one.get(person(1)).await.unwrap().unwrap().name, "new");
    assert_eq!(pair.asked(), asked);
}

/// A command of the operator does not look, so it cannot mark; who asks the journal, or takes a job, knows of it at once.
#[tokio::test(start_paused = true)]
async fn what_a_process_writes_that_does_not_look_is_known_to_who_asks() {
    let pair = Pair::new(1).await;
    let [one, two] = &pair.graphs[..] else { unreachable!("a pair") };
    one.commit(put(1, "old")).await.unwrap();
    for graph in [one, two] {
        graph.catch_up(NOW).await;
        graph.get(person(1)).await.unwrap();
    }
    pair.process(0).commit(put(1, "new")).await.unwrap();
    two.catch_up(NOW).await;
    assert_eq!(two.get(person(1)).await.unwrap().unwrap().name, "new");
    // Where the journal cannot be asked, nothing that was read before counts.
    pair.ways[0].fails.store(200, Ordering::Relaxed);
    one.catch_up(NOW).await;
    assert_eq!(one.get(person(1)).await.unwrap().unwrap().name, "new");
}

/// A process without a cache, or with another one, keeps those that have one from believing in it.
#[tokio::test(start_paused = true)]
async fn processes_with_different_caches_believe_in_none() {
    let pair = Pair::new(1).await;
    let one = &pair.graphs[0];
    let nodes = [Person::DECL];
    let alone = SecondLevel::new(pair.store.clone(), None, &nodes, EDGES);
    let alone = Graph::shared(Arc::new(alone), CacheSizes::default());
    let mut contested = false;
    for turn in 0..6 {
        alone.commit(put(1, &format!("turn {turn}"))).await.unwrap();
        alone.stay_fresh(NOW).await;
        contested |= one.stay_fresh(NOW).await;
        one.get(person(1)).await.unwrap();
        tokio::time::advance(Duration::from_millis(400)).await;
    }
    assert!(contested, "nobody says that the caches differ");
    let asked = pair.asked();
    one.forget_everything();
    one.get(person(1)).await.unwrap();
    assert_eq!(pair.asked(), asked + 1, "the cache was believed");
}

/// A cache of a new life waits until the last who believed in the old one has looked.
#[tokio::test(start_paused = true)]
async fn a_restarted_cache_counts_after_a_second() {
    let pair = Pair::new(1).await;
    let [one, two] = &pair.graphs[..] else { unreachable!("a pair") };
    one.commit(put(1, "Ada")).await.unwrap();
    pair.ways[0].server.empty(true);
    let warm = async || {
        two.get(person(1)).await.unwrap();
        one.forget_everything();
        let asked = pair.asked();
        one.get(person(1)).await.unwrap();
        pair.asked() == asked
    };
    let mut turns = 0;
    loop {
        pair.look().await;
        if warm().await {
            break;
        }
        tokio::time::advance(Duration::from_millis(400)).await;
        turns += 1;
        assert!(turns < 20, "it never counts");
    }
    assert!(turns >= 3, "it counts after {turns} looks");
}

#[tokio::test(start_paused = true)]
async fn a_conflict_takes_away_what_the_batch_was_built_on() {
    let pair = Pair::new(1).await;
    let [one, two] = &pair.graphs[..] else { unreachable!("a pair") };
    one.commit(put(1, "old")).await.unwrap();
    let read = two.get(person(1)).await.unwrap().unwrap();
    pair.ways[0].fails.store(200, Ordering::Relaxed);
    one.commit(put(1, "new")).await.unwrap();
    let mut batch = Batch::new();
    batch.guard(person(1), Expect::Version(read.version)).put(person(2), &named("x"), Expect::Any);
    assert_eq!(two.commit(batch).await, Err(CommitError::Conflict { op: 0 }));
    assert_eq!(two.get(person(1)).await.unwrap().unwrap().name, "new");
}

/// A writer dies between mark and commit: nobody fills, and when the mark has ended all is as before.
#[tokio::test(start_paused = true)]
async fn the_mark_of_a_dead_writer_ends() {
    let pair = Pair::new(1).await;
    let two = &pair.graphs[1];
    two.commit(put(1, "Ada")).await.unwrap();
    let server = pair.ways[0].server.holds();
    let life = server.life().await.unwrap();
    let keys = ["node:people:1".to_owned()];
    server.mark(&life, &keys, 77, Duration::from_secs(120)).await.unwrap();
    let cold = async || {
        two.stay_fresh(NOW).await;
        let asked = pair.asked();
        two.get(person(1)).await.unwrap();
        pair.asked() > asked
    };
    assert!(cold().await && cold().await);
    tokio::time::advance(Duration::from_secs(120)).await;
    assert!(cold().await, "somebody must fill it first");
    assert!(!cold().await);
}

/// Every interleaving of one reader that is held after its read and one writer is in the properties above; this one is by
/// name, for it is why there are leases.
#[tokio::test(start_paused = true)]
async fn a_slow_reader_fills_nothing_that_a_commit_has_passed() {
    let pair = Pair::new(1).await;
    let server = pair.ways[0].server.holds();
    let life = server.life().await.unwrap();
    let [one, two] = &pair.graphs[..] else { unreachable!("a pair") };
    one.commit(put(1, "old")).await.unwrap();
    // The slow reader has its lease and has read "old".
    let slow = Reader { life: &life, stamp: "0.0", lease: 99 };
    assert_eq!(server.look(slow, &["node:people:1"]).await.unwrap(), [Look::Lease]);
    one.commit(put(1, "new")).await.unwrap();
    let value = Bytes::from_static(b"1 {\"name\":\"old\"}");
    server.fill(slow, vec![("node:people:1".to_owned(), value)], MINUTE).await.unwrap();
    assert_eq!(server.look(slow, &["node:people:1"]).await.unwrap(), [Look::Lease]);
    two.forget_everything();
    assert_eq!(two.get(person(1)).await.unwrap().unwrap().name, "new");
}

const MINUTE: Duration = Duration::from_secs(60);
