//! Nodes and edges of insight: a node for each post that was looked at, and one for each account and day.

use engine::store::NodeKind;
use graph::{Id, Node};
use serde::{Deserialize, Serialize};

use super::{counts::Counts, reach::Reach, tally::Heap};
use crate::{accounts::model::Account, instance::model::Instance, posts::model::Post};

/// Milliseconds of an hour.
pub const HOUR_MS: u64 = 3_600_000;
/// Hours of a day.
pub const DAY_HOURS: u64 = 24;
/// Milliseconds of a day.
pub const DAY_MS: u64 = DAY_HOURS * HOUR_MS;
/// For so many days each hour is kept; then the night makes days of them.
pub const HOURS_KEPT_DAYS: u64 = 8;
/// For so many days each day is kept.
pub const DAYS_KEPT: u64 = 400;
/// Of so many writers the last flush is remembered.
const WRITERS: usize = 16;

/// The last flush of a writer that a node holds: a flush of which nobody knows whether it happened may be tried again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// Which process, by a random number of its life.
    pub by: u64,
    /// Its number of the flush, which only grows.
    pub number: u64,
}

/// Whether a flush is in the node already; notes it if not.
fn is_new(marks: &mut Vec<Mark>, mark: Mark) -> bool {
    if let Some(at) = marks.iter().position(|known| known.by == mark.by) {
        if marks[at].number >= mark.number {
            return false;
        }
        marks.remove(at);
    }
    marks.push(mark);
    if marks.len() > WRITERS {
        marks.remove(0);
    }
    true
}

/// How a post was seen. It goes with the post.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PostInsight {
    /// Of which post.
    pub post: Id<Post>,
    /// By whom it is.
    pub author: Id<Account>,
    /// All of its life.
    #[serde(default)]
    pub total: Counts,
    /// Hours since 1970, the last days only.
    #[serde(default)]
    pub hours: Vec<(u64, Counts)>,
    /// Days since 1970, before those hours.
    #[serde(default)]
    pub days: Vec<(u64, Counts)>,
    /// Followers who saw it.
    #[serde(default)]
    pub followers: Reach,
    /// Others who saw it. Who began to follow in between is in both.
    #[serde(default)]
    pub others: Reach,
    /// Which flushes it has.
    #[serde(default)]
    pub marks: Vec<Mark>,
}

impl Node for PostInsight {
    const KIND: NodeKind = NodeKind(130);
    const NAME: &'static str = "post_insights";
}

impl PostInsight {
    /// Of a post that nobody has looked at yet.
    pub(super) fn new(post: Id<Post>, author: Id<Account>) -> PostInsight {
        PostInsight {
            post,
            author,
            total: Counts::default(),
            hours: Vec::new(),
            days: Vec::new(),
            followers: Reach::default(),
            others: Reach::default(),
            marks: Vec::new(),
        }
    }

    /// Adds what a flush brings, unless it is in already.
    pub(super) fn take(&mut self, mark: Mark, heaps: &[(u64, Heap)]) {
        if !is_new(&mut self.marks, mark) {
            return;
        }
        for (hour, heap) in heaps {
            let mut counts = heap.counts;
            counts.reached = heap.reach_into(&mut self.followers, &mut self.others);
            self.total.add(&counts);
            add_to(&mut self.hours, *hour, &counts);
        }
    }

    /// Makes days of hours before this one, and forgets days before that one; the total stays.
    pub(super) fn roll_up(&mut self, hour: u64, day: u64) {
        let (old, kept) = std::mem::take(&mut self.hours).into_iter().partition(|at| at.0 < hour);
        self.hours = kept;
        let old: Vec<(u64, Counts)> = old;
        old.iter().for_each(|(hour, counts)| add_to(&mut self.days, hour / DAY_HOURS, counts));
        self.days.retain(|at| at.0 >= day);
    }

    /// The counts of a day.
    pub fn of_day(&self, day: u64) -> Counts {
        let mut counts = Counts::default();
        let hours = self.hours.iter().filter(|at| at.0 / DAY_HOURS == day);
        let days = self.days.iter().filter(|at| at.0 == day);
        hours.chain(days).for_each(|at| counts.add(&at.1));
        counts
    }

