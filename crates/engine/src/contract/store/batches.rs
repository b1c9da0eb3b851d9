//! Batches: all or nothing, and what each operation on nodes and names requires.

use std::sync::Arc;

use bytes::Bytes;

use super::{
    COUNTED, OTHER_NAMES, PLAIN, STRANGER, THING, at, claim, conflict, dump, edge, emit, flag,
    holder, link, must, newest, next, node, put, range, unlink,
};
use crate::store::{CommitError, Expect, MAX_BATCH, NodeRecord, Op, Store, Upkeep};

/// The version is 1, then one more each time; nothing is written where the expectation fails.
pub async fn put_counts_versions_and_heeds_every_expectation<E: Store>(store: Arc<E>) {
    for expect in [Expect::Present, Expect::Version(1), Expect::Version(0)] {
        assert_eq!(store.commit(vec![put(5, "{}", expect)]).await, Err(conflict(0)), "{expect:?}");
        assert_eq!(node(&*store, 5).await, None);
    }
    let made = must(store.commit(vec![put(5, "{\"a\":1}", Expect::Absent)]).await);
    assert_eq!((made[0].changed, made[0].number), (true, 1));
    for expect in [Expect::Absent, Expect::Version(2), Expect::Version(0)] {
        assert_eq!(store.commit(vec![put(5, "{}", expect)]).await, Err(conflict(0)), "{expect:?}");
    }
    for (expect, version) in [(Expect::Version(1), 2), (Expect::Present, 3), (Expect::Any, 4)] {
        let made = must(store.commit(vec![put(5, "{\"a\":2}", expect)]).await);
        assert_eq!(made[0].number, version);
    }
    let body = Bytes::from_static(b"{\"a\":2}");
    let expected = NodeRecord { kind: THING, id: 5, version: 4, body };
    assert_eq!(node(&*store, 5).await, Some(expected));
    assert_eq!(must(store.commit(vec![put(6, "{}", Expect::Any)]).await)[0].number, 1);
}

/// `Any` ignores a missing node; the others conflict; a node made again starts at version 1.
pub async fn remove_heeds_every_expectation<E: Store>(store: Arc<E>) {
    let remove = |expect| vec![Op::Remove { kind: THING, id: 5, expect }];
    assert!(!must(store.commit(remove(Expect::Any)).await)[0].changed);
    assert!(!must(store.commit(remove(Expect::Absent)).await)[0].changed);
    assert_eq!(store.commit(remove(Expect::Present)).await, Err(conflict(0)));
    assert_eq!(store.commit(remove(Expect::Version(1))).await, Err(conflict(0)));
    for expect in [Expect::Any, Expect::Present, Expect::Version(1)] {
        must(store.commit(vec![put(5, "{}", Expect::Absent)]).await);
        assert_eq!(store.commit(remove(Expect::Absent)).await, Err(conflict(0)));
        assert_eq!(store.commit(remove(Expect::Version(2))).await, Err(conflict(0)));
        assert!(must(store.commit(remove(expect)).await)[0].changed);
        assert_eq!(node(&*store, 5).await, None);
    }
}

/// Guards of nodes and edges let a batch through or not, and leave no trace.
pub async fn guards_require_and_change_nothing<E: Store + Upkeep>(store: Arc<E>) {
    must(store.commit(vec![put(5, "{}", Expect::Any), link(5, PLAIN, 6, 1)]).await);
    let before = dump(&*store).await;
    let guard = |id, expect| Op::Guard { kind: THING, id, expect };
    let tie = |to, exists| Op::GuardEdge { edge: at(5, PLAIN, to), exists };
    let holding = vec![
        guard(5, Expect::Any),
        guard(9, Expect::Any),
        guard(5, Expect::Present),
        guard(5, Expect::Version(1)),
        guard(9, Expect::Absent),
        tie(6, true),
        tie(7, false),
    ];
    assert!(must(store.commit(holding).await).iter().all(|outcome| !outcome.changed));
    let failing = [
        guard(5, Expect::Absent),
        guard(5, Expect::Version(2)),
        guard(9, Expect::Present),
        guard(9, Expect::Version(1)),
        tie(6, false),
        tie(7, true),
    ];
    for op in failing {
        let text = format!("{op:?}");
        assert_eq!(store.commit(vec![next("n"), op]).await, Err(conflict(1)), "{text}");
    }
    assert_eq!(dump(&*store).await, before);
}

