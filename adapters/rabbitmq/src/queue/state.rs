//! What this process holds of the queue: jobs that RabbitMQ gave it and that are not acknowledged yet.

use std::{
    collections::{HashMap, HashSet},
    time::Instant,
};

use celery_wire::Task;
use engine::{memory::held::Held, queue::NewJob};
use lapin::{Channel, types::ShortString};

/// The connection that jobs come by; each has a number.
#[derive(Clone)]
pub(crate) struct Live {
    pub channel: Channel,
    pub epoch: u64,
}

/// Where RabbitMQ has a job that is held here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// Among what it gave us and we did not acknowledge.
    Given { epoch: u64, tag: u64 },
    /// In a queue of its own.
    Hand(ShortString),
    /// The connection was lost: it may give it to anybody.
    Lost,
}

/// What is known of a held job beside the job.
#[derive(Clone, Debug)]
pub(crate) struct More {
    pub task: Task,
    pub origin: Origin,
    /// Since when it is where it is.
    pub since: Instant,
}

/// What is held, and what was seen of RabbitMQ.
pub(crate) struct State {
    pub held: Held,
    pub more: HashMap<String, More>,
    /// Keys that were among the dead when somebody looked.
    pub dead: HashSet<String>,
    /// Something was pushed from here since the last look.
    pub dirty: bool,
    /// What lay in the queues of [`Names::all`](super::names::Names::all) at the last look.
    pub counts: [u64; 6],
    pub looked: Option<Instant>,
}

/// What holding a job came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hold {
    /// It is held now.
    New,
    /// It is one that was in a worker's hands when the connection was lost, and still is.
    Back,
    /// Another one with its key is held.
    Twice,
}

/// Whose a taken job is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    Ours,
    Gone,
    /// The connection is lost; nobody knows yet.
    Unknown,
}

impl State {
    pub(crate) fn hold(&mut self, job: NewJob, task: Task, origin: Origin) -> Hold {
        let (key, attempt) = (job.key.clone(), task.retries);
        if let Some(more) = self.more.get_mut(&key) {
            if more.origin != Origin::Lost {
                return Hold::Twice;
            }
            (more.origin, more.since) = (origin, Instant::now());
            return Hold::Back;
        }
        self.held.add(job, attempt);
        self.more.insert(key, More { task, origin, since: Instant::now() });
        Hold::New
    }

    /// Whether a job with this key is held, and will be until its end.
    pub(crate) fn has(&self, key: &str) -> bool {
        self.more.get(key).is_some_and(|more| more.origin != Origin::Lost)
    }

    pub(crate) fn standing(&self, key: &str, fence: u64, connected: bool) -> Standing {
        if !self.held.holds(key, fence) {
            return Standing::Gone;
        }
        match (self.more.get(key).map(|more| &more.origin), connected) {
            (Some(Origin::Given { .. } | Origin::Hand(_)), true) => Standing::Ours,
            (Some(_), false) => Standing::Unknown,
            _ => Standing::Gone,
        }
    }

    /// The connection is lost: RabbitMQ gives what waits here to anybody, and what is in hands as well.
    pub(crate) fn lose(&mut self) {
        let given = |more: &More| matches!(more.origin, Origin::Given { .. });
        for more in self.more.values_mut().filter(|more| given(more)) {
            more.origin = Origin::Lost;
        }
        let waits = |(key, more): (&String, &More)| {
            let leased = self.held.get(key).is_some_and(|held| held.lease_until.is_some());
            (more.origin == Origin::Lost && !leased).then(|| key.clone())
        };
        let waiting: Vec<String> = self.more.iter().filter_map(waits).collect();
        self.forget(waiting);
    }

    /// What was lost and did not come back before its lease ended is somebody else's.
    pub(crate) fn forget_lost(&mut self, now_ms: u64) {
        let over = |(key, more): (&String, &More)| {
            let until = self.held.get(key).and_then(|held| held.lease_until);
            (more.origin == Origin::Lost && until.is_none_or(|until| until <= now_ms))
                .then(|| key.clone())
        };
        if self.more.values().any(|more| more.origin == Origin::Lost) {
            let over: Vec<String> = self.more.iter().filter_map(over).collect();
            self.forget(over);
        }
    }

    pub(crate) fn forget(&mut self, keys: Vec<String>) {
        for key in keys {
            self.held.remove(&key);
            self.more.remove(&key);
        }
    }
}
