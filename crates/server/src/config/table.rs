//! The table of settings: the one place where a setting's name, default and meaning stand.

use std::fmt::Write;

/// What a setting is given as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Text.
    Text,
    /// Text that may hold a password. A variable with `_FILE` behind its name says which file holds it.
    Secret,
    /// A whole number.
    Number,
    /// `true` or `false`.
    Flag,
    /// A list of texts; in the environment separated by commas.
    List,
}

/// A setting.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    /// Its name; a dot stands between section and name.
    pub key: &'static str,
    /// What it is given as.
    pub kind: Kind,
    /// Its default, in TOML.
    pub default: &'static str,
    /// What it means.
    pub doc: &'static str,
}

const fn text(key: &'static str, default: &'static str, doc: &'static str) -> Setting {
    Setting { key, kind: Kind::Text, default, doc }
}
const fn number(key: &'static str, default: &'static str, doc: &'static str) -> Setting {
    Setting { key, kind: Kind::Number, default, doc }
}
const fn flag(key: &'static str, default: &'static str, doc: &'static str) -> Setting {
    Setting { key, kind: Kind::Flag, default, doc }
}
/// A text that may hold a password: it may also be read from a file.
const fn secret(key: &'static str, default: &'static str, doc: &'static str) -> Setting {
    Setting { key, kind: Kind::Secret, default, doc }
}
const fn list(key: &'static str, default: &'static str, doc: &'static str) -> Setting {
    Setting { key, kind: Kind::List, default, doc }
}

