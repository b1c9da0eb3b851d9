//! One `match` per port: the scheme of a URL names the engine.

mod calls;
mod connections;
mod doctor;
mod error;
mod results;

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use elasticsearch_adapter::ElasticSearch;
use engine::{
    blobs::Blobs,
    bus::Bus,
    cache::Cache,
    lookaside::Lookaside,
    mail::Mailer,
    memory::{push::MemoryPush, web::MemoryWeb},
    push::Push,
    queue::{Queue, QueueDesk},
    rings::Rings,
    search::Search,
    store::{Store, Upkeep},
    web::Web,
};
use local_adapter::{FileBlobs, FileMailer, LocalBus, LocalCache, LocalRings};
use mongodb_adapter::GridFsBlobs;
use rabbitmq_adapter::{AmqpBus, AmqpQueue};
use redis_adapter::{CeleryConfig, CeleryWorker, RedisBus, RedisCache, RedisQueue, RedisRings};
use s3_adapter::S3Blobs;
use smtp_adapter::SmtpMailer;
use tantivy_adapter::TantivySearch;
use web_adapter::{GuardedWeb, Permits};

pub use self::{
    calls::call,
    doctor::{look, rehearse},
    error::EngineError,
};
use self::{
    connections::Connections,
    error::{failed, unknown},
};
use crate::config::{Config, EngineUrls, redacted};

/// All engines, open.
pub struct Opened {
    /// Nodes, edges, names, events.
    pub store: Arc<dyn Store>,
    /// Walking and copying the store.
    pub upkeep: Arc<dyn Upkeep>,
    /// Media.
    pub blobs: Arc<dyn Blobs>,
    /// Limits, and what processes share for a while.
    pub cache: Arc<dyn Cache>,
    /// The same, in front of a store that processes share; none where it lives in one process.
    pub second: Option<Arc<dyn Lookaside>>,
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
    /// Pages that people link.
    pub web: Arc<dyn Web>,
    /// Pushes to browsers and apps.
    pub push: Arc<dyn Push>,
}

/// What the engines are: port and scheme, nothing else of a URL.
pub fn names(config: &Config) -> Vec<(String, String)> {
    let scheme = |url: &str| url.split(':').next().unwrap_or_default().to_owned();
    config.engines.named().map(|(port, url)| (port.to_string(), scheme(url))).collect()
}

/// Refuses a role of its own where engines live in one process.
pub fn check_shared(config: &Config, role: &'static str) -> Result<(), EngineError> {
    let alone: Vec<String> = config
        .engines
        .named()
        .filter(|(_, url)| {
            let scheme = url.split(':').next().unwrap_or_default();
            match scheme {
                "sqlite" | "local" | "tantivy" => true,
                // The queue in the store is shared where the store is.
                "store" => config.engines.store.starts_with("sqlite:"),
                _ => false,
            }
        })
        .map(|(name, url)| format!("{name} = {}", redacted(url)))
        .collect();
    match alone.is_empty() {
        true => Ok(()),
        false => Err(EngineError::OneProcess { role, settings: alone.join(", ") }),
    }
}

/// The store, and what else it can be.
pub struct StoreEngine {
    /// Nodes, edges, names, events.
    pub store: Arc<dyn Store>,
    /// Walking and copying it.
    pub upkeep: Arc<dyn Upkeep>,
    /// Jobs in it.
    pub queue: Arc<dyn Queue>,
    /// The operator's side of these jobs.
    pub desk: Arc<dyn QueueDesk>,
}

impl StoreEngine {
    fn new<E: Store + Upkeep + Queue + QueueDesk>(engine: Arc<E>) -> Self {
        Self { store: engine.clone(), upkeep: engine.clone(), queue: engine.clone(), desk: engine }
    }
}

