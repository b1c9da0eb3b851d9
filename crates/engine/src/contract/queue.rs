//! The contract of the queue: what every engine of [`crate::queue`] must do.
//!
//! `engine::queue_contract!(open)` makes a named test of each function below; `open` is an async function that
//! gives `(Arc<engine>, guard)`, fresh and empty. `engine::durable_queue_contract!(open_at)` is for engines on
//! a disk: `open_at(&Path)` gives the engine in that folder, and dropping it closes it.

use std::{collections::BTreeSet, fmt::Debug, sync::Arc, time::Duration};

use bytes::Bytes;

use crate::queue::{DeadJob, Depth, GATHERED, LONG, Lane, NewJob, Queue, QueueDesk, TakenJob};

const LEASE: Duration = Duration::from_secs(1);

#[track_caller]
fn must<T, E: Debug>(answer: Result<T, E>) -> T {
    answer.expect("the engine answers")
}

fn job(key: &str, run_at_ms: u64, priority: u8) -> NewJob {
    let body = Bytes::from_static(b"{\"n\":1}");
    NewJob { key: key.to_owned(), kind: "test.kind".to_owned(), body, run_at_ms, priority }
}

async fn take_one<Q: Queue>(queue: &Q, now_ms: u64) -> Option<TakenJob> {
    must(queue.take(Lane::Any, 1, now_ms, LEASE).await).pop()
}

async fn keys<Q: Queue>(queue: &Q, limit: usize, now_ms: u64) -> Vec<String> {
    must(queue.take(Lane::Any, limit, now_ms, LEASE).await)
        .into_iter()
        .map(|taken| taken.job.key)
        .collect()
}

/// What was pushed is what is taken, once.
pub async fn a_job_is_taken_whole_and_once<Q: Queue + QueueDesk>(queue: Arc<Q>) {
    must(queue.push(vec![job("a", 1_000, 3)]).await);
    let taken = take_one(&*queue, 1_000).await.expect("it is due");
    assert_eq!((&taken.job, taken.attempt), (&job("a", 1_000, 3), 1));
    for now in [1_000, 1_999] {
        assert_eq!(take_one(&*queue, now).await, None);
    }
    assert!(must(queue.done("a", taken.fence).await));
    assert!(!must(queue.done("a", taken.fence).await));
    assert_eq!(take_one(&*queue, 99_000).await, None);
    assert_eq!(must(queue.depth(99_000).await), Depth::default());
}

/// Urgent before old, old before new, never early.
pub async fn jobs_come_by_urgency_then_time_and_not_before_it<Q: Queue>(queue: Arc<Q>) {
    let jobs = vec![
        job("later", 5_000, 0),
        job("second", 900, 2),
        job("first", 1_000, 1),
        job("third", 950, 2),
        job("last", 1, 200),
    ];
    must(queue.push(jobs).await);
    assert_eq!(keys(&*queue, 0, 1_000).await, [""; 0]);
    assert_eq!(keys(&*queue, 2, 1_000).await, ["first", "second"]);
    assert_eq!(keys(&*queue, 9, 1_000).await, ["third", "last"]);
    assert_eq!(keys(&*queue, 9, 1_999).await, [""; 0]);
    // Their leases end together: the order is that of urgency and time again.
    assert_eq!(keys(&*queue, 9, 5_000).await, ["later", "first", "second", "third", "last"]);
}

/// A lease that ends gives the job to another, with another fence.
pub async fn a_lease_ends_and_its_fence_with_it<Q: Queue + QueueDesk>(queue: Arc<Q>) {
    must(queue.push(vec![job("a", 0, 0)]).await);
    let first = take_one(&*queue, 1_000).await.expect("it is due");
    let second = take_one(&*queue, 2_000).await.expect("the lease ended");
    assert_eq!((second.attempt, second.fence != first.fence), (2, true));
    assert!(!must(queue.done("a", first.fence).await));
    assert!(!must(queue.retry("a", first.fence, 0, "old").await));
    assert!(!must(queue.bury("a", first.fence, 0, "old").await));
    assert!(!must(queue.extend("a", first.fence, 99_000).await));
    for stranger in [0, second.fence + 1] {
        assert!(!must(queue.done("a", stranger).await));
    }
    assert_eq!(must(queue.depth(2_000).await), Depth { leased: 1, ..Depth::default() });
    // Late, but nobody else took it: it counts.
    assert!(must(queue.done("a", second.fence).await));
    assert_eq!(must(queue.depth(2_000).await), Depth::default());
}

