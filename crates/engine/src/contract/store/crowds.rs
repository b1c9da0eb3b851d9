//! Crowds: what holds when many tasks write at once.

use std::sync::Arc;

use super::{
    COUNTED, PLAIN, at, claim, count, edge, flag, holder, link, must, newest, next, node, put,
    range,
};
use crate::store::{CommitError, Expect, Op, Outcome, Store, Upkeep};

/// One commit per task, all at once.
async fn all_at_once<E: Store>(
    store: &Arc<E>,
    batches: impl Iterator<Item = Vec<Op>>,
) -> Vec<Result<Vec<Outcome>, CommitError>> {
    let tasks = batches.map(|batch| {
        let store = store.clone();
        tokio::spawn(async move { store.commit(batch).await })
    });
    let tasks: Vec<_> = tasks.collect();
    let mut answers = Vec::new();
    for task in tasks {
        answers.push(task.await.expect("a commit does not panic"));
    }
    answers
}

/// Everyone likes one post: an edge each, both ways, and the count is exact.
pub async fn a_hundred_likes_are_a_hundred_edges_and_one_count<E: Store + Upkeep>(store: Arc<E>) {
    let like = |who: u64| vec![link(1, COUNTED, who, who), link(who, PLAIN, 1, who)];
    let answers = all_at_once(&store, (101..=200).map(like)).await;
    assert!(answers.iter().all(Result::is_ok));
    assert_eq!(count(&*store, 1, COUNTED).await, 100);
    assert_eq!(range(&*store, newest(1, COUNTED, 500)).await.len(), 100);
    let again = all_at_once(&store, (101..=200).map(like)).await;
    assert!(again.iter().all(|answer| *answer == Err(CommitError::Conflict { op: 0 })));
    assert_eq!(count(&*store, 1, COUNTED).await, 100);
    assert_eq!(must(store.miscounts().await), []);
}

/// A double tap is one like.
pub async fn a_hundred_links_of_one_edge_have_one_winner<E: Store>(store: Arc<E>) {
    let answers = all_at_once(&store, (1..=100).map(|ord| vec![link(1, COUNTED, 2, ord)])).await;
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1);
    assert_eq!(count(&*store, 1, COUNTED).await, 1);
    assert_eq!(range(&*store, newest(1, COUNTED, 500)).await.len(), 1);
}

/// The losers hear `KeyTaken`, and nothing else of their batches happened.
pub async fn one_of_fifty_wins_a_name<E: Store + Upkeep>(store: Arc<E>) {
    let sign_up = |id| vec![put(id, "{}", Expect::Absent), claim("ada", id)];
    let answers = all_at_once(&store, (1..=50).map(sign_up)).await;
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1);
    let taken = Err(CommitError::KeyTaken { op: 1 });
    assert_eq!(answers.iter().filter(|answer| **answer == taken).count(), 49);
    let nodes = must(store.scan_nodes(super::THING, 0, 100).await);
    assert_eq!(
        nodes.iter().map(|node| Some(node.id)).collect::<Vec<_>>(),
        [holder(&*store, "ada").await]
    );
}

/// Who read version 1 first and writes second must read again.
pub async fn one_of_fifty_puts_a_version<E: Store>(store: Arc<E>) {
    must(store.commit(vec![put(1, "{}", Expect::Absent)]).await);
    let edit = |_| vec![put(1, "{\"edited\":true}", Expect::Version(1))];
    let answers = all_at_once(&store, (0..50).map(edit)).await;
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1);
    assert_eq!(node(&*store, 1).await.map(|node| node.version), Some(2));
}

/// Each task sets its bit and clears its neighbour's old one: none is lost.
pub async fn flags_of_64_tasks_do_not_overwrite_each_other<E: Store>(store: Arc<E>) {
    must(store.commit(vec![flag(1, 2, 1, 0xffff_0000, 0)]).await);
    let change = |n: u32| match n % 2 {
        0 => vec![flag(1, 2, 1, 1 << (n / 4), 0)],
        _ => vec![flag(1, 2, 1, 0, 1 << (16 + n / 4))],
    };
    let answers = all_at_once(&store, (0..64).map(change)).await;
    assert!(answers.iter().all(Result::is_ok));
    assert_eq!(edge(&*store, at(1, PLAIN, 2)).await.map(|edge| edge.flags), Some(0x0000_ffff));
    // Every change was made by exactly one of the two tasks that asked for it.
    let changes = answers.iter().flatten().flatten().filter(|outcome| outcome.changed).count();
    assert_eq!(changes, 32);
}

/// Fifty tasks get the numbers 1 to 50, and the nodes they wrote agree.
pub async fn a_sequence_is_total_under_50_tasks<E: Store>(store: Arc<E>) {
    let answers =
        all_at_once(&store, (1..=50).map(|id| vec![put(id, "{}", Expect::Any), next("n")]));
    let mut numbers: Vec<u64> =
        answers.await.into_iter().map(|answer| must(answer)[1].number).collect();
    numbers.sort_unstable();
    assert_eq!(numbers, (1..=50).collect::<Vec<_>>());
}

/// A batch links two lists; a call that reads both sees it in both or in none.
pub async fn readers_never_see_half_a_batch<E: Store>(store: Arc<E>) {
    let writer = {
        let store = store.clone();
        tokio::spawn(async move {
            for n in 1..=60 {
                must(store.commit(vec![link(1, COUNTED, n, n), link(2, COUNTED, n, n)]).await);
            }
        })
    };
    let mut seen = 0;
    let mut ended = false;
    while !ended {
        // Looked at before the last round: a writer that failed is not waited for.
        ended = writer.is_finished();
        let counts = must(store.counts(&[(1, COUNTED), (2, COUNTED)]).await);
        assert_eq!(counts[0], counts[1]);
        assert!(counts[0] >= seen, "a count went back");
        seen = counts[0];
        let pages = must(store.ranges(&[newest(1, COUNTED, 99), newest(2, COUNTED, 99)]).await);
        assert_eq!(pages[0].len(), pages[1].len());
        tokio::task::yield_now().await;
    }
    writer.await.expect("the writer does not panic");
    assert_eq!(seen, 60, "what is committed is seen");
}
