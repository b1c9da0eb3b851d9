//! Insight as tables that spreadsheets read.

use super::account::{BestPost, Day};
use crate::csv::line;

/// Most characters of a post in its row.
const EXCERPT: usize = 120;

/// One row a day.
pub fn days_csv(days: &[Day], date: impl Fn(u64) -> String) -> String {
    let head = [
        "date",
        "impressions",
        "impressions_followers",
        "impressions_others",
        "reach",
        "views",
        "link_opens",
        "profile_visits",
        "new_followers",
        "new_followers_from_posts",
        "followers",
    ];
    let mut table = line(&head);
    for day in days {
        let counts = &day.counts;
        let numbers = [
            counts.impressions.all(),
            counts.impressions.followers,
            counts.impressions.others,
            day.reach,
            counts.views.all(),
            counts.opens.all(),
            counts.visits.all(),
            day.new_followers,
            counts.followed,
            day.followers,
        ];
        let cells =
            [date(day.start_ms)].into_iter().chain(numbers.map(|number| number.to_string()));
        table += &whole(cells);
    }
    table
}

/// One row a post.
pub fn posts_csv(posts: &[BestPost], time: impl Fn(u64) -> String) -> String {
    let head = [
        "post",
        "published",
        "text",
        "impressions",
        "impressions_followers",
        "impressions_others",
        "reach_ever",
        "views",
        "link_opens",
        "new_followers_from_post",
    ];
    let mut table = line(&head);
    for best in posts {
        let (post, counts) = (best.seen.content(), &best.counts);
        let texts = [
            post.id.to_string(),
            time(post.id.ms()),
            post.text.chars().take(EXCERPT).collect::<String>(),
        ];
        let numbers = [
            counts.impressions.all(),
            counts.impressions.followers,
            counts.impressions.others,
            best.everybody,
            counts.views.all(),
            counts.opens.all(),
            counts.followed,
        ];
        let cells = texts.into_iter().chain(numbers.map(|number| number.to_string()));
        table += &whole(cells);
    }
    table
}

fn whole(cells: impl Iterator<Item = String>) -> String {
    let cells: Vec<String> = cells.collect();
    line(&cells.iter().map(String::as_str).collect::<Vec<_>>())
}
