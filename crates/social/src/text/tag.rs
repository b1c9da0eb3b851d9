//! Tags: `#Word`, kept as written for display and folded for the key.

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// Most characters of a tag; a longer one is plain text.
pub const MAX_CHARACTERS: usize = 100;

/// A tag without its `#`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tag {
    name: String,
    key: String,
}

impl Tag {
    /// Reads a name as it stands behind `#`: letters and marks of any script, digits and
    /// underscores, not digits alone. `None` if it is not a tag.
    pub fn parse(name: &str) -> Option<Tag> {
        let name = name.strip_prefix('#').unwrap_or(name);
        let whole = matching(name) == name.len() && !name.is_empty();
        let short = name.chars().count() <= MAX_CHARACTERS;
        let key = fold(name);
        (whole && short && name.chars().any(is_letter)).then(|| Tag { name: name.to_owned(), key })
    }

    /// The tag in the case its author gave it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What makes two tags one: compatible forms and case folded.
    pub fn key(&self) -> &str {
        &self.key
    }
}

/// How many bytes at the start of `text` could be a tag's name.
pub(super) fn matching(text: &str) -> usize {
    let mut end = 0;
    let mut joined = false;
    for (at, c) in text.char_indices() {
        if is_word(c) && (at > 0 || !is_combining_mark(c)) {
            end = at + c.len_utf8();
            joined = false;
        } else if is_joint(c) && at > 0 && !joined {
            // A joint belongs to the name only if the name goes on behind it.
            joined = true;
        } else {
            break;
        }
    }
    end
}

/// Whether a character is part of a word: what may not stand right before `@`, `#` or a link.
pub(super) fn is_word(c: char) -> bool {
    let emoji_part = matches!(c, '\u{fe00}'..='\u{fe0f}' | '\u{20d0}'..='\u{20f0}');
    (c.is_alphanumeric() || c == '_' || is_combining_mark(c)) && !emoji_part
}

fn is_letter(c: char) -> bool {
    c.is_alphabetic()
}

/// Middle dots (Catalan, Japanese) and the joiner that Persian writes inside words.
fn is_joint(c: char) -> bool {
    matches!(c, '·' | '・' | '\u{200c}')
}

fn fold(name: &str) -> String {
    // Folding may make characters that fold again; twice is a fixed point for all of Unicode's
    // compatible forms.
    let once = name.nfkc().collect::<String>().to_lowercase();
    once.nfkc().collect::<String>().to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_of_every_script_make_tags_and_digits_alone_do_not() {
        for name in
            ["Sunset", "été", "写真", "مساء", "हिन्दी", "a_1", "1a", "l·l", "می\u{200c}خواهم"]
        {
            assert_eq!(Tag::parse(name).map(|tag| tag.name().to_owned()), Some(name.to_owned()));
        }
        for name in ["", "123", "_", "a b", "a-b", "a·", "\u{301}a", "<b>", "1\u{fe0f}\u{20e3}"] {
            assert_eq!(Tag::parse(name), None, "{name:?}");
        }
        assert_eq!(Tag::parse(&"a".repeat(MAX_CHARACTERS + 1)), None);
    }

    #[test]
    fn case_and_width_are_folded_in_the_key_and_kept_for_display() {
        let tag = Tag::parse("ＳunSet").unwrap();
        assert_eq!((tag.name(), tag.key()), ("ＳunSet", "sunset"));
        assert_eq!(Tag::parse("ÉTÉ").unwrap().key(), "été");
    }
}
