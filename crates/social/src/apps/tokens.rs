//! Tokens: opaque, stored as hashes, revocable; and the grants that give them.

use std::sync::Arc;

use graph::{Batch, CommitError, Expect, Id, Order, Page, Stored};
use quick_cache::sync::Cache;
use sha2::{Digest, Sha256};

use super::{
    model::{App as Client, AppTokens, CODES, Code, Codes, TOKENS, Token, Tokens},
    register::authenticate,
    scopes::Scopes,
};
use crate::{
    accounts::model::Account,
    app::App,
    events::Event,
    fault::Fault,
    instance::model::INSTANCE,
    posts::login_of,
    secret,
    sessions::{self, SignInError},
};

/// Which node a token's hash leads to. An entry is a hint: where its node is gone, the name is looked up again, for an
/// operator may give the same token anew.
pub struct TokenCache(Cache<[u8; 32], Id<Token>>);

impl TokenCache {
    /// Empty.
    pub fn new() -> TokenCache {
        TokenCache(Cache::new(20_000))
    }
}

impl Default for TokenCache {
    fn default() -> TokenCache {
        TokenCache::new()
    }
}

/// A token that was just made: its text is told only now.
#[derive(Clone, Debug)]
pub struct IssuedToken {
    /// For the `Authorization` header.
    pub token: String,
    /// What it may do.
    pub scopes: Scopes,
    /// Unix milliseconds.
    pub created_ms: u64,
}

/// A token that is good.
#[derive(Clone, Debug)]
pub struct CheckedToken {
    /// Its node.
    pub id: Id<Token>,
    /// The app it was given to; none for one of the operator's.
    pub app: Option<Arc<Stored<Client>>>,
    /// The person; none for a token of the app itself.
    pub account: Option<Id<Account>>,
    /// What it may do.
    pub scopes: Scopes,
}

/// Why no token was given, or one was not revoked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GrantError {
    /// No such app, or another secret.
    #[error(
        "Client authentication failed due to unknown client, no client authentication included, or unsupported authentication method."
    )]
    InvalidClient,
    /// The code is wrong, used, too old, of another app, or shown without what it needs.
    #[error(
        "The provided authorization grant is invalid, expired, revoked, does not match the redirection URI used in the authorization request, or was issued to another client."
    )]
    InvalidGrant,
    /// More than the app registered.
    #[error("The requested scope is invalid, unknown, or malformed.")]
    InvalidScope,
    /// The operator does not allow passwords to be traded.
    #[error("The authorization grant type is not supported by the authorization server.")]
    UnsupportedGrant,
    /// The password is right, but nobody is let in.
    #[error(transparent)]
    SignIn(SignInError),
    /// The token is another app's.
    #[error("You are not authorized to revoke this token")]
    Unauthorized,
    /// See [`Fault`].
    #[error(transparent)]
    Fault(Fault),
}

impl<E> From<E> for GrantError
where
    Fault: From<E>,
{
    fn from(error: E) -> GrantError {
        GrantError::Fault(error.into())
    }
}

/// Trades a code for a token. A code that comes a second time takes the token back that it gave (RFC 6749, 4.1.2).
pub async fn exchange(
    app: &App,
    client_id: &str,
    client_secret: &str,
    code: &str,
    redirect_uri: &str,
    verifier: Option<&str>,
) -> Result<IssuedToken, GrantError> {
    let client = authenticate(app, client_id, client_secret).await?;
    let client = client.ok_or(GrantError::InvalidClient)?;
    let hash = secret::hash(code.as_bytes());
    let id = app.graph.key::<Code>(CODES, &hash).await?.ok_or(GrantError::InvalidGrant)?;
    let node = app.graph.get(id).await?.ok_or(GrantError::InvalidGrant)?;
    if let Some(token) = node.token {
        remove(app, token).await?;
        return Err(GrantError::InvalidGrant);
    }
    let proven = match (&node.challenge, verifier) {
        (None, None) => true,
        (Some(challenge), Some(verifier)) => proves(challenge, verifier),
        (Some(_), None) | (None, Some(_)) => false,
    };
    if node.app != client.id
        || node.redirect_uri != redirect_uri
        || node.expires_ms <= app.now_ms()
        || !proven
    {
        return Err(GrantError::InvalidGrant);
    }
    if epoch_of(app, node.account).await? != Some(node.epoch) {
        return Err(GrantError::InvalidGrant);
    }
    let mut batch = Batch::new();
    let scopes = Scopes::stored(&node.scopes);
    // The code's epoch, not the newest: a password changed at this moment ends this token too.
    let person = Some((node.account, node.epoch));
    let (token, issued) = add(app, &mut batch, Some(client.id), person, &scopes, None);
    // The version decides between two exchanges at the same moment.
    batch.replace(&node, &Code { token: Some(token), ..node.body.clone() });
    match app.graph.commit(batch).await {
        Ok(_) => Ok(issued),
        Err(CommitError::Conflict { .. }) => {
            // Two came at once: what the other was given ends as well.
            if let Some(token) = app.graph.get(id).await?.and_then(|code| code.token) {
                remove(app, token).await?;
            }
            Err(GrantError::InvalidGrant)
        }
        Err(error) => Err(error.into()),
    }
}

