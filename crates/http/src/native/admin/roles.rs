//! Roles, and who has which.

use axum::extract::State;
use graph::{Id, Stored};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use social::{
    accounts::model::{Account as AccountNode, Role},
    staff::{self, Choice, NewRole, Permission, Permissions, model::OwnRole},
};

use super::{Reason, TAG};
use crate::{
    Shared,
    auth::Staff,
    body::Params,
    mastodon::PathId,
    problem::Problem,
    routes::{Access, Operation, delete, get, post, put},
    views::{AdminAccount, CredentialRole, Empty, Rendered, admin_account, bytes, role_of},
};

const ROLES: &str = "/api/sociosphere/v1/admin/roles";
const ROLE: &str = "/api/sociosphere/v1/admin/roles/{id}";

pub fn operations() -> Vec<Operation> {
    let read = Access::Staff("admin:read", Permission::ManageRoles);
    let write = Access::Staff("admin:write", Permission::ManageRoles);
    vec![
        get("getRoles", ROLES, read)
            .says(TAG, "The community's own roles, and all permissions that there are")
            .answers::<RolesView>()
            .to(list),
        post("postRole", ROLES, write)
            .says(TAG, "Makes a role")
            .dangerous()
            .takes::<RoleForm>()
            .answers::<RoleView>()
            .to(create),
        put("putRole", ROLE, write)
            .says(TAG, "Changes a role")
            .dangerous()
            .takes::<RoleForm>()
            .answers::<RoleView>()
            .to(edit),
        delete("deleteRole", ROLE, write)
            .says(TAG, "Deletes a role")
            .dangerous()
            .takes::<Reason>()
            .answers::<Empty>()
            .to(remove),
        get("getTeam", "/api/sociosphere/v1/admin/team", read)
            .says(TAG, "Everybody who has a role")
            .answers::<Vec<AdminAccount>>()
            .to(team),
        post("postAccountRole", "/api/sociosphere/v1/admin/accounts/{id}/role", write)
            .says(TAG, "Gives somebody a role, or takes it")
            .dangerous()
            .takes::<GiveForm>()
            .answers::<CredentialRole>()
            .to(give),
    ]
}

/// Roles of the community's own.
#[derive(Debug, Serialize, JsonSchema)]
struct RolesView {
    /// The roles.
    roles: Vec<RoleView>,
    /// All permissions that there are.
    permissions: Vec<&'static str>,
}

/// A role of the community's own.
#[derive(Debug, Serialize, JsonSchema)]
struct RoleView {
    /// Id.
    id: String,
    /// Name.
    name: String,
    /// Colour.
    color: String,
    /// Whether profiles show it.
    highlighted: bool,
    /// Rank: who has a role acts on those below it.
    rank: u32,
    /// What it allows.
    permissions: Vec<&'static str>,
}

fn view(role: &Stored<OwnRole>) -> RoleView {
    RoleView {
        id: role.id.to_string(),
        name: role.name.clone(),
        color: role.color.clone(),
        highlighted: role.highlighted,
        rank: role.rank,
        permissions: role.permissions.each().map(Permission::as_str).collect(),
    }
}

/// A role as it is to be.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct RoleForm {
    /// Name.
    #[schemars(length(max = 30))]
    name: String,
    /// `#rrggbb`, or empty.
    #[schemars(length(max = 7))]
    color: String,
    /// Whether profiles show it.
    highlighted: bool,
    /// 1 to 999.
    rank: u32,
    /// What it allows.
    #[schemars(length(max = 40))]
    permissions: Vec<String>,
    /// For the audit log.
    #[schemars(length(max = 1000))]
    reason: String,
}

impl RoleForm {
    fn role(&self) -> Result<NewRole, Problem> {
        let permissions: Option<Permissions> =
            self.permissions.iter().map(|word| Permission::parse(word)).collect();
        Ok(NewRole {
            name: self.name.clone(),
            color: self.color.clone(),
            highlighted: self.highlighted,
            rank: self.rank,
            permissions: permissions
                .ok_or_else(|| Problem::field("permissions", "are not all of ours"))?,
        })
    }
}

async fn list(State(site): State<Shared>) -> Result<Rendered, Problem> {
    let roles = staff::roles(&site.app).await?;
    Ok(Rendered(bytes(&RolesView {
        roles: roles.iter().map(|role| view(role)).collect(),
        permissions: Permission::ALL.iter().map(|one| one.as_str()).collect(),
    })))
}

async fn create(
    State(site): State<Shared>,
    Staff(by): Staff,
    Params(form): Params<RoleForm>,
) -> Result<Rendered, Problem> {
    let role = staff::create_role(&site.app, &by, form.role()?, &form.reason).await?;
    Ok(Rendered(bytes(&view(&role))))
}

async fn edit(
    State(site): State<Shared>,
    Staff(by): Staff,
    PathId(id): PathId<OwnRole>,
    Params(form): Params<RoleForm>,
) -> Result<Rendered, Problem> {
    let role = staff::edit_role(&site.app, &by, id, form.role()?, &form.reason).await?;
    Ok(Rendered(bytes(&view(&role))))
}

async fn remove(
    State(site): State<Shared>,
    Staff(by): Staff,
    PathId(id): PathId<OwnRole>,
    Params(form): Params<Reason>,
) -> Result<Rendered, Problem> {
    staff::delete_role(&site.app, &by, id, &form.reason).await?;
    Ok(Rendered(bytes(&Empty {})))
}

async fn team(State(site): State<Shared>) -> Result<Rendered, Problem> {
    let mut views = Vec::new();
    for one in staff::team(&site.app).await? {
        let Some(id) = one.account else { continue };
        if let Some(account) = site.app.graph.get(id).await? {
            views.extend(admin_account(&site, &account).await?);
        }
    }
    Ok(Rendered(bytes(&views)))
}

/// Which role.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct GiveForm {
    /// `member`, `moderator`, `admin`, or the id of an own one.
    #[schemars(length(max = 40))]
    role: String,
    /// For the audit log.
    #[schemars(length(max = 1000))]
    reason: String,
}

async fn give(
    State(site): State<Shared>,
    Staff(by): Staff,
    PathId(id): PathId<AccountNode>,
    Params(form): Params<GiveForm>,
) -> Result<Rendered, Problem> {
    let own: Option<Id<OwnRole>> = form.role.parse().ok();
    let choice = match (form.role.as_str(), own) {
        ("member", _) => Choice::Fixed(Role::Member),
        ("moderator", _) => Choice::Fixed(Role::Moderator),
        ("admin", _) => Choice::Fixed(Role::Admin),
        ("owner", _) => Choice::Fixed(Role::Owner),
        (_, Some(own)) => Choice::Own(own),
        (_, None) => return Err(Problem::field("role", "is not one of ours")),
    };
    site.app.graph.get(id).await?.ok_or_else(Problem::not_found)?;
    staff::give_role(&site.app, &by, id, choice, &form.reason).await?;
    Ok(Rendered(bytes(&role_of(&staff::powers_of(&site.app, id).await?))))
}
