//! Readers and writers at once, and writers that go away: no cache keeps an answer that is no longer true.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use engine::{
    memory::store::MemoryStore,
    store::{
        CommitError, EdgeKind, EdgeRecord, EdgeRef, KeySpace, LeasedEvent, NodeKind, NodeRecord,
        Op, Outcome, Range, ReadError, Store,
    },
};
use graph::{Batch, CacheSizes, Expect, Graph, Page};
use tokio::sync::{Notify, Semaphore};

use crate::kinds::{Follows, bare, graph, named, person};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_crowd_leaves_no_stale_entry_behind() {
    for round in 0..40u64 {
        let graph = graph();
        let mut tasks = Vec::new();
        for writer in 0..3u64 {
            let graph = graph.clone();
            tasks.push(tokio::spawn(async move {
                for turn in 0..40u64 {
                    let mut batch = Batch::new();
                    let to = person(10 + (turn * 7 + writer + round) % 5);
                    match (turn + writer) % 3 {
                        0 => batch.ensure::<Follows>(person(1), to, 1 + writer + turn * 3),
                        1 => batch.discard::<Follows>(person(1), to),
                        _ => batch.put(person(1), &named(&format!("{writer} {turn}")), Expect::Any),
                    };
                    // Two writers may pick one place; that one conflicts and changes nothing.
                    let _ = graph.commit(batch).await;
                    tokio::task::yield_now().await;
                }
            }));
        }
        for _ in 0..4 {
            let graph = graph.clone();
            tasks.push(tokio::spawn(async move {
                let mut last = 0;
                for turn in 0..80u64 {
                    if let Some(node) = graph.get(person(1)).await.unwrap() {
                        assert!(node.version >= last, "a reader went back in time");
                        last = node.version;
                    }
                    graph.list::<Follows>(person(1), Page::newest(10)).await.unwrap();
                    graph.count::<Follows>(person(1)).await.unwrap();
                    graph.edge::<Follows>(person(1), person(10 + turn % 5)).await.unwrap();
                    tokio::task::yield_now().await;
                }
            }));
        }
        for task in tasks {
            task.await.unwrap();
        }

        let truth = bare(&graph);
        let page = Page::newest(10);
        assert_eq!(
            graph.list::<Follows>(person(1), page).await,
            truth.list::<Follows>(person(1), page).await
        );
        assert_eq!(
            graph.count::<Follows>(person(1)).await,
            truth.count::<Follows>(person(1)).await
        );
        for to in 10..15 {
            let ends = [(person(1), person(to))];
            assert_eq!(graph.edges::<Follows>(&ends).await, truth.edges::<Follows>(&ends).await);
        }
        let (kept, real) =
            (graph.get(person(1)).await.unwrap(), truth.get(person(1)).await.unwrap());
        assert_eq!(kept.map(|node| node.version), real.map(|node| node.version));
    }
}

/// A store whose commits wait at a gate, and whose node reads can be held after they were answered.
struct Gated {
    inner: MemoryStore,
    arrived: Notify,
    commits: Semaphore,
    answered: Notify,
    reads: Semaphore,
}

impl Gated {
    fn new(commits: usize, reads: usize) -> Arc<Gated> {
        Arc::new(Gated {
            inner: MemoryStore::new(),
            arrived: Notify::new(),
            commits: Semaphore::new(commits),
            answered: Notify::new(),
            reads: Semaphore::new(reads),
        })
    }
}

#[async_trait]
impl Store for Gated {
    async fn commit(&self, batch: Vec<Op>) -> Result<Vec<Outcome>, CommitError> {
        self.arrived.notify_one();
        self.commits.acquire().await.unwrap().forget();
        self.inner.commit(batch).await
    }
    async fn nodes(&self, ids: &[(NodeKind, u64)]) -> Result<Vec<Option<NodeRecord>>, ReadError> {
        let answer = self.inner.nodes(ids).await;
        self.answered.notify_one();
        self.reads.acquire().await.unwrap().forget();
        answer
    }
    async fn edges(&self, edges: &[EdgeRef]) -> Result<Vec<Option<EdgeRecord>>, ReadError> {
        self.inner.edges(edges).await
    }
    async fn ranges(&self, ranges: &[Range]) -> Result<Vec<Vec<EdgeRecord>>, ReadError> {
        self.inner.ranges(ranges).await
    }
    async fn counts(&self, lists: &[(u64, EdgeKind)]) -> Result<Vec<u64>, ReadError> {
        self.inner.counts(lists).await
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

fn put(name: &str) -> Batch {
    let mut batch = Batch::new();
    batch.put(person(1), &named(name), Expect::Any);
    batch
}

#[tokio::test]
async fn a_slow_reader_keeps_no_answer_that_a_commit_has_passed() {
    let store = Gated::new(100, 0);
    let graph = Arc::new(Graph::new(store.clone(), CacheSizes::default()));
    graph.commit(put("old")).await.unwrap();
    let reader = tokio::spawn({
        let graph = graph.clone();
        async move { graph.get(person(1)).await.unwrap().unwrap().name.clone() }
    });
    store.answered.notified().await;

    graph.commit(put("new")).await.unwrap();
    store.reads.add_permits(100);

    assert_eq!(reader.await.unwrap(), "old", "the reader was not held before the commit");
    assert_eq!(graph.get(person(1)).await.unwrap().unwrap().name, "new");
}

#[tokio::test]
async fn a_writer_that_goes_away_half_way_leaves_no_stale_entry() {
    let store = Gated::new(1, 100);
    let graph = Arc::new(Graph::new(store.clone(), CacheSizes::default()));
    graph.commit(put("old")).await.unwrap();
    store.arrived.notified().await;
    let writer = tokio::spawn({
        let graph = graph.clone();
        async move { graph.commit(put("new")).await }
    });
    store.arrived.notified().await;
    assert_eq!(graph.get(person(1)).await.unwrap().unwrap().name, "old");
    writer.abort();
    assert!(writer.await.unwrap_err().is_cancelled());

    // The batch commits all the same; the second commit tells when it has, for gates open in order.
    store.commits.add_permits(2);
    let mut other = Batch::new();
    other.put(person(2), &named("other"), Expect::Any);
    graph.commit(other).await.unwrap();

    assert_eq!(bare(&graph).get(person(1)).await.unwrap().unwrap().name, "new");
    assert_eq!(graph.get(person(1)).await.unwrap().unwrap().name, "new");
}
