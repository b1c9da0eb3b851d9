//! Text without markup: of HTML for previews and notifications, and of the short fields (names,
//! warnings, descriptions) that never have any.

use super::{TextError, graphemes, normalise};

/// The text of HTML: tags dropped, breaks and paragraphs as line ends, entities resolved. Never put
/// it into a page without escaping it again.
pub fn plain(html: &str) -> String {
    let mut text = String::with_capacity(html.len());
    let mut rest = html;
    while let Some(at) = rest.find(['<', '&']) {
        text.push_str(&rest[..at]);
        rest = &rest[at..];
        let (written, taken) = if rest.starts_with('<') { tag(rest) } else { entity(rest) };
        text.push_str(written);
        rest = &rest[taken..];
    }
    text.push_str(rest);
    normalise::normalise(&text)
}

/// What a tag stands for, and its length.
fn tag(rest: &str) -> (&'static str, usize) {
    // A `<` that never closes is dropped with all that follows, as a browser would.
    let length = rest.find('>').map_or(rest.len(), |end| end + 1);
    let name = rest[1..].trim_start_matches('/');
    let name_length = name.bytes().take_while(u8::is_ascii_alphanumeric).count();
    let name = name[..name_length].to_ascii_lowercase();
    let closing = rest.starts_with("</");
    match name.as_str() {
        "br" => ("\n", length),
        "p" | "div" if closing => ("\n\n", length),
        name @ ("script" | "style") if !closing => {
            let end = if name == "script" { "</script" } else { "</style" };
            (" ", find_ignoring_case(rest, end).unwrap_or(rest.len()))
        }
        _ => ("", length),
    }
}

fn find_ignoring_case(text: &str, sought: &str) -> Option<usize> {
    text.as_bytes()
        .windows(sought.len())
        .position(|here| here.eq_ignore_ascii_case(sought.as_bytes()))
}

const ENTITIES: [(&str, &str); 8] = [
    ("&amp;", "&"),
    ("&lt;", "<"),
    ("&gt;", ">"),
    ("&quot;", "\""),
    ("&#39;", "'"),
    ("&#x27;", "'"),
    ("&apos;", "'"),
    ("&nbsp;", "\u{a0}"),
];

fn entity(rest: &str) -> (&'static str, usize) {
    ENTITIES
        .into_iter()
        .find(|(entity, _)| rest.starts_with(entity))
        .map_or(("&", 1), |(entity, text)| (text, entity.len()))
}

/// A short field of one line (a display name, a warning, a field's name): normalised, line ends and
/// runs of white space as one space, at most `max` characters. Blank becomes empty.
pub fn plain_line(input: &str, max: usize) -> Result<String, TextError> {
    let block = plain_block(input, usize::MAX)?;
    let words: Vec<&str> = block.split_whitespace().collect();
    within(words.join(" "), max)
}

/// A field of several lines that is shown as it is (a description of a picture): normalised, at
/// most `max` characters. Blank becomes empty.
pub fn plain_block(input: &str, max: usize) -> Result<String, TextError> {
    if input.len() > super::MAX_BYTES {
        return Err(TextError::TooManyBytes { bytes: input.len() });
    }
    let text = normalise::normalise(input);
    within(if normalise::is_blank(&text) { String::new() } else { text }, max)
}

fn within(text: String, max: usize) -> Result<String, TextError> {
    let length = graphemes(&text);
    if length > max { Err(TextError::TooLong { length, max }) } else { Ok(text) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paragraphs_and_breaks_become_line_ends() {
        assert_eq!(plain("<p>a &lt;b&gt;<br>c &amp;amp;</p><p>d</p>"), "a <b>\nc &amp;\n\nd");
    }

    #[test]
    fn i_3_markup_of_strangers_leaves_only_text() {
        let html = "<b onclick=x>T</b>itle<script>alert(1)</script><STYLE>*{}</STYLE> <img src=x";
        assert_eq!(plain(html), "Title");
    }

    #[test]
    fn i_1_short_fields_are_one_line_of_text() {
        let name = plain_line(" Zoë\u{0}\n\t<b>\u{202e} Q ", 30).unwrap();
        assert_eq!(name, "Zoë <b> Q");
        assert_eq!(plain_line("\u{3164}\u{200b}", 30).unwrap(), "");
        assert_eq!(plain_line("abcd", 3), Err(TextError::TooLong { length: 4, max: 3 }));
        assert_eq!(plain_line("👩‍👩‍👧‍👦👩‍👩‍👧‍👦", 2).unwrap(), "👩‍👩‍👧‍👦👩‍👩‍👧‍👦");
    }
}
