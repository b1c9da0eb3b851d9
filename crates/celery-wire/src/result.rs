//! An entry of Celery's result backend: `celery-task-meta-<id>`, for a day, and published on the channel of that name.

use serde_json::{Value, json};

use crate::{Error, time_text};

/// How long an entry is kept.
pub const KEPT_SECONDS: u64 = 86_400;

/// The key, and the channel, of a task's entry.
pub fn key(id: &str) -> String {
    format!("celery-task-meta-{id}")
}

/// Why a task failed, as Python sees it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Failure {
    /// The class of the exception.
    pub exc_type: String,
    /// Its arguments.
    pub exc_message: Vec<Value>,
    /// The module of the class. One that cannot be imported is made up by the reader, with the same name.
    pub exc_module: String,
    /// Where it happened.
    pub traceback: Option<String>,
}

impl Failure {
    /// A failure with one line of text.
    pub fn new(exc_type: &str, exc_module: &str, text: &str) -> Self {
        Self {
            exc_type: exc_type.to_owned(),
            exc_message: vec![Value::String(text.to_owned())],
            exc_module: exc_module.to_owned(),
            traceback: None,
        }
    }

    /// As Python's `repr` writes it, nearly.
    pub fn repr(&self) -> String {
        let words = self.exc_message.iter().map(|word| match word {
            Value::String(text) => format!("'{}'", text.replace('\'', "\\'")),
            other => other.to_string(),
        });
        format!("{}({})", self.exc_type, words.collect::<Vec<_>>().join(", "))
    }
}

/// What came of a task.
#[derive(Clone, Debug, PartialEq)]
pub enum Entry {
    /// Nothing yet, or nobody knows it.
    Pending,
    /// It runs.
    Started,
    /// It is done.
    Success(Value),
    /// It failed for good.
    Failure(Failure),
    /// It failed and runs again.
    Retry(Failure),
    /// Somebody took it back, or it came too late.
    Revoked(Failure),
}

impl Entry {
    /// Its name at Celery.
    pub fn status(&self) -> &'static str {
        match self {
            Entry::Pending => "PENDING",
            Entry::Started => "STARTED",
            Entry::Success(_) => "SUCCESS",
            Entry::Failure(_) => "FAILURE",
            Entry::Retry(_) => "RETRY",
            Entry::Revoked(_) => "REVOKED",
        }
    }

    /// A revoked task (`revoked` or `expired`).
    pub fn revoked(why: &str) -> Self {
        Entry::Revoked(Failure::new("TaskRevokedError", "celery.exceptions", why))
    }

    /// The text that is stored and published. `children` are the ids of tasks that it caused.
    pub fn text(&self, id: &str, children: &[String], now_ms: u64) -> String {
        let children: Vec<Value> = children.iter().map(|id| json!([[id, null], null])).collect();
        let (result, traceback) = match self {
            Entry::Pending | Entry::Started => (Value::Null, None),
            Entry::Success(result) => (result.clone(), None),
            Entry::Failure(why) | Entry::Retry(why) | Entry::Revoked(why) => {
                let result = json!({
                    "exc_type": why.exc_type,
                    "exc_message": why.exc_message,
                    "exc_module": why.exc_module,
                });
                (result, why.traceback.as_deref())
            }
        };
        let ended = !matches!(self, Entry::Pending | Entry::Started | Entry::Retry(_));
        json!({
            "status": self.status(),
            "result": result,
            "traceback": traceback,
            "children": children,
            "date_done": ended.then(|| time_text(now_ms)),
            "task_id": id,
        })
        .to_string()
    }

    /// Reads an entry. An unknown status counts as pending.
    pub fn parse(text: &[u8]) -> Result<Self, Error> {
        let value: Value = serde_json::from_slice(text).map_err(|_| Error::Shape("no JSON"))?;
        let status = value.get("status").and_then(Value::as_str);
        let status = status.ok_or(Error::Shape("a result has no status"))?;
        let result = value.get("result").cloned().unwrap_or(Value::Null);
        let why = || {
            let text = |name: &str| {
                result.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
            };
            Failure {
                exc_type: text("exc_type"),
                exc_module: text("exc_module"),
                exc_message: match result.get("exc_message") {
                    None | Some(Value::Null) => Vec::new(),
                    Some(Value::Array(words)) => words.clone(),
                    Some(word) => vec![word.clone()],
                },
                traceback: value.get("traceback").and_then(Value::as_str).map(str::to_owned),
            }
        };
        Ok(match status {
            "SUCCESS" => Entry::Success(result),
            "FAILURE" => Entry::Failure(why()),
            "RETRY" => Entry::Retry(why()),
            "REVOKED" => Entry::Revoked(why()),
            "STARTED" => Entry::Started,
            _ => Entry::Pending,
        })
    }
}
