//! What happens to a message after it was sent: edited, deleted for everybody, reacted to.

use std::sync::Arc;

use engine::store::OnExisting;
use graph::{Batch, CommitError, Id, Page, Stored};

use super::{
    error::ChatError,
    files::loosen,
    links::linked,
    model::{Chat, ChatMembers, Message, MessageReactions},
    open::TRIES,
    seat::{Seat, apart, guard_blocks, pack, seat, unpack},
    send::checked,
    tell,
};
use crate::{
    accounts::model::Account, announcements::is_emoji, app::App, events::Event, fault::Fault,
    media::model::Attachment, posts::mentions_in,
};

/// Most different reactions of one person to one message.
const MOST: usize = 8;

/// Gives one's message another text; that it was edited is shown.
pub async fn edit_message(
    app: &App,
    by: Id<Account>,
    chat: Id<Chat>,
    id: Id<Message>,
    text: &str,
) -> Result<(), ChatError> {
    // With media it may be empty.
    let text = checked(app, text, false)?;
    for _ in 0..TRIES {
        let (seat, read) = found(app, by, chat, id).await?;
        if read.author != by {
            return Err(ChatError::NotAllowed);
        }
        if text.is_empty() && read.media.is_empty() {
            return Err(ChatError::Empty);
        }
        let mut batch = writing(app, &seat).await?;
        let mentions = mentions_in(app, by, &text).await?;
        let after = Message {
            text: text.source().to_owned(),
            mentions,
            linked: linked(app, &text)?,
            edited_ms: Some(app.now_ms()),
            ..read.body.clone()
        };
        batch.replace(&read, &after);
        batch.emit(app.id(), &Event::MessageChanged { message: id });
        let mark = tell::note_change(app, &mut batch, &read);
        if done(app.graph.commit(batch).await)? {
            tell::changed(app, chat, id, mark).await;
            return Ok(());
        }
    }
    Err(ChatError::Fault(Fault::Busy))
}

/// Deletes a message for everybody: its author, or an admin of the group. Its place stays, and says so. Its media is its
/// author's alone again, and swept after a day.
pub async fn delete_message(
    app: &App,
    by: Id<Account>,
    chat: Id<Chat>,
    id: Id<Message>,
) -> Result<(), ChatError> {
    for _ in 0..TRIES {
        let (seat, read) = found(app, by, chat, id).await?;
        if read.author != by && !seat.admin {
            return Err(ChatError::NotAllowed);
        }
        let mut batch = Batch::new();
        batch.guard_edge::<ChatMembers>(chat, by, true);
        let mark = put_away(app, &mut batch, &read).await?;
        if done(app.graph.commit(batch).await)? {
            return was_put_away(app, &read, mark).await;
        }
    }
    Err(ChatError::Fault(Fault::Busy))
}

/// Takes away what a message says, in the batch of whoever may decide that. The mark of the change, for [`was_put_away`].
pub(crate) async fn put_away(
    app: &App,
    batch: &mut Batch,
    read: &Stored<Message>,
) -> Result<u64, Fault> {
    let after = Message {
        text: String::new(),
        mentions: Vec::new(),
        reply_to: None,
        media: Vec::new(),
        linked: None,
        deleted_ms: Some(app.now_ms()),
        ..read.body.clone()
    };
    batch.replace(read, &after);
    loosen(app, batch, &read.media, Attachment::Message(read.id)).await?;
    batch.emit(app.id(), &Event::MessageChanged { message: read.id });
    Ok(tell::note_change(app, batch, read))
}

/// After that commit: those in the chat hear of it, and the reactions go.
pub(crate) async fn was_put_away(
    app: &App,
    read: &Stored<Message>,
    mark: u64,
) -> Result<(), ChatError> {
    tell::changed(app, read.chat, read.id, mark).await;
    forget_reactions(app, read.id).await
}

