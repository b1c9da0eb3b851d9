//! Sign-ups in bulk, restoring with a reason, invitations.

use std::time::Duration;

use axum::extract::State;
use graph::Id;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use social::{
    accounts::model::{Account as AccountNode, Invite},
    moderation::{self, Invited, model::Measure},
    staff::Permission,
};

use super::{PAGE, PageOf, Reason, TAG};
use crate::{
    Shared,
    auth::Staff,
    body::Params,
    format,
    mastodon::PathId,
    page::Paging,
    problem::Problem,
    routes::{Access, Operation, delete, get, post},
    views::{AdminAccount, Empty, Rendered, admin_account, bytes},
};

/// Most people of one bulk decision.
const MOST: usize = 100;
const INVITES: &str = "/api/sociosphere/v1/admin/invites";

pub fn operations() -> Vec<Operation> {
    let people = Access::Staff("admin:write:accounts", Permission::ManagePeople);
    let sees = Access::Staff("admin:read:accounts", Permission::ManageInvites);
    let invites = Access::Staff("admin:write:accounts", Permission::ManageInvites);
    vec![
        post("postSignUpDecisions", "/api/sociosphere/v1/admin/sign-ups", people)
            .says(TAG, "Lets people in who wait, or turns them down")
            .takes::<SignUpForm>()
            .answers::<Vec<Outcome>>()
            .to(sign_ups),
        post("postRestore", "/api/sociosphere/v1/admin/accounts/{id}/restore", people)
            .says(TAG, "Takes a measure on an account back")
            .takes::<RestoreForm>()
            .answers::<AdminAccount>()
            .to(restore),
        get("getInvites", INVITES, sees)
            .says(TAG, "Invitations: who invited, and who came")
            .takes::<Paging>()
            .answers::<PageOf<InviteView>>()
            .to(list),
        post("postInvite", INVITES, invites)
            .says(TAG, "Makes an invitation")
            .takes::<InviteForm>()
            .answers::<InviteView>()
            .to(create),
        delete("deleteInvite", "/api/sociosphere/v1/admin/invites/{id}", invites)
            .says(TAG, "Ends an invitation")
            .takes::<Reason>()
            .answers::<Empty>()
            .to(end),
    ]
}

/// Who is decided about, and how.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct SignUpForm {
    /// Whom.
    #[schemars(length(max = 100))]
    account_ids: Vec<String>,
    /// Whether they are let in.
    approve: bool,
    /// What those are told who are not.
    #[schemars(length(max = 1000))]
    reason: String,
}

/// What became of one.
#[derive(Debug, Serialize, JsonSchema)]
struct Outcome {
    /// Whom.
    account_id: String,
    /// Why not.
    problem: Option<String>,
}

async fn sign_ups(
    State(site): State<Shared>,
    Staff(by): Staff,
    Params(form): Params<SignUpForm>,
) -> Result<Rendered, Problem> {
    if form.account_ids.len() > MOST {
        return Err(Problem::field("account_ids", "are at most 100"));
    }
    let mut outcomes = Vec::with_capacity(form.account_ids.len());
    for text in form.account_ids {
        let id: Result<Id<AccountNode>, _> = text.parse();
        let done = match (id, form.approve) {
            (Err(_), _) => Err(moderation::ModerationError::NotFound),
            (Ok(id), true) => moderation::approve(&site.app, &by, id).await,
            (Ok(id), false) => moderation::reject(&site.app, &by, id, &form.reason).await,
        };
        let problem = match done {
            Ok(()) => None,
            Err(moderation::ModerationError::Fault(fault)) => return Err(fault.into()),
            Err(error) => Some(error.to_string()),
        };
        outcomes.push(Outcome { account_id: text, problem });
    }
    Ok(Rendered(bytes(&outcomes)))
}

/// What is taken back.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct RestoreForm {
    /// `sensitive`, `limit`, `freeze` or `suspend`.
    #[schemars(extend("enum" = ["sensitive", "limit", "freeze", "suspend"]))]
    measure: String,
    /// For the audit log.
    #[schemars(length(max = 1000))]
    reason: String,
}

async fn restore(
    State(site): State<Shared>,
    Staff(by): Staff,
    PathId(id): PathId<AccountNode>,
    Params(form): Params<RestoreForm>,
) -> Result<Rendered, Problem> {
    let measure = Measure::parse(&form.measure)
        .ok_or_else(|| Problem::field("measure", "is not one of ours"))?;
    moderation::lift(&site.app, &by, id, measure, &form.reason).await?;
    let account = site.app.graph.get(id).await?.ok_or_else(Problem::not_found)?;
    Ok(Rendered(bytes(&admin_account(&site, &account).await?)))
}

/// An invitation.
#[derive(Debug, Serialize, JsonSchema)]
struct InviteView {
    /// Id.
    id: String,
    /// What is followed.
    url: String,
    /// Id of who invites; none for the operator.
    by: Option<String>,
    /// How often it may be used.
    uses: u32,
    /// How often it was.
    used: u32,
    /// When it was made.
    created_at: String,
    /// Until when.
    expires_at: Option<String>,
    /// Ids of those who came, the newest first.
    came: Vec<String>,
}

fn view(site: &Shared, invited: &Invited) -> InviteView {
    let invite = &invited.invite;
    InviteView {
        id: invite.id.to_string(),
        url: format!("{}/sign-up?invite={}", site.app.settings.public_url, invite.code),
        by: invite.by.map(|by| by.to_string()),
        uses: invite.uses,
        used: invite.used,
        created_at: format::time(invite.id.ms()),
        expires_at: invite.expires_ms.map(format::time),
        came: invited.came.iter().map(|id| id.to_string()).collect(),
    }
}

async fn list(
    State(site): State<Shared>,
    Staff(by): Staff,
    Params(paging): Params<Paging>,
) -> Result<Rendered, Problem> {
    let page = paging.page(PAGE)?;
    let all = moderation::invites(&site.app, &by, page).await?;
    let next = all.last().filter(|_| all.len() == page.limit);
    let next = next.map(|last| last.invite.id.to_string());
    let items: Vec<_> = all.iter().map(|invited| view(&site, invited)).collect();
    Ok(Rendered(bytes(&PageOf { items, next })))
}

/// An invitation as it is to be.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct InviteForm {
    /// For how many people.
    uses: Option<u32>,
    /// For how many days; for good without.
    days: Option<u32>,
}

async fn create(
    State(site): State<Shared>,
    Staff(by): Staff,
    Params(form): Params<InviteForm>,
) -> Result<Rendered, Problem> {
    let life = form.days.filter(|days| *days > 0);
    let life = life.map(|days| Duration::from_secs(u64::from(days.min(3_650)) * 86_400));
    let uses = form.uses.unwrap_or(1);
    let invite = moderation::create_invite(&site.app, &by, uses, life).await?;
    Ok(Rendered(bytes(&view(&site, &Invited { invite, came: Vec::new() }))))
}

async fn end(
    State(site): State<Shared>,
    Staff(by): Staff,
    PathId(id): PathId<Invite>,
    Params(form): Params<Reason>,
) -> Result<Rendered, Problem> {
    moderation::end_invite(&site.app, &by, id, &form.reason).await?;
    Ok(Rendered(bytes(&Empty {})))
}
