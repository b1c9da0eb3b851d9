//! What people write, and what is shown of it.
//!
//! [`Text::parse`] normalises a source text and finds its mentions, tags and links in one pass over
//! the characters; [`Text::render`] makes the HTML that leaves the server. The source is kept, the
//! HTML is derived, and the allow list of [`sanitize`] always has the last word. Everything here is
//! pure and takes time linear in the input, whoever wrote it.

pub mod handle;
mod host;
mod html;
mod inline;
mod link;
mod normalise;
mod plain;
mod scan;
mod tag;

use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation;
use url::Url;

pub use handle::{Handle, HandleError};
pub use html::{Mentioned, sanitize};
pub use inline::render_field;
pub use link::Link;
pub use normalise::is_blank;
pub use plain::{plain, plain_block, plain_line};
pub use tag::Tag;

/// Most bytes a source text may have, whatever its length in characters.
pub const MAX_BYTES: usize = 128 * 1024;
/// Most different people one text may mention.
pub const MAX_MENTIONS: usize = 20;
/// Most different tags one text may have.
pub const MAX_TAGS: usize = 30;
/// Most links one text may have.
pub const MAX_LINKS: usize = 50;
/// What a link counts for in [`Text::length`], however long it is: the number clients expect.
pub const CHARACTERS_PER_URL: usize = 23;

/// Why a text cannot be taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// More than [`MAX_BYTES`].
    #[error("the text is {bytes} bytes long, and {MAX_BYTES} is the most")]
    TooManyBytes {
        /// The bytes it has.
        bytes: usize,
    },
    /// Longer than the community allows.
    #[error("the text is {length} characters long, and {max} is the most")]
    TooLong {
        /// The characters it has, as people count them.
        length: usize,
        /// The characters it may have.
        max: usize,
    },
    /// Nothing in it can be seen.
    #[error("the text cannot be blank")]
    Blank,
    /// More than [`MAX_MENTIONS`].
    #[error("the text mentions {found} people, and {MAX_MENTIONS} is the most")]
    TooManyMentions {
        /// Different handles in it.
        found: usize,
    },
    /// More than [`MAX_TAGS`].
    #[error("the text has {found} tags, and {MAX_TAGS} is the most")]
    TooManyTags {
        /// Different tags in it.
        found: usize,
    },
    /// More than [`MAX_LINKS`].
    #[error("the text has {found} links, and {MAX_LINKS} is the most")]
    TooManyLinks {
        /// Links in it.
        found: usize,
    },
}

/// A piece of the source that is more than text.
#[derive(Debug, Clone)]
enum Found {
    /// `@handle`, or `@handle@host`.
    Mention { handle: Handle, host: Option<String> },
    /// `#tag`.
    Tag(Tag),
    /// `https://…`.
    Link(Link),
}

/// A source text, normalised, with what was found in it.
#[derive(Debug, Clone)]
pub struct Text {
    source: String,
    /// In order, without overlap, never across a line end.
    found: Vec<(Range<usize>, Found)>,
}

impl Text {
    /// Normalises and reads a text. A blank one is taken, as the empty text: whether a post may be
    /// blank depends on its media, which [`Text::not_blank`] leaves to the caller.
    pub fn parse(source: &str) -> Result<Text, TextError> {
        if source.len() > MAX_BYTES {
            return Err(TextError::TooManyBytes { bytes: source.len() });
        }
        let source = normalise::normalise(source);
        if is_blank(&source) {
            return Ok(Text { source: String::new(), found: Vec::new() });
        }
        let found = scan::scan(&source);
        let text = Text { source, found };
        text.check_caps()?;
        Ok(text)
    }

    fn check_caps(&self) -> Result<(), TextError> {
        let mut handles: Vec<&Handle> = self.found_mentions().map(|(handle, _)| handle).collect();
        handles.sort_unstable();
        handles.dedup();
        if handles.len() > MAX_MENTIONS {
            return Err(TextError::TooManyMentions { found: handles.len() });
        }
        let mut keys: Vec<&str> = self.found_tags().map(Tag::key).collect();
        keys.sort_unstable();
        keys.dedup();
        if keys.len() > MAX_TAGS {
            return Err(TextError::TooManyTags { found: keys.len() });
        }
        let found = self.links().len();
        if found > MAX_LINKS {
            return Err(TextError::TooManyLinks { found });
        }
        Ok(())
    }

