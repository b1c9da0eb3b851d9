//! What went wrong, of the server and of the web client, gathered into groups that operators look at: each with its first and
//! last time, how often, in which release, and an example. One that was resolved and comes back is open again.
//!
//! Errors come in storms, so none is a write of its own: a [`Pot`] counts them, and [`keep`] writes what it holds, a commit for
//! a group. Nothing of people is kept: what comes in is cut and [scrubbed](scrub) first.

pub mod model;

mod pot;
mod scrub;

pub use pot::{Occurrence, Pot, Source};
pub use scrub::scrub;

use std::sync::Arc;

use graph::{Batch, CommitError, Expect, Id, Order, Page, Stored};

use crate::{app::App, fault::Fault, instance::model::INSTANCE};
use model::{ErrorGroup, Errors, FINGERPRINTS};
use pot::Held;

/// Most groups; beyond, the one that was seen longest ago goes.
const GROUPS: u64 = 500;

/// How often a write is tried again when another process was faster.
const TRIES: usize = 5;

/// Writes what a pot holds. What could not be written is in the pot again.
pub async fn keep(app: &App, pot: &Pot) -> Result<(), Fault> {
    for (fingerprint, held) in pot.take() {
        if let Err(fault) = keep_one(app, &fingerprint, &held).await {
            pot.put_back(fingerprint, held);
            return Err(fault);
        }
    }
    Ok(())
}

async fn keep_one(app: &App, fingerprint: &str, held: &Held) -> Result<(), Fault> {
    for _ in 0..TRIES {
        let known = app.graph.key::<ErrorGroup>(FINGERPRINTS, fingerprint).await?;
        let read = match known {
            Some(id) => app.graph.get(id).await?,
            None => None,
        };
        let mut batch = Batch::new();
        match read.as_deref() {
            Some(read) => {
                let mut group = read.body.clone();
                group.again(held);
                batch.replace(read, &group);
                batch.move_to::<Errors>(INSTANCE, read.id, app.ord());
            }
            None => {
                let id = app.id();
                batch.create(id, &ErrorGroup::new(fingerprint, held));
                batch.claim(FINGERPRINTS, fingerprint, id);
                batch.link::<Errors>(INSTANCE, id, app.ord());
            }
        }
        match app.graph.commit(batch).await {
            Ok(_) if read.is_none() => return forget_oldest(app).await,
            Ok(_) => return Ok(()),
            Err(CommitError::Conflict { .. } | CommitError::KeyTaken { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(Fault::Busy)
}

/// Forgets what was seen longest ago, where there are too many.
async fn forget_oldest(app: &App) -> Result<(), Fault> {
    let beyond = app.graph.count::<Errors>(INSTANCE).await?.saturating_sub(GROUPS);
    if beyond == 0 {
        return Ok(());
    }
    let limit = usize::try_from(beyond).unwrap_or(usize::MAX).min(20);
    let page = Page { order: Order::Oldest, ..Page::newest(limit) };
    for link in app.graph.list::<Errors>(INSTANCE, page).await? {
        let Some(group) = app.graph.get(link.to).await? else { continue };
        let mut batch = Batch::new();
        batch.discard::<Errors>(INSTANCE, link.to);
        batch.release(FINGERPRINTS, &group.fingerprint, link.to);
        batch.remove(link.to, Expect::Version(group.version));
        match app.graph.commit(batch).await {
            // It came again just now, or another process has forgotten it.
            Ok(_) | Err(CommitError::Conflict { .. } | CommitError::KeyTaken { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

/// The groups, last seen first.
pub async fn list(app: &App, limit: usize) -> Result<Vec<Arc<Stored<ErrorGroup>>>, Fault> {
    let links = app.graph.list::<Errors>(INSTANCE, Page::newest(limit)).await?;
    let ids: Vec<_> = links.iter().map(|link| link.to).collect();
    Ok(app.graph.get_many(&ids).await?.into_iter().flatten().collect())
}

/// Which groups.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Resolved ones, or open ones.
    pub resolved: Option<bool>,
    /// Of the server, or of the web client.
    pub source: Option<Source>,
}

/// A page of groups, last seen first, and where the next one begins. There are at most 500, and a page looks at all at most.
pub async fn page(
    app: &App,
    filter: Filter,
    page: Page,
) -> Result<(Vec<Arc<Stored<ErrorGroup>>>, Option<u64>), Fault> {
    let all = Page { limit: GROUPS as usize, ..page };
    let links = app.graph.list::<Errors>(INSTANCE, all).await?;
    let ids: Vec<_> = links.iter().map(|link| link.to).collect();
    let mut found = Vec::new();
    for (link, group) in links.iter().zip(app.graph.get_many(&ids).await?) {
        found.extend(group.filter(|group| {
            filter.resolved.is_none_or(|resolved| group.resolved_ms.is_some() == resolved)
                && filter.source.is_none_or(|source| group.source == source)
        }));
        if found.len() == page.limit {
            return Ok((found, Some(link.ord)));
        }
    }
    Ok((found, None))
}

/// One group.
pub async fn find(app: &App, id: Id<ErrorGroup>) -> Result<Option<Arc<Stored<ErrorGroup>>>, Fault> {
    Ok(app.graph.get(id).await?)
}

/// Marks a group as resolved; `false` if there is none. If it comes back, it is open again.
pub async fn resolve(app: &App, id: Id<ErrorGroup>) -> Result<bool, Fault> {
    set_resolved(app, id, true).await
}

/// Marks a group as resolved, or as open again; `false` if there is none.
pub async fn set_resolved(app: &App, id: Id<ErrorGroup>, resolved: bool) -> Result<bool, Fault> {
    for _ in 0..TRIES {
        let Some(read) = app.graph.get(id).await? else { return Ok(false) };
        let mut group = read.body.clone();
        if group.resolved_ms.is_some() == resolved {
            return Ok(true);
        }
        group.resolved_ms = resolved.then(|| app.now_ms());
        let mut batch = Batch::new();
        batch.replace(&read, &group);
        match app.graph.commit(batch).await {
            Ok(_) => return Ok(true),
            Err(CommitError::Conflict { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(Fault::Busy)
}

#[cfg(test)]
mod tests;
