//! The insight of one post, for its author alone.

use graph::Id;

use super::{
    counts::{Counts, Split},
    flush::known_insights,
    model::{DAY_HOURS, DAY_MS, HOUR_MS},
    reactions::{Reacted, Reactions, reactions},
};
use crate::{
    accounts::model::Account,
    app::App,
    fault::Fault,
    posts::{model::Post, see_one},
};

/// A younger post is told by the hour.
const BY_HOUR: u64 = 72;
/// An older one by the day, so many back.
const BY_DAY: u64 = 90;

/// How a post was seen, and what people did with it.
#[derive(Clone, Debug)]
pub struct PostReport {
    /// Which post.
    pub post: Id<Post>,
    /// All of its life.
    pub total: Counts,
    /// People who saw it: followers, others. Who began to follow in between is in both.
    pub reach: Split,
    /// People who saw it, each once.
    pub everybody: u64,
    /// What people did.
    pub reactions: Reactions,
    /// Hours or days, oldest first, without a gap.
    pub step: Step,
    /// One for each step.
    pub points: Vec<Point>,
}

/// How long a point lasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// An hour.
    Hour,
    /// A day (UTC).
    Day,
}

/// What happened in an hour or a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Point {
    /// When it began, Unix milliseconds.
    pub start_ms: u64,
    /// What was seen.
    pub counts: Counts,
    /// Likes.
    pub likes: Split,
    /// Comments.
    pub comments: Split,
    /// Shares.
    pub shares: Split,
    /// Bookmarks.
    pub bookmarks: u64,
}

/// The insight of a post of the viewer's; `None` for everybody else's, which looks like one that never was.
pub async fn post_report(
    app: &App,
    viewer: Id<Account>,
    id: Id<Post>,
) -> Result<Option<PostReport>, Fault> {
    let seen = see_one(app, Some(viewer), id).await?;
    let Some(seen) = seen.filter(|seen| seen.post.author == viewer && seen.shared.is_none()) else {
        return Ok(None);
    };
    let insight = known_insights(app, &[id]).await?.pop().flatten();
    let reactions = reactions(app, viewer, id).await?;
    let (born, now) = (seen.post.id.ms(), app.now_ms().max(seen.post.id.ms()));
    let (step, length, most) = match now / HOUR_MS - born / HOUR_MS < BY_HOUR {
        true => (Step::Hour, HOUR_MS, BY_HOUR),
        false => (Step::Day, DAY_MS, BY_DAY),
    };
    let last = now / length;
    let first = (born / length).max((last + 1).saturating_sub(most));
    let points = (first..=last).map(|at| {
        let within = |reacted: &Reacted| {
            let mut split = Split::default();
            let times = reacted.times.iter().filter(|time| time.0 / length == at);
            times.for_each(|time| split.more(time.1, 1));
            split
        };
        let counts = insight.as_ref().map(|insight| match step {
            Step::Hour => insight.of_hour(at),
            Step::Day => insight.of_day(at),
        });
        Point {
            start_ms: at * length,
            counts: counts.unwrap_or_default(),
            likes: within(&reactions.likes),
            comments: within(&reactions.comments),
            shares: within(&reactions.shares),
            bookmarks: within(&reactions.bookmarks).all(),
        }
    });
    let points = points.collect();
    let insight = insight.as_ref();
    Ok(Some(PostReport {
        post: id,
        total: insight.map(|insight| insight.total).unwrap_or_default(),
        reach: insight
            .map(|insight| Split {
                followers: insight.followers.count(),
                others: insight.others.count(),
            })
            .unwrap_or_default(),
        everybody: insight.map(|insight| insight.everybody()).unwrap_or_default(),
        reactions,
        step,
        points,
    }))
}

const _: () = assert!(BY_HOUR < super::model::HOURS_KEPT_DAYS * DAY_HOURS);
