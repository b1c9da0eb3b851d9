//! The policy for strangers, in both of Mastodon's forms: words by kind of stranger, and the older yes or no.

use axum::extract::State;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use social::{
    accounts::model::Account as AccountNode,
    notifications::{self, Policy, Rule},
};

use super::TAG;
use crate::{
    Shared,
    auth::Person,
    body::Params,
    problem::Problem,
    routes::{Access, Operation, get, patch, put},
    views::{Rendered, bytes},
};

pub fn operations() -> Vec<Operation> {
    let read = Access::Person("read:notifications");
    let write = Access::Person("write:notifications");
    vec![
        get("getNotificationPolicy", "/api/v2/notifications/policy", read)
            .says(TAG, "Whose doing one is told of")
            .answers::<NotificationPolicy>()
            .to(policy),
        patch("patchNotificationPolicy", "/api/v2/notifications/policy", write)
            .frozen_may()
            .says(TAG, "Changes whose doing one is told of")
            .takes::<PolicyForm>()
            .answers::<NotificationPolicy>()
            .to(change),
        get("getOldNotificationPolicy", "/api/v1/notifications/policy", read)
            .says(TAG, "Whose doing is held back")
            .answers::<V1NotificationPolicy>()
            .to(old_policy),
        put("putOldNotificationPolicy", "/api/v1/notifications/policy", write)
            .frozen_may()
            .says(TAG, "Changes whose doing is held back")
            .takes::<OldPolicyForm>()
            .answers::<V1NotificationPolicy>()
            .to(change_old),
    ]
}

/// Whose doing one is told of (`accept`), is held back (`filter`) or dropped (`drop`).
#[derive(Clone, Debug, Serialize, JsonSchema)]
struct NotificationPolicy {
    /// Of people whom one does not follow.
    #[schemars(extend("enum" = ["accept", "filter", "drop"]))]
    for_not_following: &'static str,
    /// Of people who do not follow one, or for less than three days.
    #[schemars(extend("enum" = ["accept", "filter", "drop"]))]
    for_not_followers: &'static str,
    /// Of accounts of the last thirty days.
    #[schemars(extend("enum" = ["accept", "filter", "drop"]))]
    for_new_accounts: &'static str,
    /// Private mentions that nobody asked for.
    #[schemars(extend("enum" = ["accept", "filter", "drop"]))]
    for_private_mentions: &'static str,
    /// Of accounts that staff limited.
    #[schemars(extend("enum" = ["accept", "filter", "drop"]))]
    for_limited_accounts: &'static str,
    /// What waits.
    summary: Summary,
}

/// What waits, counted through the newest hundred requests.
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
struct Summary {
    /// How many requests.
    pending_requests_count: u64,
    /// How many notifications they hold.
    pending_notifications_count: u64,
}

/// Whose doing is held back.
#[derive(Clone, Debug, Serialize, JsonSchema)]
struct V1NotificationPolicy {
    /// Of people whom one does not follow.
    filter_not_following: bool,
    /// Of people who do not follow one.
    filter_not_followers: bool,
    /// Of accounts of the last thirty days.
    filter_new_accounts: bool,
    /// Private mentions that nobody asked for.
    filter_private_mentions: bool,
    /// What waits.
    summary: Summary,
}

/// What to change: `accept`, `filter` or `drop`.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct PolicyForm {
    /// Of people whom one does not follow.
    for_not_following: Option<String>,
    /// Of people who do not follow one, or for less than three days.
    for_not_followers: Option<String>,
    /// Of accounts of the last thirty days.
    for_new_accounts: Option<String>,
    /// Private mentions that nobody asked for.
    for_private_mentions: Option<String>,
    /// Of accounts that staff limited.
    for_limited_accounts: Option<String>,
}

/// What to change.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct OldPolicyForm {
    /// Of people whom one does not follow.
    filter_not_following: Option<bool>,
    /// Of people who do not follow one.
    filter_not_followers: Option<bool>,
    /// Of accounts of the last thirty days.
    filter_new_accounts: Option<bool>,
    /// Private mentions that nobody asked for.
    filter_private_mentions: Option<bool>,
}

