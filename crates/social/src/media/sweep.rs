//! Letting go: media that nobody needs, and bytes that nobody holds.

use graph::{Batch, CommitError, Expect, Id, Order, Page, Stored};

use super::{
    model::{
        Attachment, BLOBS, Blob, BlobHolders, HeldBlobs, LooseBlobs, LooseMedia, Media, MediaState,
        OwnedMedia,
    },
    room,
    upload::MediaError,
};
use crate::{
    accounts::model::Account, app::App, events::Event, fault::Fault, instance::model::INSTANCE,
};

/// How long media may belong to nothing, milliseconds.
const LOOSE_MS: u64 = 24 * 60 * 60 * 1_000;
/// How many of each one sweep looks at.
const STEP: usize = 100;

/// Deletes one's own media that belongs to nothing.
pub async fn discard(app: &App, owner: Id<Account>, id: Id<Media>) -> Result<(), MediaError> {
    let media = super::owned(app, owner, id).await?.ok_or(MediaError::NotFound)?;
    match media.attached {
        Attachment::None => {}
        Attachment::Post(_)
        | Attachment::Profile
        | Attachment::Card
        | Attachment::Message(_)
        | Attachment::Chat(_) => return Err(MediaError::InUse),
    }
    Ok(release(app, id).await?)
}

/// Removes a media, whatever it belongs to; its bytes go with the next sweep if nobody else holds them. A missing one is
/// no error.
pub async fn release(app: &App, id: Id<Media>) -> Result<(), Fault> {
    /// How often a commit is tried that others conflict with.
    const TRIES: usize = 20;
    for _ in 0..TRIES {
        let Some(media) = app.graph.get(id).await? else { return Ok(()) };
        let held = app.graph.list::<HeldBlobs>(id, Page::newest(10)).await?;
        let mut batch = Batch::new();
        match room::change(app, &mut batch, media.owner, media.bytes, 0).await {
            Ok(()) => {}
            Err(MediaError::Fault(fault)) => return Err(fault),
            Err(error) => return Err(Fault::Defect(error.to_string())),
        }
        batch.remove(id, Expect::Version(media.version));
        batch.discard::<OwnedMedia>(media.owner, id);
        batch.discard::<LooseMedia>(INSTANCE, id);
        batch.emit(app.id(), &Event::MediaChanged { media: id });
        for blob in &held {
            batch.discard::<BlobHolders>(blob.to, id);
            batch.ensure::<LooseBlobs>(INSTANCE, blob.to, app.ord());
        }
        match app.graph.commit(batch).await {
            Ok(_) => {}
            // It changed, or the owner's room did.
            Err(CommitError::Conflict { .. } | CommitError::KeyTaken { .. }) => continue,
            Err(error) => return Err(error.into()),
        }
        if let MediaState::Processing { upload } = &media.state {
            app.engines.blobs.delete(upload).await?;
        }
        return Ok(());
    }
    Err(Fault::Busy)
}

/// One round of the sweep; says how many media and blobs went. Run it on a schedule.
pub async fn sweep(app: &App) -> Result<(usize, usize), Fault> {
    Ok((sweep_media(app).await?, sweep_blobs(app).await?))
}

async fn sweep_media(app: &App) -> Result<usize, Fault> {
    let page = Page { below: None, above: None, order: Order::Oldest, limit: STEP };
    let limit = app.now_ms().saturating_sub(LOOSE_MS);
    let mut gone = 0;
    for link in app.graph.list::<LooseMedia>(INSTANCE, page).await? {
        if graph::ms_of(link.ord) > limit {
            break;
        }
        match app.graph.get(link.to).await? {
            Some(media) if media.attached == Attachment::None => {
                release(app, media.id).await?;
                gone += 1;
            }
            Some(_) | None => {
                let mut batch = Batch::new();
                batch.discard::<LooseMedia>(INSTANCE, link.to);
                app.graph.commit(batch).await?;
            }
        }
    }
    Ok(gone)
}

async fn sweep_blobs(app: &App) -> Result<usize, Fault> {
    let page = Page { below: None, above: None, order: Order::Oldest, limit: STEP };
    let mut gone = 0;
    for link in app.graph.list::<LooseBlobs>(INSTANCE, page).await? {
        let Some(blob) = app.graph.get(link.to).await? else { continue };
        let mut batch = Batch::new();
        batch.discard::<LooseBlobs>(INSTANCE, blob.id);
        if app.graph.count::<BlobHolders>(blob.id).await? > 0 {
            app.graph.commit(batch).await?;
        } else if let_go(app, &blob, batch).await? {
            gone += 1;
        }
    }
    Ok(gone)
}

/// Forgets a blob that nobody holds, unless somebody takes hold at this moment; then deletes its bytes.
async fn let_go(app: &App, blob: &Stored<Blob>, mut batch: Batch) -> Result<bool, Fault> {
    batch.remove(blob.id, Expect::Version(blob.version));
    batch.release(BLOBS, &blob.hash, blob.id);
    match app.graph.commit(batch).await {
        Ok(_) => {}
        Err(CommitError::Conflict { .. }) => return Ok(false),
        Err(error) => return Err(error.into()),
    }
    app.engines.blobs.delete(&blob.key).await?;
    Ok(true)
}