/// Opens all engines of a config. Who `works` on jobs shows itself to the tools of Celery, where the queue is a broker of it.
pub async fn open(config: &Config, works: bool) -> Result<Opened, EngineError> {
    let urls = &config.engines;
    let mut open = Connections::default();
    let store = open_store(&urls.store, &mut open).await?;
    let (search, search_is_new) = open_search(&urls.search).await?;
    let (queue, desk): (Arc<dyn Queue>, Arc<dyn QueueDesk>) = match scheme(&urls.queue) {
        ("store", _) => (store.queue, store.desk),
        ("redis" | "rediss", _) => {
            let redis = open.redis("queue", &urls.queue).await?;
            let queue = RedisQueue::new(redis.clone());
            let queue = match works {
                true => {
                    let worker = CeleryWorker::start(redis, celery(config));
                    queue.with_celery(Arc::new(worker))
                }
                false => queue,
            };
            let queue = Arc::new(queue);
            left_behind(&*store.desk).await;
            (queue.clone(), queue)
        }
        ("amqp" | "amqps", _) => {
            let rabbit = open.rabbit("queue", &urls.queue).await?;
            let queue = AmqpQueue::open(rabbit.clone()).await;
            let queue = queue.map_err(failed("queue", &urls.queue))?;
            let queue = match works {
                true => {
                    let worker = rabbitmq_adapter::CeleryWorker::start(rabbit, celery(config));
                    let worker = match results::open(urls, &mut open).await? {
                        Some(results) => worker.with_results(results),
                        None => worker,
                    };
                    queue.with_celery(Arc::new(worker)).working()
                }
                false => queue,
            };
            let queue = Arc::new(queue);
            left_behind(&*store.desk).await;
            (queue.clone(), queue)
        }
        _ => {
            let known = "known are store:, redis://host and amqp://host";
            return Err(unknown("queue", &urls.queue, known));
        }
    };
    let (cache, second) = open_cache(urls, &mut open).await?;
    Ok(Opened {
        store: store.store,
        upkeep: store.upkeep,
        blobs: blobs(urls, &mut open).await?,
        cache,
        second,
        rings: match scheme(&urls.rings) {
            ("local", _) => Arc::new(LocalRings::new()),
            ("redis" | "rediss", _) => {
                Arc::new(RedisRings::new(open.redis("rings", &urls.rings).await?))
            }
            _ => return Err(unknown("rings", &urls.rings, "known are local: and redis://host")),
        },
        bus: match scheme(&urls.bus) {
            ("local", _) => Arc::new(LocalBus::new()),
            ("redis" | "rediss", _) => Arc::new(RedisBus::new(open.redis("bus", &urls.bus).await?)),
            ("amqp" | "amqps", _) => Arc::new(AmqpBus::new(open.rabbit("bus", &urls.bus).await?)),
            _ => {
                let known = "known are local:, redis://host and amqp://host";
                return Err(unknown("bus", &urls.bus, known));
            }
        },
        queue,
        desk,
        search,
        search_is_new,
        mailer: open_mail(config)?,
        web: open_web(config),
        push: open_push(config),
    })
}

