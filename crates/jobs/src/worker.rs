//! Runs jobs: some at a time, each alone in a task of its own, so that a panic or a hang stays its own.
//!
//! A job is leased while it runs, and the lease is extended for a long one. Whoever lost it (the process
//! stood still for too long) stops, and writes nothing: the fence keeps a late answer out.

use std::{any::Any, sync::Arc, time::Duration};

use engine::queue::{Lane, NewJob, Queue, QueueError, TakenJob};
use graph::{Clock, Gate, Graph, TraceId, Writing, traced};
use tokio::{
    task::{JoinHandle, JoinSet},
    time::{Instant, interval_at, sleep, timeout},
};
use tokio_util::sync::CancellationToken;

use crate::{Handlers, JobError, Random, handlers::Registered};

/// How long a stopped handler gets to reach its next `.await`.
const ABORT_WITHIN: Duration = Duration::from_secs(1);

/// How one run of a job ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// It is done.
    Done,
    /// It failed and runs again later.
    Retried,
    /// It is given up, among the dead.
    Buried,
    /// Another worker has it now.
    Lost,
    /// The worker stops: it is back in the queue.
    GivenBack,
}

impl Ended {
    fn name(self) -> &'static str {
        match self {
            Ended::Done => "done",
            Ended::Retried => "retried",
            Ended::Buried => "buried",
            Ended::Lost => "lost",
            Ended::GivenBack => "given_back",
        }
    }
}

/// What the handler's task came to, before the queue was told.
enum Verdict {
    Finished(Result<(), JobError>),
    Lost,
    Stopped,
}

/// Takes jobs from a queue and runs their handlers.
pub struct Worker {
    queue: Arc<dyn Queue>,
    handlers: Handlers,
    random: Random,
    lease: Duration,
    gate: Gate,
    graph: Option<Arc<Graph>>,
}

impl Worker {
    /// A worker that leases jobs for `lease`, and a running one again and again.
    pub fn new(queue: Arc<dyn Queue>, handlers: Handlers, random: Random, lease: Duration) -> Self {
        Worker { queue, handlers, random, lease, gate: Gate::default(), graph: None }
    }

    /// Takes no jobs while nothing may be written.
    pub fn behind(self, gate: Gate) -> Self {
        Worker { gate, ..self }
    }

    /// Handlers read this: it hears of the commits that caused their jobs before they begin.
    pub fn reading(self, graph: Arc<Graph>) -> Self {
        Worker { graph: Some(graph), ..self }
    }

    /// Takes up to `limit` due jobs of a lane.
    pub async fn take(
        &self,
        lane: Lane,
        limit: usize,
        now_ms: u64,
    ) -> Result<Vec<TakenJob>, QueueError> {
        let taken = self.queue.take(lane, limit, now_ms, self.lease).await?;
        if let (Some(graph), false) = (&self.graph, taken.is_empty()) {
            graph.catch_up(now_ms).await;
        }
        Ok(taken)
    }

    /// Runs one taken job to its end, and tells the queue. `stop` gives it back half done. Log lines of all this name the
    /// request that caused the job.
    pub async fn run(
        &self,
        taken: TakenJob,
        clock: &dyn Clock,
        stop: &CancellationToken,
    ) -> Result<Ended, QueueError> {
        traced(TraceId::of(&taken.job.body), self.run_traced(taken, clock, stop)).await
    }

    async fn run_traced(
        &self,
        taken: TakenJob,
        clock: &dyn Clock,
        stop: &CancellationToken,
    ) -> Result<Ended, QueueError> {
        let started = Instant::now();
        let registered = self.handlers.get(&taken.job.kind);
        // The label is a kind we know: kinds from a queue must not grow the metrics without bound.
        let kind = registered.map_or("unknown", |registered| registered.kind);
        let ended = match registered {
            Some(registered) => self.run_known(registered, &taken, clock, stop).await?,
            None => {
                let error = format!("no handler for jobs of kind {}", taken.job.kind);
                self.bury(&taken, clock, &error).await?
            }
        };
        metrics::counter!("jobs_done_total", "kind" => kind, "result" => ended.name()).increment(1);
        let took = started.elapsed();
        metrics::histogram!("jobs_seconds", "kind" => kind).record(took.as_secs_f64());
        if ended == Ended::Done {
            let lag = clock.now_ms().saturating_sub(caused_ms(&taken.job));
            metrics::histogram!("jobs_lag_seconds", "kind" => kind).record(lag as f64 / 1e3);
        }
        tracing::debug!(
            job.kind = kind,
            event.duration = took.as_nanos() as u64,
            "job {} of kind {kind}: {}",
            taken.job.key,
            ended.name()
        );
        Ok(ended)
    }

