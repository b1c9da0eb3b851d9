//! What somebody may do here now.

use std::collections::HashMap;

use graph::{Id, Page};

use super::{
    model::OwnRole,
    permissions::{Permission, Permissions},
};
use crate::{
    accounts::model::{Account, Login, Role, SETUP, StaffMembers},
    app::App,
    fault::Fault,
    instance::model::INSTANCE,
};

/// What somebody may do here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Powers {
    /// Who; none for the operator at the command line.
    pub account: Option<Id<Account>>,
    /// Above whom they stand.
    pub rank: u32,
    /// What they may do.
    pub permissions: Permissions,
    /// By which role.
    pub role: RoleName,
}

/// Which role somebody has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RoleName {
    /// One of the fixed ones.
    Fixed(Role),
    /// One of the community's own.
    Own(Id<OwnRole>, OwnRole),
}

impl Powers {
    /// The operator: whoever may run commands on the machine owns everything on it.
    pub fn operator() -> Powers {
        Powers {
            account: None,
            rank: u32::MAX,
            permissions: Permissions::all(),
            role: RoleName::Fixed(Role::Owner),
        }
    }

    /// Whether they are staff at all.
    pub fn is_staff(&self) -> bool {
        !self.permissions.is_empty()
    }

    /// Whether they may do something.
    pub fn may(&self, what: Permission) -> bool {
        self.permissions.has(what)
    }

    /// Whether they stand above somebody, who is not themselves.
    pub fn above(&self, other: &Powers) -> bool {
        self.account != other.account && self.rank > other.rank
    }
}

/// Rank and permissions of a fixed role.
pub(super) fn fixed(role: Role) -> (u32, Permissions) {
    match role {
        Role::Member => (0, Permissions::default()),
        Role::Moderator => (
            100,
            [
                Permission::ViewDashboard,
                Permission::ViewAuditLog,
                Permission::ManageReports,
                Permission::ManageAppeals,
                Permission::ManagePeople,
                Permission::ManageTrends,
            ]
            .into_iter()
            .collect(),
        ),
        Role::Admin => (900, Permissions::all()),
        Role::Owner => (1_000, Permissions::all()),
    }
}

/// What an account may do.
pub async fn powers_of(app: &App, id: Id<Account>) -> Result<Powers, Fault> {
    let login = match app.graph.get(id).await? {
        Some(account) => app.graph.get(account.login).await?,
        None => None,
    };
    match login {
        Some(login) => of_login(app, &login).await,
        None => Ok(plain(Some(id), Role::Member)),
    }
}

/// What the owners of logins may do, in order; their roles are read at once.
pub async fn powers_of_logins(app: &App, logins: &[&Login]) -> Result<Vec<Powers>, Fault> {
    let own = |login: &Login| login.own_role.filter(|_| login.role == Role::Member);
    let ids: Vec<_> = logins.iter().filter_map(|login| own(login)).collect();
    let roles: HashMap<_, _> = app
        .graph
        .get_many(&ids)
        .await?
        .into_iter()
        .flatten()
        .map(|role| (role.id, role.body.clone()))
        .collect();
    let powers = |login: &&Login| match own(login).and_then(|id| roles.get_key_value(&id)) {
        Some((id, role)) => of_role(login.account, *id, role.clone()),
        None => plain(Some(login.account), login.role),
    };
    Ok(logins.iter().map(powers).collect())
}

fn of_role(account: Id<Account>, id: Id<OwnRole>, role: OwnRole) -> Powers {
    let (rank, permissions) = (role.rank, role.permissions);
    Powers { account: Some(account), rank, permissions, role: RoleName::Own(id, role) }
}

/// What the owner of a login may do.
async fn of_login(app: &App, login: &Login) -> Result<Powers, Fault> {
    if login.role == Role::Member
        && let Some(id) = login.own_role
        && let Some(role) = app.graph.get(id).await?
    {
        return Ok(of_role(login.account, id, role.body.clone()));
    }
    Ok(plain(Some(login.account), login.role))
}

fn plain(account: Option<Id<Account>>, role: Role) -> Powers {
    let (rank, permissions) = fixed(role);
    Powers { account, rank, permissions, role: RoleName::Fixed(role) }
}

/// Everybody who has a role, with what they may do.
pub async fn team(app: &App) -> Result<Vec<Powers>, Fault> {
    /// More staff than any community has.
    const MOST: usize = 500;
    let links = app.graph.list::<StaffMembers>(INSTANCE, Page::newest(MOST)).await?;
    let mut ids: Vec<_> = links.into_iter().map(|link| link.to).collect();
    // An owner of before there was a list of staff.
    if let Some(owner) = app.graph.key::<Account>(SETUP, "owner").await?
        && !ids.contains(&owner)
    {
        ids.push(owner);
    }
    let mut team = Vec::with_capacity(ids.len());
    for id in ids {
        team.push(powers_of(app, id).await?);
    }
    team.retain(Powers::is_staff);
    Ok(team)
}
