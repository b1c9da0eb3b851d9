//! The contract of values in front of a store: what every engine of [`crate::lookaside`] must do.
//!
//! `engine::lookaside_contract!(open)` makes a named test of each function below; `open` is an async function that
//! gives `(Arc<engine>, guard)`, fresh and empty.

use std::{fmt::Debug, sync::Arc, time::Duration};

use bytes::Bytes;

use crate::{
    cache::Quota,
    lookaside::{Ask, JOURNAL, Look, Lookaside, News, Reader},
};

const MINUTE: Duration = Duration::from_secs(60);
const MOMENT: Duration = Duration::from_millis(30);
const NOW: u64 = 1_900_000_000_000;

#[track_caller]
fn must<T, E: Debug>(answer: Result<T, E>) -> T {
    answer.expect("the engine answers")
}

fn bytes(text: &'static str) -> Bytes {
    Bytes::from_static(text.as_bytes())
}

fn value(text: &'static str) -> Look {
    Look::Value(bytes(text))
}

fn owned(keys: &[&str]) -> Vec<String> {
    keys.iter().map(|key| (*key).to_owned()).collect()
}

/// A reader in the engine's life, with the usual stamp.
fn reader(life: &str, lease: u64) -> Reader<'_> {
    Reader { life, stamp: "1.2.3", lease }
}

async fn look<C: Lookaside>(cache: &C, life: &str, lease: u64, key: &str) -> Look {
    must(cache.look(reader(life, lease), &[key]).await).remove(0)
}

async fn fill<C: Lookaside>(cache: &C, life: &str, lease: u64, key: &str, text: &'static str) {
    let values = vec![(key.to_owned(), bytes(text))];
    must(cache.fill(reader(life, lease), values, MINUTE).await);
}

async fn mark<C: Lookaside>(cache: &C, life: &str, mark: u64, keys: &[&str]) {
    must(cache.mark(life, &owned(keys), mark, MINUTE).await);
}

async fn settle<C: Lookaside>(cache: &C, mark: u64, keys: &[&str]) -> bool {
    must(cache.settle(&owned(keys), mark, Bytes::new()).await)
}

async fn news<C: Lookaside>(cache: &C, after: u64) -> News {
    must(cache.admit(&[], NOW, after).await).1
}

/// Who misses gets a lease, fills, and all find it; answers stand in the order of their keys.
pub async fn who_misses_fills_and_all_find_it<C: Lookaside>(cache: Arc<C>) {
    let life = must(cache.life().await);
    let keys = ["node:a:1", "node:a:2", "count:b:1"];
    let found = must(cache.look(reader(&life, 7), &keys).await);
    assert_eq!(found, [Look::Lease, Look::Lease, Look::Lease]);
    let values = vec![(keys[0].to_owned(), bytes("one two")), (keys[2].to_owned(), bytes(""))];
    must(cache.fill(reader(&life, 7), values, MINUTE).await);
    let keys = [keys[2], keys[1], keys[0]];
    let found = must(cache.look(reader(&life, 8), &keys).await);
    assert_eq!(found, [value(""), Look::Busy, value("one two")]);
    assert_eq!(look(&*cache, &life, 7, keys[1]).await, Look::Lease, "its own lease is its own");
    assert_eq!(must(cache.look(reader(&life, 7), &[]).await), []);
    assert_eq!(must(cache.life().await), life);
}

/// Without its lease nobody fills: not who has none, nor who had one.
pub async fn nobody_fills_without_a_lease<C: Lookaside>(cache: Arc<C>) {
    let life = must(cache.life().await);
    fill(&*cache, &life, 7, "node:a:1", "stray").await;
    assert_eq!(look(&*cache, &life, 7, "node:a:1").await, Look::Lease);
    fill(&*cache, &life, 8, "node:a:1", "another's").await;
    assert_eq!(look(&*cache, &life, 8, "node:a:1").await, Look::Busy);
    fill(&*cache, &life, 7, "node:a:1", "good").await;
    fill(&*cache, &life, 7, "node:a:1", "once more").await;
    assert_eq!(look(&*cache, &life, 8, "node:a:1").await, value("good"));
}

