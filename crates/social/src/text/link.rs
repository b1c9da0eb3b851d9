//! Links: where an `http` or `https` URL ends in running text, and what of it is shown.

use url::{Host, Url};

use super::{host, normalise::is_invisible};

/// Most bytes of a link; a longer one is plain text.
pub const MAX_BYTES: usize = 2048;
/// Characters shown of a link, unless its host is longer: the host is always shown whole.
const SHOWN_CHARACTERS: usize = 30;

/// A link found in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    url: Url,
    /// The scheme and `www.`: there, but not shown.
    pub(super) prefix: String,
    /// The host and as much of the rest as there is room for.
    pub(super) shown: String,
    /// What is left: there, but not shown.
    pub(super) rest: String,
}

impl Link {
    /// Reads a whole string as a link. `None` if it is not one that people could mean: another
    /// scheme, no real host, too long.
    pub fn parse(typed: &str) -> Option<Link> {
        let scheme = scheme(typed)?;
        if typed.len() > MAX_BYTES || matching(typed).link != typed.len() {
            return None;
        }
        let mut url = Url::parse(typed).ok()?;
        // `https://good.example@evil.example` is a link to evil.example that says otherwise.
        url.set_username("").ok()?;
        url.set_password(None).ok()?;
        if !is_real_host(&url.host()?) {
            return None;
        }
        let after_scheme = &typed[scheme..];
        let authority_end = after_scheme.find(['/', '?', '#']).unwrap_or(after_scheme.len());
        let (authority, path) = after_scheme.split_at(authority_end);
        let typed_host = authority.rsplit('@').next().unwrap_or(authority);
        let typed_host = typed_host.split(':').next().unwrap_or(typed_host);
        let mut shown_host = host::shown(typed_host, url.host_str()?);
        if let Some(port) = url.port() {
            shown_host = format!("{shown_host}:{port}");
        }
        let (www, shown_host) = match shown_host.strip_prefix("www.") {
            Some(bare) if bare.contains('.') => ("www.", bare),
            _ => ("", shown_host.as_str()),
        };
        let prefix = format!("{}://{www}", url.scheme());
        let room = SHOWN_CHARACTERS.saturating_sub(shown_host.chars().count());
        let cut = path.char_indices().nth(room).map_or(path.len(), |(at, _)| at);
        let (path_shown, rest) = path.split_at(cut);
        let shown = format!("{shown_host}{path_shown}");
        Some(Link { prefix, shown, rest: rest.to_owned(), url })
    }

    /// Where it leads.
    pub fn url(&self) -> &Url {
        &self.url
    }
}

/// The length of `http://` or `https://` at the start of a text, in any case.
pub(super) fn scheme(text: &str) -> Option<usize> {
    ["https://", "http://"].into_iter().map(str::as_bytes).find_map(|scheme| {
        let start = text.as_bytes().get(..scheme.len())?;
        start.eq_ignore_ascii_case(scheme).then_some(scheme.len())
    })
}

fn is_real_host(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => {
            *name == "localhost" || name.trim_end_matches('.').split('.').count() > 1
        }
        Host::Ipv4(_) | Host::Ipv6(_) => true,
    }
}

/// How many bytes at the start of `text` a link could take: up to a character that cannot be in
/// one, without the punctuation that belongs to the sentence around it.
pub(super) fn matching(text: &str) -> Candidate {
    let run = text.find(ends_link).unwrap_or(text.len());
    Candidate { run, link: without_trailing_punctuation(&text[..run]) }
}

/// What [`matching`] found.
pub(super) struct Candidate {
    /// Bytes up to the first character that cannot be in a link.
    pub run: usize,
    /// Bytes of them that are the link, if it is one.
    pub link: usize,
}

fn ends_link(c: char) -> bool {
    is_invisible(c)
        || matches!(c, '<' | '>' | '"' | '`' | '\\' | '{' | '}' | '|' | '^')
        || matches!(c, '«' | '»' | '‘'..='‟' | '‹' | '›' | '…')
        || matches!(c, '\u{3000}'..='\u{3004}' | '\u{3008}'..='\u{3020}' | '\u{ff01}'..='\u{ff0f}')
        || matches!(c, '\u{ff1a}'..='\u{ff20}' | '\u{ff3b}'..='\u{ff40}' | '\u{ff5b}'..='\u{ff65}')
}

fn without_trailing_punctuation(run: &str) -> usize {
    let mut depth = run.bytes().fold([0i64; 2], |mut depth, byte| {
        match byte {
            b'(' => depth[0] += 1,
            b')' => depth[0] -= 1,
            b'[' => depth[1] += 1,
            b']' => depth[1] -= 1,
            _ => {}
        }
        depth
    });
    let mut end = run.len();
    for &byte in run.as_bytes().iter().rev() {
        match byte {
            b'.' | b',' | b';' | b':' | b'!' | b'?' | b'\'' | b'*' | b'~' => {}
            b'(' => depth[0] -= 1,
            b'[' => depth[1] -= 1,
            // One too many: it closes what the sentence opened.
            b')' if depth[0] < 0 => depth[0] += 1,
            b']' if depth[1] < 0 => depth[1] += 1,
            _ => break,
        }
        end -= 1;
    }
    end
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> &str {
        &text[..matching(text).link]
    }

    #[test]
    fn the_punctuation_of_the_sentence_is_not_in_the_link() {
        for (text, link) in [
            ("https://a.example/x.", "https://a.example/x"),
            ("https://a.example/x?!…", "https://a.example/x"),
            ("https://a.example/x) and", "https://a.example/x"),
            ("https://a.example/x_(y)", "https://a.example/x_(y)"),
            ("https://a.example/x_(y)).", "https://a.example/x_(y)"),
            ("https://a.example/[1]]", "https://a.example/[1]"),
            ("https://a.example/x(", "https://a.example/x"),
            ("https://a.example/?q=1&r=2#f,", "https://a.example/?q=1&r=2#f"),
            ("https://a.example/写真。これ", "https://a.example/写真"),
            ("https://a.example/\u{202e}gpj", "https://a.example/"),
            ("https://a.example/\"onclick", "https://a.example/"),
        ] {
            assert_eq!(found(text), link);
        }
    }

    #[test]
    fn i_9_what_is_shown_names_the_real_host() {
        let link = Link::parse("https://good.example@evil.example/").unwrap();
        assert_eq!(link.url().as_str(), "https://evil.example/");
        assert_eq!(link.shown, "evil.example/");

        let long = "https://accounts.good.example.with.a.very.long.name.evil.example/path";
        assert_eq!(
            Link::parse(long).unwrap().shown,
            "accounts.good.example.with.a.very.long.name.evil.example"
        );

        let number = Link::parse("http://2130706433/").unwrap();
        assert_eq!(number.shown, "127.0.0.1/");
    }

    #[test]
    fn only_http_with_a_real_host_is_a_link() {
        for text in [
            "javascript:alert(1)",
            "data:text/html,x",
            "ftp://a.example",
            "https://",
            "https://word",
            "https:// a.example",
            "https://a.example:99999/",
        ] {
            assert_eq!(Link::parse(text), None, "{text}");
        }
        let long = format!("https://a.example/{}", "x".repeat(MAX_BYTES));
        assert_eq!(Link::parse(&long), None);
        assert!(Link::parse("HTTPS://A.example/X").is_some());
        assert!(Link::parse("http://localhost:3000/x").is_some());
    }
}
