//! Pages: the four parameters of every list, and the Link header that leads to the next one.

use graph::{Order, Page};
use http::{HeaderName, HeaderValue, Uri, header};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::{
    Shared,
    problem::{Code, Problem},
};

/// Where a page begins and how long it is, as sent.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Paging {
    /// Only older than this cursor.
    pub max_id: Option<String>,
    /// Only newer than this cursor, the newest page.
    pub since_id: Option<String>,
    /// Only newer than this cursor, the page next to it.
    pub min_id: Option<String>,
    /// At most so many; clamped.
    pub limit: Option<String>,
}

/// What a page of this kind is by default and at most.
#[derive(Clone, Copy, Debug)]
pub struct Sizes(pub usize, pub usize);

/// Posts.
pub const STATUSES: Sizes = Sizes(20, 40);
/// People and notifications.
pub const MANY: Sizes = Sizes(40, 80);

impl Paging {
    /// As the graph asks; a cursor that is no number, or below zero, is refused, a limit is clamped.
    pub fn page(&self, sizes: Sizes) -> Result<Page, Problem> {
        let (below, since) = (cursor(&self.max_id)?, cursor(&self.since_id)?);
        let min = cursor(&self.min_id)?;
        let limit = self.limit(sizes)?;
        Ok(match min {
            Some(min) => Page { below, above: Some(min), order: Order::Oldest, limit },
            None => Page { below, above: since, order: Order::Newest, limit },
        })
    }

    /// How many.
    pub fn limit(&self, sizes: Sizes) -> Result<usize, Problem> {
        match self.limit.as_deref() {
            None | Some("") => Ok(sizes.0),
            Some(text) => {
                let number: i64 =
                    text.parse().map_err(|_| Problem::field("limit", "must be a number"))?;
                Ok(usize::try_from(number).unwrap_or(1).clamp(1, sizes.1))
            }
        }
    }
}

/// A cursor: up to 63 bits. Larger ones, which some clients send for "from the top", are the top.
fn cursor(text: &Option<String>) -> Result<Option<u64>, Problem> {
    match text.as_deref() {
        None | Some("") => Ok(None),
        Some(text) if text.len() <= 40 && text.bytes().all(|byte| byte.is_ascii_digit()) => {
            Ok(Some(text.parse().unwrap_or(u64::MAX).min(i64::MAX as u64)))
        }
        Some(_) => Err(Problem::of(Code::InvalidCursor)),
    }
}

/// How the way back is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Back {
    /// `min_id`: timelines.
    MinId,
    /// `since_id`: lists of accounts.
    SinceId,
}

/// The Link header of a page whose rows (newest first) have these cursors. `full` says whether as many rows were scanned as
/// asked for, so that there may be more.
pub fn link(
    site: &Shared,
    uri: &Uri,
    cursors: Option<(u64, u64)>,
    full: bool,
    back: Back,
) -> Option<(HeaderName, HeaderValue)> {
    let (newest, oldest) = cursors?;
    let kept: Vec<_> = uri
        .query()
        .unwrap_or_default()
        .split('&')
        .filter(|pair| {
            let name = pair.split('=').next().unwrap_or_default();
            !pair.is_empty() && !matches!(name, "max_id" | "min_id" | "since_id")
        })
        .collect();
    let mut base = format!("{}{}?", site.app.settings.public_url, uri.path());
    for pair in kept {
        base.push_str(pair);
        base.push('&');
    }
    let back = if back == Back::MinId { "min_id" } else { "since_id" };
    let prev = format!("<{base}{back}={newest}>; rel=\"prev\"");
    let all = if full { format!("<{base}max_id={oldest}>; rel=\"next\", {prev}") } else { prev };
    HeaderValue::from_str(&all).ok().map(|value| (header::LINK, value))
}

/// The Link header of rows that stand by their cursors, in any order, of which so many were asked for.
pub fn link_of_rows<T>(
    site: &Shared,
    uri: &Uri,
    rows: &[(u64, T)],
    limit: usize,
    back: Back,
) -> Option<(HeaderName, HeaderValue)> {
    let newest = rows.iter().map(|row| row.0).max();
    let cursors = newest.zip(rows.iter().map(|row| row.0).min());
    link(site, uri, cursors, rows.len() >= limit, back)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paging(max: &str, limit: &str) -> Paging {
        Paging { max_id: Some(max.to_owned()), limit: Some(limit.to_owned()), ..Paging::default() }
    }

    #[test]
    fn d6_limits_are_clamped() {
        for (sent, clamped) in [("0", 1), ("-1", 1), ("1000000000", 40), ("7", 7), ("", 20)] {
            assert_eq!(paging("", sent).page(STATUSES).unwrap().limit, clamped, "{sent}");
        }
        assert_eq!(paging("", "abc").page(STATUSES).unwrap_err().status(), 422);
    }

    #[test]
    fn z21_cursors_that_are_none_are_refused() {
        for bad in ["-1", "abc", "1.5", "0x10", " 1", "९"] {
            assert_eq!(paging(bad, "").page(STATUSES).unwrap_err().status(), 400, "{bad}");
        }
        let top = paging("9223372036854775808", "").page(STATUSES).unwrap();
        assert_eq!(top.below, Some(i64::MAX as u64));
    }

    #[test]
    fn min_id_is_the_page_next_to_it() {
        let paging = Paging { min_id: Some("5".to_owned()), ..Paging::default() };
        let page = paging.page(STATUSES).unwrap();
        assert_eq!((page.above, page.order), (Some(5), Order::Oldest));
    }
}
