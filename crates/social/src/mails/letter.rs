//! How a mail looks: the same words in text and HTML, in the client's colours by day and by night.
//!
//! Mail programs read no style sheets of others and know no `oklch`, so each colour stands where it is used; those that
//! know `prefers-color-scheme` take the block at the top.

use engine::mail::Mail;

use super::face::Face;

/// What happens once in a mail of several: a line, some words of a post, and where it leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Item {
    /// Of whom it tells.
    pub face: Option<Face>,
    pub title: String,
    pub body: String,
    pub href: String,
}

/// A mail before it is text and HTML.
#[derive(Clone, Debug, Default)]
pub(crate) struct Letter {
    /// What the community is called: it stands above, as in the client.
    pub place: String,
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
.row{border-color:#38302b!important}\
.soft{color:#bdb1a7!important}.ink{color:#f2ece4!important}\
.go{background:#ff8552!important;color:#1c0f09!important}FACES}";

/// The voice for names of places.
pub(super) const VOICE: &str =
    "'Bricolage Grotesque Variable','Bricolage Grotesque',ui-rounded,system-ui,sans-serif";
/// The voice for everything that is read or pressed.
const READ: &str =
    "'Figtree Variable',Figtree,system-ui,-apple-system,'Segoe UI',Roboto,sans-serif";

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
        // What follows a line of two dashes and a space is the signature: mail programs show it small.
        let place = if self.place.is_empty() { "SocioSphere" } else { &self.place };
        text += &format!("-- \n{place}\n");
        if !self.after.is_empty() {
            text += &format!("{}\n", self.after);
        }
        if let Some(link) = &self.unsubscribe {
            text += &format!("No more mails like this: {link}\n");
        }
        text
    }

    fn html(&self, name: &str) -> String {
        let mut html = format!(
            "<h1 class=\"ink\" style=\"margin:0 0 12px;color:#2f2520;font:700 24px/1.2 {VOICE};\
             letter-spacing:-.01em\" dir=\"auto\">Hello {},</h1>",
            escape(name)
        );
        for line in &self.lines {
            html += &format!("<p style=\"margin:0 0 12px\" dir=\"auto\">{}</p>", escape(line));
        }
        for item in &self.items {
            html += &item_html(item);
        }
        if let Some((called, href)) = &self.link {
            html += &format!(
                "<p style=\"margin:20px 0 4px\"><a class=\"go\" href=\"{}\" style=\"display:inline-block;\
                 padding:12px 22px;border-radius:999px;background:#c33d17;color:#fffdfa;\
                 font-weight:650;line-height:20px;text-decoration:none\">{}</a></p>",
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
        let small: String = small
            .iter()
            .map(|line| {
                format!(
                    "<p class=\"soft\" style=\"margin:0 8px 6px;color:#6f625a;font-size:13px\">{line}</p>"
                )
            })
            .collect();
        let mut faces: Vec<_> =
            self.items.iter().flat_map(|item| &item.face).map(Face::night).collect();
        faces.sort();
        faces.dedup();
        let night = NIGHT.replace("FACES", &faces.concat());
        let first = self.items.first().map_or(self.lines.first(), |item| Some(&item.title));
        format!(
            "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
             <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\
             <meta name=\"color-scheme\" content=\"light dark\">\
             <meta name=\"supported-color-schemes\" content=\"light dark\"><title>{subject}</title>\
             <style>:root{{color-scheme:light dark}}{night}</style></head>\
             <body class=\"paper\" style=\"margin:0;padding:28px 12px 40px;background:#fcfaf6;\
             color:#2f2520;font:16px/1.5 {READ};overflow-wrap:anywhere\">\
             <div style=\"display:none;max-height:0;overflow:hidden\">{first}</div>\
             <div style=\"max-width:560px;margin:0 auto\">\
             <p class=\"ink\" style=\"margin:0 8px 16px;color:#2f2520;font:700 20px/32px {VOICE};\
             letter-spacing:-.01em\"><span class=\"go\" style=\"display:inline-block;width:32px;height:32px;\
             margin-right:10px;border-radius:50%;background:#c33d17;color:#fffdfa;font-weight:800;\
             text-align:center\" aria-hidden=\"true\">S</span>{place}</p>\
             <div class=\"card\" style=\"margin:0 0 16px;padding:24px;background:#ffffff;\
             border:1px solid #e3ddd5;border-radius:20px\">{html}</div>{small}</div></body></html>",
            subject = escape(&self.subject),
            first = escape(first.map_or("", String::as_str)),
            place = escape(&self.place),
        )
    }
}

fn item_html(item: &Item) -> String {
    let (face, aside) = match &item.face {
        Some(face) => (face.html(), "min-height:40px;margin-left:52px"),
        None => (String::new(), ""),
    };
    let body = match item.body.is_empty() {
        true => String::new(),
        // Who writes from right to left keeps their direction, and the row its place.
        false => format!(
            "<br><span class=\"soft\" style=\"color:#6f625a;unicode-bidi:plaintext\">{}</span>",
            escape(&item.body)
        ),
    };
    format!(
        "<a class=\"row ink\" href=\"{}\" style=\"display:block;padding:14px 0;\
         border-top:1px solid #e3ddd5;color:#2f2520;text-decoration:none\">{face}\
         <span style=\"display:block;{aside}\"><b style=\"font-weight:650\">{}</b>{body}\
         </span></a>",
        escape(&item.href),
        escape(&item.title)
    )
}

/// A text inside HTML, also inside a quoted attribute.
pub(super) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
