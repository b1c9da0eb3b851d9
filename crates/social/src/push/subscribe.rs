//! Subscribing, changing what is pushed, and ending it.

use std::{collections::BTreeSet, sync::Arc};

use graph::{Batch, CommitError, Expect, Id, Page, Stored};
use p256::PublicKey;
use url::Url;

use super::model::{From, Holder, SUBSCRIPTIONS, Subscription, Subscriptions};
use crate::{
    accounts::model::Account, app::App, fault::Fault, notifications::model::NotificationKind,
    secret::from_base64url,
};

/// Most subscriptions of an account; beyond, the oldest goes.
pub(super) const MOST: usize = 20;
/// Longest endpoint.
const ENDPOINT_BYTES: usize = 2_000;
/// How often a verb tries again when another request of the same session was faster.
const TRIES: usize = 5;

/// What a browser or an app asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewSubscription {
    /// Where to push.
    pub endpoint: String,
    /// Its public key, base64 of either alphabet.
    pub key: String,
    /// Its secret, base64 of either alphabet.
    pub auth: String,
    /// Whether it knows the standard, and not only its drafts.
    pub standard: bool,
    /// What is to be pushed.
    pub alerts: BTreeSet<NotificationKind>,
    /// Of whose doing.
    pub from: From,
}

/// Why there is no subscription.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SubscribeError {
    /// Nothing is pushed there.
    #[error("the endpoint {0}")]
    Endpoint(&'static str),
    /// No public key of P-256.
    #[error("the key p256dh is no public key of P-256, 65 bytes in base64url")]
    Key,
    /// No secret of 16 bytes.
    #[error("the key auth is no secret of 16 bytes in base64url")]
    Auth,
    /// See [`Fault`].
    #[error(transparent)]
    Fault(Fault),
}

impl<E> std::convert::From<E> for SubscribeError
where
    Fault: std::convert::From<E>,
{
    fn from(error: E) -> SubscribeError {
        SubscribeError::Fault(error.into())
    }
}

