//! The dashboard of an account, for its owner alone: the last 7, 28 or 90 days beside as many before them.

use std::collections::HashMap;

use graph::{Id, Order, Page, ms_of};

use super::{
    counts::{Counts, Split},
    model::{AccountDay, DAY_HOURS, DAY_MS, InsightDays, PostInsight, SeenPosts},
    reach::Reach,
};
use crate::{
    accounts::model::Account,
    app::App,
    fault::Fault,
    posts::{Place, Seen, see},
    relations::model::Followers,
};

/// Of the followers the newest are looked at one by one: since when they follow.
const FOLLOWERS_LOOKED_AT: usize = 5_000;
/// Of the posts that were looked at last, the best are found among so many.
const POSTS_LOOKED_AT: usize = 200;
/// How many best posts the dashboard has.
const BEST: usize = 5;

/// Days (UTC) that are told together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// The first day since 1970.
    pub first: u64,
    /// The last one.
    pub last: u64,
}

impl Span {
    /// So many days, the last of which is today.
    pub fn until_today(app: &App, days: u64) -> Span {
        Span::until(app.now_ms() / DAY_MS, days)
    }

    /// So many days up to this one.
    pub fn until(last: u64, days: u64) -> Span {
        Span { first: (last + 1).saturating_sub(days), last }
    }

    /// As many days before.
    pub fn before(self) -> Span {
        Span::until(self.first.saturating_sub(1), self.last + 1 - self.first)
    }

    fn holds(self, day: u64) -> bool {
        (self.first..=self.last).contains(&day)
    }
}

/// The sums of some days.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sums {
    /// What was seen.
    pub counts: Counts,
    /// People who saw something: followers, others.
    pub reach: Split,
    /// People who saw something, each once.
    pub everybody: u64,
    /// How many of today's followers began in these days.
    pub new_followers: u64,
}

/// One day of an account.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Day {
    /// When it began, Unix milliseconds.
    pub start_ms: u64,
    /// What was seen.
    pub counts: Counts,
    /// People who saw something on this day, each once.
    pub reach: u64,
    /// How many of today's followers began on it.
    pub new_followers: u64,
    /// How many followers there were; where nobody noted it, as many of today's as followed by then.
    pub followers: u64,
}

/// A post that was seen in these days.
#[derive(Clone, Debug)]
pub struct BestPost {
    /// The post.
    pub seen: Seen,
    /// What was seen of it in these days.
    pub counts: Counts,
    /// People who ever saw it.
    pub everybody: u64,
}

/// The dashboard.
#[derive(Clone, Debug)]
pub struct AccountReport {
    /// The sums.
    pub now: Sums,
    /// The same of the days before.
    pub before: Sums,
    /// One for each day, oldest first.
    pub days: Vec<Day>,
    /// Impressions by day of the week (Monday first) and hour, UTC.
    pub hours: [[u64; DAY_HOURS as usize]; 7],
    /// The posts with the most impressions in these days.
    pub best: Vec<BestPost>,
    /// Followers now.
    pub followers: u64,
}

/// The dashboard of one's own account.
pub async fn account_report(
    app: &App,
    account: Id<Account>,
    span: Span,
) -> Result<AccountReport, Fault> {
    let before = span.before();
    let known = days_between(app, account, before.first, span.last).await?;
    let followers = app.graph.count::<Followers>(account).await?;
    let newest = app.graph.list::<Followers>(account, Page::newest(FOLLOWERS_LOOKED_AT)).await?;
    let since: Vec<_> = newest.iter().map(|link| ms_of(link.ord) / DAY_MS).collect();
    let began = |span: Span| since.iter().filter(|day| span.holds(**day)).count() as u64;
    let mut hours = [[0; DAY_HOURS as usize]; 7];
    let mut days = Vec::new();
    for day in span.first..=span.last {
        let body = known.get(&day);
        let after = since.iter().filter(|since| **since > day).count() as u64;
        let noted = body.and_then(|body| body.follower_count);
        days.push(Day {
            start_ms: day * DAY_MS,
            counts: body.map(|body| body.total).unwrap_or_default(),
            reach: body.map(|body| everybody([body])).unwrap_or_default(),
            new_followers: began(Span::until(day, 1)),
            followers: match day == span.last && day == app.now_ms() / DAY_MS {
                true => followers,
                false => noted.unwrap_or_else(|| followers.saturating_sub(after)),
            },
        });
        if let Some(body) = body {
            let week = &mut hours[weekday(day)];
            week.iter_mut().zip(body.impressions_by_hour()).for_each(|(sum, one)| *sum += one);
        }
    }
    let sums = |span: Span| sums_of(&known, span, began(span));
    let best = best_posts(app, account, span, BEST).await?;
    Ok(AccountReport { now: sums(span), before: sums(before), days, hours, best, followers })
}

