//! Links in messages that lead to a post of this community.

use graph::Id;
use url::Url;

use crate::{app::App, fault::Fault, posts, posts::model::Post, text::Text};

/// The post that a text links to; of several, the first. Who may see it is asked when it is shown.
pub(super) fn linked(app: &App, text: &Text) -> Result<Option<Id<Post>>, Fault> {
    let own = posts::base_url(app)?;
    Ok(text.links().into_iter().find_map(|link| post_of(link.url(), &own)))
}

/// The post behind an address of the form `/@handle/id`, here.
fn post_of(url: &Url, own: &Url) -> Option<Id<Post>> {
    if url.origin() != own.origin() {
        return None;
    }
    let mut parts = url.path_segments()?;
    let (handle, id) = (parts.next()?, parts.next()?);
    let ends = parts.next().is_none_or(|rest| rest.is_empty()) && parts.next().is_none();
    // Any handle: what counts is the number, as for the page itself.
    (handle.starts_with('@') && ends).then(|| id.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_of_posts_that_are_here_lead_to_one() {
        let own = Url::parse("https://here.example").unwrap();
        let found = |text: &str| post_of(&Url::parse(text).unwrap(), &own).map(Id::raw);
        for here in [
            "https://here.example/@ada/17",
            "https://here.example:443/@ada/17?x=1#y",
            "https://HERE.example/@ada/17/",
        ] {
            assert_eq!(found(here), Some(17), "{here}");
        }
        for elsewhere in [
            "http://here.example/@ada/17",
            "https://here.example:8443/@ada/17",
            "https://here.example.evil.example/@ada/17",
            "https://there.example/@ada/17",
            "https://here.example/@ada",
            "https://here.example/tags/17",
            "https://here.example/@ada/17/x",
            "https://here.example/@ada/17//x",
            "https://here.example/@ada/0",
            "https://here.example/@ada/99999999999999999999",
        ] {
            assert_eq!(found(elsewhere), None, "{elsewhere}");
        }
    }
}
