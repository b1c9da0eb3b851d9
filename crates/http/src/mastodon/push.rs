//! Mastodon's web push: one subscription of the session or token that asks.

use std::collections::{BTreeMap, BTreeSet};

use axum::extract::State;
use graph::Stored;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use social::{
    notifications::model::NotificationKind,
    push::{
        self, NewSubscription,
        model::{From, Holder, Subscription},
    },
};

use crate::{
    Shared,
    auth::Person,
    body::Params,
    problem::Problem,
    routes::{Access, Operation, delete, get, post, put},
    views::{Empty, Rendered, bytes, kind_of},
};

const TAG: &str = "push";
const PATH: &str = "/api/v1/push/subscription";

pub fn operations() -> Vec<Operation> {
    let access = Access::Person("push");
    vec![
        post("createPushSubscription", PATH, access)
            .frozen_may()
            .says(TAG, "Has notifications pushed to this session or token, in place of before")
            .takes::<NewForm>()
            .answers::<WebPushSubscription>()
            .to(create),
        get("getPushSubscription", PATH, access)
            .says(TAG, "What is pushed to this session or token")
            .answers::<WebPushSubscription>()
            .to(read),
        put("changePushSubscription", PATH, access)
            .frozen_may()
            .says(TAG, "Changes what is pushed to this session or token")
            .takes::<ChangeForm>()
            .answers::<WebPushSubscription>()
            .to(change),
        delete("deletePushSubscription", PATH, access)
            .frozen_may()
            .says(TAG, "Has nothing pushed to this session or token any more")
            .answers::<Empty>()
            .to(remove),
    ]
}

/// What is pushed to a session or token, and where to.
#[derive(Clone, Debug, Serialize, JsonSchema)]
struct WebPushSubscription {
    /// Id.
    id: String,
    /// Where to.
    endpoint: String,
    /// Whether the receiver knows the standard, and not only its drafts.
    standard: bool,
    /// The key by which push services know this server.
    server_key: String,
    /// What is pushed: yes or no by the type of notification.
    alerts: BTreeMap<&'static str, bool>,
    /// Of whose doing: `all`, `followed`, `follower`, `none`.
    policy: &'static str,
}

/// Where to push what.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct NewForm {
    /// As the browser's `PushSubscription`.
    subscription: Place,
    /// What.
    data: Data,
}

/// As the browser's `PushSubscription`.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct Place {
    /// Address of the push service.
    endpoint: String,
    /// Keys.
    keys: Keys,
    /// Whether it knows RFC 8291; what is pushed is encrypted by that in any case.
    standard: bool,
}

/// Keys of a subscription.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct Keys {
    /// Public key of P-256, base64url.
    p256dh: String,
    /// Secret, 16 bytes in base64url.
    auth: String,
}

/// What is pushed.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct Data {
    /// Yes or no by the type of notification; without it nothing, for our own client everything.
    alerts: Option<BTreeMap<String, bool>>,
    /// Of whose doing: `all`, `followed`, `follower`, `none`.
    policy: Option<String>,
}

/// What to change.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct ChangeForm {
    /// What.
    data: Data,
    /// As in `data`.
    policy: Option<String>,
}

async fn create(
    State(site): State<Shared>,
    person: Person,
    Params(form): Params<NewForm>,
) -> Result<Rendered, Problem> {
    let holder = holder(&person)?;
    let from = policy(form.data.policy.as_deref())?.unwrap_or_default();
    let alerts = match (form.data.alerts, person.session.is_some()) {
        (Some(alerts), _) => wanted(&alerts),
        (None, true) => NotificationKind::ALL.iter().copied().collect(),
        (None, false) => BTreeSet::new(),
    };
    let Place { endpoint, keys, standard } = form.subscription;
    let new =
        NewSubscription { endpoint, key: keys.p256dh, auth: keys.auth, standard, alerts, from };
    let made = push::subscribe(&site.app, person.account, holder, new).await?;
    Ok(shown(&site, &made))
}

async fn read(State(site): State<Shared>, person: Person) -> Result<Rendered, Problem> {
    let known = push::subscription(&site.app, holder(&person)?).await?;
    Ok(shown(&site, &*known.ok_or_else(Problem::not_found)?))
}

async fn change(
    State(site): State<Shared>,
    person: Person,
    Params(form): Params<ChangeForm>,
) -> Result<Rendered, Problem> {
    let from = policy(form.data.policy.or(form.policy).as_deref())?;
    let alerts = form.data.alerts.as_ref().map(wanted);
    let changed = push::change(&site.app, holder(&person)?, alerts, from).await?;
    Ok(shown(&site, &*changed.ok_or_else(Problem::not_found)?))
}

async fn remove(State(site): State<Shared>, person: Person) -> Result<Rendered, Problem> {
    push::unsubscribe(&site.app, holder(&person)?).await?;
    Ok(Rendered(bytes(&Empty {})))
}

fn holder(person: &Person) -> Result<Holder, Problem> {
    let session = person.session.map(Holder::Session);
    session.or(person.token.map(Holder::Token)).ok_or_else(Problem::not_found)
}

/// Types that are not here are no error: apps ask for what any server has.
fn wanted(alerts: &BTreeMap<String, bool>) -> BTreeSet<NotificationKind> {
    let on = alerts.iter().filter(|(_, on)| **on);
    on.flat_map(|(word, _)| kind_of(word)).collect()
}

fn policy(word: Option<&str>) -> Result<Option<From>, Problem> {
    let Some(word) = word.filter(|word| !word.is_empty()) else { return Ok(None) };
    let from = From::parse(word);
    from.map(Some)
        .ok_or_else(|| Problem::field("data[policy]", "must be all, followed, follower or none"))
}

fn shown(site: &Shared, subscription: &Stored<Subscription>) -> Rendered {
    let ours = matches!(subscription.holder, Holder::Session(_));
    let kinds = NotificationKind::ALL.iter().filter(|kind| ours || !kind.row().ours);
    let mut alerts: BTreeMap<_, _> =
        kinds.map(|kind| (kind.row().api, subscription.alerts.contains(kind))).collect();
    // Mastodon has it; apps look for it.
    alerts.insert("poll", false);
    Rendered(bytes(&WebPushSubscription {
        id: subscription.id.to_string(),
        endpoint: subscription.endpoint.clone(),
        standard: subscription.standard,
        server_key: site.app.secrets.vapid.public().to_owned(),
        alerts,
        policy: subscription.from.as_str(),
    }))
}
