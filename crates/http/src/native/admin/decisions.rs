//! Decisions: about a case, about an account, and what was decided before.

use axum::extract::State;
use graph::{Id, Stored};
use http::HeaderMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use social::{
    accounts::model::Account as AccountNode,
    moderation::{
        self, Ruling, Target,
        model::{Case, Decision, Measure},
    },
    posts::model::Post,
    staff::Permission,
};

use super::TAG;
use crate::{
    Shared,
    auth::{Person, Staff, proven},
    body::Params,
    format,
    mastodon::PathId,
    problem::Problem,
    routes::{Access, Operation, get, post},
    views::{Rendered, bytes},
};

pub fn operations() -> Vec<Operation> {
    let write = Access::Staff("admin:write:reports", Permission::ManageReports);
    let people = Access::Staff("admin:write:accounts", Permission::ManagePeople);
    let history = Access::Staff("admin:read:accounts", Permission::ManagePeople);
    vec![
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
    ]
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
    /// To which messages of chats.
    message_ids: Vec<String>,
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
        message_ids: decision.messages.iter().map(|one| one.to_string()).collect(),
        message: decision.to_account.clone(),
        reporter_message: decision.to_reporters.clone(),
        reason: decision.reason.clone(),
        appeal_id: decision.appeal.map(|appeal| appeal.to_string()),
        undone: decision.undone,
    }
}

/// What is to be done.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct RulingForm {
    /// `dismiss`, or any of `warn`, `fold`, `delete`, `sensitive`, `limit`, `freeze`, `suspend`.
    #[schemars(length(max = 8))]
    measures: Vec<String>,
    /// Posts that are folded or deleted; with no `message_ids` either, all that was reported.
    #[schemars(length(max = 40))]
    post_ids: Vec<String>,
    /// Messages of chats that are deleted: of those that were reported in the case.
    #[schemars(length(max = 100))]
    message_ids: Vec<String>,
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
        let messages: Option<Vec<_>> = self.message_ids.iter().map(|id| id.parse().ok()).collect();
        if measures.iter().any(|one| matches!(one, Measure::Suspend | Measure::Delete)) {
            proven(site, person, headers).await?;
        }
        Ok(Ruling {
            measures,
            posts: posts.ok_or_else(Problem::not_found)?,
            messages: messages.ok_or_else(Problem::not_found)?,
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