/// Subscribes a session or token, in place of what it had.
pub async fn subscribe(
    app: &App,
    account: Id<Account>,
    holder: Holder,
    new: NewSubscription,
) -> Result<Arc<Stored<Subscription>>, SubscribeError> {
    check_endpoint(app, &new.endpoint)?;
    let key = decoded(&new.key).filter(|key| key.len() == 65);
    let key =
        key.filter(|key| PublicKey::from_sec1_bytes(key).is_ok()).ok_or(SubscribeError::Key)?;
    let auth = decoded(&new.auth).filter(|auth| auth.len() == 16).ok_or(SubscribeError::Auth)?;
    let body = Subscription {
        account,
        holder,
        endpoint: new.endpoint,
        key: crate::secret::base64url(&key),
        auth: crate::secret::base64url(&auth),
        standard: new.standard,
        alerts: new.alerts,
        from: new.from,
    };
    for _ in 0..TRIES {
        let mut batch = Batch::new();
        if let Some(before) = subscription(app, holder).await? {
            take_away(&mut batch, &before);
        }
        let id: Id<Subscription> = app.id();
        batch.claim(SUBSCRIPTIONS, &holder.name(), id);
        batch.create(id, &body);
        batch.link::<Subscriptions>(account, id, id.raw());
        match app.graph.commit(batch).await {
            Ok(_) => {
                bound(app, account).await?;
                let made = app.graph.get(id).await?;
                return made.ok_or(SubscribeError::Fault(Fault::Busy));
            }
            Err(CommitError::KeyTaken { .. } | CommitError::Conflict { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(SubscribeError::Fault(Fault::Busy))
}

/// The subscription of a session or token.
pub async fn subscription(
    app: &App,
    holder: Holder,
) -> Result<Option<Arc<Stored<Subscription>>>, Fault> {
    let id = app.graph.key::<Subscription>(SUBSCRIPTIONS, &holder.name()).await?;
    match id {
        Some(id) => Ok(app.graph.get(id).await?),
        None => Ok(None),
    }
}

/// Changes what is pushed to a session or token; none if it has no subscription.
pub async fn change(
    app: &App,
    holder: Holder,
    alerts: Option<BTreeSet<NotificationKind>>,
    from: Option<From>,
) -> Result<Option<Arc<Stored<Subscription>>>, Fault> {
    for _ in 0..TRIES {
        let Some(before) = subscription(app, holder).await? else { return Ok(None) };
        let mut body = before.body.clone();
        body.alerts = alerts.clone().unwrap_or(body.alerts);
        body.from = from.unwrap_or(body.from);
        let mut batch = Batch::new();
        batch.replace(&before, &body);
        match app.graph.commit(batch).await {
            Ok(_) => return subscription(app, holder).await,
            Err(CommitError::Conflict { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(Fault::Busy)
}

/// Ends the subscription of a session or token; none to end is no error.
pub async fn unsubscribe(app: &App, holder: Holder) -> Result<(), Fault> {
    if let Some(before) = subscription(app, holder).await? {
        end(app, &before).await?;
    }
    Ok(())
}

pub(super) async fn end(app: &App, ended: &Stored<Subscription>) -> Result<(), Fault> {
    let mut batch = Batch::new();
    take_away(&mut batch, ended);
    match app.graph.commit(batch).await {
        // Changed, replaced or ended at the same moment; a push that still fails ends it then.
        Ok(_) | Err(CommitError::Conflict { .. }) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// Takes a subscription out with its account.
pub async fn forget(app: &App, batch: &mut Batch, id: Id<Subscription>) -> Result<(), Fault> {
    if let Some(gone) = app.graph.get(id).await? {
        batch.release(SUBSCRIPTIONS, &gone.holder.name(), id);
    }
    batch.remove(id, Expect::Any);
    Ok(())
}

fn take_away(batch: &mut Batch, gone: &Stored<Subscription>) {
    batch.release(SUBSCRIPTIONS, &gone.holder.name(), gone.id);
    batch.remove(gone.id, Expect::Any);
    batch.discard::<Subscriptions>(gone.account, gone.id);
}

/// Lets the oldest go where there are too many.
async fn bound(app: &App, account: Id<Account>) -> Result<(), Fault> {
    let links = app.graph.list::<Subscriptions>(account, Page::newest(MOST + 5)).await?;
    for link in links.into_iter().skip(MOST) {
        if let Some(old) = app.graph.get(link.to).await? {
            end(app, &old).await?;
        }
    }
    Ok(())
}

/// Only addresses that can be a push service; where a connection may go is decided again when it is made.
fn check_endpoint(app: &App, endpoint: &str) -> Result<(), SubscribeError> {
    let refused = |why| Err(SubscribeError::Endpoint(why));
    if endpoint.len() > ENDPOINT_BYTES {
        return refused("is longer than 2,000 characters");
    }
    let Ok(url) = Url::parse(endpoint) else { return refused("is no address") };
    let Ok(own) = Url::parse(&app.settings.public_url) else { return refused("is no address") };
    let secure = url.scheme() == "https" || url.scheme() == "http" && own.scheme() == "http";
    if !secure || url.host().is_none() {
        return refused("must begin with https://");
    }
    if !url.username().is_empty() || url.password().is_some() {
        return refused("names a person");
    }
    // S-11: we do not push to ourselves.
    if url.host() == own.host() && url.port_or_known_default() == own.port_or_known_default() {
        return refused("is of this community itself");
    }
    Ok(())
}

/// Browsers give base64url without padding, some apps the other alphabet and padding.
fn decoded(text: &str) -> Option<Vec<u8>> {
    let text = text.trim_end_matches('=').replace('+', "-").replace('/', "_");
    from_base64url(&text)
}
