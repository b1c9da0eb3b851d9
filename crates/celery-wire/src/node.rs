//! What the adapters of both brokers share: how a program presents itself as a worker, how it answers a question, and what it
//! makes of the end of a job of ours.

use serde_json::{Map, Value};

use crate::{
    About, Effect, Entry, Face, Failure, PREFIX, Request, Task, Worker,
    control::{self, Reply},
};

/// What a worker tells of itself, and what it lets others do.
#[derive(Clone, Debug)]
pub struct Config {
    /// Its name, unlike every other's (`sociosphere-1234@host`).
    pub node: String,
    /// The program's version.
    pub version: String,
    /// The kinds of jobs it runs (`mail.send`).
    pub kinds: Vec<String>,
    /// The kinds that others may send.
    pub allowed: Vec<String>,
    /// How many jobs it runs at a time.
    pub concurrency: usize,
}

impl Config {
    /// What is said about the worker, on a queue of a broker (`host:port`).
    pub fn about(&self, queue: &str, transport: &str, place: &str) -> About {
        let (host, port) = place.rsplit_once(':').unwrap_or((place, ""));
        About {
            face: Face {
                hostname: self.node.clone(),
                pid: std::process::id(),
                version: self.version.clone(),
            },
            queue: queue.to_owned(),
            registered: self.kinds.iter().map(|kind| format!("{PREFIX}{kind}")).collect(),
            concurrency: self.concurrency,
            transport: transport.to_owned(),
            broker_host: host.to_owned(),
            broker_port: port.parse().unwrap_or(0),
        }
    }

    /// Whether others may send this kind of job.
    pub fn allows(&self, kind: &str) -> bool {
        self.allowed.iter().any(|allowed| allowed == kind)
    }
}

/// An answer to a question, and where it goes.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// Where it goes.
    pub to: Reply,
    /// The headers of its message.
    pub headers: Map<String, Value>,
    /// Its body.
    pub body: Vec<u8>,
    /// The tick of the worker's clock.
    pub clock: u64,
}

impl Worker {
    /// Hears a question, and answers if it is asked, in time, and told where to; [`Error`](crate::Error): it is no question.
    pub fn hear(
        &self,
        headers: &Map<String, Value>,
        body: &[u8],
        now_ms: u64,
    ) -> Result<Option<Answer>, crate::Error> {
        let expires = headers.get("expires").and_then(Value::as_f64);
        // Whoever asked does not wait any more.
        if expires.is_some_and(|at| at * 1000.0 < now_ms as f64) {
            return Ok(None);
        }
        if let Some(theirs) = headers.get("clock").and_then(Value::as_u64) {
            self.clock().seen(theirs);
        }
        let request = Request::parse(body)?;
        let Some(answer) = self.answer(&request, now_ms) else { return Ok(None) };
        // An answer goes where Celery's answers go, and nowhere else.
        let to = request.reply_to.as_ref().filter(|to| to.exchange == control::REPLY_EXCHANGE);
        let Some(to) = to.cloned() else { return Ok(None) };
        let clock = self.clock().tick();
        let headers = request.reply_headers(clock);
        Ok(Some(Answer { to, headers, body: answer.to_string().into_bytes(), clock }))
    }

    /// What Celery's side makes of a failure of a running job.
    pub fn job_failure(&self, key: &str, error: &str) -> Option<Failure> {
        let name = self.running(key)?.name;
        let mut why = Failure::new("JobFailed", "sociosphere", error);
        why.traceback =
            Some(format!("Traceback (most recent call last):\n  In {name}\nJobFailed: {error}\n"));
        Some(why)
    }
}

/// What whoever sent a task hears that is not run here, if they want to.
pub fn refusal(task: &Task, why: &str, now_ms: u64) -> Option<Effect> {
    let failure = Entry::Failure(Failure::new("NotRegistered", "celery.exceptions", why));
    let text = || failure.text(&task.id, &[], now_ms);
    task.wants_result().then(|| Effect::Result { id: task.id.clone(), text: text() })
}
