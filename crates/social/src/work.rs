//! The product's work: which jobs its events become, who runs them, and what runs at times.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use engine::queue::LONG;
use jobs::{
    Every, Handler, Handlers, JobError, JobPolicy, NewJob, Schedule, Subscriptions, Undecodable,
    event_job,
};

use crate::{
    accounts,
    app::App,
    cards, census,
    events::Event,
    insight, mails, media, posts,
    search::{self, Stale},
    subscriptions::{self, HandleError, Subscriber, subscribers},
    trends,
};

/// What the product makes of its events.
#[derive(Clone, Copy, Debug, Default)]
pub struct ProductSubscriptions;

impl Subscriptions for ProductSubscriptions {
    fn jobs(&self, _topic: u16, event_id: u64, body: &[u8]) -> Result<Vec<NewJob>, Undecodable> {
        let event: Event =
            serde_json::from_slice(body).map_err(|error| Undecodable(error.to_string()))?;
        let jobs = subscribers(&event).iter().map(|subscriber| {
            let mut job = event_job(event_id, subscriber.job_kind(), &event);
            job.priority = urgency(*subscriber);
            job
        });
        Ok(jobs.chain(search::stale(&event).into_iter().map(Stale::job)).collect())
    }
}

/// What people wait for goes first.
fn urgency(subscriber: Subscriber) -> u8 {
    match subscriber {
        Subscriber::Access => 0,
        Subscriber::Timelines | Subscriber::Notifications | Subscriber::Mail | Subscriber::Push => {
            1
        }
        Subscriber::Search => 2,
        Subscriber::Media | Subscriber::Cards => LONG,
        Subscriber::Purge | Subscriber::Remains => LONG + 1,
    }
}

/// The kind of the job that sweeps what nobody needs.
const SWEEP: &str = "sweep.run";
/// The kind of the nightly job that makes days of hours.
const NIGHT: &str = "insight.night";
/// The kind of the weekly job that finds out who gets a summary.
const WEEK: &str = "insight.week";
/// The kind of the job that brings trends up to date.
const TRENDS: &str = "trends.refresh";

/// The kind of the job that finds out whose notifications are to be mailed.
const MAIL_DUE: &str = "mails.due";
/// The kind of the daily job that finds out who gets a digest.
const DIGESTS: &str = "mails.digests";

/// The kind of the job that counts media.
const COUNT_MEDIA: &str = "media.count";

/// The kinds of all the product's jobs.
pub fn kinds() -> impl Iterator<Item = &'static str> {
    let own = [SWEEP, NIGHT, WEEK, TRENDS, MAIL_DUE, DIGESTS, COUNT_MEDIA];
    Subscriber::ALL.into_iter().map(Subscriber::job_kind).chain(Stale::KINDS).chain(own)
}

/// The handlers of all the product's jobs.
pub fn handlers(app: &Arc<App>) -> Handlers {
    let follow: Arc<dyn Handler> = Arc::new(Follow(app.clone()));
    let handlers = Subscriber::ALL.into_iter().fold(Handlers::new(), |handlers, subscriber| {
        let timeout = match subscriber {
            // A long video on a small machine; a purge of a long life.
            Subscriber::Media | Subscriber::Purge => Duration::from_secs(30 * 60),
            _ => Duration::from_secs(120),
        };
        let policy = JobPolicy { timeout, ..JobPolicy::default() };
        handlers.on(subscriber.job_kind(), follow.clone(), policy)
    });
    let freshen: Arc<dyn Handler> = Arc::new(Freshen(app.clone()));
    let handlers = Stale::KINDS
        .into_iter()
        .fold(handlers, |handlers, kind| handlers.on(kind, freshen.clone(), JobPolicy::default()));
    // They walk all posts of a week, or all media.
    let long = JobPolicy { timeout: Duration::from_secs(30 * 60), ..JobPolicy::default() };
    handlers
        .on(SWEEP, Arc::new(Sweep(app.clone())), JobPolicy::default())
        .on(NIGHT, Arc::new(Night(app.clone())), long)
        .on(WEEK, Arc::new(Week(app.clone())), long)
        .on(TRENDS, Arc::new(Trends(app.clone())), JobPolicy::default())
        .on(MAIL_DUE, Arc::new(MailDue(app.clone())), JobPolicy::default())
        .on(DIGESTS, Arc::new(Digests(app.clone())), long)
        .on(COUNT_MEDIA, Arc::new(CountMedia(app.clone())), long)
}

/// What runs at times.
pub fn schedules() -> Vec<Schedule> {
    let schedule =
        |name, every, kind| Schedule { name, every, kind, body: serde_json::Value::Null };
    vec![
        schedule("sweep", Every::Minutes(15), SWEEP),
        schedule("insight-night", Every::DailyAt(3, 10), NIGHT),
        // Monday morning, of the week before.
        schedule("insight-week", Every::WeeklyAt(0, 6, 30), WEEK),
        schedule("trends", Every::Minutes(5), TRENDS),
        schedule("mail-due", Every::Minutes(2), MAIL_DUE),
        schedule("digests", Every::DailyAt(7, 0), DIGESTS),
        schedule("media-totals", Every::Minutes(60), COUNT_MEDIA),
    ]
}

