//! Nodes and edges of apps: OAuth clients, authorization codes and opaque tokens.

use engine::store::{KeySpace, NodeKind};
use graph::{Id, Node};
use serde::{Deserialize, Serialize};

use crate::accounts::model::Account;

/// `client id -> App`.
pub const CLIENT_IDS: KeySpace = KeySpace(20);
/// `SHA-256 of a token -> Token`.
pub const TOKENS: KeySpace = KeySpace(21);
/// `SHA-256 of a code -> Code`.
pub const CODES: KeySpace = KeySpace(22);

/// An OAuth client.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct App {
    /// Shown on consent pages and under posts.
    pub name: String,
    /// Where it lives.
    pub website: Option<String>,
    /// Exactly these may be redirected to.
    pub redirect_uris: Vec<String>,
    /// What it may ask for, as given.
    pub scopes: Vec<String>,
    /// Public identifier.
    pub client_id: String,
    /// SHA-256 (hex) of the secret.
    pub secret: String,
}

impl Node for App {
    const KIND: NodeKind = NodeKind(30);
    const NAME: &'static str = "apps";
}

/// An opaque, revocable access token of an app.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Token {
    /// Which app; none for tokens made by the operator without one.
    pub app: Option<Id<App>>,
    /// For whom; none for the app itself (client credentials).
    pub account: Option<Id<Account>>,
    /// What it may do.
    pub scopes: Vec<String>,
    /// Unix milliseconds.
    pub created_ms: u64,
    /// The login's epoch when it was made.
    #[serde(default)]
    pub epoch: u64,
    /// SHA-256 (hex) of the token: its key, to release it.
    pub hash: String,
}

impl Node for Token {
    const KIND: NodeKind = NodeKind(31);
    const NAME: &'static str = "tokens";
}

/// An authorization code: single use, ten minutes.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Code {
    /// Which app.
    pub app: Id<App>,
    /// Who consented.
    pub account: Id<Account>,
    /// To what.
    pub scopes: Vec<String>,
    /// Must be repeated at the exchange.
    pub redirect_uri: String,
    /// PKCE S256 challenge, if one was sent.
    pub challenge: Option<String>,
    /// Until when, Unix milliseconds.
    pub expires_ms: u64,
    /// The login's epoch at the consent: a later password change voids the code.
    #[serde(default)]
    pub epoch: u64,
    /// The token made from it: a second use revokes that.
    pub token: Option<Id<Token>>,
    /// SHA-256 (hex) of the code: its key, to release it.
    pub hash: String,
}

impl Node for Code {
    const KIND: NodeKind = NodeKind(32);
    const NAME: &'static str = "codes";
}

graph::edges! {
    /// Tokens of an account, newest first.
    Tokens = 30, "tokens_of": Account => Token, No, purge Members;
    /// Tokens of an app.
    AppTokens = 31, "app_tokens": App => Token, No, purge Members;
    /// All codes; the old ones are swept.
    Codes = 32, "codes_of": crate::instance::model::Instance => Code, No, purge Members;
}
