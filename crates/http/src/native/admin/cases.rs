//! Cases, decisions, appeals.

use axum::extract::State;
use graph::{Id, Stored};
use http::HeaderMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use social::{
    accounts::model::Account as AccountNode,
    fault::Fault,
    moderation::{
        self, CaseFilter, Claimed, Ruling, Target,
        model::{Appeal, Case, Decision, Measure, Report},
    },
    posts::{model::Post, see_one},
    staff::Permission,
};

use super::{PAGE, PageOf, Reason, TAG, word};
use crate::{
    Shared,
    auth::{Person, Staff, proven},
    body::Params,
    format,
    mastodon::{PathId, optional_id},
    page::Paging,
    problem::Problem,
    routes::{Access, Operation, get, post},
    views::{AdminAccount, Rendered, admin_account, bytes, visibility_of},
};

const CASES: &str = "/api/sociosphere/v1/admin/cases";
const CASE: &str = "/api/sociosphere/v1/admin/cases/{id}";

pub fn operations() -> Vec<Operation> {
    let read = Access::Staff("admin:read:reports", Permission::ManageReports);
    let write = Access::Staff("admin:write:reports", Permission::ManageReports);
    let people = Access::Staff("admin:write:accounts", Permission::ManagePeople);
    let history = Access::Staff("admin:read:accounts", Permission::ManagePeople);
    let hears = Access::Staff("admin:read:reports", Permission::ManageAppeals);
    let answers = Access::Staff("admin:write:reports", Permission::ManageAppeals);
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
        post("postCaseDecision", "/api/sociosphere/v1/admin/cases/{id}/decision", write)
            .says(TAG, "Decides a case; to delete or suspend needs the password again")
            .takes::<RulingForm>()
            .answers::<DecisionView>()
            .to(decide_case),
        post("postAccountDecision", "/api/sociosphere/v1/admin/accounts/{id}/decision", people)
            .says(TAG, "Decides about an account without a report")
            .takes::<RulingForm>()
            .answers::<DecisionView>()
            .to(decide_account),
        get("getAccountDecisions", "/api/sociosphere/v1/admin/accounts/{id}/decisions", history)
            .says(TAG, "What was decided about an account")
            .answers::<Vec<DecisionView>>()
            .to(decisions),
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

/// A report with its evidence.
#[derive(Debug, Serialize, JsonSchema)]
struct ReportView {
    /// Id.
    id: String,
    /// Who reports; none once they are gone.
    by: Option<AdminAccount>,
    /// When.
    created_at: String,
    /// `spam`, `legal`, `violation` or `other`.
    category: &'static str,
    /// Rules that are broken, as they were.
    rules: Vec<String>,
    /// In words.
    comment: String,
    /// Posts as they were.
    evidence: Vec<EvidenceView>,
}

/// A post as it was when it was reported.
#[derive(Debug, Serialize, JsonSchema)]
struct EvidenceView {
    /// Id of the post.
    post_id: String,
    /// When this version was made.
    made_at: String,
    /// Text, HTML.
    content: String,
    /// Text as it was typed.
    text: String,
    /// Content warning.
    warning: String,
    /// Media was hidden at first.
    sensitive: bool,
    /// Whom it was for.
    #[schemars(extend("enum" = ["public", "unlisted", "private", "direct"]))]
    visibility: &'static str,
    /// What was attached.
    media: Vec<EvidenceMedia>,
    /// What it answered, as it is now, where everyone may see that.
    answers: Option<ParentView>,
    /// Whether the post is still there.
    exists: bool,
}

/// A media of a reported post.
#[derive(Debug, Serialize, JsonSchema)]
struct EvidenceMedia {
    /// Id.
    id: String,
    /// Alternative text.
    description: String,
}

/// What a reported post answered.
#[derive(Debug, Serialize, JsonSchema)]
struct ParentView {
    /// Id.
    id: String,
    /// Handle of its author.
    by: String,
    /// Text, HTML.
    content: String,
}

/// A decision, for staff.
#[derive(Debug, Serialize, JsonSchema)]
pub struct DecisionView {
    /// Id.
    id: String,
    /// When.
    created_at: String,
    /// Id of the account that decided; none for the operator.
    by: Option<String>,
    /// About whom.
    account_id: String,
    /// The case it closed.
    case_id: Option<String>,
    /// What it does.
    measures: Vec<&'static str>,
    /// To which posts.
    post_ids: Vec<String>,
    /// What the account was told.
    message: String,
    /// What the reporters were told.
    reporter_message: String,
    /// Why.
    reason: String,
    /// The appeal against it.
    appeal_id: Option<String>,
    /// It no longer holds.
    undone: bool,
}

pub(super) fn decision_view(decision: &Stored<Decision>) -> DecisionView {
    DecisionView {
        id: decision.id.to_string(),
        created_at: format::time(decision.id.ms()),
        by: decision.by.map(|by| by.to_string()),
        account_id: decision.about.to_string(),
        case_id: decision.case.map(|case| case.to_string()),
        measures: decision.measures.iter().map(|measure| measure.as_str()).collect(),
        post_ids: decision.posts.iter().map(|post| post.to_string()).collect(),
        message: decision.to_account.clone(),
        reporter_message: decision.to_reporters.clone(),
        reason: decision.reason.clone(),
        appeal_id: decision.appeal.map(|appeal| appeal.to_string()),
        undone: decision.undone,
    }
}

async fn someone(
    site: &Shared,
    id: Option<Id<AccountNode>>,
) -> Result<Option<AdminAccount>, Fault> {
    let Some(id) = id else { return Ok(None) };
    match site.app.graph.get(id).await? {
        Some(account) => admin_account(site, &account).await,
        None => Ok(None),
    }
}

async fn case_view(site: &Shared, case: &Stored<Case>) -> Result<CaseView, Fault> {
    Ok(CaseView {
        id: case.id.to_string(),
        state: if case.decision.is_some() { "closed" } else { "open" },
        opened_at: format::time(case.id.ms()),
        updated_at: format::time(case.updated_ms),
        age: site.app.now_ms().saturating_sub(case.id.ms()) / 1_000,
        reports: case.reports,
        claimed_by: someone(site, case.claim.and_then(|claim| claim.by)).await?,
        account: someone(site, Some(case.about)).await?,
        decision_id: case.decision.map(|decision| decision.to_string()),
    })
}

async fn report_of(site: &Shared, report: &Stored<Report>) -> Result<ReportView, Fault> {
    let ids: Vec<Id<Post>> = report.evidence.iter().map(|evidence| evidence.post).collect();
    let now = site.app.graph.get_many(&ids).await?;
    let mut evidence = Vec::with_capacity(ids.len());
    for (one, now) in report.evidence.iter().zip(now) {
        // Only what anybody may read: what was for others is no evidence.
        let parent = match one.answers {
            Some(parent) => see_one(&site.app, None, parent).await?,
            None => None,
        };
        evidence.push(EvidenceView {
            post_id: one.post.to_string(),
            made_at: format::time(one.made_ms),
            content: site.html(&one.text),
            text: one.text.clone(),
            warning: one.warning.clone(),
            sensitive: one.sensitive,
            visibility: visibility_of(one.audience),
            media: one
                .media
                .iter()
                .map(|media| EvidenceMedia {
                    id: media.media.to_string(),
                    description: media.description.clone(),
                })
                .collect(),
            answers: parent.map(|seen| ParentView {
                id: seen.post.id.to_string(),
                by: seen.author.handle.as_str().to_owned(),
                content: site.html(&seen.content().text),
            }),
            exists: now.is_some(),
        });
    }
    Ok(ReportView {
        id: report.id.to_string(),
        by: someone(site, report.by).await?,
        created_at: format::time(report.id.ms()),
        category: report.category.as_str(),
        rules: report.rules.iter().map(|rule| rule.text.clone()).collect(),
        comment: report.comment.clone(),
        evidence,
    })
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
    let mut items = Vec::with_capacity(cases.len());
    for case in &cases {
        items.push(case_view(&site, case).await?);
    }
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
        files.push(report_of(&site, report).await?);
    }
    let mut earlier = Vec::with_capacity(file.earlier.len());
    for case in &file.earlier {
        earlier.push(case_view(&site, case).await?);
    }
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

/// What is to be done.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct RulingForm {
    /// `dismiss`, or any of `warn`, `fold`, `delete`, `limit`, `freeze`, `suspend`.
    #[schemars(length(max = 7))]
    measures: Vec<String>,
    /// Posts that are folded or deleted; none means all that were reported.
    #[schemars(length(max = 40))]
    post_ids: Vec<String>,
    /// What the account is told; the usual words without.
    #[schemars(length(max = 2000))]
    message: Option<String>,
    /// What the reporters are told; the usual words without.
    #[schemars(length(max = 2000))]
    reporter_message: Option<String>,
    /// Why, for staff.
    #[schemars(length(max = 1000))]
    reason: String,
}

