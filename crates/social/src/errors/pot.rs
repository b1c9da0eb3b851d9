//! Where errors wait to be written: counted by fingerprint, with a bound.

use std::collections::HashMap;

use parking_lot::Mutex;
use serde::{Deserialize, Serialize};

use super::scrub::{cut, scrub, skeleton};
use crate::secret;

/// Most fingerprints that wait. A storm has few; what is beyond is not kept.
const ROOM: usize = 100;

/// Where an error happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// In the server.
    Server,
    /// In the web client.
    Client,
}

impl Source {
    /// As a word.
    pub fn name(self) -> &'static str {
        match self {
            Source::Server => "server",
            Source::Client => "client",
        }
    }
}

/// One error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Occurrence {
    /// Where.
    pub source: Source,
    /// What it says.
    pub title: String,
    /// Where in the code, or on which page.
    pub place: String,
    /// More: a cause, or where the code was.
    pub detail: String,
    /// Of which release.
    pub version: String,
    /// The request's id, or empty.
    pub request: String,
    /// The trace, or empty.
    pub trace: String,
    /// When, Unix milliseconds.
    pub at_ms: u64,
}

/// What is known of errors with one fingerprint that are not written yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Held {
    pub count: u64,
    pub first_ms: u64,
    pub last: Occurrence,
}

/// Errors that wait to be written.
#[derive(Debug, Default)]
pub struct Pot(Mutex<HashMap<String, Held>>);

impl Pot {
    /// Counts an error. What people may have written, and secrets, do not come this far.
    pub fn note(&self, error: Occurrence) {
        let Occurrence { source, title, place, detail, version, request, trace, at_ms } = error;
        let last = Occurrence {
            source,
            title: cut(&scrub(&title), 300),
            place: cut(&scrub(&place), 200),
            detail: cut(&scrub(&detail), 2_000),
            version: cut(&version, 40),
            request: cut(&request, 64),
            trace: cut(&trace, 32),
            at_ms,
        };
        metrics::counter!("errors_total", "source" => source.name()).increment(1);
        let mut held = self.0.lock();
        let full = held.len() >= ROOM;
        match held.get_mut(&fingerprint(&last)) {
            Some(known) => {
                known.count += 1;
                known.last = last;
            }
            None if full => {}
            None => {
                held.insert(fingerprint(&last), Held { count: 1, first_ms: at_ms, last });
            }
        }
    }

    /// All that waits.
    pub(super) fn take(&self) -> HashMap<String, Held> {
        std::mem::take(&mut *self.0.lock())
    }

    /// What could not be written.
    pub(super) fn put_back(&self, fingerprint: String, back: Held) {
        let mut held = self.0.lock();
        let full = held.len() >= ROOM;
        match held.get_mut(&fingerprint) {
            Some(newer) => {
                newer.count += back.count;
                newer.first_ms = newer.first_ms.min(back.first_ms);
            }
            None if full => {}
            None => {
                held.insert(fingerprint, back);
            }
        }
    }
}

/// What errors have in common that are one: where, and what they say but for numbers and names in it.
fn fingerprint(error: &Occurrence) -> String {
    let text = [error.source.name(), &skeleton(&error.title), &skeleton(&error.place)].join("\n");
    secret::hash(text.as_bytes())[..24].to_owned()
}
