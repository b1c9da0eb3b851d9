//! Reading announcements: as staff list them, and as people see them.

use std::sync::Arc;

use graph::{Id, Page, Stored};

use super::{
    model::{Announcement, Announcements, Dismissed, Published, ReactedBy, State},
    react::names,
};
use crate::{accounts::model::Account, app::App, fault::Fault, instance::model::INSTANCE};

/// Most published ones that people see.
const MOST: usize = 40;

/// A page of all announcements, the newest first, and where the next one begins. What a filter leaves out is looked through to a
/// bound.
pub async fn all(
    app: &App,
    state: Option<State>,
    page: Page,
) -> Result<(Vec<Arc<Stored<Announcement>>>, Option<u64>), Fault> {
    /// How many one page looks at, at most.
    const SCAN: usize = 500;
    let links = app.graph.list::<Announcements>(INSTANCE, Page { limit: SCAN, ..page }).await?;
    let ids: Vec<_> = links.iter().map(|link| link.to).collect();
    let mut found = Vec::new();
    for (link, one) in links.iter().zip(app.graph.get_many(&ids).await?) {
        found.extend(one.filter(|one| state.is_none_or(|state| one.state == state)));
        if found.len() == page.limit {
            return Ok((found, Some(link.ord)));
        }
    }
    Ok((found, links.last().filter(|_| links.len() == SCAN).map(|last| last.ord)))
}

/// An announcement as one person sees it.
#[derive(Clone, Debug)]
pub struct Shown {
    /// It.
    pub announcement: Arc<Stored<Announcement>>,
    /// Whether they have read it.
    pub read: bool,
    /// What they react with.
    pub mine: Vec<String>,
}

/// What is published and not over, the newest first.
pub async fn shown(app: &App, viewer: Id<Account>) -> Result<Vec<Shown>, Fault> {
    let links = app.graph.list::<Published>(INSTANCE, Page::newest(MOST)).await?;
    let ids: Vec<_> = links.iter().map(|link| link.to).collect();
    let read: Vec<_> = ids.iter().map(|id| (viewer, *id)).collect();
    let reacts: Vec<_> = ids.iter().map(|id| (*id, viewer)).collect();
    let read = app.graph.edges::<Dismissed>(&read).await?;
    let reacts = app.graph.edges::<ReactedBy>(&reacts).await?;
    let known = app.graph.get_many(&ids).await?.into_iter().zip(read).zip(reacts);
    let shown = known.filter_map(|((announcement, read), reacts)| {
        let announcement = announcement.filter(|one| is_shown(one, app.now_ms()))?;
        let mine = reacts.map(|edge| names(&edge.data)).unwrap_or_default();
        Some(Shown { announcement, read: read.is_some(), mine })
    });
    Ok(shown.collect())
}

/// Whether an announcement was ever shown to people, and one as everybody sees it who did nothing with it, while it is.
pub async fn shown_one(app: &App, id: Id<Announcement>) -> Result<(bool, Option<Shown>), Fault> {
    let Some(announcement) = app.graph.get(id).await? else { return Ok((true, None)) };
    let told = announcement.published_ms.is_some();
    let shown = is_shown(&announcement, app.now_ms());
    Ok((told, shown.then(|| Shown { announcement, read: false, mine: Vec::new() })))
}

pub(super) fn is_shown(one: &Announcement, now_ms: u64) -> bool {
    one.state == State::Published && one.ends_ms.is_none_or(|ends| ends > now_ms)
}
