//! What goes with an account, and what is left of a chat that everybody left. Both run in jobs, and may run twice.

use graph::{Batch, Expect, Id, Page, purge_page};

use super::{
    change::forget_reactions,
    error::ChatError,
    files::release,
    members::depart,
    model::{
        Chat, ChatChanges, ChatMembers, ChatMessages, Head, Kind, MemberOf, Message, PAIRS, SENT,
        WrittenMessages,
    },
    open::pair_name,
};
use crate::{
    accounts::model::Account, app::App, events::Event, fault::Fault, kinds,
    media::model::Attachment,
};

/// How many messages one step takes.
const STEP: usize = 50;

/// Takes a deleted account's messages out of all chats, and the account out of its chats: a group's owner is another
/// then, and a chat of nobody is taken apart.
pub(crate) async fn forget(app: &App, id: Id<Account>) -> Result<(), Fault> {
    loop {
        let links = app.graph.list::<WrittenMessages>(id, Page::newest(STEP)).await?;
        if links.is_empty() {
            break;
        }
        for link in links {
            erase(app, link.to).await?;
            let mut batch = Batch::new();
            batch.discard::<WrittenMessages>(id, link.to);
            app.graph.commit(batch).await?;
        }
    }
    loop {
        let links = app.graph.list::<MemberOf>(id, Page::newest(STEP)).await?;
        if links.is_empty() {
            return Ok(());
        }
        for link in links {
            fault_of(depart(app, id, link.to).await)?;
            let mut batch = Batch::new();
            batch.discard::<MemberOf>(id, link.to);
            app.graph.commit(batch).await?;
        }
    }
}

/// Takes a chat apart that nobody is in. Does nothing while somebody is.
pub async fn purge(app: &App, id: Id<Chat>) -> Result<(), Fault> {
    let Some(chat) = app.graph.get(id).await? else { return Ok(()) };
    if !app.graph.list::<ChatMembers>(id, Page::newest(1)).await?.is_empty() {
        return Ok(());
    }
    loop {
        let links = app.graph.list::<ChatMessages>(id, Page::newest(STEP)).await?;
        if links.is_empty() {
            break;
        }
        for link in links {
            erase(app, link.to).await?;
            let mut batch = Batch::new();
            batch.discard::<ChatMessages>(id, link.to);
            app.graph.commit(batch).await?;
        }
    }
    release(app, chat.picture.as_slice(), Attachment::Chat(id)).await?;
    let edges = kinds::edges();
    while let Some(step) = purge_page(&app.graph, id.raw(), &edges).await? {
        app.graph.commit(step.batch).await?;
    }
    let mut batch = Batch::new();
    if let Kind::Direct { pair: [one, other] } = &chat.kind {
        let name = pair_name(*one, *other);
        if app.graph.key::<Chat>(PAIRS, &name).await? == Some(id) {
            batch.release(PAIRS, &name, id);
        }
    }
    batch.remove::<Head>(chat.head, Expect::Any);
    batch.remove(id, Expect::Version(chat.version));
    app.graph.commit(batch).await?;
    Ok(())
}

/// Takes a message out whole: nothing says that it was there but a number that is missing.
async fn erase(app: &App, id: Id<Message>) -> Result<(), Fault> {
    fault_of(forget_reactions(app, id).await)?;
    let Some(message) = app.graph.get(id).await? else { return Ok(()) };
    release(app, &message.media, Attachment::Message(id)).await?;
    let mut batch = Batch::new();
    batch.remove(id, Expect::Any);
    batch.emit(app.id(), &Event::MessageChanged { message: id });
    batch.discard::<ChatMessages>(message.chat, id);
    batch.discard::<ChatChanges>(message.chat, id);
    batch.discard::<WrittenMessages>(message.author, id);
    if app.graph.key::<Message>(SENT, &message.key).await? == Some(id) {
        batch.release(SENT, &message.key, id);
    }
    app.graph.commit(batch).await?;
    Ok(())
}

fn fault_of(answer: Result<(), ChatError>) -> Result<(), Fault> {
    match answer {
        Err(ChatError::Fault(fault)) => Err(fault),
        Err(other) => Err(Fault::Defect(other.to_string())),
        Ok(()) => Ok(()),
    }
}
