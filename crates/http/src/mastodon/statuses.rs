//! Posts as statuses: write, edit, delete, read, thread, history.

use axum::extract::State;
use graph::Id;
use http::HeaderMap;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;
use social::{
    media::{self, model::Media, pipeline::Focus},
    posts::{self, Draft, Place, Seen, model::Post},
};

use super::{PathId, ids, optional_id};
use crate::{
    Shared,
    auth::{Person, Viewer},
    body::Params,
    limits::Bucket,
    problem::Problem,
    routes::{Access, Operation, delete, get, post, put},
    views::{
        Context, DeletedStatus, Rendered, Status, StatusEdit, StatusSource, audience_of, bytes,
        fragments::Writer, render_deleted, render_edits, render_post, render_posts,
    },
};

const TAG: &str = "statuses";
const ONE: &str = "/api/v1/statuses/{id}";

pub fn operations() -> Vec<Operation> {
    let read = Access::Anyone("read:statuses");
    let write = Access::Person("write:statuses");
    vec![
        post("postStatus", "/api/v1/statuses", write)
            .says(TAG, "Publishes a post; the same Idempotency-Key again returns the first")
            .takes::<StatusForm>()
            .answers::<Status>()
            .to(publish),
        get("getStatuses", "/api/v1/statuses", read)
            .says(TAG, "Reads several posts")
            .takes::<Several>()
            .answers::<Vec<Status>>()
            .to(several),
        get("getStatus", ONE, read).says(TAG, "Reads a post").answers::<Status>().to(one),
        put("putStatus", ONE, write)
            .says(TAG, "Edits one's own post")
            .takes::<EditForm>()
            .answers::<Status>()
            .to(edit),
        delete("deleteStatus", ONE, write)
            .says(TAG, "Deletes one's own post and returns its source")
            .limited(Bucket::Delete)
            .answers::<DeletedStatus>()
            .to(remove),
        get("getStatusContext", "/api/v1/statuses/{id}/context", read)
            .says(TAG, "What stands around a post")
            .answers::<Context>()
            .to(context),
        get("getStatusSource", "/api/v1/statuses/{id}/source", Access::Person("read:statuses"))
            .says(TAG, "One's own post as it was typed")
            .answers::<StatusSource>()
            .to(source),
        get("getStatusHistory", "/api/v1/statuses/{id}/history", read)
            .says(TAG, "All versions of a post, oldest first")
            .answers::<Vec<StatusEdit>>()
            .to(history),
    ]
}

/// A new post.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct StatusForm {
    /// Text.
    status: String,
    /// Up to four pictures, or one video or audio.
    #[schemars(length(max = 4))]
    media_ids: Vec<String>,
    /// What it answers.
    in_reply_to_id: Option<String>,
    /// Media is hidden at first.
    sensitive: bool,
    /// Content warning.
    spoiler_text: String,
    /// `public`, `unlisted`, `private` or `direct`.
    visibility: Option<String>,
    /// BCP 47.
    language: Option<String>,
    /// Refused until there are polls.
    poll: Option<Value>,
    /// Refused until posts can be scheduled.
    scheduled_at: Option<String>,
}

async fn publish(
    State(site): State<Shared>,
    person: Person,
    headers: HeaderMap,
    Params(form): Params<StatusForm>,
) -> Result<Rendered, Problem> {
    if form.poll.as_ref().is_some_and(|poll| !poll.is_null()) {
        return Err(Problem::field("poll", "can't be added here yet"));
    }
    if form.scheduled_at.as_deref().is_some_and(|at| !at.is_empty()) {
        return Err(Problem::field("scheduled_at", "can't be set here yet"));
    }
    let audience = match form.visibility.as_deref() {
        None | Some("") => None,
        Some(word) => Some(
            audience_of(word).ok_or_else(|| Problem::field("visibility", "is not known here"))?,
        ),
    };
    let idempotency = match headers.get("idempotency-key").map(|key| key.to_str()) {
        None => None,
        Some(Ok(key)) if (1..=255).contains(&key.len()) => Some(key.to_owned()),
        Some(_) => return Err(Problem::invalid("the Idempotency-Key is not usable")),
    };
    let draft = Draft {
        text: form.status,
        warning: form.spoiler_text,
        sensitive: form.sensitive,
        audience,
        language: form.language,
        media: media_of(&form.media_ids)?,
        reply_to: optional_id(&form.in_reply_to_id)?,
        app: person.client,
        idempotency,
    };
    let seen = posts::publish(&site.app, person.account, draft).await?;
    status(&site, Some(person.account), &seen).await
}

fn media_of(texts: &[String]) -> Result<Vec<Id<Media>>, Problem> {
    let wrong = || Problem::field("media_ids", "could not be found");
    texts.iter().map(|text| text.parse().map_err(|_| wrong())).collect()
}

/// A changed post; what is absent stays.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct EditForm {
    /// Text.
    status: Option<String>,
    /// Content warning.
    spoiler_text: Option<String>,
    /// Media is hidden at first.
    sensitive: Option<bool>,
    /// BCP 47.
    language: Option<String>,
    /// Up to four pictures, or one video or audio.
    #[schemars(length(max = 4))]
    media_ids: Option<Vec<String>>,
    /// New texts and focal points of media that is there.
    #[schemars(length(max = 4))]
    media_attributes: Vec<MediaAttributes>,
    /// Refused until there are polls.
    poll: Option<Value>,
}

