//! The memory engine of the queue: maps behind one lock. The reference of what a queue does.

use std::{collections::BTreeMap, ops::Bound, sync::Arc, time::Duration};

use async_trait::async_trait;
use parking_lot::Mutex;
use tokio::sync::Notify;

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
    live: BTreeMap<String, Live>,
    dead: BTreeMap<String, DeadJob>,
    last_fence: u64,
}

struct Live {
    job: NewJob,
    attempt: u32,
    /// The newest take's; 0 while nobody may finish it.
    fence: u64,
    /// Until when it is in a worker's hands.
    lease_until: Option<u64>,
}

impl Live {
    fn leased(&self, now_ms: u64) -> bool {
        self.lease_until.is_some_and(|until| until > now_ms)
    }

    fn ready(&self, now_ms: u64) -> bool {
        match self.lease_until {
            Some(until) => until <= now_ms,
            None => self.job.run_at_ms <= now_ms,
        }
    }
}

impl State {
    /// The job, if this is the fence of its newest take.
    fn held(&mut self, key: &str, fence: u64) -> Option<&mut Live> {
        self.live.get_mut(key).filter(|live| fence != 0 && live.fence == fence)
    }
}

#[async_trait]
impl Queue for MemoryQueue {
    async fn push(&self, jobs: Vec<NewJob>) -> Result<(), QueueError> {
        let mut state = self.state.lock();
        for job in jobs {
            if !state.dead.contains_key(&job.key) && !state.live.contains_key(&job.key) {
                let key = job.key.clone();
                state.live.insert(key, Live { job, attempt: 0, fence: 0, lease_until: None });
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
        let until = now_ms.saturating_add(lease.as_millis() as u64);
        let mut state = self.state.lock();
        let State { live, last_fence, .. } = &mut *state;
        let lane = lane.priorities();
        let due = |live: &&mut Live| live.ready(now_ms) && lane.contains(&live.job.priority);
        let mut due: Vec<&mut Live> = live.values_mut().filter(due).collect();
        // Stable: equals go in the order of their keys.
        due.sort_by_key(|live| (live.job.priority, live.job.run_at_ms));
        let take = |live: &mut Live| {
            *last_fence += 1;
            live.fence = *last_fence;
            live.attempt += 1;
            live.lease_until = Some(until);
            TakenJob { job: live.job.clone(), attempt: live.attempt, fence: live.fence }
        };
        Ok(due.into_iter().take(limit).map(take).collect())
    }

    async fn done(&self, key: &str, fence: u64) -> Result<bool, QueueError> {
        let mut state = self.state.lock();
        let held = state.held(key, fence).is_some();
        if held {
            state.live.remove(key);
        }
        Ok(held)
    }

    async fn retry(
        &self,
        key: &str,
        fence: u64,
        run_at_ms: u64,
        _error: &str,
    ) -> Result<bool, QueueError> {
        let mut state = self.state.lock();
        let Some(live) = state.held(key, fence) else { return Ok(false) };
        live.job.run_at_ms = run_at_ms;
        live.fence = 0;
        live.lease_until = None;
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
        if state.held(key, fence).is_none() {
            return Ok(false);
        }
        let Some(live) = state.live.remove(key) else { return Ok(false) };
        let dead = DeadJob {
            job: live.job,
            attempts: live.attempt,
            error: error.to_owned(),
            died_at_ms: now_ms,
        };
        state.dead.insert(key.to_owned(), dead);
        Ok(true)
    }

    async fn extend(&self, key: &str, fence: u64, until_ms: u64) -> Result<bool, QueueError> {
        let mut state = self.state.lock();
        let Some(live) = state.held(key, fence) else { return Ok(false) };
        live.lease_until = Some(until_ms);
        Ok(true)
    }

    fn pushed(&self) -> Arc<Notify> {
        self.pushed.clone()
    }
}

#[async_trait]
impl QueueDesk for MemoryQueue {
    async fn depth(&self, now_ms: u64) -> Result<Depth, QueueError> {
        let state = self.state.lock();
        let leased = state.live.values().filter(|live| live.leased(now_ms)).count() as u64;
        let ready = state.live.values().filter(|live| live.ready(now_ms)).count() as u64;
        let delayed = state.live.len() as u64 - leased - ready;
        Ok(Depth { ready, delayed, leased, dead: state.dead.len() as u64 })
    }

    async fn next_due_ms(&self) -> Result<Option<u64>, QueueError> {
        let state = self.state.lock();
        Ok(state.live.values().map(|live| live.lease_until.unwrap_or(live.job.run_at_ms)).min())
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
        let job = NewJob { run_at_ms: now_ms, ..dead.job };
        state.live.insert(key.to_owned(), Live { job, attempt: 0, fence: 0, lease_until: None });
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
