//! Where an account stands: whether it may act, and what staff and operators decide.

use std::{sync::Arc, time::Duration};

use graph::{Batch, CommitError, Id, Order, Page, Stored};

use super::{
    applicants::take_away,
    model::{
        Account, Login, PendingMembers, Role, SETUP, StaffMembers, Standing, SuspendedMembers,
    },
    recover::{RecoverError, put_password},
};
use crate::{app::App, events::Event, fault::Fault, instance::model::INSTANCE, posts::login_of};

/// How long a suspension can be taken back.
pub const SUSPENSION: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// An account that may act, with its login.
#[derive(Clone, Debug)]
pub struct Acting {
    /// The account.
    pub account: Arc<Stored<Account>>,
    /// Its private half.
    pub login: Arc<Stored<Login>>,
}

/// Why somebody with a good password or token may not act.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// There is no such account any more.
    #[error("this account is gone")]
    Gone,
    /// Suspended.
    #[error("Your login is currently disabled")]
    Suspended,
    /// Waits for staff.
    #[error("Your login is currently pending approval")]
    Pending,
    /// Must follow the link in a mail first.
    #[error("Your login is missing a confirmed e-mail address")]
    Unconfirmed,
    /// See [`Fault`].
    #[error(transparent)]
    Fault(Fault),
}

impl<E> From<E> for Refusal
where
    Fault: From<E>,
{
    fn from(error: E) -> Refusal {
        Refusal::Fault(error.into())
    }
}

/// The account, if it may act now. An unconfirmed one may only sign in: ask with `unconfirmed` for that.
pub async fn may_act(app: &App, id: Id<Account>, unconfirmed: bool) -> Result<Acting, Refusal> {
    let account = app.graph.get(id).await?.ok_or(Refusal::Gone)?;
    match account.standing {
        Standing::Active => {}
        Standing::Pending => return Err(Refusal::Pending),
        Standing::Suspended => return Err(Refusal::Suspended),
        Standing::Deleted => return Err(Refusal::Gone),
    }
    let login = app.graph.get(account.login).await?.ok_or(Refusal::Gone)?;
    if login.confirmed || unconfirmed {
        Ok(Acting { account, login })
    } else {
        Err(Refusal::Unconfirmed)
    }
}

/// Why staff could not decide so.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StandingError {
    /// No such account, or not in a standing for this.
    #[error("no such account")]
    NotFound,
    /// A community always has an owner.
    #[error("the community's owner can not be suspended, demoted or deleted")]
    LastOwner,
    /// What an applicant is to be told.
    #[error("the reason is too long (maximum is 1000 characters)")]
    Reason,
    /// See [`Fault`].
    #[error(transparent)]
    Fault(Fault),
}

impl<E> From<E> for StandingError
where
    Fault: From<E>,
{
    fn from(error: E) -> StandingError {
        StandingError::Fault(error.into())
    }
}

/// Suspends an account: seen by nobody, signed out everywhere.
pub async fn suspend(app: &App, id: Id<Account>) -> Result<(), StandingError> {
    stand(app, id, Change { suspended: Some(true), ..Change::default() }).await
}

/// Ends a suspension: whoever waited for approval waits again. Sessions stay ended.
pub async fn unsuspend(app: &App, id: Id<Account>) -> Result<(), StandingError> {
    let account = app.graph.get(id).await?.ok_or(StandingError::NotFound)?;
    if account.standing == Standing::Pending {
        return Err(StandingError::NotFound);
    }
    stand(app, id, Change { suspended: Some(false), ..Change::default() }).await
}

/// What is to change of an account's standing; the rest stays.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Change {
    /// Seen by followers only.
    pub limited: Option<bool>,
    /// Media of its posts is hidden at first.
    pub sensitive: Option<bool>,
    /// May read and not write.
    pub frozen: Option<bool>,
    /// Seen by nobody, signed out.
    pub suspended: Option<bool>,
}

/// Puts a change of standing into a batch, with all that follows from it. Says whether anything changes.
pub(crate) async fn put_standing(
    app: &App,
    batch: &mut Batch,
    account: &Stored<Account>,
    login: &Stored<Login>,
    change: Change,
) -> Result<bool, StandingError> {
    let id = account.id;
    let standing = match (change.suspended, account.standing) {
        // Who waits is let in by `approve`, and who is gone by nobody.
        (_, Standing::Deleted) => return Err(StandingError::NotFound),
        (Some(true), _) => Standing::Suspended,
        (Some(false), Standing::Suspended) => {
            let waits = app.graph.edge::<PendingMembers>(INSTANCE, id).await?.is_some();
            if waits { Standing::Pending } else { Standing::Active }
        }
        (_, standing) => standing,
    };
    let limited = change.limited.unwrap_or(account.limited);
    let sensitive = change.sensitive.unwrap_or(account.sensitive);
    let frozen = change.frozen.unwrap_or(login.frozen);
    let suspended = standing == Standing::Suspended && standing != account.standing;
    let harder = limited && !account.limited || sensitive && !account.sensitive;
    if suspended || harder || frozen && !login.frozen {
        protect_owner(app, id).await?;
    }
    let findable = standing != account.standing || limited != account.limited;
    if findable || sensitive != account.sensitive {
        batch.replace(account, &Account { standing, limited, sensitive, ..account.body.clone() });
    } else if frozen == login.frozen {
        return Ok(false);
    }
    if findable {
        batch.emit(app.id(), &Event::FindabilityChanged { account: id });
    }
    batch.emit(app.id(), &Event::AccountChanged { account: id });
    let ended = standing != account.standing;
    let epoch = login.epoch + u64::from(ended);
    batch.replace(login, &Login { epoch, frozen, ..login.body.clone() });
    if ended {
        if standing == Standing::Suspended {
            batch.ensure::<SuspendedMembers>(INSTANCE, id, app.ord());
        } else {
            batch.discard::<SuspendedMembers>(INSTANCE, id);
        }
        batch.emit(app.id(), &Event::AccessEnded { account: id });
    }
    Ok(true)
}

