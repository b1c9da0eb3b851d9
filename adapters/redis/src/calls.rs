//! Calls of tasks of other workers (a service in Python).

use std::{
    collections::hash_map::RandomState,
    hash::{BuildHasher, Hasher},
};

use celery_wire::{Envelope, Task, envelope};
use serde_json::{Map, Value};

use crate::{link::Redis, results::CeleryResults};

/// Calls tasks through this Redis.
#[derive(Clone, Debug)]
pub struct CeleryCalls {
    redis: Redis,
    results: CeleryResults,
}

impl CeleryCalls {
    /// Calls through this Redis; its database is the one that the other workers use.
    pub fn new(redis: Redis) -> Self {
        Self { results: CeleryResults::new(redis.clone()), redis }
    }

    /// What came of the tasks.
    pub fn results(&self) -> &CeleryResults {
        &self.results
    }

    /// Sends a task to a queue (Celery's own is `celery`), and gives its id.
    pub async fn call(
        &self,
        task: &str,
        args: Vec<Value>,
        kwargs: Map<String, Value>,
        queue: &str,
    ) -> Result<String, String> {
        let task = Task {
            // Nobody listens there; that it is set says that a result is wanted.
            reply_to: Some(unique()),
            ignore_result: Some(false),
            ..Task::new(unique(), task, args, kwargs)
        };
        self.send(&task, queue).await?;
        Ok(task.id)
    }

    /// Sends a task as it is: with a time, an end, a chain.
    pub async fn send(&self, task: &Task, queue: &str) -> Result<(), String> {
        let mut pipe = redis::pipe();
        let message = Envelope::of_task(task, queue, &unique()).text();
        pipe.cmd("LPUSH").arg(envelope::list_name(queue, task.priority)).arg(message).ignore();
        self.redis.ask::<()>(&pipe, &[]).await
    }
}

/// A name that nothing else has, in the shape that Celery gives its own.
fn unique() -> String {
    // Keys of a hasher are the system's randomness, and each of its kind has others.
    let half = || RandomState::new().build_hasher().finish();
    let (a, b) = (half(), half());
    format!(
        "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
        a >> 32,
        (a >> 16) & 0xffff,
        a & 0xffff,
        b >> 48,
        b & 0xffff_ffff_ffff
    )
}
