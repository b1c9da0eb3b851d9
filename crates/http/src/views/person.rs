//! Accounts as their owners see them: with what they prefer.

use std::sync::Arc;

use graph::{Edge, Id, Stored};
use schemars::JsonSchema;
use serde::Serialize;
use social::{
    accounts::model::{self as accounts, Login, WhoMayMessage},
    fault::Fault,
    relations::model::FollowRequests,
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
    Ok(Some(CredentialAccount {
        account,
        source: source(&node, &login, asking),
        role: role(login.role),
    }))
}

fn source(node: &Arc<Stored<accounts::Account>>, login: &Login, asking: u64) -> Source {
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
            who_may_message: match login.who_may_message {
                WhoMayMessage::Everyone => "everyone",
                WhoMayMessage::Following => "following",
                WhoMayMessage::Nobody => "nobody",
            },
        },
    }
}

/// Mastodon's bits: 1 may do everything, 16 handles reports, 1024 looks after people.
fn role(role: accounts::Role) -> CredentialRole {
    let (id, name, permissions) = match role {
        accounts::Role::Member => ("-99", "", 0_u32),
        accounts::Role::Moderator => ("1", "Moderator", 0x10 | 0x400),
        accounts::Role::Admin => ("2", "Admin", 1),
        accounts::Role::Owner => ("3", "Owner", 1),
    };
    CredentialRole {
        id: id.to_owned(),
        name: name.to_owned(),
        color: String::new(),
        permissions: permissions.to_string(),
        highlighted: permissions != 0,
    }
}
