//! The contract of the cache: what every engine of [`crate::cache`] must do.
//!
//! `engine::cache_contract!(open)` makes a named test of each function below; `open` is an async function that
//! gives `(Arc<engine>, guard)`, fresh and empty.

use std::{collections::BTreeSet, fmt::Debug, sync::Arc, time::Duration};

use bytes::Bytes;

use crate::cache::{Cache, Quota, Verdict};

const SECOND: Duration = Duration::from_secs(1);
/// A time of day; engines with a clock of their own see keys that were set just now.
const NOW: u64 = 1_900_000_000_000;

#[track_caller]
fn must<T, E: Debug>(answer: Result<T, E>) -> T {
    answer.expect("the engine answers")
}

async fn get<C: Cache>(cache: &C, key: &str, now_ms: u64) -> Option<Bytes> {
    must(cache.get(&[key], now_ms).await).remove(0)
}

fn pair(key: &str, value: &'static str) -> (String, Bytes) {
    (key.to_owned(), Bytes::from_static(value.as_bytes()))
}

/// Answers stand in the order of their keys, missing ones too.
pub async fn values_come_in_the_order_of_their_keys<C: Cache>(cache: Arc<C>) {
    must(cache.set(vec![pair("a", "1"), pair("b", ""), pair("ключ\0 x", "3")], NOW, SECOND).await);
    let got = must(cache.get(&["b", "none", "ключ\0 x", "a", "b"], NOW).await);
    let expected = [Some(""), None, Some("3"), Some("1"), Some("")];
    assert_eq!(got, expected.map(|value| value.map(Bytes::from)));
    assert_eq!(must(cache.get(&[], NOW).await), [None; 0]);
    must(cache.set(vec![], NOW, SECOND).await);
}

/// A value is there to the last millisecond of its time and not after.
pub async fn a_value_ends_with_its_time<C: Cache>(cache: Arc<C>) {
    must(cache.set(vec![pair("a", "1")], NOW, SECOND).await);
    assert_eq!(get(&*cache, "a", NOW + 999).await, Some("1".into()));
    assert_eq!(get(&*cache, "a", NOW + 1_000).await, None);
    must(cache.set(vec![pair("a", "2")], NOW + 1_000, SECOND).await);
    assert_eq!(get(&*cache, "a", NOW + 1_500).await, Some("2".into()));
    must(cache.set(vec![pair("a", "3")], NOW + 1_500, 2 * SECOND).await);
    assert_eq!(get(&*cache, "a", NOW + 2_500).await, Some("3".into()));
}

/// Deleted or replaced values never come back.
pub async fn a_deleted_or_replaced_value_is_gone<C: Cache>(cache: Arc<C>) {
    must(cache.set(vec![pair("a", "1"), pair("b", "1"), pair("a", "2")], NOW, SECOND).await);
    assert_eq!(get(&*cache, "a", NOW).await, Some("2".into()));
    must(cache.delete(&["a", "none"]).await);
    assert_eq!(must(cache.get(&["a", "b"], NOW).await), [None, Some("1".into())]);
    must(cache.add("n", 5, NOW, SECOND).await);
    must(cache.delete(&["n"]).await);
    assert_eq!(must(cache.add("n", 1, NOW, SECOND).await), 1);
}

/// 50 tasks add; every answer is another number, and nothing is lost.
pub async fn fifty_adds_are_fifty_answers<C: Cache>(cache: Arc<C>) {
    let adds = (0..50).map(|_| {
        let cache = cache.clone();
        tokio::spawn(async move { must(cache.add("n", 2, NOW, SECOND).await) })
    });
    let mut answers = BTreeSet::new();
    for add in adds.collect::<Vec<_>>() {
        answers.insert(must(add.await));
    }
    assert_eq!(answers, (1..=50).map(|n| n * 2).collect());
    assert_eq!(must(cache.add("n", -100, NOW, SECOND).await), 0);
}

/// The first add decides how long a number lives.
pub async fn a_number_ends_with_its_first_time<C: Cache>(cache: Arc<C>) {
    assert_eq!(must(cache.add("n", 3, NOW, SECOND).await), 3);
    assert_eq!(must(cache.add("n", 4, NOW + 999, SECOND).await), 7);
    assert_eq!(must(cache.add("n", 5, NOW + 1_000, SECOND).await), 5);
}

/// 50 tasks ask one limiter: exactly the burst passes.
pub async fn fifty_tasks_get_exactly_the_burst<C: Cache>(cache: Arc<C>) {
    let quota = Quota { burst: 7, period: 10 * SECOND };
    let asks = (0..50).map(|_| {
        let cache = cache.clone();
        tokio::spawn(async move { must(cache.limit("door", quota, 1, NOW).await) })
    });
    let mut passed = BTreeSet::new();
    for ask in asks.collect::<Vec<_>>() {
        let verdict: Verdict = must(ask.await);
        if verdict.allowed {
            assert!(passed.insert(verdict.remaining), "two were told the same");
        } else {
            assert_eq!((verdict.remaining, verdict.reset_ms), (0, NOW + 10_000));
        }
    }
    assert_eq!(passed, (0..7).collect());
}

