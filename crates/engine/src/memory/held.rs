//! Jobs that a process holds: which may run, which are in a worker's hands and until when, and with which fence. No lock, no
//! clock, no signal: the memory engine keeps all its jobs in one, and an engine whose server only moves messages
//! those that it was given.

use std::{collections::BTreeMap, time::Duration};

use crate::queue::{Depth, Lane, NewJob, TakenJob};

/// Jobs by their keys.
#[derive(Debug, Default)]
pub struct Held {
    jobs: BTreeMap<String, Holding>,
    last_fence: u64,
}

/// A job that is held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holding {
    /// The job.
    pub job: NewJob,
    /// How often it was taken.
    pub attempt: u32,
    /// The newest take's; 0 while nobody may finish it.
    pub fence: u64,
    /// Until when it is in a worker's hands.
    pub lease_until: Option<u64>,
}

impl Holding {
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

impl Held {
    /// Holds nothing; its fences begin after this one.
    pub fn after(last_fence: u64) -> Self {
        Self { last_fence, ..Self::default() }
    }

    /// Holds a job that was taken so often; `false`: one with its key is held already, and stays.
    pub fn add(&mut self, job: NewJob, attempt: u32) -> bool {
        let new = !self.jobs.contains_key(&job.key);
        if new {
            let key = job.key.clone();
            self.jobs.insert(key, Holding { job, attempt, fence: 0, lease_until: None });
        }
        new
    }

    /// What is held under a key.
    pub fn get(&self, key: &str) -> Option<&Holding> {
        self.jobs.get(key)
    }

    /// Holds it no more, whoever had it.
    pub fn remove(&mut self, key: &str) -> Option<Holding> {
        self.jobs.remove(key)
    }

    /// Holds it again as it was; `false`: there is another one by now.
    pub fn restore(&mut self, holding: Holding) -> bool {
        let new = !self.jobs.contains_key(&holding.job.key);
        if new {
            self.jobs.insert(holding.job.key.clone(), holding);
        }
        new
    }

    /// Takes up to `limit` due jobs of a lane, most urgent first, equals by age.
    pub fn take(
        &mut self,
        lane: Lane,
        limit: usize,
        now_ms: u64,
        lease: Duration,
    ) -> Vec<TakenJob> {
        let lease = u64::try_from(lease.as_millis()).unwrap_or(u64::MAX);
        let until = now_ms.saturating_add(lease);
        let Self { jobs, last_fence } = self;
        let lane = lane.priorities();
        let due = |held: &&mut Holding| held.ready(now_ms) && lane.contains(&held.job.priority);
        let mut due: Vec<&mut Holding> = jobs.values_mut().filter(due).collect();
        // Stable: equals go in the order of their keys.
        due.sort_by_key(|held| (held.job.priority, held.job.run_at_ms));
        let take = |held: &mut Holding| {
            *last_fence += 1;
            held.fence = *last_fence;
            held.attempt = held.attempt.saturating_add(1);
            held.lease_until = Some(until);
            TakenJob { job: held.job.clone(), attempt: held.attempt, fence: held.fence }
        };
        due.into_iter().take(limit).map(take).collect()
    }

    /// Whether this is the fence of the newest take.
    pub fn holds(&self, key: &str, fence: u64) -> bool {
        self.jobs.get(key).is_some_and(|held| fence != 0 && held.fence == fence)
    }

    /// Holds a taken job no more, if this is the fence of its newest take.
    pub fn end(&mut self, key: &str, fence: u64) -> Option<Holding> {
        if self.holds(key, fence) { self.jobs.remove(key) } else { None }
    }

    /// A taken job stays in its worker's hands until then.
    pub fn extend(&mut self, key: &str, fence: u64, until_ms: u64) -> bool {
        let held = self.jobs.get_mut(key).filter(|held| fence != 0 && held.fence == fence);
        held.map(|held| held.lease_until = Some(until_ms)).is_some()
    }

    /// All that is held.
    pub fn iter(&self) -> impl Iterator<Item = &Holding> {
        self.jobs.values()
    }

    /// How many of a lane may be taken now.
    pub fn ready(&self, lane: Lane, now_ms: u64) -> usize {
        let lane = lane.priorities();
        let ready = |held: &&Holding| held.ready(now_ms) && lane.contains(&held.job.priority);
        self.jobs.values().filter(ready).count()
    }

    /// How much is held.
    pub fn depth(&self, now_ms: u64) -> Depth {
        let leased = self.jobs.values().filter(|held| held.leased(now_ms)).count() as u64;
        let ready = self.jobs.values().filter(|held| held.ready(now_ms)).count() as u64;
        Depth { ready, leased, delayed: self.jobs.len() as u64 - leased - ready, dead: 0 }
    }

    /// When the next one may run, or a lease ends.
    pub fn next_due_ms(&self) -> Option<u64> {
        self.jobs.values().map(|held| held.lease_until.unwrap_or(held.job.run_at_ms)).min()
    }
}
