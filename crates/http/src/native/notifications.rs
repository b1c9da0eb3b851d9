//! On which ways one wants to hear of what.

use std::collections::BTreeMap;

use axum::extract::State;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use social::{
    notifications::{self, Digest, Wishes, model::NotificationKind},
    staff::powers_of,
};

use crate::{
    Shared,
    auth::Person,
    body::Params,
    problem::Problem,
    routes::{Access, Operation, get, put},
    views::{Rendered, bytes},
};

const TAG: &str = "notifications";
const PATH: &str = "/api/sociosphere/v1/notifications/preferences";

pub fn operations() -> Vec<Operation> {
    vec![
        get("getNotificationPreferences", PATH, Access::Person("read:notifications"))
            .says(TAG, "On which ways one hears of what, and how often a digest comes")
            .answers::<NotificationPreferences>()
            .to(read),
        put("putNotificationPreferences", PATH, Access::Person("write:notifications"))
            .frozen_may()
            .says(TAG, "Changes it; what is left out stays as it is")
            .takes::<PreferencesForm>()
            .answers::<NotificationPreferences>()
            .to(change),
    ]
}

/// On which ways one hears of what.
#[derive(Clone, Debug, Serialize, JsonSchema)]
struct NotificationPreferences {
    /// By type of notification; `comment` is a mention in an answer to one's own post.
    matrix: BTreeMap<&'static str, Channels>,
    /// The ways that cannot be turned off, by type: where a type has none it is left out.
    always: BTreeMap<&'static str, Channels>,
    /// How often the best of what was missed comes by mail.
    #[schemars(extend("enum" = ["off", "daily", "weekly"]))]
    digest: &'static str,
    /// Whether the address refused mail: none goes there until it is confirmed again.
    email_bounces: bool,
}

/// The ways.
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
struct Channels {
    /// In the list.
    in_app: bool,
    /// By mail.
    email: bool,
    /// To browsers and apps that asked for it.
    push: bool,
}

impl From<notifications::Channels> for Channels {
    fn from(ways: notifications::Channels) -> Channels {
        let notifications::Channels { in_app, email, push } = ways;
        Channels { in_app, email, push }
    }
}

/// What to change.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct PreferencesForm {
    /// By type of notification.
    matrix: BTreeMap<String, ChannelsForm>,
    /// `off`, `daily` or `weekly`.
    digest: Option<String>,
}

/// The ways to change.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct ChannelsForm {
    /// In the list.
    in_app: Option<bool>,
    /// By mail.
    email: Option<bool>,
    /// To browsers and apps that asked for it.
    push: Option<bool>,
}

async fn read(State(site): State<Shared>, person: Person) -> Result<Rendered, Problem> {
    let wishes = notifications::wishes(&site.app, person.account).await?;
    shown(&site, &person, &wishes).await
}

async fn change(
    State(site): State<Shared>,
    person: Person,
    Params(form): Params<PreferencesForm>,
) -> Result<Rendered, Problem> {
    let mut rows = Vec::with_capacity(form.matrix.len());
    for (word, ways) in &form.matrix {
        let kind = NotificationKind::of_key(word);
        rows.push((kind.ok_or_else(|| Problem::field("matrix", "names an unknown type"))?, *ways));
    }
    let digest = match &form.digest {
        Some(word) => Some(
            Digest::parse(word)
                .ok_or_else(|| Problem::field("digest", "must be off, daily or weekly"))?,
        ),
        None => None,
    };
    let changed = notifications::change_wishes(&site.app, person.account, |wishes| {
        for (kind, ways) in &rows {
            let mut channels = wishes.channels(*kind);
            channels.in_app = ways.in_app.unwrap_or(channels.in_app);
            channels.email = ways.email.unwrap_or(channels.email);
            channels.push = ways.push.unwrap_or(channels.push);
            wishes.channels.insert(*kind, channels);
        }
        wishes.digest = digest.unwrap_or(wishes.digest);
    });
    shown(&site, &person, &changed.await?).await
}

async fn shown(site: &Shared, person: &Person, wishes: &Wishes) -> Result<Rendered, Problem> {
    let staff = powers_of(&site.app, person.account).await?.is_staff();
    let kinds = NotificationKind::ALL.iter();
    let kinds: Vec<_> =
        kinds.filter(|kind| staff || !kind.row().api.starts_with("admin.")).collect();
    let matrix = kinds.iter().map(|kind| (kind.key(), wishes.channels(**kind).into())).collect();
    let always = kinds
        .iter()
        .map(|kind| (kind.key(), kind.row().always))
        .filter(|(_, always)| *always != notifications::Channels::NONE)
        .map(|(key, always)| (key, always.into()))
        .collect();
    Ok(Rendered(bytes(&NotificationPreferences {
        matrix,
        always,
        digest: wishes.digest.as_str(),
        email_bounces: wishes.bounced.is_some(),
    })))
}