async fn policy(State(site): State<Shared>, person: Person) -> Result<Rendered, Problem> {
    let policy = notifications::policy(&site.app, person.account).await?;
    shown(&site, person.account, policy).await
}

async fn change(
    State(site): State<Shared>,
    person: Person,
    Params(form): Params<PolicyForm>,
) -> Result<Rendered, Problem> {
    let not_following = rule("for_not_following", form.for_not_following)?;
    let not_followers = rule("for_not_followers", form.for_not_followers)?;
    let new_accounts = rule("for_new_accounts", form.for_new_accounts)?;
    let private_mentions = rule("for_private_mentions", form.for_private_mentions)?;
    let limited_accounts = rule("for_limited_accounts", form.for_limited_accounts)?;
    let changed = notifications::change_policy(&site.app, person.account, |policy| {
        put_in(&mut policy.not_following, not_following);
        put_in(&mut policy.not_followers, not_followers);
        put_in(&mut policy.new_accounts, new_accounts);
        put_in(&mut policy.private_mentions, private_mentions);
        put_in(&mut policy.limited_accounts, limited_accounts);
    });
    shown(&site, person.account, changed.await?).await
}

async fn old_policy(State(site): State<Shared>, person: Person) -> Result<Rendered, Problem> {
    let policy = notifications::policy(&site.app, person.account).await?;
    shown_old(&site, person.account, policy).await
}

async fn change_old(
    State(site): State<Shared>,
    person: Person,
    Params(form): Params<OldPolicyForm>,
) -> Result<Rendered, Problem> {
    let rule = |held: Option<bool>| held.map(|held| if held { Rule::Filter } else { Rule::Accept });
    let changed = notifications::change_policy(&site.app, person.account, |policy| {
        put_in(&mut policy.not_following, rule(form.filter_not_following));
        put_in(&mut policy.not_followers, rule(form.filter_not_followers));
        put_in(&mut policy.new_accounts, rule(form.filter_new_accounts));
        put_in(&mut policy.private_mentions, rule(form.filter_private_mentions));
    });
    shown_old(&site, person.account, changed.await?).await
}

fn put_in(rule: &mut Rule, wanted: Option<Rule>) {
    if let Some(wanted) = wanted {
        *rule = wanted;
    }
}

fn rule(field: &str, word: Option<String>) -> Result<Option<Rule>, Problem> {
    let Some(word) = word else { return Ok(None) };
    let rule = Rule::parse(&word);
    rule.map(Some).ok_or_else(|| Problem::field(field, "must be accept, filter or drop"))
}

async fn summary(site: &Shared, of: graph::Id<AccountNode>) -> Result<Summary, Problem> {
    let (requests, held) = notifications::pending(&site.app, of).await?;
    Ok(Summary { pending_requests_count: requests, pending_notifications_count: held })
}

async fn shown(
    site: &Shared,
    of: graph::Id<AccountNode>,
    policy: Policy,
) -> Result<Rendered, Problem> {
    Ok(Rendered(bytes(&NotificationPolicy {
        for_not_following: policy.not_following.as_str(),
        for_not_followers: policy.not_followers.as_str(),
        for_new_accounts: policy.new_accounts.as_str(),
        for_private_mentions: policy.private_mentions.as_str(),
        for_limited_accounts: policy.limited_accounts.as_str(),
        summary: summary(site, of).await?,
    })))
}

async fn shown_old(
    site: &Shared,
    of: graph::Id<AccountNode>,
    policy: Policy,
) -> Result<Rendered, Problem> {
    Ok(Rendered(bytes(&V1NotificationPolicy {
        filter_not_following: policy.not_following == Rule::Filter,
        filter_not_followers: policy.not_followers == Rule::Filter,
        filter_new_accounts: policy.new_accounts == Rule::Filter,
        filter_private_mentions: policy.private_mentions == Rule::Filter,
        summary: summary(site, of).await?,
    })))
}
