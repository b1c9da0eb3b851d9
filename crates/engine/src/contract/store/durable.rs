//! What an engine on a disk promises beyond one life of its process.

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use super::{COUNTED, PLAIN, at, claim, dump, emit, flag, link, must, next, put};
use crate::store::{Expect, Op, Store, Upkeep};

/// An empty folder that goes with its value.
pub struct Folder(PathBuf);

impl Folder {
    /// Makes one among the system's temporary folders.
    pub fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("sociosphere-contract-{}-{number}", std::process::id());
        let path = std::env::temp_dir().join(name);
        // Left by an earlier process of the same number, if at all.
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).expect("temporary folders can be made");
        Self(path)
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Default for Folder {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

const LEASE: Duration = Duration::from_secs(1);

/// Nodes, edges, counts, names, sequences and events are there, and conflicts are not.
pub async fn what_was_committed_is_there_after_reopening<E: Store + Upkeep>(
    open: impl AsyncFn() -> Arc<E>,
) {
    let store = open().await;
    for n in 1..=20 {
        let batch = vec![
            put(n, "{\"a\":1}", Expect::Any),
            link(1, COUNTED, n, n),
            flag(n, 1, n, 5, 0),
            claim(&format!("name {n}"), n),
            next("n"),
            emit(n),
        ];
        must(store.commit(batch).await);
        let failing = vec![put(99, "{}", Expect::Any), next("n"), claim("name 1", 99)];
        assert!(store.commit(failing).await.is_err());
    }
    let before = dump(&*store).await;
    drop(store);
    for round in 0..2 {
        let store = open().await;
        assert_eq!(dump(&*store).await, before, "reopened {round}");
        assert_eq!(super::count(&*store, 1, COUNTED).await, 20);
        assert_eq!(super::node(&*store, 99).await, None);
        assert_eq!(must(store.commit(vec![next("n")]).await)[0].number, 21 + round);
        let taken = Op::GuardEdge { edge: at(1, PLAIN, 1), exists: true };
        must(store.commit(vec![taken]).await);
    }
}

/// A lease holds over a restart, ends in time, and its fence is never given out again.
pub async fn leases_and_fences_survive_reopening<E: Store + Upkeep>(
    open: impl AsyncFn() -> Arc<E>,
) {
    let store = open().await;
    must(store.commit((1..=4).map(emit).collect()).await);
    let first = must(store.lease_events(2, 1_000, LEASE).await);
    drop(store);
    let store = open().await;
    let others = must(store.lease_events(9, 1_999, LEASE).await);
    assert_eq!(others.iter().map(|event| event.id).collect::<Vec<_>>(), [3, 4]);
    assert!(others.iter().all(|event| first.iter().all(|old| old.fence != event.fence)));
    assert_eq!(must(store.settle_events(&[(1, first[0].fence)]).await), 1);
    let again = must(store.lease_events(9, 2_000, LEASE).await);
    assert_eq!(again.iter().map(|event| event.id).collect::<Vec<_>>(), [2]);
    assert_eq!(must(store.settle_events(&[(2, first[1].fence)]).await), 0);
    assert_eq!(must(store.waiting_events().await), 3);
}
