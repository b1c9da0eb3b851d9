//! How a mail looks: the same words in text and HTML, in the client's colours by day and by night.
//!
//! Mail programs read no style sheets of others and know no `oklch`, so each colour stands where it is used; those that
//! know `prefers-color-scheme` take the block at the top.

use engine::mail::Mail;

/// What happens once in a mail of several: a line, some words of a post, and where it leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Item {
    pub title: String,
    pub body: String,
    pub href: String,
}

/// A mail before it is text and HTML.
#[derive(Clone, Debug, Default)]
pub(crate) struct Letter {
    pub subject: String,
    pub lines: Vec<String>,
    pub items: Vec<Item>,
    /// What the button is called, and where it leads.
    pub link: Option<(&'static str, String)>,
    /// Small, at the end.
    pub after: String,
    /// The link by which one gets no more of these.
    pub unsubscribe: Option<String>,
}

/// The tokens of `web/src/styles/tokens.css` that mails use, in the only notation that mail programs know.
const NIGHT: &str = "@media (prefers-color-scheme:dark){\
.paper{background:#15100d!important;color:#f2ece4!important}\
.card{background:#1e1814!important;border-color:#38302b!important}\
.soft{color:#bdb1a7!important}.ink{color:#f2ece4!important}\
.go{background:#ff8552!important;color:#1c0f09!important}.mark{color:#ff8552!important}}";

impl Letter {
    /// The mail to an address, greeting somebody by name.
    pub(crate) fn mail(self, key: String, to: String, name: &str) -> Mail {
        Mail {
            key,
            to,
            to_name: name.to_owned(),
            text: self.text(name),
            html: self.html(name),
            subject: self.subject,
            unsubscribe: self.unsubscribe,
        }
    }

    fn text(&self, name: &str) -> String {
        let mut text = format!("Hello {name},\n\n");
        for line in &self.lines {
            text += &format!("{line}\n\n");
        }
        for item in &self.items {
            text += &format!("* {}\n", item.title);
            if !item.body.is_empty() {
                text += &format!("  “{}”\n", item.body);
            }
            text += &format!("  {}\n\n", item.href);
        }
        if let Some((called, href)) = &self.link {
            text += &format!("{called}:\n{href}\n\n");
        }
        if !self.after.is_empty() {
            text += &format!("{}\n", self.after);
        }
        if let Some(link) = &self.unsubscribe {
            text += &format!("\nNo more mails like this:\n{link}\n");
        }
        text
    }

    fn html(&self, name: &str) -> String {
        let mut html = format!("<p>Hello {},</p>", escape(name));
        for line in &self.lines {
            html += &format!("<p>{}</p>", escape(line));
        }
        for item in &self.items {
            html += &item_html(item);
        }
        if let Some((called, href)) = &self.link {
            html += &format!(
                "<p style=\"margin:1.5em 0\"><a class=\"go\" href=\"{}\" style=\"display:inline-block;\
                 padding:.7em 1.4em;border-radius:2em;background:#c33d17;color:#fffdfa;\
                 font-weight:600;text-decoration:none\">{}</a></p>",
                escape(href),
                escape(called)
            );
        }
        let mut small = Vec::new();
        if !self.after.is_empty() {
            small.push(escape(&self.after));
        }
        if let Some(link) = &self.unsubscribe {
            small.push(format!(
                "<a class=\"soft\" href=\"{}\" style=\"color:#6f625a\">No more mails like this</a>",
                escape(link)
            ));
        }
        if !small.is_empty() {
            html += &format!(
                "<p class=\"soft\" style=\"color:#6f625a;font-size:13px\">{}</p>",
                small.join("<br>")
            );
        }
        format!(
            "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
             <meta name=\"viewport\" content=\"width=device-width\">\
             <meta name=\"color-scheme\" content=\"light dark\">\
             <meta name=\"supported-color-schemes\" content=\"light dark\"><title>{}</title>\
             <style>{NIGHT}</style></head>\
             <body class=\"paper\" style=\"margin:0;padding:2em 1em;background:#fcfaf6;\
             color:#2f2520;font:16px/1.5 Figtree,system-ui,sans-serif\">\
             <div style=\"max-width:32em;margin:auto\">\
             <p class=\"mark\" style=\"margin:0 0 1em;color:#c33d17;font:700 20px/1.2 \
             'Bricolage Grotesque',system-ui,sans-serif\">SocioSphere</p>\
             <div class=\"card\" style=\"padding:1em 1.5em;background:#ffffff;border:1px solid #e3ddd5;\
             border-radius:20px\">{html}</div></div></body></html>",
            escape(&self.subject)
        )
    }
}

fn item_html(item: &Item) -> String {
    let body = match item.body.is_empty() {
        true => String::new(),
        false => format!(
            "<br><span class=\"soft\" style=\"color:#6f625a\">{}</span>",
            escape(&item.body)
        ),
    };
    format!(
        "<p style=\"margin:1em 0\"><a class=\"ink\" href=\"{}\" style=\"color:#2f2520;\
         font-weight:600;text-decoration:none\">{}</a>{body}</p>",
        escape(&item.href),
        escape(&item.title)
    )
}

/// A text inside HTML, also inside a quoted attribute.
fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
