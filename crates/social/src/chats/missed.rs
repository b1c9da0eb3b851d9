//! What somebody missed of a chat while they were away: the messages after a number, the changes after a mark.
//!
//! Marks are times, and processes' clocks differ by a little: changes are asked for from some seconds before the mark on.
//! Whoever gets a change twice takes the message as it is.

use std::collections::HashMap;

use graph::{Id, Order, Page};

use super::{
    error::ChatError,
    model::{Chat, ChatChanges, ChatMessages, Message},
    read::{Shown, show},
    seat::{reads_above, seat},
};
use crate::{accounts::model::Account, app::App};

/// Most messages and changes of a chat that are told after a gap. Beyond, one reads again.
const MOST_MISSED: usize = 200;
/// Messages that are looked at first, when one is told.
const NEWEST: usize = 64;
/// How far before a mark changes are looked for, milliseconds.
const OVERLAP_MS: u64 = 10_000;

/// What was missed.
#[derive(Clone, Debug, Default)]
pub struct Missed {
    /// New messages, by number.
    pub messages: Vec<Shown>,
    /// Changed messages with the marks of their changes, the oldest change first.
    pub changed: Vec<(u64, Shown)>,
}

/// What was missed of a chat after a number and a mark; none if it is more than is told.
pub async fn missed(
    app: &App,
    me: Id<Account>,
    id: Id<Chat>,
    number: u64,
    mark: u64,
) -> Result<Option<Missed>, ChatError> {
    let seat = seat(app, me, id).await?.reading()?;
    let oldest = |above| Page {
        below: None,
        above: Some(above),
        order: Order::Oldest,
        limit: MOST_MISSED + 1,
    };
    let new = app.graph.list::<ChatMessages>(id, oldest(number.max(seat.from))).await?;
    let changed =
        app.graph.list::<ChatChanges>(id, oldest(mark.saturating_sub(OVERLAP_MS << 16))).await?;
    if new.len() + changed.len() > MOST_MISSED {
        return Ok(None);
    }
    let new: Vec<_> = new.iter().map(|link| link.to).collect();
    let messages = show(app, me, &new).await?;
    let ids: Vec<_> = changed.iter().map(|link| link.to).collect();
    let marks: HashMap<_, _> = changed.iter().map(|link| (link.to, link.ord)).collect();
    let changed = show(app, me, &ids)
        .await?
        .into_iter()
        // What comes as a new message comes as it is now.
        .filter(|shown| shown.message.number > seat.from && shown.message.number <= number)
        .filter_map(|shown| Some((*marks.get(&shown.message.id)?, shown)))
        .collect();
    Ok(Some(Missed { messages, changed }))
}

/// The messages of a chat with numbers above `above` and up to `number`, from `since_ms` on, in order; at most
/// 200, the newest.
pub async fn fresh_since(
    app: &App,
    me: Id<Account>,
    id: Id<Chat>,
    above: u64,
    number: u64,
    since_ms: u64,
) -> Result<Vec<Shown>, ChatError> {
    let above = Some(above.max(reads_above(app, me, id).await?));
    // Everybody who hears of a message asks for the newest: that is read once. Whoever is behind asks for themselves.
    let newest = Page { above, ..Page::newest(NEWEST) };
    let mut links = app.graph.list::<ChatMessages>(id, newest).await?;
    let fresh = |id: &Id<Message>| id.ms() >= since_ms;
    let behind = links.last().is_some_and(|last| last.ord > number || fresh(&last.to));
    if links.len() == NEWEST && behind {
        let below = Some(number.saturating_add(1));
        let below = Page { below, limit: MOST_MISSED, ..newest };
        links = app.graph.list::<ChatMessages>(id, below).await?;
    }
    links.retain(|link| link.ord <= number);
    let ids: Vec<_> = links.iter().rev().map(|link| link.to).filter(fresh).collect();
    Ok(show(app, me, &ids).await?)
}
