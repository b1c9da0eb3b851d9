//! What keeps the community running, as staff look after it: jobs that wait or were given up, what runs at times, errors. The
//! same as `sociosphere jobs` and `errors`, with an entry of the audit log for each thing done.

use engine::queue::{DeadJob, Depth, LONG, NewJob, QueueError};
use graph::Id;
use jobs::{Every, Schedules};

use crate::{
    app::App,
    audit::{
        self, Note,
        model::{Act, Subject, SubjectKind},
    },
    errors::{self, model::ErrorGroup},
    fault::Fault,
    instance::model::INSTANCE,
    staff::{Permission, Powers},
    work,
};

/// How many dead jobs one read takes, and one page looks at.
const STEP: usize = 200;
const SCAN: usize = 2_000;
/// Most jobs that one call retries or drops.
const MOST: usize = 10_000;

/// The days of [`Every::WeeklyAt`].
const DAYS: [&str; 7] =
    ["Mondays", "Tuesdays", "Wednesdays", "Thursdays", "Fridays", "Saturdays", "Sundays"];

/// Why nothing was done with jobs.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DeskError {
    /// The role.
    #[error("your role does not allow this")]
    NotAllowed,
    /// No such schedule, or no such error.
    #[error("there is no such schedule or error")]
    NotFound,
    /// See [`Fault`].
    #[error(transparent)]
    Fault(Fault),
}

impl<E> From<E> for DeskError
where
    Fault: From<E>,
{
    fn from(error: E) -> DeskError {
        DeskError::Fault(error.into())
    }
}

/// A schedule, as staff see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Planned {
    /// Its name.
    pub name: &'static str,
    /// When it runs, in words.
    pub every: String,
    /// The kind of its jobs.
    pub kind: &'static str,
    /// When its last slot began, Unix milliseconds.
    pub last_ms: Option<u64>,
    /// When the next one begins.
    pub next_ms: u64,
}

/// How much waits, and when the next job may run.
pub async fn depth(app: &App) -> Result<(Depth, Option<u64>), Fault> {
    let depth = app.engines.desk.depth(app.now_ms()).await?;
    Ok((depth, app.engines.desk.next_due_ms().await?))
}

/// All schedules.
pub async fn planned(app: &App) -> Result<Vec<Planned>, Fault> {
    let last = Schedules::last(&app.graph).await;
    let last = last.map_err(|error| Fault::Unavailable(error.to_string()))?;
    let now = app.now_ms();
    let planned = |schedule: jobs::Schedule| Planned {
        every: match schedule.every {
            Every::Minutes(minutes) => format!("every {minutes} minutes"),
            Every::DailyAt(hour, minute) => format!("daily at {hour:02}:{minute:02} UTC"),
            Every::WeeklyAt(day, hour, minute) => {
                let day = DAYS.get(usize::from(day)).unwrap_or(&"weekly,");
                format!("{day} at {hour:02}:{minute:02} UTC")
            }
        },
        last_ms: last.get(schedule.name).copied(),
        next_ms: schedule.every.next_ms(now),
        name: schedule.name,
        kind: schedule.kind,
    };
    Ok(work::schedules().into_iter().map(planned).collect())
}

/// Dead jobs by key after the given one, of one kind or of all; and the key to go on after.
pub async fn dead(
    app: &App,
    kind: Option<&str>,
    after: Option<&str>,
    limit: usize,
) -> Result<(Vec<DeadJob>, Option<String>), QueueError> {
    let (mut found, mut after, mut scanned) = (Vec::new(), after.map(str::to_owned), 0);
    loop {
        let page = app.engines.desk.dead(after.as_deref(), STEP).await?;
        let full = page.len() == STEP;
        scanned += page.len();
        for job in page {
            if found.len() == limit {
                return Ok((found, after));
            }
            after = Some(job.job.key.clone());
            if kind.is_none_or(|kind| job.job.kind == kind) {
                found.push(job);
            }
        }
        if !full {
            return Ok((found, None));
        }
        if scanned >= SCAN {
            return Ok((found, after));
        }
    }
}