/// This process as Celery sees it.
fn celery(config: &Config) -> CeleryConfig {
    let host = std::fs::read_to_string("/etc/hostname").unwrap_or_default();
    let host = if host.trim().is_empty() { "localhost" } else { host.trim() };
    let jobs = jobs::JobsConfig::default();
    CeleryConfig {
        node: format!("sociosphere-{}@{host}", std::process::id()),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        kinds: social::work::kinds().map(str::to_owned).collect(),
        allowed: config.queue_tasks.clone(),
        concurrency: jobs.quick + jobs.long,
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

type Caches = (Arc<dyn Cache>, Option<Arc<dyn Lookaside>>);

async fn open_cache(urls: &EngineUrls, open: &mut Connections) -> Result<Caches, EngineError> {
    match scheme(&urls.cache) {
        ("local", _) => Ok((Arc::new(LocalCache::new()), None)),
        ("redis" | "rediss", _) => {
            let cache = Arc::new(RedisCache::new(open.redis("cache", &urls.cache).await?));
            Ok((cache.clone(), Some(cache)))
        }
        _ => Err(unknown("cache", &urls.cache, "known are local: and redis://host")),
    }
}

/// Opens a store alone, for a copy.
pub async fn open_store_alone(url: &str) -> Result<StoreEngine, EngineError> {
    open_store(url, &mut Connections::default()).await
}

/// A store that is only read, and whether somebody else may have it open meanwhile.
pub enum ReadStore {
    /// Nobody: the file is locked by us.
    Ours(StoreEngine),
    /// Others may.
    Beside(StoreEngine),
}

/// Opens a store alone, to read it beside a server that may have it open.
pub async fn open_store_to_read(url: &str) -> Result<ReadStore, EngineError> {
    let ("sqlite", path) = scheme(url) else {
        return open_store_alone(url).await.map(ReadStore::Beside);
    };
    let (path, schema) = (Path::new(path), social::events::product_schema());
    match sqlite_adapter::open(path, schema.clone()) {
        Err(sqlite_adapter::OpenError::InUse { .. }) => {
            let store = sqlite_adapter::open_beside(path, schema).map_err(failed("store", url))?;
            Ok(ReadStore::Beside(StoreEngine::new(store)))
        }
        store => Ok(ReadStore::Ours(StoreEngine::new(store.map_err(failed("store", url))?))),
    }
}

async fn open_store(url: &str, open: &mut Connections) -> Result<StoreEngine, EngineError> {
    match scheme(url) {
        ("sqlite", path) => {
            let path = PathBuf::from(path);
            if let Some(folder) = path.parent() {
                std::fs::create_dir_all(folder).map_err(failed("store", url))?;
            }
            let schema = social::events::product_schema();
            let store = sqlite_adapter::open(&path, schema).map_err(failed("store", url))?;
            Ok(StoreEngine::new(store))
        }
        ("mongodb" | "mongodb+srv", _) => {
            Ok(StoreEngine::new(open.mongo_store("store", url).await?))
        }
        _ => Err(unknown("store", url, "known are sqlite:PATH and mongodb://host/database")),
    }
}

/// Opens the engine of media alone.
pub async fn open_blobs(urls: &EngineUrls) -> Result<Arc<dyn Blobs>, EngineError> {
    blobs(urls, &mut Connections::default()).await
}

/// What `gridfs:` needs.
const GRIDFS_ALONE: &str = "gridfs: alone means the database of the store, which is no MongoDB: write gridfs+mongodb://host/database";

async fn blobs(urls: &EngineUrls, open: &mut Connections) -> Result<Arc<dyn Blobs>, EngineError> {
    let url = &urls.blobs;
    let database = match scheme(url) {
        ("file", path) => {
            let blobs = FileBlobs::open(Path::new(path)).map_err(failed("blobs", url))?;
            return Ok(Arc::new(blobs));
        }
        ("s3", _) => {
            let blobs = S3Blobs::open(url).await.map_err(failed("blobs", url))?;
            return Ok(Arc::new(blobs));
        }
        ("gridfs", "") if urls.store.starts_with("mongodb") => urls.store.as_str(),
        ("gridfs", "") => {
            return Err(unknown("blobs", url, GRIDFS_ALONE));
        }
        _ if url.starts_with("gridfs+mongodb") => url.trim_start_matches("gridfs+"),
        _ => {
            let known = "known are file:FOLDER, gridfs: (the store's MongoDB), gridfs+mongodb://host/database and \
                         s3://bucket?endpoint=https://host";
            return Err(unknown("blobs", url, known));
        }
    };
    let connection = open.mongodb("blobs", database).await?;
    Ok(Arc::new(GridFsBlobs::on(&connection).await.map_err(failed("blobs", database))?))
}

async fn open_search(url: &str) -> Result<(Arc<dyn Search>, bool), EngineError> {
    let specs = social::search::SPECS.to_vec();
    match scheme(url) {
        ("tantivy", path) => {
            let search =
                TantivySearch::open(Path::new(path), specs).map_err(failed("search", url))?;
            let new = search.needs_rebuild();
            Ok((Arc::new(search), new))
        }
        ("elasticsearch+http" | "elasticsearch+https", _) => {
            let opened = ElasticSearch::open(url, specs).await;
            let (search, new) = opened.map_err(failed("search", url))?;
            Ok((Arc::new(search), new))
        }
        _ => {
            let known =
                "known are tantivy:FOLDER and elasticsearch+http://host:9200 (OpenSearch too)";
            Err(unknown("search", url, known))
        }
    }
}

/// Pushes as far as the operator lets. They go to push services alone, whatever becomes of cards.
fn open_push(config: &Config) -> Arc<dyn Push> {
    let permits = Permits {
        ports: config.preview_ports.clone(),
        ranges: config.preview_ranges.clone(),
        ..Permits::default()
    };
    let agent = format!("SocioSphere/{} (+{})", env!("CARGO_PKG_VERSION"), config.public_url);
    match GuardedWeb::new(permits, agent) {
        Ok(web) => Arc::new(web),
        // All else goes on.
        Err(error) => {
            tracing::warn!("nothing is pushed to browsers and apps: {error}");
            Arc::new(MemoryPush::new())
        }
    }
}

/// The web as far as the operator lets; nothing of it where there are to be no cards.
fn open_web(config: &Config) -> Arc<dyn Web> {
    if !config.previews {
        return Arc::new(MemoryWeb::new());
    }
    let permits = Permits {
        ports: config.preview_ports.clone(),
        ranges: config.preview_ranges.clone(),
        ..Permits::default()
    };
    let agent =
        format!("SocioSphere/{} (+{}; link preview)", env!("CARGO_PKG_VERSION"), config.public_url);
    match GuardedWeb::new(permits, agent) {
        Ok(web) => Arc::new(web),
        // All else goes on.
        Err(error) => {
            tracing::warn!("links get no cards: {error}");
            Arc::new(MemoryWeb::new())
        }
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
