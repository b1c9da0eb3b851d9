//! Sending: one order for everybody, and no message twice.

use std::sync::Arc;

use graph::{Batch, CommitError, Id, Stored};

use super::{
    error::ChatError,
    files::{attach, attachable},
    links::linked,
    model::{
        Chat, ChatMembers, ChatMessages, ChatRequests, IgnoredChats, MemberOf, Message, Reading,
        ReplyTo, SENT, WrittenMessages,
    },
    open::{Welcome, ask, welcome},
    seat::{Seat, apart, guard_blocks, join, pack, seat},
    strangers, tell,
};
use crate::{
    accounts::model::Account,
    app::App,
    events::Event,
    fault::Fault,
    media::model::{Attachment, Media},
    posts::mentions_in,
    secret::hash,
    text::Text,
};

/// How often a message tries for the next number while others take it. Of those who try at once one always wins.
const TRIES: usize = 256;

/// A message before it is one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NewMessage {
    /// Source text.
    pub text: String,
    /// What it answers.
    pub reply_to: Option<Id<Message>>,
    /// Uploads of the sender, in order; with them the text may be empty.
    pub media: Vec<Id<Media>>,
    /// What the client calls it: the same again is the same message.
    pub client_id: String,
}

/// Sends a message. When this returns it is on disk, under a number that no other message of the chat has or gets.
pub async fn send(
    app: &App,
    by: Id<Account>,
    id: Id<Chat>,
    new: NewMessage,
) -> Result<Arc<Stored<Message>>, ChatError> {
    let mut seat_of_author = seat(app, by, id).await?.writing()?;
    if new.client_id.is_empty() || new.client_id.len() > 128 {
        return Err(ChatError::ClientId);
    }
    let key = format!("{id}:{by}:{}", hash(new.client_id.as_bytes()));
    if let Some(first) = app.graph.key::<Message>(SENT, &key).await? {
        return repeated(app, first, &new).await;
    }
    let text = checked(app, &new.text, new.media.is_empty())?;
    let reply_to = match new.reply_to {
        Some(answered) => Some(answerable(app, &seat_of_author, answered).await?),
        None => None,
    };
    let mentions = mentions_in(app, by, &text).await?;
    let mut message = Message {
        chat: id,
        author: by,
        number: 0,
        linked: linked(app, &text)?,
        text: text.source().to_owned(),
        mentions,
        reply_to,
        media: new.media.clone(),
        key,
        edited_ms: None,
        deleted_ms: None,
    };
    // What is counted is the message, not its tries.
    let mut counted = false;
    let turn = app.chat_turns.of(id).await;
    for _ in 0..TRIES {
        let files = match attachable(app, by, &new.media).await {
            Ok(files) => files,
            // The same client's id may have won on another connection, and have them.
            Err(error) => match app.graph.key::<Message>(SENT, &message.key).await? {
                Some(first) => return repeated(app, first, &new).await,
                None => return Err(error),
            },
        };
        match attempt(app, &seat_of_author, &mut message, &files, &mut counted).await? {
            Attempt::Sent(sent) => {
                drop(turn);
                tell::sent(app, &seat_of_author.chat, message.number).await;
                return app.graph.get(sent).await?.ok_or(ChatError::Fault(Fault::Busy));
            }
            // The same client's id won on another connection.
            Attempt::Repeated(first) => return repeated(app, first, &new).await,
            Attempt::Again => seat_of_author = seat(app, by, id).await?.writing()?,
        }
    }
    Err(ChatError::Fault(Fault::Busy))
}

enum Attempt {
    Sent(Id<Message>),
    Repeated(Id<Message>),
    Again,
}

