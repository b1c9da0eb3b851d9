//! Giving and taking roles, and making own ones.

use std::sync::Arc;

use graph::{Batch, CommitError, Expect, Id, Page, Stored};

use super::{
    model::{OwnRole, OwnRoles},
    permissions::{Permission, Permissions},
    powers::{Powers, RoleName, fixed, powers_of},
};
use crate::{
    accounts::{
        StandingError,
        model::{Account, Login, Role, SETUP, StaffMembers},
        protect_owner,
    },
    app::App,
    audit::{
        self, Note,
        model::{Act, Subject, SubjectKind},
    },
    events::Event,
    fault::Fault,
    instance::model::INSTANCE,
    posts::login_of,
    text::plain_line,
};

/// Most own roles.
const MOST: usize = 50;
/// The owner's rank: own roles are below it.
const OWNER_RANK: u32 = 1_000;

/// Why a role was not given or changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RoleError {
    /// No such account or role.
    #[error("no such account or role")]
    NotFound,
    /// What one has not oneself, or somebody of one's own rank or above.
    #[error("this is above your own role")]
    Above,
    /// A community always has an owner.
    #[error("the community's owner can not be demoted")]
    LastOwner,
    /// The name.
    #[error("the name must have 1 to 30 characters")]
    Name,
    /// The colour.
    #[error("the colour must look like #a1b2c3")]
    Color,
    /// The rank.
    #[error("the rank must be 1 to 999, and below your own")]
    Rank,
    /// Too many.
    #[error("there are too many roles already")]
    TooMany,
    /// See [`Fault`].
    #[error(transparent)]
    Fault(Fault),
}

impl<E> From<E> for RoleError
where
    Fault: From<E>,
{
    fn from(error: E) -> RoleError {
        RoleError::Fault(error.into())
    }
}

/// Which role is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    /// A fixed one; [`Role::Member`] takes every role away.
    Fixed(Role),
    /// One of the community's own.
    Own(Id<OwnRole>),
}

/// Gives somebody a role, or takes it.
pub async fn give_role(
    app: &App,
    by: &Powers,
    whom: Id<Account>,
    choice: Choice,
    reason: &str,
) -> Result<(), RoleError> {
    for _ in 0..5 {
        let before = powers_of(app, whom).await?;
        let account = app.graph.get(whom).await?.ok_or(RoleError::NotFound)?;
        let login = login_of(app, whom).await?;
        let (rank, permissions, role, own_role, name) = match choice {
            Choice::Fixed(role) => {
                let (rank, permissions) = fixed(role);
                (rank, permissions, role, None, format!("{role:?}").to_lowercase())
            }
            Choice::Own(id) => {
                let own = app.graph.get(id).await?.ok_or(RoleError::NotFound)?;
                (own.rank, own.permissions, Role::Member, Some(id), own.name.clone())
            }
        };
        let entitled = by.may(Permission::ManageRoles) && by.permissions.covers(permissions);
        if !entitled || !by.above(&before) || rank >= by.rank {
            return Err(RoleError::Above);
        }
        if login.role == role && login.own_role == own_role {
            return Ok(());
        }
        match protect_owner(app, whom).await {
            Ok(()) => {}
            Err(StandingError::Fault(fault)) => return Err(RoleError::Fault(fault)),
            Err(_) => return Err(RoleError::LastOwner),
        }
        let mut batch = Batch::new();
        if role == Role::Owner && app.graph.key::<Account>(SETUP, "owner").await?.is_none() {
            // From now on there is an owner: the set-up link ends.
            batch.claim(SETUP, "owner", whom);
        }
        batch.guard(whom, Expect::Version(account.version));
        batch.replace(&login, &Login { role, own_role, ..login.body.clone() });
        if permissions.is_empty() {
            batch.discard::<StaffMembers>(INSTANCE, whom);
        } else {
            batch.ensure::<StaffMembers>(INSTANCE, whom, app.ord());
        }
        batch.emit(app.id(), &Event::AccountChanged { account: whom });
        let on = Subject { kind: SubjectKind::Account, id: whom.raw() };
        let (before, after) = (called(&before.role), name);
        let note = Note { by: by.account, act: Act::GiveRole, on, reason, before, after };
        audit::record(app, &mut batch, note).await?;
        match app.graph.commit(batch).await {
            Err(CommitError::Conflict { .. } | CommitError::KeyTaken { .. }) => {}
            answer => return Ok(answer.map(drop)?),
        }
    }
    Err(RoleError::Fault(Fault::Busy))
}

fn called(role: &RoleName) -> String {
    match role {
        RoleName::Fixed(role) => format!("{role:?}").to_lowercase(),
        RoleName::Own(_, own) => own.name.clone(),
    }
}

