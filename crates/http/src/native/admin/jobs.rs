//! Jobs: what waits, what was given up, what runs at times.

use axum::extract::State;
use engine::queue::{DeadJob, Depth};
use http::HeaderMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use social::{
    desk::{self, Planned, Which},
    fault::Fault,
    staff::Permission,
    work,
};

use super::{At, PageOf, Reason, TAG, choice};
use crate::{
    Shared,
    auth::{Person, Staff, proven},
    body::Params,
    format,
    mastodon::PathWord,
    problem::Problem,
    routes::{Access, Operation, get, post},
    views::{Empty, Rendered, bytes},
};

/// Most keys of one call.
const KEYS: usize = 200;
/// Most bytes of a cursor, which is a key.
const CURSOR: usize = 500;

pub fn operations() -> Vec<Operation> {
    let read = Access::Staff("admin:read", Permission::ViewOperations);
    let write = Access::Staff("admin:write", Permission::ViewOperations);
    vec![
        get("getJobs", "/api/sociosphere/v1/admin/jobs", read)
            .says(TAG, "How much waits, and what runs at times")
            .answers::<JobsView>()
            .to(overview),
        get("getDeadJobs", "/api/sociosphere/v1/admin/jobs/dead", read)
            .says(TAG, "Jobs that were given up")
            .takes::<Query>()
            .answers::<PageOf<DeadView>>()
            .to(dead),
        post("postDeadJobsRetry", "/api/sociosphere/v1/admin/jobs/dead/retry", write)
            .says(TAG, "Lets jobs that were given up run again")
            .takes::<WhichForm>()
            .answers::<Done>()
            .to(retry),
        post("postDeadJobsDrop", "/api/sociosphere/v1/admin/jobs/dead/drop", write)
            .says(TAG, "Forgets jobs that were given up; all of them needs the password again")
            .takes::<WhichForm>()
            .answers::<Done>()
            .to(drop_dead),
        post("postScheduleRun", "/api/sociosphere/v1/admin/jobs/schedules/{name}/run", write)
            .says(TAG, "Has the job of a schedule run now")
            .takes::<Reason>()
            .answers::<Empty>()
            .to(run_now),
    ]
}

/// How much waits.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct QueueView {
    /// May run now.
    ready: u64,
    /// Will run later.
    delayed: u64,
    /// In a worker's hands.
    leased: u64,
    /// Given up.
    dead: u64,
    /// When the next job that waits may run, or a lease ends.
    next_due_at: Option<String>,
}

impl QueueView {
    pub fn of(depth: Depth, next_ms: Option<u64>) -> QueueView {
        QueueView {
            ready: depth.ready,
            delayed: depth.delayed,
            leased: depth.leased,
            dead: depth.dead,
            next_due_at: next_ms.map(format::time),
        }
    }
}

/// What waits and what runs at times.
#[derive(Debug, Serialize, JsonSchema)]
struct JobsView {
    /// How much waits.
    queue: QueueView,
    /// All kinds of jobs that there are.
    kinds: Vec<&'static str>,
    /// What runs at times.
    schedules: Vec<ScheduleView>,
}

/// Something that runs at times.
#[derive(Debug, Serialize, JsonSchema)]
struct ScheduleView {
    /// Its name.
    name: &'static str,
    /// When, in words.
    every: String,
    /// The kind of its jobs.
    kind: &'static str,
    /// When it was due last.
    last_run_at: Option<String>,
    /// When it is due next.
    next_run_at: String,
}

fn schedule(one: Planned) -> ScheduleView {
    ScheduleView {
        name: one.name,
        every: one.every,
        kind: one.kind,
        last_run_at: one.last_ms.map(format::time),
        next_run_at: format::time(one.next_ms),
    }
}

async fn overview(State(site): State<Shared>) -> Result<Rendered, Problem> {
    let (depth, next) = desk::depth(&site.app).await?;
    let planned = desk::planned(&site.app).await?;
    Ok(Rendered(bytes(&JobsView {
        queue: QueueView::of(depth, next),
        kinds: work::kinds().collect(),
        schedules: planned.into_iter().map(schedule).collect(),
    })))
}

