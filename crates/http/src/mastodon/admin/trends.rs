//! Trends for staff as Mastodon asks for them. To approve is to allow and to reject is to hide: one decision, whoever asks.

use axum::extract::State;
use graph::Id;
use schemars::JsonSchema;
use serde::Serialize;
use social::{
    cards::model::Card,
    fault::Fault,
    posts::{self, Place, model::Post},
    staff::{Permission, Powers},
    tags::model::Tag as TagNode,
    trends::{
        self, Reviewed,
        model::{Kind, Verdict},
    },
};

use crate::{
    Shared,
    auth::Staff,
    body::Params,
    mastodon::{PathId, trends::Query},
    page::Sizes,
    problem::Problem,
    routes::{Access, Operation, get, post},
    views::{Cards, Rendered, Status, Tag, TrendsLink, bytes, history, tag, view_posts},
};

const TAG: &str = "admin";

pub fn operations() -> Vec<Operation> {
    let read = Access::Staff("admin:read", Permission::ManageTrends);
    let write = Access::Staff("admin:write", Permission::ManageTrends);
    vec![
        get("getAdminTrendsTags", "/api/v1/admin/trends/tags", read)
            .says(TAG, "Tags that trend, with those that staff hid")
            .takes::<Query>()
            .answers::<Vec<AdminTag>>()
            .to(list_tags),
        post("postAdminTrendsTagApprove", "/api/v1/admin/trends/tags/{id}/approve", write)
            .says(TAG, "Allows a tag to trend")
            .answers::<AdminTag>()
            .to(approve_tag),
        post("postAdminTrendsTagReject", "/api/v1/admin/trends/tags/{id}/reject", write)
            .says(TAG, "Hides a tag among trends")
            .answers::<AdminTag>()
            .to(reject_tag),
        get("getAdminTrendsStatuses", "/api/v1/admin/trends/statuses", read)
            .says(TAG, "Posts that trend, with those that staff hid")
            .takes::<Query>()
            .answers::<Vec<AdminTrendsStatus>>()
            .to(list_statuses),
        post("postAdminTrendsStatusApprove", "/api/v1/admin/trends/statuses/{id}/approve", write)
            .says(TAG, "Allows a post to trend")
            .answers::<AdminTrendsStatus>()
            .to(approve_status),
        post("postAdminTrendsStatusReject", "/api/v1/admin/trends/statuses/{id}/reject", write)
            .says(TAG, "Hides a post among trends")
            .answers::<AdminTrendsStatus>()
            .to(reject_status),
        get("getAdminTrendsLinks", "/api/v1/admin/trends/links", read)
            .says(TAG, "Links that trend, with those that staff hid")
            .takes::<Query>()
            .answers::<Vec<AdminTrendsLink>>()
            .to(list_links),
        post("postAdminTrendsLinkApprove", "/api/v1/admin/trends/links/{id}/approve", write)
            .says(TAG, "Allows a link to trend")
            .answers::<AdminTrendsLink>()
            .to(approve_link),
        post("postAdminTrendsLinkReject", "/api/v1/admin/trends/links/{id}/reject", write)
            .says(TAG, "Hides a link among trends")
            .answers::<AdminTrendsLink>()
            .to(reject_link),
    ]
}

/// A tag as staff review it.
#[derive(Debug, Serialize, JsonSchema)]
struct AdminTag {
    /// As everyone sees it.
    #[serde(flatten)]
    tag: Tag,
    /// Whether it may trend.
    trendable: bool,
    /// Always: tags of posts are the business of their authors.
    usable: bool,
    /// Always: search finds every tag.
    listable: bool,
    /// Whether it waits for staff.
    requires_review: bool,
}

/// A post as staff review it.
#[derive(Debug, Serialize, JsonSchema)]
struct AdminTrendsStatus {
    /// As everyone sees it.
    #[serde(flatten)]
    status: Status,
    /// Whether it waits for staff.
    requires_review: bool,
}

/// A link as staff review it.
#[derive(Debug, Serialize, JsonSchema)]
struct AdminTrendsLink {
    /// Id.
    id: String,
    /// As everyone sees it.
    #[serde(flatten)]
    link: TrendsLink,
    /// Whether it waits for staff.
    requires_review: bool,
}

/// Whether people see a trend only once staff allowed it, and nobody did yet.
fn waits(site: &Shared, one: &Reviewed) -> bool {
    site.app.settings.trends_need_review && one.verdict == Verdict::Open
}

/// Whether people may see it.
fn may_trend(site: &Shared, one: &Reviewed) -> bool {
    one.verdict != Verdict::Hidden && !waits(site, one)
}

async fn listed(
    site: &Shared,
    by: &Powers,
    kind: Kind,
    query: Query,
) -> Result<Vec<Reviewed>, Problem> {
    let (offset, limit) = query.part(Sizes(10, 40))?;
    Ok(trends::to_review(&site.app, by, kind, None, offset, limit).await?.items)
}

async fn judge(
    site: &Shared,
    by: &Powers,
    kind: Kind,
    id: u64,
    verdict: Verdict,
) -> Result<Vec<Reviewed>, Problem> {
    Ok(vec![trends::review(&site.app, by, kind, id, verdict, "").await?])
}