/// A retry waits for its time, counts on, and ends its fence.
pub async fn a_retry_runs_again_at_its_time<Q: Queue>(queue: Arc<Q>) {
    must(queue.push(vec![job("a", 0, 0)]).await);
    let first = take_one(&*queue, 1_000).await.expect("it is due");
    assert!(must(queue.retry("a", first.fence, 7_000, "no luck").await));
    assert!(!must(queue.retry("a", first.fence, 0, "again").await));
    assert!(!must(queue.done("a", first.fence).await));
    assert_eq!(take_one(&*queue, 6_999).await, None);
    let second = take_one(&*queue, 7_000).await.expect("it is due again");
    assert_eq!((second.attempt, second.job.run_at_ms), (2, 7_000));
}

/// An extended job stays in its worker's hands.
pub async fn an_extended_lease_ends_later<Q: Queue>(queue: Arc<Q>) {
    must(queue.push(vec![job("a", 0, 0)]).await);
    let taken = take_one(&*queue, 1_000).await.expect("it is due");
    assert!(must(queue.extend("a", taken.fence, 5_000).await));
    assert_eq!(take_one(&*queue, 4_999).await, None);
    assert!(take_one(&*queue, 5_000).await.is_some());
}

/// Waiting, running or dead: pushing the key again does nothing. Done: it is a new job.
pub async fn a_key_is_there_once<Q: Queue + QueueDesk>(queue: Arc<Q>) {
    let other = || NewJob { kind: "other".to_owned(), ..job("a", 0, 9) };
    must(queue.push(vec![job("a", 1_000, 0), other()]).await);
    must(queue.push(vec![other()]).await);
    let first = take_one(&*queue, 1_000).await.expect("it is due");
    assert_eq!(first.job, job("a", 1_000, 0));
    must(queue.push(vec![other()]).await);
    assert_eq!(take_one(&*queue, 1_000).await, None);
    assert!(must(queue.bury("a", first.fence, 1_000, "hopeless").await));
    must(queue.push(vec![other(), job("b", 1_000, 0)]).await);
    assert_eq!(keys(&*queue, 9, 1_000).await, ["b"]);
    assert!(must(queue.drop_dead("a").await));
    must(queue.push(vec![other()]).await);
    let second = take_one(&*queue, 1_500).await.expect("the key is free again");
    assert_eq!((second.job.kind.as_str(), second.attempt), ("other", 1));
    assert!(!must(queue.done("a", first.fence).await), "a fence of the job before");
    assert!(must(queue.done("a", second.fence).await));
}

/// A buried job is listed until an operator revives or drops it.
pub async fn dead_jobs_are_listed_revived_and_dropped<Q: Queue + QueueDesk>(queue: Arc<Q>) {
    must(queue.push(["a", "b", "c", "d"].map(|key| job(key, 0, 4)).into()).await);
    for taken in must(queue.take(Lane::Any, 3, 1_000, LEASE).await) {
        assert!(must(queue.bury(&taken.job.key, taken.fence, 1_234, "hopeless").await));
        assert!(!must(queue.done(&taken.job.key, taken.fence).await));
    }
    let dead = must(queue.dead(None, 2).await);
    let expected = |key| DeadJob {
        job: job(key, 0, 4),
        attempts: 1,
        error: "hopeless".to_owned(),
        died_at_ms: 1_234,
    };
    assert_eq!(dead, [expected("a"), expected("b")]);
    assert_eq!(must(queue.dead(Some("b"), 9).await), [expected("c")]);
    assert_eq!(must(queue.dead(Some("c"), 9).await), []);
    assert_eq!(must(queue.depth(1_000).await), Depth { ready: 1, dead: 3, ..Depth::default() });
    assert!(must(queue.revive("b", 2_000).await));
    assert!(!must(queue.revive("b", 2_000).await));
    assert!(!must(queue.revive("d", 2_000).await), "it is not dead");
    assert!(must(queue.drop_dead("a").await));
    assert!(!must(queue.drop_dead("a").await));
    assert!(!must(queue.drop_dead("d").await), "it is not dead");
    let taken = must(queue.take(Lane::Any, 9, 2_000, LEASE).await);
    let seen: Vec<_> = taken.iter().map(|taken| (taken.job.key.as_str(), taken.attempt)).collect();
    assert_eq!(seen, [("d", 1), ("b", 1)]);
    assert_eq!(must(queue.dead(None, 9).await), [expected("c")]);
}

