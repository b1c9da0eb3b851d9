//! The contract of rings: what every engine of [`crate::rings`] must do.
//!
//! `engine::rings_contract!(open)` makes a named test of each function below; `open` is an async function that
//! gives `(Arc<engine>, guard)`, fresh and empty.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Debug,
    sync::Arc,
};

use crate::rings::{Entry, RING_CAPACITY, RingPage, Rings};

#[track_caller]
fn must<T, E: Debug>(answer: Result<T, E>) -> T {
    answer.expect("the engine answers")
}

fn own(id: u64) -> Entry {
    Entry { id, shows: id }
}

fn share(id: u64, shows: u64) -> Entry {
    Entry { id, shows }
}

async fn all<R: Rings>(rings: &R, ring: u64) -> Option<RingPage> {
    must(rings.read(ring, None, None, false, usize::MAX).await)
}

async fn ids<R: Rings>(rings: &R, ring: u64) -> Vec<u64> {
    let page = all(rings, ring).await.expect("it is built");
    page.entries.into_iter().map(|entry| entry.id).collect()
}

async fn build<R: Rings>(rings: &R, ring: u64, entries: &[Entry], floor: u64) {
    let ticket = must(rings.begin(ring).await);
    assert!(must(rings.finish(ring, ticket, entries.to_vec(), floor).await));
}

/// A ring that nobody built is not there, pushed to or not.
pub async fn a_push_to_an_unbuilt_ring_is_dropped<R: Rings>(rings: Arc<R>) {
    must(rings.push(&[1, 2], own(10)).await);
    assert_eq!(all(&*rings, 1).await, None);
    build(&*rings, 1, &[], 0).await;
    assert_eq!(all(&*rings, 1).await, Some(RingPage { entries: vec![], floor: 0 }));
    must(rings.push(&[], own(11)).await);
    must(rings.push(&[1, 2, 1], own(12)).await);
    assert_eq!(ids(&*rings, 1).await, [12]);
    assert_eq!(all(&*rings, 2).await, None);
}

/// While a ring is built it is not read; what was pushed meanwhile is in it after.
pub async fn a_push_during_a_build_is_in_the_ring_after_it<R: Rings>(rings: Arc<R>) {
    let ticket = must(rings.begin(1).await);
    for id in [30, 10, 20, 25] {
        must(rings.push(&[1], own(id)).await);
    }
    assert_eq!(all(&*rings, 1).await, None);
    let listed = [own(25), own(20), own(15)];
    assert!(must(rings.finish(1, ticket, listed.to_vec(), 0).await));
    assert_eq!(ids(&*rings, 1).await, [30, 25, 20, 15, 10]);
    assert!(!must(rings.finish(1, ticket, vec![own(99)], 0).await), "the ticket is spent");
}

/// Pushes go on all the time while rings are built from lists: none is lost, none is there twice.
pub async fn builds_under_pushes_lose_nothing<R: Rings>(rings: Arc<R>) {
    const RINGS: u64 = 10;
    const PUSHES: u64 = 300;
    let everyone: Arc<Vec<u64>> = Arc::new((1..=RINGS).collect());
    // What the lists hold: an entry is listed before it is pushed, as a commit comes before its event.
    let listed = Arc::new(std::sync::Mutex::new(Vec::new()));
    let pusher = {
        let (rings, listed, everyone) = (rings.clone(), listed.clone(), everyone.clone());
        tokio::spawn(async move {
            for id in 1..=PUSHES {
                must(listed.lock()).push(own(id));
                must(rings.push(&everyone, own(id)).await);
                tokio::task::yield_now().await;
            }
        })
    };
    let builders = everyone.iter().map(|&ring| {
        let (rings, listed) = (rings.clone(), listed.clone());
        tokio::spawn(async move {
            // One ring after the other, at another moment of the pushes.
            while (must(listed.lock()).len() as u64) < ring * PUSHES / (RINGS * 2) {
                tokio::task::yield_now().await;
            }
            let ticket = must(rings.begin(ring).await);
            let mut read = must(listed.lock()).clone();
            tokio::task::yield_now().await;
            read.reverse();
            assert!(must(rings.finish(ring, ticket, read, 0).await));
        })
    });
    for builder in builders.collect::<Vec<_>>() {
        must(builder.await);
    }
    must(pusher.await);
    let expected: Vec<_> = (1..=PUSHES).rev().collect();
    for &ring in &*everyone {
        assert_eq!(ids(&*rings, ring).await, expected, "ring {ring}");
    }
}

/// A newer build of a ring, or a drop, takes the ticket away.
pub async fn a_newer_build_or_a_drop_takes_the_ticket<R: Rings>(rings: Arc<R>) {
    let old = must(rings.begin(1).await);
    let new = must(rings.begin(1).await);
    assert_ne!(old, new);
    assert!(!must(rings.finish(1, old, vec![own(1)], 0).await));
    assert!(must(rings.finish(1, new, vec![own(2)], 0).await));
    assert_eq!(ids(&*rings, 1).await, [2]);
    let dropped = must(rings.begin(1).await);
    must(rings.forget(&[1, 7]).await);
    assert!(!must(rings.finish(1, dropped, vec![own(3)], 0).await));
    assert_eq!(all(&*rings, 1).await, None);
    let other = must(rings.begin(2).await);
    assert!(!must(rings.finish(3, other, vec![], 0).await), "a ticket of another ring");
}

