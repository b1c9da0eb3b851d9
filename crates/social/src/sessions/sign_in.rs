//! Signing in with a handle or an address, and a password.

use graph::{Batch, CommitError, Id};

use super::{
    access,
    model::{OpenSessions, Session, Sessions},
    passwords::Busy,
    refresh,
};
use crate::{
    accounts::{
        self, Acting, Refusal,
        model::{Account, Login},
    },
    app::App,
    events::Event,
    fault::Fault,
    instance::model::INSTANCE,
    posts::login_of,
    secret::hash,
};

/// How long a session lives without use, milliseconds.
pub(super) const SLIDING_MS: u64 = 30 * 24 * 60 * 60 * 1_000;
/// How long a session lives at all, milliseconds.
pub(super) const ABSOLUTE_MS: u64 = 180 * 24 * 60 * 60 * 1_000;

/// How many devices of a person are known again.
const DEVICES: usize = 30;
/// How often a device is noted again when the account changed at that moment.
const TRIES: usize = 5;

/// What a client gets that is signed in.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// Who.
    pub account: Id<Account>,
    /// On which device.
    pub session: Id<Session>,
    /// For every request, in memory only.
    pub access_token: String,
    /// For the next access token, in a cookie only.
    pub refresh_token: String,
}

/// Why nobody was signed in.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignInError {
    /// No such account, or another password: which of these is not told.
    #[error("the name or the password is wrong")]
    Wrong,
    /// The password is right, but the account may not come in.
    #[error(transparent)]
    Refused(Refusal),
    /// Too many at once.
    #[error(transparent)]
    Busy(Busy),
    /// See [`Fault`].
    #[error(transparent)]
    Fault(Fault),
}

impl<E> From<E> for SignInError
where
    Fault: From<E>,
{
    fn from(error: E) -> SignInError {
        SignInError::Fault(error.into())
    }
}

/// On what somebody signs in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Device {
    /// What people call it.
    pub name: String,
    /// What a browser keeps to be known again; without it nobody is told of a new device.
    pub mark: Option<String>,
}

impl From<&str> for Device {
    fn from(name: &str) -> Device {
        Device { name: name.to_owned(), mark: None }
    }
}

/// Signs somebody in on a device. Takes as long for a name that nobody has.
pub async fn sign_in(
    app: &App,
    login: &str,
    password: &str,
    device: impl Into<Device>,
) -> Result<SignedIn, SignInError> {
    let acting = prove(app, login, password).await?;
    open(app, &acting, device.into()).await
}

/// Who proves to be somebody by name and password and may come in: for a session, or for a token of an app.
pub async fn prove(app: &App, login: &str, password: &str) -> Result<Acting, SignInError> {
    let (account, epoch) = check_password(app, login, password).await?;
    let acting = let_in(app, account).await?;
    // The password was changed between the check and now: it was the old one.
    if epoch == acting.login.epoch { Ok(acting) } else { Err(SignInError::Wrong) }
}

/// Whose name and password these are, and the epoch of the login whose password it was.
async fn check_password(
    app: &App,
    login: &str,
    password: &str,
) -> Result<(Id<Account>, u64), SignInError> {
    let found = accounts::by_login(app, login).await?;
    let private = match found {
        Some(account) => match app.graph.get(account).await? {
            Some(account) => app.graph.get(account.login).await?,
            None => None,
        },
        None => None,
    };
    let hash = private.as_ref().map(|login| login.password.as_str());
    let right = app.passwords.verify(password, hash).await.map_err(SignInError::Busy)?;
    let (Some(private), true) = (private, right) else { return Err(SignInError::Wrong) };
    if app.passwords.is_outdated(&private.password) {
        let salt = app.secret::<16>();
        let hash = app.passwords.hash(password, salt).await.map_err(SignInError::Busy)?;
        let mut batch = Batch::new();
        batch.replace(&private, &Login { password: hash, ..private.body.clone() });
        // A conflict only means that the hash is renewed at another sign-in.
        if let Err(error @ CommitError::Unavailable(_)) = app.graph.commit(batch).await {
            return Err(error.into());
        }
    }
    Ok((private.account, private.epoch))
}

/// Opens a session for somebody who has proven who they are: always a new one.
pub async fn open_session(
    app: &App,
    account: Id<Account>,
    device: impl Into<Device>,
) -> Result<SignedIn, SignInError> {
    open(app, &let_in(app, account).await?, device.into()).await
}

async fn let_in(app: &App, account: Id<Account>) -> Result<Acting, SignInError> {
    accounts::may_act(app, account, true).await.map_err(|refusal| match refusal {
        // Whether a name was ever there is not told.
        Refusal::Gone => SignInError::Wrong,
        Refusal::Fault(fault) => SignInError::Fault(fault),
        refusal => SignInError::Refused(refusal),
    })
}

async fn open(app: &App, acting: &Acting, device: Device) -> Result<SignedIn, SignInError> {
    let account = acting.account.id;
    let now = app.now_ms();
    let id: Id<Session> = app.id();
    let session = Session {
        account,
        name: device.name.chars().filter(|c| !c.is_control()).take(120).collect(),
        created_ms: now,
        last_used_ms: now,
        expires_ms: now + SLIDING_MS,
        nonce: crate::secret::hex(&app.secret::<16>()),
        generation: 1,
        rotated_ms: now,
        epoch: acting.login.epoch,
    };
    let mut batch = Batch::new();
    batch.create(id, &session);
    batch.link::<Sessions>(account, id, id.raw());
    batch.link::<OpenSessions>(INSTANCE, id, id.raw());
    app.graph.commit(batch).await?;
    if let Some(mark) = &device.mark {
        remember(app, account, id, &hash(mark.as_bytes())).await?;
    }
    Ok(SignedIn {
        account,
        session: id,
        access_token: access::issue(app, acting, id)?,
        refresh_token: refresh::token(app, id, &session),
    })
}

/// Keeps a device for the next time. One that was not seen before is told of, if another was.
async fn remember(
    app: &App,
    account: Id<Account>,
    session: Id<Session>,
    device: &str,
) -> Result<(), SignInError> {
    for _ in 0..TRIES {
        let login = login_of(app, account).await?;
        if login.devices.iter().any(|known| known == device) {
            return Ok(());
        }
        let mut body: Login = login.body.clone();
        body.devices.push(device.to_owned());
        let over = body.devices.len().saturating_sub(DEVICES);
        body.devices.drain(..over);
        let mut batch = Batch::new();
        batch.replace(&login, &body);
        if !login.devices.is_empty() {
            batch.emit(app.id(), &Event::SignedInAnew { account, session });
        }
        match app.graph.commit(batch).await {
            Ok(_) => return Ok(()),
            Err(CommitError::Conflict { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(SignInError::Fault(Fault::Busy))
}