/// The login's epoch now; none if the account is gone.
async fn epoch_of(app: &App, account: Id<Account>) -> Result<Option<u64>, Fault> {
    let Some(account) = app.graph.get(account).await? else { return Ok(None) };
    Ok(app.graph.get(account.login).await?.map(|login| login.epoch))
}

/// Whether a verifier is the one of a challenge (RFC 7636, 4.6).
fn proves(challenge: &str, verifier: &str) -> bool {
    let made = secret::base64url(&Sha256::digest(verifier.as_bytes()));
    (43..=128).contains(&verifier.len()) && secret::same(made.as_bytes(), challenge.as_bytes())
}

/// A token for the app itself.
pub async fn client_credentials(
    app: &App,
    client_id: &str,
    client_secret: &str,
    scope: Option<&str>,
) -> Result<IssuedToken, GrantError> {
    let client = authenticate(app, client_id, client_secret).await?;
    let client = client.ok_or(GrantError::InvalidClient)?;
    let scopes = within(&client, scope)?;
    issue(app, Some(client.id), None, &scopes, None).await
}

/// A token for a person who gave the app their password; only where the operator allows it. The password is checked as
/// at sign-in, which a caller limits in the same way.
pub async fn password_grant(
    app: &App,
    (client_id, client_secret): (&str, &str),
    (login, password): (&str, &str),
    scope: Option<&str>,
) -> Result<IssuedToken, GrantError> {
    if !app.settings.password_grant {
        return Err(GrantError::UnsupportedGrant);
    }
    let client = authenticate(app, client_id, client_secret).await?;
    let client = client.ok_or(GrantError::InvalidClient)?;
    let scopes = within(&client, scope)?;
    let proven = sessions::prove(app, login, password).await.map_err(|error| match error {
        SignInError::Wrong => GrantError::InvalidGrant,
        error => GrantError::SignIn(error),
    })?;
    let mut batch = Batch::new();
    // The epoch of the password that was proven: one that is changed at this moment ends this token too.
    let person = Some((proven.account.id, proven.login.epoch));
    let (_, issued) = add(app, &mut batch, Some(client.id), person, &scopes, None);
    app.graph.commit(batch).await?;
    Ok(issued)
}

fn within(client: &Client, scope: Option<&str>) -> Result<Scopes, GrantError> {
    let scopes: Scopes = scope.unwrap_or_default().parse().map_err(|_| GrantError::InvalidScope)?;
    let registered = Scopes::stored(&client.scopes);
    if scopes.is_within(&registered) { Ok(scopes) } else { Err(GrantError::InvalidScope) }
}

/// Gives a token. `given` is its text, for operators who bring one.
pub async fn issue(
    app: &App,
    client: Option<Id<Client>>,
    account: Option<Id<Account>>,
    scopes: &Scopes,
    given: Option<String>,
) -> Result<IssuedToken, GrantError> {
    let mut batch = Batch::new();
    let person = match account {
        Some(account) => Some((account, login_of(app, account).await?.epoch)),
        None => None,
    };
    let (_, issued) = add(app, &mut batch, client, person, scopes, given);
    app.graph.commit(batch).await?;
    Ok(issued)
}

/// Puts a token into a batch; `person` is an account with its login's epoch.
fn add(
    app: &App,
    batch: &mut Batch,
    client: Option<Id<Client>>,
    person: Option<(Id<Account>, u64)>,
    scopes: &Scopes,
    given: Option<String>,
) -> (Id<Token>, IssuedToken) {
    let token = given.unwrap_or_else(|| secret::base64url(&app.secret::<32>()));
    let (account, epoch) = person.unzip();
    let id: Id<Token> = app.id();
    let node = Token {
        app: client,
        account,
        scopes: scopes.words(),
        created_ms: app.now_ms(),
        epoch: epoch.unwrap_or_default(),
        hash: secret::hash(token.as_bytes()),
    };
    batch.create(id, &node);
    batch.claim(TOKENS, &node.hash, id);
    if let Some(account) = account {
        batch.link::<Tokens>(account, id, id.raw());
    }
    if let Some(client) = client {
        batch.link::<AppTokens>(client, id, id.raw());
    }
    let issued = IssuedToken { token, scopes: *scopes, created_ms: node.created_ms };
    (id, issued)
}

