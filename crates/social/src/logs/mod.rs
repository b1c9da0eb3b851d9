//! Reading the log: what a log must promise so that staff can look into it, wherever its lines are kept.
//!
//! Lines name nobody and quote nobody, so whoever may see how the community runs may read them.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::audit::model::words;

words! {
    /// How grave a line is, the gravest first.
    Level { Error "error", Warn "warn", Info "info", Debug "debug", Trace "trace" }
}

impl Level {
    /// It, and all that are graver.
    pub fn and_graver(self) -> Vec<Level> {
        Level::ALL.iter().copied().take_while(|one| *one != self).chain([self]).collect()
    }
}

/// Which lines, the newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogQuery {
    /// As grave as this, or graver.
    pub level: Option<Level>,
    /// The logger starts with this.
    pub target: String,
    /// The message has this, in any case.
    pub text: String,
    /// Of this request or trace.
    pub request: String,
    /// Not before, Unix milliseconds.
    pub since_ms: Option<u64>,
    /// Not after, Unix milliseconds.
    pub until_ms: Option<u64>,
    /// Where the page before ended.
    pub cursor: Option<String>,
    /// At most so many.
    pub limit: usize,
}

/// A line.
#[derive(Clone, Debug, PartialEq)]
pub struct LogLine {
    /// Unique in its log.
    pub id: String,
    /// When, RFC 3339.
    pub at: String,
    /// How grave.
    pub level: String,
    /// Which part of the program.
    pub target: String,
    /// What it says.
    pub message: String,
    /// Its trace.
    pub trace: Option<String>,
    /// Its request.
    pub request: Option<String>,
    /// All else that it has.
    pub fields: serde_json::Map<String, serde_json::Value>,
}

impl LogLine {
    /// Of a line in the Elastic Common Schema, whose fields are names with dots.
    pub fn of(id: String, fields: serde_json::Map<String, serde_json::Value>) -> LogLine {
        let mut fields = fields;
        let mut take = |name: &str| match fields.remove(name) {
            Some(serde_json::Value::String(text)) => Some(text),
            Some(other) => Some(other.to_string()),
            None => None,
        };
        let line = LogLine {
            id,
            at: take("@timestamp").unwrap_or_default(),
            level: take("log.level").unwrap_or_default(),
            target: take("log.logger").unwrap_or_default(),
            message: take("message").unwrap_or_default(),
            trace: take("trace.id"),
            request: take("http.request.id"),
            fields: serde_json::Map::new(),
        };
        LogLine { fields, ..line }
    }
}

/// A page of lines.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LogPage {
    /// Lines, the newest first.
    pub lines: Vec<LogLine>,
    /// Where the next page begins, if there may be one.
    pub next: Option<String>,
    /// Where they are from.
    pub source: LogSource,
}

words! {
    /// Where lines are kept that we can read.
    #[derive(Default)]
    LogSource { #[default] None "none", File "file", Search "search" }
}

/// Why there is no page.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LogError {
    /// Not a cursor of this log.
    #[error("the cursor is not one of this log")]
    Cursor,
    /// It cannot be read now.
    #[error("the log cannot be read: {0}")]
    Unavailable(String),
}

/// Lines of the log, wherever they are kept.
#[async_trait]
pub trait LogStore: Send + Sync + 'static {
    /// A page. It costs a bounded amount of reading; one that found less than was asked for may have a next one.
    async fn page(&self, query: &LogQuery) -> Result<LogPage, LogError>;
}

/// Where no log is kept that we can read.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoLogs;

#[async_trait]
impl LogStore for NoLogs {
    async fn page(&self, _query: &LogQuery) -> Result<LogPage, LogError> {
        Ok(LogPage::default())
    }
}
