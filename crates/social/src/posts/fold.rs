//! Putting a post behind a warning, and taking it out again: by staff, whatever its author writes.

use graph::{Batch, Stored};

use super::model::Post;
use crate::{app::App, events::Event};

/// Puts a post behind its own warning, or these words where it has none.
pub(crate) fn fold(app: &App, batch: &mut Batch, post: &Stored<Post>, words: &str) {
    let warning = match post.warning.is_empty() {
        true => words.to_owned(),
        false => post.warning.clone(),
    };
    let after = Post { folded: true, sensitive: true, warning, ..post.body.clone() };
    batch.replace(post, &after);
    batch.emit(app.id(), &Event::PostTouched { post: post.id });
}

/// Takes a post out again; the words go with it.
pub(crate) fn unfold(app: &App, batch: &mut Batch, post: &Stored<Post>, words: &str) {
    if !post.folded {
        return;
    }
    let warning = if post.warning == words { String::new() } else { post.warning.clone() };
    let sensitive = !warning.is_empty() && !post.media.is_empty();
    batch.replace(post, &Post { folded: false, sensitive, warning, ..post.body.clone() });
    batch.emit(app.id(), &Event::PostTouched { post: post.id });
}
