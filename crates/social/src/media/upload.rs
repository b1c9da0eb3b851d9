//! Uploading: a file becomes a media that its owner may attach.

use std::{path::Path, sync::Arc};

use graph::{Batch, CommitError, Expect, Id, Stored};

use super::{
    hold,
    model::{Attachment, LooseMedia, Media, MediaKind, MediaState, OwnedMedia},
    pipeline::{
        DescriptionError, Focus, Kind, MediaType, PipelineError, Processed, Purpose, Role,
        description, sniff,
    },
    room,
};
use crate::{
    accounts::model::Account, app::App, events::Event, fault::Fault, instance::model::INSTANCE,
};

/// How often a commit is tried that others conflict with. In this process they come one after the other.
const TRIES: usize = 20;

/// Why a file is no media, or a media was not changed.
#[derive(Debug, thiserror::Error)]
pub enum MediaError {
    /// The file itself; the text is for the person.
    #[error("{0}")]
    File(PipelineError),
    /// More bytes than such files may have.
    #[error("the file is too large: {} MB is the most", max / 1_000_000)]
    TooLarge {
        /// The most.
        max: u64,
    },
    /// The account's media takes too much room.
    #[error("your media takes up all the room you have here: delete some first")]
    Quota,
    /// The alternative text.
    #[error("{0}")]
    Description(DescriptionError),
    /// No such media of the caller's, or none that may be changed.
    #[error("no such media")]
    NotFound,
    /// It belongs to a post.
    #[error("Media attachment is currently used by a status")]
    InUse,
    /// See [`Fault`].
    #[error(transparent)]
    Fault(Fault),
}

impl<E> From<E> for MediaError
where
    Fault: From<E>,
{
    fn from(error: E) -> MediaError {
        MediaError::Fault(error.into())
    }
}

/// Takes a file in. Pictures are ready in the answer; video and audio are processed by a job. The file at `path` is
/// only read, and stays the caller's to remove.
pub async fn upload(
    app: &App,
    owner: Id<Account>,
    path: &Path,
    purpose: Purpose,
    alt: &str,
    focus: Option<Focus>,
) -> Result<Arc<Stored<Media>>, MediaError> {
    let alt = description(alt).map_err(MediaError::Description)?.unwrap_or_default();
    let source = read_type(path).await?;
    let bytes = tokio::fs::metadata(path).await.map_err(unreadable)?.len();
    let max = if is_picture(source) { app.settings.image_bytes } else { app.settings.video_bytes };
    if bytes > max {
        return Err(MediaError::TooLarge { max });
    }
    // Before any work. It is decided in the commit: what a picture takes is known when it is encoded anew.
    room::check(app, owner, if is_picture(source) { 1 } else { bytes }).await?;
    let media = Media {
        owner,
        kind: kind_of(source),
        state: MediaState::Ready,
        original: None,
        small: None,
        blurhash: None,
        description: alt,
        focus,
        meta: serde_json::Value::Null,
        attached: Attachment::None,
        secret: crate::secret::hex(&app.secret::<16>()),
        bytes,
    };
    if is_picture(source) || purpose != Purpose::Attachment {
        ready_now(app, media, path, purpose).await
    } else if app.pipeline.takes_film() {
        later(app, media, path).await
    } else {
        Err(MediaError::File(PipelineError::NoFfmpeg))
    }
}

async fn ready_now(
    app: &App,
    mut media: Media,
    path: &Path,
    purpose: Purpose,
) -> Result<Arc<Stored<Media>>, MediaError> {
    let flight = app.uploads.flight(path, purpose).await.map_err(MediaError::File)?;
    let made = flight.made(&app.pipeline, path, purpose).await.map_err(MediaError::File)?;
    // Always in this order.
    let _turn = app.uploads.turn_of(media.owner).await;
    let _hold = flight.gate.lock().await;
    let id: Id<Media> = app.id();
    media.attached = match purpose {
        Purpose::Attachment => Attachment::None,
        Purpose::Avatar | Purpose::Header => Attachment::Profile,
        Purpose::Card => Attachment::Card,
    };
    let mut batch = Batch::new();
    batch.emit(app.id(), &Event::MediaChanged { media: id });
    batch.link::<OwnedMedia>(media.owner, id, id.raw());
    if media.attached == Attachment::None {
        batch.link::<LooseMedia>(INSTANCE, id, id.raw());
    }
    fill(app, &mut media, made, id, batch, Expect::Absent).await?;
    app.graph.get(id).await?.ok_or(MediaError::NotFound)
}

