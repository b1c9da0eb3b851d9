//! The config: one table of settings, read from a file, the environment and flags, typed once.
//!
//! Later sources win: defaults, the file (`sociosphere.toml` or `--config`), `SOCIOSPHERE_…` variables (dots become
//! `__`), flags. Unknown settings are errors, and all errors are told at once.

mod sources;
mod table;

use std::{collections::BTreeMap, net::SocketAddr, path::PathBuf, time::Duration};

use ipnet::IpNet;
use social::app::Registrations;

pub use sources::{ConfigError, ConfigErrors, Inputs};
pub use table::{SETTINGS, Setting, commented, reference};

use sources::Values;

/// Everything that an operator decides. What each setting means stands in [`SETTINGS`].
#[derive(Clone, Debug)]
#[expect(
    missing_docs,
    reason = "the fields are the settings of the table, which says what they mean"
)]
pub struct Config {
    pub listen: SocketAddr,
    pub public_url: String,
    pub data: PathBuf,
    pub registrations: Registrations,
    pub confirm_email: bool,
    pub rate_limits: bool,
    pub password_grant: bool,
    pub trusted_proxies: Vec<IpNet>,
    pub engines: EngineUrls,
    pub mail_from: String,
    pub title: String,
    pub description: String,
    pub contact_email: String,
    pub languages: Vec<String>,
    pub rules: Vec<String>,
    pub post_characters: usize,
    pub image_bytes: u64,
    pub video_bytes: u64,
    pub media_quota_bytes: u64,
    pub limits: NetLimits,
    pub log_format: LogFormat,
    pub log_level: String,
    pub log_file: Option<PathBuf>,
}

/// One URL for each port; the scheme names the engine.
#[derive(Clone)]
#[expect(missing_docs, reason = "the fields are the ports")]
pub struct EngineUrls {
    pub store: String,
    pub blobs: String,
    pub cache: String,
    pub rings: String,
    pub bus: String,
    pub queue: String,
    pub search: String,
    pub mail: String,
}

impl std::fmt::Debug for EngineUrls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.named().map(|(name, url)| (name, redacted(url)))).finish()
    }
}

impl EngineUrls {
    /// Each port's setting and URL.
    pub fn named(&self) -> impl Iterator<Item = (&'static str, &str)> {
        [
            ("store", &self.store),
            ("blobs", &self.blobs),
            ("cache", &self.cache),
            ("rings", &self.rings),
            ("bus", &self.bus),
            ("queue", &self.queue),
            ("search", &self.search),
            ("mail", &self.mail),
        ]
        .into_iter()
        .map(|(name, url)| (name, url.as_str()))
    }
}

/// What the accept loop allows.
#[derive(Clone, Copy, Debug)]
#[expect(
    missing_docs,
    reason = "the fields are the settings of the table, which says what they mean"
)]
pub struct NetLimits {
    pub header_bytes: usize,
    pub header_count: usize,
    pub uri_bytes: usize,
    pub header_timeout: Duration,
    pub body_idle_timeout: Duration,
    pub request_timeout: Duration,
    pub connections: usize,
    pub connections_per_address: usize,
    pub drain: Duration,
}

/// How log lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Pretty,
    /// For machines: one JSON object a line.
    Json,
}

/// A URL without its password.
pub fn redacted(text: &str) -> String {
    match url::Url::parse(text) {
        Ok(mut url) if url.password().is_some() => {
            let _ = url.set_password(Some("***"));
            url.to_string()
        }
        _ => text.to_owned(),
    }
}

impl Config {
    /// Reads the config from what is given; touches neither disk nor environment.
    pub fn load(inputs: &Inputs) -> Result<Config, ConfigErrors> {
        let mut values = Values::gather(inputs);
        let config = Config::typed(&mut values);
        let errors = values.finish();
        if errors.is_empty() { Ok(config) } else { Err(ConfigErrors(errors)) }
    }

    fn typed(values: &mut Values) -> Config {
        let listen: SocketAddr = values.parsed("listen");
        let data = PathBuf::from(values.text("data"));
        let in_data = |url: String| url.replace("{data}", &data.to_string_lossy());
        let mail = in_data(values.text("mail"));
        let public_url = match values.text("public_url") {
            url if url.is_empty() => format!("http://{listen}"),
            url => url.trim_end_matches('/').to_owned(),
        };
        if !url::Url::parse(&public_url)
            .is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.path() == "/")
        {
            values.wrong("public_url", "must be http(s)://host[:port], with nothing behind it");
        }
        let engines = EngineUrls {
            store: in_data(values.text("store")),
            blobs: in_data(values.text("blobs")),
            cache: in_data(values.text("cache")),
            rings: in_data(values.text("rings")),
            bus: in_data(values.text("bus")),
            queue: in_data(values.text("queue")),
            search: in_data(values.text("search")),
            mail: mail.clone(),
        };
        let confirm_email = values.choice(
            "confirm_email",
            &[("auto", mail.starts_with("smtp")), ("true", true), ("false", false)],
        );
        Config {
            listen,
            public_url,
            registrations: values.choice(
                "registrations",
                &[
                    ("open", Registrations::Open),
                    ("approval", Registrations::Approval),
                    ("invite", Registrations::Invite),
                    ("closed", Registrations::Closed),
                ],
            ),
            confirm_email,
            rate_limits: values.flag("rate_limits"),
            password_grant: values.flag("password_grant"),
            trusted_proxies: values.each("trusted_proxies"),
            mail_from: values.text("mail_from"),
            title: values.text("instance.title"),
            description: values.text("instance.description"),
            contact_email: values.text("instance.contact_email"),
            languages: values.list("instance.languages"),
            rules: values.list("instance.rules"),
            post_characters: values.parsed("limits.post_characters"),
            image_bytes: values.parsed("limits.image_bytes"),
            video_bytes: values.parsed("limits.video_bytes"),
            media_quota_bytes: values.parsed("limits.media_quota_bytes"),
            limits: NetLimits {
                header_bytes: values.parsed("limits.header_bytes"),
                header_count: values.parsed("limits.header_count"),
                uri_bytes: values.parsed("limits.uri_bytes"),
                header_timeout: values.seconds("limits.header_seconds"),
                body_idle_timeout: values.seconds("limits.body_idle_seconds"),
                request_timeout: values.seconds("limits.request_seconds"),
                connections: values.parsed("limits.connections"),
                connections_per_address: values.parsed("limits.connections_per_address"),
                drain: values.seconds("limits.drain_seconds"),
            },
            log_format: values
                .choice("log.format", &[("pretty", LogFormat::Pretty), ("json", LogFormat::Json)]),
            log_level: values.text("log.level"),
            log_file: Some(values.text("log.file")).filter(|f| !f.is_empty()).map(PathBuf::from),
            data,
            engines,
        }
    }
}

/// The settings by name, for errors that suggest one.
pub(crate) fn by_key() -> BTreeMap<&'static str, &'static Setting> {
    SETTINGS.iter().map(|setting| (setting.key, setting)).collect()
}

#[cfg(test)]
mod tests;
