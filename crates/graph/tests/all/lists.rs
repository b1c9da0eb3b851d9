//! Edges: inverses, counts, moves, flags.

use graph::{Batch, CommitError, Order, Page};

use crate::kinds::{Followers, Follows, MutedBy, Mutes, graph, person};

#[tokio::test]
async fn a_link_is_seen_from_both_ends_and_counted_at_both() {
    let graph = graph();
    let mut batch = Batch::new();
    batch.link::<Follows>(person(1), person(2), 100).link::<Mutes>(person(1), person(2), 101);
    assert_eq!(batch.len(), 4);
    graph.commit(batch).await.unwrap();

    assert_eq!(graph.edge::<Follows>(person(1), person(2)).await.unwrap().unwrap().ord, 100);
    assert_eq!(graph.edge::<Followers>(person(2), person(1)).await.unwrap().unwrap().ord, 100);
    assert_eq!(graph.count::<Follows>(person(1)).await, Ok(1));
    assert_eq!(graph.count::<Followers>(person(2)).await, Ok(1));
    assert!(graph.edge::<MutedBy>(person(2), person(1)).await.unwrap().is_some());
    assert_eq!(graph.count::<Mutes>(person(1)).await, Ok(0), "an uncounted list told of itself");
    assert_eq!(graph.count::<MutedBy>(person(2)).await, Ok(0));

    let mut batch = Batch::new();
    batch.unlink::<Follows>(person(1), person(2));
    graph.commit(batch).await.unwrap();
    assert!(graph.edge::<Followers>(person(2), person(1)).await.unwrap().is_none());
    assert_eq!(graph.count::<Followers>(person(2)).await, Ok(0));
    assert!(graph.list::<Followers>(person(2), Page::newest(10)).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_second_link_conflicts_and_a_second_ensure_does_not() {
    let graph = graph();
    let link = || {
        let mut batch = Batch::new();
        batch.link::<Follows>(person(1), person(2), 100);
        batch
    };
    graph.commit(link()).await.unwrap();
    assert_eq!(graph.commit(link()).await, Err(CommitError::Conflict { op: 0 }));

    let mut batch = Batch::new();
    batch.ensure::<Follows>(person(1), person(2), 200);
    let outcomes = graph.commit(batch).await.unwrap();
    assert!(outcomes.iter().all(|outcome| !outcome.changed));
    assert_eq!(graph.count::<Follows>(person(1)).await, Ok(1));
    assert_eq!(graph.edge::<Follows>(person(1), person(2)).await.unwrap().unwrap().ord, 100);

    let mut batch = Batch::new();
    batch.discard::<Follows>(person(1), person(9));
    assert!(graph.commit(batch).await.is_ok());
    let mut batch = Batch::new();
    batch.unlink::<Follows>(person(1), person(9));
    assert_eq!(graph.commit(batch).await, Err(CommitError::Conflict { op: 0 }));
}

#[tokio::test]
async fn a_move_comes_to_the_top_and_leaves_the_count() {
    let graph = graph();
    let mut batch = Batch::new();
    for member in 2..5 {
        batch.link::<Follows>(person(1), person(member), member * 10);
    }
    graph.commit(batch).await.unwrap();
    let before = graph.list::<Follows>(person(1), Page::newest(10)).await.unwrap();
    assert_eq!(before.iter().map(|link| link.to.raw()).collect::<Vec<_>>(), [4, 3, 2]);

    let mut batch = Batch::new();
    batch.move_to::<Follows>(person(1), person(2), 99);
    graph.commit(batch).await.unwrap();

    let after = graph.list::<Follows>(person(1), Page::newest(10)).await.unwrap();
    assert_eq!(after.iter().map(|link| link.to.raw()).collect::<Vec<_>>(), [2, 4, 3]);
    assert_eq!(graph.count::<Follows>(person(1)).await, Ok(3));
}

#[tokio::test]
async fn flags_change_or_conflict() {
    let graph = graph();
    let flag = |set, clear| {
        let mut batch = Batch::new();
        batch.flag::<Mutes>(person(1), person(2), 50, set, clear);
        batch
    };
    graph.commit(flag(0b01, 0)).await.unwrap();
    assert_eq!(graph.commit(flag(0b01, 0)).await, Err(CommitError::Conflict { op: 0 }));
    graph.commit(flag(0b10, 0b01)).await.unwrap();
    assert_eq!(graph.edge::<Mutes>(person(1), person(2)).await.unwrap().unwrap().flags, 0b10);
}

#[tokio::test]
async fn walking_by_cursor_meets_every_member_once_from_either_end() {
    let graph = graph();
    for chunk in (1..=250u64).collect::<Vec<_>>().chunks(100) {
        let mut batch = Batch::new();
        for ord in chunk {
            batch.link::<Follows>(person(1), person(ord + 1), *ord);
        }
        graph.commit(batch).await.unwrap();
    }
    let mut newest = Vec::new();
    loop {
        let below = newest.last().copied();
        let page = Page { below, ..Page::newest(7) };
        let page = graph.list::<Follows>(person(1), page).await.unwrap();
        if page.is_empty() {
            break;
        }
        newest.extend(page.iter().map(|link| link.ord));
    }
    assert_eq!(newest, (1..=250).rev().collect::<Vec<_>>());

    let mut oldest = Vec::new();
    loop {
        let above = oldest.last().copied();
        let page = Page { below: None, above, order: Order::Oldest, limit: 7 };
        let page = graph.list::<Follows>(person(1), page).await.unwrap();
        if page.is_empty() {
            break;
        }
        oldest.extend(page.iter().map(|link| link.ord));
    }
    assert_eq!(oldest, (1..=250).collect::<Vec<_>>());
}
