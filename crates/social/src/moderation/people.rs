//! What staff do about one person outside of cases: let in, turn down, restore, delete.

use graph::{Batch, CommitError, Id};

use super::{
    error::{ModerationError, standing},
    model::Measure,
};
use crate::{
    accounts::{
        self, Change,
        model::{Account, Login, Standing},
        put_standing,
    },
    app::App,
    audit::{
        self, Note,
        model::{Act, Subject, SubjectKind},
    },
    fault::Fault,
    posts::login_of,
    staff::{Permission, Powers, powers_of},
    text::plain_block,
};

fn note<'a>(by: &Powers, act: Act, id: Id<Account>, reason: &'a str) -> Note<'a> {
    let on = Subject { kind: SubjectKind::Account, id: id.raw() };
    Note { by: by.account, act, on, reason, before: String::new(), after: String::new() }
}

/// Lets somebody in who waits.
pub async fn approve(app: &App, by: &Powers, id: Id<Account>) -> Result<(), ModerationError> {
    if !by.may(Permission::ManagePeople) {
        return Err(ModerationError::NotAllowed);
    }
    for _ in 0..5 {
        let mut batch = Batch::new();
        accounts::put_approval(app, &mut batch, id).await.map_err(standing)?;
        audit::record(app, &mut batch, note(by, Act::Approve, id, "")).await?;
        match app.graph.commit(batch).await {
            Err(CommitError::Conflict { .. }) => {}
            answer => return Ok(answer.map(drop)?),
        }
    }
    Err(ModerationError::Fault(Fault::Busy))
}

/// Turns somebody down who waits; they are mailed the reason.
pub async fn reject(
    app: &App,
    by: &Powers,
    id: Id<Account>,
    reason: &str,
) -> Result<(), ModerationError> {
    if !by.may(Permission::ManagePeople) {
        return Err(ModerationError::NotAllowed);
    }
    for _ in 0..5 {
        let mut batch = Batch::new();
        accounts::put_rejection(app, &mut batch, id, reason).await.map_err(standing)?;
        audit::record(app, &mut batch, note(by, Act::Reject, id, reason)).await?;
        match app.graph.commit(batch).await {
            Err(CommitError::Conflict { .. }) => {}
            answer => return Ok(answer.map(drop)?),
        }
    }
    Err(ModerationError::Fault(Fault::Busy))
}

/// Takes a measure on an account back.
pub async fn lift(
    app: &App,
    by: &Powers,
    id: Id<Account>,
    measure: Measure,
    reason: &str,
) -> Result<(), ModerationError> {
    let mut change = Change::default();
    match measure {
        Measure::Sensitive => change.sensitive = Some(false),
        Measure::Limit => change.limited = Some(false),
        Measure::Freeze => change.frozen = Some(false),
        Measure::Suspend => change.suspended = Some(false),
        Measure::Dismiss | Measure::Warn | Measure::Fold | Measure::Delete => {
            return Err(ModerationError::Measures);
        }
    }
    for _ in 0..5 {
        let (account, login) = below(app, by, Permission::ManagePeople, id).await?;
        let mut batch = Batch::new();
        let changed = put_standing(app, &mut batch, &account, &login, change).await;
        if !changed.map_err(standing)? {
            return Ok(());
        }
        let before = measure.as_str().to_owned();
        let note = Note { before, ..note(by, Act::Restore, id, reason) };
        audit::record(app, &mut batch, note).await?;
        match app.graph.commit(batch).await {
            Err(CommitError::Conflict { .. }) => {}
            answer => return Ok(answer.map(drop)?),
        }
    }
    Err(ModerationError::Fault(Fault::Busy))
}

/// Deletes a suspended account for good, before its thirty days are over.
pub async fn delete_person(
    app: &App,
    by: &Powers,
    id: Id<Account>,
    reason: &str,
) -> Result<(), ModerationError> {
    let reason = plain_block(reason, 2_000).map_err(|_| ModerationError::Text)?;
    for _ in 0..5 {
        let (account, login) = below(app, by, Permission::DeletePeople, id).await?;
        if account.standing != Standing::Suspended {
            return Err(ModerationError::Standing);
        }
        let mut batch = Batch::new();
        accounts::take_away(app, &mut batch, &account, &login);
        audit::record(app, &mut batch, note(by, Act::DeleteAccount, id, &reason)).await?;
        match app.graph.commit(batch).await {
            Err(CommitError::Conflict { .. }) => {}
            answer => return Ok(answer.map(drop)?),
        }
    }
    Err(ModerationError::Fault(Fault::Busy))
}

/// An account with its login.
pub(crate) type Person =
    (std::sync::Arc<graph::Stored<Account>>, std::sync::Arc<graph::Stored<Login>>);

/// An account below whoever acts.
pub(crate) async fn below(
    app: &App,
    by: &Powers,
    needs: Permission,
    id: Id<Account>,
) -> Result<Person, ModerationError> {
    if !by.may(needs) {
        return Err(ModerationError::NotAllowed);
    }
    let account = app.graph.get(id).await?.ok_or(ModerationError::NotFound)?;
    if !by.above(&powers_of(app, id).await?) {
        return Err(ModerationError::Above);
    }
    let login = login_of(app, id).await?;
    Ok((account, login))
}
