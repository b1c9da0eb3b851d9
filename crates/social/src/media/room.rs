//! Room: how many bytes of media an account has. The figure changes in the commit that changes the media, so that uploads
//! at the same moment cannot pass the quota together: all but one conflict, and look again.

use std::collections::HashMap;

use graph::{Batch, Expect, Id, Page};

use super::{
    model::{OwnedMedia, ROOMS, Room},
    upload::MediaError,
};
use crate::{accounts::model::Account, app::App, fault::Fault};

/// How many bytes the account's media has now.
pub async fn used(app: &App, owner: Id<Account>) -> Result<u64, Fault> {
    match find(app, owner).await? {
        Some(room) => Ok(room.bytes),
        None => reckon(app, owner).await,
    }
}

/// The same of many, in order.
pub async fn used_by(app: &App, owners: &[Id<Account>]) -> Result<Vec<u64>, Fault> {
    let names: Vec<_> = owners.iter().map(|owner| owner.to_string()).collect();
    let names: Vec<_> = names.iter().map(|name| (ROOMS, name.as_str())).collect();
    let known = app.graph.keys::<Room>(&names).await?;
    let ids: Vec<_> = known.iter().flatten().copied().collect();
    let rooms = app.graph.get_many(&ids).await?.into_iter().flatten();
    let rooms: HashMap<_, _> = rooms.map(|room| (room.id, room.bytes)).collect();
    let mut all = Vec::with_capacity(owners.len());
    for (owner, id) in owners.iter().zip(known) {
        all.push(match id.and_then(|id| rooms.get(&id)) {
            Some(bytes) => *bytes,
            // Once in the life of an account that is older than these figures.
            None => reckon(app, *owner).await?,
        });
    }
    Ok(all)
}

/// Whether so many bytes more would be too many, as things stand.
pub(super) async fn check(app: &App, owner: Id<Account>, more: u64) -> Result<(), MediaError> {
    within(app, used(app, owner).await?.saturating_add(more))
}

/// Puts into a batch that a media of the account grows from so many bytes to so many. Growing past the quota is refused;
/// the batch conflicts if other media of the account change in between.
pub(super) async fn change(
    app: &App,
    batch: &mut Batch,
    owner: Id<Account>,
    before: u64,
    after: u64,
) -> Result<(), MediaError> {
    let room = find(app, owner).await?;
    let used = match &room {
        Some(room) => room.bytes,
        None => reckon(app, owner).await?,
    };
    let bytes = used.saturating_sub(before).saturating_add(after);
    if after > before {
        within(app, bytes)?;
    }
    match room {
        Some(room) => batch.replace(&room, &Room { bytes }),
        None => {
            let id: Id<Room> = app.id();
            batch.create(id, &Room { bytes });
            batch.claim(ROOMS, &owner.to_string(), id)
        }
    };
    Ok(())
}

/// Puts into a batch that an account is gone.
pub async fn forget_room(app: &App, batch: &mut Batch, owner: Id<Account>) -> Result<(), Fault> {
    if let Some(id) = app.graph.key::<Room>(ROOMS, &owner.to_string()).await? {
        batch.remove(id, Expect::Any);
        batch.release(ROOMS, &owner.to_string(), id);
    }
    Ok(())
}

fn within(app: &App, bytes: u64) -> Result<(), MediaError> {
    if bytes > app.settings.media_quota_bytes { Err(MediaError::Quota) } else { Ok(()) }
}

async fn find(
    app: &App,
    owner: Id<Account>,
) -> Result<Option<std::sync::Arc<graph::Stored<Room>>>, Fault> {
    match app.graph.key::<Room>(ROOMS, &owner.to_string()).await? {
        Some(id) => Ok(app.graph.get(id).await?),
        None => Ok(None),
    }
}

/// The bytes of all media of an account, from the media: for the first figure.
async fn reckon(app: &App, owner: Id<Account>) -> Result<u64, Fault> {
    const STEP: usize = 500;
    let (mut page, mut bytes) = (Page::newest(STEP), 0);
    loop {
        let links = app.graph.list::<OwnedMedia>(owner, page).await?;
        let ids: Vec<_> = links.iter().map(|link| link.to).collect();
        bytes += app.graph.get_many(&ids).await?.iter().flatten().map(|m| m.bytes).sum::<u64>();
        match links.last() {
            Some(last) if links.len() == STEP => page.below = Some(last.ord),
            _ => return Ok(bytes),
        }
    }
}