/// Takes the reactions to a message away. What a crash leaves of them nobody is shown.
pub(super) async fn forget_reactions(app: &App, id: Id<Message>) -> Result<(), ChatError> {
    loop {
        let links = app.graph.list::<MessageReactions>(id, Page::newest(100)).await?;
        if links.is_empty() {
            return Ok(());
        }
        let mut batch = Batch::new();
        for link in links {
            batch.discard::<MessageReactions>(id, link.to);
        }
        app.graph.commit(batch).await?;
    }
}

/// Reacts with an emoji; twice is once.
pub async fn react(
    app: &App,
    by: Id<Account>,
    chat: Id<Chat>,
    id: Id<Message>,
    emoji: &str,
) -> Result<(), ChatError> {
    if !is_emoji(emoji) {
        return Err(ChatError::Emoji);
    }
    set_reaction(app, by, chat, id, emoji, true).await
}

/// Takes a reaction back.
pub async fn unreact(
    app: &App,
    by: Id<Account>,
    chat: Id<Chat>,
    id: Id<Message>,
    emoji: &str,
) -> Result<(), ChatError> {
    set_reaction(app, by, chat, id, emoji, false).await
}

async fn set_reaction(
    app: &App,
    by: Id<Account>,
    chat: Id<Chat>,
    id: Id<Message>,
    emoji: &str,
    on: bool,
) -> Result<(), ChatError> {
    for _ in 0..TRIES {
        let (seat, read) = found(app, by, chat, id).await?;
        if seat.chat.other(by).is_none() && read.author != by && apart(app, by, read.author).await?
        {
            return Err(ChatError::NotFound);
        }
        let edge = app.graph.edge::<MessageReactions>(id, by).await?;
        let mut mine: Vec<String> =
            edge.as_ref().map(|edge| unpack(&edge.data)).unwrap_or_default();
        if mine.iter().any(|one| one == emoji) == on {
            return Ok(());
        }
        mine.retain(|one| one != emoji);
        if on {
            mine.push(emoji.to_owned());
        }
        if mine.len() > MOST {
            return Err(ChatError::TooManyReactions { max: MOST });
        }
        let mut batch = writing(app, &seat).await?;
        // A message that is deleted meanwhile keeps no reaction.
        batch.guard(id, graph::Expect::Version(read.version));
        match (edge, mine.is_empty()) {
            (_, true) => batch.discard::<MessageReactions>(id, by),
            (Some(_), false) => batch.annotate::<MessageReactions>(id, by, pack(&mine)),
            (None, false) => {
                let (ord, on) = (app.ord(), OnExisting::Conflict);
                batch.link_with::<MessageReactions>(id, by, ord, 0, pack(&mine), on)
            }
        };
        let mark = tell::note_change(app, &mut batch, &read);
        if done(app.graph.commit(batch).await)? {
            tell::changed(app, chat, id, mark).await;
            return Ok(());
        }
    }
    Err(ChatError::Fault(Fault::Busy))
}

/// A message that a member may do something with.
async fn found(
    app: &App,
    by: Id<Account>,
    chat: Id<Chat>,
    id: Id<Message>,
) -> Result<(Seat, Arc<Stored<Message>>), ChatError> {
    let seat = seat(app, by, chat).await?.writing()?;
    let message = app.graph.get(id).await?.filter(|message| {
        message.chat == chat && message.number > seat.from && message.deleted_ms.is_none()
    });
    Ok((seat, message.ok_or(ChatError::NotFound)?))
}

/// A batch that holds only as long as the member may write.
async fn writing(app: &App, seat: &Seat) -> Result<Batch, ChatError> {
    let mut batch = Batch::new();
    batch.guard_edge::<ChatMembers>(seat.chat.id, seat.account, true);
    if let Some(other) = seat.chat.other(seat.account) {
        if apart(app, seat.account, other).await? {
            return Err(ChatError::Refused);
        }
        guard_blocks(&mut batch, seat.account, other);
    }
    Ok(batch)
}

/// Whether a commit happened; a conflict is worth another try.
fn done<T>(answer: Result<T, CommitError>) -> Result<bool, ChatError> {
    match answer {
        Ok(_) => Ok(true),
        Err(CommitError::Conflict { .. }) => Ok(false),
        Err(error) => Err(error.into()),
    }
}
