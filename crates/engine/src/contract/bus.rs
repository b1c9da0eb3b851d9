//! The contract of the bus: what every engine of [`crate::bus`] must do.
//!
//! `engine::bus_contract!(open)` makes a named test of each function below; `open` is an async function that
//! gives `(Arc<engine>, guard)`, fresh and empty.

use std::{fmt::Debug, sync::Arc, time::Duration};

use bytes::Bytes;

use crate::bus::{Bus, Delivery, Message, Subscription};

#[track_caller]
fn must<T, E: Debug>(answer: Result<T, E>) -> T {
    answer.expect("the engine answers")
}

fn message(topic: &str, number: usize) -> Message {
    Message { topic: topic.to_owned(), body: Bytes::from(number.to_string()) }
}

async fn next(subscription: &mut Subscription) -> Delivery {
    let delivery = tokio::time::timeout(Duration::from_secs(20), subscription.0.recv()).await;
    must(delivery).expect("the subscription lives")
}

/// Reads up to the message of this number.
async fn until(subscription: &mut Subscription, last: usize) -> Vec<Delivery> {
    let mut seen = Vec::new();
    let end = Bytes::from(last.to_string());
    loop {
        seen.push(next(subscription).await);
        if matches!(seen.last(), Some(Delivery::Message(message)) if message.body == end) {
            return seen;
        }
    }
}

/// Topics that start with the prefix, and no others; to each subscription once.
pub async fn a_subscription_hears_what_starts_with_its_prefix<B: Bus>(bus: Arc<B>) {
    let mut all = must(bus.subscribe("", 100).await);
    let mut one = must(bus.subscribe("user:1", 100).await);
    let mut again = must(bus.subscribe("user:1", 100).await);
    let mut exact = must(bus.subscribe("user:12", 100).await);
    let topics = ["user:1", "user:2", "user:12", "use", "public", "user:1:note"];
    let messages = topics.iter().enumerate().map(|(number, topic)| message(topic, number));
    must(bus.publish(messages.collect()).await);
    must(bus.publish(vec![message("user:12", 99)]).await);
    must(bus.publish(vec![message("user:1", 100)]).await);
    let seen = |deliveries: Vec<Delivery>| -> Vec<String> {
        let body = |delivery| match delivery {
            Delivery::Message(message) => String::from_utf8_lossy(&message.body).into_owned(),
            Delivery::Gap => "gap".to_owned(),
        };
        deliveries.into_iter().map(body).collect()
    };
    assert_eq!(seen(until(&mut all, 100).await), ["0", "1", "2", "3", "4", "5", "99", "100"]);
    assert_eq!(seen(until(&mut one, 100).await), ["0", "2", "5", "99", "100"]);
    assert_eq!(seen(until(&mut again, 100).await), ["0", "2", "5", "99", "100"]);
    assert_eq!(seen(until(&mut exact, 99).await), ["2", "99"]);
}

/// A slow reader misses some and is told where; others miss nothing.
pub async fn a_slow_subscriber_gets_a_gap_and_others_everything<B: Bus>(bus: Arc<B>) {
    let mut slow = must(bus.subscribe("a", 4).await);
    let mut quick = must(bus.subscribe("a", 1_000).await);
    for number in 0..100 {
        must(bus.publish(vec![message("a", number)]).await);
    }
    let all: Vec<_> = (0..100).map(|number| Delivery::Message(message("a", number))).collect();
    assert_eq!(until(&mut quick, 99).await, all);
    for expected in &all[..4] {
        assert_eq!(next(&mut slow).await, *expected);
    }
    assert_eq!(next(&mut slow).await, Delivery::Gap);
    // After the gap it is a subscription like any other, and can fall behind again.
    for number in 200..210 {
        must(bus.publish(vec![message("a", number)]).await);
    }
    let seen = until(&mut slow, 203).await;
    let expected: Vec<_> =
        (200..204).map(|number| Delivery::Message(message("a", number))).collect();
    assert_eq!(seen, expected);
    assert_eq!(next(&mut slow).await, Delivery::Gap);
}

