//! Poison: jobs and events that can never work end among the dead, and the others do not notice.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use engine::queue::{Lane, NewJob, Queue};
use jobs::{Handler, JobError, JobPolicy};

use crate::world::{World, policy, text};

/// Does as the job says.
struct Actor;

#[async_trait]
impl Handler for Actor {
    async fn run(&self, job: &NewJob, attempt: u32) -> Result<(), JobError> {
        match text(job).as_str() {
            "panic" => panic!("the actor fell"),
            "hang" => std::future::pending().await,
            "refuse" => Err(JobError::Permanent("never".to_owned())),
            "third time" if attempt < 3 => Err(JobError::Retry("not yet".to_owned())),
            _ => Ok(()),
        }
    }
}

fn world_and_runner() -> (World, Arc<jobs::Runner>) {
    let world = World::new();
    let quick = JobPolicy { timeout: Duration::from_millis(20), ..policy() };
    let runner = world.runner(world.handlers().on("act", Arc::new(Actor), quick));
    (world, runner)
}

/// Settles until the last try of everything is over.
async fn settle_all_tries(world: &World, runner: &jobs::Runner) {
    for _ in 0..policy().max_attempts {
        runner.settle(world.now()).await.unwrap();
        world.clock.pass(10_001);
    }
}

#[tokio::test]
async fn poison_ends_dead_and_stops_no_other() {
    let (world, runner) = world_and_runner();
    world.wish("note", "before").await;
    let hang = world.wish("act", "hang").await;
    let refuse = world.wish("act", "refuse").await;
    let unknown = world.wish("of.the.future", "?").await;
    let garbage = world.emit_raw(1, "{\"kind\":").await;
    let newer = world.emit_raw(9, "{}").await;
    let defect = world.wish("note", "panic").await;
    world.wish("note", "after").await;
    let body = bytes::Bytes::from_static(b"\"panic\"");
    let fall = NewJob { key: "fall".to_owned(), body, ..jobs::event_job(1 << 20, "act", &()) };
    world.queue.push(vec![fall]).await.unwrap();

    settle_all_tries(&world, &runner).await;

    assert_eq!(world.ledger.texts(), ["after", "before"]);
    let mut expected = vec![
        ("fall".to_owned(), "panicked: the actor fell".to_owned()),
        (format!("{hang}:act"), "took over 0.02 s".to_owned()),
        (format!("{refuse}:act"), "never".to_owned()),
        (
            format!("{unknown}:of.the.future"),
            "no handler for jobs of kind of.the.future".to_owned(),
        ),
        (
            format!("{garbage}:undecodable"),
            format!(
                "event {garbage} of topic 1 cannot be read: EOF while parsing a value at line 1 column 8"
            ),
        ),
        (
            format!("{newer}:undecodable"),
            format!("event {newer} of topic 9 cannot be read: topic 9 is of a newer release"),
        ),
        (
            format!("{defect}:undecodable"),
            format!("event {defect} of topic 1 cannot be read: a defect in reading"),
        ),
    ];
    expected.sort();
    assert_eq!(world.dead().await, expected);
}

#[tokio::test]
async fn a_job_that_fails_twice_works_the_third_time() {
    let (world, runner) = world_and_runner();
    world.wish("act", "third time").await;

    let first = runner.settle(world.now()).await.unwrap();
    assert_eq!((first.retried, first.done), (1, 0));
    world.clock.pass(9_999);
    let early = runner.settle(world.now()).await.unwrap();
    assert_eq!(early.retried, 0, "it did not wait as long as its policy says");
    world.clock.pass(1);
    assert_eq!(runner.settle(world.now()).await.unwrap().retried, 1);
    world.clock.pass(10_000);
    assert_eq!(runner.settle(world.now()).await.unwrap().done, 1);
    assert!(world.dead().await.is_empty());
}

#[tokio::test]
async fn a_job_that_takes_its_process_along_is_given_up() {
    let (world, runner) = world_and_runner();
    // Each of three processes takes it and is never heard of again.
    world.queue.push(vec![jobs::event_job(1 << 20, "note", &"deadly")]).await.unwrap();
    for _ in 0..3 {
        let taken =
            world.queue.take(Lane::Any, 10, world.now(), Duration::from_secs(1)).await.unwrap();
        assert_eq!(taken.len(), 1);
        world.clock.pass(1_000);
    }

    runner.settle(world.now()).await.unwrap();

    let dead = world.dead().await;
    assert_eq!(dead, [(format!("{}:note", 1 << 20), "taken 3 times without an end".to_owned())]);
    assert_eq!(world.ledger.calls(), 0, "the deadly job ran again");
}

#[tokio::test]
async fn dead_letters_can_be_retried_and_dropped() {
    let (world, runner) = world_and_runner();
    let (one, two) = (world.wish("lost", "1").await, world.wish("lost", "2").await);
    runner.settle(world.now()).await.unwrap();
    assert_eq!(world.dead().await.len(), 2);

    // The next release knows the kind.
    let knows = world.runner(world.handlers().on("lost", world.ledger.clone(), policy()));
    let desk = &*world.queue;
    assert!(jobs::dead::drop(desk, &format!("{two}:lost")).await.unwrap());
    assert!(!jobs::dead::drop(desk, &format!("{two}:lost")).await.unwrap());
    assert_eq!(jobs::dead::retry_all(desk, Some("other"), world.now()).await, Ok(0));
    assert!(jobs::dead::retry(desk, &format!("{one}:lost"), world.now()).await.unwrap());
    knows.settle(world.now()).await.unwrap();

    assert_eq!(world.ledger.texts(), ["1"]);
    assert!(world.dead().await.is_empty());
}
