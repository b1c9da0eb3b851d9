//! Reading trends: lists from the cache that processes share, and what of them a viewer is shown.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use graph::{Id, Page, Stored};
use serde::{Deserialize, Serialize};

use super::{
    model::{Day, Kind, LEDGER, Ledger, Verdict},
    refresh::{is_open, may_trend},
    review::verdicts,
    score::Warm,
};
use crate::{
    accounts::model::Account,
    app::App,
    cards::model::Card,
    fault::Fault,
    posts::{
        Place, Seen,
        model::{Post, TaggedPosts},
        see,
    },
    tags::model::Tag,
};

/// How many of each kind are shown at most, and laid out, since some of them may not be shown.
const SHOWN: usize = 60;
const LAID_OUT: usize = 100;
/// How long a list lies in the cache; it is laid out anew long before.
const LIFE: Duration = Duration::from_secs(60 * 60);

/// A line of a list: what is hot, and how it was used.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Line {
    pub id: u64,
    pub score: f64,
    #[serde(default)]
    pub days: Vec<Day>,
    /// People, where there are no days.
    #[serde(default)]
    pub people: u32,
}

/// The key of a list.
fn key(kind: Kind) -> &'static str {
    match kind {
        Kind::Tag => "trends:tags",
        Kind::Post => "trends:posts",
        Kind::Link => "trends:links",
    }
}

/// The key of people with many followers.
const PEOPLE: &str = "trends:people";

/// All of a kind that is hot, the hottest first.
pub(super) fn lines(ledger: &Ledger, kind: Kind) -> Vec<Line> {
    let warm = |list: &[Warm]| {
        let scored = list.iter().filter_map(|warm| {
            let (id, days) = (warm.id, warm.week(ledger.at_ms));
            warm.score(ledger.at_ms).map(|score| Line { id, score, days, people: 0 })
        });
        scored.collect()
    };
    let mut lines: Vec<Line> = match kind {
        Kind::Tag => warm(&ledger.tags),
        Kind::Link => warm(&ledger.links),
        Kind::Post => {
            let scored = ledger.posts.iter().filter_map(|post| {
                let (id, people, days) = (post.id, post.people, Vec::new());
                post.score().map(|score| Line { id, score, days, people })
            });
            scored.collect()
        }
    };
    lines.sort_by(|a, b| b.score.total_cmp(&a.score).then(b.id.cmp(&a.id)));
    lines.truncate(LAID_OUT);
    lines
}

/// Puts the lists into the cache. One that is away costs every reader some work.
pub(super) async fn lay_out(app: &App, ledger: &Ledger) {
    let mut values: Vec<_> = Kind::ALL
        .iter()
        .map(|kind| (key(*kind).to_owned(), written(&lines(ledger, *kind))))
        .collect();
    values.push((PEOPLE.to_owned(), written(&ledger.people)));
    if let Err(error) = app.engines.cache.set(values, app.now_ms(), LIFE).await {
        tracing::warn!("trends are not shared: {error}");
    }
}

fn written(list: &impl Serialize) -> Bytes {
    serde_json::to_vec(list).expect("lists are plain data and always serialise").into()
}

/// A list from the cache; from the ledger where it is not there.
async fn laid_out<T: for<'de> Deserialize<'de>>(
    app: &App,
    key: &'static str,
    of: impl FnOnce(&Ledger) -> Vec<T>,
) -> Result<Vec<T>, Fault> {
    let found = app.engines.cache.get(&[key], app.now_ms()).await.unwrap_or_default();
    let found = found.into_iter().flatten().next();
    if let Some(list) = found.and_then(|bytes| serde_json::from_slice(&bytes).ok()) {
        return Ok(list);
    }
    let Some(ledger) = app.graph.get(LEDGER).await? else { return Ok(Vec::new()) };
    lay_out(app, &ledger).await;
    Ok(of(&ledger))
}

/// The list of a kind without what staff hid, or, where they want to see all of it first, of what they allowed.
pub(super) async fn shown(app: &App, kind: Kind) -> Result<Vec<Line>, Fault> {
    let list = laid_out(app, key(kind), |ledger| lines(ledger, kind)).await?;
    let ids: Vec<_> = list.iter().map(|line| line.id).collect();
    let verdicts = verdicts(app, kind, &ids).await?;
    let passes = |verdict: &Verdict| match verdict {
        Verdict::Hidden => false,
        Verdict::Allowed => true,
        Verdict::Open => !app.settings.trends_need_review,
    };
    let kept = list.into_iter().zip(verdicts).filter(|(_, verdict)| passes(verdict));
    Ok(kept.map(|(line, _)| line).collect())
}

