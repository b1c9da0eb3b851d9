//! Reports, for staff. What is done to one is done to its case.

use std::sync::Arc;

use axum::{extract::State, response::Response};
use graph::{Id, Stored};
use http::Uri;
use schemars::JsonSchema;
use serde::Deserialize;
use social::{
    accounts::model::Account as AccountNode,
    moderation::{
        self, CaseFilter, Claimed, Ruling, Target,
        model::{Measure, Report},
    },
    staff::Permission,
};

use super::PAGE;
use crate::{
    Shared,
    auth::Staff,
    body::Params,
    mastodon::{PathId, WithLink, optional_id},
    page::{Back, Paging, link},
    problem::Problem,
    routes::{Access, Operation, get, post},
    views::{AdminReport, Rendered, admin_report, bytes},
};

const TAG: &str = "admin";

pub fn operations() -> Vec<Operation> {
    let read = Access::Staff("admin:read:reports", Permission::ManageReports);
    let write = Access::Staff("admin:write:reports", Permission::ManageReports);
    vec![
        get("getAdminReports", "/api/v1/admin/reports", read)
            .says(TAG, "Lists reports, case by case")
            .takes::<Query>()
            .answers::<Vec<AdminReport>>()
            .to(list),
        get("getAdminReport", "/api/v1/admin/reports/{id}", read)
            .says(TAG, "Reads a report")
            .answers::<AdminReport>()
            .to(one),
        post("postAdminReportAssign", "/api/v1/admin/reports/{id}/assign_to_self", write)
            .says(TAG, "Takes the case of a report to look at")
            .answers::<AdminReport>()
            .to(assign),
        post("postAdminReportUnassign", "/api/v1/admin/reports/{id}/unassign", write)
            .says(TAG, "Lets go of the case of a report")
            .answers::<AdminReport>()
            .to(unassign),
        post("postAdminReportResolve", "/api/v1/admin/reports/{id}/resolve", write)
            .says(TAG, "Closes the case of a report and does nothing")
            .answers::<AdminReport>()
            .to(resolve),
        post("postAdminReportReopen", "/api/v1/admin/reports/{id}/reopen", write)
            .says(TAG, "Opens the case of a report again")
            .answers::<AdminReport>()
            .to(reopen),
    ]
}

/// Which reports.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct Query {
    /// Decided ones.
    resolved: bool,
    /// Only by this person.
    account_id: Option<String>,
    /// Only about this person.
    target_account_id: Option<String>,
    /// Which page; its cursors are those of cases.
    #[serde(flatten)]
    paging: Paging,
}

async fn list(
    State(site): State<Shared>,
    Staff(by): Staff,
    uri: Uri,
    Params(query): Params<Query>,
) -> Result<Response, Problem> {
    let (page, app) = (query.paging.page(PAGE)?, &site.app);
    let reporter: Option<Id<AccountNode>> = optional_id(&query.account_id)?;
    let about = optional_id(&query.target_account_id)?;
    let filter = CaseFilter { closed: query.resolved, claimed: Claimed::Any, about };
    // Whole cases, as many as it takes to fill the page: a cursor never cuts one in two.
    let (cases, mut next) = moderation::cases(app, &by, filter, page).await?;
    let mut views = Vec::new();
    for (at, case) in cases.iter().enumerate() {
        if views.len() >= page.limit {
            next = Some(cases[at - 1].id.raw()).filter(|_| !query.resolved).or(next);
            break;
        }
        let file = moderation::case_file(app, &by, case.id).await?;
        for report in file.reports.iter().rev() {
            if reporter.is_none_or(|by| report.by == Some(by)) {
                views.extend(admin_report(&site, report).await?);
            }
        }
    }
    let newest = cases.first().map(|case| case.id.raw()).or(next);
    let oldest = next.or(cases.last().map(|case| case.id.raw()));
    let link = link(&site, &uri, newest.zip(oldest), next.is_some(), Back::MinId);
    Ok((link.map(|link| [link]), Rendered(bytes(&views))).into_response_with_link())
}

async fn found(site: &Shared, id: Id<Report>) -> Result<Arc<Stored<Report>>, Problem> {
    site.app.graph.get(id).await?.ok_or_else(Problem::not_found)
}

async fn shown(site: &Shared, report: &Stored<Report>) -> Result<Rendered, Problem> {
    let view = admin_report(site, report).await?.ok_or_else(Problem::not_found)?;
    Ok(Rendered(bytes(&view)))
}

async fn one(State(site): State<Shared>, PathId(id): PathId<Report>) -> Result<Rendered, Problem> {
    shown(&site, &*found(&site, id).await?).await
}

async fn assign(
    State(site): State<Shared>,
    Staff(by): Staff,
    PathId(id): PathId<Report>,
) -> Result<Rendered, Problem> {
    let report = found(&site, id).await?;
    moderation::claim(&site.app, &by, report.case).await?;
    shown(&site, &report).await
}

async fn unassign(
    State(site): State<Shared>,
    Staff(by): Staff,
    PathId(id): PathId<Report>,
) -> Result<Rendered, Problem> {
    let report = found(&site, id).await?;
    moderation::unclaim(&site.app, &by, report.case).await?;
    shown(&site, &report).await
}

async fn resolve(
    State(site): State<Shared>,
    Staff(by): Staff,
    PathId(id): PathId<Report>,
) -> Result<Rendered, Problem> {
    let report = found(&site, id).await?;
    let ruling = Ruling { measures: vec![Measure::Dismiss], ..Ruling::default() };
    moderation::decide(&site.app, &by, Target::Case(report.case), ruling).await?;
    shown(&site, &report).await
}

async fn reopen(
    State(site): State<Shared>,
    Staff(by): Staff,
    PathId(id): PathId<Report>,
) -> Result<Rendered, Problem> {
    let report = found(&site, id).await?;
    moderation::reopen(&site.app, &by, report.case, "").await?;
    shown(&site, &report).await
}