/// A ring that is built again answers meanwhile, and is then what the new build says.
pub async fn a_ring_built_again_answers_meanwhile<R: Rings>(rings: Arc<R>) {
    build(&*rings, 1, &[own(5), own(3)], 0).await;
    let ticket = must(rings.begin(1).await);
    must(rings.push(&[1], own(6)).await);
    assert_eq!(ids(&*rings, 1).await, [6, 5, 3]);
    assert!(must(rings.finish(1, ticket, vec![own(5), own(4)], 0).await));
    assert_eq!(ids(&*rings, 1).await, [6, 5, 4]);
}

/// Entries stand by id whatever order they come in, each once.
pub async fn entries_stand_by_id_and_once<R: Rings>(rings: Arc<R>) {
    build(&*rings, 1, &[own(50)], 0).await;
    for id in [70, 60, 50, 40, 70, 65, 40] {
        must(rings.push(&[1], own(id)).await);
    }
    assert_eq!(ids(&*rings, 1).await, [70, 65, 60, 50, 40]);
}

/// Of the entries that show the same thing only the newest is there.
pub async fn a_thing_is_shown_once_by_its_newest_entry<R: Rings>(rings: Arc<R>) {
    build(&*rings, 1, &[own(10), own(5)], 0).await;
    must(rings.push(&[1], share(20, 5)).await);
    assert_eq!(ids(&*rings, 1).await, [20, 10]);
    for late in [own(5), share(15, 5)] {
        must(rings.push(&[1], late).await);
    }
    assert_eq!(ids(&*rings, 1).await, [20, 10]);
    must(rings.push(&[1], share(30, 5)).await);
    must(rings.push(&[1], share(31, 7)).await);
    let page = all(&*rings, 1).await.expect("it is built");
    assert_eq!(page.entries, [share(31, 7), share(30, 5), own(10)]);
    // In what a build brings, too.
    build(&*rings, 2, &[share(9, 1), share(8, 1), own(4), own(1)], 0).await;
    assert_eq!(ids(&*rings, 2).await, [9, 4]);
}

