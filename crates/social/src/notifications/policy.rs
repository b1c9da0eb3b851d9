//! From whom a person wants to be told: of strangers' doing one is told, or it is held back until one says yes, or it is
//! dropped. Decided once, when a notification is made; whom the reader has said yes to is always heard.

use graph::{Batch, CommitError, Id, ms_of};
use serde::{Deserialize, Serialize};

use super::model::{Heard, Notification, NotificationKind};
use crate::{
    accounts::model::{Account, Login},
    app::App,
    audit::model::words,
    fault::Fault,
    posts::{
        login_of,
        model::{Audience, Post},
    },
    relations::{Ties, model::Follows},
};

/// For how long an account is new.
const NEW_ACCOUNT_MS: u64 = 30 * 24 * 3_600_000;
/// For how long who follows is still a stranger: a follow is made in a second.
const NEW_FOLLOWER_MS: u64 = 3 * 24 * 3_600_000;

words! {
    /// What becomes of notifications.
    #[derive(Default)]
    Rule { #[default] Accept "accept", Filter "filter", Drop "drop" }
}

/// What becomes of notifications of whose doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Policy {
    /// Of people whom the reader does not follow.
    pub not_following: Rule,
    /// Of people who do not follow the reader, or have just begun to.
    pub not_followers: Rule,
    /// Of accounts of the last thirty days that the reader does not follow.
    pub new_accounts: Rule,
    /// Mentions for the reader alone that nobody asked for, of people whom the reader does not follow.
    pub private_mentions: Rule,
    /// Of accounts that staff limited and the reader does not follow.
    pub limited_accounts: Rule,
}

impl Default for Policy {
    fn default() -> Policy {
        Policy {
            not_following: Rule::Accept,
            not_followers: Rule::Accept,
            new_accounts: Rule::Accept,
            private_mentions: Rule::Accept,
            limited_accounts: Rule::Filter,
        }
    }
}

/// The policy of a person.
pub async fn policy(app: &App, of: Id<Account>) -> Result<Policy, Fault> {
    Ok(login_of(app, of).await?.notification_policy)
}

/// Changes the policy of a person. It counts for what comes.
pub async fn change_policy(
    app: &App,
    of: Id<Account>,
    change: impl Fn(&mut Policy),
) -> Result<Policy, Fault> {
    for _ in 0..5 {
        let login = login_of(app, of).await?;
        let mut body: Login = login.body.clone();
        change(&mut body.notification_policy);
        let mut batch = Batch::new();
        batch.replace(&login, &body);
        match app.graph.commit(batch).await {
            Ok(_) => return Ok(body.notification_policy),
            Err(CommitError::Conflict { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(Fault::Busy)
}

/// What becomes of a notification that its reader may see.
pub(super) async fn rule_for(
    app: &App,
    told: &Notification,
    ties: &Ties,
    post: Option<&Post>,
) -> Result<Rule, Fault> {
    let (to, by) = (told.account, told.by);
    if !told.kind.is_filtered() || ties.same {
        return Ok(Rule::Accept);
    }
    let policy = policy(app, to).await?;
    let mut rules = Vec::new();
    if !ties.follows {
        rules.push(policy.not_following);
        let now = app.now_ms();
        if now.saturating_sub(by.ms()) < NEW_ACCOUNT_MS {
            rules.push(policy.new_accounts);
        }
        if app.graph.get(by).await?.is_some_and(|by| by.limited) {
            rules.push(policy.limited_accounts);
        }
        if policy.private_mentions != Rule::Accept && is_unasked(app, told, post).await? {
            rules.push(policy.private_mentions);
        }
    }
    if policy.not_followers != Rule::Accept {
        let follows = app.graph.edge::<Follows>(by, to).await?;
        let since = follows.map(|edge| app.now_ms().saturating_sub(ms_of(edge.ord)));
        if since.is_none_or(|since| since < NEW_FOLLOWER_MS) {
            rules.push(policy.not_followers);
        }
    }
    let strictest = [Rule::Drop, Rule::Filter].into_iter().find(|rule| rules.contains(rule));
    let Some(rule) = strictest else { return Ok(Rule::Accept) };
    let heard = app.graph.edge::<Heard>(to, by).await?.is_some();
    Ok(if heard { Rule::Accept } else { rule })
}

/// Whether it is a private mention that answers nothing in which the reader spoke to its author.
async fn is_unasked(app: &App, told: &Notification, post: Option<&Post>) -> Result<bool, Fault> {
    let mention = matches!(told.kind, NotificationKind::Mention | NotificationKind::Comment);
    let Some(post) = post.filter(|post| mention && post.audience == Audience::Direct) else {
        return Ok(false);
    };
    let Some(parent) = post.reply_to.filter(|parent| parent.author == told.account) else {
        return Ok(true);
    };
    let parent = app.graph.get(parent.post).await?;
    let spoken = |parent: &Post| parent.mentions.iter().any(|one| one.account == told.by);
    Ok(!parent.is_some_and(|parent| spoken(&parent)))
}
