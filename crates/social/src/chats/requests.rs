//! What waits for an answer: a stranger's first message, an invitation into a group.

use std::sync::Arc;

use graph::{Batch, CommitError, Id, Page, Stored};

use super::{
    error::ChatError,
    model::{Asked, Chat, ChatMembers, ChatRequests, IgnoredChats, Kind},
    open::TRIES,
    read::{Listed, listed},
    seat::{apart, guard_blocks, join},
    tell,
};
use crate::{
    accounts::model::Account,
    app::App,
    fault::Fault,
    relations::{self, RelationError},
};

/// A page of what waits, the newest first, with its cursors. Of whoever is gone or blocked nothing is shown: the cursor
/// follows the rows that were read.
pub async fn requests(
    app: &App,
    me: Id<Account>,
    page: Page,
) -> Result<Vec<(u64, Option<Listed>)>, ChatError> {
    let links = app.graph.list::<ChatRequests>(me, page).await?;
    let ids: Vec<_> = links.iter().map(|link| link.to).collect();
    let shown = listed(app, me, &ids).await?;
    Ok(links.iter().map(|link| link.ord).zip(shown).collect())
}

/// Becomes a member. Of a chat of two all can be read, of a group what comes from now on. An invitation that was taken
/// back is none.
pub async fn accept(app: &App, me: Id<Account>, id: Id<Chat>) -> Result<(), ChatError> {
    for _ in 0..TRIES {
        let (chat, by) = asked(app, me, id).await?;
        if chat.other(me).is_some() && apart(app, me, by).await? {
            return Err(ChatError::Refused);
        }
        // An invitation into what everybody left.
        if app.graph.count::<ChatMembers>(id).await? == 0 {
            return Err(ChatError::NotFound);
        }
        let from = match &chat.kind {
            Kind::Direct { .. } => 0,
            Kind::Group { .. } => app.graph.get(chat.head).await?.map_or(0, |head| head.last),
        };
        let mut batch = Batch::new();
        batch.replace(&chat, &chat.body);
        batch.unlink::<ChatRequests>(me, id);
        if let Some(other) = chat.other(me) {
            guard_blocks(&mut batch, me, other);
        }
        join(app, &mut batch, id, me, from);
        match app.graph.commit(batch).await {
            Ok(_) => {
                tell::updated(app, id).await;
                return Ok(());
            }
            Err(CommitError::Conflict { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(ChatError::Fault(Fault::Busy))
}

/// Puts a request out of sight. Who asked does not learn of it; of a group it is declined.
pub async fn ignore(app: &App, me: Id<Account>, id: Id<Chat>) -> Result<(), ChatError> {
    let (chat, _) = asked(app, me, id).await?;
    let mut batch = Batch::new();
    batch.unlink::<ChatRequests>(me, id);
    if chat.other(me).is_some() {
        batch.ensure::<IgnoredChats>(me, id, app.ord());
    }
    match app.graph.commit(batch).await {
        Err(CommitError::Conflict { .. }) => Err(ChatError::NotFound),
        answer => {
            answer?;
            tell::gone(app, id, me).await;
            Ok(())
        }
    }
}

/// Blocks who asks, and puts the request out of sight.
pub async fn block(app: &App, me: Id<Account>, id: Id<Chat>) -> Result<(), ChatError> {
    let (_, by) = asked(app, me, id).await?;
    match relations::block(app, me, by).await {
        // Who is gone needs no block.
        Ok(()) | Err(RelationError::NotFound) => ignore(app, me, id).await,
        Err(RelationError::Fault(fault)) => Err(ChatError::Fault(fault)),
        Err(
            RelationError::Yourself
            | RelationError::Refused
            | RelationError::NoRequest
            | RelationError::NoteTooLong,
        ) => Err(ChatError::NotAllowed),
    }
}

/// The chat of a request, and who asks.
async fn asked(
    app: &App,
    me: Id<Account>,
    id: Id<Chat>,
) -> Result<(Arc<Stored<Chat>>, Id<Account>), ChatError> {
    let request = app.graph.edge::<ChatRequests>(me, id).await?.ok_or(ChatError::NotFound)?;
    let chat = app.graph.get(id).await?.ok_or(ChatError::NotFound)?;
    let asked: Asked = serde_json::from_slice(&request.data).map_err(|_| ChatError::NotFound)?;
    Ok((chat, asked.by))
}
