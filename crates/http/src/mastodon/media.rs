//! Uploads, and the media of one's own.

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use graph::Stored;
use http::StatusCode;
use schemars::JsonSchema;
use serde::Deserialize;
use social::media::{
    self, Link,
    model::{Media, MediaState},
    pipeline::{Focus, Purpose},
};

use super::PathId;
use crate::{
    Shared, Site,
    auth::Person,
    body::{Params, Sent},
    limits::Bucket,
    problem::Problem,
    routes::{Access, Operation, delete, get, post, put},
    views::{Empty, MediaAttachment, Rendered, attachment, bytes},
};

const TAG: &str = "media";
const ONE: &str = "/api/v1/media/{id}";

pub fn operations(site: &Shared) -> Vec<Operation> {
    let write = Access::Person("write:media");
    let most = site.app.settings.video_bytes.max(site.app.settings.image_bytes);
    let files = &["file", "thumbnail"];
    vec![
        post("postMediaV2", "/api/v2/media", write)
            .says(TAG, "Takes a file in; 202 while it is processed")
            .limited(Bucket::Media)
            .takes::<MediaForm>()
            .files(files, most)
            .answers::<MediaAttachment>()
            .to(upload),
        post("postMediaV1", "/api/v1/media", write)
            .says(TAG, "Takes a file in")
            .limited(Bucket::Media)
            .takes::<MediaForm>()
            .files(files, most)
            .answers::<MediaAttachment>()
            .to(upload),
        get("getMedia", ONE, write)
            .says(TAG, "One's own media; 206 while it is processed")
            .answers::<MediaAttachment>()
            .to(one),
        put("putMedia", ONE, write)
            .says(TAG, "Changes alternative text and focal point")
            .takes::<MediaForm>()
            .files(&["thumbnail"], site.app.settings.image_bytes)
            .answers::<MediaAttachment>()
            .to(describe),
        delete("deleteMedia", ONE, write)
            .says(TAG, "Deletes media that belongs to nothing")
            .answers::<Empty>()
            .to(remove),
    ]
}

/// What goes with a file.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct MediaForm {
    /// Alternative text.
    #[schemars(length(max = 1500))]
    description: Option<String>,
    /// Focal point: `x,y`, each -1 to 1.
    #[schemars(length(max = 100))]
    focus: Option<String>,
}

impl MediaForm {
    fn focus(&self) -> Result<Option<Focus>, Problem> {
        let text = self.focus.as_deref().filter(|text| !text.is_empty());
        let focus = text.map(Focus::parse).transpose();
        focus.map_err(|error| Problem::invalid(&error.to_string()).about("focus"))
    }
}

async fn upload(
    State(site): State<Shared>,
    person: Person,
    sent: Sent,
) -> Result<Response, Problem> {
    let form: MediaForm = sent.fields()?;
    let file = sent.files.get("file").ok_or_else(|| Problem::field("file", "can't be blank"))?;
    let (alt, focus) = (form.description.as_deref().unwrap_or_default(), form.focus()?);
    let purpose = Purpose::Attachment;
    let made = media::upload(&site.app, person.account, &file.path(), purpose, alt, focus).await?;
    shown(&site, &made, StatusCode::ACCEPTED)
}

async fn one(
    State(site): State<Shared>,
    person: Person,
    PathId(id): PathId<Media>,
) -> Result<Response, Problem> {
    let found = media::owned(&site.app, person.account, id).await?;
    shown(&site, &*found.ok_or_else(Problem::not_found)?, StatusCode::PARTIAL_CONTENT)
}

fn shown(site: &Site, media: &Stored<Media>, processing: StatusCode) -> Result<Response, Problem> {
    let status = match &media.state {
        MediaState::Ready => StatusCode::OK,
        MediaState::Processing { .. } => processing,
        MediaState::Failed { why } => return Err(Problem::invalid(why).about("file")),
    };
    let view = attachment(site, media, Link::For(media.owner));
    Ok((status, Rendered(bytes(&view))).into_response())
}

async fn describe(
    State(site): State<Shared>,
    person: Person,
    PathId(id): PathId<Media>,
    Params(form): Params<MediaForm>,
) -> Result<Response, Problem> {
    let (alt, focus) = (form.description.as_deref(), form.focus()?);
    let changed = media::describe(&site.app, person.account, id, alt, focus).await?;
    shown(&site, &changed, StatusCode::OK)
}

async fn remove(
    State(site): State<Shared>,
    person: Person,
    PathId(id): PathId<Media>,
) -> Result<Rendered, Problem> {
    media::discard(&site.app, person.account, id).await?;
    Ok(Rendered(bytes(&Empty {})))
}
