//! Nodes and edges of media: an attachment, and the blobs that hold its bytes.

use engine::store::{KeySpace, NodeKind};
use graph::{Id, Node};
use serde::{Deserialize, Serialize};

use super::pipeline::Focus;
use crate::accounts::model::Account;

/// `SHA-256 of content -> Blob`: equal bytes are stored once.
pub const BLOBS: KeySpace = KeySpace(30);

/// `id of an account -> Room`.
pub const ROOMS: KeySpace = KeySpace(31);

/// A picture, video or audio that somebody uploaded.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Media {
    /// Whose.
    pub owner: Id<Account>,
    /// What it shows itself as.
    pub kind: MediaKind,
    /// Where its processing stands.
    pub state: MediaState,
    /// The full rendition.
    #[serde(default)]
    pub original: Option<Rendition>,
    /// The small one (a poster for videos).
    #[serde(default)]
    pub small: Option<Rendition>,
    /// BlurHash of the small one.
    #[serde(default)]
    pub blurhash: Option<String>,
    /// What a person who cannot see it should know.
    #[serde(default)]
    pub description: String,
    /// The point that stays in sight when it is cropped.
    #[serde(default)]
    pub focus: Option<Focus>,
    /// Sizes, aspect and length, in the form of a media attachment's `meta`, without the focus.
    #[serde(default)]
    pub meta: serde_json::Value,
    /// What it belongs to; while nothing, it may be attached once, and is swept after a day.
    #[serde(default)]
    pub attached: Attachment,
    /// 128 random bits (hex) in its URLs.
    pub secret: String,
    /// Bytes of all renditions together (of the upload, while it is processed).
    #[serde(default)]
    pub bytes: u64,
}

/// What a media belongs to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Attachment {
    /// Nothing yet.
    #[default]
    None,
    /// A post: seen by who sees the post.
    Post(Id<crate::posts::model::Post>),
    /// A profile: public.
    Profile,
    /// The card of a link: public, and nobody's.
    Card,
    /// A message of a chat: seen by who reads the message.
    Message(Id<crate::chats::model::Message>),
    /// The picture of a group: seen by who is in it or asked into it.
    Chat(Id<crate::chats::model::Chat>),
}

impl Attachment {
    /// Whether it is for people of a chat alone.
    pub fn is_in_chat(self) -> bool {
        match self {
            Attachment::Message(_) | Attachment::Chat(_) => true,
            Attachment::None | Attachment::Post(_) | Attachment::Profile | Attachment::Card => {
                false
            }
        }
    }
}

/// What a media is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MediaKind {
    /// A still picture.
    Image,
    /// A short silent loop.
    Gifv,
    /// A video.
    Video,
    /// Sound.
    Audio,
}

/// Where processing stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MediaState {
    /// The upload waits in this blob for a worker.
    Processing {
        /// Key of the raw upload.
        upload: String,
    },
    /// All renditions are there.
    Ready,
    /// It could not be used, and why, for the person.
    Failed {
        /// A sentence.
        why: String,
    },
}

/// One stored form of a media.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rendition {
    /// Which bytes.
    pub blob: Id<Blob>,
    /// From our own table.
    pub content_type: String,
    /// File name extension.
    pub extension: String,
    /// Bytes.
    pub size: u64,
}

impl Node for Media {
    const KIND: NodeKind = NodeKind(40);
    const NAME: &'static str = "media";
}

/// Bytes in the blob engine.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Blob {
    /// SHA-256 (hex): its name in [`BLOBS`].
    pub hash: String,
    /// Key in the blob engine.
    pub key: String,
    /// Bytes.
    pub size: u64,
    /// Raised when somebody takes hold, so that a sweep that saw nobody conflicts.
    pub holds: u64,
}

impl Node for Blob {
    const KIND: NodeKind = NodeKind(41);
    const NAME: &'static str = "blobs";
}

/// The room that an account's media takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Room {
    /// Sum of [`Media::bytes`]; changes with them.
    pub bytes: u64,
}

impl Node for Room {
    const KIND: NodeKind = NodeKind(42);
    const NAME: &'static str = "media_rooms";
}

/// Bytes of all media by class, as they were counted last.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MediaTotals {
    /// When, Unix milliseconds.
    pub counted_ms: u64,
    /// Class, files, bytes.
    pub classes: Vec<(MediaKind, u64, u64)>,
}

impl Node for MediaTotals {
    const KIND: NodeKind = NodeKind(202);
    const NAME: &'static str = "media_totals";
}

/// Its id: above the process numbers, below every id made of a time.
pub const MEDIA_TOTALS: Id<MediaTotals> = match Id::new(1010) {
    Some(id) => id,
    None => panic!("1010 is an id"),
};

graph::edges! {
    /// Media of an account, newest first.
    OwnedMedia = 40, "media_of": Account => Media, No, purge Members;
    /// Media that belongs to nothing yet; the old ones are swept.
    LooseMedia = 41, "loose_media": crate::instance::model::Instance => Media, No, purge Unlink;
    /// Who holds a blob: the sweep deletes it at none.
    BlobHolders = 42, "blob_holders": Blob => Media, Yes, inverse HeldBlobs, purge Unlink;
    /// Blobs that a media holds.
    HeldBlobs = 43, "held_blobs": Media => Blob, No, inverse BlobHolders, purge Unlink;
    /// Blobs that lost a holder: to be looked at by the sweep.
    LooseBlobs = 44, "loose_blobs": crate::instance::model::Instance => Blob, No, purge Unlink;
}
