//! What a page says about itself: `<title>`, `<meta>` (Open Graph, Twitter's, plain), `<html lang>`.
//!
//! Read by the tokenizer of browsers, without a tree: depth costs nothing. Only text leaves (I-3).

use std::cell::RefCell;

use encoding_rs::{Encoding, UTF_8};
use html5ever::{
    tendril::StrTendril,
    tokenizer::{
        BufferQueue, CharacterTokens, StartTag, TagToken, Token, TokenSink, TokenSinkResult,
        Tokenizer, TokenizerOpts, states::RawKind,
    },
};
use unicode_segmentation::UnicodeSegmentation;
use url::Url;

use crate::text::plain_line;

/// How much of a page is looked at.
pub const BYTES: usize = 512 * 1024;
/// Most `<meta>` that are looked at.
const METAS: usize = 200;

/// What a page says about itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Said {
    pub title: String,
    pub description: String,
    pub site: String,
    pub author: String,
    pub language: Option<String>,
    pub picture: Option<Url>,
    pub picture_alt: String,
}

/// Reads a page that was found at an address.
pub fn read(bytes: &[u8], content_type: &str, at: &Url) -> Said {
    let bytes = &bytes[..bytes.len().min(BYTES)];
    let (text, _, _) = encoding(bytes, content_type).decode(bytes);
    let tokenizer = Tokenizer::new(Sink::default(), TokenizerOpts::default());
    let queue = BufferQueue::default();
    queue.push_back(StrTendril::from(&*text));
    // The sink never asks to wait for a script, so this reads to the end.
    let _ = tokenizer.feed(&queue);
    tokenizer.end();
    tokenizer.sink.heard.into_inner().said(at)
}

/// The encoding of a page: as told, as the page says itself, else UTF-8. A byte order mark wins over all of them.
fn encoding(bytes: &[u8], content_type: &str) -> &'static Encoding {
    let named = |text: &str| {
        let (_, rest) = text.split_once("charset=")?;
        let label = rest.trim_start_matches(['"', '\'', ' ']);
        let end = label.find(['"', '\'', ' ', ';', '>', '/']).unwrap_or(label.len());
        Encoding::for_label(&label.as_bytes()[..end])
    };
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(1_024)]).to_ascii_lowercase();
    named(&content_type.to_ascii_lowercase()).or_else(|| named(&head)).unwrap_or(UTF_8)
}

#[derive(Default)]
struct Sink {
    heard: RefCell<Heard>,
}

/// What was heard so far.
#[derive(Default)]
struct Heard {
    metas: Vec<(String, String)>,
    title: String,
    in_title: bool,
    /// Whether the title has ended: those of pictures in the page are not the page's.
    titled: bool,
    language: Option<String>,
}

impl TokenSink for Sink {
    type Handle = ();

    fn process_token(&self, token: Token, _line: u64) -> TokenSinkResult<()> {
        let mut heard = self.heard.borrow_mut();
        match token {
            TagToken(tag) if tag.kind == StartTag => {
                let attribute = |name: &str| {
                    let mut all = tag.attrs.iter();
                    all.find(|one| &*one.name.local == name).map(|one| one.value.to_string())
                };
                match &*tag.name {
                    "html" => heard.language = heard.language.take().or(attribute("lang")),
                    "meta" if heard.metas.len() < METAS => {
                        let name = attribute("property").or_else(|| attribute("name"));
                        if let (Some(name), Some(content)) = (name, attribute("content")) {
                            heard.metas.push((name.trim().to_ascii_lowercase(), content));
                        }
                    }
                    "title" => {
                        heard.in_title = !heard.titled;
                        return TokenSinkResult::RawData(RawKind::Rcdata);
                    }
                    "textarea" => return TokenSinkResult::RawData(RawKind::Rcdata),
                    "script" => return TokenSinkResult::RawData(RawKind::ScriptData),
                    "style" | "xmp" | "iframe" | "noembed" | "noframes" => {
                        return TokenSinkResult::RawData(RawKind::Rawtext);
                    }
                    _ => {}
                }
            }
            TagToken(tag) if &*tag.name == "title" => {
                heard.titled |= heard.in_title;
                heard.in_title = false;
            }
            CharacterTokens(text) if heard.in_title && heard.title.len() < 4_096 => {
                heard.title.push_str(&text);
            }
            _ => {}
        }
        TokenSinkResult::Continue
    }
}

