//! What a worker knows, and so what it says: which tasks run, which were taken back, how many were done.
//!
//! No I/O: a broker's adapter hands in what it took and how it ended, and carries out the [`Effect`]s.
//!
//! ```text
//! take:   worker.takes(task, fence)  -> the job runs, or Refusal + effects (taken back, too late)
//! done:   worker.succeeded(id, fence)   retry: worker.retried(id, fence, why)   bury: worker.failed(id, fence, why)
//! then, also if another worker has it by now: worker.ended(id, fence)
//! every 2 s: worker.heartbeat()          a question came: worker.answer(request)
//! ```

use std::{
    collections::{BTreeMap, HashSet, VecDeque},
    sync::{Mutex, MutexGuard, PoisonError},
};

use serde_json::{Map, Value, json};

use crate::{
    Clock, Entry, Event, Face, Failure, Request,
    task::{Outgoing, Task, brief},
};

/// How many taken-back ids are kept; then the oldest is forgotten.
const REVOKED: usize = 10_000;

/// How many kinds of tasks are counted: names from outside must not grow memory without bound.
const NAMES: usize = 1_000;

/// What an adapter does for a worker.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Publish it. May be lost.
    Event(Event),
    /// Store it under [`result::key`](crate::result::key) and publish it, together with the job's end.
    Result {
        /// The task's id.
        id: String,
        /// The entry.
        text: String,
    },
    /// Send it, together with the job's end.
    Send(Box<Outgoing>),
}

/// Why a taken task does not run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Somebody took it back.
    Revoked,
    /// It came too late.
    Expired,
}

/// What is said about the worker as a whole.
#[derive(Clone, Debug)]
pub struct About {
    /// Who it is.
    pub face: Face,
    /// The queue it works on.
    pub queue: String,
    /// The full names of the tasks it can do.
    pub registered: Vec<String>,
    /// How many it does at a time.
    pub concurrency: usize,
    /// `redis` or `amqp`.
    pub transport: String,
    /// The broker's host; nothing secret.
    pub broker_host: String,
    /// The broker's port.
    pub broker_port: u16,
}

/// A worker.
#[derive(Debug)]
pub struct Worker {
    about: About,
    clock: Clock,
    since_ms: u64,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    running: BTreeMap<String, Running>,
    revoked: HashSet<String>,
    revoked_order: VecDeque<String>,
    totals: BTreeMap<String, u64>,
    processed: u64,
}

#[derive(Debug)]
struct Running {
    task: Task,
    fence: u64,
    since_ms: u64,
    result: Value,
}

impl State {
    /// A running task, if this is its newest take here.
    fn held(&self, id: &str, fence: u64) -> Option<&Running> {
        self.running.get(id).filter(|running| running.fence == fence)
    }
}

impl Worker {
    /// A worker that starts now.
    pub fn new(about: About, now_ms: u64) -> Self {
        Self { about, clock: Clock::default(), since_ms: now_ms, state: Mutex::default() }
    }

    /// Who it is.
    pub fn face(&self) -> &Face {
        &self.about.face
    }

    /// Its clock; what comes with a `clock` header goes into [`Clock::seen`].
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// The task with this id, if it runs.
    pub fn running(&self, id: &str) -> Option<Task> {
        self.state().running.get(id).map(|running| running.task.clone())
    }

    /// The first thing it says.
    pub fn online(&self, now_ms: u64) -> Event {
        self.says("worker-online", now_ms)
    }

    /// What it says every [`HEARTBEAT_SECONDS`](crate::event::HEARTBEAT_SECONDS).
    pub fn heartbeat(&self, now_ms: u64) -> Event {
        self.says("worker-heartbeat", now_ms)
    }

    /// The last thing it says.
    pub fn offline(&self, now_ms: u64) -> Event {
        self.says("worker-offline", now_ms)
    }

    /// A task was taken, with this fence. `Err`: it must not run; its job is done, with these effects.
    pub fn takes(
        &self,
        task: Task,
        fence: u64,
        now_ms: u64,
    ) -> Result<Vec<Effect>, (Refusal, Vec<Effect>)> {
        let received = Event::received(&task, self.face(), &self.clock, now_ms);
        let mut state = self.state();
        let refusal = match () {
            () if state.revoked.contains(&task.id) => Some((Refusal::Revoked, "revoked")),
            () if task.expires_ms.is_some_and(|at| at <= now_ms) => {
                Some((Refusal::Expired, "expired"))
            }
            () => None,
        };
        if let Some((refusal, why)) = refusal {
            let expired = refusal == Refusal::Expired;
            let event = Event::revoked(&task.id, expired, self.face(), &self.clock, now_ms);
            let mut effects = vec![Effect::Event(received), Effect::Event(event)];
            effects.extend(entry(&task, &Entry::revoked(why), &[], now_ms));
            return Err((refusal, effects));
        }
        let started = Event::started(&task.id, self.face(), &self.clock, now_ms);
        if state.totals.len() < NAMES || state.totals.contains_key(&task.name) {
            *state.totals.entry(task.name.clone()).or_default() += 1;
        }
        state.running.insert(
            task.id.clone(),
            Running { task, fence, since_ms: now_ms, result: Value::Null },
        );
        Ok(vec![Effect::Event(received), Effect::Event(started)])
    }

