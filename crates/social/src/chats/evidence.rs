//! What a report copies out of a chat: the messages that the reporter picked, and nothing beside them.

use std::sync::Arc;

use graph::{Id, Stored};

use super::{
    error::ChatError,
    model::{Chat, ChatMembers, Message, PastMembers},
    seat::seat,
};
use crate::{accounts::model::Account, app::App};

/// The messages that a reporter picked, in order: those alone that they may read, of themselves and of whom they report.
/// A block between the two hides none of them here: who blocks first may report after.
pub(crate) async fn copies(
    app: &App,
    by: Id<Account>,
    about: Id<Account>,
    chat: Id<Chat>,
    ids: &[Id<Message>],
) -> Result<Vec<Arc<Stored<Message>>>, ChatError> {
    let seat = seat(app, by, chat).await?.reading()?;
    let mut found = Vec::with_capacity(ids.len());
    for message in app.graph.get_many(ids).await? {
        let picked = message.filter(|message| {
            message.chat == chat
                && message.number > seat.from
                && message.deleted_ms.is_none()
                && (message.author == about || message.author == by)
        });
        found.push(picked.ok_or(ChatError::NotFound)?);
    }
    found.sort_unstable_by_key(|message| message.number);
    Ok(found)
}

/// Whether somebody is in a chat, or was.
pub(crate) async fn was_in(app: &App, who: Id<Account>, chat: Id<Chat>) -> Result<bool, ChatError> {
    let inside = app.graph.edge::<ChatMembers>(chat, who).await?.is_some();
    Ok(inside || app.graph.edge::<PastMembers>(chat, who).await?.is_some())
}