fn part<T>(all: Vec<T>, offset: usize, limit: usize) -> Vec<T> {
    all.into_iter().take(SHOWN).skip(offset).take(limit).collect()
}

/// A tag that trends.
#[derive(Clone, Debug)]
pub struct TrendingTag {
    /// The tag.
    pub tag: Arc<Stored<Tag>>,
    /// Its use of the last seven days, today first.
    pub days: Vec<Day>,
}

/// Tags that trend, the hottest first. One whose posts are gone is not shown.
pub async fn tags(app: &App, offset: usize, limit: usize) -> Result<Vec<TrendingTag>, Fault> {
    let list = shown(app, Kind::Tag).await?;
    let ids: Vec<Id<Tag>> = list.iter().filter_map(|line| Id::new(line.id)).collect();
    let used = app.graph.lists::<TaggedPosts>(&ids, Page::newest(1)).await?;
    let known = app.graph.get_many(&ids).await?.into_iter().zip(used).zip(list);
    let all = known
        .filter(|((_, used), _)| !used.is_empty())
        .filter_map(|((tag, _), line)| Some(TrendingTag { tag: tag?, days: line.days }));
    Ok(part(all.collect(), offset, limit))
}

/// A link that trends.
#[derive(Clone, Debug)]
pub struct TrendingLink {
    /// Its card.
    pub card: Arc<Stored<Card>>,
    /// Its use of the last seven days, today first.
    pub days: Vec<Day>,
}

/// Links that trend and have a card to show, the hottest first.
pub async fn links(app: &App, offset: usize, limit: usize) -> Result<Vec<TrendingLink>, Fault> {
    let list = shown(app, Kind::Link).await?;
    let ids: Vec<Id<Card>> = list.iter().filter_map(|line| Id::new(line.id)).collect();
    let known = app.graph.get_many(&ids).await?.into_iter().zip(list);
    let all = known.filter_map(|(card, line)| {
        let card = card.filter(|card| card.is_shown())?;
        Some(TrendingLink { card, days: line.days })
    });
    Ok(part(all.collect(), offset, limit))
}

/// Posts that trend, as a viewer may see them, the hottest first. Whoever staff limited or froze, whose media
/// they hid, or who does not want to be found, is not among their authors, also for those who follow them.
pub async fn posts(
    app: &App,
    viewer: Option<Id<Account>>,
    offset: usize,
    limit: usize,
) -> Result<Vec<Seen>, Fault> {
    let list = shown(app, Kind::Post).await?;
    let ids: Vec<Id<Post>> = list.iter().filter_map(|line| Id::new(line.id)).collect();
    let seen = see(app, viewer, &ids, Place::Listed).await?;
    let open: Vec<_> = seen
        .into_iter()
        .flatten()
        .filter(|seen| may_trend(&seen.post) && is_open(&seen.author) && !seen.author.sensitive)
        .collect();
    let logins: Vec<_> = open.iter().map(|seen| seen.author.login).collect();
    let logins = app.graph.get_many(&logins).await?;
    let free = open.into_iter().zip(logins);
    let free = free.filter(|(_, login)| login.as_ref().is_some_and(|login| !login.frozen));
    Ok(part(free.map(|(seen, _)| seen).collect(), offset, limit))
}

/// People with many followers who posted of late, most first. Who of them is shown, the caller decides.
pub async fn renowned(app: &App) -> Result<Vec<Id<Account>>, Fault> {
    let people = laid_out(app, PEOPLE, |ledger| ledger.people.clone()).await?;
    Ok(people.iter().filter_map(|(id, _): &(u64, u64)| Id::new(*id)).collect())
}

/// The last seven days of each of these tags, as far as the ledger knows them.
pub async fn history_of(app: &App, tags: &[Id<Tag>]) -> Result<Vec<Vec<Day>>, Fault> {
    let now = app.now_ms();
    let ledger = app.graph.get(LEDGER).await?;
    let known = |id: &Id<Tag>| {
        let ledger = ledger.as_ref()?;
        ledger.tags.iter().find(|warm| warm.id == id.raw()).map(|warm| warm.week(now))
    };
    let week = |id| known(id).unwrap_or_else(|| Warm::default().week(now));
    Ok(tags.iter().map(week).collect())
}
