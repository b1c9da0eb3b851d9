//! Which posts people react to: a bounded ring that all processes share, where they do; the refresh reads it.

use engine::rings::Entry;
use graph::Id;

use super::model::TOUCHED;
use crate::{app::App, fault::Fault, posts::model::Post};

/// Notes that somebody reacted to a post. A ring that is away costs freshness only.
pub async fn touch(app: &App, post: Id<Post>) -> Result<(), Fault> {
    let entry = Entry { id: app.ord(), shows: post.raw() };
    if let Err(error) = app.engines.rings.push(&[TOUCHED], entry).await {
        tracing::warn!(post.id = %post, "a reaction does not count for trends: {error}");
    }
    Ok(())
}