/// Which dead jobs.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct Query {
    /// Only of this kind.
    #[schemars(length(max = 100))]
    kind: Option<String>,
    /// Which page.
    #[serde(flatten)]
    at: At,
}

/// A job that was given up.
#[derive(Debug, Serialize, JsonSchema)]
struct DeadView {
    /// Its key.
    key: String,
    /// What it is.
    kind: String,
    /// How often it was tried.
    attempts: u32,
    /// What its last try said.
    error: String,
    /// When it was given up.
    died_at: String,
    /// What it is about: names and ids, no words of people.
    body: Value,
}

fn dead_view(dead: DeadJob) -> DeadView {
    DeadView {
        body: serde_json::from_slice(&dead.job.body).map_or(Value::Null, without_words),
        key: dead.job.key,
        kind: dead.job.kind,
        attempts: dead.attempts,
        error: dead.error,
        died_at: format::time(dead.died_at_ms),
    }
}

/// Events name what to read again; the few that carry an address or a reason for a mail show it to nobody here.
fn without_words(mut body: Value) -> Value {
    if let Some(fields) = body.as_object_mut() {
        for (name, value) in fields {
            if matches!(name.as_str(), "email" | "to" | "reason" | "handle") && value.is_string() {
                *value = "…".into();
            }
        }
    }
    body
}

async fn dead(
    State(site): State<Shared>,
    Params(query): Params<Query>,
) -> Result<Rendered, Problem> {
    let kind = kind_of(&query.kind)?;
    let after = query.at.cursor().filter(|cursor| cursor.len() <= CURSOR);
    let found = desk::dead(&site.app, kind, after, query.at.limit()?).await;
    let (found, next) = found.map_err(Fault::from)?;
    let items = found.into_iter().map(dead_view).collect();
    Ok(Rendered(bytes(&PageOf { items, next })))
}

fn kind_of(sent: &Option<String>) -> Result<Option<&'static str>, Problem> {
    choice("kind", sent, |word| work::kinds().find(|kind| *kind == word))
}

/// Which jobs, and why.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct WhichForm {
    /// These.
    #[schemars(length(max = 200))]
    keys: Vec<String>,
    /// All, or all of one kind.
    all: bool,
    /// Which kind.
    #[schemars(length(max = 100))]
    kind: Option<String>,
    /// For the audit log.
    #[schemars(length(max = 1000))]
    reason: String,
}

impl WhichForm {
    fn which(&self) -> Result<Which, Problem> {
        let kind = kind_of(&self.kind)?.map(str::to_owned);
        match (self.all, self.keys.len()) {
            (true, 0) => Ok(Which::All(kind)),
            (false, 1..=KEYS) => Ok(Which::Keys(self.keys.clone())),
            _ => Err(Problem::field("keys", "are 1 to 200, or none with all")),
        }
    }
}

/// How many.
#[derive(Debug, Serialize, JsonSchema)]
struct Done {
    /// Jobs.
    done: usize,
}

async fn retry(
    State(site): State<Shared>,
    Staff(by): Staff,
    Params(form): Params<WhichForm>,
) -> Result<Rendered, Problem> {
    let done = desk::retry(&site.app, &by, &form.which()?, &form.reason).await?;
    Ok(Rendered(bytes(&Done { done })))
}

async fn drop_dead(
    State(site): State<Shared>,
    Staff(by): Staff,
    person: Person,
    headers: HeaderMap,
    Params(form): Params<WhichForm>,
) -> Result<Rendered, Problem> {
    let which = form.which()?;
    if matches!(which, Which::All(_)) {
        proven(&site, &person, &headers).await?;
    }
    let done = desk::drop_dead(&site.app, &by, &which, &form.reason).await?;
    Ok(Rendered(bytes(&Done { done })))
}

async fn run_now(
    State(site): State<Shared>,
    Staff(by): Staff,
    PathWord(name): PathWord,
    Params(form): Params<Reason>,
) -> Result<Rendered, Problem> {
    desk::run_now(&site.app, &by, &name, &form.reason).await?;
    Ok(Rendered(bytes(&Empty {})))
}
