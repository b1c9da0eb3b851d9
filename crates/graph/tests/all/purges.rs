//! The purge takes every kind of edge of its owner, with a marker in each.

use engine::store::{EdgeRef, Upkeep};
use graph::{Batch, CacheSizes, Graph, purge_page};
use std::sync::Arc;

use crate::kinds::{EDGES, Followers, Follows, MutedBy, Mutes, Person, Wrote, note, person};

#[tokio::test]
async fn a_purge_leaves_no_edge_of_any_kind_and_names_every_part() {
    let store = Arc::new(engine::memory::store::MemoryStore::new());
    let graph = Graph::new(store.clone(), CacheSizes::default());
    let owner: graph::Id<Person> = person(1);
    // A marker of each kind, made by the other end where that is how it comes about.
    let mut batch = Batch::new();
    batch
        .link::<Follows>(owner, person(2), 10)
        .link::<Followers>(owner, person(3), 11)
        .link::<Wrote>(owner, note(4), 12)
        .link::<Mutes>(owner, person(5), 13)
        .link::<MutedBy>(owner, person(6), 14)
        .link::<Follows>(person(7), person(8), 15);
    graph.commit(batch).await.unwrap();
    for decl in EDGES {
        let marked = store.scan_edges(None, 100).await.unwrap();
        let marked = marked.iter().any(|edge| edge.from == 1 && edge.kind == decl.kind);
        assert!(marked, "{} has no marker: link one above", decl.name);
    }
    // More than a page in one list.
    for chunk in (100..450u64).collect::<Vec<_>>().chunks(100) {
        let mut batch = Batch::new();
        for member in chunk {
            batch.link::<Followers>(owner, person(*member), *member);
        }
        graph.commit(batch).await.unwrap();
    }

    let (mut parts, mut steps) = (Vec::new(), 0);
    while let Some(step) = purge_page(&graph, 1, EDGES).await.unwrap() {
        assert!(step.batch.len() <= engine::store::MAX_BATCH);
        parts.extend(step.parts);
        graph.commit(step.batch).await.unwrap();
        steps += 1;
        assert!(steps < 50, "the purge does not end");
    }

    assert_eq!(parts, [(<Wrote as graph::Edge>::DECL.kind, 4)]);
    let left = store.scan_edges(None, 1_000).await.unwrap();
    let touching: Vec<EdgeRef> = left
        .iter()
        .filter(|edge| edge.from == 1 || edge.to == 1)
        .map(|edge| EdgeRef { from: edge.from, kind: edge.kind, to: edge.to })
        .collect();
    assert_eq!(touching, [], "edges of the owner are left");
    assert_eq!(left.len(), 2, "a stranger's edges went too");
    assert_eq!(graph.count::<Follows>(person(100)).await, Ok(0));
    assert_eq!(store.miscounts().await.unwrap(), []);
}
