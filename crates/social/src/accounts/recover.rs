//! Confirming addresses, and getting back in.

use std::sync::Arc;

use graph::{Batch, CommitError, Id, Stored};

use super::{
    model::{Account, EMAILS, Login, TicketPurpose},
    sign_up::{fold_email, is_email},
    tickets::{self, CONFIRM_LIFE, RESET_LIFE, TicketError},
};
use crate::{
    app::App,
    events::{Event, Notice},
    fault::Fault,
    posts::login_of,
    sessions::passwords::{self, Busy, PasswordRule},
};

/// Why a password or an address was not changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RecoverError {
    /// The link.
    #[error("this link is no longer valid")]
    Link,
    /// The present password is another one.
    #[error("this is not your present password")]
    WrongPassword,
    /// The new password.
    #[error("Password {0}")]
    Password(PasswordRule),
    /// Not an address.
    #[error("E-mail is invalid")]
    Email,
    /// Somebody has the address.
    #[error("E-mail has already been taken")]
    EmailTaken,
    /// Too many at once.
    #[error(transparent)]
    Busy(Busy),
    /// See [`Fault`].
    #[error(transparent)]
    Fault(Fault),
}

impl<E> From<E> for RecoverError
where
    Fault: From<E>,
{
    fn from(error: E) -> RecoverError {
        RecoverError::Fault(error.into())
    }
}

impl From<TicketError> for RecoverError {
    fn from(error: TicketError) -> RecoverError {
        match error {
            TicketError::Invalid => RecoverError::Link,
            TicketError::Fault(fault) => RecoverError::Fault(fault),
        }
    }
}

/// Follows a confirmation link: the address becomes the account's, confirmed. Says whose.
pub async fn confirm(app: &App, token: &str) -> Result<Id<Account>, RecoverError> {
    let ticket = tickets::open_ticket(app, token).await?;
    let TicketPurpose::ConfirmEmail { email } = &ticket.purpose else {
        return Err(RecoverError::Link);
    };
    let account = ticket.account.ok_or(RecoverError::Link)?;
    let login = login_of(app, account).await?;
    let mut batch = Batch::new();
    let claim = batch.len();
    batch.claim(EMAILS, &fold_email(email), account);
    let changes = fold_email(email) != fold_email(&login.email);
    if changes {
        batch.release(EMAILS, &fold_email(&login.email), account);
        let to = Some(login.email.clone());
        notice(app, &mut batch, account, Notice::EmailChanged, to);
    }
    let mut body = Login { email: email.clone(), confirmed: true, ..login.body.clone() };
    // Somebody read a mail there: it takes mail.
    body.wishes.bounced = None;
    batch.replace(&login, &body);
    tickets::use_up(&mut batch, &ticket);
    if changes {
        tickets::void_others(app, &mut batch, account, ticket.id).await?;
    }
    match app.graph.commit(batch).await {
        Ok(_) => Ok(account),
        Err(CommitError::KeyTaken { op }) if op == claim => Err(RecoverError::EmailTaken),
        Err(CommitError::Conflict { .. }) => Err(RecoverError::Link),
        Err(error) => Err(error.into()),
    }
}

/// Mails the confirmation link again, if it is still needed.
pub async fn resend_confirmation(app: &App, account: Id<Account>) -> Result<(), RecoverError> {
    let login = login_of(app, account).await?;
    if login.confirmed {
        return Ok(());
    }
    let mut batch = Batch::new();
    let purpose = TicketPurpose::ConfirmEmail { email: login.email.clone() };
    tickets::issue(app, &mut batch, account, purpose, CONFIRM_LIFE, login.epoch);
    app.graph.commit(batch).await?;
    Ok(())
}

