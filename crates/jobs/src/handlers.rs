//! Who runs which kind of job.

use std::{collections::HashMap, sync::Arc};

use async_trait::async_trait;
use engine::queue::NewJob;

use crate::JobPolicy;

/// Why a job failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JobError {
    /// It may work later: an engine is away, another server does not answer.
    #[error("{0}")]
    Retry(String),
    /// It will never work: it is given up at once.
    #[error("{0}")]
    Permanent(String),
}

/// Runs a kind of job. May be called twice for one job, and for an older job after a newer one.
#[async_trait]
pub trait Handler: Send + Sync + 'static {
    /// Runs a job; `attempt` is 1 the first time.
    async fn run(&self, job: &NewJob, attempt: u32) -> Result<(), JobError>;
}

#[derive(Clone)]
pub(crate) struct Registered {
    pub kind: &'static str,
    pub handler: Arc<dyn Handler>,
    pub policy: JobPolicy,
}

/// The handlers by kind.
#[derive(Clone, Default)]
pub struct Handlers {
    by_kind: HashMap<&'static str, Registered>,
}

impl Handlers {
    /// None yet.
    pub fn new() -> Handlers {
        Handlers::default()
    }

    /// Adds the handler of a kind.
    ///
    /// # Panics
    /// If the kind has one: that is a mistake in the wiring, seen at the first start.
    #[must_use]
    pub fn on(mut self, kind: &'static str, handler: Arc<dyn Handler>, policy: JobPolicy) -> Self {
        let before = self.by_kind.insert(kind, Registered { kind, handler, policy });
        assert!(before.is_none(), "two handlers for jobs of kind {kind}");
        self
    }

    /// The kinds that have a handler, sorted: for a test that every kind that is pushed has one.
    pub fn kinds(&self) -> Vec<&'static str> {
        let mut kinds: Vec<_> = self.by_kind.keys().copied().collect();
        kinds.sort_unstable();
        kinds
    }

    pub(crate) fn get(&self, kind: &str) -> Option<&Registered> {
        self.by_kind.get(kind)
    }
}