/// All settings.
pub const SETTINGS: &[Setting] = &[
    text("listen", r#""127.0.0.1:8420""#, "Address and port to listen on."),
    text(
        "public_url",
        r#""""#,
        "Where people reach the instance, for links and apps. Empty: http:// and the listen address.",
    ),
    text(
        "data",
        r#""data""#,
        "The folder that holds everything of the embedded engines, and the keys. `{data}` in the URLs below stands for it.",
    ),
    text(
        "registrations",
        r#""open""#,
        "Who may sign up: open, approval (staff let people in), invite, closed.",
    ),
    text(
        "confirm_email",
        r#""auto""#,
        "Whether a new account must follow a link in a mail first: true, false, or auto (only while mail goes over SMTP).",
    ),
    flag("rate_limits", "true", "Whether requests are limited in number."),
    flag(
        "password_grant",
        "false",
        "Whether apps may trade a password for a token (OAuth's password grant).",
    ),
    flag("trends_need_review", "false", "Whether staff allow each trend before people see it."),
    list(
        "trusted_proxies",
        "[]",
        "Address ranges (CIDR) of proxies whose X-Forwarded-For is believed.",
    ),
    list(
        "metrics_from",
        "[]",
        "Address ranges (CIDR) that may read /metrics, beside this machine itself. Never those of a proxy.",
    ),
    secret(
        "store",
        r#""sqlite:{data}/sociosphere.db""#,
        "The store of accounts, posts and all else: sqlite:PATH, or mongodb://user:password@host:port/database?replicaSet=…",
    ),
    secret(
        "blobs",
        r#""file:{data}/media""#,
        "Where the bytes of media live: file:FOLDER, gridfs: (the store's MongoDB), gridfs+mongodb://host/database, or \
         s3://KEY:SECRET@bucket/prefix?endpoint=https://host&region=us-east-1.",
    ),
    secret(
        "cache",
        r#""local:""#,
        "Cache and rate limits: local: (this process), or redis://user:password@host:port.",
    ),
    secret("rings", r#""local:""#, "Home timelines: local: (this process), or redis://…"),
    secret(
        "bus",
        r#""local:""#,
        "Messages between processes: local: (there is one), redis://… or amqp://user:password@host:port/vhost.",
    ),
    secret("queue", r#""store:""#, "Jobs: store: (in the store), redis://… or amqp://…"),
    secret(
        "task_results",
        r#""rpc:""#,
        "Results of Celery's tasks, where the queue is RabbitMQ: rpc: (to whoever listens), or redis://… (kept there for a day as well).",
    ),
    list(
        "queue_tasks",
        "[]",
        "Kinds of jobs that Celery programs on the same Redis or RabbitMQ may send (search.index, …). All others are refused.",
    ),
    secret(
        "search",
        r#""tantivy:{data}/search""#,
        "Full-text search: tantivy:FOLDER, or elasticsearch+http://user:password@host:9200 (Elasticsearch or OpenSearch).",
    ),
    secret(
        "mail",
        r#""file:{data}/mail""#,
        "Mail: file:FOLDER (readable files, nothing is sent), or smtp://user:password@host:port.",
    ),
    text(
        "mail_from",
        r#""SocioSphere <no-reply@localhost.localdomain>""#,
        "The sender of mail over SMTP.",
    ),
    text("instance.title", r#""SocioSphere""#, "The name of the community."),
    text("instance.description", r#""""#, "A sentence about it."),
    text("instance.contact_email", r#""""#, "Whom people may write to."),
    text(
        "instance.source_url",
        concat!("\"", env!("CARGO_PKG_REPOSITORY"), "\""),
        "Where the source of what runs here is. Whoever changes the program names their own: the licence asks for it.",
    ),
    list("instance.languages", r#"["en"]"#, "Languages spoken here, BCP 47."),
    list("instance.rules", "[]", "Rules of the community, in order."),
    number(
        "insight.flush_seconds",
        "10",
        "How often what was seen of posts is written. A server that is killed loses what it counted since.",
    ),
    number("limits.post_characters", "5000", "Most characters of a post."),
    number(
        "limits.strangers_per_hour",
        "20",
        "How many people who do not know one can be written to in an hour, in chats; 0 is no limit. Staff may change it while \
         it runs.",
    ),
    number("limits.image_bytes", "16777216", "Most bytes of a picture."),
    number("limits.video_bytes", "103809024", "Most bytes of a video or audio file."),
    number("limits.media_quota_bytes", "10737418240", "Most bytes of media of one account."),
    number("limits.body_bytes", "1048576", "Most bytes of a request's body, its files apart."),
    number("limits.header_bytes", "16384", "Most bytes of a request's headers."),
    number("limits.header_count", "64", "Most headers of a request."),
    number("limits.uri_bytes", "8192", "Most bytes of a request's path and query."),
    number(
        "limits.header_seconds",
        "10",
        "How long a client may take to send the headers of a request, from its first byte (of a new connection, from \
         its start).",
    ),
    number(
        "limits.keep_alive_seconds",
        "75",
        "How long a connection may stay unused between two requests. A proxy in front should drop its own unused \
         connections sooner.",
    ),
    number(
        "limits.body_idle_seconds",
        "15",
        "How long a client may be silent while it sends a body, or not read while it gets an answer.",
    ),
    number(
        "limits.request_seconds",
        "30",
        "How long a request may take, from its headers to the start of the answer, once its body is there.",
    ),
    number("limits.connections", "10000", "Most open connections."),
    number(
        "limits.connections_per_address",
        "100",
        "Most open connections of one address (of one /64 for IPv6). Trusted proxies are not counted.",
    ),
    number(
        "limits.drain_seconds",
        "30",
        "How long a stop waits for requests that are being answered.",
    ),
    flag(
        "previews.enabled",
        "true",
        "Whether the pages that people link are read, for cards under their posts.",
    ),
    list("previews.ports", r#"["80", "443"]"#, "Ports through which linked pages are read."),
    list(
        "previews.private_addresses",
        "[]",
        "Address ranges (CIDR) of an intranet whose linked pages are read, too. All that are not public are closed otherwise.",
    ),
    text(
        "log.format",
        r#""auto""#,
        "How log lines look: pretty, json, or auto (pretty on a terminal, json elsewhere).",
    ),
    text("log.level", r#""info""#, "What is logged: a level, or tracing's directives."),
    text(
        "log.file",
        r#""""#,
        "A file that gets the log as JSON, one a day, the last 14 kept. Empty: none.",
    ),
    text(
        "log.tcp",
        r#""""#,
        "host:port that gets the log as JSON lines over TCP (rsyslog, Logstash, …); plain text, so on a network of your own. Empty: none.",
    ),
    flag(
        "log.requests",
        "false",
        "Whether each request is a log line (its route, status and time; never its address or content).",
    ),
];

/// The whole config as commented TOML, every setting at its default.
pub fn commented() -> String {
    let mut out =
        String::from("# SocioSphere. Every setting is optional; these are the defaults.\n");
    let mut section = "";
    for setting in SETTINGS {
        let (now, name) = setting.key.split_once('.').unwrap_or(("", setting.key));
        if now != section {
            section = now;
            let _ = write!(out, "\n[{section}]\n");
        }
        let _ = write!(out, "\n# {}\n# {name} = {}\n", setting.doc, setting.default);
    }
    out
}

/// The reference page of the docs.
pub fn reference() -> String {
    let mut out = String::from(
        "# Config\n\nAn empty config runs. Settings come from defaults, then `sociosphere.toml` (or `--config FILE`), \
         then the environment, then flags; unknown ones are errors. `sociosphere config` prints a file with all of \
         them to start from.\n\nWhere two variables are named, the second names a file that holds the value: so a \
         password stays out of the environment (Docker's and Kubernetes' secrets).\n\n| setting | environment | default | meaning |\n| --- | --- | --- | --- |\n",
    );
    for Setting { key, kind, default, doc } in SETTINGS {
        let file = match kind {
            Kind::Secret => format!(", `{}`", file_variable(key)),
            Kind::Text | Kind::Number | Kind::Flag | Kind::List => String::new(),
        };
        let _ = writeln!(out, "| `{key}` | `{}`{file} | `{default}` | {doc} |", variable(key));
    }
    out
}

/// The name of a setting in the environment.
pub(super) fn variable(key: &str) -> String {
    format!("SOCIOSPHERE_{}", key.replace('.', "__").to_uppercase())
}

/// The variable that names a file with a secret.
pub(super) fn file_variable(key: &str) -> String {
    format!("{}_FILE", variable(key))
}