fn ids<T>(items: &[Reviewed]) -> Vec<Id<T>> {
    items.iter().filter_map(|item| Id::new(item.id)).collect()
}

/// The one that was decided about; it may be gone by now.
fn only<T: Serialize>(mut views: Vec<T>) -> Result<Rendered, Problem> {
    views.pop().map(|view| Rendered(bytes(&view))).ok_or_else(Problem::not_found)
}

async fn tags(site: &Shared, items: &[Reviewed]) -> Result<Vec<AdminTag>, Fault> {
    let found = site.app.graph.get_many(&ids::<TagNode>(items)).await?;
    let views = items.iter().zip(found).filter_map(|(item, found)| {
        let found = found?;
        let plain = tag(site, found.id.raw(), &found.name);
        Some(AdminTag {
            tag: Tag { history: history(&item.days), ..plain },
            trendable: may_trend(site, item),
            usable: true,
            listable: true,
            requires_review: waits(site, item),
        })
    });
    Ok(views.collect())
}

/// Posts that everybody may see: what has become private since is nobody's to look at.
async fn statuses(site: &Shared, items: &[Reviewed]) -> Result<Vec<AdminTrendsStatus>, Fault> {
    let seen = posts::see(&site.app, None, &ids::<Post>(items), Place::Named).await?;
    let (items, seen): (Vec<_>, Vec<_>) =
        items.iter().zip(seen).filter_map(|(item, seen)| Some((item, seen?))).unzip();
    let views = view_posts(site, None, &seen).await?;
    let with = |(item, status)| AdminTrendsStatus { status, requires_review: waits(site, item) };
    Ok(items.into_iter().zip(views).map(with).collect())
}

async fn links(site: &Shared, items: &[Reviewed]) -> Result<Vec<AdminTrendsLink>, Fault> {
    let cards = Cards::read(&site.app, &ids::<Card>(items)).await?;
    let views = items.iter().filter_map(|item| {
        let id = Id::new(item.id)?;
        let link = TrendsLink { card: cards.view(site, id)?, history: history(&item.days) };
        Some(AdminTrendsLink { id: id.to_string(), link, requires_review: waits(site, item) })
    });
    Ok(views.collect())
}

async fn list_tags(
    State(site): State<Shared>,
    Staff(by): Staff,
    Params(query): Params<Query>,
) -> Result<Rendered, Problem> {
    let items = listed(&site, &by, Kind::Tag, query).await?;
    Ok(Rendered(bytes(&tags(&site, &items).await?)))
}

async fn list_statuses(
    State(site): State<Shared>,
    Staff(by): Staff,
    Params(query): Params<Query>,
) -> Result<Rendered, Problem> {
    let items = listed(&site, &by, Kind::Post, query).await?;
    Ok(Rendered(bytes(&statuses(&site, &items).await?)))
}

async fn list_links(
    State(site): State<Shared>,
    Staff(by): Staff,
    Params(query): Params<Query>,
) -> Result<Rendered, Problem> {
    let items = listed(&site, &by, Kind::Link, query).await?;
    Ok(Rendered(bytes(&links(&site, &items).await?)))
}

async fn approve_tag(
    State(site): State<Shared>,
    Staff(by): Staff,
    PathId(id): PathId<TagNode>,
) -> Result<Rendered, Problem> {
    let items = judge(&site, &by, Kind::Tag, id.raw(), Verdict::Allowed).await?;
    only(tags(&site, &items).await?)
}

async fn reject_tag(
    State(site): State<Shared>,
    Staff(by): Staff,
    PathId(id): PathId<TagNode>,
) -> Result<Rendered, Problem> {
    let items = judge(&site, &by, Kind::Tag, id.raw(), Verdict::Hidden).await?;
    only(tags(&site, &items).await?)
}

async fn approve_status(
    State(site): State<Shared>,
    Staff(by): Staff,
    PathId(id): PathId<Post>,
) -> Result<Rendered, Problem> {
    let items = judge(&site, &by, Kind::Post, id.raw(), Verdict::Allowed).await?;
    only(statuses(&site, &items).await?)
}

async fn reject_status(
    State(site): State<Shared>,
    Staff(by): Staff,
    PathId(id): PathId<Post>,
) -> Result<Rendered, Problem> {
    let items = judge(&site, &by, Kind::Post, id.raw(), Verdict::Hidden).await?;
    only(statuses(&site, &items).await?)
}

async fn approve_link(
    State(site): State<Shared>,
    Staff(by): Staff,
    PathId(id): PathId<Card>,
) -> Result<Rendered, Problem> {
    let items = judge(&site, &by, Kind::Link, id.raw(), Verdict::Allowed).await?;
    only(links(&site, &items).await?)
}

async fn reject_link(
    State(site): State<Shared>,
    Staff(by): Staff,
    PathId(id): PathId<Card>,
) -> Result<Rendered, Problem> {
    let items = judge(&site, &by, Kind::Link, id.raw(), Verdict::Hidden).await?;
    only(links(&site, &items).await?)
}