/// Runs a subscriber for an event.
struct Follow(Arc<App>);

#[async_trait]
impl Handler for Follow {
    async fn run(&self, job: &NewJob, attempt: u32) -> Result<(), JobError> {
        let event: Event = serde_json::from_slice(&job.body)
            .map_err(|error| JobError::Permanent(error.to_string()))?;
        let subscriber = Subscriber::of_job(&job.kind)
            .ok_or_else(|| JobError::Permanent(format!("no subscriber is called {}", job.kind)))?;
        subscriptions::run(&self.0, subscriber, &event, attempt).await.map_err(job_error)
    }
}

fn job_error(error: HandleError) -> JobError {
    match error {
        HandleError::Later(why) => JobError::Retry(why),
        HandleError::Never(why) => JobError::Permanent(why),
    }
}

/// Brings a document of search up to date.
struct Freshen(Arc<App>);

#[async_trait]
impl Handler for Freshen {
    async fn run(&self, job: &NewJob, _attempt: u32) -> Result<(), JobError> {
        let stale: Stale = serde_json::from_slice(&job.body)
            .map_err(|error| JobError::Permanent(error.to_string()))?;
        search::index_stale(&self.0, stale).await.map_err(|fault| job_error(fault.into()))
    }
}

/// Lets go of what nobody needs: loose media and bytes, old keys, old codes.
struct Sweep(Arc<App>);

#[async_trait]
impl Handler for Sweep {
    async fn run(&self, _job: &NewJob, _attempt: u32) -> Result<(), JobError> {
        let app = &self.0;
        let retry = |error: crate::fault::Fault| JobError::Retry(error.to_string());
        let (media, blobs) = media::sweep(app).await.map_err(retry)?;
        let keys = posts::sweep_keys(app).await.map_err(retry)?;
        let cards = cards::sweep(app).await.map_err(retry)?;
        let access = accounts::sweep(app).await.map_err(retry)?;
        let here = census::sweep(app).await.map_err(retry)?;
        let suspended = accounts::purge_suspended(app).await.map_err(retry)?;
        let swept = media + blobs + keys + cards + access + here + suspended;
        if swept > 0 {
            tracing::info!(
                media,
                blobs,
                keys,
                cards,
                access,
                here,
                suspended,
                "swept what nobody needs"
            );
        }
        Ok(())
    }
}

/// Makes days of hours, and forgets what is years old.
struct Night(Arc<App>);

#[async_trait]
impl Handler for Night {
    async fn run(&self, _job: &NewJob, _attempt: u32) -> Result<(), JobError> {
        let night = insight::nightly(&self.0).await;
        let night = night.map_err(|error| JobError::Retry(error.to_string()))?;
        if night != insight::Night::default() {
            let insight::Night { posts, days, forgotten } = night;
            tracing::info!(posts, days, forgotten, "rolled up insight");
        }
        Ok(())
    }
}

/// Finds out who gets a summary of the week.
struct Week(Arc<App>);

#[async_trait]
impl Handler for Week {
    async fn run(&self, _job: &NewJob, _attempt: u32) -> Result<(), JobError> {
        let due = insight::weekly(&self.0).await;
        let due = due.map_err(|error| JobError::Retry(error.to_string()))?;
        if due > 0 {
            tracing::info!(due, "summaries of the week are on their way");
        }
        Ok(())
    }
}

/// Brings trends up to date.
struct Trends(Arc<App>);

#[async_trait]
impl Handler for Trends {
    async fn run(&self, _job: &NewJob, _attempt: u32) -> Result<(), JobError> {
        let refreshed = trends::refresh(&self.0).await;
        refreshed.map(drop).map_err(|error| JobError::Retry(error.to_string()))
    }
}

/// Finds out whose notifications are to be mailed.
struct MailDue(Arc<App>);

#[async_trait]
impl Handler for MailDue {
    async fn run(&self, _job: &NewJob, _attempt: u32) -> Result<(), JobError> {
        let due = mails::due(&self.0, mails::WINDOW).await;
        due.map(drop).map_err(|error| JobError::Retry(error.to_string()))
    }
}

/// Finds out who gets a digest.
struct Digests(Arc<App>);

#[async_trait]
impl Handler for Digests {
    async fn run(&self, _job: &NewJob, _attempt: u32) -> Result<(), JobError> {
        let due = mails::digests(&self.0).await;
        let due = due.map_err(|error| JobError::Retry(error.to_string()))?;
        if due > 0 {
            tracing::info!(due, "digests are on their way");
        }
        Ok(())
    }
}

/// Counts how many bytes of media there are.
struct CountMedia(Arc<App>);

#[async_trait]
impl Handler for CountMedia {
    async fn run(&self, _job: &NewJob, _attempt: u32) -> Result<(), JobError> {
        let counted = media::count(&self.0).await;
        counted.map(drop).map_err(|error| JobError::Retry(error.to_string()))
    }
}
