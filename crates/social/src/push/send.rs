//! Pushing one notification to one subscription, as its reader sees it at that moment.

use std::time::Duration;

use engine::push::{Parcel, PushError};
use graph::{Batch, Id, Page, Stored};
use serde_json::json;

use super::{
    model::{From, Holder, Subscription, Subscriptions},
    subscribe::{MOST, end},
};
use crate::{
    accounts::model::Account,
    app::App,
    events::Event,
    fault::Fault,
    notifications::{self, model::Notification, model::NotificationKind, wording},
    relations::{model::Follows, ties},
    secret::from_base64url,
    subscriptions::HandleError,
};

/// What is older is not pushed any more.
const FRESH_MS: u64 = 24 * 3_600_000;
/// How often a push service that is away is asked again; then the notification is in the list alone.
const TRIES: u32 = 5;

/// Adds to a batch who is to be pushed to.
pub(crate) async fn address(
    app: &App,
    batch: &mut Batch,
    told: &Notification,
    id: Id<Notification>,
) -> Result<(), Fault> {
    let links = app.graph.list::<Subscriptions>(told.account, Page::newest(MOST)).await?;
    let ids: Vec<_> = links.iter().map(|link| link.to).collect();
    for one in app.graph.get_many(&ids).await?.into_iter().flatten() {
        if one.alerts.contains(&told.kind) && one.from != From::Nobody {
            batch.emit(app.id(), &Event::PushDue { subscription: one.id, notification: id });
        }
    }
    Ok(())
}

/// Pushes a notification, if it is still to be seen, wanted and fresh. An endpoint that is gone ends its subscription.
pub(crate) async fn send(
    app: &App,
    subscription: Id<Subscription>,
    notification: Id<Notification>,
    attempt: u32,
) -> Result<(), HandleError> {
    let Some(to) = app.graph.get(subscription).await.map_err(Fault::from)? else { return Ok(()) };
    if app.now_ms().saturating_sub(notification.ms()) > FRESH_MS {
        return Ok(());
    }
    if !is_alive(app, &to).await? {
        return Ok(end(app, &to).await?);
    }
    let Some(parcel) = parcel(app, &to, notification).await? else { return Ok(()) };
    let sent = app.engines.push.send(parcel).await;
    let result = match &sent {
        Ok(()) => "sent",
        Err(PushError::Gone(_)) => "gone",
        Err(PushError::Refused(_)) => "refused",
        Err(PushError::Away(_)) => "away",
    };
    metrics::counter!("push_total", "result" => result).increment(1);
    match sent {
        Ok(()) => Ok(()),
        // What may not be reached today is no push service tomorrow either.
        Err(PushError::Gone(_) | PushError::Refused(_)) => Ok(end(app, &to).await?),
        Err(PushError::Away(_)) if attempt >= TRIES => Ok(()),
        Err(error @ PushError::Away(_)) => Err(HandleError::Later(error.to_string())),
    }
}

/// Whether the session or token still opens anything, and its person is there.
async fn is_alive(app: &App, to: &Subscription) -> Result<bool, Fault> {
    let Some(account) = app.graph.get(to.account).await? else { return Ok(false) };
    let Some(login) = app.graph.get(account.login).await? else { return Ok(false) };
    let held =
        match to.holder {
            Holder::Session(id) => app.graph.get(id).await?.is_some_and(|session| {
                session.account == to.account
                    && session.epoch == login.epoch
                    && session.expires_ms > app.now_ms()
            }),
            Holder::Token(id) => app.graph.get(id).await?.is_some_and(|token| {
                token.account == Some(to.account) && token.epoch == login.epoch
            }),
        };
    Ok(held && account.is_visible() && login.confirmed)
}

async fn parcel(
    app: &App,
    to: &Stored<Subscription>,
    id: Id<Notification>,
) -> Result<Option<Parcel>, Fault> {
    let Some(told) = notifications::read_one(app, to.account, id).await? else { return Ok(None) };
    let kind = told.notification.kind;
    let wished = notifications::wishes(app, to.account).await?.channels(kind).push;
    if !wished || !to.alerts.contains(&kind) || !passes(app, to, kind, told.by.id).await? {
        return Ok(None);
    }
    let words = wording(&told);
    let url = &app.settings.public_url;
    let content = json!({
        // Tokens are not kept, only their hashes: apps find their account by the subscription.
        "access_token": "",
        "preferred_locale": "en",
        "notification_id": id.raw(),
        "notification_type": kind.row().api,
        "icon": format!("{url}/icon-192.png"),
        "title": words.title,
        "body": words.body,
        "id": id.to_string(),
        "url": format!("{url}{}", words.path),
    });
    let (Some(key), Some(auth)) = (from_base64url(&to.key), from_base64url(&to.auth)) else {
        return Ok(None);
    };
    let contact = match app.settings.contact_email.as_str() {
        "" => url.clone(),
        address => format!("mailto:{address}"),
    };
    Ok(Some(Parcel {
        endpoint: to.endpoint.clone(),
        key,
        auth,
        content: content.to_string().into(),
        life: Duration::from_millis(FRESH_MS),
        urgent: matches!(kind, NotificationKind::ChatMessage | NotificationKind::NewSignIn),
        sender: app.secrets.vapid.private(),
        contact,
    }))
}

async fn passes(
    app: &App,
    to: &Subscription,
    kind: NotificationKind,
    by: Id<Account>,
) -> Result<bool, Fault> {
    // What nobody else did has no stranger in it.
    if !kind.row().named {
        return Ok(true);
    }
    let ties = ties(app, to.account, &[by]).await?.pop().unwrap_or_default();
    Ok(match to.from {
        From::All => true,
        From::Followed => ties.follows,
        From::Follower => app.graph.edge::<Follows>(by, to.account).await?.is_some(),
        From::Nobody => false,
    })
}
