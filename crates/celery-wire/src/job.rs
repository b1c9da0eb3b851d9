//! Our jobs as tasks: the kind `mail.send` is the task `sociosphere.mail.send`, the job's key is the task's id, and the body's
//! fields are the named arguments. A body that is no object is the one argument.

use serde_json::{Map, Value};

use crate::{Error, task::Task};

/// What the names of our tasks begin with.
pub const PREFIX: &str = "sociosphere.";

/// A job, as it can be seen from a task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    /// The task's id.
    pub key: String,
    /// The task's name without [`PREFIX`].
    pub kind: String,
    /// JSON.
    pub body: Vec<u8>,
    /// The task's `eta`.
    pub run_at_ms: Option<u64>,
}

impl Task {
    /// A job as a task. The body must be JSON. What a broker does with its priority is the adapter's.
    pub fn of_job(key: &str, kind: &str, body: &[u8], run_at_ms: u64) -> Result<Self, Error> {
        let body =
            serde_json::from_slice(body).map_err(|_| Error::Shape("the job's body is not JSON"))?;
        let (args, kwargs) = match body {
            Value::Object(fields) => (Vec::new(), fields),
            other => (vec![other], Map::new()),
        };
        let mut task = Self::new(key, format!("{PREFIX}{kind}"), args, kwargs);
        task.eta_ms = Some(run_at_ms);
        Ok(task)
    }

    /// A task as a job; `None` if it is not one of ours by its name.
    pub fn job(&self) -> Option<Job> {
        let kind = self.name.strip_prefix(PREFIX).filter(|kind| !kind.is_empty())?;
        let body = match (self.args.as_slice(), self.kwargs.is_empty()) {
            ([one], true) => one.to_string(),
            _ => Value::Object(self.kwargs.clone()).to_string(),
        };
        Some(Job {
            key: self.id.clone(),
            kind: kind.to_owned(),
            body: body.into_bytes(),
            run_at_ms: self.eta_ms,
        })
    }
}
