//! Posts as staff list them: open ones, and those of open cases. Deleting one is a decision about its author, who is told and may
//! appeal.

use std::{collections::HashMap, sync::Arc};

use axum::extract::State;
use graph::{Edge, Id, Stored};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use social::{
    accounts::model::Account as AccountNode,
    media::{Link, model::Media},
    moderation::{
        self, ModerationError, Ruling, StaffSeen, Target, model::Measure, reported_posts,
        staff_see, staff_sees,
    },
    posts::model::{Audience, LikedBy, OpenReplies, Post, SharedBy},
    search::{PostList, PostSort, list_posts},
    staff::Permission,
};

use super::{
    At, TAG, choice,
    decisions::{DecisionView, decision_view},
};
use crate::{
    Shared,
    auth::Staff,
    body::Params,
    format,
    mastodon::{PathId, optional_id},
    problem::Problem,
    routes::{Access, Operation, delete, get},
    views::{
        AdminAccount, MediaAttachment, Rendered, admin_people, attachment, bytes, visibility_of,
    },
};

const ONE: &str = "/api/sociosphere/v1/admin/posts/{id}";

pub fn operations() -> Vec<Operation> {
    let read = Access::Staff("admin:read:reports", Permission::ManageReports);
    let people = Access::Staff("admin:write:accounts", Permission::ManagePeople);
    vec![
        get("getStaffPosts", "/api/sociosphere/v1/admin/posts", read)
            .says(TAG, "Open posts by filters and sorts, or those of open cases")
            .takes::<Query>()
            .answers::<PostsPage>()
            .to(list),
        get("getStaffPost", ONE, read)
            .says(TAG, "A post, if it is open or of an open case")
            .answers::<StaffPost>()
            .to(one),
        delete("deleteStaffPost", ONE, people)
            .says(TAG, "Deletes a post, by a decision about its author")
            .dangerous()
            .takes::<DeleteForm>()
            .answers::<DecisionView>()
            .to(remove),
    ]
}

/// Which posts.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(super) struct Query {
    /// Words.
    #[schemars(length(max = 200))]
    q: String,
    /// `reported`: those of open cases, whomever they are for.
    #[schemars(extend("enum" = ["any", "public", "unlisted", "reported"]))]
    visibility: Option<String>,
    /// With media, or without.
    #[schemars(extend("enum" = ["any", "with", "without"]))]
    media: Option<String>,
    /// By whom.
    author_id: Option<String>,
    /// Which is first.
    #[schemars(extend("enum" = ["newest", "oldest", "interactions"]))]
    sort: Option<String>,
    /// Which page.
    #[serde(flatten)]
    pub at: At,
}

/// A page of posts.
#[derive(Debug, Serialize, JsonSchema)]
struct PostsPage {
    /// The posts.
    items: Vec<StaffPost>,
    /// `cursor` of the next page; none at the end.
    next: Option<String>,
    /// How many there are in all, where search knows.
    total: Option<u64>,
}

/// A post as staff see it.
#[derive(Debug, Serialize, JsonSchema)]
struct StaffPost {
    /// Id.
    id: String,
    /// When.
    created_at: String,
    /// By whom.
    author: Option<AdminAccount>,
    /// Text, HTML.
    content: String,
    /// Text as it was typed.
    text: String,
    /// Content warning.
    warning: String,
    /// Media is hidden at first.
    sensitive: bool,
    /// Whom it is for.
    #[schemars(extend("enum" = ["public", "unlisted", "private", "direct"]))]
    visibility: &'static str,
    /// What is attached; of what is not open, the pictures are in its case.
    media: Vec<MediaAttachment>,
    /// How many like it.
    likes: u64,
    /// How many share it.
    shares: u64,
    /// How many comments everybody may see.
    replies: u64,
    /// The open case that it is part of.
    open_case_id: Option<String>,
    /// Its page.
    url: String,
}

impl Query {
    /// As search asks; none for those of open cases.
    pub fn list(&self) -> Result<Option<PostList>, Problem> {
        let sort = choice("sort", &self.sort, PostSort::parse)?.unwrap_or_default();
        let visibility = choice("visibility", &self.visibility, |word| match word {
            "public" => Some(Some(Audience::Public)),
            "unlisted" => Some(Some(Audience::Unlisted)),
            "reported" => Some(None),
            _ => None,
        })?;
        let media = choice("media", &self.media, |word| match word {
            "with" => Some(true),
            "without" => Some(false),
            _ => None,
        })?;
        let author = optional_id(&self.author_id)?;
        if visibility == Some(None) {
            let alone = self.q.trim().is_empty()
                && sort == PostSort::Newest
                && media.is_none()
                && author.is_none();
            return match alone {
                true => Ok(None),
                false => Err(Problem::field("visibility", "reported goes with no other filter")),
            };
        }
        let audience = visibility.flatten();
        Ok(Some(PostList { words: self.q.clone(), audience, media, author, sort }))
    }
}

