//! The outbox: leases, fences, and the signal.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use super::{PLAIN, at, conflict, emit, must, next};
use crate::store::{Op, Store, Upkeep};

const LEASE: Duration = Duration::from_secs(1);

/// A leased event is not leased again before its lease ends; a settled one never.
pub async fn an_event_is_leased_by_one_holder_at_a_time<E: Store + Upkeep>(store: Arc<E>) {
    must(store.commit(vec![emit(1)]).await);
    let held = must(store.lease_events(10, 5_000, LEASE).await);
    assert_eq!(held.len(), 1);
    assert_eq!((held[0].id, held[0].topic, &held[0].body[..]), (1, 7, &b"{\"n\":1}"[..]));
    for now in [5_000, 5_999] {
        assert_eq!(must(store.lease_events(10, now, LEASE).await), []);
    }
    assert_eq!(must(store.waiting_events().await), 1);
    assert_eq!(must(store.settle_events(&[(1, held[0].fence)]).await), 1);
    assert_eq!(must(store.settle_events(&[(1, held[0].fence)]).await), 0);
    assert_eq!(must(store.lease_events(10, 99_000, LEASE).await), []);
    assert_eq!(must(store.waiting_events().await), 0);
}

/// An unsettled event comes back with a new fence, and the old one is worth nothing.
pub async fn a_lease_ends_and_its_fence_with_it<E: Store + Upkeep>(store: Arc<E>) {
    must(store.commit(vec![emit(1), emit(2)]).await);
    assert_eq!(must(store.settle_events(&[(1, 0), (2, 1), (9, 1)]).await), 0, "nobody leased them");
    let first = must(store.lease_events(10, 5_000, LEASE).await);
    let second = must(store.lease_events(1, 6_000, LEASE).await);
    assert_eq!(second.len(), 1);
    assert_eq!((second[0].id, second[0].fence != first[0].fence), (1, true));
    assert_eq!(must(store.settle_events(&[(1, first[0].fence)]).await), 0);
    assert_eq!(must(store.waiting_events().await), 2);
    // Late, but nobody else took it: it counts.
    let both = [(1, second[0].fence), (2, first[1].fence), (3, 1)];
    assert_eq!(must(store.settle_events(&both).await), 2);
    assert_eq!(must(store.waiting_events().await), 0);
}

/// The id is the order, whatever order they came in.
pub async fn events_come_oldest_first_within_the_limit<E: Store>(store: Arc<E>) {
    must(store.commit(vec![emit(5), emit(3)]).await);
    must(store.commit(vec![emit(4), emit(1), emit(2)]).await);
    let ids = async |limit, now| {
        let leased = must(store.lease_events(limit, now, LEASE).await);
        leased.iter().map(|event| event.id).collect::<Vec<_>>()
    };
    assert_eq!(ids(0, 1_000).await, []);
    assert_eq!(ids(2, 1_000).await, [1, 2]);
    assert_eq!(ids(2, 1_000).await, [3, 4]);
    assert_eq!(ids(9, 1_500).await, [5]);
    assert_eq!(ids(9, 2_000).await, [1, 2, 3, 4]);
    assert_eq!(store.commit(vec![emit(3)]).await, Err(conflict(0)), "an id is there once");
}

/// A conflict takes its events with it.
pub async fn an_event_is_emitted_only_with_its_batch<E: Store + Upkeep>(store: Arc<E>) {
    let failing = vec![emit(1), Op::GuardEdge { edge: at(1, PLAIN, 1), exists: true }];
    assert_eq!(store.commit(failing).await, Err(conflict(1)));
    assert_eq!(must(store.waiting_events().await), 0);
    assert_eq!(must(store.lease_events(10, 1_000, LEASE).await), []);
}

/// Eight relays drain 200 events: each event is in one pair of hands.
pub async fn two_relays_never_hold_one_event<E: Store + Upkeep>(store: Arc<E>) {
    must(store.commit((1..=200).map(emit).collect()).await);
    let relay = || {
        let store = store.clone();
        tokio::spawn(async move {
            let mut held = Vec::new();
            loop {
                let leased = must(store.lease_events(7, 1_000, LEASE).await);
                if leased.is_empty() {
                    return held;
                }
                let settle: Vec<_> = leased.iter().map(|event| (event.id, event.fence)).collect();
                assert_eq!(must(store.settle_events(&settle).await), settle.len());
                held.extend(leased);
            }
        })
    };
    let relays: Vec<_> = (0..8).map(|_| relay()).collect();
    let mut held = Vec::new();
    for relay in relays {
        held.extend(relay.await.expect("a relay does not panic"));
    }
    assert_eq!(held.len(), 200);
    assert_eq!(held.iter().map(|event| event.id).collect::<BTreeSet<_>>().len(), 200);
    assert_eq!(held.iter().map(|event| event.fence).collect::<BTreeSet<_>>().len(), 200);
    assert_eq!(must(store.waiting_events().await), 0);
}

/// A relay that waits wakes, and one that begins to wait just after the commit does too.
pub async fn emitting_signals_who_waits_and_who_comes_later<E: Store>(store: Arc<E>) {
    let signal = store.emitted();
    let soon = |waiting| tokio::time::timeout(Duration::from_secs(10), waiting);
    let waiting = signal.notified();
    tokio::pin!(waiting);
    waiting.as_mut().enable();
    must(store.commit(vec![emit(1)]).await);
    soon(waiting).await.expect("the waiting relay wakes");
    must(store.commit(vec![next("n"), emit(2)]).await);
    let late = signal.notified();
    tokio::pin!(late);
    soon(late).await.expect("the late relay wakes");
}