/// Every job is in exactly one number, and the next moment is the nearest one.
pub async fn depth_and_next_due_tell_what_waits<Q: Queue + QueueDesk>(queue: Arc<Q>) {
    assert_eq!(must(queue.next_due_ms().await), None);
    must(queue.push(vec![job("a", 1_000, 7), job("b", 3_000, 0), job("c", 4_000, 7)]).await);
    assert_eq!(must(queue.next_due_ms().await), Some(1_000));
    assert_eq!(must(queue.depth(3_000).await), Depth { ready: 2, delayed: 1, ..Depth::default() });
    assert!(take_one(&*queue, 1_000).await.is_some());
    assert_eq!(must(queue.next_due_ms().await), Some(2_000), "its lease ends");
    let depth = must(queue.depth(1_999).await);
    assert_eq!(depth, Depth { leased: 1, delayed: 2, ..Depth::default() });
    let depth = must(queue.depth(2_000).await);
    assert_eq!(depth, Depth { ready: 1, delayed: 2, ..Depth::default() });
}

/// Eight workers, 200 jobs: each is in one pair of hands.
pub async fn two_workers_never_hold_one_job<Q: Queue + QueueDesk>(queue: Arc<Q>) {
    let pushes = (0..200u32).map(|n| job(&format!("job {n}"), u64::from(n % 5), (n % 3) as u8));
    must(queue.push(pushes.collect()).await);
    let worker = || {
        let queue = queue.clone();
        tokio::spawn(async move {
            let mut held = Vec::new();
            loop {
                let taken = must(queue.take(Lane::Any, 7, 1_000, LEASE).await);
                if taken.is_empty() {
                    return held;
                }
                for taken in taken {
                    assert!(must(queue.done(&taken.job.key, taken.fence).await));
                    held.push((taken.job.key, taken.fence));
                }
            }
        })
    };
    let workers: Vec<_> = (0..8).map(|_| worker()).collect();
    let mut held = Vec::new();
    for worker in workers {
        held.extend(worker.await.expect("a worker does not panic"));
    }
    assert_eq!(held.len(), 200);
    assert_eq!(held.iter().map(|(key, _)| key).collect::<BTreeSet<_>>().len(), 200);
    assert_eq!(held.iter().map(|(_, fence)| fence).collect::<BTreeSet<_>>().len(), 200);
    assert_eq!(must(queue.depth(1_000).await), Depth::default());
}

/// Fifty tasks push one key: it is there once.
pub async fn one_of_fifty_pushes_a_key<Q: Queue + QueueDesk>(queue: Arc<Q>) {
    let push = |n: u64| {
        let queue = queue.clone();
        tokio::spawn(async move { queue.push(vec![job("a", n, 0)]).await })
    };
    let pushes: Vec<_> = (0..50).map(push).collect();
    for push in pushes {
        must(push.await.expect("a push does not panic"));
    }
    assert_eq!(must(queue.depth(1_000).await), Depth { ready: 1, ..Depth::default() });
    assert_eq!(keys(&*queue, 99, 1_000).await, ["a"]);
}

/// A worker that waits wakes, and one that begins to wait just after the push does too.
pub async fn pushing_signals_who_waits_and_who_comes_later<Q: Queue>(queue: Arc<Q>) {
    let signal = queue.pushed();
    let soon = |waiting| tokio::time::timeout(Duration::from_secs(10), waiting);
    let waiting = signal.notified();
    tokio::pin!(waiting);
    waiting.as_mut().enable();
    must(queue.push(vec![job("a", 0, 0)]).await);
    soon(waiting).await.expect("the waiting worker wakes");
    must(queue.push(vec![job("b", 0, 0)]).await);
    let late = signal.notified();
    tokio::pin!(late);
    soon(late).await.expect("the late worker wakes");
}

