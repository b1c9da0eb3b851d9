//! Which link of a text gets a card, and when two addresses are the same page.

use url::{Host, Url};

use crate::text::Text;

/// Parameters that say where a reader came from, and nothing about the page.
const TRACKING: [&str; 10] = [
    "fbclid", "gclid", "dclid", "msclkid", "yclid", "igshid", "mc_cid", "mc_eid", "_hsenc", "_hsmi",
];

/// The first link of a text that leads away from here, in the form by which pages are known.
pub fn first(text: &Text, own: &Url) -> Option<Url> {
    text.links().into_iter().map(|link| link.url()).find(|url| leads_away(url, own)).map(same)
}

/// Pages of our own are not read by ourselves.
fn leads_away(url: &Url, own: &Url) -> bool {
    let named = |host: Option<Host<&str>>| host.map(|host| host.to_string());
    named(url.host()) != named(own.host())
        || url.port_or_known_default() != own.port_or_known_default()
}

/// An address without its fragment, what only tracks, and the dot behind a host.
fn same(url: &Url) -> Url {
    let mut url = url.clone();
    url.set_fragment(None);
    if let Some(host) = url.host_str().and_then(|host| host.strip_suffix('.')) {
        let host = host.to_owned();
        // A host that was one stays one without its dot.
        let _ = url.set_host(Some(&host));
    }
    if url.query().is_some() {
        // Pair by pair, as they are written: another way to write the rest may be another page.
        let query = url.query().unwrap_or_default();
        let tracks = |pair: &str| {
            let name = pair.split('=').next().unwrap_or_default().to_ascii_lowercase();
            name.starts_with("utm_") || TRACKING.contains(&name.as_str())
        };
        let kept: Vec<_> =
            query.split('&').filter(|pair| !pair.is_empty() && !tracks(pair)).collect();
        let kept = kept.join("&");
        url.set_query((!kept.is_empty()).then_some(kept.as_str()));
    }
    url
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn found(text: &str) -> Option<String> {
        let own = Url::parse("https://here.example").unwrap();
        first(&Text::parse(text).unwrap(), &own).map(String::from)
    }

    #[test]
    fn pages_are_one_whatever_tracks_their_readers() {
        for (typed, page) in [
            ("see https://A.example:443/x#part", "https://a.example/x"),
            ("https://a.example./x?utm_source=a&b=1&UTM_Medium=c", "https://a.example/x?b=1"),
            ("https://a.example/?fbclid=1", "https://a.example/"),
            ("https://a.example/?b=%20&a=+&&c", "https://a.example/?b=%20&a=+&c"),
            ("http://a.example/x and https://b.example/", "http://a.example/x"),
            ("https://here.example/@ada https://b.example/", "https://b.example/"),
            ("https://here.example:8443/x", "https://here.example:8443/x"),
        ] {
            assert_eq!(found(typed).as_deref(), Some(page), "{typed}");
        }
        for none in ["no link", "https://here.example/@ada", "@ada #tag mailto:x@y.example"] {
            assert_eq!(found(none), None, "{none}");
        }
    }

    proptest! {
        #[test]
        fn an_address_that_was_made_plain_stays_as_it_is(path in "[a-z0-9/%?&=_.#-]{0,60}") {
            if let Ok(url) = Url::parse(&format!("https://a.example/{path}")) {
                let once = same(&url);
                prop_assert_eq!(same(&once), once.clone());
                prop_assert_eq!(once.host_str(), Some("a.example"));
                prop_assert!(once.fragment().is_none());
            }
        }
    }
}
