//! Media in chats: what a message or a group takes of its sender's uploads, who reads it, and how it is let go.
//!
//! It is read by those alone who read the message at that moment; of a group's picture, by who is in it or asked into it.

use std::{collections::HashSet, sync::Arc};

use graph::{Batch, Id, Stored};

use super::{
    error::ChatError,
    model::{Chat, Message},
    seat::{apart, seat},
};
use crate::{
    accounts::model::Account,
    app::App,
    events::Event,
    fault::Fault,
    instance::model::INSTANCE,
    media::{
        self,
        model::{Attachment, LooseMedia, Media, MediaKind, MediaState},
    },
};

/// Most media of one message.
pub const MOST_MEDIA: usize = 10;

/// Uploads of somebody that belong to nothing yet and are processed, in order.
pub(super) async fn attachable(
    app: &App,
    by: Id<Account>,
    ids: &[Id<Media>],
) -> Result<Vec<Arc<Stored<Media>>>, ChatError> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    if ids.len() > MOST_MEDIA {
        return Err(ChatError::TooManyMedia { max: MOST_MEDIA });
    }
    if ids.iter().collect::<HashSet<_>>().len() != ids.len() {
        return Err(ChatError::Media);
    }
    let mut found = Vec::with_capacity(ids.len());
    for media in app.graph.get_many(ids).await? {
        let free =
            |media: &Arc<Stored<Media>>| media.owner == by && media.attached == Attachment::None;
        let media = media.filter(free).ok_or(ChatError::Media)?;
        match media.state {
            MediaState::Ready => found.push(media),
            MediaState::Processing { .. } => return Err(ChatError::MediaNotReady),
            MediaState::Failed { .. } => return Err(ChatError::Media),
        }
    }
    Ok(found)
}

/// An upload that can be the picture of a group.
pub(super) async fn portrait(
    app: &App,
    by: Id<Account>,
    id: Id<Media>,
) -> Result<Arc<Stored<Media>>, ChatError> {
    let media = attachable(app, by, &[id]).await?.pop().ok_or(ChatError::Media)?;
    if media.kind == MediaKind::Image { Ok(media) } else { Err(ChatError::Picture) }
}

/// Ties a media to something, if nobody did so since it was read.
pub(super) fn attach(app: &App, batch: &mut Batch, media: &Stored<Media>, to: Attachment) {
    batch.replace(media, &Media { attached: to, ..media.body.clone() });
    batch.discard::<LooseMedia>(INSTANCE, media.id);
    batch.emit(app.id(), &Event::MediaChanged { media: media.id });
}

/// Makes media loose that belongs to something: its owner's alone from then on, and swept after a day.
pub(super) async fn loosen(
    app: &App,
    batch: &mut Batch,
    ids: &[Id<Media>],
    of: Attachment,
) -> Result<(), Fault> {
    for media in app.graph.get_many(ids).await?.into_iter().flatten() {
        if media.attached == of {
            batch.replace(&media, &Media { attached: Attachment::None, ..media.body.clone() });
            batch.ensure::<LooseMedia>(INSTANCE, media.id, app.ord());
            batch.emit(app.id(), &Event::MediaLoose { media: media.id });
        }
    }
    Ok(())
}

/// Removes media of something that is taken apart.
pub(super) async fn release(app: &App, ids: &[Id<Media>], of: Attachment) -> Result<(), Fault> {
    for media in app.graph.get_many(ids).await?.into_iter().flatten() {
        if media.attached == of {
            media::release(app, media.id).await?;
        }
    }
    Ok(())
}

/// Whether somebody reads a message now.
pub async fn may_read(app: &App, me: Id<Account>, id: Id<Message>) -> Result<bool, Fault> {
    let Some(message) = app.graph.get(id).await? else { return Ok(false) };
    if message.deleted_ms.is_some() {
        return Ok(false);
    }
    let readable = async || -> Result<bool, ChatError> {
        let seat = seat(app, me, message.chat).await?.reading()?;
        Ok(message.number > seat.from && !apart(app, me, message.author).await?)
    };
    denied(readable().await)
}

/// Whether somebody may know of a chat now.
pub async fn knows(app: &App, me: Id<Account>, id: Id<Chat>) -> Result<bool, Fault> {
    denied(seat(app, me, id).await.map(|_| true))
}

fn denied(answer: Result<bool, ChatError>) -> Result<bool, Fault> {
    match answer {
        Ok(may) => Ok(may),
        Err(ChatError::Fault(fault)) => Err(fault),
        Err(_) => Ok(false),
    }
}
