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
    pub queue_tasks: Vec<String>,
    pub mail_from: String,
    pub title: String,
    pub description: String,
    pub contact_email: String,
    pub languages: Vec<String>,
    pub rules: Vec<String>,
    pub source_url: String,
    pub post_characters: usize,
    /// How many people who do not know one can be written to in an hour; 0 is no limit.
    pub strangers_per_hour: u32,
    pub body_bytes: usize,
    pub image_bytes: u64,
    pub video_bytes: u64,
    pub media_quota_bytes: u64,
    pub limits: NetLimits,
    pub previews: bool,
    pub preview_ports: Vec<u16>,
    pub preview_ranges: Vec<IpNet>,
    pub trends_need_review: bool,
    pub log_format: LogFormat,
    pub log_level: String,
    pub log_file: Option<PathBuf>,
    pub log_tcp: Option<String>,
    pub metrics_from: Vec<IpNet>,
    pub log_requests: bool,
    pub insight_flush: Duration,
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
    pub task_results: String,
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
            ("task_results", &self.task_results),
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
    pub keep_alive: Duration,
    pub body_idle_timeout: Duration,
    pub request_timeout: Duration,
    pub connections: usize,
    pub connections_per_address: usize,
    pub drain: Duration,
}

/// How log lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// Pretty on a terminal, JSON elsewhere.
    Auto,
    /// For people.
    Pretty,
    /// For machines: one JSON object a line.
    Json,
}

/// A URL without its password. Works on the text: a password with a `#` or `/` that nobody escaped makes no URL, and
/// is a password all the same.
pub fn redacted(text: &str) -> String {
    let Some((scheme, rest)) = text.split_once("://") else { return text.to_owned() };
    let Some((login, host)) = rest.rsplit_once('@') else { return text.to_owned() };
    match login.split_once(':') {
        Some((user, _)) => format!("{scheme}://{user}:***@{host}"),
        None => text.to_owned(),
    }
}

/// A number under which the server would serve nobody.
fn at_least(values: &mut Values, key: &'static str, least: usize) -> usize {
    let number = values.parsed(key);
    if number < least {
        values.wrong(key, &format!("must be at least {least}"));
    }
    number
}

/// Directives for the log. A word alone has to be a level: as the name of a module, which is what a slip becomes, it
/// would silence all others.
fn log_level(values: &mut Values) -> String {
    let level = values.text("log.level");
    let words = level.split(',').map(str::trim);
    let sound = words.into_iter().all(|word| {
        word.contains(['=', '[']) || word.parse::<tracing::level_filters::LevelFilter>().is_ok()
    });
    if !sound || tracing_subscriber::EnvFilter::try_new(&level).is_err() {
        values.wrong(
            "log.level",
            "must be error, warn, info, debug, trace or off, or like info,hyper=debug",
        );
    }
    level
}

/// Where log lines go over TCP: `host:port`.
fn log_tcp(values: &mut Values) -> Option<String> {
    let address = values.text("log.tcp");
    let bare = address.strip_prefix("tcp://").unwrap_or(&address);
    let sound = bare.rsplit_once(':').is_some_and(|(host, port)| {
        !host.is_empty()
            && !host.contains(['/', '@'])
            && port.parse::<u16>().is_ok_and(|port| port > 0)
    });
    if !sound && !bare.is_empty() {
        values.wrong("log.tcp", "must be host:port, or empty");
    }
    sound.then(|| bare.to_owned())
}

impl Config {
    /// Reads the config from what is given. Touches no environment, and of the disk only files that a `…_FILE` variable
    /// names.
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
            task_results: values.text("task_results"),
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
            queue_tasks: values.list("queue_tasks"),
            source_url: values.text("instance.source_url"),
            post_characters: at_least(values, "limits.post_characters", 1),
            strangers_per_hour: values.parsed("limits.strangers_per_hour"),
            body_bytes: at_least(values, "limits.body_bytes", 16 * 1024),
            image_bytes: values.parsed("limits.image_bytes"),
            video_bytes: values.parsed("limits.video_bytes"),
            media_quota_bytes: values.parsed("limits.media_quota_bytes"),
            limits: NetLimits {
                header_bytes: at_least(values, "limits.header_bytes", 8 * 1024),
                header_count: at_least(values, "limits.header_count", 1),
                uri_bytes: at_least(values, "limits.uri_bytes", 1),
                header_timeout: values.seconds("limits.header_seconds"),
                keep_alive: values.seconds("limits.keep_alive_seconds"),
                body_idle_timeout: values.seconds("limits.body_idle_seconds"),
                request_timeout: values.seconds("limits.request_seconds"),
                connections: at_least(values, "limits.connections", 1),
                connections_per_address: at_least(values, "limits.connections_per_address", 1),
                drain: values.seconds("limits.drain_seconds"),
            },
            previews: values.flag("previews.enabled"),
            preview_ports: values.each("previews.ports"),
            preview_ranges: values.each("previews.private_addresses"),
            trends_need_review: values.flag("trends_need_review"),
            log_format: values.choice(
                "log.format",
                &[
                    ("auto", LogFormat::Auto),
                    ("pretty", LogFormat::Pretty),
                    ("json", LogFormat::Json),
                ],
            ),
            log_level: log_level(values),
            log_file: Some(values.text("log.file")).filter(|f| !f.is_empty()).map(PathBuf::from),
            log_tcp: log_tcp(values),
            log_requests: values.flag("log.requests"),
            insight_flush: values.seconds("insight.flush_seconds"),
            metrics_from: values.each("metrics_from"),
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