    /// The counts of an hour, as long as hours are kept.
    pub fn of_hour(&self, hour: u64) -> Counts {
        self.hours.iter().find(|at| at.0 == hour).map(|at| at.1).unwrap_or_default()
    }

    /// Everybody who saw it, each once.
    pub fn everybody(&self) -> u64 {
        let mut all = self.followers.clone();
        all.merge(&self.others);
        all.count()
    }
}

/// Adds to a stretch, in the order of time.
fn add_to(stretches: &mut Vec<(u64, Counts)>, at: u64, counts: &Counts) {
    match stretches.binary_search_by_key(&at, |stretch| stretch.0) {
        Ok(place) => stretches[place].1.add(counts),
        Err(place) => stretches.insert(place, (at, *counts)),
    }
}

/// How all posts of an account were seen on one day (UTC), and its profile. It goes with the account.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AccountDay {
    /// Whose.
    pub account: Id<Account>,
    /// Days since 1970.
    pub day: u64,
    /// All of the day.
    #[serde(default)]
    pub total: Counts,
    /// Hours of the day, the last days only.
    #[serde(default)]
    pub hours: Vec<(u64, Counts)>,
    /// Impressions by hour of the day, once the hours are gone.
    #[serde(default)]
    pub rhythm: Vec<u64>,
    /// Followers who saw something.
    #[serde(default)]
    pub followers: Reach,
    /// Others who did.
    #[serde(default)]
    pub others: Reach,
    /// How many followers there were when this was written last on the day itself.
    #[serde(default)]
    pub follower_count: Option<u64>,
    /// Which flushes it has.
    #[serde(default)]
    pub marks: Vec<Mark>,
}

impl Node for AccountDay {
    const KIND: NodeKind = NodeKind(131);
    const NAME: &'static str = "account_days";
}

impl AccountDay {
    /// A day on which nothing was seen yet.
    pub(super) fn new(account: Id<Account>, day: u64) -> AccountDay {
        AccountDay {
            account,
            day,
            total: Counts::default(),
            hours: Vec::new(),
            rhythm: Vec::new(),
            followers: Reach::default(),
            others: Reach::default(),
            follower_count: None,
            marks: Vec::new(),
        }
    }

    /// Adds what a flush brings, unless it is in already.
    pub(super) fn take(&mut self, mark: Mark, heaps: &[(u64, Heap)]) {
        if !is_new(&mut self.marks, mark) {
            return;
        }
        for (hour, heap) in heaps {
            let mut counts = heap.counts;
            counts.reached = heap.reach_into(&mut self.followers, &mut self.others);
            self.total.add(&counts);
            add_to(&mut self.hours, hour % DAY_HOURS, &counts);
        }
    }

    /// Of each hour only the impressions are left.
    pub(super) fn roll_up(&mut self) {
        self.rhythm = self.impressions_by_hour().to_vec();
        self.hours.clear();
    }

    /// Impressions by hour of the day.
    pub fn impressions_by_hour(&self) -> [u64; DAY_HOURS as usize] {
        let mut rhythm = [0; DAY_HOURS as usize];
        rhythm.iter_mut().zip(&self.rhythm).for_each(|(hour, kept)| *hour = *kept);
        for (hour, counts) in &self.hours {
            if let Some(hour) = rhythm.get_mut(*hour as usize) {
                *hour = hour.saturating_add(counts.impressions.all());
            }
        }
        rhythm
    }
}

graph::edges! {
    /// The insight of a post: at most one, at place 1, so that two processes cannot make two.
    InsightOf = 130, "insight_of": Post => PostInsight, No, purge Members;
    /// The posts of an account that were looked at, newest look first.
    SeenPosts = 131, "seen_posts": Account => PostInsight, No, purge Unlink;
    /// The days of an account, each at its own number.
    InsightDays = 132, "insight_days": Account => AccountDay, No, purge Members;
    /// Insight of posts that has hours to roll up.
    FreshInsights = 133, "fresh_insights": Instance => PostInsight, No, purge Unlink;
    /// Days of accounts whose hours are kept.
    FreshDays = 134, "fresh_days": Instance => AccountDay, No, purge Unlink;
    /// Days of accounts whose hours are gone, oldest first forgotten.
    OldDays = 135, "old_days": Instance => AccountDay, No, purge Unlink;
}
