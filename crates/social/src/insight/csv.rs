//! Insight as a table that spreadsheets read. A cell that begins like a formula gets an apostrophe before it (I-11).

use super::account::{BestPost, Day};

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
    let mut table = row(&head.map(str::to_owned));
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
        table += &row(&cells.collect::<Vec<_>>());
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
    let mut table = row(&head.map(str::to_owned));
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
        table += &row(&cells.collect::<Vec<_>>());
    }
    table
}

fn row(cells: &[String]) -> String {
    cells.iter().map(|text| cell(text)).collect::<Vec<_>>().join(",") + "\r\n"
}

/// A cell as RFC 4180 has it, on one line and never a formula.
fn cell(text: &str) -> String {
    let line: String =
        text.chars().map(|sign| if sign.is_control() { ' ' } else { sign }).collect();
    // Spreadsheets skip blanks before a formula, and take the wide forms of these signs for them.
    let formula = line.trim_start().starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠']);
    let safe = if formula { format!("'{line}") } else { line };
    match safe.contains([',', '"']) {
        true => format!("\"{}\"", safe.replace('"', "\"\"")),
        false => safe,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn i_11_no_cell_is_a_formula() {
        for (text, wanted) in [
            ("plain", "plain"),
            ("=1+1", "'=1+1"),
            ("+1", "'+1"),
            ("-1", "'-1"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("  =1", "'  =1"),
            ("\t=1", "' =1"),
            ("\r\n=1", "'  =1"),
            ("＝1", "'＝1"),
            ("a=1", "a=1"),
            ("=HYPERLINK(\"http://x\",\"y\")", "\"'=HYPERLINK(\"\"http://x\"\",\"\"y\"\")\""),
            ("a,b", "\"a,b\""),
            ("two\nlines", "two lines"),
        ] {
            assert_eq!(cell(text), wanted, "{text:?}");
        }
    }
}
