//! Lists: what the operations on edges do, and how ranges read them.

use std::sync::Arc;

use bytes::Bytes;

use super::{
    COUNTED, PLAIN, THING, at, conflict, count, edge, ensure, flag, link, members, must, newest,
    range, unlink,
};
use crate::store::{
    Counted, EdgeRecord, Expect, NodeKind, OnMissing, Op, Order, Range, Reads, Store,
};

/// `Conflict` wants a change; `Keep` leaves the old edge as it is.
pub async fn linking_must_change_something_unless_told_to_keep<E: Store>(store: Arc<E>) {
    assert!(must(store.commit(vec![link(1, COUNTED, 2, 10)]).await)[0].changed);
    assert_eq!(store.commit(vec![link(1, COUNTED, 2, 11)]).await, Err(conflict(0)));
    assert_eq!(store.commit(vec![link(1, COUNTED, 2, 10)]).await, Err(conflict(0)));
    assert!(!must(store.commit(vec![ensure(1, COUNTED, 2, 11)]).await)[0].changed);
    assert_eq!(edge(&*store, at(1, COUNTED, 2)).await.map(|edge| edge.ord), Some(10));
    assert_eq!(count(&*store, 1, COUNTED).await, 1);
    assert!(must(store.commit(vec![ensure(1, COUNTED, 3, 11)]).await)[0].changed);
    assert_eq!(count(&*store, 1, COUNTED).await, 2);
}

/// `Conflict` wants a change; `Ignore` does not.
pub async fn unlinking_must_change_something_unless_told_to_ignore<E: Store>(store: Arc<E>) {
    let missing = at(1, COUNTED, 2);
    let ignore =
        || Op::Unlink { edge: missing, counted: Counted::Yes, on_missing: OnMissing::Ignore };
    assert_eq!(store.commit(vec![unlink(1, COUNTED, 2)]).await, Err(conflict(0)));
    assert!(!must(store.commit(vec![ignore()]).await)[0].changed);
    assert_eq!(count(&*store, 1, COUNTED).await, 0);
    must(store.commit(vec![link(1, COUNTED, 2, 10), link(1, COUNTED, 3, 11)]).await);
    assert!(must(store.commit(vec![ignore()]).await)[0].changed);
    assert!(must(store.commit(vec![unlink(1, COUNTED, 3)]).await)[0].changed);
    assert_eq!(count(&*store, 1, COUNTED).await, 0);
    assert_eq!(range(&*store, newest(1, COUNTED, 9)).await, []);
}

/// Two members cannot have one `ord`; two lists can.
pub async fn a_place_has_one_member<E: Store>(store: Arc<E>) {
    must(store.commit(vec![link(1, COUNTED, 2, 10), link(1, COUNTED, 3, 11)]).await);
    let collisions = [
        link(1, COUNTED, 4, 10),
        ensure(1, COUNTED, 4, 10),
        Op::Move { edge: at(1, COUNTED, 3), ord: 10 },
        Op::Flag { edge: at(1, COUNTED, 4), ord: 10, set: 1, clear: 0, must_change: false },
    ];
    for op in collisions {
        let text = format!("{op:?}");
        assert_eq!(store.commit(vec![op]).await, Err(conflict(0)), "{text}");
    }
    assert_eq!(count(&*store, 1, COUNTED).await, 2);
    must(store.commit(vec![link(2, COUNTED, 4, 10), link(1, PLAIN, 4, 10)]).await);
}