/// A kind is part of what a node is.
pub async fn a_node_of_another_kind_is_none_and_cannot_be_overwritten<E: Store>(store: Arc<E>) {
    must(store.commit(vec![put(5, "{}", Expect::Any)]).await);
    assert_eq!(must(store.nodes(&[(STRANGER, 5), (THING, 5)]).await)[0], None);
    for expect in [Expect::Any, Expect::Absent, Expect::Present, Expect::Version(1)] {
        let over = Op::Put { kind: STRANGER, id: 5, body: Bytes::from_static(b"{}"), expect };
        assert_eq!(store.commit(vec![over]).await, Err(conflict(0)), "{expect:?}");
    }
    let remove = Op::Remove { kind: STRANGER, id: 5, expect: Expect::Any };
    assert!(!must(store.commit(vec![remove]).await)[0].changed);
    for expect in [Expect::Absent, Expect::Present, Expect::Version(1)] {
        let guard = Op::Guard { kind: STRANGER, id: 5, expect };
        assert_eq!(store.commit(vec![guard]).await, Err(conflict(0)), "{expect:?}");
        let remove = Op::Remove { kind: STRANGER, id: 5, expect };
        assert_eq!(store.commit(vec![remove]).await, Err(conflict(0)), "{expect:?}");
    }
    assert_eq!(node(&*store, 5).await.map(|node| node.version), Some(1));
}

/// A batch is a sequence: what an operation did is there for the next one.
pub async fn operations_see_earlier_ones_of_their_batch<E: Store>(store: Arc<E>) {
    let remove = Op::Remove { kind: THING, id: 5, expect: Expect::Version(2) };
    let batch = vec![
        put(5, "{}", Expect::Absent),
        put(5, "{}", Expect::Version(1)),
        remove,
        put(5, "{}", Expect::Absent),
        link(5, COUNTED, 6, 1),
        unlink(5, COUNTED, 6),
        link(5, COUNTED, 7, 1),
        link(5, COUNTED, 6, 2),
        claim("ada", 5),
        Op::Release { space: super::NAMES, name: "ada".to_owned(), id: 5 },
        claim("ada", 6),
        next("n"),
        next("n"),
    ];
    let done = must(store.commit(batch).await);
    assert_eq!((done[1].number, done[3].number, done[11].number, done[12].number), (2, 1, 1, 2));
    assert_eq!(super::count(&*store, 5, COUNTED).await, 2);
    assert_eq!(super::members(&range(&*store, newest(5, COUNTED, 9)).await), [6, 7]);
    assert_eq!(holder(&*store, "ada").await, Some(6));
}

/// Every operation is taken back when a later one conflicts.
pub async fn a_failed_batch_leaves_nothing<E: Store + Upkeep>(store: Arc<E>) {
    let ground = vec![
        put(5, "{\"old\":true}", Expect::Any),
        put(6, "{}", Expect::Any),
        link(5, COUNTED, 6, 1),
        link(5, COUNTED, 7, 2),
        link(5, PLAIN, 6, 1),
        claim("ada", 5),
        next("n"),
        emit(1),
    ];
    must(store.commit(ground).await);
    let before = dump(&*store).await;
    let mut batch = vec![
        put(5, "{\"new\":true}", Expect::Any),
        put(9, "{}", Expect::Absent),
        Op::Remove { kind: THING, id: 6, expect: Expect::Present },
        link(5, COUNTED, 8, 3),
        unlink(5, COUNTED, 6),
        Op::Move { edge: at(5, COUNTED, 7), ord: 1 },
        flag(5, 6, 9, 1, 0),
        flag(5, 9, 9, 1, 0),
        Op::Annotate { edge: at(5, PLAIN, 6), data: Bytes::from_static(b"1") },
        claim("bob", 6),
        Op::Release { space: super::NAMES, name: "ada".to_owned(), id: 5 },
        next("n"),
        next("fresh"),
        emit(2),
    ];
    let last = batch.len();
    batch.push(Op::GuardEdge { edge: at(1, PLAIN, 1), exists: true });
    assert_eq!(store.commit(batch.clone()).await, Err(conflict(last)));
    assert_eq!(dump(&*store).await, before);
    batch[last] = claim("bob", 7);
    assert_eq!(store.commit(batch).await, Err(CommitError::KeyTaken { op: last }));
    assert_eq!(dump(&*store).await, before);
    let numbers = must(store.commit(vec![next("n"), next("fresh")]).await);
    assert_eq!((numbers[0].number, numbers[1].number), (2, 1));
}