/// A role as it is to be.
#[derive(Clone, Debug, Default)]
pub struct NewRole {
    /// What it is called.
    pub name: String,
    /// `#rrggbb`, or empty.
    pub color: String,
    /// Whether profiles show it.
    pub highlighted: bool,
    /// Its rank.
    pub rank: u32,
    /// What it allows.
    pub permissions: Permissions,
}

/// The community's own roles, the newest first.
pub async fn roles(app: &App) -> Result<Vec<Arc<Stored<OwnRole>>>, Fault> {
    let links = app.graph.list::<OwnRoles>(INSTANCE, Page::newest(MOST)).await?;
    let ids: Vec<_> = links.iter().map(|link| link.to).collect();
    Ok(app.graph.get_many(&ids).await?.into_iter().flatten().collect())
}

/// Makes a role.
pub async fn create_role(
    app: &App,
    by: &Powers,
    new: NewRole,
    reason: &str,
) -> Result<Arc<Stored<OwnRole>>, RoleError> {
    let role = checked(by, new)?;
    if app.graph.count::<OwnRoles>(INSTANCE).await? >= MOST as u64 {
        return Err(RoleError::TooMany);
    }
    let id: Id<OwnRole> = app.id();
    commit(app, by, Act::CreateRole, id, reason, None, Some(&role), |batch| {
        batch.create(id, &role);
        batch.link::<OwnRoles>(INSTANCE, id, id.raw());
    })
    .await?;
    app.graph.get(id).await?.ok_or(RoleError::NotFound)
}

/// Changes a role: what its holders may do changes with it.
pub async fn edit_role(
    app: &App,
    by: &Powers,
    id: Id<OwnRole>,
    new: NewRole,
    reason: &str,
) -> Result<Arc<Stored<OwnRole>>, RoleError> {
    let role = checked(by, new)?;
    let before = editable(app, by, id).await?;
    commit(app, by, Act::EditRole, id, reason, Some(&before.body), Some(&role), |batch| {
        batch.replace(&before, &role);
    })
    .await?;
    app.graph.get(id).await?.ok_or(RoleError::NotFound)
}

/// Deletes a role: who had it is a member like others.
pub async fn delete_role(
    app: &App,
    by: &Powers,
    id: Id<OwnRole>,
    reason: &str,
) -> Result<(), RoleError> {
    let before = editable(app, by, id).await?;
    commit(app, by, Act::DeleteRole, id, reason, Some(&before.body), None, |batch| {
        batch.remove(id, Expect::Version(before.version));
        batch.discard::<OwnRoles>(INSTANCE, id);
    })
    .await
}

async fn editable(
    app: &App,
    by: &Powers,
    id: Id<OwnRole>,
) -> Result<Arc<Stored<OwnRole>>, RoleError> {
    let role = app.graph.get(id).await?.ok_or(RoleError::NotFound)?;
    let own = matches!(by.role, RoleName::Own(own, _) if own == id);
    if own || role.rank >= by.rank || !by.permissions.covers(role.permissions) {
        return Err(RoleError::Above);
    }
    Ok(role)
}

fn checked(by: &Powers, new: NewRole) -> Result<OwnRole, RoleError> {
    if !by.may(Permission::ManageRoles) || !by.permissions.covers(new.permissions) {
        return Err(RoleError::Above);
    }
    let name = plain_line(&new.name, 30).ok().filter(|name| !name.is_empty());
    let is_color = |text: &str| {
        text.strip_prefix('#')
            .is_some_and(|hex| hex.len() == 6 && hex.bytes().all(|byte| byte.is_ascii_hexdigit()))
    };
    if !new.color.is_empty() && !is_color(&new.color) {
        return Err(RoleError::Color);
    }
    if !(1..OWNER_RANK).contains(&new.rank) || new.rank >= by.rank {
        return Err(RoleError::Rank);
    }
    Ok(OwnRole {
        name: name.ok_or(RoleError::Name)?,
        color: new.color.to_lowercase(),
        highlighted: new.highlighted,
        rank: new.rank,
        permissions: new.permissions,
    })
}

#[expect(clippy::too_many_arguments, reason = "what an entry of the log says, one by one")]
async fn commit(
    app: &App,
    by: &Powers,
    act: Act,
    id: Id<OwnRole>,
    reason: &str,
    before: Option<&OwnRole>,
    after: Option<&OwnRole>,
    change: impl Fn(&mut Batch),
) -> Result<(), RoleError> {
    let told = |role: Option<&OwnRole>| {
        role.and_then(|role| serde_json::to_string(role).ok()).unwrap_or_default()
    };
    let mut batch = Batch::new();
    change(&mut batch);
    let on = Subject { kind: SubjectKind::Role, id: id.raw() };
    let note = Note { by: by.account, act, on, reason, before: told(before), after: told(after) };
    audit::record(app, &mut batch, note).await?;
    Ok(app.graph.commit(batch).await.map(drop)?)
}
