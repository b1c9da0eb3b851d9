//! What `doctor` says: a line for each setting, whatever the others are like.

use std::{
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use elasticsearch_adapter::ElasticSearch;
use smtp_adapter::SmtpMailer;

use super::{
    EngineError,
    connections::Connections,
    error::{failed, unknown},
    scheme,
};
use crate::config::Config;

/// Nobody is waited for longer.
const PATIENCE: Duration = Duration::from_secs(20);
/// A disk with less than this left is said to be nearly full.
const NEARLY_FULL: u64 = 1 << 30;

/// What was found for a setting.
pub struct Line {
    /// The setting.
    pub setting: &'static str,
    /// Its version, how fast it answers, and what to change; or why it cannot be used.
    pub found: Result<String, EngineError>,
}

/// Looks at the engine of every setting. One that fails hides no other.
pub async fn look(config: &Config) -> Vec<Line> {
    let (mut open, mut lines) = (Connections::default(), Vec::new());
    for (setting, url) in config.engines.named() {
        let looked = tokio::time::timeout(PATIENCE, one(config, setting, url, &mut open)).await;
        let late = |_| Err(failed(setting, url)("it does not answer in time"));
        lines.push(Line { setting, found: looked.unwrap_or_else(late) });
    }
    lines
}

async fn one(
    config: &Config,
    setting: &'static str,
    url: &str,
    open: &mut Connections,
) -> Result<String, EngineError> {
    match scheme(url) {
        ("sqlite", path) => sqlite(Path::new(path)).map_err(failed(setting, url)),
        ("tantivy", path) => {
            let said = folder(Path::new(path)).map_err(failed(setting, url))?;
            Ok(format!("Tantivy in this process; {said}"))
        }
        ("file", path) => folder(Path::new(path)).map_err(failed(setting, url)),
        ("local", _) => Ok("in this process".to_owned()),
        ("store", _) => Ok("in the store".to_owned()),
        ("rpc", _) => Ok("to whoever listens".to_owned()),
        ("redis" | "rediss", _) => {
            let health = open.redis(setting, url).await?.health().await;
            Ok(redis(setting, &health.map_err(failed(setting, url))?))
        }
        ("amqp" | "amqps", _) => {
            let health = open.rabbit(setting, url).await?.health().await;
            Ok(rabbit(&health.map_err(failed(setting, url))?))
        }
        ("s3", _) => {
            let health = s3_adapter::look(url).await.map_err(failed(setting, url))?;
            let micros = health.latency.as_micros();
            Ok(format!("S3 at {} answers in {micros} µs", health.host))
        }
        ("gridfs", "") => match config.engines.store.starts_with("mongodb") {
            true => Ok("in the store's MongoDB".to_owned()),
            false => Err(unknown(setting, url, super::GRIDFS_ALONE)),
        },
        ("gridfs+mongodb" | "gridfs+mongodb+srv", _) => {
            let database = url.trim_start_matches("gridfs+");
            let health = open.mongodb(setting, database).await?.health().await;
            let health = health.map_err(failed(setting, url))?;
            let micros = health.latency.as_micros();
            Ok(format!("MongoDB {} answers in {micros} µs", health.version))
        }
        ("mongodb" | "mongodb+srv", _) => {
            let health = open.mongodb(setting, url).await?.health().await;
            Ok(mongodb(&health.map_err(failed(setting, url))?))
        }
        ("elasticsearch+http" | "elasticsearch+https", _) => {
            let search = ElasticSearch::connect(url, Vec::new()).map_err(failed(setting, url))?;
            Ok(elasticsearch(&search.health().await.map_err(failed(setting, url))?))
        }
        ("smtp" | "smtps", _) => {
            let mailer = SmtpMailer::open(url, &config.mail_from).map_err(failed(setting, url))?;
            let health = mailer.health().await.map_err(failed(setting, url))?;
            Ok(smtp(&health))
        }
        _ => Err(unknown(setting, url, "start the server for the list of those that are known")),
    }
}

fn sqlite(path: &Path) -> Result<String, String> {
    let folder_said = folder(path.parent().unwrap_or(Path::new(".")))?;
    if !path.exists() {
        return Ok(format!("SQLite {}, not made yet; {folder_said}", sqlite_adapter::version()));
    }
    let health = sqlite_adapter::look(path).map_err(|error| error.to_string())?;
    let (micros, megabytes) = (health.latency.as_micros(), health.bytes >> 20);
    // The mode is set at each start; a file that nobody has opened since a restore has another one.
    let journal = health.journal.to_uppercase();
    let version = sqlite_adapter::version();
    Ok(format!(
        "SQLite {version} answers in {micros} µs, {megabytes} MB, journal {journal}; {folder_said}"
    ))
}

/// Whether files can be made there, and how much room is left.
fn folder(path: &Path) -> Result<String, String> {
    // One that is not there is made at the start: what counts is the folder that it would be made in.
    let mut there: PathBuf = path.to_owned();
    while !there.exists() && there.pop() {}
    if there.as_os_str().is_empty() {
        there = PathBuf::from(".");
    }
    let cannot = |why: std::io::Error| {
        format!(
            "no files can be made in {} ({why}): make it writable for this user",
            there.display()
        )
    };
    if !there.is_dir() {
        return Err(format!(
            "{} is no folder: name another place, or move it away",
            there.display()
        ));
    }
    tempfile::tempfile_in(&there).map_err(cannot)?;
    let disk = rustix::fs::statvfs(&there).map_err(|why| cannot(why.into()))?;
    let free = disk.f_bavail.saturating_mul(disk.f_frsize);
    let advice = if free < NEARLY_FULL { "; the disk is nearly full: make room" } else { "" };
    Ok(format!("writable, {:.1} GB free{advice}", free as f64 / 1e9))
}

fn redis(setting: &str, health: &redis_adapter::Health) -> String {
    let micros = health.latency.as_micros();
    let advice = match setting {
        "queue" if health.evicts_jobs => {
            "; it may throw jobs away when its memory is full: set maxmemory-policy to volatile-lru"
        }
        "queue" if !health.on_disk => "; jobs do not outlive a crash of it: set appendonly to yes",
        "cache" | "rings" if health.memory_bound.is_none() => {
            "; its memory has no bound: set maxmemory, and maxmemory-policy to volatile-lru"
        }
        _ => "",
    };
    format!("Redis {} answers in {micros} µs{advice}", health.version)
}

fn rabbit(health: &rabbitmq_adapter::Health) -> String {
    let micros = health.latency.as_micros();
    let version = health.version.as_deref().unwrap_or("(of a version that TLS hides)");
    let mut numbers = version.split('.').map(|number| number.parse::<u32>().unwrap_or(u32::MAX));
    let old = (numbers.next(), numbers.next()) < (Some(3), Some(10));
    let advice = match &health.blocked {
        Some(why) => format!(
            "; it takes no messages now ({why}): give it memory or disk, see `rabbitmq-diagnostics alarms`"
        ),
        None if old => "; 3.10 or later is needed".to_owned(),
        None => String::new(),
    };
    format!("RabbitMQ {version} answers in {micros} µs{advice}")
}

fn mongodb(health: &mongodb_adapter::Health) -> String {
    let micros = health.latency.as_micros();
    let advice = if health.transactions {
        ""
    } else {
        "; it has no transactions: start it with --replSet rs0 and run `mongosh --eval 'rs.initiate()'` once"
    };
    format!("MongoDB {} answers in {micros} µs{advice}", health.version)
}

fn elasticsearch(health: &elasticsearch_adapter::Health) -> String {
    let (flavour, version, micros) = (health.flavour, &health.version, health.latency.as_micros());
    let stems = match health.stems {
        true => "words are found in their other forms, too",
        false => {
            "it has no language analyzers, so words are found as they stand: install the full distribution and \
             `sociosphere reindex` for more"
        }
    };
    let red = match health.red {
        true => {
            "; its state is red, parts of it are away: see its log and _cluster/allocation/explain"
        }
        false => "",
    };
    let blocked = match health.blocked {
        true => "; it takes no writes, its disk may be full: make room, it goes on by itself",
        false => "",
    };
    format!("{flavour} {version} answers in {micros} µs; {stems}{red}{blocked}")
}

fn smtp(health: &smtp_adapter::Health) -> String {
    let micros = health.latency.as_micros();
    let advice = if health.encrypted {
        ""
    } else {
        "; it offers no STARTTLS, so mails to it can be read on the way: use one that does, or smtps://"
    };
    let greeting = &health.greeting;
    format!("the mail server says \"{greeting}\" and is ready in {micros} µs{advice}")
}

/// How long it takes to open all engines, as a server would.
pub async fn rehearse(config: &Config) -> Result<(super::Opened, Duration), EngineError> {
    let started = Instant::now();
    let opened = super::open(config, false).await?;
    Ok((opened, started.elapsed()))
}
