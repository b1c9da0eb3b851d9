//! What a person typed into the search box: words and operators.
//!
//! Operators are `from:handle` (or `from:me`), `has:media|image|video|audio`, `is:reply`, `before:` and `after:` a date,
//! `language:`, and `#tag`. Anything else, however odd, is words: no text is an error.

use crate::text::{Handle, Tag};

/// A question about posts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PostQuery {
    /// The words.
    pub words: String,
    /// Only of these authors; `None` in it stands for oneself.
    pub from: Vec<Option<Handle>>,
    /// Only with all of these.
    pub has: Vec<&'static str>,
    /// Only answers.
    pub replies: bool,
    /// Only made before, Unix milliseconds.
    pub before_ms: Option<u64>,
    /// Only made at or after, Unix milliseconds.
    pub after_ms: Option<u64>,
    /// Only in this language.
    pub language: Option<String>,
    /// Only with all of these tags, folded.
    pub tags: Vec<String>,
}

impl PostQuery {
    /// Whether it asks for nothing.
    pub fn is_empty(&self) -> bool {
        *self == PostQuery::default()
    }
}

/// Most operators and tags of one query; further ones are words.
const MOST_OPERATORS: usize = 20;

/// Reads what was typed.
pub fn parse(typed: &str) -> PostQuery {
    let mut query = PostQuery::default();
    let mut words = Vec::new();
    let mut operators = 0;
    let mut quoted = false;
    for part in typed.split_whitespace().take(200) {
        let opens = part.matches('"').count() % 2 == 1;
        if quoted || opens || operators == MOST_OPERATORS || !operator(part, &mut query) {
            words.push(part);
        } else {
            operators += 1;
        }
        quoted ^= opens;
    }
    query.words = words.join(" ");
    query
}

fn operator(part: &str, query: &mut PostQuery) -> bool {
    if let Some(name) = part.strip_prefix('#') {
        return Tag::parse(name).map(|tag| query.tags.push(tag.key().to_owned())).is_some();
    }
    let Some((name, value)) = part.split_once(':') else { return false };
    match name.to_ascii_lowercase().as_str() {
        "from" => match value.trim_start_matches('@') {
            "me" => query.from.push(None),
            handle => match Handle::parse(handle) {
                Ok(handle) => query.from.push(Some(handle)),
                Err(_) => return false,
            },
        },
        "has" => match value.to_ascii_lowercase().as_str() {
            "media" => query.has.push("media"),
            "image" => query.has.push("image"),
            "video" => query.has.push("video"),
            "audio" => query.has.push("audio"),
            _ => return false,
        },
        "is" if value.eq_ignore_ascii_case("reply") => query.replies = true,
        "before" => match day(value) {
            Some(ms) => query.before_ms = Some(ms),
            None => return false,
        },
        "after" => match day(value) {
            Some(ms) => query.after_ms = Some(ms),
            None => return false,
        },
        "language" if crate::posts::is_language(value) => {
            query.language = Some(value.to_owned());
        }
        _ => return false,
    }
    true
}

/// The first moment of a day, UTC.
fn day(text: &str) -> Option<u64> {
    let date: jiff::civil::Date = text.parse().ok()?;
    let start = date.to_zoned(jiff::tz::TimeZone::UTC).ok()?;
    u64::try_from(start.timestamp().as_millisecond()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operators_are_taken_out_of_the_words() {
        let query = parse("coffee from:@Mara has:image before:2026-02-01 #Harbour is:reply");
        assert_eq!(query.words, "coffee");
        assert_eq!(query.from, vec![Some(Handle::parse("mara").unwrap())]);
        assert_eq!(query.has, vec!["image"]);
        assert_eq!(query.before_ms, Some(1_769_904_000_000));
        assert_eq!(query.tags, vec!["harbour"]);
        assert!(query.replies);
    }

    #[test]
    fn what_is_no_operator_is_words() {
        for typed in [
            "from:",
            "has:cheese",
            "before:soon",
            "a:b",
            "::",
            "#",
            "\"from:mara\"",
            "* OR _exists_:x",
        ] {
            assert_eq!(parse(typed).words, typed, "{typed}");
        }
    }
}
