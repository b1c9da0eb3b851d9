//! kombu's envelope on Redis: what RabbitMQ keeps beside a body stands around it here, and the body is base64.
//!
//! Queues are lists (`LPUSH`, `BRPOP`), one for each of four priorities; what goes to everybody is published on channels.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Map, Value, json};

use crate::{Error, task::Task};

/// The priorities that have a list; one in between belongs to the one below.
pub const STEPS: [u8; 4] = [0, 3, 6, 9];

/// The list of a queue for tasks of this priority (0 is the most urgent).
pub fn list_name(queue: &str, priority: u8) -> String {
    let step = STEPS.iter().rev().find(|step| **step <= priority).copied().unwrap_or(0);
    match step {
        0 => queue.to_owned(),
        step => format!("{queue}\u{6}\u{16}{step}"),
    }
}

/// All lists of a queue, most urgent first.
pub fn list_names(queue: &str) -> [String; 4] {
    STEPS.map(|step| list_name(queue, step))
}

/// The channel that worker events are published on.
pub fn event_channel(db: i64, routing_key: &str) -> String {
    format!("/{db}.celeryev/{routing_key}")
}

/// The channel on which workers hear questions.
pub fn control_channel(db: i64) -> String {
    format!("/{db}.celery.pidbox")
}

/// The set in which kombu keeps the queues of an exchange, and the member that binds a queue of the same name to it.
pub fn binding(queue: &str) -> (String, String) {
    (format!("_kombu.binding.{queue}"), format!("{queue}\u{6}\u{16}\u{6}\u{16}{queue}"))
}

/// A message on Redis.
#[derive(Clone, Debug, PartialEq)]
pub struct Envelope {
    /// Headers.
    pub headers: Map<String, Value>,
    /// The body, decoded.
    pub body: Vec<u8>,
    /// correlation_id, reply_to, delivery_info, priority …
    pub properties: Map<String, Value>,
}

impl Envelope {
    /// A message that is kept (`durable`) or not, for an exchange and a routing key. `tag` is its own name on the way.
    pub fn new(
        headers: Map<String, Value>,
        body: Vec<u8>,
        exchange: &str,
        routing_key: &str,
        durable: bool,
        tag: &str,
    ) -> Self {
        let properties = json!({
            "delivery_mode": if durable { 2 } else { 1 },
            "delivery_info": {"exchange": exchange, "routing_key": routing_key},
            "priority": 0,
            "body_encoding": "base64",
            "delivery_tag": tag,
        });
        let properties = properties.as_object().cloned().unwrap_or_default();
        Self { headers, body, properties }
    }

    /// A task for a queue.
    pub fn of_task(task: &Task, queue: &str, tag: &str) -> Self {
        let mut envelope = Self::new(task.headers(), task.body(), "", queue, true, tag);
        let properties = &mut envelope.properties;
        properties.insert("priority".into(), task.priority.into());
        properties.insert(
            "correlation_id".into(),
            json!(task.correlation_id.as_ref().unwrap_or(&task.id)),
        );
        if let Some(reply_to) = &task.reply_to {
            properties.insert("reply_to".into(), json!(reply_to));
        }
        envelope
    }

    /// The task in it.
    pub fn task(&self) -> Result<Task, Error> {
        let mut task = Task::parse(&self.headers, &self.body)?;
        let text =
            |name: &str| self.properties.get(name).and_then(Value::as_str).map(str::to_owned);
        task.reply_to = text("reply_to");
        task.correlation_id = text("correlation_id");
        let priority = self.properties.get("priority").and_then(Value::as_u64).unwrap_or(0);
        task.priority = u8::try_from(priority).unwrap_or(u8::MAX);
        Ok(task)
    }

    /// As it is pushed or published.
    pub fn text(&self) -> String {
        json!({
            "body": STANDARD.encode(&self.body),
            "content-encoding": "utf-8",
            "content-type": "application/json",
            "headers": self.headers,
            "properties": self.properties,
        })
        .to_string()
    }

    /// Reads what was pushed or published.
    pub fn parse(text: &[u8]) -> Result<Self, Error> {
        #[derive(serde::Deserialize)]
        #[serde(rename_all = "kebab-case")]
        struct Raw {
            body: String,
            #[serde(default)]
            content_type: Option<String>,
            #[serde(default)]
            content_encoding: Option<String>,
            #[serde(default)]
            headers: Option<Map<String, Value>>,
            #[serde(default)]
            properties: Option<Map<String, Value>>,
        }
        let raw: Raw =
            serde_json::from_slice(text).map_err(|_| Error::Shape("no envelope of kombu"))?;
        let (headers, properties) =
            (raw.headers.unwrap_or_default(), raw.properties.unwrap_or_default());
        let kind = raw.content_type.unwrap_or_else(|| "application/json".to_owned());
        let encoding = raw.content_encoding.unwrap_or_else(|| "utf-8".to_owned());
        let plain = matches!(headers.get("compression"), None | Some(Value::Null));
        if kind != "application/json" || !encoding.eq_ignore_ascii_case("utf-8") || !plain {
            return Err(Error::Content(kind.chars().take(60).collect()));
        }
        let body = match properties.get("body_encoding").and_then(Value::as_str) {
            Some("base64") => {
                STANDARD.decode(&raw.body).map_err(|_| Error::Shape("the body is not base64"))?
            }
            _ => raw.body.into_bytes(),
        };
        Ok(Self { headers, body, properties })
    }
}