/// 0 for Monday: the first day of 1970 was a Thursday.
pub(super) fn weekday(day: u64) -> usize {
    ((day + 3) % 7) as usize
}

fn sums_of(known: &HashMap<u64, AccountDay>, span: Span, new_followers: u64) -> Sums {
    let within = || known.values().filter(|body| span.holds(body.day));
    let mut counts = Counts::default();
    within().for_each(|body| counts.add(&body.total));
    let merged = |of: fn(&AccountDay) -> &Reach| {
        let mut all = Reach::default();
        within().for_each(|body| all.merge(of(body)));
        all.count()
    };
    let followers = merged(|body| &body.followers);
    let others = merged(|body| &body.others);
    let reach = Split { followers, others };
    Sums { counts, reach, everybody: everybody(within()), new_followers }
}

fn everybody<'a>(days: impl IntoIterator<Item = &'a AccountDay>) -> u64 {
    let mut all = Reach::default();
    for day in days {
        all.merge(&day.followers);
        all.merge(&day.others);
    }
    all.count()
}

async fn days_between(
    app: &App,
    account: Id<Account>,
    first: u64,
    last: u64,
) -> Result<HashMap<u64, AccountDay>, Fault> {
    let most = usize::try_from(last + 1 - first).unwrap_or(usize::MAX);
    let page = Page {
        below: Some(last + 1),
        above: first.checked_sub(1),
        order: Order::Newest,
        limit: most,
    };
    let links = app.graph.list::<InsightDays>(account, page).await?;
    let ids: Vec<_> = links.iter().map(|link| link.to).collect();
    let nodes = app.graph.get_many(&ids).await?.into_iter().flatten();
    Ok(nodes.map(|node| (node.day, node.body.clone())).collect())
}

/// The posts with the most impressions in some days, best first.
pub async fn best_posts(
    app: &App,
    account: Id<Account>,
    span: Span,
    most: usize,
) -> Result<Vec<BestPost>, Fault> {
    let links = app.graph.list::<SeenPosts>(account, Page::newest(POSTS_LOOKED_AT)).await?;
    let ids: Vec<_> = links.iter().map(|link| link.to).collect();
    let within = |insight: &PostInsight| {
        let mut counts = Counts::default();
        (span.first..=span.last).for_each(|day| counts.add(&insight.of_day(day)));
        counts
    };
    let nodes = app.graph.get_many(&ids).await?.into_iter().flatten();
    let mut ranked: Vec<_> = nodes.map(|insight| (within(&insight), insight)).collect();
    ranked.retain(|(counts, _)| *counts != Counts::default());
    ranked.sort_by_key(|(counts, insight)| {
        (std::cmp::Reverse(counts.impressions.all()), std::cmp::Reverse(insight.post))
    });
    ranked.truncate(most);
    let posts: Vec<_> = ranked.iter().map(|(_, insight)| insight.post).collect();
    let seen = see(app, Some(account), &posts, Place::Named).await?;
    let best = ranked.into_iter().zip(seen).filter_map(|((counts, insight), seen)| {
        Some(BestPost { seen: seen?, counts, everybody: insight.everybody() })
    });
    Ok(best.collect())
}