/// Tries for the next number.
async fn attempt(
    app: &App,
    seat: &Seat,
    message: &mut Message,
    files: &[Arc<Stored<Media>>],
    counted: &mut bool,
) -> Result<Attempt, ChatError> {
    let (chat, by) = (&seat.chat, seat.account);
    let head = app.graph.get(chat.head).await?.ok_or(Fault::Busy)?;
    let number = head.last + 1;
    message.number = number;
    let id: Id<Message> = app.id();
    let mut batch = Batch::new();
    batch.replace(&head, &super::model::Head { last: number });
    // Whoever was removed since the seat was read sends nothing more.
    batch.guard_edge::<ChatMembers>(chat.id, by, true);
    if let Some(other) = chat.other(by) {
        reach(app, &mut batch, chat, (by, other), head.last, counted).await?;
    }
    batch.create(id, &*message);
    for media in files {
        attach(app, &mut batch, media, Attachment::Message(id));
    }
    batch.emit(app.id(), &Event::MessageChanged { message: id });
    batch.link::<ChatMessages>(chat.id, id, number);
    batch.link::<WrittenMessages>(by, id, id.raw());
    batch.claim(SENT, &message.key, id);
    // Chats stand in everybody's list by their newest message.
    let members = app.graph.members::<ChatMembers>(chat.id).await?.unwrap_or_default();
    for member in members.iter().filter_map(|raw| Id::<Account>::new(*raw)) {
        batch.move_to::<MemberOf>(member, chat.id, app.ord());
    }
    // Who writes has read what stands above.
    batch.annotate::<MemberOf>(by, chat.id, pack(&Reading { read: number }));
    match app.graph.commit(batch).await {
        Ok(_) => Ok(Attempt::Sent(id)),
        Err(CommitError::KeyTaken { .. }) => {
            let first = app.graph.key::<Message>(SENT, &message.key).await?;
            Ok(first.map_or(Attempt::Again, Attempt::Repeated))
        }
        Err(CommitError::Conflict { .. }) => {
            tokio::task::yield_now().await;
            Ok(Attempt::Again)
        }
        Err(error) => Err(error.into()),
    }
}

/// Sees to it that the other of two hears of a message, in the way they chose.
async fn reach(
    app: &App,
    batch: &mut Batch,
    chat: &Stored<Chat>,
    (by, other): (Id<Account>, Id<Account>),
    last: u64,
    counted: &mut bool,
) -> Result<(), ChatError> {
    if apart(app, by, other).await? {
        return Err(ChatError::Refused);
    }
    guard_blocks(batch, by, other);
    if app.graph.edge::<ChatMembers>(chat.id, other).await?.is_some() {
        return Ok(());
    }
    let asked = app.graph.edge::<ChatRequests>(other, chat.id).await?;
    let ignored = app.graph.edge::<IgnoredChats>(other, chat.id).await?;
    if last > 0 && (asked.is_some() || ignored.is_some()) {
        return Err(ChatError::Waiting);
    }
    match welcome(app, by, other).await? {
        Welcome::Open => join(app, batch, chat.id, other, 0),
        Welcome::Asked => {
            if !std::mem::replace(counted, true) {
                strangers::charge(app, by, 1).await?;
            }
            ask(app, batch, chat.id, other, by);
        }
    }
    Ok(())
}

/// What a client gets that sends something again: the first message, if it was that.
async fn repeated(
    app: &App,
    first: Id<Message>,
    new: &NewMessage,
) -> Result<Arc<Stored<Message>>, ChatError> {
    let first = app.graph.get(first).await?.ok_or(Fault::Busy)?;
    let changed = first.edited_ms.is_some() || first.deleted_ms.is_some();
    let same = Text::parse(&new.text).is_ok_and(|text| text.source() == first.text)
        && first.reply_to.map(|answered| answered.message) == new.reply_to
        && first.media == new.media;
    if same || changed { Ok(first) } else { Err(ChatError::KeyReused) }
}

/// A text as a message may have it.
pub(super) fn checked(app: &App, source: &str, needed: bool) -> Result<Text, ChatError> {
    let max = app.settings.post_characters;
    let text = Text::parse(source).map_err(ChatError::Text)?;
    let text = if needed { text.not_blank().map_err(|_| ChatError::Empty)? } else { text };
    if text.length() > max { Err(ChatError::TooLong { max }) } else { Ok(text) }
}

async fn answerable(app: &App, seat: &Seat, id: Id<Message>) -> Result<ReplyTo, ChatError> {
    let answered = app.graph.get(id).await?.filter(|message| {
        message.chat == seat.chat.id && message.number > seat.from && message.deleted_ms.is_none()
    });
    let answered = answered.ok_or(ChatError::NotFound)?;
    Ok(ReplyTo { message: id, number: answered.number })
}
