//! Likes, shares, bookmarks, pins, muted conversations; and who liked and shared.

use std::future::Future;

use axum::{extract::State, response::Response};
use http::Uri;
use schemars::JsonSchema;
use serde::Deserialize;
use social::{
    posts::{Seen, model::Post},
    reactions::{self, ReactionError},
};

use super::{PathId, people_page, statuses::status};
use crate::{
    Shared,
    auth::{Person, Viewer},
    body::Params,
    page::Paging,
    problem::Problem,
    routes::{Access, Operation, get, post},
    views::{Account, Rendered, Status, audience_of},
};

const TAG: &str = "statuses";

/// Declares an operation that is one verb on a post and answers with the post.
macro_rules! on_post {
    ($($id:literal $word:literal $scope:literal $verb:ident $says:literal),* $(,)?) => {
        vec![$(
            post($id, concat!("/api/v1/statuses/{id}/", $word), Access::Person($scope))
                .says(TAG, $says)
                .answers::<Status>()
                .to(async |State(site): State<Shared>, person: Person, id: PathId<Post>| {
                    let changed = reactions::$verb(&site.app, person.account, id.0);
                    answer(&site, &person, changed).await
                })
        ),*]
    };
}

pub fn operations() -> Vec<Operation> {
    let mut all = on_post![
        "favouriteStatus" "favourite" "write:favourites" like "Likes a post",
        "unfavouriteStatus" "unfavourite" "write:favourites" unlike "Takes a like back",
        "unreblogStatus" "unreblog" "write:statuses" unshare "Takes a share back",
        "bookmarkStatus" "bookmark" "write:bookmarks" bookmark "Keeps a post",
        "unbookmarkStatus" "unbookmark" "write:bookmarks" unbookmark "Keeps a post no longer",
        "pinStatus" "pin" "write:accounts" pin "Pins one's own post",
        "unpinStatus" "unpin" "write:accounts" unpin "Unpins one's own post",
        "muteStatus" "mute" "write:mutes" mute_conversation "Hears no more of a conversation",
        "unmuteStatus" "unmute" "write:mutes" unmute_conversation "Hears of a conversation again",
    ];
    let read = Access::Anyone("read:statuses");
    all.extend([
        post("reblogStatus", "/api/v1/statuses/{id}/reblog", Access::Person("write:statuses"))
            .says(TAG, "Shares a post")
            .takes::<ShareForm>()
            .answers::<Status>()
            .to(share),
        get("getStatusFavouritedBy", "/api/v1/statuses/{id}/favourited_by", read)
            .says(TAG, "Who likes a post")
            .takes::<Paging>()
            .answers::<Vec<Account>>()
            .to(liked_by),
        get("getStatusRebloggedBy", "/api/v1/statuses/{id}/reblogged_by", read)
            .says(TAG, "Who shares a post")
            .takes::<Paging>()
            .answers::<Vec<Account>>()
            .to(shared_by),
    ]);
    all
}

async fn answer(
    site: &Shared,
    person: &Person,
    changed: impl Future<Output = Result<Seen, ReactionError>>,
) -> Result<Rendered, Problem> {
    let seen = changed.await?;
    status(site, Some(person.account), &seen).await
}

/// How to share.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct ShareForm {
    /// `public`, `unlisted` or `private`.
    visibility: Option<String>,
}

async fn share(
    State(site): State<Shared>,
    person: Person,
    PathId(id): PathId<Post>,
    Params(form): Params<ShareForm>,
) -> Result<Rendered, Problem> {
    let audience = match form.visibility.as_deref() {
        None | Some("") => None,
        Some(word) => Some(
            audience_of(word).ok_or_else(|| Problem::field("visibility", "is not known here"))?,
        ),
    };
    let shared = reactions::share(&site.app, person.account, id, audience, person.client);
    answer(&site, &person, shared).await
}

async fn liked_by(
    State(site): State<Shared>,
    viewer: Viewer,
    uri: Uri,
    PathId(id): PathId<Post>,
    Params(paging): Params<Paging>,
) -> Result<Response, Problem> {
    people_page(&site, &uri, &paging, async |app, page| {
        reactions::liked_by(app, viewer.account(), id, page).await
    })
    .await
}

async fn shared_by(
    State(site): State<Shared>,
    viewer: Viewer,
    uri: Uri,
    PathId(id): PathId<Post>,
    Params(paging): Params<Paging>,
) -> Result<Response, Problem> {
    people_page(&site, &uri, &paging, async |app, page| {
        reactions::shared_by(app, viewer.account(), id, page).await
    })
    .await
}
