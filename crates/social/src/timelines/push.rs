//! Keeping rings current: pushing a new post to those who follow, and forgetting rings that a change made wrong.

use bytes::Bytes;
use engine::{bus::Message, rings::Entry};
use graph::{Batch, Id, Order, Page};

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
    nudge_home(app, &[post.author], id, "update").await;
    let mut page = Page { below: None, above: None, order: Order::Newest, limit: CHUNK };
    loop {
        let followers = app.graph.list::<Followers>(post.author, page).await?;
        let rings: Vec<u64> = followers.iter().map(|link| link.to.raw()).collect();
        if !great {
            // Rings that are away are built again from the lists: nothing is lost.
            let _ = app.engines.rings.push(&rings, entry).await;
        }
        let people: Vec<_> = followers.iter().map(|link| link.to).collect();
        nudge_home(app, &people, id, "update").await;
        match followers.last().filter(|_| followers.len() == CHUNK) {
            Some(last) => page.below = Some(last.ord),
            None => return Ok(()),
        }
    }
}

/// Tells the open streams of an author's followers that a post changed or went (`edit`, `delete`).
pub async fn take_back(
    app: &App,
    author: Id<Account>,
    id: Id<Post>,
    kind: &str,
) -> Result<(), Fault> {
    nudge_home(app, &[author], id, kind).await;
    let mut page = Page { below: None, above: None, order: Order::Newest, limit: CHUNK };
    loop {
        let followers = app.graph.list::<Followers>(author, page).await?;
        let people: Vec<_> = followers.iter().map(|link| link.to).collect();
        nudge_home(app, &people, id, kind).await;
        match followers.last().filter(|_| followers.len() == CHUNK) {
            Some(last) => page.below = Some(last.ord),
            None => return Ok(()),
        }
    }
}

/// Forgets rings: the next read builds them anew.
pub async fn forget(app: &App, accounts: &[Id<Account>]) {
    let rings: Vec<u64> = accounts.iter().map(|account| account.raw()).collect();
    if let Err(error) = app.engines.rings.forget(&rings).await {
        tracing::warn!("timelines not forgotten: {error}");
    }
}

async fn nudge_home(app: &App, people: &[Id<Account>], id: Id<Post>, kind: &str) {
    let body = nudge(kind, id.raw());
    let messages = people
        .iter()
        .map(|person| Message { topic: format!("live:home:{person}"), body: body.clone() })
        .collect();
    send(app, messages).await;
}

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
