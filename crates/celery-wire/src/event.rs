//! Events: what a worker tells whoever listens (Flower, `celery events`).
//!
//! On RabbitMQ they go to the topic exchange `celeryev` with [`Event::routing_key`]; on Redis to the channel
//! [`event_channel`](crate::envelope::event_channel), in an envelope with the header `hostname`.

use serde_json::{Map, Value, json};

use crate::{Clock, result::Failure, task::Task};

/// The exchange of events.
pub const EXCHANGE: &str = "celeryev";

/// How often a worker says that it lives, in seconds.
pub const HEARTBEAT_SECONDS: f64 = 2.0;

/// Who speaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Face {
    /// The node's name (`sociosphere@host`).
    pub hostname: String,
    /// Its process.
    pub pid: u32,
    /// The program's version.
    pub version: String,
}

/// One event: a JSON object with `type`, `hostname`, `timestamp`, `clock` …
#[derive(Clone, Debug, PartialEq)]
pub struct Event(pub Map<String, Value>);

impl Event {
    /// An event of this type with more fields.
    pub fn new(kind: &str, face: &Face, clock: &Clock, now_ms: u64, fields: Value) -> Self {
        let mut event = Map::new();
        event.insert("type".into(), kind.into());
        event.insert("hostname".into(), face.hostname.as_str().into());
        event.insert("pid".into(), face.pid.into());
        event.insert("utcoffset".into(), 0.into());
        event.insert("clock".into(), clock.tick().into());
        event.insert("timestamp".into(), json!(now_ms as f64 / 1000.0));
        if let Value::Object(fields) = fields {
            event.extend(fields);
        }
        Self(event)
    }

    /// `worker-online`, `worker-heartbeat` or `worker-offline`.
    pub fn worker(
        kind: &str,
        face: &Face,
        clock: &Clock,
        now_ms: u64,
        active: usize,
        processed: u64,
    ) -> Self {
        let fields = json!({
            "freq": HEARTBEAT_SECONDS,
            "active": active,
            "processed": processed,
            "loadavg": [0.0, 0.0, 0.0],
            "sw_ident": "sociosphere",
            "sw_ver": face.version,
            "sw_sys": system(),
        });
        Self::new(kind, face, clock, now_ms, fields)
    }

    /// A task came.
    pub fn received(task: &Task, face: &Face, clock: &Clock, now_ms: u64) -> Self {
        let fields = json!({
            "uuid": task.id,
            "name": task.name,
            "args": task.argsrepr,
            "kwargs": task.kwargsrepr,
            "root_id": task.root_id,
            "parent_id": task.parent_id,
            "retries": task.retries,
            "eta": task.eta_ms.map(crate::time_text),
            "expires": task.expires_ms.map(crate::time_text),
        });
        Self::new("task-received", face, clock, now_ms, fields)
    }

    /// A task begins.
    pub fn started(id: &str, face: &Face, clock: &Clock, now_ms: u64) -> Self {
        Self::new("task-started", face, clock, now_ms, json!({"uuid": id}))
    }

    /// A task is done.
    pub fn succeeded(
        id: &str,
        result: &str,
        runtime_ms: u64,
        face: &Face,
        clock: &Clock,
        now_ms: u64,
    ) -> Self {
        let fields = json!({"uuid": id, "result": result, "runtime": runtime_ms as f64 / 1000.0});
        Self::new("task-succeeded", face, clock, now_ms, fields)
    }

    /// A task failed for good.
    pub fn failed(id: &str, why: &Failure, face: &Face, clock: &Clock, now_ms: u64) -> Self {
        let fields = json!({"uuid": id, "exception": why.repr(), "traceback": why.traceback});
        Self::new("task-failed", face, clock, now_ms, fields)
    }

    /// A task failed and runs again.
    pub fn retried(id: &str, why: &Failure, face: &Face, clock: &Clock, now_ms: u64) -> Self {
        let fields = json!({"uuid": id, "exception": why.repr(), "traceback": why.traceback});
        Self::new("task-retried", face, clock, now_ms, fields)
    }

    /// A task was taken back, or came too late.
    pub fn revoked(id: &str, expired: bool, face: &Face, clock: &Clock, now_ms: u64) -> Self {
        let fields = json!({"uuid": id, "terminated": false, "signum": null, "expired": expired});
        Self::new("task-revoked", face, clock, now_ms, fields)
    }

    /// Its type.
    pub fn kind(&self) -> &str {
        self.0.get("type").and_then(Value::as_str).unwrap_or_default()
    }

    /// Its routing key: `task.received`, `worker.online` …
    pub fn routing_key(&self) -> String {
        self.kind().replacen('-', ".", 1)
    }

    /// Its body.
    pub fn body(&self) -> Vec<u8> {
        Value::Object(self.0.clone()).to_string().into_bytes()
    }

    /// The headers of its message.
    pub fn headers(face: &Face) -> Map<String, Value> {
        Map::from_iter([("hostname".to_owned(), Value::from(face.hostname.as_str()))])
    }
}

/// Many events as one message; its routing key is `task.multi`.
pub fn many(events: &[Event]) -> Vec<u8> {
    let events: Vec<Value> = events.iter().map(|event| Value::Object(event.0.clone())).collect();
    Value::Array(events).to_string().into_bytes()
}

/// As Celery names systems.
fn system() -> &'static str {
    match std::env::consts::OS {
        "linux" => "Linux",
        "macos" => "Darwin",
        "windows" => "Windows",
        other => other,
    }
}
