//! Announcements, as staff write them.

use axum::extract::State;
use graph::{Id, Stored};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use social::{
    announcements::{
        self, Draft,
        model::{Announcement, State as Stands},
    },
    staff::Permission,
};

use super::{At, PageOf, Reason, TAG, choice, moment};
use crate::{
    Shared,
    auth::Staff,
    body::Params,
    format,
    mastodon::PathId,
    problem::Problem,
    routes::{Access, Operation, delete, get, post, put},
    views::{Empty, Rendered, bytes},
};

const ALL: &str = "/api/sociosphere/v1/admin/announcements";
const ONE: &str = "/api/sociosphere/v1/admin/announcements/{id}";

pub fn operations() -> Vec<Operation> {
    let read = Access::Staff("admin:read", Permission::ManageAnnouncements);
    let write = Access::Staff("admin:write", Permission::ManageAnnouncements);
    vec![
        get("getStaffAnnouncements", ALL, read)
            .says(TAG, "All announcements, drafts too")
            .takes::<Query>()
            .answers::<PageOf<AnnouncementRow>>()
            .to(list),
        post("postAnnouncement", ALL, write)
            .says(TAG, "Writes an announcement")
            .takes::<Form>()
            .answers::<AnnouncementRow>()
            .to(create),
        put("putAnnouncement", ONE, write)
            .says(TAG, "Changes an announcement")
            .takes::<Form>()
            .answers::<AnnouncementRow>()
            .to(edit),
        post(
            "postAnnouncementPublish",
            "/api/sociosphere/v1/admin/announcements/{id}/publish",
            write,
        )
        .says(TAG, "Shows an announcement to everybody")
        .takes::<Reason>()
        .answers::<AnnouncementRow>()
        .to(publish),
        post(
            "postAnnouncementWithdraw",
            "/api/sociosphere/v1/admin/announcements/{id}/withdraw",
            write,
        )
        .says(TAG, "Shows an announcement to nobody any more")
        .takes::<Reason>()
        .answers::<AnnouncementRow>()
        .to(withdraw),
        delete("deleteAnnouncement", ONE, write)
            .says(TAG, "Deletes an announcement")
            .takes::<Reason>()
            .answers::<Empty>()
            .to(remove),
    ]
}

/// Which announcements.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct Query {
    /// Where they stand.
    #[schemars(extend("enum" = ["any", "draft", "published", "withdrawn"]))]
    state: Option<String>,
    /// Which page.
    #[serde(flatten)]
    at: At,
}

/// An announcement, as staff see it.
#[derive(Debug, Serialize, JsonSchema)]
struct AnnouncementRow {
    /// Id.
    id: String,
    /// As it was typed.
    text: String,
    /// HTML.
    content: String,
    /// Of which time it tells.
    starts_at: Option<String>,
    /// After it, it is not shown any more.
    ends_at: Option<String>,
    /// The times are days.
    all_day: bool,
    /// Where it stands.
    #[schemars(extend("enum" = ["draft", "published", "withdrawn"]))]
    state: &'static str,
    /// When it was written.
    created_at: String,
    /// When it was changed last.
    updated_at: String,
    /// When it was published.
    published_at: Option<String>,
    /// How people react.
    reactions: Vec<ReactionCount>,
}

/// How many react so.
#[derive(Debug, Serialize, JsonSchema)]
struct ReactionCount {
    /// The emoji.
    name: String,
    /// How many people.
    count: u64,
}

fn view(site: &Shared, one: &Stored<Announcement>) -> AnnouncementRow {
    AnnouncementRow {
        id: one.id.to_string(),
        text: one.text.clone(),
        content: site.html(&one.text),
        starts_at: one.starts_ms.map(format::time),
        ends_at: one.ends_ms.map(format::time),
        all_day: one.all_day,
        state: one.state.as_str(),
        created_at: format::time(one.id.ms()),
        updated_at: format::time(one.updated_ms),
        published_at: one.published_ms.map(format::time),
        reactions: one
            .reactions
            .iter()
            .map(|(name, count)| ReactionCount { name: name.clone(), count: *count })
            .collect(),
    }
}

async fn list(
    State(site): State<Shared>,
    Params(query): Params<Query>,
) -> Result<Rendered, Problem> {
    let state = choice("state", &query.state, Stands::parse)?;
    let (found, next) = announcements::all(&site.app, state, query.at.page()?).await?;
    let items = found.iter().map(|one| view(&site, one)).collect();
    Ok(Rendered(bytes(&PageOf { items, next: next.map(|next| next.to_string()) })))
}

/// An announcement as it is to be.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct Form {
    /// The words.
    #[schemars(length(max = 5000))]
    text: String,
    /// Of which time it tells, RFC 3339.
    starts_at: Option<String>,
    /// After it, it is not shown any more.
    ends_at: Option<String>,
    /// The times are days.
    all_day: bool,
    /// At once; of a new one.
    publish: bool,
    /// For the audit log.
    #[schemars(length(max = 1000))]
    reason: String,
}

impl Form {
    fn draft(&self) -> Result<Draft, Problem> {
        Ok(Draft {
            text: self.text.clone(),
            starts_ms: moment("starts_at", &self.starts_at)?,
            ends_ms: moment("ends_at", &self.ends_at)?,
            all_day: self.all_day,
        })
    }
}

async fn create(
    State(site): State<Shared>,
    Staff(by): Staff,
    Params(form): Params<Form>,
) -> Result<Rendered, Problem> {
    let (draft, now) = (form.draft()?, form.publish);
    let made = announcements::create(&site.app, &by, &draft, now, &form.reason).await?;
    Ok(Rendered(bytes(&view(&site, &made))))
}

async fn edit(
    State(site): State<Shared>,
    Staff(by): Staff,
    PathId(id): PathId<Announcement>,
    Params(form): Params<Form>,
) -> Result<Rendered, Problem> {
    site.app.graph.get(id).await?.ok_or_else(Problem::not_found)?;
    let made = announcements::edit(&site.app, &by, id, &form.draft()?, &form.reason).await?;
    Ok(Rendered(bytes(&view(&site, &made))))
}

async fn publish(
    State(site): State<Shared>,
    Staff(by): Staff,
    PathId(id): PathId<Announcement>,
    Params(form): Params<Reason>,
) -> Result<Rendered, Problem> {
    let made = announcements::publish(&site.app, &by, id, &form.reason).await?;
    Ok(Rendered(bytes(&view(&site, &made))))
}

async fn withdraw(
    State(site): State<Shared>,
    Staff(by): Staff,
    PathId(id): PathId<Announcement>,
    Params(form): Params<Reason>,
) -> Result<Rendered, Problem> {
    let made = announcements::withdraw(&site.app, &by, id, &form.reason).await?;
    Ok(Rendered(bytes(&view(&site, &made))))
}

async fn remove(
    State(site): State<Shared>,
    Staff(by): Staff,
    PathId(id): PathId<Announcement>,
    Params(form): Params<Reason>,
) -> Result<Rendered, Problem> {
    let id: Id<Announcement> = id;
    announcements::delete(&site.app, &by, id, &form.reason).await?;
    Ok(Rendered(bytes(&Empty {})))
}