/// A new text and focal point of a media.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct MediaAttributes {
    /// Which.
    id: String,
    /// Alternative text.
    description: Option<String>,
    /// `x,y`.
    focus: Option<String>,
}

async fn edit(
    State(site): State<Shared>,
    person: Person,
    PathId(id): PathId<Post>,
    Params(form): Params<EditForm>,
) -> Result<Rendered, Problem> {
    if form.poll.as_ref().is_some_and(|poll| !poll.is_null()) {
        return Err(Problem::field("poll", "can't be added here yet"));
    }
    let app = &site.app;
    let before = own(&site, &person, id).await?;
    for change in &form.media_attributes {
        let media = change.id.parse().map_err(|_| Problem::not_found())?;
        let focus = change
            .focus
            .as_deref()
            .filter(|text| !text.is_empty())
            .map(Focus::parse)
            .transpose()
            .map_err(|error| Problem::invalid(&error.to_string()).about("focus"))?;
        let text = change.description.as_deref();
        media::describe(app, person.account, media, text, focus).await?;
    }
    let draft = Draft {
        text: form.status.unwrap_or_else(|| before.post.text.clone()),
        warning: form.spoiler_text.unwrap_or_else(|| before.post.warning.clone()),
        sensitive: form.sensitive.unwrap_or(before.post.sensitive),
        language: form.language.or_else(|| before.post.language.clone()),
        media: match form.media_ids {
            Some(ids) => media_of(&ids)?,
            None => before.post.media.clone(),
        },
        ..Draft::default()
    };
    let seen = posts::edit(app, person.account, id, draft).await?;
    status(&site, Some(person.account), &seen).await
}

async fn remove(
    State(site): State<Shared>,
    person: Person,
    PathId(id): PathId<Post>,
) -> Result<Rendered, Problem> {
    let deleted = posts::delete(&site.app, person.account, id).await?;
    Ok(Rendered(render_deleted(&site, person.account, &deleted.seen).await?))
}

async fn one(
    State(site): State<Shared>,
    viewer: Viewer,
    PathId(id): PathId<Post>,
) -> Result<Rendered, Problem> {
    let seen = seen(&site, &viewer, id).await?;
    status(&site, viewer.account(), &seen).await
}

/// Which posts.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct Several {
    /// Their ids.
    #[schemars(length(max = 40))]
    id: Vec<String>,
}

async fn several(
    State(site): State<Shared>,
    viewer: Viewer,
    Params(asked): Params<Several>,
) -> Result<Rendered, Problem> {
    let mut wanted = ids(&asked.id);
    wanted.truncate(40);
    let seen = posts::see(&site.app, viewer.account(), &wanted, Place::Named).await?;
    let seen: Vec<_> = seen.into_iter().flatten().collect();
    Ok(Rendered(render_posts(&site, viewer.account(), &seen).await?))
}

async fn context(
    State(site): State<Shared>,
    viewer: Viewer,
    PathId(id): PathId<Post>,
) -> Result<Rendered, Problem> {
    let account = viewer.account();
    let thread = posts::thread(&site.app, account, id).await?.ok_or_else(Problem::not_found)?;
    let above = render_posts(&site, account, &thread.ancestors).await?;
    let below = render_posts(&site, account, &thread.descendants).await?;
    Ok(Rendered(Writer::object(|writer| {
        writer.field("ancestors", &above);
        writer.field("descendants", &below);
    })))
}

async fn source(
    State(site): State<Shared>,
    person: Person,
    PathId(id): PathId<Post>,
) -> Result<Rendered, Problem> {
    let seen = own(&site, &person, id).await?;
    Ok(Rendered(bytes(&StatusSource {
        id: seen.post.id.to_string(),
        text: seen.post.text.clone(),
        spoiler_text: seen.post.warning.clone(),
    })))
}

async fn history(
    State(site): State<Shared>,
    viewer: Viewer,
    PathId(id): PathId<Post>,
) -> Result<Rendered, Problem> {
    let account = viewer.account();
    let found = posts::history(&site.app, account, id).await?;
    let (seen, editions) = found.ok_or_else(Problem::not_found)?;
    Ok(Rendered(render_edits(&site, account, &seen, &editions).await?))
}

/// A post that the viewer may see.
pub async fn seen(site: &Shared, viewer: &Viewer, id: Id<Post>) -> Result<Seen, Problem> {
    let seen = posts::see_one(&site.app, viewer.account(), id).await?;
    seen.ok_or_else(Problem::not_found)
}

/// One's own post.
async fn own(site: &Shared, person: &Person, id: Id<Post>) -> Result<Seen, Problem> {
    let seen = posts::see_one(&site.app, Some(person.account), id).await?;
    seen.filter(|seen| seen.post.author == person.account).ok_or_else(Problem::not_found)
}

/// One post as an answer.
pub async fn status(
    site: &Shared,
    viewer: Option<Id<social::accounts::model::Account>>,
    seen: &Seen,
) -> Result<Rendered, Problem> {
    Ok(Rendered(render_post(site, viewer, seen).await?))
}
