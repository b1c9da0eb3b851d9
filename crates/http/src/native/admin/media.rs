//! Media as staff list it: what takes how much room.

use std::collections::{HashMap, HashSet};

use axum::extract::State;
use graph::{Id, Stored};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use social::{
    accounts::model::Account,
    media::{
        self, Link, Variant, link,
        model::{Attachment, Media, MediaKind, MediaTotals},
    },
    posts::model::Post,
    search::{MediaList, MediaSort, list_media},
    staff::Permission,
};

use super::{At, CountedPage, TAG, choice};
use crate::{
    Shared,
    body::Params,
    format,
    mastodon::optional_id,
    problem::Problem,
    routes::{Access, Operation, get},
    views::{AdminAccount, Rendered, admin_people, bytes},
};

pub fn operations() -> Vec<Operation> {
    let read = Access::Staff("admin:read:reports", Permission::ManageReports);
    vec![
        get("getStaffMedia", "/api/sociosphere/v1/admin/media", read)
            .says(TAG, "Media by filters and sorts")
            .takes::<Query>()
            .answers::<CountedPage<MediaRow>>()
            .to(list),
        get("getMediaTotals", "/api/sociosphere/v1/admin/media/totals", read)
            .says(TAG, "Bytes by class, as they were counted last")
            .answers::<TotalsView>()
            .to(totals),
    ]
}

/// Which media.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct Query {
    /// Of which class.
    #[schemars(extend("enum" = ["any", "image", "gifv", "video", "audio"]))]
    class: Option<String>,
    /// Where its processing stands.
    #[schemars(extend("enum" = ["any", "ready", "processing", "failed"]))]
    state: Option<String>,
    /// What it belongs to.
    #[schemars(extend("enum" = ["any", "post", "profile", "card", "message", "chat", "loose"]))]
    r#use: Option<String>,
    /// Whose.
    owner_id: Option<String>,
    /// Which is first.
    #[schemars(extend("enum" = ["newest", "oldest", "bytes"]))]
    sort: Option<String>,
    /// Which page.
    #[serde(flatten)]
    at: At,
}

/// A media in a list.
#[derive(Debug, Serialize, JsonSchema)]
struct MediaRow {
    /// Id.
    id: String,
    /// When it was uploaded.
    created_at: String,
    /// Whose; none once they are gone.
    owner: Option<AdminAccount>,
    /// What it is.
    #[schemars(extend("enum" = ["image", "gifv", "video", "audio"]))]
    class: &'static str,
    /// Bytes of all its forms.
    bytes: u64,
    /// Where its processing stands.
    #[schemars(extend("enum" = ["ready", "processing", "failed"]))]
    state: &'static str,
    /// What it belongs to.
    #[schemars(extend("enum" = ["post", "profile", "card", "message", "chat", "loose"]))]
    r#use: &'static str,
    /// The post that it belongs to.
    post_id: Option<String>,
    /// Small, where everybody may see it.
    preview_url: Option<String>,
    /// Alternative text, where everybody may read it.
    description: String,
}

async fn list(
    State(site): State<Shared>,
    Params(query): Params<Query>,
) -> Result<Rendered, Problem> {
    let one_of = |field, sent, words: &'static [&'static str]| {
        choice(field, sent, |word| words.iter().copied().find(|one| *one == word))
    };
    let list = MediaList {
        class: choice("class", &query.class, |word| {
            MediaKind::ALL.into_iter().find(|kind| kind.as_str() == word)
        })?,
        state: one_of("state", &query.state, &["ready", "processing", "failed"])?,
        usage: one_of(
            "use",
            &query.r#use,
            &["post", "profile", "card", "message", "chat", "loose"],
        )?,
        owner: optional_id(&query.owner_id)?,
        sort: choice("sort", &query.sort, MediaSort::parse)?.unwrap_or_default(),
    };
    let limit = query.at.limit()?;
    let page = list_media(&site.app, &list, query.at.cursor(), limit).await?;
    let owners = page.found.iter().map(|one| one.owner).collect();
    let owners = admin_people(&site, owners).await?;
    let posts: Vec<_> = page.found.iter().filter_map(|one| post_of(one)).collect();
    let posts = site.app.graph.get_many(&posts).await?.into_iter().flatten();
    let open: HashSet<_> =
        posts.filter(|post| post.audience.is_open()).map(|post| post.id).collect();
    let items = page.found.iter().map(|one| row(&site, one, &owners, &open)).collect();
    Ok(Rendered(bytes(&CountedPage { items, next: page.next, total: page.total })))
}

fn post_of(media: &Media) -> Option<Id<Post>> {
    match media.attached {
        Attachment::Post(id) => Some(id),
        Attachment::Profile
        | Attachment::Card
        | Attachment::None
        | Attachment::Message(_)
        | Attachment::Chat(_) => None,
    }
}

/// A row, with who owns what of the page, and which of its posts are open.
fn row(
    site: &Shared,
    media: &Stored<Media>,
    owners: &HashMap<Id<Account>, AdminAccount>,
    open: &HashSet<Id<Post>>,
) -> MediaRow {
    let open = match media.attached {
        Attachment::Profile | Attachment::Card => true,
        Attachment::None | Attachment::Message(_) | Attachment::Chat(_) => false,
        Attachment::Post(id) => open.contains(&id),
    };
    let base = &site.app.settings.public_url;
    let preview = link(&site.app, media, Variant::Small, Link::Open).filter(|_| open);
    MediaRow {
        id: media.id.to_string(),
        created_at: format::time(media.id.ms()),
        owner: owners.get(&media.owner).cloned(),
        class: media.kind.as_str(),
        bytes: media.bytes,
        state: media.state.as_str(),
        r#use: media.attached.as_str(),
        post_id: post_of(media).map(|id| id.to_string()),
        preview_url: preview.map(|path| format!("{base}{path}")),
        description: if open { media.description.clone() } else { String::new() },
    }
}

/// Bytes by class.
#[derive(Debug, Serialize, JsonSchema)]
struct TotalsView {
    /// When they were counted; none before the first time.
    counted_at: Option<String>,
    /// By class.
    classes: Vec<ClassView>,
}

/// A class of media.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct ClassView {
    /// Which.
    #[schemars(extend("enum" = ["image", "gifv", "video", "audio"]))]
    class: &'static str,
    /// How many.
    files: u64,
    /// How many bytes.
    bytes: u64,
}

impl ClassView {
    pub fn all(totals: &MediaTotals) -> Vec<ClassView> {
        let view = |(kind, files, bytes): &(MediaKind, u64, u64)| ClassView {
            class: kind.as_str(),
            files: *files,
            bytes: *bytes,
        };
        totals.classes.iter().map(view).collect()
    }
}

async fn totals(State(site): State<Shared>) -> Result<Rendered, Problem> {
    let totals = media::totals(&site.app).await?;
    Ok(Rendered(bytes(&TotalsView {
        counted_at: totals.as_ref().map(|totals| format::time(totals.counted_ms)),
        classes: totals.iter().flat_map(ClassView::all).collect(),
    })))
}
