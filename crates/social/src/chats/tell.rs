//! Telling those who are in a chat what happened in it. Each is told after the commit, by name, so that who is out of it
//! hears nothing.

use graph::{Batch, Id, Stored};

use super::{
    error::ChatError,
    model::{AskedByChat, Chat, ChatChanges, ChatMembers, Message},
    seat::seat,
};
use crate::{
    accounts::model::Account,
    app::App,
    fault::Fault,
    live::{self, Told},
};

/// Notes that a message changes, in the batch that changes it, so that who was away can ask for it. The mark of the change.
pub(super) fn note_change(app: &App, batch: &mut Batch, message: &Stored<Message>) -> u64 {
    let mark = app.ord();
    batch.ensure::<ChatChanges>(message.chat, message.id, mark);
    batch.move_to::<ChatChanges>(message.chat, message.id, mark);
    mark
}

pub(super) async fn changed(app: &App, chat: Id<Chat>, message: Id<Message>, mark: u64) {
    tell(app, chat, Told::Changed { chat, message, mark }).await;
}

/// A new message. With the first one a chat is new to the other, or asks.
pub(super) async fn sent(app: &App, chat: &Stored<Chat>, number: u64) {
    let id = chat.id;
    if number == 1 {
        updated(app, id).await;
    }
    tell(app, id, Told::Message { chat: id, number }).await;
}

/// Members, and those whose answer it waits for, see another chat than before.
pub(super) async fn updated(app: &App, chat: Id<Chat>) {
    let mut people = inside(app, chat).await.unwrap_or_default();
    people.extend(asked(app, chat).await.unwrap_or_default());
    live::tell(app, &people, Told::Chat { chat }).await;
}

/// One sees another chat than before.
pub(super) async fn chat_to(app: &App, chat: Id<Chat>, who: Id<Account>) {
    live::tell(app, &[who.raw()], Told::Chat { chat }).await;
}

pub(super) async fn gone(app: &App, chat: Id<Chat>, who: Id<Account>) {
    live::tell(app, &[who.raw()], Told::Gone { chat }).await;
}

pub(super) async fn read(app: &App, chat: Id<Chat>, account: Id<Account>, number: u64) {
    tell(app, chat, Told::Read { chat, account, number }).await;
}

pub(super) async fn delivered(app: &App, chat: Id<Chat>, account: Id<Account>, number: u64) {
    tell(app, chat, Told::Delivered { chat, account, number }).await;
}

/// Says that somebody writes, or stopped. Nothing of it is kept: whoever hears it forgets it by themselves.
pub async fn tell_typing(
    app: &App,
    account: Id<Account>,
    chat: Id<Chat>,
    typing: bool,
) -> Result<(), ChatError> {
    seat(app, account, chat).await?.writing()?;
    if !crate::posts::login_of(app, account).await?.no_typing {
        tell(app, chat, Told::Typing { chat, account, typing }).await;
    }
    Ok(())
}

async fn tell(app: &App, chat: Id<Chat>, told: Told) {
    match inside(app, chat).await {
        Ok(people) => live::tell(app, &people, told).await,
        Err(error) => tracing::warn!(chat.id = %chat, "members not told: {error}"),
    }
}

async fn inside(app: &App, chat: Id<Chat>) -> Result<Vec<u64>, Fault> {
    Ok(app.graph.members::<ChatMembers>(chat).await?.unwrap_or_default().to_vec())
}

async fn asked(app: &App, chat: Id<Chat>) -> Result<Vec<u64>, Fault> {
    Ok(app.graph.members::<AskedByChat>(chat).await?.unwrap_or_default().to_vec())
}