/// Mails a link to set a new password, if somebody has the address. Whoever asks learns nothing.
pub async fn request_reset(app: &App, email: &str) -> Result<(), RecoverError> {
    let Some(account) = app.graph.key::<Account>(EMAILS, &fold_email(email)).await? else {
        return Ok(());
    };
    let login = login_of(app, account).await?;
    let mut batch = Batch::new();
    let purpose = TicketPurpose::ResetPassword;
    tickets::issue(app, &mut batch, account, purpose, RESET_LIFE, login.epoch);
    app.graph.commit(batch).await?;
    Ok(())
}

/// Follows a reset link: sets the password and ends every session and token. Says whose.
pub async fn reset_password(
    app: &App,
    token: &str,
    password: &str,
) -> Result<Id<Account>, RecoverError> {
    let ticket = tickets::open_ticket(app, token).await?;
    if ticket.purpose != TicketPurpose::ResetPassword {
        return Err(RecoverError::Link);
    }
    let account = ticket.account.ok_or(RecoverError::Link)?;
    let login = login_of(app, account).await?;
    let mut batch = Batch::new();
    tickets::use_up(&mut batch, &ticket);
    // Whoever reads mail at the address has confirmed it.
    let login = Stored { body: Login { confirmed: true, ..login.body.clone() }, ..*login };
    put_password(app, batch, &login, password).await?;
    Ok(account)
}

/// Changes the password of somebody who is signed in; everything else that is signed in must sign in again.
pub async fn change_password(
    app: &App,
    account: Id<Account>,
    present: &str,
    new: &str,
) -> Result<(), RecoverError> {
    let login = verified(app, account, present).await?;
    put_password(app, Batch::new(), &login, new).await
}

/// Asks to change the address: the new one must be confirmed first, and the old one is told then.
pub async fn change_email(
    app: &App,
    account: Id<Account>,
    password: &str,
    email: &str,
) -> Result<(), RecoverError> {
    let login = verified(app, account, password).await?;
    let email = email.trim();
    if !is_email(email) {
        return Err(RecoverError::Email);
    }
    let mut batch = Batch::new();
    let purpose = TicketPurpose::ConfirmEmail { email: email.to_owned() };
    tickets::issue(app, &mut batch, account, purpose, CONFIRM_LIFE, login.epoch);
    app.graph.commit(batch).await?;
    Ok(())
}

/// The login of somebody who gave their password.
pub(crate) async fn verified(
    app: &App,
    account: Id<Account>,
    password: &str,
) -> Result<Arc<Stored<Login>>, RecoverError> {
    let login = login_of(app, account).await?;
    let right = app.passwords.verify(password, Some(&login.password)).await;
    if right.map_err(RecoverError::Busy)? { Ok(login) } else { Err(RecoverError::WrongPassword) }
}

/// Sets a password and raises the epoch, which ends every session, token and link made before.
pub(super) async fn put_password(
    app: &App,
    mut batch: Batch,
    login: &Stored<Login>,
    password: &str,
) -> Result<(), RecoverError> {
    passwords::check(password).map_err(RecoverError::Password)?;
    let salt = app.secret::<16>();
    let hash = app.passwords.hash(password, salt).await.map_err(RecoverError::Busy)?;
    let epoch = login.epoch + 1;
    batch.replace(login, &Login { password: hash, epoch, ..login.body.clone() });
    batch.emit(app.id(), &Event::AccessEnded { account: login.account });
    notice(app, &mut batch, login.account, Notice::PasswordChanged, None);
    match app.graph.commit(batch).await {
        Ok(_) => Ok(()),
        // The link was used, or the password changed, at this moment.
        Err(CommitError::Conflict { .. }) => Err(RecoverError::Link),
        Err(error) => Err(error.into()),
    }
}

/// Adds a notice to a batch; to the account's address unless another is given.
pub(crate) fn notice(
    app: &App,
    batch: &mut Batch,
    account: Id<Account>,
    notice: Notice,
    to: Option<String>,
) {
    let id = app.id();
    batch.emit(id, &Event::NoticeDue { account, notice, to, key: format!("notice:{id}") });
}
