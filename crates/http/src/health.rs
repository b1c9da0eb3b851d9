//! Which parts of the platform work, as this process found them last: what `/ready` answers, to whoever asks.
//!
//! It names parts and says ok or degraded, and nothing more: no address, no error. Asking costs no engine anything.

use std::{collections::BTreeMap, sync::Arc};

use axum::{
    Router,
    response::{IntoResponse, Response},
    routing::get,
};
use http::StatusCode;
use parking_lot::RwLock;
use schemars::JsonSchema;
use serde::Serialize;

use crate::views::{Rendered, bytes};

/// The part without which nothing can be answered.
pub const STORE: &str = "store";

/// What is known of each part; shared by whoever looks at the engines and whoever answers.
#[derive(Clone, Debug, Default)]
pub struct Health(Arc<RwLock<BTreeMap<&'static str, PartState>>>);

/// How a part is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PartState {
    /// It answers.
    Ok,
    /// It does not: what needs it says so, all else goes on.
    Degraded,
}

/// How all of it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Every part answers.
    Ok,
    /// A part does not.
    Degraded,
    /// The store does not: requests are refused.
    Down,
}

/// The answer of `/ready`.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Ready {
    /// How all of it is.
    pub status: State,
    /// How each part is.
    pub parts: BTreeMap<&'static str, PartState>,
}

impl Health {
    /// Notes how a part is.
    pub fn set(&self, part: &'static str, state: PartState) {
        self.0.write().insert(part, state);
    }

    /// How all of it is.
    pub fn ready(&self) -> Ready {
        let parts = self.0.read().clone();
        let lost = |(_, state): (_, &PartState)| *state == PartState::Degraded;
        let status = match parts.get(STORE) {
            Some(PartState::Degraded) => State::Down,
            _ if parts.iter().any(lost) => State::Degraded,
            _ => State::Ok,
        };
        Ready { status, parts }
    }

    /// `/health` and `/ready` alone, for a process that serves nothing else.
    pub fn routes(&self) -> Router {
        let health = self.clone();
        Router::new()
            .route("/health", get(async || "OK"))
            .route("/ready", get(async move || health.ready()))
    }
}

impl IntoResponse for Ready {
    fn into_response(self) -> Response {
        let status = match self.status {
            State::Ok | State::Degraded => StatusCode::OK,
            State::Down => StatusCode::SERVICE_UNAVAILABLE,
        };
        (status, Rendered(bytes(&self))).into_response()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_that_is_away_degrades_and_the_store_alone_takes_all_down() {
        let health = Health::default();
        let said = || {
            let ready = health.ready();
            let text = String::from_utf8(bytes(&ready)).unwrap();
            (ready.into_response().status().as_u16(), text)
        };
        health.set(STORE, PartState::Ok);
        health.set("search", PartState::Degraded);
        let degraded = r#"{"status":"degraded","parts":{"search":"degraded","store":"ok"}}"#;
        assert_eq!(said(), (200, degraded.to_owned()));
        health.set("search", PartState::Ok);
        let ok = r#"{"status":"ok","parts":{"search":"ok","store":"ok"}}"#;
        assert_eq!(said(), (200, ok.to_owned()));
        health.set(STORE, PartState::Degraded);
        let down = r#"{"status":"down","parts":{"search":"ok","store":"degraded"}}"#;
        assert_eq!(said(), (503, down.to_owned()));
    }
}
