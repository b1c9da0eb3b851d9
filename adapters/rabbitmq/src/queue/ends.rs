//! How taken jobs end: what follows is confirmed before RabbitMQ hears that they are over.

use celery_wire::{Effect, Failure, Task, Worker as Known};
use engine::{
    memory::held::Holding,
    queue::{QueueError, TakenJob},
};
use lapin::options::BasicAckOptions;
use tokio::time::timeout;

use super::{
    Shared,
    state::{More, Origin, Standing},
};
use crate::{
    link::{PATIENCE, plain},
    publish::Sent,
};

impl Shared {
    /// Acknowledges a job that is over, or takes it out of its own queue.
    pub(super) async fn settle(&self, origin: &Origin) -> Result<(), QueueError> {
        let lost = |why: String| QueueError(format!("RabbitMQ: {why}"));
        match origin {
            Origin::Given { epoch, tag } => {
                let live = self.live.borrow().clone().filter(|live| live.epoch == *epoch);
                let live = live.ok_or_else(|| lost("the connection was lost".to_owned()))?;
                let acked = live.channel.basic_ack(*tag, BasicAckOptions::default());
                let acked = timeout(PATIENCE, acked).await;
                acked
                    .map_err(|_| lost("no answer in time".to_owned()))?
                    .map_err(|error| lost(plain(&error)))
            }
            Origin::Hand(queue) => {
                let deleted = async {
                    let channel = self.rabbit.consuming.channel().await?;
                    let deleted = channel.queue_delete(queue.clone(), Default::default()).await;
                    deleted.map(|_| ()).map_err(|error| plain(&error))
                };
                let deleted = timeout(2 * PATIENCE, deleted).await;
                deleted.unwrap_or_else(|_| Err("no answer in time".to_owned())).map_err(lost)
            }
            Origin::Lost => Ok(()),
        }
    }

    pub(super) fn standing(&self, key: &str, fence: u64) -> Result<bool, QueueError> {
        match self.state.lock().standing(key, fence, self.connected()) {
            Standing::Ours => Ok(true),
            Standing::Gone => Ok(false),
            Standing::Unknown => Err(QueueError("RabbitMQ: the connection is lost".to_owned())),
        }
    }

    /// Takes a job out of hands and sends what follows; then it is settled. If it cannot be sent, all is as before.
    pub(super) async fn replace(
        &self,
        (key, fence): (&str, u64),
        effects: impl FnOnce(&Known) -> Vec<Effect>,
        follow: impl FnOnce(&Holding, &More) -> Option<Sent>,
    ) -> Result<bool, QueueError> {
        let celery = self.celery.get();
        let ended = match self.standing(key, fence)? {
            true => {
                let effects = celery.map(|celery| effects(celery.worker())).unwrap_or_default();
                self.replace_ours((key, fence), effects, follow).await?
            }
            false => false,
        };
        if let Some(celery) = celery {
            celery.worker().ended(key, fence);
        }
        Ok(ended)
    }

    pub(super) async fn replace_ours(
        &self,
        (key, fence): (&str, u64),
        effects: Vec<Effect>,
        follow: impl FnOnce(&Holding, &More) -> Option<Sent>,
    ) -> Result<bool, QueueError> {
        let (holding, more, mut sent) = {
            let mut state = self.state.lock();
            let Some(holding) = state.held.end(key, fence) else { return Ok(false) };
            let Some(more) = state.more.remove(key) else { return Ok(false) };
            let sent: Vec<Sent> = follow(&holding, &more).into_iter().collect();
            (holding, more, sent)
        };
        let (mut events, mut results) = (Vec::new(), Vec::new());
        if let Some(celery) = self.celery.get() {
            let follows = celery.follows(&more.task, effects);
            sent.extend(follows.sent);
            (events, results) = (follows.events, follows.results);
        }
        if !sent.is_empty()
            && let Err(why) = self.publisher.publish(sent).await
        {
            let mut state = self.state.lock();
            // If the new one is here by now, the old one is over.
            if !state.more.contains_key(key) && state.held.restore(holding) {
                state.more.insert(key.to_owned(), more);
                return Err(QueueError(why));
            }
        }
        if let Some(celery) = self.celery.get() {
            celery.keep(results).await;
        }
        self.settle(&more.origin).await?;
        if let Some(celery) = self.celery.get() {
            celery.publish(events);
        }
        Ok(true)
    }

    /// What Celery's side makes of jobs that were taken. Those that must not run are over.
    pub(super) async fn admit(&self, taken: Vec<TakenJob>, now_ms: u64) -> Vec<TakenJob> {
        let Some(celery) = self.celery.get() else { return taken };
        let mut run = Vec::with_capacity(taken.len());
        for taken in taken {
            let (key, fence) = (taken.job.key.as_str(), taken.fence);
            let Some(task) = self.state.lock().more.get(key).map(|more| more.task.clone()) else {
                continue;
            };
            let task = Task { retries: taken.attempt.saturating_sub(1), ..task };
            match celery.worker().takes(task.clone(), fence, now_ms) {
                Ok(effects) => {
                    celery.publish(celery.follows(&task, effects).events);
                    run.push(taken);
                }
                Err((_, effects)) => {
                    let over = self.replace((key, fence), |_| effects, |_, _| None).await;
                    if let Err(error) = over {
                        // Its lease ends, and it is asked again.
                        tracing::warn!(job.key = key, "the end of job {key} was not kept: {error}");
                    }
                }
            }
        }
        run
    }

    /// What follows from a failure, at Celery.
    pub(super) fn failed(
        &self,
        key: &str,
        error: &str,
        then: impl FnOnce(&Known, &Failure) -> Vec<Effect>,
    ) -> impl FnOnce(&Known) -> Vec<Effect> {
        move |worker| {
            let why = worker.job_failure(key, error);
            why.map(|why| then(worker, &why)).unwrap_or_default()
        }
    }
}
