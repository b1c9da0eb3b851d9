//! Blocking, muting, and notes that nobody else reads.

use bytes::Bytes;
use engine::store::OnExisting;
use graph::{Batch, CommitError, Id};

use super::{
    follow::{RelationError, other},
    model::{AskedToFollow, Blocks, Follows, Mute, Mutes, Notes},
};
use crate::{accounts::model::Account, app::App, events::Event, live, text::plain_block};

/// Blocks an account: neither sees the other from now on, and no follow or request stays between them.
pub async fn block(app: &App, by: Id<Account>, whom: Id<Account>) -> Result<(), RelationError> {
    other(app, by, whom).await?;
    let mut batch = Batch::new();
    batch.link::<Blocks>(by, whom, app.ord());
    batch.discard::<Follows>(by, whom);
    batch.discard::<Follows>(whom, by);
    batch.discard::<AskedToFollow>(by, whom);
    batch.discard::<AskedToFollow>(whom, by);
    batch.emit(app.id(), &Event::RelationChanged { by, whom });
    batch.emit(app.id(), &Event::RelationChanged { by: whom, whom: by });
    match app.graph.commit(batch).await {
        // Blocked already, perhaps by another device: so be it.
        Err(CommitError::Conflict { .. }) => {}
        answer => drop(answer?),
    }
    live::shown_anew(app, by).await;
    Ok(())
}

/// Ends a block; what it ended stays ended.
pub async fn unblock(app: &App, by: Id<Account>, whom: Id<Account>) -> Result<(), RelationError> {
    let mut batch = Batch::new();
    batch.unlink::<Blocks>(by, whom);
    batch.emit(app.id(), &Event::RelationChanged { by, whom });
    match app.graph.commit(batch).await {
        Err(CommitError::Conflict { .. }) => {}
        answer => drop(answer?),
    }
    live::shown_anew(app, by).await;
    Ok(())
}

/// Mutes an account, or changes how it is muted; the muted one is not told.
pub async fn mute(
    app: &App,
    by: Id<Account>,
    whom: Id<Account>,
    how: Mute,
) -> Result<(), RelationError> {
    other(app, by, whom).await?;
    let data = Bytes::from(serde_json::to_vec(&how).expect("a mute is plain data"));
    let mut batch = Batch::new();
    batch.link_with::<Mutes>(by, whom, app.ord(), 0, Bytes::new(), OnExisting::Keep);
    batch.annotate::<Mutes>(by, whom, data);
    batch.emit(app.id(), &Event::RelationChanged { by, whom });
    app.graph.commit(batch).await?;
    Ok(())
}

/// Ends a mute.
pub async fn unmute(app: &App, by: Id<Account>, whom: Id<Account>) -> Result<(), RelationError> {
    let mut batch = Batch::new();
    batch.unlink::<Mutes>(by, whom);
    batch.emit(app.id(), &Event::RelationChanged { by, whom });
    match app.graph.commit(batch).await {
        Err(CommitError::Conflict { .. }) => Ok(()),
        answer => Ok(answer.map(drop)?),
    }
}

/// Writes a private note about an account; an empty one removes it.
pub async fn note(
    app: &App,
    by: Id<Account>,
    whom: Id<Account>,
    text: &str,
) -> Result<(), RelationError> {
    other(app, by, whom).await?;
    let text = plain_block(text, 2_000).map_err(|_| RelationError::NoteTooLong)?;
    let mut batch = Batch::new();
    if text.is_empty() {
        batch.discard::<Notes>(by, whom);
    } else {
        batch.link_with::<Notes>(by, whom, app.ord(), 0, Bytes::new(), OnExisting::Keep);
        batch.annotate::<Notes>(by, whom, Bytes::from(text));
    }
    app.graph.commit(batch).await?;
    Ok(())
}