impl Heard {
    fn said(self, at: &Url) -> Said {
        let first = |names: &[&str]| {
            let of = |name: &&str| {
                self.metas.iter().find(|(known, text)| known == name && !text.trim().is_empty())
            };
            names.iter().find_map(of).map(|(_, text)| text.as_str()).unwrap_or_default()
        };
        let title = match first(&["og:title", "twitter:title"]) {
            "" => self.title.as_str(),
            title => title,
        };
        let picture = first(&["og:image:secure_url", "og:image", "og:image:url", "twitter:image"]);
        let picture = Some(picture.trim()).filter(|picture| !picture.is_empty());
        let language = self.language.as_deref().map(str::trim);
        Said {
            title: line(title, 200),
            description: line(
                first(&["og:description", "twitter:description", "description"]),
                400,
            ),
            site: line(first(&["og:site_name", "application-name"]), 80),
            author: line(first(&["author", "article:author"]), 80).replace("https://", ""),
            language: language.filter(|tag| crate::posts::is_language(tag)).map(str::to_owned),
            picture: picture
                .and_then(|picture| at.join(picture).ok())
                .filter(|url| matches!(url.scheme(), "http" | "https")),
            picture_alt: line(first(&["og:image:alt", "twitter:image:alt"]), 400),
        }
    }
}

/// One line of text with at most so many characters, cut at a character.
fn line(text: &str, most: usize) -> String {
    let end = text.floor_char_boundary(text.len().min(16 * 1024));
    let clean = plain_line(&text[..end], usize::MAX).unwrap_or_default();
    match clean.grapheme_indices(true).nth(most) {
        None => clean,
        Some((at, _)) => format!("{}…", clean[..at].trim_end()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(html: &str) -> Said {
        read(html.as_bytes(), "text/html", &Url::parse("https://a.example/dir/page").unwrap())
    }

    #[test]
    fn open_graph_wins_over_plain_words() {
        let said = said(
            r#"<!doctype html><HTML lang="de-AT"><head><title>Plain &amp; simple</title>
            <meta name=description content="plain"><meta property="og:title" content="Op&eacute;n">
            <meta property="og:description" content=" graph
            words "><meta content="A site" property="og:site_name"><meta name="author" content="Ada">
            <meta property="og:image" content="../x.png"><meta property="og:image:alt" content="a cat">"#,
        );
        assert_eq!(
            said,
            Said {
                title: "Opén".into(),
                description: "graph words".into(),
                site: "A site".into(),
                author: "Ada".into(),
                language: Some("de-AT".into()),
                picture: Some(Url::parse("https://a.example/x.png").unwrap()),
                picture_alt: "a cat".into(),
            }
        );
    }

    #[test]
    fn a_page_without_open_graph_has_its_title_and_a_page_of_nothing_has_none() {
        let plain = said("<title>\n A <b>title</b>\n</title><svg><title>icon</title></svg>");
        assert_eq!(plain.title, "A <b>title</b>");
        for nothing in ["", "words alone", "<meta property='og:title' content='  '>", "\u{0}<<<"] {
            assert_eq!(said(nothing).title, "", "{nothing}");
        }
    }

    #[test]
    fn i_3_a_page_leaves_nothing_but_text() {
        let said = said(
            "<script>var a = '<meta property=og:title content=no>'</script><style><meta property=og:title content=no></style>\
             <meta property=og:title content='<script>alert(1)</script>&#x202e; x'>\
             <meta property=og:image content='javascript:alert(1)'><html lang='\"><script>'>",
        );
        assert_eq!(said.title, "<script>alert(1)</script> x");
        assert_eq!((said.picture, said.language), (None, None));
    }

    #[test]
    fn old_encodings_are_read() {
        let latin = b"<meta charset='iso-8859-1'><title>caf\xe9</title>";
        let at = Url::parse("https://a.example/").unwrap();
        assert_eq!(read(latin, "text/html", &at).title, "café");
        let japanese = b"<title>\x93\xfa\x96\x7b</title>";
        assert_eq!(read(japanese, "text/html; charset=Shift_JIS", &at).title, "日本");
        let marked = b"\xff\xfe<\0t\0i\0t\0l\0e\0>\0x\0";
        assert_eq!(read(marked, "text/html; charset=utf-8", &at).title, "x");
        assert_eq!(
            read(b"<title>a\xffb</title>", "text/html; charset=no-such", &at).title,
            "a\u{fffd}b"
        );
    }

    #[test]
    fn s_8_depth_and_numbers_of_a_page_cost_little() {
        let deep = format!("{}<title>no</title>", "<div>".repeat(1_000_000));
        assert_eq!(said(&deep).title, "");
        let many = format!(
            "{}<meta property=og:title content=no><title>x</title>",
            "<meta name=a content=b>".repeat(1_000)
        );
        assert_eq!(said(&many).title, "x");
        let long = said(&format!("<title>{}</title>", "ä".repeat(3_000)));
        assert_eq!(long.title.chars().count(), 201);
    }
}
