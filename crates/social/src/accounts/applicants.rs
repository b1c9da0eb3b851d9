//! People who wait to be let in, where staff decide: welcomed, or turned down.

use std::sync::Arc;

use graph::{Batch, CommitError, Id, Stored};

use super::{
    find::seal_of,
    model::{Account, EMAILS, HANDLE_SEALS, HANDLES, Login, Members, PendingMembers, Standing},
    recover::notice,
    sign_up::fold_email,
    standing::StandingError,
};
use crate::{
    app::App,
    events::{Event, Notice},
    fault::Fault,
    instance::model::INSTANCE,
    posts::login_of,
    text::plain_block,
};

/// Most characters of what an applicant is told.
const MOST_REASON: usize = 1_000;

/// Lets an account in that waits.
pub async fn approve(app: &App, id: Id<Account>) -> Result<(), StandingError> {
    let mut batch = Batch::new();
    put_approval(app, &mut batch, id).await?;
    decided(app, batch).await
}

/// Puts what lets an account in into a batch.
pub(crate) async fn put_approval(
    app: &App,
    batch: &mut Batch,
    id: Id<Account>,
) -> Result<(), StandingError> {
    let account = app.graph.get(id).await?.ok_or(StandingError::NotFound)?;
    if account.standing != Standing::Pending {
        return Err(StandingError::NotFound);
    }
    batch.replace(&account, &Account { standing: Standing::Active, ..account.body.clone() });
    batch.discard::<PendingMembers>(INSTANCE, id);
    batch.ensure::<Members>(INSTANCE, id, id.raw());
    batch.emit(app.id(), &Event::AccountOpened { account: id });
    notice(app, batch, id, Notice::Approved, None);
    Ok(())
}

/// Turns an applicant down: the account is deleted as its owner would have deleted it, and they are told, with a reason
/// if there is one. Nobody ever saw it, so its handle is free again, and its address too.
pub async fn reject(app: &App, id: Id<Account>, reason: &str) -> Result<(), StandingError> {
    let mut batch = Batch::new();
    put_rejection(app, &mut batch, id, reason).await?;
    decided(app, batch).await
}

/// Puts what turns an applicant down into a batch.
pub(crate) async fn put_rejection(
    app: &App,
    batch: &mut Batch,
    id: Id<Account>,
    reason: &str,
) -> Result<(), StandingError> {
    let reason = plain_block(reason, MOST_REASON).map_err(|_| StandingError::Reason)?;
    let account = app.graph.get(id).await?.ok_or(StandingError::NotFound)?;
    let waits = app.graph.edge::<PendingMembers>(INSTANCE, id).await?.is_some();
    if !waits || account.standing == Standing::Deleted {
        return Err(StandingError::NotFound);
    }
    let login = login_of(app, id).await?;
    take_away(app, batch, &account, &login);
    batch.release(HANDLES, account.handle.as_str(), id);
    let seal = seal_of(app, &account.handle);
    if app.graph.key::<Account>(HANDLE_SEALS, &seal).await? == Some(id) {
        batch.release(HANDLE_SEALS, &seal, id);
    }
    let email = fold_email(&login.email);
    if app.graph.key::<Account>(EMAILS, &email).await? == Some(id) {
        batch.release(EMAILS, &email, id);
    }
    let key = format!("rejected:{id}");
    let (handle, email) = (account.handle.clone(), login.email.clone());
    batch.emit(app.id(), &Event::ApplicantRejected { handle, email, reason, key });
    Ok(())
}

/// Puts what ends an account into a batch: seen by nobody from the commit on, signed out, taken apart by a job.
pub(crate) fn take_away(
    app: &App,
    batch: &mut Batch,
    account: &Arc<Stored<Account>>,
    login: &Arc<Stored<Login>>,
) {
    batch.replace(account, &Account { standing: Standing::Deleted, ..account.body.clone() });
    batch.replace(login, &Login { epoch: login.epoch + 1, ..login.body.clone() });
    batch.emit(app.id(), &Event::AccountDeleted { account: account.id });
}

async fn decided(app: &App, batch: Batch) -> Result<(), StandingError> {
    match app.graph.commit(batch).await {
        Ok(_) => Ok(()),
        // Somebody else decided at this moment.
        Err(CommitError::Conflict { .. }) => Err(StandingError::Fault(Fault::Busy)),
        Err(error) => Err(error.into()),
    }
}
