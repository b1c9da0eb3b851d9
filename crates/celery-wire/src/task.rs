//! A task message (protocol 2): headers say which task, the body is `[args, kwargs, {callbacks, errbacks, chain, chord}]`.
//!
//! On RabbitMQ headers and body are the message's own; on Redis they stand in an [`Envelope`](crate::Envelope).

use serde::{Deserialize, Serialize};
use serde_json::{Map, Number, Value, json};

use crate::{Error, time_ms, time_text};

/// A task to run.
#[derive(Clone, Debug, PartialEq)]
pub struct Task {
    /// Its id: the same through all its retries, and the key of its result.
    pub id: String,
    /// Which task (`sociosphere.mail.send`).
    pub name: String,
    /// Positional arguments.
    pub args: Vec<Value>,
    /// Named arguments.
    pub kwargs: Map<String, Value>,
    /// Not before this time.
    pub eta_ms: Option<u64>,
    /// Not after this time.
    pub expires_ms: Option<u64>,
    /// How often it failed before.
    pub retries: u32,
    /// The first task of its family.
    pub root_id: Option<String>,
    /// The task that caused it.
    pub parent_id: Option<String>,
    /// The group it belongs to.
    pub group: Option<String>,
    /// Its place in the group.
    pub group_index: Option<u64>,
    /// As the broker understands it (a property, not a header): on Redis 0 is the most urgent, on RabbitMQ the least.
    pub priority: u8,
    /// Where its sender listens (a property): whoever sets it wants a result.
    pub reply_to: Option<String>,
    /// The sender's name for the exchange (a property); Celery takes the id.
    pub correlation_id: Option<String>,
    /// What follows it with its result: the **last** is the next.
    pub chain: Vec<Signature>,
    /// What is called with its result.
    pub callbacks: Vec<Signature>,
    /// What is called with its id if it fails.
    pub errbacks: Vec<Signature>,
    /// What is called when its whole group is done.
    pub chord: Option<Signature>,
    /// Whether its sender said that no result is wanted, or that one is.
    pub ignore_result: Option<bool>,
    /// Seconds: hard and soft.
    pub timelimit: (Option<Number>, Option<Number>),
    /// What of its arguments may be shown to people who watch tasks.
    pub argsrepr: String,
    /// The same of its named arguments.
    pub kwargsrepr: String,
    /// Who sent it.
    pub origin: Option<String>,
    /// The sender's language.
    pub lang: String,
    /// Headers that are not the protocol's.
    pub extra: Map<String, Value>,
}

/// A task to be: an element of a chain, a callback.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Signature {
    /// Which task.
    pub task: String,
    /// Positional arguments.
    #[serde(default)]
    pub args: Vec<Value>,
    /// Named arguments.
    #[serde(default)]
    pub kwargs: Map<String, Value>,
    /// `task_id`, `queue`, `priority`, `reply_to` …
    #[serde(default)]
    pub options: Map<String, Value>,
    /// `group`, `chord` … for what is more than a task.
    #[serde(default)]
    pub subtask_type: Option<String>,
    /// Whether it does without the result of what was before.
    #[serde(default)]
    pub immutable: bool,
    /// What else it came with (`chord_size`).
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// A task to send, and to which queue (`None`: where tasks of that name go).
#[derive(Clone, Debug, PartialEq)]
pub struct Outgoing {
    /// The queue that its sender named.
    pub queue: Option<String>,
    /// The task.
    pub task: Task,
}

/// The longest chain or list of callbacks that is read.
const MANY: usize = 1_000;

const OURS: [&str; 19] = [
    "lang",
    "task",
    "id",
    "shadow",
    "eta",
    "expires",
    "group",
    "group_index",
    "retries",
    "timelimit",
    "root_id",
    "parent_id",
    "argsrepr",
    "kwargsrepr",
    "origin",
    "ignore_result",
    "replaced_task_nesting",
    "stamped_headers",
    "stamps",
];

impl Task {
    /// A task that stands alone.
    pub fn new(
        id: impl Into<String>,
        name: impl Into<String>,
        args: Vec<Value>,
        kwargs: Map<String, Value>,
    ) -> Self {
        let (id, argsrepr) = (id.into(), brief(&Value::Array(args.clone())));
        let kwargsrepr = brief(&Value::Object(kwargs.clone()));
        Self {
            name: name.into(),
            args,
            kwargs,
            eta_ms: None,
            expires_ms: None,
            retries: 0,
            root_id: Some(id.clone()),
            parent_id: None,
            group: None,
            group_index: None,
            priority: 0,
            reply_to: None,
            correlation_id: Some(id.clone()),
            chain: Vec::new(),
            callbacks: Vec::new(),
            errbacks: Vec::new(),
            chord: None,
            ignore_result: None,
            timelimit: (None, None),
            argsrepr,
            kwargsrepr,
            origin: None,
            lang: "rust".to_owned(),
            extra: Map::new(),
            id,
        }
    }

