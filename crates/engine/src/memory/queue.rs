//! The memory engine of the queue: maps behind one lock. The reference of what a queue does.

use std::{collections::BTreeMap, ops::Bound, sync::Arc, time::Duration};

use async_trait::async_trait;
use parking_lot::Mutex;
use tokio::sync::Notify;

use super::held::{Held, Holding};
use crate::queue::{DeadJob, Depth, Lane, NewJob, Queue, QueueDesk, QueueError, TakenJob};

/// A queue that lives as long as its process.
#[derive(Default)]
pub struct MemoryQueue {
    state: Mutex<State>,
    pushed: Arc<Notify>,
}

impl MemoryQueue {
    /// An empty queue.
    pub fn new() -> Self {
        Self::default()
    }

    fn signal(&self) {
        // Wakes everyone who waits, and leaves a permit for who is just about to.
        self.pushed.notify_waiters();
        self.pushed.notify_one();
    }
}

#[derive(Default)]
struct State {
    live: Held,
    dead: BTreeMap<String, DeadJob>,
}

#[async_trait]
impl Queue for MemoryQueue {
    async fn push(&self, jobs: Vec<NewJob>) -> Result<(), QueueError> {
        let mut state = self.state.lock();
        for job in jobs {
            if !state.dead.contains_key(&job.key) {
                state.live.add(job, 0);
            }
        }
        drop(state);
        self.signal();
        Ok(())
    }

    async fn take(
        &self,
        lane: Lane,
        limit: usize,
        now_ms: u64,
        lease: Duration,
    ) -> Result<Vec<TakenJob>, QueueError> {
        Ok(self.state.lock().live.take(lane, limit, now_ms, lease))
    }

    async fn done(&self, key: &str, fence: u64) -> Result<bool, QueueError> {
        Ok(self.state.lock().live.end(key, fence).is_some())
    }

    async fn retry(
        &self,
        key: &str,
        fence: u64,
        run_at_ms: u64,
        _error: &str,
    ) -> Result<bool, QueueError> {
        let mut state = self.state.lock();
        let Some(Holding { job, attempt, .. }) = state.live.end(key, fence) else {
            return Ok(false);
        };
        state.live.add(NewJob { run_at_ms, ..job }, attempt);
        drop(state);
        self.signal();
        Ok(true)
    }

    async fn bury(
        &self,
        key: &str,
        fence: u64,
        now_ms: u64,
        error: &str,
    ) -> Result<bool, QueueError> {
        let mut state = self.state.lock();
        let Some(Holding { job, attempt, .. }) = state.live.end(key, fence) else {
            return Ok(false);
        };
        let error = error.to_owned();
        let dead = DeadJob { job, attempts: attempt, error, died_at_ms: now_ms };
        state.dead.insert(key.to_owned(), dead);
        Ok(true)
    }

    async fn extend(&self, key: &str, fence: u64, until_ms: u64) -> Result<bool, QueueError> {
        Ok(self.state.lock().live.extend(key, fence, until_ms))
    }

    fn pushed(&self) -> Arc<Notify> {
        self.pushed.clone()
    }
}

#[async_trait]
impl QueueDesk for MemoryQueue {
    async fn depth(&self, now_ms: u64) -> Result<Depth, QueueError> {
        let state = self.state.lock();
        Ok(Depth { dead: state.dead.len() as u64, ..state.live.depth(now_ms) })
    }

    async fn next_due_ms(&self) -> Result<Option<u64>, QueueError> {
        Ok(self.state.lock().live.next_due_ms())
    }

    async fn dead(&self, after: Option<&str>, limit: usize) -> Result<Vec<DeadJob>, QueueError> {
        let state = self.state.lock();
        let start = after.map_or(Bound::Unbounded, Bound::Excluded);
        let later = state.dead.range::<str, _>((start, Bound::Unbounded));
        Ok(later.take(limit).map(|(_, job)| job.clone()).collect())
    }

    async fn revive(&self, key: &str, now_ms: u64) -> Result<bool, QueueError> {
        let mut state = self.state.lock();
        let Some(dead) = state.dead.remove(key) else { return Ok(false) };
        state.live.add(NewJob { run_at_ms: now_ms, ..dead.job }, 0);
        drop(state);
        self.signal();
        Ok(true)
    }

    async fn drop_dead(&self, key: &str) -> Result<bool, QueueError> {
        Ok(self.state.lock().dead.remove(key).is_some())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::MemoryQueue;

    async fn open() -> (Arc<MemoryQueue>, ()) {
        (Arc::new(MemoryQueue::new()), ())
    }
    crate::queue_contract!(open);
}