    /// This text, if anything in it can be seen. For posts without media.
    pub fn not_blank(self) -> Result<Text, TextError> {
        if self.source.is_empty() { Err(TextError::Blank) } else { Ok(self) }
    }

    /// This text, if it has at most `max` characters as [`Text::length`] counts them.
    pub fn within(self, max: usize) -> Result<Text, TextError> {
        let length = self.length();
        if length > max { Err(TextError::TooLong { length, max }) } else { Ok(self) }
    }

    /// The normalised source: what is stored, and what its author edits later.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Whether there is nothing to see.
    pub fn is_empty(&self) -> bool {
        self.source.is_empty()
    }

    /// Who is mentioned, each once, in order of appearance. `@handle@host` counts when the host is
    /// the one of `base_url`; people elsewhere cannot be reached, and stay plain text.
    pub fn mentions(&self, base_url: &Url) -> Vec<Handle> {
        let own = html::own_host(base_url);
        let mut handles: Vec<Handle> = Vec::new();
        for (handle, host) in self.found_mentions() {
            let here = host.is_none_or(|host| host == own);
            if here && !handles.contains(handle) {
                handles.push(handle.clone());
            }
        }
        handles
    }

    /// The tags, each key once, in order of appearance, in the case of the first.
    pub fn tags(&self) -> Vec<&Tag> {
        let mut tags: Vec<&Tag> = Vec::new();
        for tag in self.found_tags() {
            if !tags.iter().any(|known| known.key() == tag.key()) {
                tags.push(tag);
            }
        }
        tags
    }

    /// The links, in order of appearance.
    pub fn links(&self) -> Vec<&Link> {
        self.found
            .iter()
            .filter_map(|(_, found)| match found {
                Found::Link(link) => Some(link),
                Found::Mention { .. } | Found::Tag(_) => None,
            })
            .collect()
    }

    /// The length as people count it: grapheme clusters, with a link as [`CHARACTERS_PER_URL`] and
    /// a mention as its local part, so that a long host costs nobody the room to write.
    pub fn length(&self) -> usize {
        let mut length = 0;
        let mut at = 0;
        for (range, found) in &self.found {
            length += graphemes(&self.source[at..range.start]);
            length += match found {
                Found::Mention { handle, .. } => 1 + handle.as_str().len(),
                Found::Tag(_) => graphemes(&self.source[range.clone()]),
                Found::Link(_) => CHARACTERS_PER_URL,
            };
            at = range.end;
        }
        length + graphemes(&self.source[at..])
    }

    /// The HTML of the text: paragraphs, line breaks, mentions, tags and links, sanitised. `resolve`
    /// says who a handle is; a handle of nobody stays plain text. The empty text is the empty string.
    pub fn render(&self, resolve: &dyn Fn(&Handle) -> Option<Mentioned>, base_url: &Url) -> String {
        html::render(self, resolve, base_url)
    }

    fn found_mentions(&self) -> impl Iterator<Item = (&Handle, Option<&str>)> {
        self.found.iter().filter_map(|(_, found)| match found {
            Found::Mention { handle, host } => Some((handle, host.as_deref())),
            Found::Tag(_) | Found::Link(_) => None,
        })
    }

    fn found_tags(&self) -> impl Iterator<Item = &Tag> {
        self.found.iter().filter_map(|(_, found)| match found {
            Found::Tag(tag) => Some(tag),
            Found::Mention { .. } | Found::Link(_) => None,
        })
    }
}

/// What people count as characters.
fn graphemes(text: &str) -> usize {
    if text.is_ascii() { text.len() } else { text.graphemes(true).count() }
}

#[cfg(test)]
mod tests;