    /// What the caller of this running task will get, if it succeeds; `None` of Python without it.
    pub fn set_result(&self, id: &str, result: Value) {
        if let Some(running) = self.state().running.get_mut(id) {
            running.result = result;
        }
    }

    /// What follows when this running task succeeds. It is [`Worker::ended`] that ends it.
    pub fn succeeded(&self, id: &str, fence: u64, now_ms: u64) -> Vec<Effect> {
        let state = self.state();
        let Some(Running { task, since_ms, result, .. }) = state.held(id, fence) else {
            return Vec::new();
        };
        let runtime = now_ms.saturating_sub(*since_ms);
        let shown = brief(result);
        let event = Event::succeeded(id, &shown, runtime, self.face(), &self.clock, now_ms);
        let after = task.after_success(result);
        followed(task, event, &Entry::Success(result.clone()), after, now_ms)
    }

    /// What follows when it fails for good.
    pub fn failed(&self, id: &str, fence: u64, why: &Failure, now_ms: u64) -> Vec<Effect> {
        let state = self.state();
        let Some(Running { task, .. }) = state.held(id, fence) else { return Vec::new() };
        let event = Event::failed(id, why, self.face(), &self.clock, now_ms);
        followed(task, event, &Entry::Failure(why.clone()), task.after_failure(), now_ms)
    }

    /// What follows when it runs again later.
    pub fn retried(&self, id: &str, fence: u64, why: &Failure, now_ms: u64) -> Vec<Effect> {
        let state = self.state();
        let Some(Running { task, .. }) = state.held(id, fence) else { return Vec::new() };
        let event = Event::retried(id, why, self.face(), &self.clock, now_ms);
        followed(task, event, &Entry::Retry(why.clone()), Vec::new(), now_ms)
    }

    /// It does not run here any more: the queue knows how it ended, or another worker has it.
    pub fn ended(&self, id: &str, fence: u64) {
        let mut state = self.state();
        if state.held(id, fence).is_some() {
            state.running.remove(id);
            state.processed += 1;
        }
    }

    /// These must not run.
    pub fn revoke(&self, ids: &[String]) {
        let mut state = self.state();
        for id in ids {
            if state.revoked.insert(id.clone()) {
                state.revoked_order.push_back(id.clone());
            }
            if state.revoked_order.len() > REVOKED
                && let Some(oldest) = state.revoked_order.pop_front()
            {
                state.revoked.remove(&oldest);
            }
        }
    }

    /// The answer to a question (`{"<hostname>": …}`), if it concerns this worker. Nothing a question asks ends the process.
    pub fn answer(&self, request: &Request, now_ms: u64) -> Option<Value> {
        if !request.concerns(&self.about.face.hostname) {
            return None;
        }
        let answer = match request.method.as_str() {
            "ping" => json!({"ok": "pong"}),
            "hello" => {
                if let Some(Value::Object(theirs)) = request.arguments.get("revoked") {
                    self.revoke(&theirs.keys().cloned().collect::<Vec<_>>());
                } else if let Some(Value::Array(theirs)) = request.arguments.get("revoked") {
                    let ids = theirs.iter().filter_map(Value::as_str).map(str::to_owned);
                    self.revoke(&ids.collect::<Vec<_>>());
                }
                json!({"revoked": self.revoked(), "clock": self.clock.tick()})
            }
            "stats" => self.stats(now_ms),
            "active" => self.active(),
            "reserved" | "scheduled" => json!([]),
            "revoked" => json!(self.revoked()),
            "registered" => json!(self.about.registered),
            "active_queues" => json!([queue(&self.about.queue)]),
            "conf" => self.conf(),
            "query_task" => self.query(&request.arguments),
            "revoke" => {
                let ids = request.task_ids();
                self.revoke(&ids);
                json!({"ok": format!("tasks {} flagged as revoked", ids.join(", "))})
            }
            "enable_events" | "disable_events" => json!({"ok": "task events are always enabled"}),
            "shutdown" => json!({"error": "this worker ends with its process, and not from afar"}),
            _ => json!({"error": "this worker does not answer that"}),
        };
        Some(Value::Object(Map::from_iter([(self.about.face.hostname.clone(), answer)])))
    }

