//! One `match` per port: the scheme of a URL names the engine.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use engine::{
    blobs::Blobs,
    bus::Bus,
    cache::Cache,
    mail::Mailer,
    queue::{Queue, QueueDesk},
    rings::Rings,
    search::Search,
    store::{Store, Upkeep},
};
use local_adapter::{FileBlobs, FileMailer, LocalBus, LocalCache, LocalRings};
use redis_adapter::{Health, Redis, RedisBus, RedisCache, RedisQueue, RedisRings};
use smtp_adapter::SmtpMailer;
use sqlite_adapter::SqliteStore;
use tantivy_adapter::TantivySearch;

use crate::config::{Config, redacted};

/// All engines, open.
pub struct Opened {
    /// Nodes, edges, names, events.
    pub store: Arc<dyn Store>,
    /// Walking and copying the store.
    pub upkeep: Arc<dyn Upkeep>,
    /// Media.
    pub blobs: Arc<dyn Blobs>,
    /// Second-level cache.
    pub cache: Arc<dyn Cache>,
    /// Home timelines.
    pub rings: Arc<dyn Rings>,
    /// Messages.
    pub bus: Arc<dyn Bus>,
    /// Jobs.
    pub queue: Arc<dyn Queue>,
    /// The operator's side of the jobs.
    pub desk: Arc<dyn QueueDesk>,
    /// Full text.
    pub search: Arc<dyn Search>,
    /// Whether search is empty and wants to be built from the store.
    pub search_is_new: bool,
    /// Mail.
    pub mailer: Arc<dyn Mailer>,
}

/// An engine that did not open: names the setting and says what to do.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// No engine of this scheme.
    #[error("{setting} = {url}: there is no engine of this kind here; {known}")]
    Unknown {
        /// The setting.
        setting: &'static str,
        /// Its value, without a password.
        url: String,
        /// What there is.
        known: &'static str,
    },
    /// The engine said why.
    #[error("{setting} = {url}: {why}")]
    Failed {
        /// The setting.
        setting: &'static str,
        /// Its value, without a password.
        url: String,
        /// The engine's words.
        why: String,
    },
    /// Two processes were asked for, and an engine lives in one.
    #[error(
        "{role} alone needs engines that processes can share, and {settings} live in one process: run \
         `sociosphere all`, or configure others"
    )]
    OneProcess {
        /// The role.
        role: &'static str,
        /// The settings and their values.
        settings: String,
    },
}

/// Refuses a role of its own where engines live in one process.
pub fn check_shared(config: &Config, role: &'static str) -> Result<(), EngineError> {
    let alone: Vec<String> = config
        .engines
        .named()
        .filter(|(_, url)| {
            let scheme = url.split(':').next().unwrap_or_default();
            matches!(scheme, "sqlite" | "local" | "tantivy" | "store")
        })
        .map(|(name, url)| format!("{name} = {}", redacted(url)))
        .collect();
    match alone.is_empty() {
        true => Ok(()),
        false => Err(EngineError::OneProcess { role, settings: alone.join(", ") }),
    }
}

/// Opens all engines of a config.
pub async fn open(config: &Config) -> Result<Opened, EngineError> {
    let urls = &config.engines;
    let sqlite = open_store(&urls.store)?;
    let (search, search_is_new) = open_search(&urls.search)?;
    let mut redis = Redises::default();
    let (queue, desk): (Arc<dyn Queue>, Arc<dyn QueueDesk>) = match scheme(&urls.queue) {
        ("store", _) => (sqlite.clone(), sqlite.clone()),
        ("redis" | "rediss", _) => {
            let queue = Arc::new(RedisQueue::new(redis.at("queue", &urls.queue).await?));
            left_behind(&*sqlite).await;
            (queue.clone(), queue)
        }
        _ => return Err(unknown("queue", &urls.queue, "known are store: and redis://host")),
    };
    Ok(Opened {
        store: sqlite.clone(),
        upkeep: sqlite,
        blobs: open_blobs(&urls.blobs)?,
        cache: match scheme(&urls.cache) {
            ("local", _) => Arc::new(LocalCache::new()),
            ("redis" | "rediss", _) => {
                Arc::new(RedisCache::new(redis.at("cache", &urls.cache).await?))
            }
            _ => return Err(unknown("cache", &urls.cache, "known are local: and redis://host")),
        },
        rings: match scheme(&urls.rings) {
            ("local", _) => Arc::new(LocalRings::new()),
            ("redis" | "rediss", _) => {
                Arc::new(RedisRings::new(redis.at("rings", &urls.rings).await?))
            }
            _ => return Err(unknown("rings", &urls.rings, "known are local: and redis://host")),
        },
        bus: match scheme(&urls.bus) {
            ("local", _) => Arc::new(LocalBus::new()),
            ("redis" | "rediss", _) => Arc::new(RedisBus::new(redis.at("bus", &urls.bus).await?)),
            _ => return Err(unknown("bus", &urls.bus, "known are local: and redis://host")),
        },
        queue,
        desk,
        search,
        search_is_new,
        mailer: open_mail(config)?,
    })
}

