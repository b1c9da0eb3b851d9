//! People, for staff: lists, one, what is decided about them.

use std::sync::Arc;

use axum::{extract::State, response::Response};
use graph::{Id, Stored};
use http::{HeaderMap, Uri};
use schemars::JsonSchema;
use serde::Deserialize;
use social::{
    accounts::model::Account as AccountNode,
    moderation::{
        self, PeopleFilter, Ruling, Standings, Target,
        model::{Measure, Report},
    },
    staff::{Permission, Powers},
};

use super::PAGE;
use crate::{
    Shared,
    auth::{Person, Staff, proven},
    body::Params,
    mastodon::{PathId, WithLink, optional_id},
    page::{Back, Paging, link},
    problem::Problem,
    routes::{Access, Operation, delete, get, post},
    views::{AdminAccount, Empty, Rendered, admin_account, admin_accounts, bytes},
};

const TAG: &str = "admin";
const ONE: &str = "/api/v1/admin/accounts/{id}";

pub fn operations() -> Vec<Operation> {
    let read = Access::Staff("admin:read:accounts", Permission::ManagePeople);
    let write = Access::Staff("admin:write:accounts", Permission::ManagePeople);
    let erase = Access::Staff("admin:write:accounts", Permission::DeletePeople);
    vec![
        get("getAdminAccountsV1", "/api/v1/admin/accounts", read)
            .says(TAG, "Lists people, as older clients ask")
            .takes::<QueryV1>()
            .answers::<Vec<AdminAccount>>()
            .to(list_v1),
        get("getAdminAccountsV2", "/api/v2/admin/accounts", read)
            .says(TAG, "Lists people")
            .takes::<QueryV2>()
            .answers::<Vec<AdminAccount>>()
            .to(list_v2),
        get("getAdminAccount", ONE, read)
            .says(TAG, "Reads a person")
            .answers::<AdminAccount>()
            .to(one),
        delete("deleteAdminAccount", ONE, erase)
            .says(TAG, "Deletes a suspended person for good")
            .dangerous()
            .takes::<EraseForm>()
            .answers::<AdminAccount>()
            .to(erase_one),
        post("postAdminAction", "/api/v1/admin/accounts/{id}/action", write)
            .says(TAG, "Decides about a person")
            .takes::<ActionForm>()
            .answers::<Empty>()
            .to(action),
        post("postAdminApprove", "/api/v1/admin/accounts/{id}/approve", write)
            .says(TAG, "Lets somebody in who waits")
            .answers::<AdminAccount>()
            .to(approve),
        post("postAdminReject", "/api/v1/admin/accounts/{id}/reject", write)
            .says(TAG, "Turns somebody down who waits")
            .answers::<AdminAccount>()
            .to(reject),
        post("postAdminEnable", "/api/v1/admin/accounts/{id}/enable", write)
            .says(TAG, "Lets a frozen person write again")
            .answers::<AdminAccount>()
            .to(enable),
        post("postAdminUnsilence", "/api/v1/admin/accounts/{id}/unsilence", write)
            .says(TAG, "Lets everybody see a limited person again")
            .answers::<AdminAccount>()
            .to(unsilence),
        post("postAdminUnsuspend", "/api/v1/admin/accounts/{id}/unsuspend", write)
            .says(TAG, "Ends a suspension")
            .answers::<AdminAccount>()
            .to(unsuspend),
        post("postAdminUnsensitive", "/api/v1/admin/accounts/{id}/unsensitive", write)
            .says(TAG, "Shows the media of a person's posts again")
            .answers::<AdminAccount>()
            .to(unsensitive),
    ]
}

/// Which people, as older clients ask.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct QueryV1 {
    active: bool,
    pending: bool,
    disabled: bool,
    silenced: bool,
    suspended: bool,
    /// Only staff.
    staff: bool,
    /// Part of the handle.
    #[schemars(length(max = 100))]
    username: String,
    /// Part of the shown name.
    #[schemars(length(max = 100))]
    display_name: String,
    /// Part of the address.
    #[schemars(length(max = 300))]
    email: String,
    /// Everybody is of this community: whoever asks for others gets none.
    remote: bool,
    /// Which page.
    #[serde(flatten)]
    paging: Paging,
}

