//! Trends: tags, posts and links that many people take part in now.

use axum::extract::State;
use schemars::JsonSchema;
use serde::Deserialize;
use social::trends;

use crate::{
    Shared,
    auth::Viewer,
    body::Params,
    page::{Paging, Sizes},
    problem::Problem,
    routes::{Access, Operation, get},
    views::{Cards, Rendered, Status, Tag, TrendsLink, bytes, history, render_posts, tag},
};

const TAG: &str = "trends";
/// The furthest page start.
const DEEPEST: u32 = 10_000;

pub fn operations() -> Vec<Operation> {
    let anyone = Access::Anyone("");
    vec![
        get("getTrends", "/api/v1/trends", anyone)
            .says(TAG, "Tags that trend, under their older address")
            .takes::<Query>()
            .answers::<Vec<Tag>>()
            .to(tags),
        get("getTrendingTags", "/api/v1/trends/tags", anyone)
            .says(TAG, "Tags that trend")
            .takes::<Query>()
            .answers::<Vec<Tag>>()
            .to(tags),
        get("getTrendingStatuses", "/api/v1/trends/statuses", anyone)
            .says(TAG, "Posts that trend")
            .takes::<Query>()
            .answers::<Vec<Status>>()
            .to(statuses),
        get("getTrendingLinks", "/api/v1/trends/links", anyone)
            .says(TAG, "Links that trend")
            .takes::<Query>()
            .answers::<Vec<TrendsLink>>()
            .to(links),
    ]
}

/// Which part of the list.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(super) struct Query {
    /// Page start.
    offset: u32,
    /// At most so many.
    limit: Option<String>,
}

impl Query {
    pub(super) fn part(self, sizes: Sizes) -> Result<(usize, usize), Problem> {
        let limit = Paging { limit: self.limit, ..Paging::default() }.limit(sizes)?;
        Ok((self.offset.min(DEEPEST) as usize, limit))
    }
}

async fn tags(
    State(site): State<Shared>,
    Params(query): Params<Query>,
) -> Result<Rendered, Problem> {
    let (offset, limit) = query.part(Sizes(10, 20))?;
    let found = trends::tags(&site.app, offset, limit).await?;
    let views: Vec<_> = found
        .iter()
        .map(|one| Tag {
            history: history(&one.days),
            ..tag(&site, one.tag.id.raw(), &one.tag.name)
        })
        .collect();
    Ok(Rendered(bytes(&views)))
}

async fn statuses(
    State(site): State<Shared>,
    viewer: Viewer,
    Params(query): Params<Query>,
) -> Result<Rendered, Problem> {
    let (offset, limit) = query.part(Sizes(20, 40))?;
    let viewer = viewer.account();
    let seen = trends::posts(&site.app, viewer, offset, limit).await?;
    Ok(Rendered(render_posts(&site, viewer, &seen).await?))
}

async fn links(
    State(site): State<Shared>,
    Params(query): Params<Query>,
) -> Result<Rendered, Problem> {
    let (offset, limit) = query.part(Sizes(10, 20))?;
    let found = trends::links(&site.app, offset, limit).await?;
    let ids: Vec<_> = found.iter().map(|one| one.card.id).collect();
    let cards = Cards::read(&site.app, &ids).await?;
    let views = found.iter().filter_map(|one| {
        let card = cards.view(&site, one.card.id)?;
        Some(TrendsLink { card, history: history(&one.days) })
    });
    Ok(Rendered(bytes(&views.collect::<Vec<_>>())))
}