/// Which dead jobs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Which {
    /// Those with these keys.
    Keys(Vec<String>),
    /// All, or all of one kind.
    All(Option<String>),
}

impl Which {
    fn told(&self) -> String {
        match self {
            Which::Keys(keys) => keys.join(" "),
            Which::All(None) => "all".to_owned(),
            Which::All(Some(kind)) => format!("all of {kind}"),
        }
    }
}

/// Lets dead jobs run again, with their tries forgotten; says how many.
pub async fn retry(
    app: &App,
    by: &Powers,
    which: &Which,
    reason: &str,
) -> Result<usize, DeskError> {
    let done = act(app, by, which, true).await?;
    tell(app, by, Act::RetryJobs, reason, which.told(), done).await?;
    Ok(done)
}

/// Forgets dead jobs; says how many.
pub async fn drop_dead(
    app: &App,
    by: &Powers,
    which: &Which,
    reason: &str,
) -> Result<usize, DeskError> {
    let done = act(app, by, which, false).await?;
    tell(app, by, Act::DropJobs, reason, which.told(), done).await?;
    Ok(done)
}

async fn act(app: &App, by: &Powers, which: &Which, again: bool) -> Result<usize, DeskError> {
    if !by.may(Permission::ViewOperations) {
        return Err(DeskError::NotAllowed);
    }
    let (desk, now) = (&app.engines.desk, app.now_ms());
    let one = async |key: &str| match again {
        true => desk.revive(key, now).await,
        false => desk.drop_dead(key).await,
    };
    let mut done = 0;
    match which {
        Which::Keys(keys) => {
            for key in keys {
                done += usize::from(one(key).await?);
            }
        }
        Which::All(kind) => {
            let (mut after, mut seen) = (None, 0);
            loop {
                let (jobs, next) = dead(app, kind.as_deref(), after.as_deref(), STEP).await?;
                seen += jobs.len();
                for job in jobs {
                    done += usize::from(one(&job.job.key).await?);
                }
                after = next.filter(|_| seen < MOST);
                if after.is_none() {
                    break;
                }
            }
        }
    }
    Ok(done)
}

/// Has the job of a schedule run now, beside its usual times.
pub async fn run_now(app: &App, by: &Powers, name: &str, reason: &str) -> Result<(), DeskError> {
    if !by.may(Permission::ViewOperations) {
        return Err(DeskError::NotAllowed);
    }
    let schedules = work::schedules();
    let schedule = schedules.iter().find(|one| one.name == name).ok_or(DeskError::NotFound)?;
    let job = NewJob {
        key: format!("schedule:{name}:now:{}", app.ord()),
        kind: schedule.kind.to_owned(),
        body: schedule.body.to_string().into(),
        run_at_ms: app.now_ms(),
        priority: LONG,
    };
    app.engines.queue.push(vec![job]).await?;
    Ok(tell(app, by, Act::RunSchedule, reason, name.to_owned(), 1).await?)
}

/// Marks a group of errors as done with, or as open again.
pub async fn settle_error(
    app: &App,
    by: &Powers,
    id: Id<ErrorGroup>,
    resolved: bool,
    reason: &str,
) -> Result<(), DeskError> {
    if !by.may(Permission::ViewOperations) {
        return Err(DeskError::NotAllowed);
    }
    if !errors::set_resolved(app, id, resolved).await? {
        return Err(DeskError::NotFound);
    }
    let act = if resolved { Act::ResolveError } else { Act::ReopenError };
    let on = Subject { kind: SubjectKind::Error, id: id.raw() };
    let (before, after) = (String::new(), String::new());
    Ok(audit::note(app, Note { by: by.account, act, on, reason, before, after }).await?)
}

async fn tell(
    app: &App,
    by: &Powers,
    act: Act,
    reason: &str,
    what: String,
    done: usize,
) -> Result<(), Fault> {
    let on = Subject { kind: SubjectKind::Jobs, id: INSTANCE.raw() };
    let after = format!("{done} done");
    audit::note(app, Note { by: by.account, act, on, reason, before: what, after }).await
}

#[cfg(test)]
mod tests;