    async fn run_known(
        &self,
        registered: &Registered,
        taken: &TakenJob,
        clock: &dyn Clock,
        stop: &CancellationToken,
    ) -> Result<Ended, QueueError> {
        let TakenJob { job, attempt, fence } = taken;
        let policy = &registered.policy;
        // It was taken too often without an answer: a job that takes its process along ends here.
        if *attempt > policy.max_attempts {
            let error = format!("taken {} times without an end", attempt - 1);
            return self.bury(taken, clock, &error).await;
        }
        let told = match self.supervise(registered, taken, clock, stop).await {
            Verdict::Finished(Ok(())) => (self.queue.done(&job.key, *fence).await?, Ended::Done),
            Verdict::Finished(Err(JobError::Permanent(error))) => {
                return self.bury(taken, clock, &error).await;
            }
            Verdict::Finished(Err(JobError::Retry(error))) if *attempt >= policy.max_attempts => {
                return self.bury(taken, clock, &error).await;
            }
            Verdict::Finished(Err(JobError::Retry(error))) => {
                let at = clock.now_ms().saturating_add(policy.backoff_ms(*attempt, &self.random));
                tracing::warn!(
                    job.key,
                    job.kind,
                    attempt,
                    "job {} failed and runs again: {error}",
                    job.key
                );
                (self.queue.retry(&job.key, *fence, at, &error).await?, Ended::Retried)
            }
            Verdict::Stopped => {
                let error = "the worker stopped";
                let now = clock.now_ms();
                (self.queue.retry(&job.key, *fence, now, error).await?, Ended::GivenBack)
            }
            Verdict::Lost => (false, Ended::Lost),
        };
        match told {
            (true, ended) => Ok(ended),
            (false, _) => {
                tracing::warn!(job.key, job.kind, "the lease of job {} was lost", job.key);
                Ok(Ended::Lost)
            }
        }
    }

    /// Runs the handler in a task of its own until it ends, takes too long, loses its lease or must stop.
    async fn supervise(
        &self,
        registered: &Registered,
        taken: &TakenJob,
        clock: &dyn Clock,
        stop: &CancellationToken,
    ) -> Verdict {
        let mut task = AbortOnDrop(spawn(registered, taken));
        let limit = sleep(registered.policy.timeout);
        tokio::pin!(limit);
        let every = (self.lease / 3).max(Duration::from_millis(1));
        let mut extend = interval_at(Instant::now() + every, every);
        loop {
            tokio::select! {
                ended = &mut task.0 => return Verdict::Finished(match ended {
                    Ok(result) => result,
                    Err(error) if error.is_panic() => {
                        let text = panic_text(&*error.into_panic());
                        Err(JobError::Retry(format!("panicked: {text}")))
                    }
                    Err(_) => Err(JobError::Retry("its task was cancelled".to_owned())),
                }),
                () = &mut limit => {
                    task.abort().await;
                    let seconds = registered.policy.timeout.as_secs_f64();
                    return Verdict::Finished(Err(JobError::Retry(format!("took over {seconds} s"))));
                }
                _ = extend.tick() => {
                    let until = clock.now_ms().saturating_add(self.lease.as_millis() as u64);
                    match self.queue.extend(&taken.job.key, taken.fence, until).await {
                        Ok(true) => {}
                        Ok(false) => {
                            task.abort().await;
                            return Verdict::Lost;
                        }
                        // The lease may still hold; the fence decides at the end.
                        Err(error) => tracing::warn!("a lease could not be extended: {error}"),
                    }
                }
                () = stop.cancelled() => {
                    task.abort().await;
                    return Verdict::Stopped;
                }
            }
        }
    }

