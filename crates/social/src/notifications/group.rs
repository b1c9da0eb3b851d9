//! Which notifications are told as one: likes and shares of one post, and follows, of the same half day.
//!
//! A key says kind, post and half day and nothing else, so that it is the same on every page, in every process and
//! for what was told long ago, and nothing is written for it. To clients it is a word without a meaning.

use std::{fmt, str::FromStr};

use graph::{Id, Page, Stored};

use super::model::{Notification, NotificationKind};
use crate::posts::model::Post;

/// How long a group goes on.
const SPAN_MS: u64 = 12 * 3_600_000;

/// What the members of a group have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum GroupKey {
    /// A notification that stands alone.
    One(Id<Notification>),
    /// Many of one kind.
    Many {
        /// What happened.
        kind: NotificationKind,
        /// To which post.
        post: Option<Id<Post>>,
        /// In which half day since 1970.
        span: u64,
    },
}

impl GroupKey {
    /// The key of a notification.
    pub fn of(notification: &Stored<Notification>) -> GroupKey {
        GroupKey::among(NotificationKind::ALL, notification)
    }

    /// The key of a notification for a reader who wants only these kinds grouped.
    pub fn among(grouped: &[NotificationKind], notification: &Stored<Notification>) -> GroupKey {
        let kind = notification.kind;
        if !kind.is_grouped() || !grouped.contains(&kind) {
            return GroupKey::One(notification.id);
        }
        GroupKey::Many { kind, post: notification.post, span: span_of(notification.id.raw()) }
    }

    /// Where in the list its members are: below `below`, if that is given.
    pub(super) fn page(self, below: Option<u64>, limit: usize) -> Page {
        let (first, last) = match self {
            GroupKey::One(id) => (id.raw(), id.raw()),
            GroupKey::Many { span, .. } => (first_of(span), first_of(span.saturating_add(1)) - 1),
        };
        let end = last.saturating_add(1);
        let below = Some(below.map_or(end, |below| below.min(end)));
        Page { below, above: first.checked_sub(1), ..Page::newest(limit) }
    }
}

/// The half day of an id or `ord`.
pub(super) fn span_of(raw: u64) -> u64 {
    graph::ms_of(raw) / SPAN_MS
}

/// The first id of a half day.
fn first_of(span: u64) -> u64 {
    span.saturating_mul(SPAN_MS << 16).min(i64::MAX as u64)
}

impl fmt::Display for GroupKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            GroupKey::One(id) => write!(f, "ungrouped-{id}"),
            GroupKey::Many { kind, post: Some(post), span } => {
                write!(f, "{}-{post}-{span}", kind.as_str())
            }
            GroupKey::Many { kind, post: None, span } => write!(f, "{}-{span}", kind.as_str()),
        }
    }
}

/// What a text that is no key of a group says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not the key of a group")]
pub struct NotAGroup;

impl FromStr for GroupKey {
    type Err = NotAGroup;

    fn from_str(text: &str) -> Result<GroupKey, NotAGroup> {
        let (head, last) = text.rsplit_once('-').ok_or(NotAGroup)?;
        if head == "ungrouped" {
            return last.parse().map(GroupKey::One).map_err(|_| NotAGroup);
        }
        let (word, post) = match head.split_once('-') {
            Some((word, post)) => (word, Some(post.parse().map_err(|_| NotAGroup)?)),
            None => (head, None),
        };
        let kind = NotificationKind::parse(word).filter(|kind| kind.is_grouped());
        let key = GroupKey::Many {
            kind: kind.ok_or(NotAGroup)?,
            post,
            span: last.parse().map_err(|_| NotAGroup)?,
        };
        // One name each: no signs, no zeros in front.
        if key.to_string() == text { Ok(key) } else { Err(NotAGroup) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_reads_back_as_what_it_was_and_nothing_else_is_one() {
        for text in ["ungrouped-17", "like-12-41000", "share-9-0", "follow-41000"] {
            assert_eq!(text.parse::<GroupKey>().unwrap().to_string(), text);
        }
        let bad = [
            "",
            "-",
            "17",
            "ungrouped-",
            "ungrouped-0",
            "mention-12-3",
            "like--3",
            "like-012-3",
            "like-12-+3",
            "like-12-3-4",
            "follow-18446744073709551616",
            "nothing-3",
        ];
        for text in bad {
            assert_eq!(text.parse::<GroupKey>(), Err(NotAGroup), "{text}");
        }
    }

    #[test]
    fn the_page_of_a_group_begins_and_ends_with_its_half_day() {
        let key = GroupKey::Many { kind: NotificationKind::Follow, post: None, span: 3 };
        let page = key.page(None, 5);
        let (above, below) = (page.above.unwrap(), page.below.unwrap());
        assert_eq!((span_of(above), span_of(above + 1)), (2, 3));
        assert_eq!((span_of(below - 1), span_of(below)), (3, 4));
        assert_eq!(key.page(Some(above + 9), 5).below, Some(above + 9));
        let far = GroupKey::Many { kind: NotificationKind::Follow, post: None, span: u64::MAX };
        assert!(far.page(None, 5).below.is_some());
    }
}
