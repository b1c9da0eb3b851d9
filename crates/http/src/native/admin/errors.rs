//! Errors, gathered into groups.

use axum::extract::State;
use graph::{Id, Stored};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use social::{
    desk,
    errors::{self, Filter, Source, model::ErrorGroup},
    staff::{Permission, Powers},
};

use super::{At, PageOf, Reason, TAG, choice};
use crate::{
    Shared,
    auth::Staff,
    body::Params,
    format,
    mastodon::PathId,
    problem::Problem,
    routes::{Access, Operation, get, post},
    views::{Rendered, bytes},
};

pub fn operations() -> Vec<Operation> {
    let read = Access::Staff("admin:read", Permission::ViewOperations);
    let write = Access::Staff("admin:write", Permission::ViewOperations);
    vec![
        get("getErrors", "/api/sociosphere/v1/admin/errors", read)
            .says(TAG, "What went wrong, last seen first")
            .takes::<Query>()
            .answers::<PageOf<GroupView>>()
            .to(list),
        get("getError", "/api/sociosphere/v1/admin/errors/{id}", read)
            .says(TAG, "All that is known of something that went wrong")
            .answers::<GroupView>()
            .to(one),
        post("postErrorResolve", "/api/sociosphere/v1/admin/errors/{id}/resolve", write)
            .says(TAG, "Says that it is done with; if it comes back, it is open again")
            .takes::<Reason>()
            .answers::<GroupView>()
            .to(resolve),
        post("postErrorReopen", "/api/sociosphere/v1/admin/errors/{id}/reopen", write)
            .says(TAG, "Opens it again")
            .takes::<Reason>()
            .answers::<GroupView>()
            .to(reopen),
    ]
}

/// Which groups.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct Query {
    /// Whether they are done with.
    #[schemars(extend("enum" = ["any", "open", "resolved"]))]
    state: Option<String>,
    /// Where they happen.
    #[schemars(extend("enum" = ["any", "server", "client"]))]
    source: Option<String>,
    /// Which page.
    #[serde(flatten)]
    at: At,
}

/// Errors with one fingerprint.
#[derive(Debug, Serialize, JsonSchema)]
struct GroupView {
    /// Id.
    id: String,
    /// Where they happen.
    #[schemars(extend("enum" = ["server", "client"]))]
    source: &'static str,
    /// What the last one said.
    title: String,
    /// Where in the code, or on which page.
    place: String,
    /// When the first one happened.
    first_at: String,
    /// When the last one did.
    last_at: String,
    /// How many there were.
    count: u64,
    /// The release of the first one.
    first_version: String,
    /// The release of the last one.
    last_version: String,
    /// More about the last one.
    detail: String,
    /// Its request.
    request: String,
    /// Its trace.
    trace: String,
    /// `back`: open again after it was resolved.
    #[schemars(extend("enum" = ["open", "resolved", "back"]))]
    state: &'static str,
    /// How often it came back.
    reopened: u32,
}

fn view(group: &Stored<ErrorGroup>) -> GroupView {
    GroupView {
        id: group.id.to_string(),
        source: group.source.name(),
        title: group.title.clone(),
        place: group.place.clone(),
        first_at: format::time(group.first_ms),
        last_at: format::time(group.last_ms),
        count: group.count,
        first_version: group.first_version.clone(),
        last_version: group.last_version.clone(),
        detail: group.detail.clone(),
        request: group.request.clone(),
        trace: group.trace.clone(),
        state: match (group.resolved_ms, group.reopened) {
            (Some(_), _) => "resolved",
            (None, 0) => "open",
            (None, _) => "back",
        },
        reopened: group.reopened,
    }
}

async fn list(
    State(site): State<Shared>,
    Params(query): Params<Query>,
) -> Result<Rendered, Problem> {
    let filter = Filter {
        resolved: choice("state", &query.state, |word| match word {
            "open" => Some(false),
            "resolved" => Some(true),
            _ => None,
        })?,
        source: choice("source", &query.source, |word| match word {
            "server" => Some(Source::Server),
            "client" => Some(Source::Client),
            _ => None,
        })?,
    };
    let (found, next) = errors::page(&site.app, filter, query.at.page()?).await?;
    let items = found.iter().map(|group| view(group)).collect();
    Ok(Rendered(bytes(&PageOf { items, next: next.map(|next| next.to_string()) })))
}

async fn shown(site: &Shared, id: Id<ErrorGroup>) -> Result<Rendered, Problem> {
    let group = errors::find(&site.app, id).await?.ok_or_else(Problem::not_found)?;
    Ok(Rendered(bytes(&view(&group))))
}

async fn one(
    State(site): State<Shared>,
    PathId(id): PathId<ErrorGroup>,
) -> Result<Rendered, Problem> {
    shown(&site, id).await
}

async fn settle(
    site: &Shared,
    by: &Powers,
    id: Id<ErrorGroup>,
    resolved: bool,
    reason: &str,
) -> Result<Rendered, Problem> {
    desk::settle_error(&site.app, by, id, resolved, reason).await?;
    shown(site, id).await
}

async fn resolve(
    State(site): State<Shared>,
    Staff(by): Staff,
    PathId(id): PathId<ErrorGroup>,
    Params(form): Params<Reason>,
) -> Result<Rendered, Problem> {
    settle(&site, &by, id, true, &form.reason).await
}

async fn reopen(
    State(site): State<Shared>,
    Staff(by): Staff,
    PathId(id): PathId<ErrorGroup>,
    Params(form): Params<Reason>,
) -> Result<Rendered, Problem> {
    settle(&site, &by, id, false, &form.reason).await
}
