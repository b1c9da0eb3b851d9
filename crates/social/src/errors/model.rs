//! The group that errors of one kind make.

use engine::store::{KeySpace, NodeKind};
use graph::Node;
use serde::{Deserialize, Serialize};

use super::pot::{Held, Source};

/// The fingerprint of each group.
pub const FINGERPRINTS: KeySpace = KeySpace(70);

/// Errors with one fingerprint.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ErrorGroup {
    /// What they have in common, as a hash.
    pub fingerprint: String,
    /// Where they happen.
    pub source: Source,
    /// What the last one said.
    pub title: String,
    /// Where in the code or on which page.
    pub place: String,
    /// When the first one happened, Unix milliseconds.
    pub first_ms: u64,
    /// When the last one did.
    pub last_ms: u64,
    /// How many there were.
    pub count: u64,
    /// The release of the first one.
    pub first_version: String,
    /// The release of the last one.
    pub last_version: String,
    /// More about the last one: a cause, or where the code was.
    pub detail: String,
    /// Its request's id, if it had one.
    pub request: String,
    /// Its trace, if it had one: all log lines of it are found by this.
    pub trace: String,
    /// When somebody said that it is done with.
    pub resolved_ms: Option<u64>,
    /// How often it came back after that.
    pub reopened: u32,
}

impl Node for ErrorGroup {
    const KIND: NodeKind = NodeKind(80);
    const NAME: &'static str = "error_group";
}

graph::edges! {
    /// All groups, by when they were seen last.
    Errors = 100, "errors_of": crate::instance::model::Instance => ErrorGroup, Yes, purge Unlink;
}

impl ErrorGroup {
    /// Of the first errors.
    pub(super) fn new(fingerprint: &str, held: &Held) -> ErrorGroup {
        let last = &held.last;
        ErrorGroup {
            fingerprint: fingerprint.to_owned(),
            source: last.source,
            title: last.title.clone(),
            place: last.place.clone(),
            first_ms: held.first_ms,
            last_ms: last.at_ms,
            count: held.count,
            first_version: last.version.clone(),
            last_version: last.version.clone(),
            detail: last.detail.clone(),
            request: last.request.clone(),
            trace: last.trace.clone(),
            resolved_ms: None,
            reopened: 0,
        }
    }

    /// More of them.
    pub(super) fn again(&mut self, held: &Held) {
        let last = &held.last;
        self.count += held.count;
        self.first_ms = self.first_ms.min(held.first_ms);
        if self.resolved_ms.is_some_and(|resolved| last.at_ms > resolved) {
            self.resolved_ms = None;
            self.reopened += 1;
        }
        if last.at_ms >= self.last_ms {
            self.last_ms = last.at_ms;
            self.title.clone_from(&last.title);
            self.detail.clone_from(&last.detail);
            self.last_version.clone_from(&last.version);
            self.request.clone_from(&last.request);
            self.trace.clone_from(&last.trace);
        }
    }
}