async fn list_v1(
    State(site): State<Shared>,
    Staff(by): Staff,
    uri: Uri,
    Params(query): Params<QueryV1>,
) -> Result<Response, Problem> {
    let asked = [
        (query.pending, Standings::Pending),
        (query.suspended, Standings::Suspended),
        (query.disabled, Standings::Frozen),
        (query.silenced, Standings::Limited),
        (query.active, Standings::Active),
    ];
    let standing = asked.iter().find(|(asked, _)| *asked).map(|(_, standing)| *standing);
    let filter = PeopleFilter {
        standing: standing.unwrap_or_default(),
        staff: query.staff,
        handle: query.username,
        name: query.display_name,
        email: query.email,
        invited_by: None,
    };
    page_of(&site, &by, &uri, query.remote, &filter, &query.paging).await
}

/// Which people.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct QueryV2 {
    /// `local` or `remote`.
    #[schemars(extend("enum" = ["local", "remote"]))]
    origin: Option<String>,
    /// In which standing.
    #[schemars(extend("enum" = ["active", "pending", "disabled", "silenced", "suspended"]))]
    status: Option<String>,
    /// Only `staff`.
    #[schemars(extend("enum" = ["staff"]))]
    permissions: Option<String>,
    /// Only those whom this person invited.
    invited_by: Option<String>,
    /// Part of the handle.
    #[schemars(length(max = 100))]
    username: String,
    /// Part of the shown name.
    #[schemars(length(max = 100))]
    display_name: String,
    /// Part of the address.
    #[schemars(length(max = 300))]
    email: String,
    /// Which page.
    #[serde(flatten)]
    paging: Paging,
}

async fn list_v2(
    State(site): State<Shared>,
    Staff(by): Staff,
    uri: Uri,
    Params(query): Params<QueryV2>,
) -> Result<Response, Problem> {
    let remote = match query.origin.as_deref() {
        None | Some("" | "local") => false,
        Some("remote") => true,
        Some(_) => return Err(Problem::field("origin", "must be local or remote")),
    };
    let standing = match query.status.as_deref() {
        None | Some("") => Standings::Any,
        Some("active") => Standings::Active,
        Some("pending") => Standings::Pending,
        Some("disabled") => Standings::Frozen,
        Some("silenced") => Standings::Limited,
        Some("suspended") => Standings::Suspended,
        Some(_) => return Err(Problem::field("status", "is not one of ours")),
    };
    let staff = match query.permissions.as_deref() {
        None | Some("") => false,
        Some("staff") => true,
        Some(_) => return Err(Problem::field("permissions", "must be staff")),
    };
    let filter = PeopleFilter {
        standing,
        staff,
        handle: query.username,
        name: query.display_name,
        email: query.email,
        invited_by: optional_id(&query.invited_by)?,
    };
    page_of(&site, &by, &uri, remote, &filter, &query.paging).await
}

async fn page_of(
    site: &Shared,
    by: &Powers,
    uri: &Uri,
    remote: bool,
    filter: &PeopleFilter,
    paging: &Paging,
) -> Result<Response, Problem> {
    let page = paging.page(PAGE)?;
    let people = match remote {
        true => moderation::People::default(),
        false => moderation::people(&site.app, by, filter, page).await?,
    };
    let found: Vec<_> = people.found.iter().map(|(_, account)| account.clone()).collect();
    let views: Vec<_> = admin_accounts(site, &found).await?.into_iter().flatten().collect();
    let newest = people.found.first().map(|row| row.0).or(people.next);
    let oldest = people.next.or(people.found.last().map(|row| row.0));
    let link = link(site, uri, newest.zip(oldest), people.next.is_some(), Back::MinId);
    Ok((link.map(|link| [link]), Rendered(bytes(&views))).into_response_with_link())
}

async fn found(site: &Shared, id: Id<AccountNode>) -> Result<Arc<Stored<AccountNode>>, Problem> {
    site.app.graph.get(id).await?.ok_or_else(Problem::not_found)
}

async fn shown(site: &Shared, id: Id<AccountNode>) -> Result<Rendered, Problem> {
    let account = found(site, id).await?;
    let view = admin_account(site, &account).await?.ok_or_else(Problem::not_found)?;
    Ok(Rendered(bytes(&view)))
}

