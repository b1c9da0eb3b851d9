//! Appeals.

use axum::extract::State;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use social::{
    moderation::{self, model::Appeal},
    staff::Permission,
};

use super::{
    PAGE, PageOf, TAG,
    decisions::{DecisionView, decision_view},
    someone, word,
};
use crate::{
    Shared,
    auth::Staff,
    body::Params,
    format,
    mastodon::PathId,
    page::Paging,
    problem::Problem,
    routes::{Access, Operation, get, post},
    views::{AdminAccount, Rendered, bytes},
};

pub fn operations() -> Vec<Operation> {
    let hears = Access::Staff("admin:read:reports", Permission::ManageAppeals);
    let answers = Access::Staff("admin:write:reports", Permission::ManageAppeals);
    vec![
        get("getAppeals", "/api/sociosphere/v1/admin/appeals", hears)
            .says(TAG, "Lists appeals")
            .takes::<AppealQuery>()
            .answers::<PageOf<AppealRow>>()
            .to(appeals),
        post("postAppealDecision", "/api/sociosphere/v1/admin/appeals/{id}/decision", answers)
            .says(TAG, "Decides an appeal")
            .takes::<Verdict>()
            .answers::<DecisionView>()
            .to(decide_appeal),
    ]
}

/// Which appeals.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct AppealQuery {
    /// Whether they are decided.
    #[schemars(extend("enum" = ["pending", "decided"]))]
    state: Option<String>,
    /// Which page.
    #[serde(flatten)]
    paging: Paging,
}

/// An appeal with the decision that it is against.
#[derive(Debug, Serialize, JsonSchema)]
struct AppealRow {
    /// Id.
    id: String,
    /// When.
    created_at: String,
    /// Who appeals.
    account: Option<AdminAccount>,
    /// In their words.
    text: String,
    /// `pending`, `approved` or `rejected`.
    #[schemars(extend("enum" = ["pending", "approved", "rejected"]))]
    state: &'static str,
    /// Against which decision.
    decision: DecisionView,
}

async fn appeals(
    State(site): State<Shared>,
    Staff(by): Staff,
    Params(query): Params<AppealQuery>,
) -> Result<Rendered, Problem> {
    let page = query.paging.page(PAGE)?;
    let decided = word("state", query.state.as_deref(), &[("pending", false), ("decided", true)])?;
    let found = moderation::appeals(&site.app, &by, decided, page).await?;
    let next = found.last().filter(|_| found.len() == page.limit && !decided);
    let next = next.map(|(appeal, _)| appeal.id.to_string());
    let mut items = Vec::with_capacity(found.len());
    for (appeal, decision) in &found {
        items.push(AppealRow {
            id: appeal.id.to_string(),
            created_at: format::time(appeal.id.ms()),
            account: someone(&site, Some(appeal.by)).await?,
            text: appeal.text.clone(),
            state: appeal.state.as_str(),
            decision: decision_view(decision),
        });
    }
    Ok(Rendered(bytes(&PageOf { items, next })))
}

/// What becomes of an appeal.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct Verdict {
    /// Whether who appeals is right.
    accept: bool,
    /// Why, for staff.
    #[schemars(length(max = 1000))]
    reason: String,
}

async fn decide_appeal(
    State(site): State<Shared>,
    Staff(by): Staff,
    PathId(id): PathId<Appeal>,
    Params(form): Params<Verdict>,
) -> Result<Rendered, Problem> {
    moderation::decide_appeal(&site.app, &by, id, form.accept, &form.reason).await?;
    let appeal = site.app.graph.get(id).await?.ok_or_else(Problem::not_found)?;
    let decision = site.app.graph.get(appeal.decision).await?.ok_or_else(Problem::not_found)?;
    Ok(Rendered(bytes(&decision_view(&decision))))
}
