//! Keeping rings current: pushing a new post to those who follow, and forgetting rings that a change made wrong.

use std::sync::Arc;

use bytes::Bytes;
use engine::{bus::Message, rings::Entry};
use graph::{Batch, Id, Page};

use crate::{
    accounts::model::Account,
    app::App,
    fault::Fault,
    instance::model::INSTANCE,
    posts::model::{Audience, GreatAuthors, Post},
    relations::model::Followers,
};

/// How many followers one step pushes to.
const CHUNK: usize = 1_000;

/// Shows a new post in its author's own ring at once: before the answer, so that they read what they wrote. A
/// ring that is away costs freshness only.
pub async fn show_author(app: &App, author: Id<Account>, id: Id<Post>, shows: Id<Post>) {
    let entry = Entry { id: id.raw(), shows: shows.raw() };
    if let Err(error) = app.engines.rings.push(&[author.raw()], entry).await {
        tracing::warn!(account.id = %author, "own timeline not current: {error}");
    }
}

/// Pushes a post to the rings of its author's followers, and nudges their open streams. For authors with very many
/// followers nothing is pushed: readers merge.
pub async fn push(app: &App, id: Id<Post>) -> Result<(), Fault> {
    let Some(post) = app.graph.get(id).await? else { return Ok(()) };
    if post.audience == Audience::Direct {
        return Ok(());
    }
    let entry = Entry { id: id.raw(), shows: post.share_of.unwrap_or(id).raw() };
    let great = app.graph.count::<Followers>(post.author).await? > app.settings.push_limit;
    if great {
        let mut batch = Batch::new();
        batch.ensure::<GreatAuthors>(INSTANCE, post.author, app.ord());
        app.graph.commit(batch).await?;
    }
    let rings = &app.engines.rings;
    nudge_home(app, &[post.author.raw()], id, "update").await;
    let mut pages = Followed::of(post.author);
    while let Some(followers) = pages.next(app).await? {
        if !great {
            // Rings that are away are built again from the lists: nothing is lost.
            let _ = rings.push(&followers, entry).await;
        }
        nudge_home(app, &followers, id, "update").await;
    }
    Ok(())
}

/// Tells the open streams of an author's followers that a post changed or went (`edit`, `delete`).
pub async fn take_back(
    app: &App,
    author: Id<Account>,
    id: Id<Post>,
    kind: &str,
) -> Result<(), Fault> {
    nudge_home(app, &[author.raw()], id, kind).await;
    let mut pages = Followed::of(author);
    while let Some(followers) = pages.next(app).await? {
        nudge_home(app, &followers, id, kind).await;
    }
    Ok(())
}

/// The followers of an author, page by page: mostly one, which is kept.
struct Followed {
    author: Id<Account>,
    /// Where the next page begins; none at the first.
    below: Option<u64>,
    done: bool,
}

impl Followed {
    fn of(author: Id<Account>) -> Followed {
        Followed { author, below: None, done: false }
    }

    async fn next(&mut self, app: &App) -> Result<Option<Arc<[u64]>>, Fault> {
        if self.done {
            return Ok(None);
        }
        if self.below.is_none()
            && let Some(all) = app.graph.members::<Followers>(self.author).await?
        {
            self.done = true;
            return Ok(Some(all));
        }
        let page = Page { below: self.below, ..Page::newest(CHUNK) };
        let links = app.graph.list::<Followers>(self.author, page).await?;
        self.below = links.last().map(|link| link.ord);
        self.done = links.len() < CHUNK;
        Ok(Some(links.iter().map(|link| link.to.raw()).collect()))
    }
}

/// Forgets rings: the next read builds them anew.
pub async fn forget(app: &App, accounts: &[Id<Account>]) {
    let rings: Vec<u64> = accounts.iter().map(|account| account.raw()).collect();
    if let Err(error) = app.engines.rings.forget(&rings).await {
        tracing::warn!("timelines not forgotten: {error}");
    }
}

/// One message for many people: every process hears all of them, and knows who of them listens there.
async fn nudge_home(app: &App, people: &[u64], id: Id<Post>, kind: &str) {
    let message = |to: &[u64]| {
        let body = serde_json::json!({ "kind": kind, "id": id, "to": to });
        Message { topic: HOMES.to_owned(), body: body.to_string().into() }
    };
    send(app, people.chunks(PEOPLE).map(message).collect()).await;
}

/// The topic of nudges to many homes at once. Its body is a nudge with `to`: the accounts, as numbers.
pub const HOMES: &str = "live:homes";
/// How many people one message names: it has to stay within what a bus takes.
const PEOPLE: usize = 150;

/// The body of a nudge: what happened to what.
pub(crate) fn nudge(kind: &str, id: u64) -> Bytes {
    Bytes::from(format!(r#"{{"kind":"{kind}","id":"{id}"}}"#))
}

/// Publishes nudges; a bus that is away costs freshness only.
pub(crate) async fn send(app: &App, messages: Vec<Message>) {
    if let Err(error) = app.engines.bus.publish(messages).await {
        tracing::warn!("live streams not told: {error}");
    }
}
