//! Media of posts.

use std::{collections::HashMap, sync::Arc};

use graph::{Id, Stored};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};
use social::media::{
    Link, Variant, link,
    model::{Attachment, Media, MediaKind},
};

use crate::Site;

/// A picture, video or sound.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct MediaAttachment {
    /// Id.
    pub id: String,
    /// `image`, `gifv`, `video`, `audio` or `unknown`.
    #[schemars(extend("enum" = ["image", "video", "gifv", "audio", "unknown"]))]
    pub r#type: &'static str,
    /// In full; null while it is processed.
    pub url: Option<String>,
    /// Preview.
    pub preview_url: Option<String>,
    /// Never: everything is from here.
    pub remote_url: Option<String>,
    /// Never.
    pub text_url: Option<String>,
    /// Sizes, length, focal point.
    #[schemars(schema_with = "super::shapes::media_meta")]
    pub meta: Option<Value>,
    /// Alternative text.
    pub description: Option<String>,
    /// Placeholder.
    pub blurhash: Option<String>,
}

/// A media as this viewer may read it.
pub fn attachment(site: &Site, media: &Stored<Media>, whom: Link) -> MediaAttachment {
    // What belongs to nothing yet is its owner's alone, who is the only one to get here with it.
    let whom = if media.attached == Attachment::None { Link::For(media.owner) } else { whom };
    let base = &site.app.settings.public_url;
    let url = |variant| link(&site.app, media, variant, whom).map(|path| format!("{base}{path}"));
    let mut meta = media.meta.clone();
    if let (Some(focus), Value::Object(meta)) = (media.focus, &mut meta) {
        meta.insert("focus".to_owned(), json!({"x": focus.x(), "y": focus.y()}));
    }
    MediaAttachment {
        id: media.id.to_string(),
        r#type: match media.kind {
            MediaKind::Image => "image",
            MediaKind::Gifv => "gifv",
            MediaKind::Video => "video",
            MediaKind::Audio => "audio",
        },
        url: url(Variant::Original),
        preview_url: url(Variant::Small),
        remote_url: None,
        text_url: None,
        meta: (!meta.is_null()).then_some(meta),
        description: (!media.description.is_empty()).then(|| media.description.clone()),
        blurhash: media.blurhash.clone(),
    }
}

/// Those of a post, in order; gone ones are left out.
pub fn attachments(
    site: &Site,
    ids: &[Id<Media>],
    known: &HashMap<Id<Media>, Arc<Stored<Media>>>,
    whom: Link,
) -> Vec<MediaAttachment> {
    ids.iter().filter_map(|id| known.get(id)).map(|media| attachment(site, media, whom)).collect()
}