/// Ports with the same URL share one connection.
#[derive(Default)]
struct Redises(Vec<(String, Redis)>);

impl Redises {
    async fn at(&mut self, setting: &'static str, url: &str) -> Result<Redis, EngineError> {
        if let Some((_, redis)) = self.0.iter().find(|(known, _)| known == url) {
            return Ok(redis.clone());
        }
        let redis = Redis::open(url).await.map_err(failed(setting, url))?;
        self.0.push((url.to_owned(), redis.clone()));
        Ok(redis)
    }
}

/// Jobs that were pushed before the queue moved stay where they are: says so.
async fn left_behind(store: &dyn QueueDesk) {
    let Ok(depth) = store.depth(u64::MAX).await else { return };
    let waiting = depth.ready + depth.delayed + depth.leased;
    if waiting > 0 {
        tracing::warn!(
            "{waiting} jobs wait in the store's own queue and do not run: start once with queue = \"store:\", and \
             `sociosphere jobs settle`"
        );
    }
}

/// A line for `doctor` on each setting that is a Redis.
pub async fn look_at_redis(config: &Config) -> Result<Vec<String>, EngineError> {
    let (mut redis, mut lines) = (Redises::default(), Vec::new());
    for (setting, url) in config.engines.named() {
        if matches!(scheme(url).0, "redis" | "rediss") {
            let health = redis.at(setting, url).await?.health().await;
            lines.push(line(setting, &health.map_err(failed(setting, url))?));
        }
    }
    Ok(lines)
}

fn line(setting: &str, health: &Health) -> String {
    let micros = health.latency.as_micros();
    let mut line = format!("{setting}\tRedis {} answers in {micros} µs", health.version);
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
    line.push_str(advice);
    line
}

fn open_store(url: &str) -> Result<Arc<SqliteStore>, EngineError> {
    match scheme(url) {
        ("sqlite", path) => {
            let path = PathBuf::from(path);
            if let Some(folder) = path.parent() {
                std::fs::create_dir_all(folder).map_err(failed("store", url))?;
            }
            sqlite_adapter::open(&path, social::events::product_schema())
                .map_err(failed("store", url))
        }
        _ => Err(unknown("store", url, "known is sqlite:PATH")),
    }
}

/// Opens the engine of media alone, for a restore.
pub fn open_blobs(url: &str) -> Result<Arc<dyn Blobs>, EngineError> {
    match scheme(url) {
        ("file", path) => {
            Ok(Arc::new(FileBlobs::open(Path::new(path)).map_err(failed("blobs", url))?))
        }
        _ => Err(unknown("blobs", url, "known is file:FOLDER")),
    }
}

fn open_search(url: &str) -> Result<(Arc<dyn Search>, bool), EngineError> {
    match scheme(url) {
        ("tantivy", path) => {
            let specs = social::search::SPECS.to_vec();
            let search =
                TantivySearch::open(Path::new(path), specs).map_err(failed("search", url))?;
            let new = search.needs_rebuild();
            Ok((Arc::new(search), new))
        }
        _ => Err(unknown("search", url, "known is tantivy:FOLDER")),
    }
}

fn open_mail(config: &Config) -> Result<Arc<dyn Mailer>, EngineError> {
    let url = &config.engines.mail;
    match scheme(url) {
        ("file", path) => {
            Ok(Arc::new(FileMailer::open(Path::new(path)).map_err(failed("mail", url))?))
        }
        ("smtp" | "smtps", _) => {
            Ok(Arc::new(SmtpMailer::open(url, &config.mail_from).map_err(failed("mail", url))?))
        }
        _ => Err(unknown("mail", url, "known are file:FOLDER and smtp://host:port")),
    }
}

fn scheme(url: &str) -> (&str, &str) {
    url.split_once(':').unwrap_or((url, ""))
}

fn unknown(setting: &'static str, url: &str, known: &'static str) -> EngineError {
    EngineError::Unknown { setting, url: redacted(url), known }
}

fn failed<E: std::fmt::Display>(setting: &'static str, url: &str) -> impl Fn(E) -> EngineError {
    let url = redacted(url);
    move |error| EngineError::Failed { setting, url: url.clone(), why: error.to_string() }
}