/// A lane gives its own jobs and no others, however urgent those are.
pub async fn a_lane_gives_its_own_jobs<Q: Queue>(queue: Arc<Q>) {
    let jobs = [
        job("quick", 0, GATHERED - 1),
        job("gathered", 0, GATHERED),
        job("long", 0, LONG),
        job("longest", 0, u8::MAX),
    ];
    must(queue.push(jobs.into()).await);
    let taken = async |lane| -> Vec<String> {
        let taken = must(queue.take(lane, 9, 1_000, LEASE).await);
        taken.into_iter().map(|taken| taken.job.key).collect()
    };
    assert_eq!(taken(Lane::Long).await, ["long", "longest"]);
    assert_eq!(taken(Lane::Long).await, [""; 0]);
    assert_eq!(taken(Lane::Gathered).await, ["gathered"]);
    assert_eq!(taken(Lane::Quick).await, ["quick"]);
    must(queue.push(vec![job("gathered again", 0, GATHERED)]).await);
    assert_eq!(taken(Lane::Quick).await, ["gathered again"]);
    assert_eq!(taken(Lane::Any).await, [""; 0]);
}

/// Nothing pushed, nothing taken, nothing wrong.
pub async fn an_empty_queue_answers_empty<Q: Queue + QueueDesk>(queue: Arc<Q>) {
    must(queue.push(Vec::new()).await);
    assert_eq!(must(queue.take(Lane::Any, 9, 1_000, LEASE).await), []);
    assert!(!must(queue.done("a", 1).await));
    assert!(!must(queue.retry("a", 1, 1, "").await));
    assert!(!must(queue.bury("a", 1, 1, "").await));
    assert!(!must(queue.extend("a", 1, 1).await));
    assert_eq!(must(queue.dead(None, 9).await), []);
    assert_eq!(must(queue.depth(0).await), Depth::default());
}

/// Jobs, leases and the dead are there after the engine was closed and opened.
pub async fn jobs_survive_reopening<Q: Queue + QueueDesk>(open: impl AsyncFn() -> Arc<Q>) {
    let queue = open().await;
    must(queue.push(["a", "b", "c"].map(|key| job(key, 0, 0)).into()).await);
    let taken = must(queue.take(Lane::Any, 2, 1_000, LEASE).await);
    assert!(must(queue.bury("b", taken[1].fence, 1_500, "hopeless").await));
    drop(queue);
    let queue = open().await;
    let depth = must(queue.depth(1_999).await);
    assert_eq!(depth, Depth { ready: 1, leased: 1, dead: 1, ..Depth::default() });
    let others = must(queue.take(Lane::Any, 9, 1_999, LEASE).await);
    assert_eq!(others.iter().map(|taken| taken.job.key.as_str()).collect::<Vec<_>>(), ["c"]);
    assert!(taken.iter().all(|old| old.fence != others[0].fence));
    assert!(must(queue.done("a", taken[0].fence).await));
    assert_eq!(must(queue.dead(None, 9).await)[0].error, "hopeless");
}

/// Makes a test of each function of the suite. See [`crate::contract::queue`].
#[macro_export]
macro_rules! queue_contract {
    ($open:path) => {
        $crate::queue_contract!(@tests $open;
            a_job_is_taken_whole_and_once
            jobs_come_by_urgency_then_time_and_not_before_it
            a_lane_gives_its_own_jobs
            a_lease_ends_and_its_fence_with_it
            a_retry_runs_again_at_its_time
            an_extended_lease_ends_later
            a_key_is_there_once
            dead_jobs_are_listed_revived_and_dropped
            depth_and_next_due_tell_what_waits
            two_workers_never_hold_one_job
            one_of_fifty_pushes_a_key
            pushing_signals_who_waits_and_who_comes_later
            an_empty_queue_answers_empty
        );
    };
    (@tests $open:path; $($name:ident)*) => {
        $(
            #[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                let (queue, _guard) = $open().await;
                $crate::contract::queue::$name(queue).await;
            }
        )*
    };
}

/// Makes a test of what a queue on a disk promises beyond one life of its process.
#[macro_export]
macro_rules! durable_queue_contract {
    ($open_at:path) => {
        #[tokio::test(flavor = "multi_thread")]
        async fn jobs_survive_reopening() {
            let folder = $crate::contract::store::durable::Folder::new();
            $crate::contract::queue::jobs_survive_reopening(async || $open_at(folder.path()).await)
                .await;
        }
    };
}
