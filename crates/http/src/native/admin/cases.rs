//! Cases: lists, one with all that helps to decide it, claims.

use std::sync::Arc;

use axum::extract::State;
use graph::{Id, Stored, Writing};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use social::{
    accounts::model::Account,
    fault::Fault,
    moderation::{self, CaseFilter, Claimed, model::Case},
    staff::Permission,
};

use super::{
    PAGE, PageOf, Reason, TAG,
    decisions::{DecisionView, decision_view},
    evidence::{ReportView, report_of},
    word,
};
use crate::{
    Shared,
    auth::Staff,
    body::Params,
    format,
    mastodon::{PathId, optional_id},
    page::Paging,
    problem::Problem,
    routes::{Access, Operation, get, post},
    views::{AdminAccount, Rendered, admin_people, bytes},
};

const CASES: &str = "/api/sociosphere/v1/admin/cases";
const CASE: &str = "/api/sociosphere/v1/admin/cases/{id}";

pub fn operations() -> Vec<Operation> {
    let read = Access::Staff("admin:read:reports", Permission::ManageReports);
    let write = Access::Staff("admin:write:reports", Permission::ManageReports);
    vec![
        get("getCases", CASES, read)
            .says(TAG, "Lists cases")
            .takes::<Query>()
            .answers::<PageOf<CaseView>>()
            .to(list),
        get("getCase", CASE, read)
            .says(TAG, "Reads a case with all that helps to decide it")
            .answers::<FileView>()
            .to(one),
        post("postCaseClaim", "/api/sociosphere/v1/admin/cases/{id}/claim", write)
            .says(TAG, "Takes a case to look at")
            .answers::<CaseView>()
            .to(claim),
        post("postCaseUnclaim", "/api/sociosphere/v1/admin/cases/{id}/unclaim", write)
            .says(TAG, "Lets go of a case")
            .answers::<CaseView>()
            .to(unclaim),
        post("postCaseReopen", "/api/sociosphere/v1/admin/cases/{id}/reopen", write)
            .says(TAG, "Opens a decided case again")
            .takes::<Reason>()
            .answers::<CaseView>()
            .to(reopen),
    ]
}

/// Which cases.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct Query {
    /// Whether they are decided.
    #[schemars(extend("enum" = ["open", "closed"]))]
    state: Option<String>,
    /// By who looks at them.
    #[schemars(extend("enum" = ["any", "mine", "nobody"]))]
    claimed: Option<String>,
    /// Only about this account.
    account_id: Option<String>,
    /// Which first.
    #[schemars(extend("enum" = ["newest", "oldest"]))]
    sort: Option<String>,
    /// Which page.
    #[serde(flatten)]
    paging: Paging,
}

/// A case in a list.
#[derive(Clone, Debug, Serialize, JsonSchema)]
struct CaseView {
    /// Id.
    id: String,
    /// `open` or `closed`.
    #[schemars(extend("enum" = ["open", "closed"]))]
    state: &'static str,
    /// When the first report came.
    opened_at: String,
    /// When it was last touched.
    updated_at: String,
    /// How old it is, seconds.
    age: u64,
    /// How many reports.
    reports: u32,
    /// Who looks at it.
    claimed_by: Option<AdminAccount>,
    /// About whom; none once they are gone.
    account: Option<AdminAccount>,
    /// The decision that closed it.
    decision_id: Option<String>,
}

/// A case with all that helps to decide it.
#[derive(Debug, Serialize, JsonSchema)]
struct FileView {
    /// The case.
    #[serde(flatten)]
    case: CaseView,
    /// How old the account is, seconds.
    account_age: u64,
    /// What was reported.
    files: Vec<ReportView>,
    /// Other cases about the account.
    earlier: Vec<CaseView>,
    /// What was decided about the account.
    decisions: Vec<DecisionView>,
}

async fn case_view(site: &Shared, case: &Arc<Stored<Case>>) -> Result<CaseView, Problem> {
    let view = case_views(site, std::slice::from_ref(case)).await?.pop();
    view.ok_or_else(Problem::not_found)
}