/// Whatever a subscriber did not get stands before a gap that it has yet to read.
pub async fn nothing_is_missed_in_silence<B: Bus>(bus: Arc<B>) {
    let mut slow = must(bus.subscribe("a", 2).await);
    let mut publisher = {
        let bus = bus.clone();
        tokio::spawn(async move {
            for number in 0..2_000 {
                must(bus.publish(vec![message("a", number)]).await);
                if number % 3 == 0 {
                    tokio::task::yield_now().await;
                }
            }
        })
    };
    let (mut expected, mut gap, mut published) = (0, false, false);
    while expected <= 2_000 {
        let delivery = tokio::select! {
            delivery = next(&mut slow) => delivery,
            ended = &mut publisher, if !published => {
                must(ended);
                published = true;
                must(bus.publish(vec![message("a", 2_000)]).await);
                continue;
            }
        };
        match delivery {
            // The gap may stand for the last message too: say it again.
            Delivery::Gap if published => {
                gap = true;
                must(bus.publish(vec![message("a", 2_000)]).await);
            }
            Delivery::Gap => gap = true,
            Delivery::Message(message) => {
                let number: usize = must(must(std::str::from_utf8(&message.body)).parse());
                assert!(number >= expected, "{number} came late");
                assert!(gap || number == expected, "{expected} was missed in silence");
                (expected, gap) = (number + 1, false);
            }
        }
    }
}

/// The messages of one publisher on one topic keep their order, however many publish.
pub async fn each_publisher_is_heard_in_order<B: Bus>(bus: Arc<B>) {
    let mut subscription = must(bus.subscribe("p:", 10_000).await);
    let publishers = (0..8).map(|publisher| {
        let bus = bus.clone();
        tokio::spawn(async move {
            for number in 0..100 {
                must(bus.publish(vec![message(&format!("p:{publisher}"), number)]).await);
                tokio::task::yield_now().await;
            }
        })
    });
    for publisher in publishers.collect::<Vec<_>>() {
        must(publisher.await);
    }
    let mut heard = [0; 8];
    for _ in 0..800 {
        let Delivery::Message(message) = next(&mut subscription).await else {
            panic!("there was room for all");
        };
        let publisher: usize = must(message.topic[2..].parse());
        assert_eq!(message.body, heard[publisher].to_string());
        heard[publisher] += 1;
    }
    assert_eq!(heard, [100; 8]);
}

/// A subscription that was dropped, or that nobody reads, holds up nobody.
pub async fn who_left_or_sleeps_holds_up_nobody<B: Bus>(bus: Arc<B>) {
    let mut left = Vec::new();
    for _ in 0..50 {
        left.push(must(bus.subscribe("a", 1).await));
    }
    let sleeping = left.split_off(25);
    drop(left);
    let mut awake = must(bus.subscribe("a", 1_000).await);
    for number in 0..500 {
        must(bus.publish(vec![message("a", number)]).await);
    }
    assert_eq!(until(&mut awake, 499).await.len(), 500);
    drop(sleeping);
}

/// Small and well-named messages only; a batch with a bad one is refused whole.
pub async fn messages_out_of_bounds_are_refused<B: Bus>(bus: Arc<B>) {
    let mut all = must(bus.subscribe("", 10).await);
    let long = "a".repeat(101);
    for topic in ["", "A", "a b", "ä", "a\n", "a*", &long] {
        assert!(bus.publish(vec![message("good", 1), message(topic, 2)]).await.is_err(), "{topic}");
    }
    let large = Message { topic: "a".to_owned(), body: vec![0; 4_097].into() };
    assert!(bus.publish(vec![large]).await.is_err());
    let largest = Message { topic: "a".repeat(100), body: vec![0; 4_096].into() };
    must(bus.publish(vec![largest.clone()]).await);
    must(bus.publish(vec![]).await);
    assert_eq!(next(&mut all).await, Delivery::Message(largest));
}

/// Makes a test of each function of the suite. See [`crate::contract::bus`].
#[macro_export]
macro_rules! bus_contract {
    ($open:path) => {
        $crate::bus_contract!(@tests $open;
            a_subscription_hears_what_starts_with_its_prefix
            a_slow_subscriber_gets_a_gap_and_others_everything
            nothing_is_missed_in_silence
            each_publisher_is_heard_in_order
            who_left_or_sleeps_holds_up_nobody
            messages_out_of_bounds_are_refused
        );
    };
    (@tests $open:path; $($name:ident)*) => {
        $(
            #[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                let (bus, _guard) = $open().await;
                $crate::contract::bus::$name(bus).await;
            }
        )*
    };
}
