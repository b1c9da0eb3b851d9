//! The runner in the background: woken by commits, stopped gracefully.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use engine::queue::{NewJob, Queue, QueueDesk};
use graph::Writing;
use jobs::{Handler, Handlers, JobError, JobsConfig, Runner, Settled, Wiring};
use tokio::sync::{Notify, mpsc};
use tokio_util::sync::CancellationToken;

use crate::world::{Wishes, World, longest, policy, text};

/// Says what it runs; waits at the gate for the text `wait`, and for ever for `hang`.
struct Speaker {
    said: mpsc::UnboundedSender<String>,
    gate: Arc<Notify>,
}

#[async_trait]
impl Handler for Speaker {
    async fn run(&self, job: &NewJob, _attempt: u32) -> Result<(), JobError> {
        let text = text(job);
        let _ = self.said.send(text.clone());
        match text.as_str() {
            "wait" => self.gate.notified().await,
            "hang" => std::future::pending().await,
            _ => {}
        }
        let _ = self.said.send(format!("{text} done"));
        Ok(())
    }
}

struct Scene {
    world: World,
    runner: Arc<Runner>,
    said: mpsc::UnboundedReceiver<String>,
    gate: Arc<Notify>,
}

/// Polls once an hour: what happens in these tests, happens because somebody was woken.
fn scene(stop_within: Duration) -> Scene {
    let world = World::new();
    let (sender, said) = mpsc::unbounded_channel();
    let gate = Arc::new(Notify::new());
    let speaker = Arc::new(Speaker { said: sender, gate: gate.clone() });
    let hour = Duration::from_secs(3600);
    let runner = Arc::new(Runner::new(Wiring {
        graph: world.graph.clone(),
        mint: world.mint.clone(),
        queue: world.queue.clone(),
        desk: world.queue.clone(),
        clock: world.clock.clone(),
        random: longest(),
        subscriptions: Arc::new(Wishes),
        handlers: Handlers::new().on("say", speaker, policy()),
        schedules: Vec::new(),
        config: JobsConfig { poll: hour, tick: hour, stop_within, ..JobsConfig::default() },
    }));
    Scene { world, runner, said, gate }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_wakes_the_relay_and_the_worker() {
    let mut scene = scene(Duration::from_secs(5));
    let stop = CancellationToken::new();
    let running = scene.runner.start(stop.clone());
    for number in 0..100 {
        let text = number.to_string();
        scene.world.wish("say", &text).await;
        assert_eq!(scene.said.recv().await, Some(text.clone()));
        assert_eq!(scene.said.recv().await, Some(format!("{text} done")));
    }
    stop.cancel();
    running.stopped().await;
    assert_eq!(scene.world.queue.depth(scene.world.now()).await.unwrap().leased, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stop_lets_running_jobs_finish_and_takes_no_more() {
    let mut scene = scene(Duration::from_secs(60));
    let stop = CancellationToken::new();
    let running = scene.runner.start(stop.clone());
    scene.world.wish("say", "wait").await;
    assert_eq!(scene.said.recv().await.as_deref(), Some("wait"));

    stop.cancel();
    scene.gate.notify_one();
    running.stopped().await;

    assert_eq!(scene.said.recv().await.as_deref(), Some("wait done"));
    let depth = scene.world.queue.depth(scene.world.now()).await.unwrap();
    assert_eq!(depth, engine::queue::Depth::default());
    scene.world.wish("say", "too late").await;
    assert!(scene.said.try_recv().is_err());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stop_gives_back_what_does_not_finish_in_time() {
    let mut scene = scene(Duration::from_millis(10));
    let stop = CancellationToken::new();
    let running = scene.runner.start(stop.clone());
    scene.world.wish("say", "hang").await;
    assert_eq!(scene.said.recv().await.as_deref(), Some("hang"));

    stop.cancel();
    running.stopped().await;

    let depth = scene.world.queue.depth(scene.world.now()).await.unwrap();
    assert_eq!((depth.ready, depth.leased), (1, 0));
}

#[tokio::test]
async fn jobs_rest_while_nothing_may_be_written_and_go_on_afterwards() {
    let world = World::new();
    let runner = world.runner(world.handlers());
    world.wish("note", "before").await;
    // While it comes to rest, what is under way is finished.
    world.graph.decide(Writing::Settling, world.now()).await.unwrap();
    assert_eq!(runner.settle(world.now()).await.unwrap().done, 1);
    world.wish("note", "late").await;
    world.graph.decide(Writing::Nothing, world.now()).await.unwrap();
    assert_eq!(runner.settle(world.now()).await.unwrap(), Settled::default());
    let stop = CancellationToken::new();
    let running = runner.start(stop.clone());
    // It was relayed already by another process, which has not looked since: nobody here takes it.
    let job = jobs::event_job(77, "note", &"from elsewhere");
    world.queue.push(vec![job]).await.unwrap();
    assert_eq!(world.ledger.texts(), ["before"]);
    world.graph.decide(Writing::All, world.now()).await.unwrap();
    let done = tokio::time::timeout(Duration::from_secs(20), async {
        while world.ledger.texts().len() < 3 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    });
    done.await.expect("they run");
    stop.cancel();
    running.stopped().await;
}
