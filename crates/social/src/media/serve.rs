//! Serving: links to media, and who may follow them.
//!
//! The link of an open post's media is the same for everyone. That of a private post names its viewer and carries a
//! MAC, since an `<img>` sends no token; whether the viewer may see the post is asked again at each reading. So it is with
//! media of chats, whose links also end by themselves.

use std::sync::Arc;

use graph::{Id, Stored};

use super::model::{Attachment, Blob, Media, MediaState, Rendition};
use crate::{
    accounts::model::Account,
    app::App,
    chats,
    fault::Fault,
    posts::see_one,
    secret::{base64url, from_base64url, mac, same},
};

const DAY_MS: u64 = 24 * 60 * 60 * 1_000;
/// How long a link to media of a chat holds at least.
const CHAT_LINK_MS: u64 = 7 * DAY_MS;

/// Which form of a media.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Variant {
    /// In full.
    Original,
    /// The preview.
    Small,
}

impl Variant {
    /// Its name in URLs.
    pub fn as_str(self) -> &'static str {
        match self {
            Variant::Original => "original",
            Variant::Small => "small",
        }
    }

    /// The rendition of a media in this form; the small one of a media without is its original.
    pub fn of(self, media: &Media) -> Option<&Rendition> {
        match self {
            Variant::Original => media.original.as_ref(),
            Variant::Small => media.small.as_ref().or(media.original.as_ref()),
        }
    }

    /// The key of its bytes in the blob engine.
    pub async fn key(self, app: &App, media: &Media) -> Result<Option<(String, Rendition)>, Fault> {
        let Some(rendition) = self.of(media) else { return Ok(None) };
        let blob: Option<Arc<Stored<Blob>>> = app.graph.get(rendition.blob).await?;
        Ok(blob.map(|blob| (blob.key.clone(), rendition.clone())))
    }
}

/// For whom a link is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Link {
    /// Everyone: media of open posts and of profiles.
    Open,
    /// This viewer alone.
    For(Id<Account>),
}

/// The path of a media in a form, from the root of the instance; `None` while it is not ready.
pub fn link(app: &App, media: &Stored<Media>, variant: Variant, whom: Link) -> Option<String> {
    let rendition = variant.of(media)?;
    if media.state != MediaState::Ready {
        return None;
    }
    let (id, secret, extension) = (media.id, &media.secret, &rendition.extension);
    let path = format!("/media/{id}/{secret}/{}.{extension}", variant.as_str());
    Some(match whom {
        Link::Open => path,
        Link::For(viewer) if media.attached.is_in_chat() => {
            // To the day, so that a page that is read again finds its pictures in the browser's cache.
            let until_ms = (app.now_ms() / DAY_MS + 1) * DAY_MS + CHAT_LINK_MS;
            let seal = seal(app, media.id, viewer, Some(until_ms));
            format!("{path}?v={viewer}&u={until_ms}&m={seal}")
        }
        Link::For(viewer) => {
            format!("{path}?v={viewer}&m={}", seal(app, media.id, viewer, None))
        }
    })
}

fn seal(app: &App, media: Id<Media>, viewer: Id<Account>, until_ms: Option<u64>) -> String {
    let numbers = [media.raw(), viewer.raw()].map(u64::to_be_bytes);
    let until = until_ms.map(u64::to_be_bytes);
    let parts: Vec<&[u8]> = numbers.iter().chain(&until).map(|number| &number[..]).collect();
    base64url(&mac(&app.secrets.mac, "media link", &parts)[..16])
}

/// What a link says of who follows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Claim<'a> {
    /// The viewer.
    pub viewer: Id<Account>,
    /// Until when, Unix milliseconds: of media of chats alone.
    pub until_ms: Option<u64>,
    /// The MAC of all of it.
    pub seal: &'a str,
}

/// The media behind a link, if whoever follows it may read it.
pub async fn open(
    app: &App,
    id: Id<Media>,
    secret: &str,
    claim: Option<Claim<'_>>,
) -> Result<Option<Arc<Stored<Media>>>, Fault> {
    let Some(media) = app.graph.get(id).await? else { return Ok(None) };
    if !same(media.secret.as_bytes(), secret.as_bytes()) || media.state != MediaState::Ready {
        return Ok(None);
    }
    let viewer = claim.and_then(|claim| {
        let made = from_base64url(&seal(app, id, claim.viewer, claim.until_ms))?;
        let ended = claim.until_ms.is_some_and(|until| until <= app.now_ms());
        let endless = claim.until_ms.is_none() && media.attached.is_in_chat();
        let good = same(&made, &from_base64url(claim.seal)?) && !ended && !endless;
        good.then_some(claim.viewer)
    });
    Ok(may_read(app, viewer, &media).await?.then_some(media))
}

/// Whether a viewer may read the bytes of a media now.
pub async fn may_read(
    app: &App,
    viewer: Option<Id<Account>>,
    media: &Media,
) -> Result<bool, Fault> {
    if let Some(viewer) = viewer {
        let there = app.graph.get(viewer).await?.is_some_and(|account| account.is_visible());
        if !there {
            return Ok(false);
        }
    }
    match media.attached {
        Attachment::None => Ok(viewer == Some(media.owner)),
        Attachment::Profile => {
            Ok(app.graph.get(media.owner).await?.is_some_and(|owner| owner.is_visible()))
        }
        // It tells what everybody may read elsewhere, and nothing of who linked it.
        Attachment::Card => Ok(true),
        Attachment::Post(post) => Ok(see_one(app, viewer, post).await?.is_some()),
        Attachment::Message(message) => match viewer {
            Some(viewer) => chats::may_read(app, viewer, message).await,
            None => Ok(false),
        },
        Attachment::Chat(chat) => match viewer {
            Some(viewer) => chats::knows(app, viewer, chat).await,
            None => Ok(false),
        },
    }
}

/// A media of the caller's, in whatever state.
pub async fn owned(
    app: &App,
    owner: Id<Account>,
    id: Id<Media>,
) -> Result<Option<Arc<Stored<Media>>>, Fault> {
    Ok(app.graph.get(id).await?.filter(|media| media.owner == owner))
}
