//! Leases: a job is one worker's; who lost it stops and changes nothing.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use engine::{
    memory::queue::MemoryQueue,
    queue::{Lane, NewJob, Queue, QueueDesk},
};
use graph::Clock;
use jobs::{Ended, Handler, Handlers, JobError, Worker};
use tokio::sync::{Notify, mpsc};
use tokio_util::sync::CancellationToken;

use crate::world::{World, longest, policy};

/// Runs until the gate opens; says when it started, and when it is gone.
struct Long {
    said: mpsc::UnboundedSender<&'static str>,
    gate: Arc<Notify>,
}

struct Gone(mpsc::UnboundedSender<&'static str>);

impl Drop for Gone {
    fn drop(&mut self) {
        let _ = self.0.send("gone");
    }
}

#[async_trait]
impl Handler for Long {
    async fn run(&self, _job: &NewJob, _attempt: u32) -> Result<(), JobError> {
        let _gone = Gone(self.said.clone());
        let _ = self.said.send("started");
        self.gate.notified().await;
        Ok(())
    }
}

struct Scene {
    world: World,
    worker: Arc<Worker>,
    said: mpsc::UnboundedReceiver<&'static str>,
    gate: Arc<Notify>,
    lease: Duration,
}

impl Scene {
    async fn new(lease: Duration) -> Scene {
        let world = World::new();
        let (sender, said) = mpsc::unbounded_channel();
        let gate = Arc::new(Notify::new());
        let long = Arc::new(Long { said: sender, gate: gate.clone() });
        let handlers = Handlers::new().on("long", long, policy());
        let worker = Arc::new(Worker::new(world.queue.clone(), handlers, longest(), lease));
        world.queue.push(vec![jobs::event_job(1 << 20, "long", &())]).await.unwrap();
        Scene { world, worker, said, gate, lease }
    }

    /// Takes the job and runs it in the background until it has started.
    async fn begin(&mut self, stop: &CancellationToken) -> tokio::task::JoinHandle<Ended> {
        let taken = self.worker.take(Lane::Any, 1, self.world.now()).await.unwrap().remove(0);
        let (worker, clock, stop) = (self.worker.clone(), self.world.clock.clone(), stop.clone());
        let run = tokio::spawn(async move { worker.run(taken, &*clock, &stop).await.unwrap() });
        assert_eq!(self.said.recv().await, Some("started"));
        run
    }

    fn queue(&self) -> &MemoryQueue {
        &self.world.queue
    }
}

#[tokio::test]
async fn an_end_after_the_lease_is_fenced() {
    let mut scene = Scene::new(Duration::from_secs(60)).await;
    let run = scene.begin(&CancellationToken::new()).await;
    scene.world.clock.pass(60_000);
    let other =
        scene.queue().take(Lane::Any, 1, scene.world.now(), scene.lease).await.unwrap().remove(0);

    scene.gate.notify_one();

    assert_eq!(run.await.unwrap(), Ended::Lost);
    assert_eq!(scene.queue().depth(scene.world.now()).await.unwrap().leased, 1);
    assert!(scene.queue().done(&other.job.key, other.fence).await.unwrap());
}

#[tokio::test]
async fn a_worker_that_cannot_extend_its_lease_stops_the_handler() {
    let mut scene = Scene::new(Duration::from_millis(30)).await;
    let run = scene.begin(&CancellationToken::new()).await;
    // The worker extends by the same clock, so it may be faster a few times.
    let mut stolen = Vec::new();
    while stolen.is_empty() {
        scene.world.clock.pass(31);
        stolen = scene
            .queue()
            .take(Lane::Any, 1, scene.world.now(), Duration::from_secs(60))
            .await
            .unwrap();
    }

    assert_eq!(run.await.unwrap(), Ended::Lost);
    assert_eq!(scene.said.recv().await, Some("gone"));
    let now = scene.world.clock.now_ms();
    assert_eq!(scene.queue().depth(now).await.unwrap().leased, 1, "the thief's lease is gone");
}

#[tokio::test]
async fn a_stopped_worker_gives_its_job_back_at_once() {
    let mut scene = Scene::new(Duration::from_secs(60)).await;
    let stop = CancellationToken::new();
    let run = scene.begin(&stop).await;

    stop.cancel();

    assert_eq!(run.await.unwrap(), Ended::GivenBack);
    assert_eq!(scene.said.recv().await, Some("gone"));
    assert_eq!(scene.queue().depth(scene.world.now()).await.unwrap().ready, 1);
}
