//! Tags: a node per folded name, made when a public post first uses it.

pub mod model;

use graph::{Batch, CommitError, Id};

use crate::{app::App, fault::Fault};
use model::{TAGS, Tag};

/// The tag with this folded key, made if it is new; `name` is how it was written.
pub async fn named(app: &App, key: &str, name: &str) -> Result<Id<Tag>, Fault> {
    if let Some(tag) = app.graph.key(TAGS, key).await? {
        return Ok(tag);
    }
    let id = app.id();
    let mut batch = Batch::new();
    batch.create(id, &Tag { name: name.to_owned() });
    batch.claim(TAGS, key, id);
    match app.graph.commit(batch).await {
        Ok(_) => Ok(id),
        // Somebody else was first.
        Err(CommitError::KeyTaken { .. }) => app.graph.key(TAGS, key).await?.ok_or(Fault::Busy),
        Err(error) => Err(error.into()),
    }
}

/// The tag that a person means, if anybody used it.
pub async fn find(app: &App, name: &str) -> Result<Option<Id<Tag>>, Fault> {
    match crate::text::Tag::parse(name) {
        Some(tag) => Ok(app.graph.key(TAGS, tag.key()).await?),
        None => Ok(None),
    }
}