    /// Its headers.
    pub fn headers(&self) -> Map<String, Value> {
        let known = json!({
            "lang": self.lang,
            "task": self.name,
            "id": self.id,
            "shadow": null,
            "eta": self.eta_ms.map(time_text),
            "expires": self.expires_ms.map(time_text),
            "group": self.group,
            "group_index": self.group_index,
            "retries": self.retries,
            "timelimit": [self.timelimit.0, self.timelimit.1],
            "root_id": self.root_id,
            "parent_id": self.parent_id,
            "argsrepr": self.argsrepr,
            "kwargsrepr": self.kwargsrepr,
            "origin": self.origin,
            "ignore_result": self.ignore_result,
            "replaced_task_nesting": 0,
            "stamped_headers": null,
            "stamps": {},
        });
        let mut headers = self.extra.clone();
        if let Value::Object(known) = known {
            for (name, value) in known {
                headers.entry(name).or_insert(value);
            }
        }
        headers
    }

    /// Its body.
    pub fn body(&self) -> Vec<u8> {
        let none_if_empty = |list: &[Signature]| match list {
            [] => Value::Null,
            list => json!(list),
        };
        let embed = json!({
            "callbacks": none_if_empty(&self.callbacks),
            "errbacks": none_if_empty(&self.errbacks),
            "chain": none_if_empty(&self.chain),
            "chord": self.chord,
        });
        json!([self.args, self.kwargs, embed]).to_string().into_bytes()
    }

