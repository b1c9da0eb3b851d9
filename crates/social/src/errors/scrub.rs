//! Takes out of an error's words what may be somebody's: addresses, secrets, quoted texts, queries.

use std::net::IpAddr;

/// From this length on, letters and digits mixed are no word.
const SECRET: usize = 20;

/// The longest text between quotes that may be a name in code.
const NAME: usize = 40;

/// The text without what may be somebody's, on lines of its own as before.
pub fn scrub(text: &str) -> String {
    let plain: String = text
        .chars()
        .map(|c| if c.is_control() && c != '\n' { ' ' } else { c })
        .take(16 * 1024)
        .collect();
    let unquoted = unquoted(&plain);
    let lines = unquoted.lines().map(|line| {
        let words = line.split(' ').map(word);
        words.collect::<Vec<_>>().join(" ")
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// At most so many characters.
pub(super) fn cut(text: &str, most: usize) -> String {
    text.chars().take(most).collect()
}

/// The text without its numbers: what two errors of one kind have in common.
pub(super) fn skeleton(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            c if c.is_ascii_digit() => {
                if !out.ends_with('#') {
                    out.push('#');
                }
            }
            c => out.push(c),
        }
    }
    out
}

/// Quoted texts may be what somebody wrote; quoted names of code stay.
fn unquoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(['"', '\'', '`', '“', '‘']) {
        let opening = rest[at..].chars().next().unwrap_or('"');
        let closing = match opening {
            '“' => '”',
            '‘' => '’',
            same => same,
        };
        let (before, quoted) = rest.split_at(at + opening.len_utf8());
        out.push_str(before);
        // An apostrophe within a word opens nothing.
        let inside = before.chars().rev().nth(1).is_some_and(char::is_alphanumeric);
        if opening == '\'' && inside {
            rest = quoted;
            continue;
        }
        // What is never closed is cut off in the middle.
        let (content, after) = quoted.split_once(closing).unwrap_or((quoted, ""));
        let is_name = |c: char| c.is_ascii_alphanumeric() || "_.$:/-".contains(c);
        if content.chars().count() <= NAME && opening != '"' && content.chars().all(is_name) {
            out.push_str(content);
        } else {
            out.push('…');
        }
        if rest.len() > at + opening.len_utf8() + content.len() {
            out.push(closing);
        }
        rest = after;
    }
    out.push_str(rest);
    out
}

fn word(word: &str) -> String {
    let inner = word.trim_matches(|c: char| "()[]<>{},;.!?".contains(c));
    if inner.is_empty() {
        return word.to_owned();
    }
    let safe = if let Some(at) = inner.find("://") {
        let (scheme, rest) = inner.split_at(at + 3);
        // Neither a login nor a query; the rest of an address of ours says where in the code.
        let bare = rest.split(['?', '#']).next().unwrap_or_default();
        let path = bare.rsplit_once('@').map_or(bare, |(_, host)| host);
        format!("{scheme}{}", path.split('/').map(part).collect::<Vec<_>>().join("/"))
    } else if names_somebody(inner) || is_address(inner) {
        "…".to_owned()
    } else {
        inner.split('/').map(part).collect::<Vec<_>>().join("/")
    };
    word.replacen(inner, &safe, 1)
}

/// An e-mail address or a handle. A page's pattern (`/@$handle`) is neither.
fn names_somebody(word: &str) -> bool {
    word.split('@').skip(1).any(|name| name.starts_with(char::is_alphanumeric))
}

/// A part of a path, or a word: letters and digits mixed, and long, are an id or a secret.
fn part(text: &str) -> String {
    let file = text.split(':').next().unwrap_or_default();
    let known = [".js", ".ts", ".tsx", ".rs", ".css"].iter().any(|ending| file.ends_with(ending));
    let digits = text.chars().any(|c| c.is_ascii_digit());
    let pieces = text.split(|c: char| !c.is_ascii_alphanumeric() && !"-_".contains(c));
    let long = pieces.map(str::len).max().unwrap_or(0) >= SECRET;
    if digits && long && !known { "…".to_owned() } else { text.to_owned() }
}

fn is_address(word: &str) -> bool {
    let bare = word.trim_start_matches('[').split(']').next().unwrap_or_default();
    bare.parse::<IpAddr>().is_ok()
        || bare.rsplit_once(':').is_some_and(|(host, _)| host.parse::<IpAddr>().is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_be_somebodys_is_taken_out() {
        for (text, left) in [
            (
                "no answer from 203.0.113.7:443, nor from [2001:db8::1]:9 or ::1",
                "no answer from …, nor from [… or …",
            ),
            ("mail to ada@example.org failed", "mail to … failed"),
            ("by @ada on /@$handle/$post", "by … on /@$handle/$post"),
            ("Unexpected token in \"dear diary\" is bad", "Unexpected token in \"…\" is bad"),
            ("inside 'é' of `my secret post`", "inside '…' of `…`"),
            (
                "Cannot read properties of undefined (reading 'id')",
                "Cannot read properties of undefined (reading 'id')",
            ),
            ("it's Ada's own word", "it's Ada's own word"),
            ("never \"closed because it was cut", "never \"…"),
            ("at https://u:p@a.example/x?token=7#me", "at https://a.example/x"),
            ("token sk_live_0123456789abcdefghij was refused", "token … was refused"),
            (
                "at load (https://a.example/assets/index-B7d93hJk2lmnopqrst.js:1:2345)",
                "at load (https://a.example/assets/index-B7d93hJk2lmnopqrst.js:1:2345)",
            ),
            (
                "/api/v1/statuses/117683019846975488/context",
                "/api/v1/statuses/117683019846975488/context",
            ),
            ("/auth/reset/0123456789abcdefghijk", "/auth/reset/…"),
            ("a\u{1b}[31mred\0", "a [31mred "),
        ] {
            assert_eq!(scrub(text), left, "{text}");
        }
    }

    #[test]
    fn numbers_make_no_difference() {
        assert_eq!(skeleton("job 17:x took 3 s"), "job #:x took # s");
    }

    proptest::proptest! {
        #[test]
        fn any_text_can_be_scrubbed(text in "\\PC{0,200}") {
            let once = scrub(&text);
            proptest::prop_assert!(once.len() <= text.len() * 3 + 8);
        }
    }
}
