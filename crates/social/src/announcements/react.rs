//! What people do with an announcement: read it, react to it.

use bytes::Bytes;
use engine::store::OnExisting;
use graph::{Batch, CommitError, Id};
use unicode_segmentation::UnicodeSegmentation;

use super::{
    model::{Announcement, Dismissed, ReactedBy},
    read::is_shown,
    write::AnnouncementError,
};
use crate::{accounts::model::Account, app::App, fault::Fault};

/// Most different reactions of one announcement.
const MOST: usize = 8;
/// Most bytes of an emoji: families with skin tones are long.
const MOST_BYTES: usize = 64;

/// Marks an announcement as read.
pub async fn dismiss(
    app: &App,
    by: Id<Account>,
    id: Id<Announcement>,
) -> Result<(), AnnouncementError> {
    published(app, id).await?;
    let mut batch = Batch::new();
    batch.ensure::<Dismissed>(by, id, app.ord());
    app.graph.commit(batch).await?;
    Ok(())
}

/// Reacts with an emoji; twice is once.
pub async fn react(
    app: &App,
    by: Id<Account>,
    id: Id<Announcement>,
    emoji: &str,
) -> Result<(), AnnouncementError> {
    if !is_emoji(emoji) {
        return Err(AnnouncementError::Emoji);
    }
    change(app, by, id, emoji, true).await
}

/// Takes a reaction back.
pub async fn unreact(
    app: &App,
    by: Id<Account>,
    id: Id<Announcement>,
    emoji: &str,
) -> Result<(), AnnouncementError> {
    change(app, by, id, emoji, false).await
}

async fn published(
    app: &App,
    id: Id<Announcement>,
) -> Result<std::sync::Arc<graph::Stored<Announcement>>, AnnouncementError> {
    let read = app.graph.get(id).await?.filter(|one| is_shown(one, app.now_ms()));
    read.ok_or(AnnouncementError::NotFound)
}

async fn change(
    app: &App,
    by: Id<Account>,
    id: Id<Announcement>,
    emoji: &str,
    on: bool,
) -> Result<(), AnnouncementError> {
    for _ in 0..5 {
        let read = published(app, id).await?;
        let edge = app.graph.edge::<ReactedBy>(id, by).await?;
        let mut mine = edge.as_ref().map(|edge| names(&edge.data)).unwrap_or_default();
        if mine.iter().any(|name| name == emoji) == on {
            return Ok(());
        }
        let mut after = read.body.clone();
        let count = after.reactions.entry(emoji.to_owned()).or_default();
        if on {
            *count += 1;
            mine.push(emoji.to_owned());
        } else {
            *count = count.saturating_sub(1);
            mine.retain(|name| name != emoji);
        }
        after.reactions.retain(|_, count| *count > 0);
        if after.reactions.len() > MOST {
            return Err(AnnouncementError::TooMany);
        }
        let data = Bytes::from(serde_json::to_vec(&mine).unwrap_or_default());
        let mut batch = Batch::new();
        batch.replace(&read, &after);
        match edge {
            Some(_) => batch.annotate::<ReactedBy>(id, by, data),
            None => {
                let ord = app.ord();
                batch.link_with::<ReactedBy>(id, by, ord, 0, data, OnExisting::Conflict)
            }
        };
        match app.graph.commit(batch).await {
            Ok(_) => return Ok(()),
            Err(CommitError::Conflict { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(AnnouncementError::Fault(Fault::Busy))
}

/// What an edge says that somebody reacts with.
pub(super) fn names(data: &[u8]) -> Vec<String> {
    serde_json::from_slice(data).unwrap_or_default()
}

/// One sign that is no letter, no digit and no punctuation of a keyboard.
pub(crate) fn is_emoji(text: &str) -> bool {
    let plain =
        |c: char| c.is_ascii() || c.is_alphanumeric() || c.is_control() || c.is_whitespace();
    text.len() <= MOST_BYTES
        && text.graphemes(true).count() == 1
        && text.chars().next().is_some_and(|first| !plain(first))
}
