//! What staff tell everybody, as people see it.

use axum::extract::{RawPathParams, State};
use graph::Id;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;
use social::announcements::{self, Shown, model::Announcement};

use super::PathId;
use crate::{
    Shared,
    auth::Person,
    format,
    problem::Problem,
    routes::{Access, Operation, delete, get, post, put},
    views::{Empty, Rendered, bytes},
};

const TAG: &str = "announcements";
const REACTION: &str = "/api/v1/announcements/{id}/reactions/{name}";

pub fn operations() -> Vec<Operation> {
    vec![
        get("getAnnouncements", "/api/v1/announcements", Access::Person(""))
            .says(TAG, "What staff tell everybody")
            .answers::<Vec<AnnouncementView>>()
            .to(list),
        post(
            "dismissAnnouncement",
            "/api/v1/announcements/{id}/dismiss",
            Access::Person("write:accounts"),
        )
        .says(TAG, "Marks an announcement as read")
        .answers::<Empty>()
        .frozen_may()
        .to(dismiss),
        put("putAnnouncementReaction", REACTION, Access::Person("write:favourites"))
            .says(TAG, "Reacts to an announcement with an emoji")
            .answers::<Empty>()
            .to(react),
        delete("deleteAnnouncementReaction", REACTION, Access::Person("write:favourites"))
            .says(TAG, "Takes a reaction back")
            .answers::<Empty>()
            .to(unreact),
    ]
}

/// Something that staff tell everybody. Who of them is told to nobody.
#[derive(Debug, Serialize, JsonSchema)]
pub struct AnnouncementView {
    /// Id.
    id: String,
    /// HTML.
    content: String,
    /// Of which time it tells.
    starts_at: Option<String>,
    /// After it, it is not shown any more.
    ends_at: Option<String>,
    /// The times are days.
    all_day: bool,
    /// When it was published.
    published_at: String,
    /// When it was changed last.
    updated_at: String,
    /// Whether one has read it.
    read: bool,
    /// Never: handles in it are links.
    mentions: Vec<Value>,
    /// Never.
    statuses: Vec<Value>,
    /// Never: tags in it are links.
    tags: Vec<Value>,
    /// Never.
    emojis: Vec<Value>,
    /// How people react.
    reactions: Vec<ReactionView>,
}

/// How many people react so.
#[derive(Debug, Serialize, JsonSchema)]
struct ReactionView {
    /// The emoji.
    name: String,
    /// How many people.
    count: u64,
    /// Whether one does so oneself.
    me: bool,
}

/// An announcement as one person sees it.
pub fn view(site: &Shared, shown: &Shown) -> AnnouncementView {
    let one = &shown.announcement;
    AnnouncementView {
        id: one.id.to_string(),
        content: site.html(&one.text),
        starts_at: one.starts_ms.map(format::time),
        ends_at: one.ends_ms.map(format::time),
        all_day: one.all_day,
        published_at: format::time(one.published_ms.unwrap_or(one.id.ms())),
        updated_at: format::time(one.updated_ms),
        read: shown.read,
        mentions: Vec::new(),
        statuses: Vec::new(),
        tags: Vec::new(),
        emojis: Vec::new(),
        reactions: one
            .reactions
            .iter()
            .map(|(name, count)| ReactionView {
                name: name.clone(),
                count: *count,
                me: shown.mine.contains(name),
            })
            .collect(),
    }
}

async fn list(State(site): State<Shared>, person: Person) -> Result<Rendered, Problem> {
    let shown = announcements::shown(&site.app, person.account).await?;
    Ok(Rendered(bytes(&shown.iter().map(|one| view(&site, one)).collect::<Vec<_>>())))
}

async fn dismiss(
    State(site): State<Shared>,
    person: Person,
    PathId(id): PathId<Announcement>,
) -> Result<Rendered, Problem> {
    announcements::dismiss(&site.app, person.account, id).await?;
    Ok(Rendered(bytes(&Empty {})))
}

fn reaction(path: &RawPathParams) -> Result<(Id<Announcement>, String), Problem> {
    let mut words = path.iter().map(|(_, word)| word.to_owned());
    let (id, name) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    Ok((id.parse().map_err(|_| Problem::not_found())?, name))
}

async fn react(
    State(site): State<Shared>,
    person: Person,
    path: RawPathParams,
) -> Result<Rendered, Problem> {
    let (id, name) = reaction(&path)?;
    announcements::react(&site.app, person.account, id, &name).await?;
    Ok(Rendered(bytes(&Empty {})))
}

async fn unreact(
    State(site): State<Shared>,
    person: Person,
    path: RawPathParams,
) -> Result<Rendered, Problem> {
    let (id, name) = reaction(&path)?;
    announcements::unreact(&site.app, person.account, id, &name).await?;
    Ok(Rendered(bytes(&Empty {})))
}