    async fn bury(
        &self,
        taken: &TakenJob,
        clock: &dyn Clock,
        error: &str,
    ) -> Result<Ended, QueueError> {
        let NewJob { key, kind, .. } = &taken.job;
        let buried = self.queue.bury(key, taken.fence, clock.now_ms(), error).await?;
        if buried {
            tracing::error!(job.key = key, job.kind = kind, "job {key} was given up: {error}");
        }
        Ok(if buried { Ended::Buried } else { Ended::Lost })
    }

    /// Runs jobs of a lane, `concurrency` at a time, until `stop`; then waits for the running ones up to `stop_within`
    /// and gives the rest back.
    pub async fn serve(
        self: Arc<Self>,
        lane: Lane,
        clock: Arc<dyn Clock>,
        concurrency: usize,
        poll: Duration,
        stop: CancellationToken,
        stop_within: Duration,
    ) {
        let pushed = self.queue.pushed();
        let give_back = CancellationToken::new();
        let mut running = JoinSet::new();
        while !stop.is_cancelled() {
            // Listening starts before the look, so that a push between the two is not missed.
            let news = pushed.notified();
            tokio::pin!(news);
            news.as_mut().enable();
            // All that ended while the last ones were taken make room together: takes are commits, and grow with load.
            while running.try_join_next().is_some() {}
            let free = concurrency.max(1).saturating_sub(running.len());
            let resting = self.gate.writing() == Writing::Nothing;
            let taken = match free {
                _ if resting => Vec::new(),
                0 => Vec::new(),
                _ => self.take(lane, free, clock.now_ms()).await.unwrap_or_else(|error| {
                    tracing::warn!("no jobs could be taken: {error}");
                    Vec::new()
                }),
            };
            for job in taken {
                let (worker, clock) = (self.clone(), clock.clone());
                let give_back = give_back.clone();
                running.spawn(async move {
                    let key = job.job.key.clone();
                    if let Err(error) = worker.run(job, &*clock, &give_back).await {
                        // Its lease will end, and it runs again.
                        tracing::warn!(job.key = key, "the end of job {key} was not kept: {error}");
                    }
                });
            }
            let full = running.len() >= concurrency.max(1);
            tokio::select! {
                () = stop.cancelled() => {}
                Some(_) = running.join_next() => {}
                () = &mut news, if !full => {}
                () = sleep(poll), if !full => {}
            }
        }
        let finished = timeout(stop_within, async { while running.join_next().await.is_some() {} });
        if finished.await.is_err() {
            give_back.cancel();
            while running.join_next().await.is_some() {}
        }
    }
}

fn spawn(registered: &Registered, taken: &TakenJob) -> JoinHandle<Result<(), JobError>> {
    let (handler, job, attempt) = (registered.handler.clone(), taken.job.clone(), taken.attempt);
    let trace = TraceId::current();
    tokio::spawn(async move { traced(trace, handler.run(&job, attempt)).await })
}

/// When what a job is about happened: its event's time, also after retries; of jobs without an event, when they were due.
fn caused_ms(job: &NewJob) -> u64 {
    let event = job.key.split_once(':').and_then(|(event, _)| event.parse().ok());
    event.map_or(job.run_at_ms, graph::ms_of).min(job.run_at_ms)
}

/// A handler's task, which ends with whoever waits for it.
struct AbortOnDrop(JoinHandle<Result<(), JobError>>);

impl AbortOnDrop {
    /// Stops the task and waits for that, but not for one that never comes to an `.await`.
    async fn abort(&mut self) {
        self.0.abort();
        if timeout(ABORT_WITHIN, &mut self.0).await.is_err() {
            tracing::error!("a job's handler blocks its thread and could not be stopped");
        }
    }
}

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// What a panic said.
pub(crate) fn panic_text(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "no text".to_owned())
}
