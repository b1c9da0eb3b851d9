//! Writing what was counted: many posts and days in one commit, added to what is there.
//!
//! Each process adds its own. A commit names the version of every node that it changes, so of two processes that meet one
//! reads again and adds to the sum. Each node remembers the last flush of each process: one of which nobody knows whether
//! it happened is tried again and changes nothing if it did. What a process that is killed had not written yet is lost.

use std::sync::Arc;

use graph::{Batch, CommitError, Expect, Id, Page, Stored};

use super::{
    model::{
        AccountDay, DAY_MS, FreshDays, FreshInsights, InsightDays, InsightOf, Mark, PostInsight,
        SeenPosts,
    },
    tally::{Parcel, Unit},
};
use crate::{
    accounts::model::Account, app::App, fault::Fault, instance::model::INSTANCE,
    posts::model::Post, relations::model::Followers,
};

/// How often a commit is tried again at once when another process was faster.
const TRIES: usize = 8;

/// Writes all that was counted until now; says in how many commits. What could not be written is kept for the next time.
pub async fn flush(app: &App) -> Result<usize, Fault> {
    let mut closed = app.insight.closed.lock().await;
    while closed.by == 0 {
        closed.by = u64::from_be_bytes(app.secret());
    }
    let mut commits = 0;
    // First what waits from the last time. What came since stays open for as long as that cannot be written.
    for round in 0..2 {
        if round == 1 {
            app.insight.close(&mut closed);
        }
        while let Some(parcel) = closed.parcels.front() {
            match write(app, closed.by, parcel).await {
                Ok(()) => commits += 1,
                // It will never do, and must not keep back what comes after it.
                Err(Fault::Defect(why)) => tracing::error!("looks are lost: {why}"),
                Err(fault) => return Err(fault),
            }
            closed.parcels.pop_front();
        }
    }
    Ok(commits)
}

async fn write(app: &App, by: u64, parcel: &Parcel) -> Result<(), Fault> {
    let mark = Mark { by, number: parcel.number };
    for _ in 0..TRIES {
        let mut batch = Batch::new();
        posts_of(app, &mut batch, mark, parcel).await?;
        days_of(app, &mut batch, mark, parcel).await?;
        if batch.is_empty() {
            return Ok(());
        }
        match app.graph.commit(batch).await {
            Ok(_) => return Ok(()),
            Err(CommitError::Conflict { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(Fault::Busy)
}

async fn posts_of(app: &App, batch: &mut Batch, mark: Mark, parcel: &Parcel) -> Result<(), Fault> {
    let units = parcel.units.iter().filter_map(|unit| match unit {
        Unit::Post(post, author, heaps) => Some((*post, *author, heaps)),
        Unit::Day(..) => None,
    });
    let units: Vec<_> = units.collect();
    let ids: Vec<_> = units.iter().map(|unit| unit.0).collect();
    let posts = app.graph.get_many(&ids).await?;
    let known = known_insights(app, &ids).await?;
    for (((post, author, heaps), there), known) in units.into_iter().zip(posts).zip(known) {
        // Deleted meanwhile; the guard holds off a deletion after this read.
        if there.is_none() {
            continue;
        }
        batch.guard(post, Expect::Present);
        let mut insight = match &known {
            Some(known) => known.body.clone(),
            None => PostInsight::new(post, author),
        };
        let had_hours = !insight.hours.is_empty();
        insight.take(mark, heaps);
        let id = match &known {
            Some(known) => {
                batch.replace(known, &insight);
                batch.move_to::<SeenPosts>(author, known.id, app.ord());
                known.id
            }
            None => {
                let id = app.id();
                batch.create(id, &insight);
                batch.link::<InsightOf>(post, id, 1);
                batch.link::<SeenPosts>(author, id, app.ord());
                id
            }
        };
        if !had_hours {
            batch.ensure::<FreshInsights>(INSTANCE, id, app.ord());
        }
    }
    Ok(())
}

/// The insights of posts; one answer per post, in order.
pub(super) async fn known_insights(
    app: &App,
    posts: &[Id<Post>],
) -> Result<Vec<Option<Arc<Stored<PostInsight>>>>, Fault> {
    let links = app.graph.lists::<InsightOf>(posts, Page::newest(1)).await?;
    let ids: Vec<_> = links.iter().filter_map(|list| list.first()).map(|link| link.to).collect();
    let mut nodes = app.graph.get_many(&ids).await?.into_iter();
    let node = |list: &Vec<_>| if list.is_empty() { None } else { nodes.next().flatten() };
    Ok(links.iter().map(node).collect())
}

async fn days_of(app: &App, batch: &mut Batch, mark: Mark, parcel: &Parcel) -> Result<(), Fault> {
    for unit in &parcel.units {
        let Unit::Day(account, day, heaps) = unit else { continue };
        // Of a deleted account nothing is made any more; the guard holds off a deletion after this read.
        let Some(owner) = app.graph.get(*account).await?.filter(|owner| owner.is_visible()) else {
            continue;
        };
        batch.guard(owner.id, Expect::Version(owner.version));
        let known = known_day(app, *account, *day).await?;
        let mut body = match &known {
            Some(known) => known.body.clone(),
            None => AccountDay::new(*account, *day),
        };
        body.take(mark, heaps);
        if *day == app.now_ms() / DAY_MS {
            body.follower_count = Some(app.graph.count::<Followers>(*account).await?);
        }
        match &known {
            Some(known) => {
                batch.replace(known, &body);
            }
            None => create_day(app, batch, &body),
        }
    }
    Ok(())
}

/// Puts a new day into a batch.
pub(super) fn create_day(app: &App, batch: &mut Batch, body: &AccountDay) {
    let id = app.id();
    batch.create(id, body);
    batch.link::<InsightDays>(body.account, id, body.day);
    batch.link::<FreshDays>(INSTANCE, id, app.ord());
}

/// A day of an account, if anything is known of it.
pub(super) async fn known_day(
    app: &App,
    account: Id<Account>,
    day: u64,
) -> Result<Option<Arc<Stored<AccountDay>>>, Fault> {
    let page = Page { above: day.checked_sub(1), ..Page::below(day + 1, 1) };
    match app.graph.list::<InsightDays>(account, page).await?.first() {
        Some(link) => Ok(app.graph.get(link.to).await?),
        None => Ok(None),
    }
}
