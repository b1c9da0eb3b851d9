//! Tying posts to cards, in the batch that publishes, edits or deletes them.

use graph::{Batch, CommitError, Id};
use sha2::{Digest, Sha256};
use url::Url;

use super::{
    address,
    model::{CARDS, Card, CardHolders, LooseCards},
};
use crate::{
    app::App,
    events::Event,
    fault::Fault,
    instance::model::INSTANCE,
    posts::{
        base_url,
        model::{Audience, Post},
    },
    secret::hex,
    text::Text,
};

/// The card of a text, if it is to have one: of its first link, where there is no media to show. What is for a few named
/// people alone tells no third party of its links. Asks for the page where it was not read yet, or long ago.
pub async fn attach(
    app: &App,
    batch: &mut Batch,
    text: &Text,
    audience: Audience,
    has_media: bool,
) -> Result<Option<Id<Card>>, Fault> {
    if has_media || audience == Audience::Direct || !app.settings.cards {
        return Ok(None);
    }
    let Some(url) = address::first(text, &base_url(app)?) else { return Ok(None) };
    let id = named(app, &url).await?;
    let due = app.graph.get(id).await?.is_none_or(|card| card.is_due(app.now_ms()));
    if due {
        batch.emit(app.id(), &Event::CardWanted { card: id });
    }
    Ok(Some(id))
}

/// Brings the lists of cards in line with what a post shows now.
pub fn relist(
    app: &App,
    batch: &mut Batch,
    post: Id<Post>,
    before: Option<Id<Card>>,
    after: Option<Id<Card>>,
) {
    if before == after {
        return;
    }
    if let Some(gone) = before {
        let_go(app, batch, post, gone);
    }
    if let Some(card) = after {
        batch.ensure::<CardHolders>(card, post, post.raw());
        batch.discard::<LooseCards>(INSTANCE, card);
    }
}

/// A post no longer shows a card.
pub fn let_go(app: &App, batch: &mut Batch, post: Id<Post>, card: Id<Card>) {
    batch.discard::<CardHolders>(card, post);
    batch.ensure::<LooseCards>(INSTANCE, card, app.ord());
}

/// The card of an address, made if it is new.
async fn named(app: &App, url: &Url) -> Result<Id<Card>, Fault> {
    let key = key(url.as_str());
    if let Some(card) = app.graph.key(CARDS, &key).await? {
        return Ok(card);
    }
    let id = app.id();
    let mut batch = Batch::new();
    batch.create(id, &Card { url: url.as_str().to_owned(), ..Card::default() });
    batch.claim(CARDS, &key, id);
    // Until a post holds it: a draft that fails leaves nothing.
    batch.link::<LooseCards>(INSTANCE, id, app.ord());
    match app.graph.commit(batch).await {
        Ok(_) => Ok(id),
        // Somebody else was first.
        Err(CommitError::KeyTaken { .. }) => app.graph.key(CARDS, &key).await?.ok_or(Fault::Busy),
        Err(error) => Err(error.into()),
    }
}

/// An address as a name: it may be longer than names are.
pub(super) fn key(url: &str) -> String {
    hex(&Sha256::digest(url.as_bytes()))
}