/// A name is held once; spaces and letters keep names apart.
pub async fn a_name_has_one_holder<E: Store>(store: Arc<E>) {
    let release = |id| Op::Release { space: super::NAMES, name: "ada".to_owned(), id };
    assert!(must(store.commit(vec![claim("ada", 5)]).await)[0].changed);
    assert!(!must(store.commit(vec![claim("ada", 5)]).await)[0].changed);
    let taken = store.commit(vec![next("n"), claim("ada", 6)]).await;
    assert_eq!(taken, Err(CommitError::KeyTaken { op: 1 }));
    let elsewhere = Op::Claim { space: OTHER_NAMES, name: "ada".to_owned(), id: 6 };
    must(store.commit(vec![elsewhere, claim("Ada", 7), claim("ada ", 8), claim("адa", 9)]).await);
    let asked = [(super::NAMES, "ada"), (OTHER_NAMES, "ada"), (super::NAMES, "Ada")];
    assert_eq!(must(store.keys(&asked).await), [Some(5), Some(6), Some(7)]);
    assert_eq!(store.commit(vec![release(6)]).await, Err(conflict(0)));
    assert!(must(store.commit(vec![release(5)]).await)[0].changed);
    assert_eq!(store.commit(vec![release(5)]).await, Err(conflict(0)));
    assert_eq!(holder(&*store, "ada").await, None);
    must(store.commit(vec![claim("ada", 6)]).await);
    assert_eq!(holder(&*store, "ada").await, Some(6));
}

/// Numbers start at 1, and each name has its own.
pub async fn a_sequence_counts_from_one_without_gaps<E: Store>(store: Arc<E>) {
    for number in 1..=5 {
        assert_eq!(must(store.commit(vec![next("n")]).await)[0].number, number);
        let failed = vec![next("n"), Op::GuardEdge { edge: at(1, PLAIN, 1), exists: true }];
        assert_eq!(store.commit(failed).await, Err(conflict(1)));
    }
    assert_eq!(must(store.commit(vec![next("m")]).await)[0].number, 1);
    let elsewhere = Op::Sequence { space: OTHER_NAMES, name: "n".to_owned() };
    assert_eq!(must(store.commit(vec![elsewhere]).await)[0].number, 1);
}

/// The bound is exact.
pub async fn a_batch_of_500_commits_and_501_is_refused<E: Store + Upkeep>(store: Arc<E>) {
    let batch = |n: u64| (1..=n).map(|to| link(1, COUNTED, to, to)).collect::<Vec<_>>();
    let long = batch(MAX_BATCH as u64 + 1);
    assert!(matches!(store.commit(long).await, Err(CommitError::Refused(_))));
    assert_eq!(must(store.scan_edges(None, 10).await), []);
    assert_eq!(must(store.commit(batch(MAX_BATCH as u64)).await).len(), MAX_BATCH);
    assert_eq!(super::count(&*store, 1, COUNTED).await, MAX_BATCH as u64);
    assert_eq!(store.commit(Vec::new()).await, Ok(Vec::new()));
}