/// Pages are cut between exclusive bounds, newest first, from either end.
pub async fn pages_lie_between_their_bounds<R: Rings>(rings: Arc<R>) {
    let entries: Vec<_> = (1..=10).rev().map(|n| own(n * 10)).collect();
    build(&*rings, 1, &entries, 0).await;
    type Row = (Option<u64>, Option<u64>, bool, usize, &'static [u64]);
    let table: &[Row] = &[
        (None, None, false, 3, &[100, 90, 80]),
        (None, None, true, 2, &[100, 90]),
        (Some(80), None, false, 3, &[70, 60, 50]),
        (Some(85), None, false, 1, &[80]),
        (Some(30), None, false, 9, &[20, 10]),
        (Some(10), None, false, 9, &[]),
        (Some(0), None, false, 9, &[]),
        (None, Some(70), false, 2, &[100, 90]),
        (None, Some(70), true, 2, &[90, 80]),
        (None, Some(65), true, 2, &[80, 70]),
        (None, Some(90), true, 9, &[100]),
        (None, Some(100), true, 9, &[]),
        (Some(80), Some(20), false, 2, &[70, 60]),
        (Some(50), Some(30), false, 9, &[40]),
        (Some(40), Some(30), false, 9, &[]),
        (Some(30), Some(40), false, 9, &[]),
        (Some(20), Some(90), false, 9, &[]),
        (None, None, false, 0, &[]),
    ];
    for (below, above, nearest, limit, expected) in table {
        let page =
            must(rings.read(1, *below, *above, *nearest, *limit).await).expect("it is built");
        let ids: Vec<_> = page.entries.iter().map(|entry| entry.id).collect();
        assert_eq!(ids, *expected, "{below:?} {above:?} {nearest} {limit}");
    }
}

/// A ring keeps the newest, and says from where on it is sure.
pub async fn a_full_ring_lets_the_oldest_go_and_raises_its_floor<R: Rings>(rings: Arc<R>) {
    let capacity = RING_CAPACITY as u64;
    let entries: Vec<_> = (1..=capacity).rev().map(own).collect();
    build(&*rings, 1, &entries, 0).await;
    let page = all(&*rings, 1).await.expect("it is built");
    assert_eq!((page.entries.len() as u64, page.floor), (capacity, 0));
    must(rings.push(&[1], own(capacity + 1)).await);
    let page = all(&*rings, 1).await.expect("it is built");
    assert_eq!((page.entries.len() as u64, page.entries.last().copied()), (capacity, Some(own(2))));
    assert_eq!(page.floor, 2);
    // Below its floor it takes nothing: the lists have it.
    must(rings.push(&[1], own(1)).await);
    assert_eq!(all(&*rings, 1).await, Some(page));
    // A build with more than it holds, and one that says itself where it is sure.
    let entries: Vec<_> = (1..=capacity + 50).rev().map(own).collect();
    build(&*rings, 2, &entries, 0).await;
    let page = all(&*rings, 2).await.expect("it is built");
    assert_eq!((page.entries.len() as u64, page.floor), (capacity, 51));
    build(&*rings, 3, &[own(90), own(80)], 80).await;
    must(rings.push(&[3], own(70)).await);
    must(rings.push(&[3], own(85)).await);
    let page = all(&*rings, 3).await.expect("it is built");
    assert_eq!((page.entries, page.floor), (vec![own(90), own(85), own(80)], 80));
}

/// Forgetting takes those rings and no others.
pub async fn forgotten_rings_are_built_again<R: Rings>(rings: Arc<R>) {
    for ring in [1, 2, 3] {
        build(&*rings, ring, &[own(ring)], 0).await;
    }
    must(rings.forget(&[1, 3, 9]).await);
    must(rings.push(&[1, 2, 3], own(7)).await);
    assert_eq!((all(&*rings, 1).await, all(&*rings, 3).await), (None, None));
    assert_eq!(ids(&*rings, 2).await, [7, 2]);
}

/// What a ring is, said simply: all it was told, the newest of each thing, the newest so many of them.
#[derive(Default)]
struct Model {
    told: BTreeMap<u64, u64>,
    floor: u64,
}

impl Model {
    fn tell(&mut self, entry: Entry) {
        if entry.id >= self.floor {
            self.told.entry(entry.id).or_insert(entry.shows);
        }
        let shown = self.shown();
        if let Some(last) = shown.get(RING_CAPACITY - 1).filter(|_| shown.len() > RING_CAPACITY) {
            self.floor = self.floor.max(last.id);
            let floor = self.floor;
            self.told.retain(|id, _| *id >= floor);
        }
    }

    fn shown(&self) -> Vec<Entry> {
        let mut seen = BTreeSet::new();
        let newest = self.told.iter().rev().map(|(&id, &shows)| Entry { id, shows });
        newest.filter(|entry| seen.insert(entry.shows)).collect()
    }
}

/// Thousands of pushes and reads in an order nobody chose, compared with the simple model.
pub async fn a_random_history_equals_the_model<R: Rings>(rings: Arc<R>) {
    for seed in 1..=6_u64 {
        let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let mut random = |bound: u64| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state % bound
        };
        // Few ids: all shares and repetitions. Many: a ring that overflows.
        let spread = if seed % 2 == 0 { 60 } else { 3_000 };
        let entry = |id: u64| match id % 3 {
            0 if id > 6 => share(id, id / 7 + 1),
            _ => own(id),
        };
        let mut model = Model::default();
        let ticket = must(rings.begin(seed).await);
        let listed: BTreeSet<u64> = (0..random(500)).map(|_| random(spread) + 1).collect();
        let listed: Vec<_> = listed.into_iter().rev().map(entry).collect();
        for _ in 0..random(30) {
            let pushed = entry(random(spread) + 1);
            must(rings.push(&[seed], pushed).await);
            model.tell(pushed);
        }
        listed.iter().for_each(|entry| model.tell(*entry));
        assert!(must(rings.finish(seed, ticket, listed, 0).await));
        for step in 0..1_500 {
            let pushed = entry(random(spread) + 1 + step);
            must(rings.push(&[seed, seed + 100], pushed).await);
            model.tell(pushed);
            if step % 10 == 0 {
                let page = all(&*rings, seed).await.expect("it is built");
                assert_eq!(
                    (page.entries, page.floor),
                    (model.shown(), model.floor),
                    "{seed} {step}"
                );
                let below = random(spread) + step;
                let page = must(rings.read(seed, Some(below), None, false, 20).await);
                let expected = model.shown().into_iter().filter(|entry| entry.id < below).take(20);
                assert_eq!(page.expect("it is built").entries, expected.collect::<Vec<_>>());
            }
        }
    }
}

/// Makes a test of each function of the suite. See [`crate::contract::rings`].
#[macro_export]
macro_rules! rings_contract {
    ($open:path) => {
        $crate::rings_contract!(@tests $open;
            a_push_to_an_unbuilt_ring_is_dropped
            a_push_during_a_build_is_in_the_ring_after_it
            builds_under_pushes_lose_nothing
            a_newer_build_or_a_drop_takes_the_ticket
            a_ring_built_again_answers_meanwhile
            entries_stand_by_id_and_once
            a_thing_is_shown_once_by_its_newest_entry
            pages_lie_between_their_bounds
            a_full_ring_lets_the_oldest_go_and_raises_its_floor
            forgotten_rings_are_built_again
            a_random_history_equals_the_model
        );
    };
    (@tests $open:path; $($name:ident)*) => {
        $(
            #[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                let (rings, _guard) = $open().await;
                $crate::contract::rings::$name(rings).await;
            }
        )*
    };
}
