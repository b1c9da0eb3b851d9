//! Finding accounts by what people type, and listing them for operators.

use std::sync::Arc;

use graph::{Batch, Id, Page, Stored};

use super::{
    model::{
        Account, EMAILS, HANDLE_SEALS, HANDLES, INVITES, Invite, Invites, Login, Members,
        PendingMembers,
    },
    sign_up::fold_email,
};
use crate::{
    app::App,
    fault::Fault,
    instance::model::INSTANCE,
    posts::login_of,
    secret::{base64url, mac},
    text::Handle,
};

/// The account with a handle, whatever its standing.
pub async fn by_handle(app: &App, typed: &str) -> Result<Option<Arc<Stored<Account>>>, Fault> {
    let Ok(handle) = Handle::parse(typed.trim().trim_start_matches('@')) else { return Ok(None) };
    match app.graph.key::<Account>(HANDLES, handle.as_str()).await? {
        Some(id) => Ok(app.graph.get(id).await?),
        None => Ok(None),
    }
}

/// The name in [`HANDLE_SEALS`](super::model::HANDLE_SEALS) of a handle.
pub(super) fn seal_of(app: &App, handle: &Handle) -> String {
    base64url(&mac(&app.secrets.mac, "handle", &[handle.as_str().as_bytes()]))
}

/// Whether somebody has a handle, or had it.
pub(super) async fn is_used(app: &App, handle: &Handle) -> Result<bool, Fault> {
    let seal = seal_of(app, handle);
    let names = [(HANDLES, handle.as_str()), (HANDLE_SEALS, seal.as_str())];
    Ok(app.graph.keys::<Account>(&names).await?.iter().any(Option::is_some))
}

/// The visible accounts with these handles, one answer per handle, in order.
pub async fn by_handles(
    app: &App,
    handles: &[Handle],
) -> Result<Vec<Option<Arc<Stored<Account>>>>, Fault> {
    let names: Vec<_> = handles.iter().map(|handle| (HANDLES, handle.as_str())).collect();
    let ids = app.graph.keys::<Account>(&names).await?;
    let mut found = Vec::with_capacity(ids.len());
    for id in ids {
        found.push(match id {
            Some(id) => app.graph.get(id).await?.filter(|account| account.is_visible()),
            None => None,
        });
    }
    Ok(found)
}

/// Who signs in with a handle or an address.
pub async fn by_login(app: &App, typed: &str) -> Result<Option<Id<Account>>, Fault> {
    let typed = typed.trim();
    if typed.trim_start_matches('@').contains('@') {
        return Ok(app.graph.key(EMAILS, &fold_email(typed)).await?);
    }
    Ok(by_handle(app, typed).await?.map(|account| account.id))
}

/// The address that mail about an account goes to.
pub async fn address_of(app: &App, id: Id<Account>) -> Result<String, Fault> {
    Ok(login_of(app, id).await?.email.clone())
}

/// A member as an operator sees it.
#[derive(Clone, Debug)]
pub struct Listed {
    /// The public half.
    pub account: Arc<Stored<Account>>,
    /// The private half; gone with a deleted account.
    pub login: Option<Arc<Stored<Login>>>,
}

/// A page of all accounts, those that wait first, then newest first.
pub async fn list(app: &App, page: Page) -> Result<Vec<Listed>, Fault> {
    let mut links = app.graph.list::<PendingMembers>(INSTANCE, page).await?;
    links.extend(app.graph.list::<Members>(INSTANCE, page).await?);
    let ids: Vec<_> = links.iter().map(|link| link.to).collect();
    let accounts: Vec<_> = app.graph.get_many(&ids).await?.into_iter().flatten().collect();
    let logins: Vec<_> = accounts.iter().map(|account| account.login).collect();
    let logins = app.graph.get_many(&logins).await?;
    Ok(accounts.into_iter().zip(logins).map(|(account, login)| Listed { account, login }).collect())
}

/// Makes an invitation for so many people.
pub async fn create_invite(
    app: &App,
    by: Option<Id<Account>>,
    uses: u32,
    expires_ms: Option<u64>,
) -> Result<Invite, Fault> {
    let code = base64url(&app.secret::<16>());
    let id: Id<Invite> = app.id();
    let invite = Invite { code: code.clone(), by, uses: uses.max(1), used: 0, expires_ms };
    let mut batch = Batch::new();
    batch.create(id, &invite);
    batch.claim(INVITES, &code, id);
    batch.link::<Invites>(INSTANCE, id, id.raw());
    app.graph.commit(batch).await?;
    Ok(invite)
}
