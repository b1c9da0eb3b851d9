//! Celery's message protocol 2, its results, events and remote control, as data: no I/O.
//!
//! A broker's adapter moves the bytes, this crate says what they mean:
//!
//! | module | is |
//! | --- | --- |
//! | [`task`] | a task message: headers and body, chains, retries |
//! | [`job`] | a job of ours as a task, and a task as a job of ours |
//! | [`envelope`] | kombu's envelope around any message on Redis, and the names of its lists and channels |
//! | [`result`] | an entry of the result backend |
//! | [`event`] | what a worker says of itself and its tasks; Flower listens |
//! | [`control`] | questions to workers (`celery inspect`), and our answers |
//! | [`node`] | what the adapters of both brokers share |
//! | [`worker`] | what a worker knows: which tasks run, what was revoked, how many were done |
//!
//! Read off Celery 5.7 and kombu 5.7; the messages under `tests/golden` are theirs.

mod clock;
pub mod control;
pub mod envelope;
pub mod event;
pub mod job;
pub mod node;
pub mod result;
pub mod task;
pub mod worker;

pub use clock::Clock;
pub use control::Request;
pub use envelope::Envelope;
pub use event::{Event, Face};
pub use job::{Job, PREFIX};
pub use node::{Answer, Config};
pub use result::{Entry, Failure};
pub use task::{Outgoing, Signature, Task};
pub use worker::{About, Effect, Refusal, Worker};

/// What is not a message of Celery. Nothing of its content is shown: it may be somebody's.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Not JSON, or not of the shape that the protocol asks for.
    #[error("not a Celery message: {0}")]
    Shape(&'static str),
    /// Another content type or encoding than JSON in UTF-8.
    #[error("a Celery message of content type {0}, and only application/json in utf-8 is taken")]
    Content(String),
}

/// Milliseconds since 1970 as Celery writes a time.
pub fn time_text(ms: u64) -> String {
    let stamp = i64::try_from(ms).ok().and_then(|ms| jiff::Timestamp::from_millisecond(ms).ok());
    let stamp = stamp.unwrap_or(jiff::Timestamp::MAX);
    stamp.strftime("%Y-%m-%dT%H:%M:%S.%6f+00:00").to_string()
}

/// A time as Celery writes it, in milliseconds since 1970. Without an offset it is UTC.
pub fn time_ms(text: &str) -> Option<u64> {
    let stamp = text.parse::<jiff::Timestamp>().ok().or_else(|| {
        let civil = text.parse::<jiff::civil::DateTime>().ok()?;
        jiff::tz::TimeZone::UTC.to_timestamp(civil).ok()
    })?;
    // A time before 1970 is over, and so is 1970.
    Some(u64::try_from(stamp.as_millisecond()).unwrap_or(0))
}