/// Takes a token back. An unknown one is no error (RFC 7009, 2.2); another app's is.
pub async fn revoke(
    app: &App,
    client_id: &str,
    client_secret: &str,
    token: &str,
) -> Result<(), GrantError> {
    let client = authenticate(app, client_id, client_secret).await?;
    let client = client.ok_or(GrantError::Unauthorized)?;
    let hash = secret::hash(token.as_bytes());
    let Some(id) = app.graph.key::<Token>(TOKENS, &hash).await? else { return Ok(()) };
    let Some(node) = app.graph.get(id).await? else { return Ok(()) };
    if node.app != Some(client.id) {
        return Err(GrantError::Unauthorized);
    }
    Ok(remove(app, id).await?)
}

/// The token, if it is good now. Whether its account may act is asked by the caller.
pub async fn check_token(app: &App, token: &str) -> Result<Option<CheckedToken>, Fault> {
    if token.is_empty() || token.len() > 512 {
        return Ok(None);
    }
    let Some(node) = look_up(app, token).await? else { return Ok(None) };
    if let Some(account) = node.account
        && epoch_of(app, account).await? != Some(node.epoch)
    {
        return Ok(None);
    }
    let client = match node.app {
        Some(client) => match app.graph.get(client).await? {
            Some(client) => Some(client),
            None => return Ok(None),
        },
        None => None,
    };
    let scopes = Scopes::stored(&node.scopes);
    Ok(Some(CheckedToken { id: node.id, app: client, account: node.account, scopes }))
}

async fn look_up(app: &App, token: &str) -> Result<Option<Arc<Stored<Token>>>, Fault> {
    let digest: [u8; 32] = Sha256::digest(token.as_bytes()).into();
    if let Some(id) = app.tokens.0.get(&digest)
        && let Some(node) = app.graph.get(id).await?
    {
        return Ok(Some(node));
    }
    let name = secret::hex(&digest);
    let Some(id) = app.graph.key::<Token>(TOKENS, &name).await? else { return Ok(None) };
    app.tokens.0.insert(digest, id);
    Ok(app.graph.get(id).await?)
}

/// Removes a token with its name and lists; a missing one is no error.
async fn remove(app: &App, id: Id<Token>) -> Result<(), Fault> {
    let Some(node) = app.graph.get(id).await? else { return Ok(()) };
    let mut batch = Batch::new();
    batch.remove(id, Expect::Version(node.version));
    batch.release(TOKENS, &node.hash, id);
    if let Some(client) = node.app {
        batch.discard::<AppTokens>(client, id);
    }
    if let Some(account) = node.account {
        batch.discard::<Tokens>(account, id);
        batch.emit(app.id(), &Event::AccessEnded { account });
    }
    match app.graph.commit(batch).await {
        // Removed by another at this moment.
        Ok(_) | Err(CommitError::Conflict { .. }) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// Removes one token of an account; `false` if it has none such.
pub async fn revoke_token(app: &App, of: Id<Account>, id: Id<Token>) -> Result<bool, Fault> {
    let token = app.graph.get(id).await?.filter(|token| token.account == Some(of));
    match token {
        Some(_) => remove(app, id).await.map(|()| true),
        None => Ok(false),
    }
}

/// Removes all tokens of an account: for its purge.
pub async fn forget_tokens(app: &App, account: Id<Account>) -> Result<(), Fault> {
    loop {
        let links = app.graph.list::<Tokens>(account, Page::newest(50)).await?;
        if links.is_empty() {
            return Ok(());
        }
        for link in links {
            remove(app, link.to).await?;
            let mut batch = Batch::new();
            batch.discard::<Tokens>(account, link.to);
            app.graph.commit(batch).await?;
        }
    }
}

/// Forgets codes that have ended; says how many. They stay for a while, so that a second use is noticed.
pub async fn sweep(app: &App) -> Result<usize, Fault> {
    /// How long a used code is remembered, milliseconds.
    const MEMORY_MS: u64 = 24 * 60 * 60 * 1_000;
    let page = Page { below: None, above: None, order: Order::Oldest, limit: 200 };
    let limit = app.now_ms().saturating_sub(MEMORY_MS);
    let mut gone = 0;
    for link in app.graph.list::<Codes>(INSTANCE, page).await? {
        if graph::ms_of(link.ord) >= limit {
            break;
        }
        let mut batch = Batch::new();
        batch.discard::<Codes>(INSTANCE, link.to);
        if let Some(code) = app.graph.get(link.to).await? {
            batch.remove(code.id, Expect::Any);
            batch.release(CODES, &code.hash, code.id);
        }
        app.graph.commit(batch).await?;
        gone += 1;
    }
    Ok(gone)
}
