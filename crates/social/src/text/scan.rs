//! Finds mentions, tags and links in one pass that only moves forward: whatever was looked at and
//! found to be nothing is not looked at again, so that no text takes more than linear time.

use std::ops::Range;

use super::{
    Found, Handle,
    handle::{self, is_handle_byte},
    link::{self, Link},
    tag::{self, Tag, is_word},
};

/// Most pieces found in one text; what comes after them stays plain. More than all caps together,
/// so that it meets only those who repeat one name, and bounds the HTML they get for it.
const MAX_FOUND: usize = 500;

/// All that is more than text in a normalised source, in order.
pub(super) fn scan(source: &str) -> Vec<(Range<usize>, Found)> {
    let mut found = Vec::new();
    let mut before = None;
    let mut at = 0;
    while let Some(c) = source[at..].chars().next().filter(|_| found.len() < MAX_FOUND) {
        let step = match c {
            '@' => mention(&source[at..], before),
            '#' | '＃' => tag(&source[at..], c, before),
            'h' | 'H' => link(&source[at..], before),
            _ => None,
        };
        let end = match step {
            Some(Step::Found(length, piece)) => {
                found.push((at..at + length, piece));
                at + length
            }
            Some(Step::Skip(length)) => at + length,
            None => at + c.len_utf8(),
        };
        before = source[at..end].chars().next_back();
        at = end;
    }
    found
}

/// What a look at one place gave.
enum Step {
    /// So many bytes are this.
    Found(usize, Found),
    /// So many bytes are nothing, and need no second look.
    Skip(usize),
}

fn mention(text: &str, before: Option<char>) -> Option<Step> {
    if before.is_some_and(|c| is_word(c) || matches!(c, '@' | '/' | '=' | '.' | '-')) {
        return None;
    }
    let bytes = text.as_bytes();
    let local = bytes[1..].iter().take_while(|&&byte| is_handle_byte(byte)).count();
    if local == 0 {
        return None;
    }
    let mut end = 1 + local;
    if local > handle::MAX_CHARACTERS || text[end..].chars().next().is_some_and(is_word) {
        return Some(Step::Skip(end));
    }
    let host = (bytes.get(end) == Some(&b'@')).then(|| host(&text[end + 1..])).flatten();
    if let Some(host) = host {
        end += 1 + host.len();
    }
    let handle = Handle::parse(&text[1..1 + local]).ok()?;
    let host = host.map(str::to_ascii_lowercase);
    Some(Step::Found(end, Found::Mention { handle, host }))
}

/// The host behind `@handle@`, with its port, if one is there.
fn host(text: &str) -> Option<&str> {
    let of_host = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-');
    let length = text.bytes().take_while(|byte| of_host(byte)).count();
    let name = text[..length].trim_end_matches(['.', '-']);
    if name.is_empty() {
        return None;
    }
    let port = text[name.len()..]
        .strip_prefix(':')
        .map_or(0, |port| port.bytes().take_while(u8::is_ascii_digit).count());
    let end = if (1..=5).contains(&port) { name.len() + 1 + port } else { name.len() };
    Some(&text[..end])
}

fn tag(text: &str, sign: char, before: Option<char>) -> Option<Step> {
    if before.is_some_and(|c| is_word(c) || matches!(c, '/' | '=' | '&' | ')')) {
        return None;
    }
    let start = sign.len_utf8();
    let length = tag::matching(&text[start..]);
    if length == 0 {
        return None;
    }
    Some(match Tag::parse(&text[start..start + length]) {
        Some(tag) => Step::Found(start + length, Found::Tag(tag)),
        None => Step::Skip(start + length),
    })
}

fn link(text: &str, before: Option<char>) -> Option<Step> {
    if before.is_some_and(is_word) {
        return None;
    }
    link::scheme(text)?;
    let candidate = link::matching(text);
    Some(match Link::parse(&text[..candidate.link]) {
        Some(link) => Step::Found(candidate.link, Found::Link(link)),
        None => Step::Skip(candidate.run.max(1)),
    })
}