    /// Reads a message. Properties (priority, reply_to, correlation_id) are the caller's to set.
    pub fn parse(headers: &Map<String, Value>, body: &[u8]) -> Result<Self, Error> {
        let text = |name: &str| headers.get(name).and_then(Value::as_str).map(str::to_owned);
        let name = text("task").filter(|name| !name.is_empty());
        let name = name.ok_or(Error::Shape("there is no header task"))?;
        let id =
            text("id").filter(|id| !id.is_empty()).ok_or(Error::Shape("there is no header id"))?;
        if id.len() > 1_000 || name.len() > 1_000 {
            return Err(Error::Shape("an id or name is too long"));
        }
        let time = |name: &str| match headers.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => {
                time_ms(text).map(Some).ok_or(Error::Shape("a time is none"))
            }
            Some(_) => Err(Error::Shape("a time is none")),
        };
        let body: (Vec<Value>, Map<String, Value>, Option<Embed>) = serde_json::from_slice(body)
            .map_err(|_| Error::Shape("the body is not [args, kwargs, embed]"))?;
        let (args, kwargs, embed) = (body.0, body.1, body.2.unwrap_or_default());
        let lists = [&embed.callbacks, &embed.errbacks, &embed.chain];
        if lists.iter().any(|list| list.as_ref().is_some_and(|list| list.len() > MANY)) {
            return Err(Error::Shape("a chain or a list of callbacks is too long"));
        }
        let limit = headers.get("timelimit").and_then(Value::as_array);
        let limit = |place: usize| limit.and_then(|limit| limit.get(place)?.as_number().cloned());
        let retries = headers.get("retries").and_then(Value::as_u64).unwrap_or(0);
        Ok(Self {
            eta_ms: time("eta")?,
            expires_ms: time("expires")?,
            retries: u32::try_from(retries).unwrap_or(u32::MAX),
            root_id: text("root_id"),
            parent_id: text("parent_id"),
            group: text("group"),
            group_index: headers.get("group_index").and_then(Value::as_u64),
            priority: 0,
            reply_to: None,
            correlation_id: None,
            chain: embed.chain.unwrap_or_default(),
            callbacks: embed.callbacks.unwrap_or_default(),
            errbacks: embed.errbacks.unwrap_or_default(),
            chord: embed.chord,
            ignore_result: headers.get("ignore_result").and_then(Value::as_bool),
            timelimit: (limit(0), limit(1)),
            argsrepr: text("argsrepr").unwrap_or_else(|| "()".to_owned()),
            kwargsrepr: text("kwargsrepr").unwrap_or_else(|| "{}".to_owned()),
            origin: text("origin"),
            lang: text("lang").unwrap_or_else(|| "py".to_owned()),
            extra: headers
                .iter()
                .filter(|(name, _)| !OURS.contains(&name.as_str()))
                .map(|(name, value)| (name.clone(), value.clone()))
                .collect(),
            id,
            name,
            args,
            kwargs,
        })
    }

    /// Whether somebody waits for its result.
    pub fn wants_result(&self) -> bool {
        self.ignore_result == Some(false)
            || (self.ignore_result.is_none() && self.reply_to.is_some())
    }

    /// The same, once more, at a later time.
    pub fn retried(&self, eta_ms: u64) -> Self {
        Self { retries: self.retries.saturating_add(1), eta_ms: Some(eta_ms), ..self.clone() }
    }

    /// What follows in its chain, now that it has a result.
    pub fn next_in_chain(&self, result: &Value) -> Option<Outgoing> {
        let (next, rest) = self.chain.split_last()?;
        let mut next = self.follow(next, result, "next");
        next.task.chain = rest.to_vec();
        Some(next)
    }

    /// All that follows its success: its callbacks and the next in its chain.
    pub fn after_success(&self, result: &Value) -> Vec<Outgoing> {
        let callbacks = self.callbacks.iter().enumerate();
        let callbacks =
            callbacks.map(|(place, it)| self.follow(it, result, &format!("callback-{place}")));
        callbacks.chain(self.next_in_chain(result)).collect()
    }

    /// All that follows its failure: those who hear of it get its id.
    pub fn after_failure(&self) -> Vec<Outgoing> {
        let id = Value::String(self.id.clone());
        let errbacks = self.errbacks.iter().enumerate();
        errbacks.map(|(place, it)| self.follow(it, &id, &format!("errback-{place}"))).collect()
    }

    fn follow(&self, next: &Signature, result: &Value, place: &str) -> Outgoing {
        let option = |name: &str| next.options.get(name).and_then(Value::as_str).map(str::to_owned);
        // The id hangs on ours where none was chosen: sent twice, it is still one task.
        let id = option("task_id").unwrap_or_else(|| format!("{}-{place}", self.id));
        let mut args = next.args.clone();
        if !next.immutable {
            args.insert(0, result.clone());
        }
        let mut task = Self::new(id, &next.task, args, next.kwargs.clone());
        task.root_id = self.root_id.clone().or_else(|| Some(self.id.clone()));
        task.parent_id = Some(self.id.clone());
        task.reply_to = option("reply_to").or_else(|| self.reply_to.clone());
        task.group = option("group_id");
        let priority = next.options.get("priority").and_then(Value::as_u64).unwrap_or(0);
        task.priority = u8::try_from(priority).unwrap_or(0);
        let signatures = |name: &str| {
            let list = next.options.get(name).cloned();
            list.and_then(|list| serde_json::from_value::<Vec<Signature>>(list).ok())
                .unwrap_or_default()
        };
        (task.callbacks, task.errbacks) = (signatures("link"), signatures("link_error"));
        task.ignore_result = next.options.get("ignore_result").and_then(Value::as_bool);
        Outgoing { queue: option("queue").or_else(|| option("routing_key")), task }
    }
}

#[derive(Default, Deserialize)]
struct Embed {
    #[serde(default)]
    callbacks: Option<Vec<Signature>>,
    #[serde(default)]
    errbacks: Option<Vec<Signature>>,
    #[serde(default)]
    chain: Option<Vec<Signature>>,
    #[serde(default)]
    chord: Option<Signature>,
}

/// Arguments as people who watch tasks may see them: names, numbers and shapes. Texts are somebody's words or addresses.
pub fn brief(value: &Value) -> String {
    fn write(value: &Value, depth: u8, into: &mut String) {
        match value {
            _ if into.len() > 500 => into.push('…'),
            Value::Null => into.push_str("None"),
            Value::Bool(true) => into.push_str("True"),
            Value::Bool(false) => into.push_str("False"),
            Value::Number(number) => into.push_str(&number.to_string()),
            Value::String(_) => into.push_str("'…'"),
            _ if depth == 0 => into.push('…'),
            Value::Array(items) => {
                into.push('[');
                for (place, item) in items.iter().take(20).enumerate() {
                    into.push_str(if place == 0 { "" } else { ", " });
                    write(item, depth - 1, into);
                }
                into.push(']');
            }
            Value::Object(items) => {
                into.push('{');
                for (place, (name, item)) in items.iter().take(20).enumerate() {
                    into.push_str(if place == 0 { "'" } else { ", '" });
                    into.push_str(&name.chars().take(60).collect::<String>());
                    into.push_str("': ");
                    write(item, depth - 1, into);
                }
                into.push('}');
            }
        }
    }
    let mut text = String::new();
    write(value, 3, &mut text);
    text
}
