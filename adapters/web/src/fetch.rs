//! Fetching: one connection a step, to an address that was checked.

use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use async_trait::async_trait;
use bytes::BytesMut;
use engine::web::{Fetched, Wanted, Web, WebError};
use reqwest::{Client, Response, header, redirect::Policy};
use rustls::crypto::aws_lc_rs;
use rustls_platform_verifier::BuilderVerifierExt;
use url::{Host, Url};

use crate::{Names, Permits, SystemNames};

/// How long one connection may take to come about.
const CONNECT: Duration = Duration::from_secs(3);
/// How long all of it may take: names, connections, redirects, bytes.
const TOTAL: Duration = Duration::from_secs(10);
/// How many redirects are followed.
const REDIRECTS: usize = 3;
/// Longest address.
const URL_BYTES: usize = 2_048;

/// TLS can not be used here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenError(pub String);

impl std::fmt::Display for OpenError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "the certificates of the system can not be read: {}", self.0)
    }
}

impl std::error::Error for OpenError {}

/// The web, as far as the guard lets.
pub struct GuardedWeb {
    permits: Permits,
    names: Arc<dyn Names>,
    agent: String,
    tls: rustls::ClientConfig,
    total: Duration,
}

impl GuardedWeb {
    /// With the system's names; `agent` says who reads.
    pub fn new(permits: Permits, agent: String) -> Result<GuardedWeb, OpenError> {
        GuardedWeb::with_names(permits, agent, Arc::new(SystemNames))
    }

    /// With other names.
    pub fn with_names(
        permits: Permits,
        agent: String,
        names: Arc<dyn Names>,
    ) -> Result<GuardedWeb, OpenError> {
        // Named, since other clients of a process may bring another one.
        let tls =
            rustls::ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
                .with_safe_default_protocol_versions()
                .and_then(|builder| builder.with_platform_verifier())
                .map_err(|error| OpenError(error.to_string()))?
                .with_no_client_auth();
        Ok(GuardedWeb { permits, names, agent, tls, total: TOTAL })
    }

    /// With less time for all of it.
    pub fn within(mut self, total: Duration) -> GuardedWeb {
        self.total = total;
        self
    }

    async fn read(&self, wanted: &Wanted) -> Result<Fetched, WebError> {
        let mut url = parse(&wanted.url)?;
        for _ in 0..=REDIRECTS {
            let response = self.step(&url).await?;
            let status = response.status();
            if !status.is_redirection() {
                return finish(response, url, wanted).await;
            }
            let to = response.headers().get(header::LOCATION);
            let to = to.and_then(|to| to.to_str().ok()).ok_or_else(|| {
                WebError::Useless(format!("it answers {status} and leads nowhere"))
            })?;
            let joined = url.join(to).map_err(|_| refused("it leads to what is no address"))?;
            url = parse(joined.as_str())?;
        }
        Err(refused("it leads on and on"))
    }

    /// Asks one address, and follows nothing.
    async fn step(&self, url: &Url) -> Result<Response, WebError> {
        let client = self.client(url).await?;
        let asked = client.get(url.clone()).header(header::ACCEPT, "text/html, image/*;q=0.9");
        asked.send().await.map_err(|error| WebError::Away(told(&error)))
    }

    /// A client that can reach the host of an address, where the guard lets, and nothing else.
    pub(crate) async fn client(&self, url: &Url) -> Result<Client, WebError> {
        let (host, ends) = self.checked(url).await?;
        // Of its own: it knows one host, at addresses that were checked for this step.
        Client::builder()
            .tls_backend_preconfigured(self.tls.clone())
            .resolve_to_addrs(&host, &ends)
            .redirect(Policy::none())
            .retry(reqwest::retry::never())
            .no_proxy()
            .http1_only()
            .pool_max_idle_per_host(0)
            .referer(false)
            .connect_timeout(CONNECT)
            .timeout(self.total)
            .user_agent(&self.agent)
            .build()
            .map_err(|error| WebError::Away(error.without_url().to_string()))
    }

