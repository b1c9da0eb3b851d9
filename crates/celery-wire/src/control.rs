//! Remote control: a question to workers, who must answer, and where the answer goes.
//!
//! On RabbitMQ questions come by the fanout exchange `celery.pidbox` (each worker binds a queue `<host>.celery.pidbox`), on Redis
//! by the channel [`control_channel`](crate::envelope::control_channel). Answers go to [`Reply::routing_key`] of the
//! exchange in `reply_to`, with the headers of [`Request::reply_headers`]; on Redis that is the list [`Reply::list`].
//! What is answered is [`Worker::answer`](crate::Worker::answer).

use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::Error;

/// The exchange of questions.
pub const EXCHANGE: &str = "celery.pidbox";

/// The exchange of answers.
pub const REPLY_EXCHANGE: &str = "reply.celery.pidbox";

/// A question.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Request {
    /// `ping`, `revoke` …
    pub method: String,
    /// Its arguments.
    #[serde(default, deserialize_with = "or_default")]
    pub arguments: Map<String, Value>,
    /// The nodes that are asked; `None`: all.
    #[serde(default)]
    pub destination: Option<Vec<String>>,
    /// A pattern of nodes that are asked.
    #[serde(default)]
    pub pattern: Option<String>,
    /// How the pattern is meant: `glob` or `pcre`.
    #[serde(default)]
    pub matcher: Option<String>,
    /// The asker's name for the question.
    #[serde(default)]
    pub ticket: Option<String>,
    /// Where the answer goes; `None`: nowhere.
    #[serde(default)]
    pub reply_to: Option<Reply>,
}

/// Where an answer goes.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Reply {
    /// `reply.celery.pidbox`.
    pub exchange: String,
    /// The asker's.
    pub routing_key: String,
}

impl Reply {
    /// The list on Redis: the queue that the asker bound.
    pub fn list(&self) -> String {
        format!("{}.{}", self.routing_key, self.exchange)
    }
}

fn or_default<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Map<String, Value>, D::Error> {
    Ok(Option::deserialize(from)?.unwrap_or_default())
}

impl Request {
    /// Reads the body of a question.
    pub fn parse(body: &[u8]) -> Result<Self, Error> {
        serde_json::from_slice(body).map_err(|_| Error::Shape("no question to workers"))
    }

    /// Whether this node is asked.
    pub fn concerns(&self, hostname: &str) -> bool {
        if let (Some(pattern), Some("glob")) = (&self.pattern, self.matcher.as_deref()) {
            return glob(pattern.as_bytes(), hostname.as_bytes());
        }
        self.destination.as_ref().is_none_or(|nodes| nodes.iter().any(|node| node == hostname))
    }

    /// The headers of the answer.
    pub fn reply_headers(&self, clock: u64) -> Map<String, Value> {
        let headers = json!({"ticket": self.ticket, "clock": clock});
        headers.as_object().cloned().unwrap_or_default()
    }

    /// The ids that `revoke` names: one, or many.
    pub fn task_ids(&self) -> Vec<String> {
        match self.arguments.get("task_id").or_else(|| self.arguments.get("task_ids")) {
            Some(Value::String(id)) => vec![id.clone()],
            Some(Value::Array(ids)) => {
                ids.iter().filter_map(Value::as_str).map(str::to_owned).collect()
            }
            _ => Vec::new(),
        }
    }
}

/// `*` and `?`, as in file names.
fn glob(pattern: &[u8], text: &[u8]) -> bool {
    let (mut p, mut t, mut star) = (0, 0, None);
    while t < text.len() {
        match pattern.get(p) {
            Some(b'*') => {
                star = Some((p, t));
                p += 1;
            }
            Some(letter) if *letter == b'?' || *letter == text[t] => (p, t) = (p + 1, t + 1),
            // What the last star stands for is one letter longer.
            _ => match star {
                Some((at, eaten)) => {
                    star = Some((at, eaten + 1));
                    (p, t) = (at + 1, eaten + 1);
                }
                None => return false,
            },
        }
    }
    pattern[p.min(pattern.len())..].iter().all(|letter| *letter == b'*')
}
