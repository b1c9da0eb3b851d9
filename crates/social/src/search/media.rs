//! Media as documents, for the lists of staff.

use engine::{
    search::{Change, Document, FieldKind, IndexSpec, Value},
    store::Upkeep,
};
use graph::{Id, Node, Stored};

use super::documents::STEP;
use crate::{
    app::App,
    fault::Fault,
    media::model::{Attachment, Media, MediaKind, MediaState},
};

pub(super) const MEDIA: &str = "media";

pub(super) const SPEC: IndexSpec = IndexSpec {
    name: MEDIA,
    fields: &[
        ("owner", FieldKind::Keywords),
        ("class", FieldKind::Keywords),
        ("state", FieldKind::Keywords),
        ("use", FieldKind::Keywords),
        ("bytes", FieldKind::Number),
        ("created", FieldKind::Number),
    ],
    language: None,
};

impl MediaKind {
    /// All of them.
    pub const ALL: [MediaKind; 4] =
        [MediaKind::Image, MediaKind::Gifv, MediaKind::Video, MediaKind::Audio];

    /// Its word.
    pub fn as_str(self) -> &'static str {
        match self {
            MediaKind::Image => "image",
            MediaKind::Gifv => "gifv",
            MediaKind::Video => "video",
            MediaKind::Audio => "audio",
        }
    }
}

impl MediaState {
    /// Its word.
    pub fn as_str(&self) -> &'static str {
        match self {
            MediaState::Processing { .. } => "processing",
            MediaState::Ready => "ready",
            MediaState::Failed { .. } => "failed",
        }
    }
}

impl Attachment {
    /// Its word.
    pub fn as_str(self) -> &'static str {
        match self {
            Attachment::None => "loose",
            Attachment::Post(_) => "post",
            Attachment::Profile => "profile",
            Attachment::Card => "card",
            Attachment::Message(_) => "message",
            Attachment::Chat(_) => "chat",
        }
    }
}

fn document(media: &Stored<Media>, version: u64) -> Document {
    let word = |word: &str| Value::Keywords(vec![word.to_owned()]);
    Document {
        id: media.id.raw(),
        version,
        values: vec![
            ("owner", word(&media.owner.to_string())),
            ("class", word(media.kind.as_str())),
            ("state", word(media.state.as_str())),
            ("use", word(media.attached.as_str())),
            ("bytes", Value::Number(media.bytes)),
            ("created", Value::Number(media.id.ms())),
        ],
    }
}

/// Brings the document of a media up to date.
pub async fn index_media(app: &App, id: Id<Media>) -> Result<(), Fault> {
    let version = app.ord();
    let change = match app.graph.get(id).await? {
        Some(media) => Change::Put(document(&media, version)),
        None => Change::Delete { id: id.raw(), version },
    };
    Ok(app.engines.search.write(MEDIA, vec![change]).await?)
}

/// Fills the index that is being rebuilt; says how many documents there are.
pub(super) async fn refill(app: &App, upkeep: &dyn Upkeep) -> Result<u64, Fault> {
    let (mut documents, mut after) = (0, 0);
    loop {
        let version = app.ord();
        let page = upkeep.scan_nodes(Media::KIND, after, STEP).await?;
        let Some(last) = page.last() else { return Ok(documents) };
        after = last.id;
        let ids: Vec<Id<Media>> = page.iter().filter_map(|node| Id::new(node.id)).collect();
        let media = app.graph.get_many(&ids).await?;
        let fill: Vec<_> = media.iter().flatten().map(|one| document(one, version)).collect();
        documents += fill.len() as u64;
        app.engines.search.refill(MEDIA, fill).await?;
    }
}
