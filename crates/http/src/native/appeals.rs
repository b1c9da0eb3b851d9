//! What one reported, what staff decided about one, and appeals against it.

use axum::extract::State;
use schemars::JsonSchema;
use serde::Deserialize;
use social::moderation::{self, model::Decision};

use crate::{
    Shared,
    auth::Person,
    body::Params,
    limits::Bucket,
    mastodon::PathId,
    page::{Paging, Sizes},
    problem::Problem,
    routes::{Access, Operation, get, post},
    views::{AccountWarning, Rendered, Report, bytes, report_view, warning_view},
};

const TAG: &str = "moderation";

pub fn operations() -> Vec<Operation> {
    vec![
        get("getMyReports", "/api/sociosphere/v1/reports", Access::Newcomer("read"))
            .says(TAG, "What one reported, and what came of it")
            .takes::<Paging>()
            .answers::<Vec<Report>>()
            .to(reports),
        get("getWarnings", "/api/sociosphere/v1/warnings", Access::Newcomer("read"))
            .says(TAG, "What staff decided about one")
            .answers::<Vec<AccountWarning>>()
            .to(warnings),
        post("postAppeal", "/api/sociosphere/v1/warnings/{id}/appeal", Access::Newcomer("write"))
            .says(TAG, "Appeals against a decision about one")
            .limited(Bucket::Report)
            .takes::<AppealForm>()
            .answers::<AccountWarning>()
            .to(appeal),
    ]
}

async fn reports(
    State(site): State<Shared>,
    person: Person,
    Params(paging): Params<Paging>,
) -> Result<Rendered, Problem> {
    let page = paging.page(Sizes(20, 40))?;
    let mut views = Vec::new();
    for (report, _) in moderation::reports_by(&site.app, person.account, page).await? {
        views.extend(report_view(&site, &report).await?);
    }
    Ok(Rendered(bytes(&views)))
}

async fn warnings(State(site): State<Shared>, person: Person) -> Result<Rendered, Problem> {
    let mut views = Vec::new();
    for decision in moderation::decisions_on(&site.app, person.account).await? {
        if decision.concerns_account() {
            views.extend(warning_view(&site, &decision, true).await?);
        }
    }
    Ok(Rendered(bytes(&views)))
}

/// What is said against a decision.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct AppealForm {
    /// In words.
    #[schemars(length(max = 2000))]
    text: String,
}

async fn appeal(
    State(site): State<Shared>,
    person: Person,
    PathId(id): PathId<Decision>,
    Params(form): Params<AppealForm>,
) -> Result<Rendered, Problem> {
    moderation::appeal(&site.app, person.account, id, &form.text).await?;
    let decision = site.app.graph.get(id).await?.ok_or_else(Problem::not_found)?;
    Ok(Rendered(bytes(&warning_view(&site, &decision, true).await?)))
}