async fn later(app: &App, mut media: Media, path: &Path) -> Result<Arc<Stored<Media>>, MediaError> {
    let id: Id<Media> = app.id();
    let key = format!("uploads/{id}");
    let mut file = tokio::fs::File::open(path).await.map_err(unreadable)?;
    app.engines.blobs.put(&key, &mut file).await?;
    media.state = MediaState::Processing { upload: key.clone() };
    let _turn = app.uploads.turn_of(media.owner).await;
    if let Err(error) = admit(app, &media, id).await {
        // No media names it, so no sweep would find it.
        app.engines.blobs.delete(&key).await?;
        return Err(error);
    }
    app.graph.get(id).await?.ok_or(MediaError::NotFound)
}

/// Commits a media that waits for its processing.
async fn admit(app: &App, media: &Media, id: Id<Media>) -> Result<(), MediaError> {
    for _ in 0..TRIES {
        let mut batch = Batch::new();
        room::change(app, &mut batch, media.owner, 0, media.bytes).await?;
        batch.create(id, media);
        batch.link::<OwnedMedia>(media.owner, id, id.raw());
        batch.link::<LooseMedia>(INSTANCE, id, id.raw());
        batch.emit(app.id(), &Event::MediaUploaded { media: id });
        batch.emit(app.id(), &Event::MediaChanged { media: id });
        match app.graph.commit(batch).await {
            Ok(_) => return Ok(()),
            Err(CommitError::Conflict { .. } | CommitError::KeyTaken { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(MediaError::Fault(Fault::Busy))
}

/// The job behind a video or audio: reads the upload back, processes it, and keeps what came out. Runs twice
/// without harm; a file that cannot be used becomes a failed media that says why.
pub async fn process_upload(app: &App, id: Id<Media>) -> Result<(), MediaError> {
    let Some(node) = app.graph.get(id).await? else { return Ok(()) };
    let MediaState::Processing { upload } = &node.state else { return Ok(()) };
    let folder = tempfile::tempdir().map_err(unreadable)?;
    let raw = folder.path().join("upload");
    hold::copy_out(app, upload, &raw).await?;
    let out = folder.path().join("made");
    match app.pipeline.process(&raw, &out, Purpose::Attachment).await {
        Ok(made) => {
            let mut media = Media { state: MediaState::Ready, ..node.body.clone() };
            let expect = Expect::Version(node.version);
            let _turn = app.uploads.turn_of(media.owner).await;
            let mut batch = Batch::new();
            batch.emit(app.id(), &Event::MediaChanged { media: id });
            fill(app, &mut media, &made, id, batch, expect).await?;
        }
        Err(error @ (PipelineError::Io(_) | PipelineError::Internal(_))) => {
            return Err(MediaError::File(error));
        }
        Err(error) => {
            let state = MediaState::Failed { why: error.to_string() };
            let mut batch = Batch::new();
            room::change(app, &mut batch, node.owner, node.bytes, 0).await?;
            batch.replace(&node, &Media { state, bytes: 0, ..node.body.clone() });
            batch.emit(app.id(), &Event::MediaChanged { media: id });
            app.graph.commit(batch).await?;
        }
    }
    app.engines.blobs.delete(upload).await?;
    Ok(())
}

/// Changes the alternative text and the focal point of one's own media.
pub async fn describe(
    app: &App,
    owner: Id<Account>,
    id: Id<Media>,
    alt: Option<&str>,
    focus: Option<Focus>,
) -> Result<Arc<Stored<Media>>, MediaError> {
    for _ in 0..5 {
        let node = super::owned(app, owner, id).await?.ok_or(MediaError::NotFound)?;
        let mut media = node.body.clone();
        if let Some(alt) = alt {
            media.description =
                description(alt).map_err(MediaError::Description)?.unwrap_or_default();
        }
        media.focus = focus.or(media.focus);
        let mut batch = Batch::new();
        batch.replace(&node, &media);
        if let Attachment::Post(post) = media.attached
            && let Some(post) = app.graph.get(post).await?
        {
            // A post shows its media's text: a new version of it, for whoever keeps the old one rendered.
            batch.replace(&post, &post.body);
            batch.emit(app.id(), &Event::PostTouched { post: post.id });
        }
        if let Attachment::Message(message) = media.attached {
            batch.emit(app.id(), &Event::MessageChanged { message });
        }
        match app.graph.commit(batch).await {
            Ok(_) => return app.graph.get(id).await?.ok_or(MediaError::NotFound),
            Err(CommitError::Conflict { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(MediaError::Fault(Fault::Busy))
}

/// Stores what the pipeline made and commits the media with it.
async fn fill(
    app: &App,
    media: &mut Media,
    made: &Processed,
    id: Id<Media>,
    batch: Batch,
    expect: Expect,
) -> Result<(), MediaError> {
    media.kind = match made.kind {
        Kind::Image => MediaKind::Image,
        Kind::Gifv => MediaKind::Gifv,
        Kind::Video => MediaKind::Video,
        Kind::Audio => MediaKind::Audio,
    };
    media.blurhash = made.blurhash.clone();
    media.meta = made.meta.clone();
    let before = if expect == Expect::Absent { 0 } else { media.bytes };
    media.bytes = made.files.iter().map(|file| file.size).sum();
    let files = [made.file(Role::Original), made.file(Role::Small)];
    for _ in 0..TRIES {
        let mut batch = batch.clone();
        room::change(app, &mut batch, media.owner, before, media.bytes).await?;
        let mut held = hold::Held::default();
        media.original = None;
        media.small = None;
        for (file, slot) in files.iter().zip([0, 1]) {
            let Some(file) = file else { continue };
            let rendition = hold::hold(app, &mut batch, id, file, &mut held).await?;
            if slot == 0 {
                media.original = Some(rendition);
            } else {
                media.small = Some(rendition);
            }
        }
        batch.put(id, media, expect);
        match app.graph.commit(batch).await {
            Ok(_) => return Ok(()),
            // Somebody else stored or swept the same bytes, or the owner's room changed, at this moment: once more.
            Err(CommitError::Conflict { .. } | CommitError::KeyTaken { .. }) => {
                held.let_go(app).await?;
            }
            Err(error) => return Err(error.into()),
        }
    }
    Err(MediaError::Fault(Fault::Busy))
}

async fn read_type(path: &Path) -> Result<MediaType, MediaError> {
    use tokio::io::AsyncReadExt;
    let mut head = vec![0; 8 * 1024];
    let mut file = tokio::fs::File::open(path).await.map_err(unreadable)?;
    let mut filled = 0;
    loop {
        match file.read(&mut head[filled..]).await.map_err(unreadable)? {
            0 => break,
            read => filled += read,
        }
    }
    sniff(&head[..filled]).ok_or(MediaError::File(PipelineError::UnsupportedType))
}

fn is_picture(source: MediaType) -> bool {
    source.content_type().starts_with("image/")
}

fn kind_of(source: MediaType) -> MediaKind {
    match source.content_type().split_once('/').map(|(family, _)| family) {
        Some("image") => MediaKind::Image,
        Some("audio") => MediaKind::Audio,
        _ => MediaKind::Video,
    }
}

fn unreadable(error: std::io::Error) -> MediaError {
    MediaError::Fault(Fault::Unavailable(format!("the upload can not be read: {error}")))
}
