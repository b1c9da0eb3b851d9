//! The night's work: hours of past days become days, days of past years go. What is stored stays bounded however long an
//! account lives. It may be cut off anywhere and run twice.

use graph::{Batch, CommitError, Edge, Expect, Id, Link, Order, Page};

use super::{
    counts::Counts,
    flush::{create_day, known_day},
    model::{
        AccountDay, DAY_HOURS, DAY_MS, DAYS_KEPT, FreshDays, FreshInsights, HOURS_KEPT_DAYS,
        InsightDays, OldDays, PostInsight, SeenPosts,
    },
};
use crate::{
    accounts::model::Account, app::App, fault::Fault, instance::model::INSTANCE,
    instance::model::Instance, relations::model::Followers,
};

/// How many nodes are looked at between two commits.
const STEP: usize = 100;

/// What a night did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Night {
    /// Posts whose hours became days.
    pub posts: usize,
    /// Days of accounts whose hours went.
    pub days: usize,
    /// Days that were forgotten.
    pub forgotten: usize,
}

/// Rolls up what is old, and notes how many followers those have who are looked at.
pub async fn nightly(app: &App) -> Result<Night, Fault> {
    let today = app.now_ms() / DAY_MS;
    Ok(Night {
        posts: roll_up_posts(app, today).await?,
        days: roll_up_days(app, today).await?,
        forgotten: forget_days(app, today).await?,
    })
}

/// A page of one of the instance's lists, oldest first.
async fn page_of<E: Edge<From = Instance>>(
    app: &App,
    above: Option<u64>,
) -> Result<Vec<Link<E::To>>, Fault> {
    let page = Page { above, order: Order::Oldest, ..Page::newest(STEP) };
    Ok(app.graph.list::<E>(INSTANCE, page).await?)
}

/// A commit that lost against a flush or a deletion is left to the next night.
async fn committed(app: &App, batch: Batch) -> Result<usize, Fault> {
    match app.graph.commit(batch).await {
        Ok(_) => Ok(1),
        Err(CommitError::Conflict { .. }) => Ok(0),
        Err(error) => Err(error.into()),
    }
}

async fn roll_up_posts(app: &App, today: u64) -> Result<usize, Fault> {
    let first_day = today.saturating_sub(HOURS_KEPT_DAYS);
    let (mut above, mut done) = (None, 0);
    loop {
        let links = page_of::<FreshInsights>(app, above).await?;
        let Some(last) = links.last() else { return Ok(done) };
        above = Some(last.ord);
        for link in links {
            let Some(known) = app.graph.get::<PostInsight>(link.to).await? else { continue };
            let mut insight = known.body.clone();
            insight.roll_up(first_day * DAY_HOURS, today.saturating_sub(DAYS_KEPT));
            if insight.hours.len() == known.hours.len() {
                continue;
            }
            let mut batch = Batch::new();
            batch.replace(&known, &insight);
            if insight.hours.is_empty() {
                batch.discard::<FreshInsights>(INSTANCE, link.to);
            }
            done += committed(app, batch).await?;
        }
    }
}

async fn roll_up_days(app: &App, today: u64) -> Result<usize, Fault> {
    let (mut above, mut done) = (None, 0);
    loop {
        let links = page_of::<FreshDays>(app, above).await?;
        let Some(last) = links.last() else { return Ok(done) };
        above = Some(last.ord);
        for link in links {
            let Some(known) = app.graph.get::<AccountDay>(link.to).await? else { continue };
            if known.day + HOURS_KEPT_DAYS >= today {
                if known.day + 1 == today && known.total != Counts::default() {
                    note_followers(app, known.account, today).await?;
                }
                continue;
            }
            let mut day = known.body.clone();
            day.roll_up();
            let mut batch = Batch::new();
            batch.replace(&known, &day);
            batch.discard::<FreshDays>(INSTANCE, link.to);
            batch.ensure::<OldDays>(INSTANCE, link.to, app.ord());
            done += committed(app, batch).await?;
        }
    }
}

/// Who was looked at yesterday has a number of followers today, whether or not anybody looks.
async fn note_followers(app: &App, account: Id<Account>, today: u64) -> Result<(), Fault> {
    let owner = app.graph.get(account).await?.filter(|owner| owner.is_visible());
    let (Some(owner), None) = (owner, known_day(app, account, today).await?) else {
        return Ok(());
    };
    let mut day = AccountDay::new(account, today);
    day.follower_count = Some(app.graph.count::<Followers>(account).await?);
    let mut batch = Batch::new();
    batch.guard(owner.id, Expect::Version(owner.version));
    create_day(app, &mut batch, &day);
    committed(app, batch).await.map(drop)
}

/// Puts the end of a post's insight into a batch.
pub(crate) async fn forget_post(
    app: &App,
    batch: &mut Batch,
    id: Id<PostInsight>,
) -> Result<(), Fault> {
    if let Some(insight) = app.graph.get(id).await? {
        batch.discard::<SeenPosts>(insight.author, id);
    }
    batch.discard::<FreshInsights>(INSTANCE, id);
    batch.remove(id, Expect::Any);
    Ok(())
}

/// Puts the end of a day of a deleted account into a batch.
pub(crate) fn forget_day(batch: &mut Batch, id: Id<AccountDay>) {
    batch.discard::<FreshDays>(INSTANCE, id);
    batch.discard::<OldDays>(INSTANCE, id);
    batch.remove(id, Expect::Any);
}

async fn forget_days(app: &App, today: u64) -> Result<usize, Fault> {
    let mut done = 0;
    loop {
        let links = page_of::<OldDays>(app, None).await?;
        let mut went = 0;
        for link in links {
            let Some(known) = app.graph.get::<AccountDay>(link.to).await? else { continue };
            if known.day + DAYS_KEPT >= today {
                return Ok(done);
            }
            let mut batch = Batch::new();
            batch.discard::<InsightDays>(known.account, known.id);
            batch.discard::<OldDays>(INSTANCE, known.id);
            batch.remove(known.id, Expect::Version(known.version));
            went += committed(app, batch).await?;
        }
        done += went;
        if went == 0 {
            return Ok(done);
        }
    }
}