/// A mark takes the value and every lease away, and lets nobody fill before it is settled.
pub async fn a_mark_takes_values_and_leases_away<C: Lookaside>(cache: Arc<C>) {
    let life = must(cache.life().await);
    assert_eq!(look(&*cache, &life, 7, "node:a:1").await, Look::Lease);
    fill(&*cache, &life, 7, "node:a:1", "old").await;
    // A slow reader: it has read the old state of this one.
    assert_eq!(look(&*cache, &life, 7, "node:a:2").await, Look::Lease);
    mark(&*cache, &life, 1, &["node:a:1", "node:a:2"]).await;
    fill(&*cache, &life, 7, "node:a:2", "old").await;
    for key in ["node:a:1", "node:a:2"] {
        assert_eq!(look(&*cache, &life, 8, key).await, Look::Busy, "{key}");
        fill(&*cache, &life, 8, key, "old").await;
    }
    assert!(settle(&*cache, 1, &["node:a:1", "node:a:2"]).await);
    fill(&*cache, &life, 7, "node:a:2", "old").await;
    for key in ["node:a:1", "node:a:2"] {
        assert_eq!(look(&*cache, &life, 8, key).await, Look::Lease, "{key}");
        fill(&*cache, &life, 8, key, "new").await;
        assert_eq!(look(&*cache, &life, 7, key).await, value("new"), "{key}");
    }
}

/// Of two who write at once, the one who ends first leaves the other's mark.
pub async fn marks_are_settled_each_by_its_own<C: Lookaside>(cache: Arc<C>) {
    let life = must(cache.life().await);
    mark(&*cache, &life, 1, &["k:1"]).await;
    mark(&*cache, &life, 2, &["k:1"]).await;
    assert!(settle(&*cache, 1, &["k:1"]).await);
    assert_eq!(look(&*cache, &life, 7, "k:1").await, Look::Busy);
    assert!(!settle(&*cache, 1, &["k:1"]).await, "it was settled before");
    assert_eq!(look(&*cache, &life, 7, "k:1").await, Look::Busy);
    assert!(settle(&*cache, 2, &["k:1"]).await);
    assert_eq!(look(&*cache, &life, 7, "k:1").await, Look::Lease);
    assert!(!settle(&*cache, 3, &["k:1"]).await, "it was never there");
    assert_eq!(look(&*cache, &life, 7, "k:1").await, Look::Lease, "a lease is not lost by that");
}

/// The mark of a writer that died ends; who settles after that hears that it did not stand.
pub async fn marks_and_values_end_with_their_time<C: Lookaside>(cache: Arc<C>) {
    let life = must(cache.life().await);
    must(cache.mark(&life, &owned(&["k:1"]), 1, MOMENT).await);
    while look(&*cache, &life, 7, "k:1").await == Look::Busy {
        tokio::task::yield_now().await;
    }
    assert!(!settle(&*cache, 1, &["k:1"]).await);
    let values = vec![("k:1".to_owned(), bytes("short"))];
    must(cache.fill(reader(&life, 7), values, MOMENT).await);
    while look(&*cache, &life, 8, "k:1").await != Look::Lease {
        tokio::task::yield_now().await;
    }
    // A dead writer's mark does not live on by those of others.
    must(cache.mark(&life, &owned(&["k:2"]), 1, MOMENT).await);
    mark(&*cache, &life, 2, &["k:2"]).await;
    assert!(settle(&*cache, 2, &["k:2"]).await);
    while look(&*cache, &life, 7, "k:2").await == Look::Busy {
        tokio::task::yield_now().await;
    }
}

/// Values of another stamp are nothing, and who asks may replace them.
pub async fn another_stamp_is_nothing<C: Lookaside>(cache: Arc<C>) {
    let life = must(cache.life().await);
    assert_eq!(look(&*cache, &life, 7, "k:1").await, Look::Lease);
    fill(&*cache, &life, 7, "k:1", "old").await;
    let later = Reader { life: &life, stamp: "1.2.4", lease: 8 };
    assert_eq!(must(cache.look(later, &["k:1"]).await), [Look::Lease]);
    must(cache.fill(later, vec![("k:1".to_owned(), bytes("new"))], MINUTE).await);
    assert_eq!(must(cache.look(later, &["k:1"]).await), [value("new")]);
    assert_eq!(look(&*cache, &life, 7, "k:1").await, Look::Lease);
}

/// Who asks for another life of the engine is told so.
pub async fn another_life_is_an_error<C: Lookaside>(cache: Arc<C>) {
    let life = must(cache.life().await);
    assert!(cache.look(reader("another", 7), &["k:1"]).await.is_err());
    assert!(cache.mark("another", &owned(&["k:1"]), 1, MINUTE).await.is_err());
    assert_eq!(look(&*cache, &life, 7, "k:1").await, Look::Lease);
}