/// A member comes to the top; flags, data and count stay with it.
pub async fn move_changes_the_place_and_keeps_the_count<E: Store>(store: Arc<E>) {
    must(store.commit((1..=5).map(|n| link(1, COUNTED, n, n * 10)).collect()).await);
    let set = Op::Flag { edge: at(1, COUNTED, 2), ord: 1, set: 6, clear: 0, must_change: true };
    let note = Op::Annotate { edge: at(1, COUNTED, 2), data: Bytes::from_static(b"{\"x\":1}") };
    must(store.commit(vec![set, note]).await);
    let to_top = |ord| vec![Op::Move { edge: at(1, COUNTED, 2), ord }];
    assert!(must(store.commit(to_top(60)).await)[0].changed);
    assert!(!must(store.commit(to_top(60)).await)[0].changed);
    assert_eq!(members(&range(&*store, newest(1, COUNTED, 9)).await), [2, 5, 4, 3, 1]);
    let expected = EdgeRecord {
        from: 1,
        kind: COUNTED,
        ord: 60,
        to: 2,
        flags: 6,
        data: Bytes::from_static(b"{\"x\":1}"),
    };
    assert_eq!(edge(&*store, at(1, COUNTED, 2)).await, Some(expected));
    assert_eq!(count(&*store, 1, COUNTED).await, 5);
    must(store.commit(vec![link(1, COUNTED, 6, 20)]).await);
    let missing = Op::Move { edge: at(1, COUNTED, 99), ord: 70 };
    assert_eq!(store.commit(vec![missing]).await, Err(conflict(0)));
}

/// The outcome has the flags before; an edge is made only for a flag that stays.
pub async fn flags_are_set_then_cleared<E: Store>(store: Arc<E>) {
    let flags = async || edge(&*store, at(1, PLAIN, 2)).await.map(|edge| edge.flags);
    assert!(!must(store.commit(vec![flag(1, 2, 10, 0, 1)]).await)[0].changed);
    assert!(!must(store.commit(vec![flag(1, 2, 10, 1, 1)]).await)[0].changed);
    assert_eq!(flags().await, None);
    let made = must(store.commit(vec![flag(1, 2, 10, 0b11, 0)]).await)[0];
    assert_eq!((made.changed, made.number), (true, 0));
    let changed = must(store.commit(vec![flag(1, 2, 99, 0b101, 0b001)]).await)[0];
    assert_eq!((changed.changed, changed.number), (true, 0b11));
    assert_eq!(flags().await, Some(0b110));
    assert_eq!(edge(&*store, at(1, PLAIN, 2)).await.map(|edge| edge.ord), Some(10));
    let same = |must_change| {
        vec![Op::Flag { edge: at(1, PLAIN, 2), ord: 9, set: 0b10, clear: 0b1, must_change }]
    };
    let unchanged = must(store.commit(same(false)).await)[0];
    assert_eq!((unchanged.changed, unchanged.number), (false, 0b110));
    assert_eq!(store.commit(same(true)).await, Err(conflict(0)));
    must(store.commit(vec![flag(1, 2, 9, 1 << 31, 0b110)]).await);
    assert_eq!(flags().await, Some(1 << 31));
    must(store.commit(vec![flag(1, 2, 9, 0, u32::MAX)]).await);
    assert_eq!(flags().await, Some(0), "an edge without flags stays");
    let absent = Op::Flag { edge: at(1, PLAIN, 3), ord: 9, set: 0, clear: 1, must_change: true };
    assert_eq!(store.commit(vec![absent]).await, Err(conflict(0)));
}

/// Place, flags and count stay.
pub async fn annotate_replaces_the_data_alone<E: Store>(store: Arc<E>) {
    let note = |to, data: &'static [u8]| Op::Annotate {
        edge: at(1, COUNTED, to),
        data: Bytes::from_static(data),
    };
    must(store.commit(vec![link(1, COUNTED, 2, 10)]).await);
    let linked = edge(&*store, at(1, COUNTED, 2)).await.expect("it was linked");
    assert_eq!(linked.data, Bytes::new());
    assert!(must(store.commit(vec![note(2, b"{\"a\":1}")]).await)[0].changed);
    assert!(!must(store.commit(vec![note(2, b"{\"a\":1}")]).await)[0].changed);
    let noted = edge(&*store, at(1, COUNTED, 2)).await.expect("it was linked");
    assert_eq!(noted, EdgeRecord { data: Bytes::from_static(b"{\"a\":1}"), ..linked });
    must(store.commit(vec![note(2, b"")]).await);
    assert_eq!(range(&*store, newest(1, COUNTED, 9)).await[0].data, Bytes::new());
    assert_eq!(store.commit(vec![note(3, b"1")]).await, Err(conflict(0)));
    assert_eq!(count(&*store, 1, COUNTED).await, 1);
}