/// 0 and everything from 2^63 is refused; the largest and the smallest id are stored.
pub async fn ids_outside_63_bits_are_refused<E: Store>(store: Arc<E>) {
    for bad in [0, 1 << 63, u64::MAX] {
        let name = || "n".to_owned();
        let space = super::NAMES;
        let batch = [
            put(bad, "{}", Expect::Any),
            Op::Remove { kind: THING, id: bad, expect: Expect::Any },
            Op::Guard { kind: THING, id: bad, expect: Expect::Any },
            Op::GuardEdge { edge: at(bad, PLAIN, 1), exists: false },
            link(bad, PLAIN, 1, 1),
            link(1, PLAIN, bad, 1),
            link(1, PLAIN, 1, bad),
            unlink(bad, PLAIN, 1),
            Op::Move { edge: at(1, PLAIN, 1), ord: bad },
            flag(1, 1, bad, 1, 0),
            Op::Annotate { edge: at(1, PLAIN, bad), data: Bytes::new() },
            Op::Claim { space, name: name(), id: bad },
            Op::Release { space, name: name(), id: bad },
            emit(bad),
        ];
        for op in batch {
            let text = format!("{op:?}");
            let answer = store.commit(vec![next("n"), op]).await;
            assert!(matches!(answer, Err(CommitError::Refused(_))), "{text}: {answer:?}");
        }
    }
    let most = (1 << 63) - 1;
    let extremes = vec![
        put(most, "{}", Expect::Any),
        put(1, "{}", Expect::Any),
        link(most, PLAIN, most, most),
    ];
    must(store.commit(extremes).await);
    assert_eq!(node(&*store, most).await.map(|node| node.id), Some(most));
    assert_eq!(edge(&*store, at(most, PLAIN, most)).await.map(|edge| edge.ord), Some(most));
    assert_eq!(must(store.commit(vec![next("n")]).await)[0].number, 1);
    // A question may name any number; nothing is there.
    assert_eq!(must(store.nodes(&[(THING, 0), (THING, u64::MAX)]).await), [None, None]);
    assert_eq!(edge(&*store, at(u64::MAX, PLAIN, u64::MAX)).await, None);
}

/// No question, no answer, no error.
pub async fn empty_questions_have_empty_answers<E: Store + Upkeep>(store: Arc<E>) {
    assert_eq!(must(store.nodes(&[]).await), []);
    assert_eq!(must(store.edges(&[]).await), []);
    assert_eq!(must(store.ranges(&[]).await), Vec::<Vec<_>>::new());
    assert_eq!(must(store.counts(&[]).await), []);
    assert_eq!(must(store.keys(&[]).await), []);
    assert_eq!(must(store.settle_events(&[]).await), 0);
    assert_eq!(range(&*store, newest(1, PLAIN, 10)).await, []);
    assert_eq!(super::count(&*store, 1, COUNTED).await, 0);
    assert_eq!(must(store.scan_nodes(THING, 0, 10).await), []);
    assert_eq!(must(store.scan_keys(None, 10).await), []);
    assert_eq!(must(store.miscounts().await), []);
    assert_eq!(must(store.waiting_events().await), 0);
}

/// Missing and repeated questions do not shift the others.
pub async fn answers_stand_in_the_order_of_their_questions<E: Store>(store: Arc<E>) {
    let batch = (1..=40).flat_map(|n| [put(n, "{}", Expect::Any), link(n, COUNTED, n + 1, n)]);
    must(store.commit(batch.collect()).await);
    let asked = [40, 99, 1, 7, 7, 98, 3];
    let nodes = must(store.nodes(&asked.map(|id| (THING, id))).await);
    let found: Vec<_> = nodes.iter().map(|node| node.as_ref().map(|node| node.id)).collect();
    assert_eq!(found, [Some(40), None, Some(1), Some(7), Some(7), None, Some(3)]);
    let edges = must(store.edges(&asked.map(|id| at(id, COUNTED, id + 1))).await);
    let found: Vec<_> = edges.iter().map(|edge| edge.as_ref().map(|edge| edge.from)).collect();
    assert_eq!(found, [Some(40), None, Some(1), Some(7), Some(7), None, Some(3)]);
    let pages = must(store.ranges(&asked.map(|id| newest(id, COUNTED, 5))).await);
    let found: Vec<_> = pages.iter().map(|page| page.first().map(|edge| edge.from)).collect();
    assert_eq!(found, [Some(40), None, Some(1), Some(7), Some(7), None, Some(3)]);
    let counts = must(store.counts(&asked.map(|id| (id, COUNTED))).await);
    assert_eq!(counts, [1, 0, 1, 1, 1, 0, 1]);
}
