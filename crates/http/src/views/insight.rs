//! Insight for creators, as numbers.

use schemars::JsonSchema;
use serde::Serialize;
use social::{
    app::App,
    fault::Fault,
    insight::{AccountReport, BestPost, Counts, PostReport, Split, Step, Sums},
    posts::model::{LikedBy, OpenReplies, SharedBy},
};

use crate::format;

/// Most characters of a post among the best.
const EXCERPT: usize = 140;

/// A number, by who it comes from.
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
pub struct InsightSplit {
    /// All together; of people, each once.
    pub total: u64,
    /// Of followers.
    pub followers: u64,
    /// Of everybody else.
    pub others: u64,
}

impl From<Split> for InsightSplit {
    fn from(split: Split) -> InsightSplit {
        InsightSplit { total: split.all(), followers: split.followers, others: split.others }
    }
}

/// People, each once; who began to follow in between is in both parts.
fn people(split: Split, everybody: u64) -> InsightSplit {
    InsightSplit { total: everybody, ..split.into() }
}

/// How a post was seen, and what people did with it.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct PostInsight {
    /// Which post.
    pub id: String,
    /// Times that it was at least half on screen for a second.
    pub impressions: InsightSplit,
    /// People who saw it: exact up to 256, then within some 2 %.
    pub reach: InsightSplit,
    /// Times that it was opened, or its video played for three seconds.
    pub views: InsightSplit,
    /// Times that a link in it was followed.
    pub link_opens: InsightSplit,
    /// Likes of others.
    pub likes: InsightSplit,
    /// Open comments of others.
    pub comments: InsightSplit,
    /// Open shares of others.
    pub shares: InsightSplit,
    /// How often it is kept; of whom is nobody's to know.
    pub bookmarks: u64,
    /// People who began to follow from its page.
    pub new_followers: u64,
    /// How long a point lasts: `hour` or `day` (UTC).
    #[schemars(extend("enum" = ["hour", "day"]))]
    pub step: &'static str,
    /// Oldest first, without a gap.
    pub points: Vec<InsightPoint>,
}

/// What happened to a post in an hour or a day.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[expect(missing_docs, reason = "as in `PostInsight`; `reach` is of people who saw it first then")]
pub struct InsightPoint {
    pub at: String,
    pub impressions: InsightSplit,
    pub reach: InsightSplit,
    pub views: InsightSplit,
    pub link_opens: InsightSplit,
    pub likes: InsightSplit,
    pub comments: InsightSplit,
    pub shares: InsightSplit,
    pub bookmarks: u64,
    pub new_followers: u64,
}

/// As its author sees it.
pub fn post_insight(report: &PostReport) -> PostInsight {
    let Counts { impressions, views, opens, followed, .. } = report.total;
    let reactions = &report.reactions;
    PostInsight {
        id: report.post.to_string(),
        impressions: impressions.into(),
        reach: people(report.reach, report.everybody),
        views: views.into(),
        link_opens: opens.into(),
        likes: reactions.likes.total.into(),
        comments: reactions.comments.total.into(),
        shares: reactions.shares.total.into(),
        bookmarks: reactions.bookmarks.total.all(),
        new_followers: followed,
        step: match report.step {
            Step::Hour => "hour",
            Step::Day => "day",
        },
        points: report
            .points
            .iter()
            .map(|point| InsightPoint {
                at: format::time(point.start_ms),
                impressions: point.counts.impressions.into(),
                reach: point.counts.reached.into(),
                views: point.counts.views.into(),
                link_opens: point.counts.opens.into(),
                likes: point.likes.into(),
                comments: point.comments.into(),
                shares: point.shares.into(),
                bookmarks: point.bookmarks,
                new_followers: point.counts.followed,
            })
            .collect(),
    }
}

/// The dashboard of an account. Days are days of UTC.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct AccountInsight {
    /// Followers now.
    pub followers: u64,
    /// The last days together.
    pub now: InsightSums,
    /// As many days before them.
    pub before: InsightSums,
    /// Each day, oldest first.
    pub days: Vec<InsightDay>,
    /// Impressions by day of the week (Monday first) and hour (UTC).
    pub hours: Vec<Vec<u64>>,
    /// The posts with the most impressions in these days.
    pub best_posts: Vec<InsightBest>,
}

/// The sums of some days.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[expect(missing_docs, reason = "as in `PostInsight`, of all posts")]
pub struct InsightSums {
    pub impressions: InsightSplit,
    pub reach: InsightSplit,
    pub views: InsightSplit,
    pub link_opens: InsightSplit,
    pub profile_visits: InsightSplit,
    /// How many of today's followers began in these days.
    pub new_followers: u64,
}

/// One day.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[expect(missing_docs, reason = "as in `PostInsight`, of all posts")]
pub struct InsightDay {
    /// `2026-11-23`.
    pub date: String,
    pub impressions: InsightSplit,
    pub reach: u64,
    pub views: u64,
    pub link_opens: u64,
    pub profile_visits: u64,
    pub new_followers: u64,
    /// How many there were.
    pub followers: u64,
}

/// One of the best posts.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[expect(missing_docs, reason = "as in `PostInsight`")]
pub struct InsightBest {
    pub id: String,
    pub created_at: String,
    /// How it begins; its warning, if it has one.
    pub text: String,
    /// In these days.
    pub impressions: InsightSplit,
    /// Ever.
    pub reach: u64,
    pub likes: u64,
    pub comments: u64,
    pub shares: u64,
}

/// As its owner sees it.
pub async fn account_insight(app: &App, report: &AccountReport) -> Result<AccountInsight, Fault> {
    let days = report.days.iter().map(|day| InsightDay {
        date: format::day(day.start_ms),
        impressions: day.counts.impressions.into(),
        reach: day.reach,
        views: day.counts.views.all(),
        link_opens: day.counts.opens.all(),
        profile_visits: day.counts.visits.all(),
        new_followers: day.new_followers,
        followers: day.followers,
    });
    let mut best_posts = Vec::new();
    for best in &report.best {
        best_posts.push(best_view(app, best).await?);
    }
    Ok(AccountInsight {
        followers: report.followers,
        now: sums(&report.now),
        before: sums(&report.before),
        days: days.collect(),
        hours: report.hours.iter().map(|hours| hours.to_vec()).collect(),
        best_posts,
    })
}

fn sums(sums: &Sums) -> InsightSums {
    InsightSums {
        impressions: sums.counts.impressions.into(),
        reach: people(sums.reach, sums.everybody),
        views: sums.counts.views.into(),
        link_opens: sums.counts.opens.into(),
        profile_visits: sums.counts.visits.into(),
        new_followers: sums.new_followers,
    }
}

async fn best_view(app: &App, best: &BestPost) -> Result<InsightBest, Fault> {
    let post = best.seen.content();
    let text = if post.warning.is_empty() { &post.text } else { &post.warning };
    Ok(InsightBest {
        id: post.id.to_string(),
        created_at: format::time(post.id.ms()),
        text: text.chars().take(EXCERPT).collect(),
        impressions: best.counts.impressions.into(),
        reach: best.everybody,
        likes: app.graph.count::<LikedBy>(post.id).await?,
        comments: app.graph.count::<OpenReplies>(post.id).await?,
        shares: app.graph.count::<SharedBy>(post.id).await?,
    })
}