/// No count exists, so none can tell of the list.
pub async fn uncounted_lists_count_nothing<E: Store>(store: Arc<E>) {
    must(store.commit((1..=9).map(|n| link(1, PLAIN, n, n)).collect()).await);
    assert_eq!(count(&*store, 1, PLAIN).await, 0);
    must(store.commit(vec![unlink(1, PLAIN, 1)]).await);
    assert_eq!(count(&*store, 1, PLAIN).await, 0);
    assert_eq!(range(&*store, newest(1, PLAIN, 20)).await.len(), 8);
}

/// Bounds are exclusive; `Newest` falls, `Oldest` rises.
pub async fn ranges_read_both_ways_between_bounds<E: Store>(store: Arc<E>) {
    must(store.commit((1..=9).map(|n| link(1, PLAIN, n, n * 10)).collect()).await);
    let page = async |below, above, order, limit| {
        let asked = Range { from: 1, kind: PLAIN, below, above, order, limit };
        members(&range(&*store, asked).await)
    };
    let (newest, oldest) = (Order::Newest, Order::Oldest);
    assert_eq!(page(None, None, newest, 3).await, [9, 8, 7]);
    assert_eq!(page(None, None, oldest, 3).await, [1, 2, 3]);
    assert_eq!(page(Some(70), None, newest, 3).await, [6, 5, 4]);
    assert_eq!(page(Some(75), None, newest, 3).await, [7, 6, 5]);
    assert_eq!(page(Some(30), None, oldest, 9).await, [1, 2]);
    assert_eq!(page(None, Some(20), oldest, 3).await, [3, 4, 5]);
    assert_eq!(page(None, Some(70), newest, 9).await, [9, 8]);
    assert_eq!(page(Some(70), Some(20), newest, 9).await, [6, 5, 4, 3]);
    assert_eq!(page(Some(70), Some(20), oldest, 2).await, [3, 4]);
    assert_eq!(page(Some(30), Some(20), newest, 9).await, []);
    assert_eq!(page(Some(30), Some(30), oldest, 9).await, []);
    assert_eq!(page(Some(20), Some(70), newest, 9).await, []);
    assert_eq!(page(Some(0), None, newest, 9).await, []);
    assert_eq!(page(None, Some(u64::MAX), oldest, 9).await, []);
    assert_eq!(page(Some(u64::MAX), Some(0), newest, 2).await, [9, 8]);
    assert_eq!(page(None, None, newest, 0).await, []);
    assert_eq!(page(None, None, oldest, usize::MAX).await.len(), 9);
}

/// Page by page, both ways, every member once, whatever the page's size; members that come meanwhile do not
/// disturb the walk down.
pub async fn following_the_last_place_walks_the_whole_list<E: Store>(store: Arc<E>) {
    // Linked in an order that is not the order of places.
    must(store.commit((0..97).map(|n| link(1, PLAIN, n + 1, (n * 31) % 97 + 1)).collect()).await);
    for size in [1, 7, 20, 97, 98] {
        for order in [Order::Newest, Order::Oldest] {
            let mut walked = Vec::new();
            let mut cursor = None;
            loop {
                let (below, above) = match order {
                    Order::Newest => (cursor, None),
                    Order::Oldest => (None, cursor),
                };
                let asked = Range { from: 1, kind: PLAIN, below, above, order, limit: size };
                let page = range(&*store, asked).await;
                let Some(last) = page.last() else { break };
                cursor = Some(last.ord);
                walked.extend(page.iter().map(|edge| edge.ord));
            }
            let mut expected: Vec<u64> = (1..=97).collect();
            if order == Order::Newest {
                expected.reverse();
            }
            assert_eq!(walked, expected, "pages of {size}, {order:?}");
        }
    }
    let first = range(&*store, newest(1, PLAIN, 10)).await;
    must(store.commit(vec![link(1, PLAIN, 500, 500), unlink(1, PLAIN, first[9].to)]).await);
    let asked = Range { below: Some(first[9].ord), ..newest(1, PLAIN, 10) };
    assert_eq!(range(&*store, asked).await[0].ord, first[9].ord - 1);
}

