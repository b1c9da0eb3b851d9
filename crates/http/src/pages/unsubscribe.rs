//! The link by which one gets no more of a kind of mail. Opening it changes nothing (mail programs open links, too); its
//! button does, and so does the one click of a mail program (RFC 8058). The link itself is the proof: there is no
//! signing in, and nothing of the request's body counts.

use axum::extract::{Path, State};
use social::mails::{self, Topic};

use super::{Failed, Page, escape};
use crate::{
    Shared,
    routes::{Access, Operation, get, post},
};

const PATH: &str = "/auth/unsubscribe/{topic}/{token}";

pub fn operations() -> Vec<Operation> {
    vec![
        get("unsubscribePage", PATH, Access::Open)
            .says("pages", "Asks whether one wants no more mails of a kind")
            .to(show),
        post("unsubscribe", PATH, Access::Open)
            .says("pages", "Ends mails of a kind (RFC 8058)")
            .to(end),
    ]
}

async fn show(
    State(site): State<Shared>,
    Path((topic, token)): Path<(String, String)>,
) -> Result<Page, Failed> {
    let (_, kind) = mails::open_link(&site.app, &topic, &token)?;
    let content = format!(
        "<p>Do you want no more mails {}?</p>\n\
         <form method=\"post\" action=\"/auth/unsubscribe/{}/{}\">\n\
         <button type=\"submit\">No more of them</button>\n</form>",
        about(kind),
        escape(&topic),
        escape(&token),
    );
    Ok(Page::new("Fewer mails", content))
}

async fn end(
    State(site): State<Shared>,
    Path((topic, token)): Path<(String, String)>,
) -> Result<Page, Failed> {
    let (account, kind) = mails::open_link(&site.app, &topic, &token)?;
    mails::unsubscribe(&site.app, account, kind).await?;
    let content = format!(
        "<p>You get no more mails {}. Your settings bring them back.</p>\n\
         <p><a href=\"/\">Go to SocioSphere</a></p>",
        about(kind)
    );
    Ok(Page::new("No more of these mails", content))
}

fn about(topic: Topic) -> &'static str {
    match topic {
        Topic::Notifications => "about notifications",
        Topic::Digest => "with what you missed",
        Topic::Insight => "about your week in numbers",
    }
}