/// Cases of a list: as many reads as of one.
async fn case_views(site: &Shared, cases: &[Arc<Stored<Case>>]) -> Result<Vec<CaseView>, Fault> {
    let looks = |case: &Stored<Case>| case.claim.and_then(|claim| claim.by);
    let ids = cases.iter().flat_map(|case| [Some(case.about), looks(case)]).flatten().collect();
    let people = admin_people(site, ids).await?;
    let somebody = |id: Option<Id<Account>>| id.and_then(|id| people.get(&id).cloned());
    let view = |case: &Arc<Stored<Case>>| CaseView {
        id: case.id.to_string(),
        state: if case.decision.is_some() { "closed" } else { "open" },
        opened_at: format::time(case.id.ms()),
        updated_at: format::time(case.updated_ms),
        age: site.app.now_ms().saturating_sub(case.id.ms()) / 1_000,
        reports: case.reports,
        claimed_by: somebody(looks(case)),
        account: somebody(Some(case.about)),
        decision_id: case.decision.map(|decision| decision.to_string()),
    };
    Ok(cases.iter().map(view).collect())
}

async fn list(
    State(site): State<Shared>,
    Staff(by): Staff,
    Params(query): Params<Query>,
) -> Result<Rendered, Problem> {
    let mut page = query.paging.page(PAGE)?;
    let orders = [("newest", graph::Order::Newest), ("oldest", graph::Order::Oldest)];
    page.order = word("sort", query.sort.as_deref(), &orders)?;
    let filter = CaseFilter {
        closed: word("state", query.state.as_deref(), &[("open", false), ("closed", true)])?,
        claimed: word(
            "claimed",
            query.claimed.as_deref(),
            &[("any", Claimed::Any), ("mine", Claimed::Mine), ("nobody", Claimed::Nobody)],
        )?,
        about: optional_id(&query.account_id)?,
    };
    let (cases, next) = moderation::cases(&site.app, &by, filter, page).await?;
    let items = case_views(&site, &cases).await?;
    Ok(Rendered(bytes(&PageOf { items, next: next.map(|next| next.to_string()) })))
}

async fn one(
    State(site): State<Shared>,
    Staff(by): Staff,
    PathId(id): PathId<Case>,
) -> Result<Rendered, Problem> {
    let file = moderation::case_file(&site.app, &by, id).await?;
    let mut files = Vec::with_capacity(file.reports.len());
    for report in &file.reports {
        files.push(report_of(&site, &by, report).await?);
    }
    if files.iter().any(ReportView::has_hidden_pictures) {
        // Nobody looks without a trace: while nothing can be written, the rest of the case is there.
        match site.app.graph.gate().writing() == Writing::All {
            true => moderation::note_look(&site.app, &by, id).await?,
            false => files.iter_mut().for_each(ReportView::hide_pictures),
        }
    }
    let earlier = case_views(&site, &file.earlier).await?;
    let view = FileView {
        case: case_view(&site, &file.case).await?,
        account_age: site.app.now_ms().saturating_sub(file.case.about.ms()) / 1_000,
        files,
        earlier,
        decisions: file.decisions.iter().map(|one| decision_view(one)).collect(),
    };
    Ok(Rendered(bytes(&view)))
}

async fn claim(
    State(site): State<Shared>,
    Staff(by): Staff,
    PathId(id): PathId<Case>,
) -> Result<Rendered, Problem> {
    let case = moderation::claim(&site.app, &by, id).await?;
    Ok(Rendered(bytes(&case_view(&site, &case).await?)))
}

async fn unclaim(
    State(site): State<Shared>,
    Staff(by): Staff,
    PathId(id): PathId<Case>,
) -> Result<Rendered, Problem> {
    let case = moderation::unclaim(&site.app, &by, id).await?;
    Ok(Rendered(bytes(&case_view(&site, &case).await?)))
}

async fn reopen(
    State(site): State<Shared>,
    Staff(by): Staff,
    PathId(id): PathId<Case>,
    Params(form): Params<Reason>,
) -> Result<Rendered, Problem> {
    let case = moderation::reopen(&site.app, &by, id, &form.reason).await?;
    Ok(Rendered(bytes(&case_view(&site, &case).await?)))
}
