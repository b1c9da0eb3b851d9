//! Upkeep: walking all of a store, and recounting it.

use std::sync::Arc;

use super::{COUNTED, NAMES, OTHER_NAMES, PLAIN, STRANGER, THING, claim, emit, link, must, put};
use crate::{
    contract::store::model::{Dice, batch},
    memory::store::MemoryStore,
    store::{Expect, MAX_BATCH, Op, Record, Store, Upkeep},
};

/// Nodes by id, edges by ends, names by letters: page by page, each one once.
pub async fn scans_walk_everything_once<E: Store + Upkeep>(store: Arc<E>) {
    let mut all = Vec::new();
    for id in (1..=23).rev() {
        all.push(put(id, "{}", Expect::Any));
        all.push(link(id % 4 + 1, if id % 2 == 0 { COUNTED } else { PLAIN }, id, 100 - id));
        all.push(claim(&format!("name {id}"), id));
        let name = format!("name {id}");
        all.push(Op::Claim { space: OTHER_NAMES, name, id });
        all.push(emit(id));
    }
    let body = bytes::Bytes::from_static(b"{}");
    all.push(Op::Put { kind: STRANGER, id: 12_345, body, expect: Expect::Any });
    must(store.commit(all).await);
    let mut after = 0;
    let mut nodes = Vec::new();
    loop {
        let page = must(store.scan_nodes(THING, after, 5).await);
        let Some(last) = page.last() else { break };
        after = last.id;
        nodes.extend(page.iter().map(|node| node.id));
    }
    assert_eq!(nodes, (1..=23).collect::<Vec<_>>());
    assert_eq!(must(store.scan_nodes(STRANGER, 0, 5).await).len(), 1);
    let mut after = None;
    let mut edges = Vec::new();
    loop {
        let page = must(store.scan_edges(after, 5).await);
        let Some(last) = page.last() else { break };
        after = Some(super::at(last.from, last.kind, last.to));
        edges.extend(page.iter().map(|edge| (edge.from, edge.kind, edge.to)));
    }
    assert_eq!(edges.len(), 23);
    assert!(edges.is_sorted());
    let mut after = None;
    let mut keys = Vec::new();
    loop {
        let page = must(store.scan_keys(after, 5).await);
        let Some(last) = page.last() else { break };
        after = Some((last.0, last.1.clone()));
        keys.extend(page.into_iter().map(|(space, name, _)| (space, name)));
    }
    assert_eq!(keys.len(), 46);
    assert!(keys.is_sorted());
    assert_eq!((keys[0].0, keys[45].0), (NAMES, OTHER_NAMES));
    assert_eq!(must(store.waiting_events().await), 23);
}

/// Eight tasks write at random, most of it in vain: recount = count, meanwhile as well, since both are of one moment.
pub async fn no_count_is_wrong_under_a_random_workload<E: Store + Upkeep>(store: Arc<E>) {
    let task = |seed| {
        let store = store.clone();
        tokio::spawn(async move {
            let mut dice = Dice::new(seed);
            let mut commits = 0;
            for _ in 0..40 {
                // Conflicts are part of it.
                commits += usize::from(store.commit(batch(&mut dice, 4)).await.is_ok());
            }
            commits
        })
    };
    let tasks: Vec<_> = (1..=8).map(task).collect();
    while tasks.iter().any(|task| !task.is_finished()) {
        assert_eq!(must(store.miscounts().await), []);
        tokio::task::yield_now().await;
    }
    let mut commits = 0;
    for task in tasks {
        commits += task.await.expect("a commit does not panic");
    }
    assert!(commits > 20, "only {commits} of 320 batches committed");
    assert_eq!(must(store.miscounts().await), []);
}

/// What a store scans, another takes as it is: versions, places, flags and data; twice is once, and every count is right.
pub async fn what_is_imported_is_what_was_scanned<E: Store + Upkeep>(store: Arc<E>) {
    let source = MemoryStore::new();
    let mut dice = Dice::new(7);
    for _ in 0..200 {
        let mut batch = batch(&mut dice, 6);
        // Counters and events are not scanned: they are settled before anything moves.
        batch.retain(|op| !matches!(op, Op::Sequence { .. } | Op::Emit { .. }));
        let _ = source.commit(batch).await;
    }
    let mut records = Vec::new();
    for kind in [THING, STRANGER] {
        records.extend(must(source.scan_nodes(kind, 0, 999).await).into_iter().map(Record::Node));
    }
    records.extend(must(source.scan_edges(None, 999).await).into_iter().map(Record::Edge));
    let keys = must(source.scan_keys(None, 999).await);
    records.extend(keys.into_iter().map(|(space, name, id)| Record::Key(space, name, id)));
    assert!(records.len() > 20 && records.len() <= MAX_BATCH, "{}", records.len());
    // Broken off after a part, and begun again.
    must(store.import(records[..records.len() / 2].to_vec()).await);
    must(store.import(records.clone()).await);
    must(store.import(Vec::new()).await);
    assert_eq!(super::dump(&*store).await, super::dump(&source).await);
    assert_eq!(must(store.miscounts().await), []);
}
