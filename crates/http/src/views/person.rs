//! Accounts as their owners see them: with what they prefer.

use std::sync::Arc;

use graph::{Edge, Id, Stored};
use schemars::JsonSchema;
use serde::Serialize;
use social::{
    accounts::model::{self as accounts, Login, WhoMayMessage},
    fault::Fault,
    relations::model::FollowRequests,
    staff::{Permission, Permissions, Powers, RoleName, powers_of},
};

use super::{
    account::{self, Account, Field},
    post::visibility_of,
};
use crate::Shared;

/// Oneself.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct CredentialAccount {
    /// As everyone sees it.
    #[serde(flatten)]
    pub account: Account,
    /// As it was typed, and what is preferred.
    pub source: Source,
    /// What one may do here.
    pub role: CredentialRole,
}

/// As it was typed, and what is preferred.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Source {
    /// Audience of new posts.
    #[schemars(extend("enum" = ["public", "unlisted", "private", "direct"]))]
    pub privacy: &'static str,
    /// New media is sensitive.
    pub sensitive: bool,
    /// Language of new posts.
    pub language: Option<String>,
    /// Biography as typed.
    pub note: String,
    /// Pairs as typed.
    pub fields: Vec<Field>,
    /// How many ask to follow.
    pub follow_requests_count: u64,
    /// Follower lists are hidden.
    pub hide_collections: Option<bool>,
    /// May be suggested.
    pub discoverable: Option<bool>,
    /// Public posts may be found.
    pub indexable: bool,
    /// Never any.
    pub attribution_domains: Vec<String>,
    /// What other servers do not know.
    pub sociosphere: SourceExtra,
}

/// What other servers do not know.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct SourceExtra {
    /// `everyone`, `following` or `nobody`.
    #[schemars(extend("enum" = ["everyone", "following", "nobody"]))]
    pub who_may_message: &'static str,
    /// `everyone`, `following` or `nobody`.
    #[schemars(extend("enum" = ["everyone", "following", "nobody"]))]
    pub who_sees_presence: &'static str,
    /// Others see what one has read, and one sees it of them.
    pub read_receipts: bool,
    /// Others see that one writes, and one sees it of them.
    pub typing_indicators: bool,
    /// Staff froze the account: it reads, and does not write.
    pub frozen: bool,
    /// What one may do as staff; empty for members.
    pub permissions: Vec<&'static str>,
}

/// What one may do here.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct CredentialRole {
    /// Id.
    pub id: String,
    /// Name.
    pub name: String,
    /// Colour.
    pub color: String,
    /// Bits, as a decimal text.
    pub permissions: String,
    /// Whether it is shown.
    pub highlighted: bool,
}

/// Oneself.
pub async fn credential_account(
    site: &Shared,
    id: Id<accounts::Account>,
) -> Result<Option<CredentialAccount>, Fault> {
    let graph = &site.app.graph;
    let Some(node) = graph.get(id).await? else { return Ok(None) };
    let Some(login) = graph.get(node.login).await? else { return Ok(None) };
    let asking = graph.counts(&[(id.raw(), FollowRequests::DECL.kind)]).await?;
    let account = account::view_of(site, &node).await?;
    let asking = asking.first().copied().unwrap_or(0);
    let powers = powers_of(&site.app, id).await?;
    Ok(Some(CredentialAccount {
        account,
        source: source(&node, &login, asking, &powers),
        role: role_of(&powers),
    }))
}

fn source(
    node: &Arc<Stored<accounts::Account>>,
    login: &Login,
    asking: u64,
    powers: &Powers,
) -> Source {
    let permissions = powers.permissions.each().map(Permission::as_str).collect();
    let fields = node.fields.iter().map(|pair| Field {
        name: pair.name.clone(),
        value: pair.value.clone(),
        verified_at: None,
    });
    Source {
        privacy: visibility_of(login.default_audience),
        sensitive: login.default_sensitive,
        language: login.default_language.clone(),
        note: node.bio.clone(),
        fields: fields.collect(),
        follow_requests_count: asking,
        hide_collections: Some(node.hide_collections),
        discoverable: Some(node.discoverable),
        indexable: node.indexable,
        attribution_domains: Vec::new(),
        sociosphere: SourceExtra {
            who_may_message: word_of(login.who_may_message),
            who_sees_presence: word_of(login.who_sees_presence),
            read_receipts: !login.no_receipts,
            typing_indicators: !login.no_typing,
            frozen: login.frozen,
            permissions,
        },
    }
}

fn word_of(who: WhoMayMessage) -> &'static str {
    match who {
        WhoMayMessage::Everyone => "everyone",
        WhoMayMessage::Following => "following",
        WhoMayMessage::Nobody => "nobody",
    }
}

/// A role as Mastodon shows it: who may do everything has the first bit, others those of their permissions.
pub fn role_of(powers: &Powers) -> CredentialRole {
    let (id, name, color, highlighted) = match &powers.role {
        RoleName::Fixed(accounts::Role::Member) => ("-99".to_owned(), "", "", false),
        RoleName::Fixed(accounts::Role::Moderator) => ("1".to_owned(), "Moderator", "", true),
        RoleName::Fixed(accounts::Role::Admin) => ("2".to_owned(), "Admin", "", true),
        RoleName::Fixed(accounts::Role::Owner) => ("3".to_owned(), "Owner", "", true),
        RoleName::Own(id, own) => {
            (id.to_string(), own.name.as_str(), own.color.as_str(), own.highlighted)
        }
    };
    let all = powers.permissions.covers(Permissions::all());
    CredentialRole {
        id,
        name: name.to_owned(),
        color: color.to_owned(),
        permissions: if all { 1 } else { powers.permissions.bits() }.to_string(),
        highlighted,
    }
}
