//! Accounts as others see them: one, by name, their posts, who follows them and whom they follow.

use std::sync::Arc;

use axum::{extract::State, response::Response};
use graph::{Id, Stored};
use http::Uri;
use schemars::JsonSchema;
use serde::Deserialize;
use social::{
    accounts::model::{Account as AccountNode, HANDLES},
    posts::{self, AuthorFilter},
    relations, search,
    text::Handle,
};

use super::{PathId, list_of, people_page, posts_page};
use crate::{
    Shared,
    auth::Viewer,
    body::Params,
    page::{Paging, STATUSES, Sizes},
    problem::Problem,
    routes::{Access, Operation, get},
    views::{Account, People, Rendered, Status, fragments::Writer, render_posts},
};

const TAG: &str = "accounts";

pub fn operations() -> Vec<Operation> {
    let anyone = Access::Anyone("read:accounts");
    vec![
        get("lookUpAccount", "/api/v1/accounts/lookup", anyone)
            .says(TAG, "Reads an account by its handle")
            .takes::<LookUp>()
            .answers::<Account>()
            .to(look_up),
        get("searchAccounts", "/api/v1/accounts/search", Access::Person("read:accounts"))
            .says(TAG, "Finds people while a handle is typed")
            .takes::<PeopleQuery>()
            .answers::<Vec<Account>>()
            .to(find),
        get("getAccount", "/api/v1/accounts/{id}", anyone)
            .says(TAG, "Reads an account")
            .answers::<Account>()
            .to(one),
        get(
            "getAccountStatuses",
            "/api/v1/accounts/{id}/statuses",
            Access::Anyone("read:statuses"),
        )
        .says(TAG, "Posts and shares of an account")
        .takes::<PostsQuery>()
        .answers::<Vec<Status>>()
        .to(statuses),
        get("getAccountFollowers", "/api/v1/accounts/{id}/followers", anyone)
            .says(TAG, "Who follows an account")
            .takes::<Paging>()
            .answers::<Vec<Account>>()
            .to(followers),
        get("getAccountFollowing", "/api/v1/accounts/{id}/following", anyone)
            .says(TAG, "Whom an account follows")
            .takes::<Paging>()
            .answers::<Vec<Account>>()
            .to(following),
    ]
}

/// Whom to look up.
#[derive(Debug, Deserialize, JsonSchema)]
struct LookUp {
    /// The handle, with or without our host.
    acct: String,
}

async fn look_up(
    State(site): State<Shared>,
    Params(asked): Params<LookUp>,
) -> Result<Rendered, Problem> {
    let name = asked.acct.trim().trim_start_matches('@');
    let name = match name.split_once('@') {
        Some((name, host)) if host.eq_ignore_ascii_case(site.host()) => name,
        Some(_) => return Err(Problem::not_found()),
        None => name,
    };
    let handle = Handle::parse(name).map_err(|_| Problem::not_found())?;
    let id = site.app.graph.key::<AccountNode>(HANDLES, handle.as_str()).await?;
    let account = visible(&site, id.ok_or_else(Problem::not_found)?).await?;
    shown(&site, account).await
}

async fn one(
    State(site): State<Shared>,
    PathId(id): PathId<AccountNode>,
) -> Result<Rendered, Problem> {
    let account = visible(&site, id).await?;
    shown(&site, account).await
}

/// An account that may be seen at all.
pub async fn visible(
    site: &Shared,
    id: Id<AccountNode>,
) -> Result<Arc<Stored<AccountNode>>, Problem> {
    let account = site.app.graph.get(id).await?;
    account.filter(|account| account.is_visible()).ok_or_else(Problem::not_found)
}

async fn shown(site: &Shared, account: Arc<Stored<AccountNode>>) -> Result<Rendered, Problem> {
    let people = People::read(site, std::iter::once(&account)).await?;
    Ok(Rendered(Writer::object(|writer| people.write_fields(writer, account.id))))
}

/// Whom to find.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct PeopleQuery {
    /// What was typed.
    q: String,
    /// Only people one follows.
    following: bool,
    /// At most so many.
    limit: Option<String>,
}

async fn find(
    State(site): State<Shared>,
    viewer: Viewer,
    Params(query): Params<PeopleQuery>,
) -> Result<Rendered, Problem> {
    let limit = Paging { limit: query.limit, ..Paging::default() }.limit(Sizes(40, 80))?;
    let account = viewer.account();
    let found = search::search_people(&site.app, account, &query.q, query.following, limit).await?;
    list_of(&site, &found).await
}

/// Which posts of an account.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct PostsQuery {
    /// Only posts with media.
    only_media: bool,
    /// No answers to others.
    exclude_replies: bool,
    /// No shares.
    exclude_reblogs: bool,
    /// Only pinned posts.
    pinned: bool,
    /// Only posts with this tag.
    tagged: Option<String>,
    /// Which page.
    #[serde(flatten)]
    paging: Paging,
}

async fn statuses(
    State(site): State<Shared>,
    viewer: Viewer,
    uri: Uri,
    PathId(id): PathId<AccountNode>,
    Params(query): Params<PostsQuery>,
) -> Result<Response, Problem> {
    use axum::response::IntoResponse;
    visible(&site, id).await?;
    let (account, page) = (viewer.account(), query.paging.page(STATUSES)?);
    if query.pinned {
        let seen = posts::pinned(&site.app, account, id).await?;
        return Ok(Rendered(render_posts(&site, account, &seen).await?).into_response());
    }
    let filter = AuthorFilter {
        only_media: query.only_media,
        exclude_replies: query.exclude_replies,
        exclude_shares: query.exclude_reblogs,
        tagged: query.tagged.filter(|tag| !tag.is_empty()),
    };
    let slice = posts::by_author(&site.app, account, id, &filter, page).await?;
    posts_page(&site, account, &uri, &slice).await
}

async fn followers(
    State(site): State<Shared>,
    viewer: Viewer,
    uri: Uri,
    PathId(id): PathId<AccountNode>,
    Params(paging): Params<Paging>,
) -> Result<Response, Problem> {
    let viewer = viewer.account();
    people_page(&site, &uri, &paging, async |app, page| {
        relations::followers(app, viewer, id, page).await
    })
    .await
}

async fn following(
    State(site): State<Shared>,
    viewer: Viewer,
    uri: Uri,
    PathId(id): PathId<AccountNode>,
    Params(paging): Params<Paging>,
) -> Result<Response, Problem> {
    let viewer = viewer.account();
    people_page(&site, &uri, &paging, async |app, page| {
        relations::following(app, viewer, id, page).await
    })
    .await
}
