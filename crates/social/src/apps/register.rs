//! Registering apps: anybody may, so everything is checked and bounded.

use std::sync::Arc;

use graph::{Batch, Id, Stored};
use url::Url;

use super::{
    model::{App as Client, CLIENT_IDS},
    scopes::Scopes,
};
use crate::{app::App, fault::Fault, secret, text::plain_line};

/// Shows the code in the page instead of redirecting.
pub(super) const OUT_OF_BAND: &str = "urn:ietf:wg:oauth:2.0:oob";
const MAX_URIS: usize = 20;
const MAX_URI: usize = 2_000;

/// An app that asks to be known.
#[derive(Clone, Debug, Default)]
pub struct NewApp {
    /// Shown to people.
    pub name: String,
    /// Where it lives.
    pub website: Option<String>,
    /// Where codes may be sent.
    pub redirect_uris: Vec<String>,
    /// What it may ask for; `read` if nothing is said.
    pub scopes: Option<String>,
}

/// Why an app was not registered.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RegisterError {
    /// No name, or too long a one.
    #[error("Validation failed: Application name can't be blank")]
    Name,
    /// A redirect that is not allowed.
    #[error("Validation failed: Redirect URI must be an absolute URI.")]
    RedirectUri,
    /// A website that is no web address.
    #[error("Validation failed: Website must be a valid URL")]
    Website,
    /// A scope that there is not.
    #[error("Validation failed: Scopes doesn't match configured on the server.")]
    Scopes,
    /// See [`Fault`].
    #[error(transparent)]
    Fault(Fault),
}

impl<E> From<E> for RegisterError
where
    Fault: From<E>,
{
    fn from(error: E) -> RegisterError {
        RegisterError::Fault(error.into())
    }
}

/// Registers an app; its secret is told only now.
pub async fn register(
    app: &App,
    new: NewApp,
) -> Result<(Arc<Stored<Client>>, String), RegisterError> {
    let name = plain_line(&new.name, 100).map_err(|_| RegisterError::Name)?;
    if name.is_empty() {
        return Err(RegisterError::Name);
    }
    let website = new.website.filter(|website| !website.trim().is_empty());
    if website.as_deref().is_some_and(|website| !is_web(website)) {
        return Err(RegisterError::Website);
    }
    let uris = &new.redirect_uris;
    let some = !uris.is_empty() && uris.len() <= MAX_URIS;
    if !some || !uris.iter().all(|uri| is_redirect(uri)) {
        return Err(RegisterError::RedirectUri);
    }
    let scopes: Scopes =
        new.scopes.as_deref().unwrap_or_default().parse().map_err(|_| RegisterError::Scopes)?;
    let client_id = secret::base64url(&app.secret::<32>());
    let client_secret = secret::base64url(&app.secret::<32>());
    let id: Id<Client> = app.id();
    let client = Client {
        name,
        website,
        redirect_uris: new.redirect_uris,
        scopes: scopes.words(),
        client_id: client_id.clone(),
        secret: secret::hash(client_secret.as_bytes()),
    };
    let mut batch = Batch::new();
    batch.create(id, &client);
    batch.claim(CLIENT_IDS, &client_id, id);
    app.graph.commit(batch).await?;
    let client = app.graph.get(id).await?.ok_or(Fault::Busy)?;
    Ok((client, client_secret))
}

/// The app with a client id.
pub async fn find(app: &App, client_id: &str) -> Result<Option<Arc<Stored<Client>>>, Fault> {
    if client_id.len() > 100 {
        return Ok(None);
    }
    match app.graph.key::<Client>(CLIENT_IDS, client_id).await? {
        Some(id) => Ok(app.graph.get(id).await?),
        None => Ok(None),
    }
}

/// The app with a client id and its secret.
pub async fn authenticate(
    app: &App,
    client_id: &str,
    client_secret: &str,
) -> Result<Option<Arc<Stored<Client>>>, Fault> {
    let given = secret::hash(client_secret.as_bytes());
    Ok(find(app, client_id)
        .await?
        .filter(|client| secret::same(client.secret.as_bytes(), given.as_bytes())))
}

fn is_web(text: &str) -> bool {
    text.len() <= MAX_URI
        && Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "http" | "https"))
}

/// Whether codes may be sent there: an app's own scheme, the web, or the page itself; never what a browser would run.
fn is_redirect(uri: &str) -> bool {
    const RUNS: [&str; 8] =
        ["javascript", "data", "vbscript", "file", "about", "blob", "filesystem", "view-source"];
    if uri == OUT_OF_BAND {
        return true;
    }
    if uri.len() > MAX_URI || uri.chars().any(|c| c.is_control() || c.is_whitespace()) {
        return false;
    }
    let Ok(url) = Url::parse(uri) else { return false };
    let web = matches!(url.scheme(), "http" | "https");
    url.fragment().is_none()
        && !RUNS.contains(&url.scheme())
        && (!web
            || (url.host_str().is_some() && url.username().is_empty() && url.password().is_none()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn redirects_that_a_browser_would_run_are_refused() {
        for uri in
            ["icecubesapp://", "oauth2redirect://x.y/", "http://127.0.0.1:1234/cb", OUT_OF_BAND]
        {
            assert!(is_redirect(uri), "{uri}");
        }
        for uri in [
            "javascript:alert(1)",
            "data:text/html,x",
            "JaVaScRiPt:x",
            "/relative",
            "https://a/#x",
            "https://a/\r\nX: y",
            "https://u@a/",
            "https://:p@a/",
            "",
        ] {
            assert!(!is_redirect(uri), "{uri}");
        }
    }
}
