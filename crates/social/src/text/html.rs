//! The HTML of a text, and the allow list that everything goes through last.

use std::{
    borrow::Cow,
    collections::{HashMap, HashSet},
    ops::Range,
    sync::LazyLock,
};

use ammonia::{Builder, UrlRelative};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use url::Url;

use super::{Found, Handle, Link, Tag, Text};

/// Who a handle is, for the link of a mention.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mentioned {
    /// Their profile.
    pub url: String,
    /// Their handle as it is to be shown.
    pub handle: String,
}

/// What links to places outside promise the browser and search engines.
pub(super) const LINK_RELATION: &str = "nofollow noopener noreferrer";

/// See [`Text::render`].
pub(super) fn render(
    text: &Text,
    resolve: &dyn Fn(&Handle) -> Option<Mentioned>,
    base_url: &Url,
) -> String {
    let mut writer = Writer::new(resolve, base_url, LINK_RELATION);
    let mut open = false;
    for line in lines(text) {
        if text.source[line.range.clone()].trim().is_empty() {
            writer.html.push_str(if open { "</p>" } else { "" });
            open = false;
        } else {
            writer.html.push_str(if open { "<br>" } else { "<p>" });
            open = true;
            writer.line(&text.source, line);
        }
    }
    writer.html.push_str(if open { "</p>" } else { "" });
    writer.html
}

/// A line of a source, with what was found in it.
pub(super) struct Line<'a> {
    range: Range<usize>,
    found: &'a [(Range<usize>, Found)],
}

pub(super) fn lines(text: &Text) -> impl Iterator<Item = Line<'_>> {
    let mut found = text.found.as_slice();
    let mut start = 0;
    text.source.split('\n').map(move |line| {
        let range = start..start + line.len();
        let (here, later) = found.split_at(found.partition_point(|(at, _)| at.end <= range.end));
        found = later;
        start = range.end + 1;
        Line { range, found: here }
    })
}

/// Most bytes of HTML that go through the sanitiser at once: its serialiser is quadratic in the `&`
/// of one stretch of text. Every stretch is balanced by itself, so that the sum is sanitised too.
const STRETCH: usize = 4096;

/// Writes lines of a text as sanitised inline HTML.
pub(super) struct Writer<'a> {
    resolve: &'a dyn Fn(&Handle) -> Option<Mentioned>,
    /// Who was already asked for: a text may name one person many times.
    known: HashMap<Handle, Option<Mentioned>>,
    own_host: String,
    base: &'a str,
    relation: &'a str,
    /// What is done: sanitised, and constants of ours.
    pub(super) html: String,
    /// What is still to be sanitised.
    raw: String,
}

impl<'a> Writer<'a> {
    pub(super) fn new(
        resolve: &'a dyn Fn(&Handle) -> Option<Mentioned>,
        base_url: &'a Url,
        relation: &'a str,
    ) -> Writer<'a> {
        Writer {
            resolve,
            known: HashMap::new(),
            own_host: own_host(base_url),
            base: base_url.as_str().trim_end_matches('/'),
            relation,
            html: String::new(),
            raw: String::new(),
        }
    }

    pub(super) fn line(&mut self, source: &str, line: Line<'_>) {
        let mut at = line.range.start;
        for (range, piece) in line.found {
            self.text(&source[at..range.start]);
            match piece {
                Found::Mention { handle, host } => match self.person(handle, host.as_deref()) {
                    Some(person) => mention(&mut self.raw, &person),
                    None => self.text(&source[range.clone()]),
                },
                Found::Tag(tag) => self.tag(tag),
                Found::Link(link) => self.link(link),
            }
            at = range.end;
        }
        self.text(&source[at..line.range.end]);
        self.sanitize();
    }

    fn sanitize(&mut self) {
        self.html.push_str(&sanitize(&self.raw));
        self.raw.clear();
    }

    fn text(&mut self, text: &str) {
        for c in text.chars() {
            escape(&mut self.raw, c);
            if self.raw.len() >= STRETCH {
                self.sanitize();
            }
        }
    }

    fn person(&mut self, handle: &Handle, host: Option<&str>) -> Option<Mentioned> {
        if host.is_some_and(|host| host != self.own_host) {
            return None;
        }
        let resolve = self.resolve;
        self.known.entry(handle.clone()).or_insert_with(|| resolve(handle)).clone()
    }

    fn tag(&mut self, tag: &Tag) {
        self.raw.push_str("<a href=\"");
        escape_all(&mut self.raw, self.base);
        self.raw.push_str("/tags/");
        self.raw.extend(utf8_percent_encode(tag.key(), NON_ALPHANUMERIC));
        self.raw.push_str("\" class=\"mention hashtag\" rel=\"tag\">#<span>");
        escape_all(&mut self.raw, tag.name());
        self.raw.push_str("</span></a>");
    }

    fn link(&mut self, link: &Link) {
        let html = &mut self.raw;
        html.push_str("<a href=\"");
        escape_all(html, link.url().as_str());
        html.push_str("\" rel=\"");
        html.push_str(self.relation);
        html.push_str("\" target=\"_blank\"><span class=\"invisible\">");
        escape_all(html, &link.prefix);
        let cut = !link.rest.is_empty();
        html.push_str(if cut { "</span><span class=\"ellipsis\">" } else { "</span><span>" });
        escape_all(html, &link.shown);
        html.push_str("</span><span class=\"invisible\">");
        escape_all(html, &link.rest);
        html.push_str("</span></a>");
    }
}