    /// How long all of it may take.
    pub(crate) fn total(&self) -> Duration {
        self.total
    }

    /// The ends that a step may connect to, and the host as the client names it.
    async fn checked(&self, url: &Url) -> Result<(String, Vec<SocketAddr>), WebError> {
        let port = url.port_or_known_default().ok_or_else(|| refused("it has no port"))?;
        if !self.permits.allows_port(port) {
            return Err(refused("its port is not one of the web"));
        }
        let host = url.host().ok_or_else(|| refused("it has no host"))?;
        let found = match &host {
            // Never resolved, so never seen by a resolver: checked as it stands.
            Host::Ipv4(address) => vec![IpAddr::V4(*address)],
            Host::Ipv6(address) => vec![IpAddr::V6(*address)],
            Host::Domain(name) => {
                let found = self.names.addresses(name).await;
                found.map_err(|_| WebError::Away("its host has no address".to_owned()))?
            }
        };
        if found.is_empty() {
            return Err(WebError::Away("its host has no address".to_owned()));
        }
        let ends: Vec<_> = found
            .into_iter()
            .filter(|address| self.permits.allows(*address, port))
            .map(|address| SocketAddr::new(address, port))
            .collect();
        match ends.is_empty() {
            true => Err(refused("its host has no public address")),
            false => Ok((url.host_str().unwrap_or_default().to_owned(), ends)),
        }
    }
}

#[async_trait]
impl Web for GuardedWeb {
    async fn fetch(&self, wanted: Wanted) -> Result<Fetched, WebError> {
        let all = tokio::time::timeout(self.total, self.read(&wanted)).await;
        all.unwrap_or_else(|_| Err(WebError::Away("it took too long".to_owned())))
    }
}

fn refused(why: &str) -> WebError {
    WebError::Refused(why.to_owned())
}

/// An address that may be asked at all.
pub(crate) fn parse(text: &str) -> Result<Url, WebError> {
    if text.len() > URL_BYTES {
        return Err(refused("the address is too long"));
    }
    let url = Url::parse(text).map_err(|_| refused("that is no address"))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(refused("only http and https are read"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(refused("the address names a person"));
    }
    Ok(url)
}

/// Reads the body of an answer, up to its bound. What comes packed is counted as it comes out.
async fn finish(mut response: Response, url: Url, wanted: &Wanted) -> Result<Fetched, WebError> {
    let status = response.status();
    if !status.is_success() {
        return Err(match status.is_server_error() || status == 429 {
            true => WebError::Away(format!("it answers {status}")),
            false => WebError::Useless(format!("it answers {status}")),
        });
    }
    let kind = response.headers().get(header::CONTENT_TYPE);
    let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default().to_owned();
    let told_kind = kind.to_ascii_lowercase();
    let essence = told_kind.split(';').next().unwrap_or_default().trim();
    let fits = |known: &&'static str| {
        essence == *known || known.ends_with('/') && essence.starts_with(known)
    };
    if !wanted.types.iter().any(fits) {
        return Err(WebError::Useless("it is of another type".to_owned()));
    }
    let mut bytes = BytesMut::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| WebError::Away(told(&error)))? {
        let room = wanted.bytes - bytes.len();
        if chunk.len() > room {
            if !wanted.part_will_do {
                return Err(WebError::Useless("it is too long".to_owned()));
            }
            bytes.extend_from_slice(&chunk[..room]);
            break;
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(Fetched { url: url.into(), content_type: kind, bytes: bytes.freeze() })
}

/// What went wrong, without the address: that is somebody's words.
pub(crate) fn told(error: &reqwest::Error) -> String {
    match (error.is_timeout(), error.is_connect(), error.is_decode() || error.is_body()) {
        (true, _, _) => "it took too long",
        (_, true, _) => "no connection came about",
        (_, _, true) => "the answer broke off",
        _ => "the answer is no HTTP",
    }
    .to_owned()
}