async fn one(
    State(site): State<Shared>,
    PathId(id): PathId<AccountNode>,
) -> Result<Rendered, Problem> {
    shown(&site, id).await
}

/// Why somebody is deleted.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct EraseForm {
    /// For the audit log.
    #[schemars(length(max = 1000))]
    reason: String,
}

async fn erase_one(
    State(site): State<Shared>,
    Staff(by): Staff,
    PathId(id): PathId<AccountNode>,
    Params(form): Params<EraseForm>,
) -> Result<Rendered, Problem> {
    let account = found(&site, id).await?;
    let view = admin_account(&site, &account).await?;
    moderation::delete_person(&site.app, &by, id, &form.reason).await?;
    Ok(Rendered(bytes(&view)))
}

/// What is decided.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct ActionForm {
    /// What is done.
    #[schemars(extend("enum" = ["none", "sensitive", "disable", "silence", "suspend"]))]
    r#type: String,
    /// The report that it decides.
    report_id: Option<String>,
    /// What the person is told.
    #[schemars(length(max = 2000))]
    text: Option<String>,
    /// Taken and ignored: a decision is always told.
    send_email_notification: bool,
}

async fn action(
    State(site): State<Shared>,
    Staff(by): Staff,
    person: Person,
    headers: HeaderMap,
    PathId(id): PathId<AccountNode>,
    Params(form): Params<ActionForm>,
) -> Result<Rendered, Problem> {
    found(&site, id).await?;
    let measure = match form.r#type.as_str() {
        "none" => Measure::Warn,
        "sensitive" => Measure::Sensitive,
        "disable" => Measure::Freeze,
        "silence" => Measure::Limit,
        "suspend" => Measure::Suspend,
        _ => return Err(Problem::field("type", "is not one of ours")),
    };
    if measure == Measure::Suspend {
        proven(&site, &person, &headers).await?;
    }
    let report: Option<Id<Report>> = optional_id(&form.report_id)?;
    let target = match report {
        Some(report) => {
            let report = site.app.graph.get(report).await?.filter(|report| report.about == id);
            Target::Case(report.ok_or_else(Problem::not_found)?.case)
        }
        None => Target::Account(id),
    };
    let to_account = form.text.filter(|text| !text.is_empty());
    let ruling = Ruling { measures: vec![measure], to_account, ..Ruling::default() };
    moderation::decide(&site.app, &by, target, ruling).await?;
    Ok(Rendered(bytes(&Empty {})))
}

async fn approve(
    State(site): State<Shared>,
    Staff(by): Staff,
    PathId(id): PathId<AccountNode>,
) -> Result<Rendered, Problem> {
    found(&site, id).await?;
    moderation::approve(&site.app, &by, id).await?;
    shown(&site, id).await
}

async fn reject(
    State(site): State<Shared>,
    Staff(by): Staff,
    PathId(id): PathId<AccountNode>,
) -> Result<Rendered, Problem> {
    let account = found(&site, id).await?;
    let view = admin_account(&site, &account).await?;
    moderation::reject(&site.app, &by, id, "").await?;
    Ok(Rendered(bytes(&view)))
}

async fn lift(
    site: &Shared,
    by: &Powers,
    id: Id<AccountNode>,
    measure: Measure,
) -> Result<Rendered, Problem> {
    found(site, id).await?;
    moderation::lift(&site.app, by, id, measure, "").await?;
    shown(site, id).await
}

async fn enable(
    State(site): State<Shared>,
    Staff(by): Staff,
    PathId(id): PathId<AccountNode>,
) -> Result<Rendered, Problem> {
    lift(&site, &by, id, Measure::Freeze).await
}

async fn unsilence(
    State(site): State<Shared>,
    Staff(by): Staff,
    PathId(id): PathId<AccountNode>,
) -> Result<Rendered, Problem> {
    lift(&site, &by, id, Measure::Limit).await
}

async fn unsuspend(
    State(site): State<Shared>,
    Staff(by): Staff,
    PathId(id): PathId<AccountNode>,
) -> Result<Rendered, Problem> {
    lift(&site, &by, id, Measure::Suspend).await
}

async fn unsensitive(
    State(site): State<Shared>,
    Staff(by): Staff,
    PathId(id): PathId<AccountNode>,
) -> Result<Rendered, Problem> {
    lift(&site, &by, id, Measure::Sensitive).await
}