    fn says(&self, kind: &str, now_ms: u64) -> Event {
        let (active, processed) = {
            let state = self.state();
            (state.running.len(), state.processed)
        };
        Event::worker(kind, self.face(), &self.clock, now_ms, active, processed)
    }

    fn revoked(&self) -> Vec<String> {
        self.state().revoked_order.iter().cloned().collect()
    }

    fn stats(&self, now_ms: u64) -> Value {
        let About { face, concurrency, transport, broker_host, broker_port, .. } = &self.about;
        json!({
            "total": self.state().totals,
            "pid": face.pid,
            "clock": self.clock.now().to_string(),
            "uptime": now_ms.saturating_sub(self.since_ms) / 1_000,
            "pool": {
                "implementation": "sociosphere",
                "max-concurrency": concurrency,
                "processes": [face.pid],
                "max-tasks-per-child": null,
                "put-guarded-by-semaphore": false,
                "timeouts": [],
            },
            "broker": {
                "hostname": broker_host,
                "port": broker_port,
                "transport": transport,
                "userid": null,
                "virtual_host": null,
                "ssl": false,
                "transport_options": {},
                "alternates": [],
            },
            "prefetch_count": concurrency,
            "rusage": {},
        })
    }

    fn active(&self) -> Value {
        let state = self.state();
        let running = state.running.values().take(1_000);
        Value::Array(running.map(|running| self.describe(running)).collect())
    }

    fn query(&self, arguments: &Map<String, Value>) -> Value {
        let ids = match arguments.get("ids") {
            Some(Value::Array(ids)) => ids.iter().filter_map(Value::as_str).collect(),
            Some(Value::String(id)) => vec![id.as_str()],
            _ => Vec::new(),
        };
        let state = self.state();
        let found = ids.into_iter().filter_map(|id| {
            let running = state.running.get(id)?;
            Some((id.to_owned(), json!(["active", self.describe(running)])))
        });
        Value::Object(found.collect())
    }

    fn describe(&self, Running { task, since_ms, .. }: &Running) -> Value {
        json!({
            "id": task.id,
            "name": task.name,
            "type": task.name,
            "args": task.argsrepr,
            "kwargs": task.kwargsrepr,
            "hostname": self.about.face.hostname,
            "time_start": *since_ms as f64 / 1000.0,
            "acknowledged": false,
            "delivery_info": {"exchange": "", "routing_key": self.about.queue, "priority": task.priority, "redelivered": false},
            "worker_pid": self.about.face.pid,
        })
    }

    fn conf(&self) -> Value {
        let About { transport, broker_host, broker_port, concurrency, queue, .. } = &self.about;
        json!({
            "broker_url": format!("{transport}://{broker_host}:{broker_port}"),
            "task_default_queue": queue,
            "task_serializer": "json",
            "result_serializer": "json",
            "accept_content": ["json"],
            "worker_concurrency": concurrency,
            "worker_send_task_events": true,
            "enable_utc": true,
            "timezone": "UTC",
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Each change is whole before anything can panic.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An end's effects: its event, its entry if one is wanted, and what it sends.
fn followed(
    task: &Task,
    event: Event,
    end: &Entry,
    after: Vec<Outgoing>,
    now_ms: u64,
) -> Vec<Effect> {
    let children: Vec<String> = after.iter().map(|sent| sent.task.id.clone()).collect();
    let entry = entry(task, end, &children, now_ms);
    let sends = after.into_iter().map(|sent| Effect::Send(Box::new(sent)));
    std::iter::once(Effect::Event(event)).chain(entry).chain(sends).collect()
}

fn entry(task: &Task, entry: &Entry, children: &[String], now_ms: u64) -> Option<Effect> {
    let id = task.id.clone();
    task.wants_result().then(|| Effect::Result { text: entry.text(&id, children, now_ms), id })
}

/// A queue as `active_queues` tells it.
fn queue(name: &str) -> Value {
    json!({
        "name": name,
        "exchange": {"name": name, "type": "direct", "arguments": null, "durable": true, "passive": false,
            "auto_delete": false, "delivery_mode": null, "no_declare": false},
        "routing_key": name,
        "queue_arguments": null, "binding_arguments": null, "consumer_arguments": null,
        "durable": true, "exclusive": false, "auto_delete": false, "no_ack": false, "alias": null, "bindings": [],
        "no_declare": null, "expires": null, "message_ttl": null, "max_length": null, "max_length_bytes": null,
        "max_priority": null,
    })
}
