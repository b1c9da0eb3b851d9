//! Authorizing: an app asks, a person consents, a code goes back.

use std::sync::Arc;

use graph::{Batch, Id, Stored};
use url::{Host, Url};

use super::{
    model::{App as Client, CODES, Code, Codes},
    register::{OUT_OF_BAND, find},
    scopes::Scopes,
};
use crate::{accounts::model::Account, app::App, fault::Fault, posts::login_of, secret};

/// How long a code holds, milliseconds.
const CODE_LIFE_MS: u64 = 10 * 60 * 1_000;

/// What an app asks for, as its link says it.
#[derive(Clone, Debug, Default)]
pub struct AuthorizeRequest {
    /// `code`.
    pub response_type: String,
    /// Which app.
    pub client_id: String,
    /// One of those it registered.
    pub redirect_uri: String,
    /// What it wants to do; `read` if nothing is said.
    pub scope: Option<String>,
    /// PKCE challenge.
    pub code_challenge: Option<String>,
    /// `S256`.
    pub code_challenge_method: Option<String>,
}

/// A request that is in order and waits for a person's word.
#[derive(Clone, Debug)]
pub struct Consent {
    /// Who asks.
    pub client: Arc<Stored<Client>>,
    /// For what.
    pub scopes: Scopes,
    /// Where the answer goes.
    pub redirect_uri: String,
    /// What the exchange must show.
    pub challenge: Option<String>,
}

impl Consent {
    /// Whether the code is shown in the page instead of sent.
    pub fn is_out_of_band(&self) -> bool {
        self.redirect_uri == OUT_OF_BAND
    }
}

/// Why a request is not in order.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AuthorizeError {
    /// No such app. Must not redirect.
    #[error("Client authentication failed due to unknown client.")]
    UnknownClient,
    /// Not one of the app's redirects. Must not redirect.
    #[error("The redirect uri included is not valid.")]
    RedirectUri,
    /// More than the app registered, or no scope at all.
    #[error("The requested scope is invalid, unknown, or malformed.")]
    Scope,
    /// Only codes are given.
    #[error("The authorization server does not support this response type.")]
    ResponseType,
    /// Only S256, and a challenge of 43 characters.
    #[error("The code challenge method must be S256.")]
    Challenge,
    /// See [`Fault`].
    #[error(transparent)]
    Fault(Fault),
}

impl AuthorizeError {
    /// Whether the app may be told at its redirect; the others are a page of ours (RFC 9700, 4.11).
    pub fn may_redirect(&self) -> bool {
        matches!(self, Self::Scope | Self::ResponseType | Self::Challenge)
    }
}

impl<E> From<E> for AuthorizeError
where
    Fault: From<E>,
{
    fn from(error: E) -> AuthorizeError {
        AuthorizeError::Fault(error.into())
    }
}

/// Checks a request before anybody is asked.
pub async fn check_request(
    app: &App,
    request: &AuthorizeRequest,
) -> Result<Consent, AuthorizeError> {
    let client = find(app, &request.client_id).await?.ok_or(AuthorizeError::UnknownClient)?;
    let known = |uri: &String| redirects_match(uri, &request.redirect_uri);
    if !client.redirect_uris.iter().any(known) {
        return Err(AuthorizeError::RedirectUri);
    }
    if request.response_type != "code" {
        return Err(AuthorizeError::ResponseType);
    }
    let asked = request.scope.as_deref().unwrap_or_default();
    let scopes: Scopes = asked.parse().map_err(|_| AuthorizeError::Scope)?;
    if !scopes.is_within(&Scopes::stored(&client.scopes)) {
        return Err(AuthorizeError::Scope);
    }
    let challenge = request.code_challenge.clone().filter(|text| !text.is_empty());
    let method = request.code_challenge_method.as_deref().unwrap_or_default();
    let is_s256 = |text: &String| {
        method == "S256"
            && text.len() == 43
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
    };
    if challenge.as_ref().is_some_and(|text| !is_s256(text))
        || challenge.is_none() && !method.is_empty()
    {
        return Err(AuthorizeError::Challenge);
    }
    Ok(Consent { client, scopes, redirect_uri: request.redirect_uri.clone(), challenge })
}

/// Gives the app a code in the name of a person who said yes.
pub async fn consent(app: &App, who: Id<Account>, to: &Consent) -> Result<String, Fault> {
    let code = secret::base64url(&app.secret::<32>());
    let epoch = login_of(app, who).await?.epoch;
    let id: Id<Code> = app.id();
    let node = Code {
        app: to.client.id,
        account: who,
        scopes: to.scopes.words(),
        redirect_uri: to.redirect_uri.clone(),
        challenge: to.challenge.clone(),
        expires_ms: app.now_ms() + CODE_LIFE_MS,
        epoch,
        token: None,
        hash: secret::hash(code.as_bytes()),
    };
    let mut batch = Batch::new();
    batch.create(id, &node);
    batch.claim(CODES, &node.hash, id);
    batch.link::<Codes>(crate::instance::model::INSTANCE, id, id.raw());
    app.graph.commit(batch).await?;
    Ok(code)
}

/// Whether a redirect is the registered one: to the letter, but for the port of a loopback address (RFC 8252, 7.3).
fn redirects_match(registered: &str, asked: &str) -> bool {
    if registered == asked {
        return true;
    }
    let (Ok(mut one), Ok(mut other)) = (Url::parse(registered), Url::parse(asked)) else {
        return false;
    };
    let loopback = |url: &Url| match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(_)) | None => false,
    };
    // Only what was written plainly: parsing must not have changed it.
    if !loopback(&one) || one.scheme() != "http" || other.as_str() != asked {
        return false;
    }
    one.set_port(None).is_ok() && other.set_port(None).is_ok() && one == other
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_21_only_the_registered_redirect_and_loopback_ports() {
        let registered = "https://good.com/callback";
        for asked in [
            "https://good.com/callback/",
            "https://good.com/callback2",
            "https://good.com.evil/callback",
            "https://evil@good.com/callback",
            "https://good.com/callback#x",
            "https://GOOD.com/callback",
            "https://good.com/%2e/callback",
            "https://good.com:444/callback",
            "http://good.com/callback",
            "https://good.com/callback?next=//evil",
        ] {
            assert!(!redirects_match(registered, asked), "{asked}");
        }
        assert!(redirects_match(registered, registered));
        assert!(redirects_match("http://127.0.0.1/cb", "http://127.0.0.1:5000/cb"));
        assert!(!redirects_match("http://127.0.0.1/cb", "http://127.0.0.1:5000/other"));
        assert!(!redirects_match("http://127.0.0.1/cb", "http://127.0.0.2:5000/cb"));
    }
}