fn mention(html: &mut String, person: &Mentioned) {
    html.push_str("<span class=\"h-card\"><a href=\"");
    escape_all(html, &person.url);
    html.push_str("\" class=\"u-url mention\">@<span>");
    escape_all(html, &person.handle);
    html.push_str("</span></a></span>");
}

/// Writes a character so that it is text in content.
fn escape(html: &mut String, c: char) {
    match c {
        '&' => html.push_str("&amp;"),
        '<' => html.push_str("&lt;"),
        '>' => html.push_str("&gt;"),
        _ => html.push(c),
    }
}

/// Writes text so that it is text, in content and in quoted attributes alike.
fn escape_all(html: &mut String, text: &str) {
    for c in text.chars() {
        if c == '"' { html.push_str("&quot;") } else { escape(html, c) }
    }
}

/// The host of the community as it stands behind `@handle@`, with a port that is not the usual one.
pub(super) fn own_host(base_url: &Url) -> String {
    let host = base_url.host_str().unwrap_or_default().to_ascii_lowercase();
    match base_url.port() {
        Some(port) => format!("{host}:{port}"),
        None => host,
    }
}

/// Reduces any HTML to the tags, attributes, classes and schemes that [`Text::render`] uses.
/// Sanitising twice changes nothing.
pub fn sanitize(html: &str) -> String {
    if html.is_empty() { String::new() } else { ALLOWED.clean(html).to_string() }
}

static ALLOWED: LazyLock<Builder<'static>> = LazyLock::new(|| {
    let mut allowed = Builder::empty();
    allowed
        .tags(HashSet::from(["p", "br", "span", "a"]))
        .clean_content_tags(HashSet::from(["script", "style"]))
        // `Builder::empty` leaves `lang` and `title` on everything.
        .generic_attributes(HashSet::new())
        .tag_attributes(HashMap::from([("a", HashSet::from(["href", "rel", "target"]))]))
        .allowed_classes(HashMap::from([
            ("a", HashSet::from(["u-url", "mention", "hashtag"])),
            ("span", HashSet::from(["h-card", "invisible", "ellipsis"])),
        ]))
        .url_schemes(HashSet::from(["http", "https", "mailto"]))
        .url_relative(UrlRelative::Deny)
        // Ours differ (a link outside, a tag, one's own site), so the filter checks each word.
        .link_rel(None)
        .attribute_filter(|element, attribute, value| match (element, attribute) {
            ("a", "rel") => relations(value).map(Cow::Owned),
            ("a", "target") => (value == "_blank").then_some(Cow::Borrowed(value)),
            _ => Some(Cow::Borrowed(value)),
        });
    allowed
});

fn relations(value: &str) -> Option<String> {
    let known = ["nofollow", "noopener", "noreferrer", "tag", "me"];
    let kept: Vec<&str> =
        value.split_ascii_whitespace().filter(|word| known.contains(word)).collect();
    (!kept.is_empty()).then(|| kept.join(" "))
}
