//! Timelines: home, public, tag; and the posts one likes and keeps.

use axum::{extract::State, response::Response};
use http::Uri;
use schemars::JsonSchema;
use serde::Deserialize;
use social::{reactions, timelines};

use super::{PathWord, posts_page};
use crate::{
    Shared,
    auth::{Person, Viewer},
    body::Params,
    page::{Paging, STATUSES},
    problem::Problem,
    routes::{Access, Operation, get},
    views::Status,
};

const TAG: &str = "timelines";

pub fn operations() -> Vec<Operation> {
    let anyone = Access::Anyone("read:statuses");
    vec![
        get("getHomeTimeline", "/api/v1/timelines/home", Access::Person("read:statuses"))
            .says(TAG, "Posts of those one follows, and one's own")
            .takes::<Paging>()
            .answers::<Vec<Status>>()
            .to(home),
        get("getPublicTimeline", "/api/v1/timelines/public", anyone)
            .says(TAG, "Everything public, without answers and shares")
            .takes::<OpenQuery>()
            .answers::<Vec<Status>>()
            .to(public),
        get("getTagTimeline", "/api/v1/timelines/tag/{tag}", anyone)
            .says(TAG, "Public posts with a tag")
            .takes::<OpenQuery>()
            .answers::<Vec<Status>>()
            .to(tagged),
        get("getFavourites", "/api/v1/favourites", Access::Person("read:favourites"))
            .says(TAG, "Posts that one likes")
            .takes::<Paging>()
            .answers::<Vec<Status>>()
            .to(favourites),
        get("getBookmarks", "/api/v1/bookmarks", Access::Person("read:bookmarks"))
            .says(TAG, "Posts that one keeps")
            .takes::<Paging>()
            .answers::<Vec<Status>>()
            .to(bookmarks),
    ]
}

/// A page of an open timeline.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct OpenQuery {
    /// Only posts from here, which are all.
    local: bool,
    /// Only posts from elsewhere, of which there are none.
    remote: bool,
    /// Only posts with media.
    only_media: bool,
    /// Only posts that have one of these tags, too.
    #[schemars(length(max = 10))]
    any: Vec<String>,
    /// Only posts that have all of these tags, too.
    #[schemars(length(max = 10))]
    all: Vec<String>,
    /// No posts with one of these tags.
    #[schemars(length(max = 10))]
    none: Vec<String>,
    /// Which page.
    #[serde(flatten)]
    paging: Paging,
}

async fn home(
    State(site): State<Shared>,
    person: Person,
    uri: Uri,
    Params(paging): Params<Paging>,
) -> Result<Response, Problem> {
    let slice = timelines::home(&site.app, person.account, paging.page(STATUSES)?).await?;
    posts_page(&site, Some(person.account), &uri, &slice).await
}

async fn public(
    State(site): State<Shared>,
    viewer: Viewer,
    uri: Uri,
    Params(query): Params<OpenQuery>,
) -> Result<Response, Problem> {
    let (page, account) = (query.paging.page(STATUSES)?, viewer.account());
    let slice = if query.remote && !query.local {
        timelines::Slice::default()
    } else {
        timelines::public(&site.app, account, query.only_media, page).await?
    };
    posts_page(&site, account, &uri, &slice).await
}

async fn tagged(
    State(site): State<Shared>,
    viewer: Viewer,
    uri: Uri,
    PathWord(tag): PathWord,
    Params(query): Params<OpenQuery>,
) -> Result<Response, Problem> {
    let (page, account) = (query.paging.page(STATUSES)?, viewer.account());
    let mut slice = if query.remote && !query.local {
        timelines::Slice::default()
    } else {
        timelines::tagged(&site.app, account, &tag, query.only_media, page).await?
    };
    slice.posts.retain(|seen| query.passes(&seen.post.tags));
    posts_page(&site, account, &uri, &slice).await
}

impl OpenQuery {
    fn passes(&self, tags: &[String]) -> bool {
        let key = |name: &str| social::text::Tag::parse(name).map(|tag| tag.key().to_owned());
        let has: Vec<_> = tags.iter().filter_map(|name| key(name)).collect();
        let holds = |name: &String| key(name).is_some_and(|key| has.contains(&key));
        // `any` widens what the path's tag selects on Mastodon; here it narrows nothing that has the path's tag.
        self.all.iter().all(holds) && !self.none.iter().any(holds)
    }
}

async fn favourites(
    State(site): State<Shared>,
    person: Person,
    uri: Uri,
    Params(paging): Params<Paging>,
) -> Result<Response, Problem> {
    let slice = reactions::likes(&site.app, person.account, paging.page(STATUSES)?).await?;
    posts_page(&site, Some(person.account), &uri, &slice).await
}

async fn bookmarks(
    State(site): State<Shared>,
    person: Person,
    uri: Uri,
    Params(paging): Params<Paging>,
) -> Result<Response, Problem> {
    let slice = reactions::bookmarks(&site.app, person.account, paging.page(STATUSES)?).await?;
    posts_page(&site, Some(person.account), &uri, &slice).await
}
