//! Schedules: each slot once, whatever ticks.

use std::sync::Arc;

use graph::{CacheSizes, Graph, Mint};
use jobs::{Every, Schedule, Schedules};

use crate::world::{START, World};

const MINUTE: u64 = 60_000;

fn list() -> Vec<Schedule> {
    let body = serde_json::json!("tick");
    vec![Schedule { name: "sweep", every: Every::Minutes(10), kind: "note", body }]
}

/// The start of a slot of ten minutes.
const SLOT: u64 = START / (10 * MINUTE) * 10 * MINUTE;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_schedulers_make_one_job_of_a_slot() {
    let world = World::new();
    let schedulers: Vec<_> = (2..6)
        .map(|process| {
            // Processes of their own: caches and mints are not shared, the store is.
            let graph = Arc::new(Graph::new(world.graph.store().clone(), CacheSizes::default()));
            let mint = Arc::new(Mint::new(world.clock.clone(), process));
            Arc::new(Schedules::new(graph, mint, list()))
        })
        .collect();
    let mut emitted = 0;
    for slot in 0..50 {
        let ticks = schedulers.iter().cloned().map(|schedules| {
            tokio::spawn(async move { schedules.tick(SLOT + slot * 10 * MINUTE + slot).await })
        });
        for tick in ticks.collect::<Vec<_>>() {
            emitted += tick.await.unwrap().unwrap();
        }
    }

    assert_eq!(emitted, 50);
    let runner = world.runner(world.handlers());
    let settled = runner.settle(SLOT + 500 * MINUTE).await.unwrap();
    assert_eq!((settled.events, settled.done), (50, 50));
    assert_eq!(world.ledger.texts().len(), 50, "two slots shared a key");
}

#[tokio::test]
async fn a_finished_slot_does_not_run_again_after_a_restart() {
    let world = World::new();
    let first = world.runner_with(world.handlers(), world.queue.clone(), list());
    assert_eq!(first.settle(SLOT).await.unwrap().done, 1);
    drop(first);

    let second = world.runner_with(world.handlers(), world.queue.clone(), list());
    assert_eq!(second.settle(SLOT + 10 * MINUTE - 1).await.unwrap().done, 0);
    assert_eq!(second.settle(SLOT + 10 * MINUTE).await.unwrap().done, 1);
    assert_eq!(second.settle(SLOT).await.unwrap().done, 0, "a clock set back ran a slot again");
}

#[tokio::test]
async fn slots_missed_while_nobody_ran_are_one() {
    let world = World::new();
    let runner = world.runner_with(world.handlers(), world.queue.clone(), list());
    runner.settle(SLOT).await.unwrap();

    let settled = runner.settle(SLOT + 24 * 60 * MINUTE + 3).await.unwrap();

    assert_eq!(settled.done, 1);
    let key = format!("schedule:sweep:{}", SLOT + 24 * 60 * MINUTE);
    assert!(world.ledger.effects.lock().contains_key(&key));
}

#[tokio::test]
async fn daily_schedules_run_at_their_hour() {
    let world = World::new();
    let body = serde_json::json!("tick");
    let daily = Schedule { name: "daily", every: Every::DailyAt(3, 30), kind: "note", body };
    let runner = world.runner_with(world.handlers(), world.queue.clone(), vec![daily]);
    let day = 24 * 60 * MINUTE;
    let at = START / day * day + day + 210 * MINUTE;
    runner.settle(at - day).await.unwrap();

    assert_eq!(runner.settle(at - 1).await.unwrap().done, 0);
    assert_eq!(runner.settle(at).await.unwrap().done, 1);
    assert_eq!(runner.settle(at + day - 1).await.unwrap().done, 0);
}
