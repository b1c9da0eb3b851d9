//! One stream as server-sent events.

use std::{convert::Infallible, time::Duration};

use axum::body::{Body, Bytes};
use futures::stream;
use tokio::time::{Instant, Interval, interval_at};

use super::Session;
use crate::live::session::Event;

/// How often a comment shows that the connection lives.
const THUMP: Duration = Duration::from_secs(15);

struct State {
    session: Session,
    thumps: Interval,
    begun: bool,
}

/// The body of the answer: as long as the client listens.
pub fn body(session: Session) -> Body {
    let state = State { session, thumps: interval_at(Instant::now() + THUMP, THUMP), begun: false };
    Body::from_stream(stream::unfold(state, async |mut state| {
        let bytes = if state.begun {
            tokio::select! {
                event = state.session.next_event() => written(&event?),
                _ = state.thumps.tick() => ":thump\n".to_owned(),
            }
        } else {
            state.begun = true;
            ":)\n".to_owned()
        };
        Some((Ok::<_, Infallible>(Bytes::from(bytes)), state))
    }))
}

/// Payloads have no line ends: JSON escapes them.
fn written(event: &Event) -> String {
    format!("event: {}\ndata: {}\n\n", event.event, event.payload)
}
