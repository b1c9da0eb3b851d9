//! The directory of people who let themselves be found.

use axum::extract::State;
use schemars::JsonSchema;
use serde::Deserialize;
use social::suggestions::{self, Order};

use super::list_of;
use crate::{
    Shared,
    auth::Viewer,
    body::Params,
    page::{Paging, Sizes},
    problem::{Code, Problem},
    routes::{Access, Operation, get},
    views::{Account, Rendered},
};

/// The furthest page start.
const DEEPEST: u32 = 10_000;

pub fn operations() -> Vec<Operation> {
    vec![
        get("getDirectory", "/api/v1/directory", Access::Anyone(""))
            .says("directory", "People who let themselves be found")
            .takes::<Query>()
            .answers::<Vec<Account>>()
            .to(read),
    ]
}

/// Which part, in which order.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct Query {
    /// `active` (who posted last, first) or `new`.
    #[schemars(length(max = 40))]
    order: Option<String>,
    /// Only people of here; everybody is.
    local: bool,
    /// Page start.
    offset: u32,
    /// At most so many.
    limit: Option<String>,
}

async fn read(
    State(site): State<Shared>,
    viewer: Viewer,
    Params(query): Params<Query>,
) -> Result<Rendered, Problem> {
    let order = match query.order.as_deref() {
        None | Some("" | "active") => Order::Active,
        Some("new") => Order::New,
        Some(_) => return Err(Problem::field("order", "must be active or new")),
    };
    // As in search: deep pages of strangers are cheap to ask for and dear to answer.
    let deepest = if viewer.is_anonymous() { 400 } else { DEEPEST };
    if query.offset > deepest && viewer.is_anonymous() {
        return Err(Problem::of(Code::SignInRequired));
    }
    let limit = Paging { limit: query.limit, ..Paging::default() }.limit(Sizes(40, 80))?;
    let offset = query.offset.min(deepest) as usize;
    let found = suggestions::directory(&site.app, viewer.account(), order, offset, limit).await?;
    list_of(&site, &found).await
}
