//! Caches of nodes, edges, list heads and counts: bounded, filled on read, invalidated by each commit.
//!
//! A reader that misses may hold an old answer when a commit passes it. So every key belongs to one of 64
//! shards with a generation: a commit raises it and removes the key in one step, and a reader keeps its answer only
//! if the generation is still the one from before its read (the leases of Nishtala et al., NSDI 2013, per shard).

use std::{
    any::Any,
    hash::{BuildHasher, Hash, RandomState},
    sync::{Arc, OnceLock},
};

use engine::store::{EdgeKind, EdgeRecord, EdgeRef, NodeKind, Op};
use metrics::Counter;
use parking_lot::Mutex;
use quick_cache::sync::Cache;

use crate::touched::{Touched, touched};

const SHARDS: usize = 64;
/// How many members of a list its cached head holds.
pub(crate) const HEAD: usize = 100;
/// The longest list whose ids are kept: 8 KB.
pub(crate) const MEMBERS: usize = 1_000;

/// How many of each the caches hold; 0 switches one off.
#[derive(Clone, Copy, Debug)]
pub struct CacheSizes {
    /// Nodes, decoded.
    pub nodes: usize,
    /// Single edges, missing ones too.
    pub edges: usize,
    /// Heads of lists.
    pub heads: usize,
    /// Counts.
    pub counts: usize,
    /// Lists of bare ids, of up to [`MEMBERS`] each.
    pub members: usize,
}

impl Default for CacheSizes {
    fn default() -> CacheSizes {
        CacheSizes { nodes: 40_000, edges: 200_000, heads: 5_000, counts: 100_000, members: 5_000 }
    }
}

impl CacheSizes {
    /// No caches: every read asks the store.
    pub const OFF: CacheSizes = CacheSizes { nodes: 0, edges: 0, heads: 0, counts: 0, members: 0 };
}

pub(crate) type AnyNode = Arc<dyn Any + Send + Sync>;

/// The newest members of a list, and whether they are all of it.
#[derive(Debug)]
pub struct Head {
    pub(crate) members: Vec<EdgeRecord>,
    pub(crate) whole: bool,
}

impl Head {
    /// Of the newest `HEAD + 1` members: the last one tells that there are more.
    pub(crate) fn of(mut members: Vec<EdgeRecord>) -> Head {
        let whole = members.len() <= HEAD;
        members.truncate(HEAD);
        Head { members, whole }
    }

    /// The edge to a member; `None` if it is not here, and `Err` if it may be in the part that is not known.
    pub fn find(&self, to: u64) -> Result<Option<&EdgeRecord>, Beyond> {
        match self.members.iter().find(|edge| edge.to == to) {
            None if !self.whole => Err(Beyond),
            found => Ok(found),
        }
    }
}

/// Only the store knows: the list is longer than its head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Beyond;

/// One cache with its generations.
pub(crate) struct Guarded<K, V> {
    cache: Option<Cache<K, V>>,
    generations: Vec<Mutex<u64>>,
    hasher: RandomState,
    name: &'static str,
    /// Hits and misses. Found once: looking a counter up by its labels costs more than the read that it counts.
    figures: OnceLock<[Counter; 2]>,
}

/// What a reader takes before it asks the store.
#[derive(Clone, Copy)]
pub(crate) struct Generation(u64);

impl<K: Hash + Eq + Clone, V: Clone> Guarded<K, V> {
    fn new(name: &'static str, size: usize) -> Guarded<K, V> {
        Guarded {
            cache: (size > 0).then(|| Cache::new(size)),
            generations: (0..SHARDS).map(|_| Mutex::new(0)).collect(),
            hasher: RandomState::new(),
            name,
            figures: OnceLock::new(),
        }
    }

    pub fn get(&self, key: &K) -> Option<V> {
        self.cache.as_ref()?.get(key)
    }

    fn shard(&self, key: &K) -> &Mutex<u64> {
        &self.generations[self.hasher.hash_one(key) as usize % SHARDS]
    }

    pub fn generation(&self, key: &K) -> Generation {
        Generation(*self.shard(key).lock())
    }

    pub fn keep(&self, key: K, value: V, read_at: Generation) {
        let Some(cache) = &self.cache else { return };
        let generation = self.shard(&key).lock();
        if *generation == read_at.0 {
            cache.insert(key, value);
        }
    }

    fn drop_key(&self, key: &K) {
        let Some(cache) = &self.cache else { return };
        let mut generation = self.shard(key).lock();
        *generation += 1;
        cache.remove(key);
    }

    fn clear(&self) {
        let Some(cache) = &self.cache else { return };
        for generation in &self.generations {
            *generation.lock() += 1;
        }
        cache.clear();
    }

    fn measure(&self) {
        if let Some(cache) = &self.cache {
            metrics::gauge!("graph_cache_entries", "cache" => self.name).set(cache.len() as f64);
        }
    }

    /// Counts what the cache answered, for `/metrics`.
    pub fn counted(&self, hits: usize, misses: usize) {
        let name = self.name;
        let [hit, miss] = self.figures.get_or_init(|| {
            [
                metrics::counter!("graph_cache_hits_total", "cache" => name),
                metrics::counter!("graph_cache_misses_total", "cache" => name),
            ]
        });
        for (figure, by) in [(hit, hits), (miss, misses)] {
            if by > 0 {
                figure.increment(by as u64);
            }
        }
    }
}

pub(crate) struct Caches {
    pub nodes: Guarded<(NodeKind, u64), Option<AnyNode>>,
    pub edges: Guarded<EdgeRef, Option<EdgeRecord>>,
    pub heads: Guarded<(u64, EdgeKind), Arc<Head>>,
    pub counts: Guarded<(u64, EdgeKind), u64>,
    /// `None`: the list is longer than [`MEMBERS`].
    pub members: Guarded<(u64, EdgeKind), Option<Arc<[u64]>>>,
}

impl Caches {
    pub fn new(sizes: CacheSizes) -> Caches {
        Caches {
            nodes: Guarded::new("nodes", sizes.nodes),
            edges: Guarded::new("edges", sizes.edges),
            heads: Guarded::new("heads", sizes.heads),
            counts: Guarded::new("counts", sizes.counts),
            members: Guarded::new("members", sizes.members),
        }
    }

    /// Forgets what a committed operation, or another process, has touched.
    pub fn forget(&self, thing: &Touched) {
        match thing {
            Touched::Node(kind, id) => self.nodes.drop_key(&(*kind, *id)),
            Touched::Edge(edge) => self.forget_edge(edge),
            Touched::Count(from, kind) => self.counts.drop_key(&(*from, *kind)),
        }
    }

    /// Forgets all that an operation of a batch that conflicted was built on.
    pub fn doubt(&self, op: &Op) {
        match op {
            Op::Guard { kind, id, .. } => self.nodes.drop_key(&(*kind, *id)),
            Op::GuardEdge { edge, .. } => self.forget_edge(edge),
            other => touched(std::slice::from_ref(other)).iter().for_each(|it| self.forget(it)),
        }
    }

    fn forget_edge(&self, edge: &EdgeRef) {
        self.edges.drop_key(edge);
        self.heads.drop_key(&(edge.from, edge.kind));
        self.members.drop_key(&(edge.from, edge.kind));
    }

    /// Tells how much the caches hold.
    pub fn measure(&self) {
        self.nodes.measure();
        self.edges.measure();
        self.heads.measure();
        self.counts.measure();
        self.members.measure();
    }

    pub fn clear(&self) {
        self.nodes.clear();
        self.edges.clear();
        self.heads.clear();
        self.counts.clear();
        self.members.clear();
    }
}