async fn list(
    State(site): State<Shared>,
    Params(query): Params<Query>,
) -> Result<Rendered, Problem> {
    let (seen, next, total) = match query.list()? {
        Some(list) => {
            let limit = query.at.limit()?;
            let page = list_posts(&site.app, &list, query.at.cursor(), limit).await?;
            // The index may be late: whoever may see what is decided now.
            (staff_see(&site.app, page.found).await?, page.next, Some(page.total))
        }
        None => {
            let (seen, next) = reported_posts(&site.app, query.at.page()?).await?;
            (seen, next.map(|next| next.to_string()), None)
        }
    };
    let items = views(&site, &seen).await?;
    Ok(Rendered(bytes(&PostsPage { items, next, total })))
}

/// Posts with what stands around them: as many reads as of one.
async fn views(site: &Shared, seen: &[StaffSeen]) -> Result<Vec<StaffPost>, Problem> {
    let graph = &site.app.graph;
    let authors = admin_people(site, seen.iter().map(|one| one.post.author).collect()).await?;
    let kinds = [LikedBy::DECL.kind, SharedBy::DECL.kind, OpenReplies::DECL.kind];
    let lists: Vec<_> =
        seen.iter().flat_map(|one| kinds.map(|kind| (Id::raw(one.post.id), kind))).collect();
    let counts = graph.counts(&lists).await?;
    let ids: Vec<_> = seen.iter().flat_map(|one| one.post.media.iter().copied()).collect();
    let media: HashMap<_, _> =
        graph.get_many(&ids).await?.into_iter().flatten().map(|one| (one.id, one)).collect();
    let each = seen.iter().zip(counts.chunks_exact(kinds.len()));
    let view = |(one, counts): (&StaffSeen, &[u64])| {
        let author = authors.get(&one.post.author).cloned();
        view(site, one, author, counts, &media)
    };
    Ok(each.map(view).collect())
}

fn view(
    site: &Shared,
    seen: &StaffSeen,
    author: Option<AdminAccount>,
    counts: &[u64],
    media: &HashMap<Id<Media>, Arc<Stored<Media>>>,
) -> StaffPost {
    let post = &seen.post;
    let shown = |one: &Arc<Stored<Media>>| {
        let mut shown = attachment(site, one, Link::Open);
        if !post.audience.is_open() {
            // Its link would lead nowhere: who looks at such pictures does so in the case.
            (shown.url, shown.preview_url) = (None, None);
        }
        shown
    };
    let media = post.media.iter().filter_map(|id| media.get(id)).map(shown).collect();
    let handle = author.as_ref().map_or_else(String::new, |author| author.username.clone());
    StaffPost {
        id: post.id.to_string(),
        created_at: format::time(post.id.ms()),
        content: site.html(&post.text),
        text: post.text.clone(),
        warning: post.warning.clone(),
        sensitive: post.sensitive || author.as_ref().is_some_and(|author| author.sensitized),
        visibility: visibility_of(post.audience),
        media,
        likes: counts[0],
        shares: counts[1],
        replies: counts[2],
        open_case_id: seen.case.map(|case| case.to_string()),
        url: format!("{}/@{handle}/{}", site.app.settings.public_url, post.id),
        author,
    }
}

async fn one(State(site): State<Shared>, PathId(id): PathId<Post>) -> Result<Rendered, Problem> {
    let seen = staff_sees(&site.app, id).await?.ok_or_else(Problem::not_found)?;
    let view = views(&site, &[seen]).await?.pop().ok_or_else(Problem::not_found)?;
    Ok(Rendered(bytes(&view)))
}

/// Why a post is deleted.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct DeleteForm {
    /// What its author is told; the usual words without.
    #[schemars(length(max = 2000))]
    message: Option<String>,
    /// For the audit log; needed.
    #[schemars(length(max = 1000))]
    reason: String,
}

async fn remove(
    State(site): State<Shared>,
    Staff(by): Staff,
    PathId(id): PathId<Post>,
    Params(form): Params<DeleteForm>,
) -> Result<Rendered, Problem> {
    let seen = staff_sees(&site.app, id).await?.ok_or_else(Problem::not_found)?;
    if form.reason.trim().is_empty() {
        return Err(Problem::field("reason", "can't be blank"));
    }
    let ruling = Ruling {
        measures: vec![Measure::Delete],
        posts: vec![id],
        to_account: form.message.filter(|text| !text.is_empty()),
        reason: form.reason,
        ..Ruling::default()
    };
    let author: Id<AccountNode> = seen.post.author;
    let decided = moderation::decide(&site.app, &by, Target::Account(author), ruling).await;
    let decision = decided.map_err(|error: ModerationError| Problem::from(error))?;
    Ok(Rendered(bytes(&decision_view(&decision))))
}
