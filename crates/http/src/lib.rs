//! The border: HTTP and JSON on one side, the product's verbs on the other. The only crate that knows either of the
//! first two.
//!
//! [`router`] is all that the server needs. Every route is an operation in one list ([`routes`]), read through one
//! extractor ([`body`]), refused in one shape ([`problem`]), and shown through view types ([`views`]).

pub mod routes;

pub mod auth;
pub mod body;
pub mod cookies;
pub mod format;
mod gzip;
pub mod headers;
pub mod limits;
pub mod line;
pub mod page;
pub mod problem;
mod refusals;

pub mod views;

mod files;
pub mod health;
pub mod live;
mod mastodon;
mod native;
mod pages;
mod wellknown;

pub mod web;

use std::{net::IpAddr, sync::Arc};

use axum::Router;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use social::{
    app::App,
    text::{Handle, Mentioned, Tag, Text},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use url::Url;

use routes::Operation;

/// Where a request comes from. The server's accept loop puts it into the request, after it has looked through
/// proxies that it trusts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClientAddr(pub IpAddr);

/// What the server decides about its border.
#[derive(Clone, Debug)]
pub struct HttpOptions {
    /// Whether rate limits are counted.
    pub rate_limits: bool,
    /// Most bytes of a body, its files apart.
    pub body_bytes: usize,
    /// Whether requests are lines of the log.
    pub log_requests: bool,
    /// Cancelled when the server stops: WebSockets then say goodbye.
    pub stop: CancellationToken,
    /// The WebSockets that are open. They outlive their request, so that who stops the server waits for them here.
    pub sockets: TaskTracker,
    /// Which parts work.
    pub health: health::Health,
    /// What the engines are: port and name, for staff.
    pub engines: Vec<(String, String)>,
}

impl Default for HttpOptions {
    fn default() -> HttpOptions {
        HttpOptions {
            rate_limits: true,
            body_bytes: body::BODY_BYTES,
            log_requests: false,
            stop: CancellationToken::new(),
            sockets: TaskTracker::new(),
            health: health::Health::default(),
            engines: Vec::new(),
        }
    }
}

/// What every handler may use.
pub struct Site {
    /// The product.
    pub app: Arc<App>,
    /// What the server decided.
    pub options: HttpOptions,
    /// The public URL, for texts that become HTML.
    pub base: Url,
    /// What was rendered already.
    pub fragments: views::Fragments,
    /// Live streams of this process.
    pub hub: live::Hub,
    /// Limits for when the cache engine is away.
    pub local_limits: limits::LocalLimits,
}

/// [`Site`], shared by all handlers.
pub type Shared = Arc<Site>;

/// The public URL is none: the server's config has checked it before.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("public_url is no URL: {0}")]
pub struct BadPublicUrl(String);

/// The whole HTTP surface over the product.
pub fn router(app: Arc<App>, options: HttpOptions) -> Result<Router, BadPublicUrl> {
    let site = Arc::new(Site::new(app, options)?);
    let operations = operations(&site);
    Ok(routes::serve(site, operations))
}

/// Every operation there is.
pub fn operations(site: &Shared) -> Vec<Operation> {
    let mut all = wellknown::operations();
    all.extend(files::operations());
    all.extend(mastodon::operations(site));
    all.extend(live::operations());
    all.extend(pages::operations());
    let faces = all.iter().map(|operation| operation.face).collect();
    all.extend(native::operations(faces, &site.app.settings.public_url));
    all
}

impl Site {
    /// Over the product.
    pub fn new(app: Arc<App>, options: HttpOptions) -> Result<Site, BadPublicUrl> {
        let base = Url::parse(&app.settings.public_url);
        Ok(Site {
            base: base.map_err(|error| BadPublicUrl(error.to_string()))?,
            hub: live::Hub::new(Arc::downgrade(&app)),
            app,
            options,
            fragments: views::Fragments::default(),
            local_limits: limits::LocalLimits::default(),
        })
    }

    /// Whether people reach the instance by https.
    pub fn is_https(&self) -> bool {
        self.app.settings.public_url.starts_with("https://")
    }

    /// Whether an Origin header names us.
    pub fn is_own_origin(&self, origin: &str) -> bool {
        let own = self.app.settings.public_url.parse::<Url>();
        own.is_ok_and(|own| own.origin().ascii_serialization() == origin)
    }

    /// Where WebSockets connect: `ws://host` or `wss://host`.
    pub fn socket_origin(&self) -> String {
        self.app.settings.public_url.replacen("http", "ws", 1)
    }

    /// Host and port as people type them.
    pub fn host(&self) -> &str {
        let url = &self.app.settings.public_url;
        url.split_once("://").map_or(url.as_str(), |(_, host)| host)
    }

    /// The link of a mention.
    pub fn mention(&self, handle: &str) -> Mentioned {
        let url = format!("{}/@{handle}", self.app.settings.public_url);
        Mentioned { url, handle: handle.to_owned() }
    }

    /// The page of a tag.
    pub fn tag_url(&self, name: &str) -> String {
        let key = Tag::parse(name).map_or_else(|| name.to_owned(), |tag| tag.key().to_owned());
        let path = utf8_percent_encode(&key, NON_ALPHANUMERIC);
        format!("{}/tags/{path}", self.app.settings.public_url)
    }

    /// The picture of who has none, wide.
    pub fn default_header(&self) -> String {
        format!("{}/media/default/header.png", self.app.settings.public_url)
    }

    /// HTML of a text in which every handle is a link.
    pub fn html(&self, text: &str) -> String {
        self.html_with(text, &|_| true)
    }

    /// HTML of a text in which these handles are links.
    pub fn html_with(&self, text: &str, known: &dyn Fn(&str) -> bool) -> String {
        let resolve =
            |handle: &Handle| known(handle.as_str()).then(|| self.mention(handle.as_str()));
        Text::parse(text).map(|text| text.render(&resolve, &self.base)).unwrap_or_default()
    }
}