impl RulingForm {
    async fn ruling(
        self,
        site: &Shared,
        person: &Person,
        headers: &HeaderMap,
    ) -> Result<Ruling, Problem> {
        let measures: Option<Vec<_>> =
            self.measures.iter().map(|word| Measure::parse(word)).collect();
        let measures = measures.ok_or_else(|| Problem::field("measures", "are not all of ours"))?;
        let posts: Option<Vec<Id<Post>>> = self.post_ids.iter().map(|id| id.parse().ok()).collect();
        if measures.iter().any(|one| matches!(one, Measure::Suspend | Measure::Delete)) {
            proven(site, person, headers).await?;
        }
        Ok(Ruling {
            measures,
            posts: posts.ok_or_else(Problem::not_found)?,
            to_account: self.message,
            to_reporters: self.reporter_message,
            reason: self.reason,
        })
    }
}

async fn decide_case(
    State(site): State<Shared>,
    Staff(by): Staff,
    person: Person,
    headers: HeaderMap,
    PathId(id): PathId<Case>,
    Params(form): Params<RulingForm>,
) -> Result<Rendered, Problem> {
    let ruling = form.ruling(&site, &person, &headers).await?;
    let decision = moderation::decide(&site.app, &by, Target::Case(id), ruling).await?;
    Ok(Rendered(bytes(&decision_view(&decision))))
}

async fn decide_account(
    State(site): State<Shared>,
    Staff(by): Staff,
    person: Person,
    headers: HeaderMap,
    PathId(id): PathId<AccountNode>,
    Params(form): Params<RulingForm>,
) -> Result<Rendered, Problem> {
    let ruling = form.ruling(&site, &person, &headers).await?;
    site.app.graph.get(id).await?.ok_or_else(Problem::not_found)?;
    let decision = moderation::decide(&site.app, &by, Target::Account(id), ruling).await?;
    Ok(Rendered(bytes(&decision_view(&decision))))
}

async fn decisions(
    State(site): State<Shared>,
    PathId(id): PathId<AccountNode>,
) -> Result<Rendered, Problem> {
    let all = moderation::decisions_on(&site.app, id).await?;
    let views: Vec<_> = all.iter().map(|one| decision_view(one)).collect();
    Ok(Rendered(bytes(&views)))
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
