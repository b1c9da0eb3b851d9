//! Values of profile fields: one line, without paragraphs.

use url::Url;

use super::{
    Handle, Link, Mentioned, Text,
    html::{self, Writer},
};

/// What a field's link adds: it may lead to the same person elsewhere.
const OWN_RELATION: &str = "me nofollow noopener noreferrer";

/// The HTML of a profile field's value. A value that is one URL and nothing else is a link with
/// `rel="me"`; mentions, tags and links inside a sentence are as in a post.
pub fn render_field(
    value: &Text,
    resolve: &dyn Fn(&Handle) -> Option<Mentioned>,
    base_url: &Url,
) -> String {
    let relation = match Link::parse(value.source()) {
        Some(_) => OWN_RELATION,
        None => html::LINK_RELATION,
    };
    let mut writer = Writer::new(resolve, base_url, relation);
    for (number, line) in html::lines(value).enumerate() {
        writer.html.push_str(if number > 0 { " " } else { "" });
        writer.line(value.source(), line);
    }
    writer.html
}