async fn stand(app: &App, id: Id<Account>, change: Change) -> Result<(), StandingError> {
    for _ in 0..5 {
        let account = app.graph.get(id).await?.ok_or(StandingError::NotFound)?;
        let login = login_of(app, id).await?;
        let mut batch = Batch::new();
        if !put_standing(app, &mut batch, &account, &login, change).await? {
            return Ok(());
        }
        match app.graph.commit(batch).await {
            Ok(_) => return Ok(()),
            Err(CommitError::Conflict { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(StandingError::Fault(Fault::Busy))
}

/// Deletes accounts whose suspension is older than thirty days, as their owners would have; says how many. A round has
/// a bound: there is always another.
pub async fn purge_suspended(app: &App) -> Result<usize, Fault> {
    let page = Page { below: None, above: None, order: Order::Oldest, limit: 50 };
    let limit = app.now_ms().saturating_sub(SUSPENSION.as_millis() as u64);
    let mut gone = 0;
    for link in app.graph.list::<SuspendedMembers>(INSTANCE, page).await? {
        if graph::ms_of(link.ord) > limit {
            break;
        }
        let mut batch = Batch::new();
        batch.unlink::<SuspendedMembers>(INSTANCE, link.to);
        if let Some(account) = app.graph.get(link.to).await?
            && account.standing == Standing::Suspended
        {
            let login = login_of(app, link.to).await?;
            take_away(app, &mut batch, &account, &login);
            gone += 1;
        }
        match app.graph.commit(batch).await {
            // Restored at this moment.
            Ok(_) | Err(CommitError::Conflict { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(gone)
}

/// Gives an account a role.
pub async fn set_role(app: &App, id: Id<Account>, role: Role) -> Result<(), StandingError> {
    if role != Role::Owner {
        protect_owner(app, id).await?;
    }
    change_login(app, id, |login| (login.role, login.own_role) = (role, None)).await?;
    let mut batch = Batch::new();
    if role == Role::Member {
        batch.discard::<StaffMembers>(INSTANCE, id);
    } else {
        batch.ensure::<StaffMembers>(INSTANCE, id, app.ord());
    }
    app.graph.commit(batch).await?;
    if role == Role::Owner && app.graph.key::<Account>(SETUP, "owner").await?.is_none() {
        // From now on there is an owner: the set-up link ends.
        let mut batch = Batch::new();
        batch.claim(SETUP, "owner", id);
        match app.graph.commit(batch).await {
            Ok(_) | Err(CommitError::KeyTaken { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

/// Takes an address as confirmed, by the operator's word.
pub async fn confirm_by_staff(app: &App, id: Id<Account>) -> Result<(), StandingError> {
    change_login(app, id, |login| login.confirmed = true).await
}

/// Sets a password by the operator's word; ends all sessions and tokens.
pub async fn set_password(app: &App, id: Id<Account>, password: &str) -> Result<(), RecoverError> {
    let login = login_of(app, id).await?;
    put_password(app, Batch::new(), &login, password).await
}

async fn change_login(
    app: &App,
    id: Id<Account>,
    change: impl Fn(&mut Login),
) -> Result<(), StandingError> {
    for _ in 0..5 {
        let account = app.graph.get(id).await?.ok_or(StandingError::NotFound)?;
        let login = app.graph.get(account.login).await?.ok_or(StandingError::NotFound)?;
        let mut body = login.body.clone();
        change(&mut body);
        let mut batch = Batch::new();
        batch.replace(&login, &body);
        batch.emit(app.id(), &Event::AccountChanged { account: id });
        match app.graph.commit(batch).await {
            Ok(_) => return Ok(()),
            Err(CommitError::Conflict { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(StandingError::Fault(Fault::Busy))
}

/// Refuses what would leave the community without its owner.
pub(crate) async fn protect_owner(app: &App, id: Id<Account>) -> Result<(), StandingError> {
    let owner = app.graph.key::<Account>(SETUP, "owner").await?;
    if owner == Some(id) { Err(StandingError::LastOwner) } else { Ok(()) }
}