/// A range holds one list: not that of another kind, nor that of a neighbour.
pub async fn a_list_ends_where_the_next_begins<E: Store>(store: Arc<E>) {
    let mut batch = Vec::new();
    for from in 1..=3 {
        for kind in [COUNTED, PLAIN] {
            batch.extend((1..=4).map(|n| link(from, kind, from * 100 + n, n)));
        }
    }
    must(store.commit(batch).await);
    for order in [Order::Newest, Order::Oldest] {
        let page = range(&*store, Range { order, ..newest(2, COUNTED, 99) }).await;
        assert_eq!(page.len(), 4);
        assert!(
            page.iter().all(|edge| edge.from == 2 && edge.kind == COUNTED && edge.to / 100 == 2)
        );
    }
    must(store.commit(vec![unlink(2, COUNTED, 201)]).await);
    let counts = must(store.counts(&[(1, COUNTED), (2, COUNTED), (3, COUNTED)]).await);
    assert_eq!(counts, [4, 3, 4]);
}

/// Questions of all shapes, some without an answer and some asked twice, in one call.
pub async fn what_is_asked_together_is_answered_as_alone<E: Store>(store: Arc<E>) {
    let put = |id| Op::Put {
        kind: THING,
        id,
        body: Bytes::from_static(b"{\"a\":1}"),
        expect: Expect::Absent,
    };
    let mut batch: Vec<Op> = (1..=20).map(put).collect();
    batch.extend((1..=20).map(|n| link(1, COUNTED, n, n * 10)));
    batch.extend((1..=5).map(|n| link(2, PLAIN, n, n * 10)));
    must(store.commit(batch).await);
    let (nodes, edges) = (
        vec![(THING, 3), (THING, 99), (NodeKind(9_999), 3), (THING, 1), (THING, 3)],
        vec![at(1, COUNTED, 7), at(1, COUNTED, 99), at(2, PLAIN, 5), at(1, PLAIN, 7)],
    );
    let ranges = vec![
        newest(1, COUNTED, 3),
        Range { below: Some(100), order: Order::Oldest, ..newest(1, COUNTED, 4) },
        newest(2, PLAIN, 100),
        newest(3, PLAIN, 100),
        newest(1, COUNTED, 0),
        Range { below: Some(u64::MAX), above: Some(30), ..newest(2, PLAIN, 9) },
    ];
    let counts = vec![(1, COUNTED), (2, PLAIN), (9, COUNTED), (1, COUNTED)];
    let all = Reads { nodes, edges, ranges, counts };
    let together = must(store.read(&all).await);
    assert_eq!(together.nodes, must(store.nodes(&all.nodes).await));
    assert_eq!(together.edges, must(store.edges(&all.edges).await));
    assert_eq!(together.ranges, must(store.ranges(&all.ranges).await));
    assert_eq!(together.counts, must(store.counts(&all.counts).await));
    assert_eq!(together.nodes.iter().flatten().count(), 3);
    assert_eq!(together.counts, [20, 0, 0, 20]);
    let parts = [
        Reads { nodes: all.nodes.clone(), ..Reads::default() },
        Reads { edges: all.edges.clone(), ..Reads::default() },
        Reads { ranges: all.ranges.clone(), ..Reads::default() },
        Reads { counts: all.counts.clone(), ..Reads::default() },
        Reads::default(),
    ];
    for part in parts {
        let answers = must(store.read(&part).await);
        assert_eq!(answers.nodes.len(), part.nodes.len());
        assert_eq!(answers.edges.len(), part.edges.len());
        assert_eq!(answers.ranges.len(), part.ranges.len());
        assert_eq!(answers.counts.len(), part.counts.len());
    }
}