/// The burst refills evenly: one at a time, each when its interval is over and not before.
pub async fn a_limit_refills_evenly<C: Cache>(cache: Arc<C>) {
    let quota = Quota { burst: 4, period: SECOND };
    let ask = async |now_ms| must(cache.limit("door", quota, 1, now_ms).await);
    for left in [3, 2, 1, 0] {
        let verdict = ask(NOW).await;
        assert_eq!((verdict.allowed, verdict.remaining), (true, left));
        assert_eq!(verdict.reset_ms, NOW + 250 * u64::from(4 - left));
    }
    let refused = ask(NOW).await;
    assert_eq!((refused.allowed, refused.retry_after), (false, Duration::from_millis(250)));
    assert!(!ask(NOW + 249).await.allowed);
    assert!(ask(NOW + 250).await.allowed);
    assert!(!ask(NOW + 250).await.allowed);
    assert!(ask(NOW + 750).await.allowed && ask(NOW + 750).await.allowed);
    assert!(!ask(NOW + 750).await.allowed);
    // Long after, it is the burst again and no more.
    for expected in [true, true, true, true, false] {
        assert_eq!(ask(NOW + 90_000).await.allowed, expected);
    }
}

/// Waiting for as long as was said is enough, where the interval is no round number too; and in the long
/// run exactly the quota passes.
pub async fn a_limit_keeps_its_word<C: Cache>(cache: Arc<C>) {
    let quota = Quota { burst: 7, period: SECOND };
    let (mut now, mut passed) = (NOW, 0);
    while now < NOW + 20_000 {
        let verdict = must(cache.limit("door", quota, 1, now).await);
        if verdict.allowed {
            passed += 1;
        } else {
            let wait = u64::try_from(verdict.retry_after.as_millis()).unwrap_or(u64::MAX);
            assert!((1..=143).contains(&wait), "a wait of {wait} ms");
            assert!(!must(cache.limit("door", quota, 0, now + wait - 1).await).allowed);
            now += wait;
            assert!(must(cache.limit("door", quota, 0, now).await).allowed);
        }
    }
    assert!((7 * 20..=7 * 21).contains(&passed), "{passed} passed");
}

/// Costs count as so many; what is refused costs nothing.
pub async fn a_cost_counts_as_so_many<C: Cache>(cache: Arc<C>) {
    let quota = Quota { burst: 10, period: 10 * SECOND };
    let ask = async |cost| must(cache.limit("door", quota, cost, NOW).await);
    assert_eq!((ask(6).await.allowed, ask(0).await.remaining), (true, 4));
    let refused = ask(5).await;
    assert_eq!((refused.allowed, refused.remaining), (false, 4));
    assert_eq!(refused.retry_after, SECOND);
    assert!(ask(4).await.allowed);
    assert!(!ask(1).await.allowed);
}

/// Asking what it would say changes nothing.
pub async fn looking_at_a_limit_costs_nothing<C: Cache>(cache: Arc<C>) {
    let quota = Quota { burst: 1, period: SECOND };
    for _ in 0..10 {
        let verdict = must(cache.limit("door", quota, 0, NOW).await);
        assert_eq!((verdict.allowed, verdict.remaining), (true, 1));
        assert_eq!((verdict.reset_ms, verdict.retry_after), (NOW, Duration::ZERO));
    }
    assert!(must(cache.limit("door", quota, 1, NOW).await).allowed);
    let verdict = must(cache.limit("door", quota, 0, NOW).await);
    assert_eq!((verdict.allowed, verdict.remaining, verdict.retry_after), (false, 0, SECOND));
}

/// Each key has its own limit, and a burst of none lets nobody pass.
pub async fn limits_are_apart<C: Cache>(cache: Arc<C>) {
    let quota = Quota { burst: 1, period: SECOND };
    for key in ["a", "b", "c"] {
        assert!(must(cache.limit(key, quota, 1, NOW).await).allowed);
        assert!(!must(cache.limit(key, quota, 1, NOW).await).allowed);
    }
    let none = Quota { burst: 0, period: SECOND };
    assert!(!must(cache.limit("d", none, 1, NOW).await).allowed);
}

/// Makes a test of each function of the suite. See [`crate::contract::cache`].
#[macro_export]
macro_rules! cache_contract {
    ($open:path) => {
        $crate::cache_contract!(@tests $open;
            values_come_in_the_order_of_their_keys
            a_value_ends_with_its_time
            a_deleted_or_replaced_value_is_gone
            fifty_adds_are_fifty_answers
            a_number_ends_with_its_first_time
            fifty_tasks_get_exactly_the_burst
            a_limit_refills_evenly
            a_limit_keeps_its_word
            a_cost_counts_as_so_many
            looking_at_a_limit_costs_nothing
            limits_are_apart
        );
    };
    (@tests $open:path; $($name:ident)*) => {
        $(
            #[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                let (cache, _guard) = $open().await;
                $crate::contract::cache::$name(cache).await;
            }
        )*
    };
}