/// Readers and writers at once: what is found was put after the last write that had ended before.
pub async fn no_value_from_before_a_write_is_found_after_it<C: Lookaside>(cache: Arc<C>) {
    let life = must(cache.life().await);
    let store = Arc::new(std::sync::atomic::AtomicU64::new(0));
    let mut tasks = Vec::new();
    for writer in 1..=2u64 {
        let (cache, life, store) = (cache.clone(), life.clone(), store.clone());
        tasks.push(tokio::spawn(async move {
            for turn in 0..60 {
                let mark = writer * 1_000 + turn;
                must(cache.mark(&life, &owned(&["k:1"]), mark, MINUTE).await);
                let wrote = store.fetch_add(1, std::sync::atomic::Ordering::SeqCst) + 1;
                assert!(must(cache.settle(&owned(&["k:1"]), mark, Bytes::new()).await));
                if let Look::Value(found) = look(&*cache, &life, mark, "k:1").await {
                    let found: u64 =
                        std::str::from_utf8(&found).expect("digits").parse().expect("digits");
                    assert!(found >= wrote, "{found} was found after {wrote} was written");
                }
            }
        }));
    }
    for who in 1..=4u64 {
        let (cache, life, store) = (cache.clone(), life.clone(), store.clone());
        tasks.push(tokio::spawn(async move {
            for turn in 0..120 {
                let lease = 1_000_000 * who + turn;
                if look(&*cache, &life, lease, "k:1").await == Look::Lease {
                    let read = store.load(std::sync::atomic::Ordering::SeqCst).to_string();
                    tokio::task::yield_now().await;
                    let values = vec![("k:1".to_owned(), Bytes::from(read))];
                    must(cache.fill(reader(&life, lease), values, MINUTE).await);
                }
            }
        }));
    }
    for task in tasks {
        must(task.await);
    }
}

/// What writers tell is heard in order, by each who asks from where they were.
pub async fn what_is_told_is_heard<C: Lookaside>(cache: Arc<C>) {
    let begun = news(&*cache, 0).await;
    assert_eq!(begun.told, None);
    let begun = begun.end;
    assert_eq!(news(&*cache, begun).await, News { end: begun, told: Some(vec![]) });
    for text in ["n1.2", "", "e1.2.3 c4.5"] {
        must(cache.settle(&[], 1, bytes(text)).await);
    }
    let later = news(&*cache, begun).await;
    assert_eq!(later.told, Some(vec![bytes("n1.2"), bytes("e1.2.3 c4.5")]));
    assert_eq!(news(&*cache, later.end).await, News { end: later.end, told: Some(vec![]) });
    assert_eq!(news(&*cache, later.end - 1).await.told, Some(vec![bytes("e1.2.3 c4.5")]));
    assert_eq!(news(&*cache, later.end + 100).await.told, None, "it was never there");
}

/// The journal forgets what is long ago, and says so.
pub async fn a_journal_says_what_it_forgot<C: Lookaside>(cache: Arc<C>) {
    must(cache.settle(&[], 1, bytes("first")).await);
    let begun = news(&*cache, 0).await.end;
    for chunk in (0..=JOURNAL).collect::<Vec<_>>().chunks(200) {
        let told = chunk.iter().map(|_| cache.settle(&[], 1, bytes("more")));
        futures::future::join_all(told).await.into_iter().for_each(|told| assert!(must(told)));
    }
    let later = news(&*cache, begun).await;
    assert_eq!(later.told, None);
    let known = news(&*cache, later.end - JOURNAL as u64).await.told;
    assert_eq!(known.map(|told| told.len()), Some(JOURNAL));
}

/// Limits that are asked for with the news are the same limits.
pub async fn a_request_is_counted_where_it_asks_for_news<C: Lookaside>(cache: Arc<C>) {
    let quota = Quota { burst: 3, period: MINUTE };
    let ask = |key: &str, cost| Ask { key: key.to_owned(), quota, cost };
    let (verdicts, _) = must(cache.admit(&[ask("a", 1), ask("b", 2), ask("a", 1)], NOW, 0).await);
    let left: Vec<_> = verdicts.iter().map(|verdict| verdict.remaining).collect();
    assert_eq!(left, [2, 1, 1]);
    assert_eq!(must(cache.limit("a", quota, 1, NOW).await).remaining, 0);
    assert!(!must(cache.admit(&[ask("a", 1)], NOW, 0).await).0[0].allowed);
}

/// Makes a test of each function of the suite. See [`crate::contract::lookaside`].
#[macro_export]
macro_rules! lookaside_contract {
    ($open:path) => {
        $crate::lookaside_contract!(@tests $open;
            who_misses_fills_and_all_find_it
            nobody_fills_without_a_lease
            a_mark_takes_values_and_leases_away
            marks_are_settled_each_by_its_own
            marks_and_values_end_with_their_time
            another_stamp_is_nothing
            another_life_is_an_error
            no_value_from_before_a_write_is_found_after_it
            what_is_told_is_heard
            a_journal_says_what_it_forgot
            a_request_is_counted_where_it_asks_for_news
        );
    };
    (@tests $open:path; $($name:ident)*) => {
        $(
            #[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                let (cache, _guard) = $open().await;
                $crate::contract::lookaside::$name(cache).await;
            }
        )*
    };
}
