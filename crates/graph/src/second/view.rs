//! Whether the second level may be believed: what a process knows of the generation of its contents, and for how long.
//!
//! The store is the judge. One node names the life of the cache that all processes use; eight more are counters, of which a
//! commit raises one if it could not mark what it touches. Their versions together are the stamp of every value: what
//! has another stamp is nothing. A process that has not read them for half a second believes nothing.

use std::{sync::Arc, time::Duration};

use engine::store::{Expect, NodeKind, NodeRecord, Op};
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use crate::Node;

/// For how long a look at the store is good. Longer than the time between two.
pub(crate) const TRUST: Duration = Duration::from_millis(500);
/// A cache of a new life is filled only when the last who believed in the old one has stopped to: twice that.
const SETTLED: Duration = Duration::from_secs(1);
/// Clocks of processes are less apart than this.
const CLOCKS_MS: u64 = 5_000;
/// Counters: so many commits raise one at once and do not wait for each other.
const COUNTERS: u64 = 8;
/// The node that names the life; the counters have the ids after it.
const NAMING: u64 = 201;

/// What a cache must be to be believed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Generation {
    /// The life of the cache that counts; none: nobody has one.
    #[serde(default)]
    life: Option<String>,
    /// Since when, Unix milliseconds.
    #[serde(default)]
    since_ms: u64,
}

impl Node for Generation {
    const KIND: NodeKind = NodeKind(5);
    const NAME: &'static str = "cache_generations";
}

/// What was seen in the store and in the cache, together.
#[derive(Clone, Debug)]
pub(super) struct View {
    /// When the look began.
    at: Instant,
    /// How often the cache had been doubted then.
    doubts: u64,
    /// The version of the naming node.
    version: u64,
    named: Generation,
    /// The life that this process's cache has; `Err`: it does not answer.
    own: Result<Option<String>, ()>,
    /// Values count from here on.
    from: Instant,
    /// The versions of all nine.
    pub stamp: Arc<str>,
}

/// The nine nodes.
pub(super) fn ids() -> Vec<(NodeKind, u64)> {
    (0..=COUNTERS).map(|number| (Generation::KIND, NAMING + number)).collect()
}

/// Raises a counter; any number chooses which.
pub(super) fn raise(number: u64) -> Op {
    let id = NAMING + 1 + number % COUNTERS;
    put(id, &Generation::default(), Expect::Any)
}

fn put(id: u64, body: &Generation, expect: Expect) -> Op {
    let body = serde_json::to_vec(body).expect("plain data always serialises");
    Op::Put { kind: Generation::KIND, id, body: body.into(), expect }
}

impl View {
    /// Of what the store and the cache said to a look that began at `at`.
    pub fn new(
        (at, doubts, now_ms): (Instant, u64, u64),
        read: &[Option<NodeRecord>],
        own: Result<Option<String>, ()>,
        before: Option<&View>,
    ) -> View {
        let version = |record: &Option<NodeRecord>| record.as_ref().map_or(0, |node| node.version);
        let naming = read.first().and_then(Option::as_ref);
        let named: Generation =
            naming.and_then(|node| serde_json::from_slice(&node.body).ok()).unwrap_or_default();
        let versions: Vec<String> = read.iter().map(|node| version(node).to_string()).collect();
        let version = read.first().map_or(0, version);
        let from = match before {
            Some(before) if before.version == version => before.from,
            None if named.since_ms + CLOCKS_MS < now_ms => at,
            _ => Instant::now() + SETTLED,
        };
        let stamp = versions.join(".").into();
        View { at, doubts, version, named, own, from, stamp }
    }

    /// Whether the store names the cache that this process has.
    fn agrees(&self) -> bool {
        self.own.as_ref().is_ok_and(|own| *own == self.named.life)
    }

    /// What makes the store name this process's cache, where it names another.
    pub fn name_own(&self, now_ms: u64) -> Option<Op> {
        let own = self.own.as_ref().ok().filter(|_| !self.agrees())?;
        let expect = match self.version {
            0 => Expect::Absent,
            version => Expect::Version(version),
        };
        Some(put(NAMING, &Generation { life: own.clone(), since_ms: now_ms }, expect))
    }

    /// Whether another process had its own cache named just now: they have different ones.
    pub fn is_contested(&self, now_ms: u64) -> bool {
        self.own.is_ok()
            && !self.agrees()
            && self.version > 1
            && self.named.since_ms + 2_000 > now_ms
    }

    /// Whether commits may rely on marks.
    pub fn holds(&self, doubts: u64) -> bool {
        self.agrees() && self.doubts == doubts && self.at.elapsed() < TRUST
    }

    /// The life to read in, if values count.
    pub fn readable(&self, doubts: u64) -> Option<&str> {
        let counts = self.holds(doubts) && Instant::now() >= self.from;
        self.own.as_ref().ok()?.as_deref().filter(|_| counts)
    }

    /// The life to write in.
    pub fn life(&self) -> Option<&str> {
        self.own.as_ref().ok()?.as_deref()
    }
}
