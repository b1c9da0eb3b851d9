//! What a page of a list costs: as many reads of the store however many there are.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use engine::{
    memory::store::MemoryStore,
    store::{
        Answers, CommitError, EdgeKind, EdgeRecord, EdgeRef, KeySpace, LeasedEvent, NodeKind,
        NodeRecord, Op, Outcome, Range, ReadError, Reads, Store,
    },
};
use serde_json::json;
use social::{accounts::model::Role, testing::World};
use sociosphere_http::{HttpOptions, router};
use tokio::sync::Notify;

use super::A;
use crate::{
    client::Site,
    media::{PNG, upload},
    moderation::desk,
};

/// Counts what is read: round trips, and records asked for.
struct Watched {
    store: Arc<MemoryStore>,
    trips: Arc<AtomicU64>,
    records: Arc<AtomicU64>,
}

impl Watched {
    fn store(&self, records: usize) -> &MemoryStore {
        self.trips.fetch_add(1, Ordering::Relaxed);
        self.records.fetch_add(records as u64, Ordering::Relaxed);
        &self.store
    }
}

#[async_trait]
impl Store for Watched {
    async fn commit(&self, batch: Vec<Op>) -> Result<Vec<Outcome>, CommitError> {
        self.store.commit(batch).await
    }
    async fn nodes(&self, ids: &[(NodeKind, u64)]) -> Result<Vec<Option<NodeRecord>>, ReadError> {
        self.store(ids.len()).nodes(ids).await
    }
    async fn edges(&self, edges: &[EdgeRef]) -> Result<Vec<Option<EdgeRecord>>, ReadError> {
        self.store(edges.len()).edges(edges).await
    }
    async fn ranges(&self, ranges: &[Range]) -> Result<Vec<Vec<EdgeRecord>>, ReadError> {
        self.store(ranges.len()).ranges(ranges).await
    }
    async fn counts(&self, lists: &[(u64, EdgeKind)]) -> Result<Vec<u64>, ReadError> {
        self.store(lists.len()).counts(lists).await
    }
    async fn keys(&self, names: &[(KeySpace, &str)]) -> Result<Vec<Option<u64>>, ReadError> {
        self.store(names.len()).keys(names).await
    }
    async fn read(&self, reads: &Reads) -> Result<Answers, ReadError> {
        let records = reads.nodes.len() + reads.edges.len() + reads.ranges.len();
        self.store(records + reads.counts.len()).read(reads).await
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

/// An instance whose reads are counted: round trips, and records asked for.
pub fn watched_site() -> (Site, Arc<AtomicU64>, Arc<AtomicU64>) {
    let (trips, records) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
    let (one, other) = (trips.clone(), records.clone());
    let world = World::watched(|store| Arc::new(Watched { store, trips: one, records: other }));
    let options = HttpOptions { rate_limits: false, ..HttpOptions::default() };
    let router = router(world.app.clone(), options).unwrap();
    (Site { world, router }, trips, records)
}

#[tokio::test]
async fn a_page_costs_as_many_reads_however_many_there_are() {
    let (site, trips, records) = watched_site();
    let mona = desk(&site, "mona", Role::Admin).await;
    let mut costs = Vec::new();
    for round in 0..3 {
        for at in 0..20 {
            let id = site.world.person(&format!("p{round}x{at}")).await;
            site.world.post(id, "words").await;
        }
        site.world.settle().await;
        let mut cost = Vec::new();
        for path in [
            "people?sort=posts",
            "posts?sort=interactions",
            "posts?q=words",
            "media",
            "jobs",
            "home",
        ] {
            site.world.app.graph.forget_everything();
            trips.store(0, Ordering::Relaxed);
            records.store(0, Ordering::Relaxed);
            let more = if path.contains('?') { '&' } else { '?' };
            site.get(&format!("{A}/{path}{more}limit=10"), &mona.token).await.ok();
            cost.push((trips.load(Ordering::Relaxed), records.load(Ordering::Relaxed)));
        }
        costs.push(cost);
    }
    println!("{costs:?}");
    assert_eq!(costs[0], costs[1]);
    assert_eq!(costs[1], costs[2]);
}

#[tokio::test]
async fn a_long_page_costs_as_many_round_trips_as_a_short_one() {
    let (site, trips, _) = watched_site();
    let mona = desk(&site, "mona", Role::Admin).await;
    let (_, bens) = site.person("ben").await;
    for at in 0..25 {
        let id = site.world.person(&format!("p{at}")).await;
        let token = site.token(id, "write").await;
        let picture = upload(&site, &token, "file", PNG).await.ok().json()["id"].clone();
        let form = json!({"status": "words", "media_ids": [picture]});
        let post = site.post("/api/v1/statuses", &token, form).await.ok().json()["id"].clone();
        let report = json!({"account_id": id, "status_ids": [post]});
        site.post("/api/v1/reports", &bens, report).await.ok();
    }
    site.world.settle().await;
    for path in [
        format!("{A}/people?"),
        format!("{A}/posts?"),
        format!("{A}/posts?visibility=reported&"),
        format!("{A}/media?"),
        format!("{A}/cases?"),
        format!("{A}/audit?"),
        "/api/v1/admin/accounts?".to_owned(),
    ] {
        let cost = async |limit: usize| {
            site.world.app.graph.forget_everything();
            trips.store(0, Ordering::Relaxed);
            let page = site.get(&format!("{path}limit={limit}"), &mona.token).await.ok().json();
            let items = page["items"].as_array().or(page.as_array()).unwrap().len();
            (items, trips.load(Ordering::Relaxed))
        };
        let (short, long) = (cost(2).await, cost(20).await);
        assert!(long.0 > short.0 || path.contains("audit"), "{path} {short:?} {long:?}");
        assert_eq!(short.1, long.1, "{path}");
    }
}
