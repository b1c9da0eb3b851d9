//! Jobs that wait a moment so that many become one: what is said of one subject a thousand times in five seconds is done once.
//!
//! Time is cut into slots, and the key of such a job is its kind, its subject and the slot in which the relay pushes it. It may run
//! when the slot is over and no clock can still be in it; so whatever pushed the key, or found it there, was committed before the
//! job reads anything. A push that takes until after its slot is done again in the next one. Nothing is kept but in the queue.

use std::time::Duration;

use engine::queue::{GATHERED, NewJob};
use serde::Serialize;

/// How long a slot is.
const SLOT_MS: u64 = 5_000;
/// By how much the clocks of processes may differ.
const SKEW_MS: u64 = 1_000;

/// The longest that a gathered job waits before it may run.
pub const GATHERED_WITHIN: Duration = Duration::from_millis(SLOT_MS + SKEW_MS);

/// A job that may wait for [`GATHERED_WITHIN`], one for all that is pushed of this kind and subject meanwhile. Their bodies
/// should say the same: one of them is kept.
pub fn gathered_job<B: Serialize>(kind: &str, subject: &str, body: &B) -> NewJob {
    let body = serde_json::to_vec(body).expect("bodies are plain data and always serialise");
    NewJob {
        key: format!("{kind}:{subject}"),
        kind: kind.to_owned(),
        body: body.into(),
        run_at_ms: 0,
        priority: GATHERED,
    }
}

/// The slot that jobs are pushed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Slot {
    begin_ms: u64,
    /// Jobs of a round that was closed are joined by nobody, and need not wait for the end of the slot.
    round: u64,
}

impl Slot {
    pub(crate) fn at(now_ms: u64, round: u64) -> Slot {
        Slot { begin_ms: now_ms / SLOT_MS * SLOT_MS, round }
    }

    /// Whether it is over: what was pushed for it since it began may have come too late.
    pub(crate) fn is_over(self, now_ms: u64) -> bool {
        now_ms < self.begin_ms || now_ms >= self.begin_ms + SLOT_MS
    }

    /// Gives a gathered job its place in this slot.
    pub(crate) fn put(self, job: NewJob) -> NewJob {
        let Slot { begin_ms, round } = self;
        let key = format!("{}:{begin_ms}.{round}", job.key);
        NewJob { key, run_at_ms: begin_ms + SLOT_MS + SKEW_MS, ..job }
    }
}
