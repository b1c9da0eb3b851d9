//! Puts the product together: engines, keys, clock, chance, jobs.

use std::{
    path::PathBuf,
    sync::Arc,
    time::{Duration, SystemTime},
};

use graph::{CacheSizes, Clock, Graph, Mint, ProcessError, ProcessLease, SecondLevel, Turn, Work};
use jobs::{JobsConfig, Runner, Wiring};
use rand::RngCore;
use social::{
    app::{App, Chance, Engines, Settings},
    apps::TokenCache,
    fault::Fault,
    media::{
        Uploads,
        pipeline::{Pipeline, Tools},
    },
    sessions::{AccessCache, passwords::Passwords},
    work,
};
use tokio_util::sync::CancellationToken;

use crate::{
    config::Config,
    engines::{self, EngineError, Opened},
    keys::{self, KeyError},
    observe,
};

/// What was read of a store that others write to counts for so long.
pub(crate) const FRESH: Duration = Duration::from_millis(400);

/// After search could not be built, until it is tried again.
const FILL_AGAIN: Duration = Duration::from_secs(5);

/// Between two questions whether another process has ended its rebuild.
const TURN_AGAIN: Duration = Duration::from_millis(500);

/// Between two renewals of what this process holds for a minute.
const RENEW_EVERY: Duration = Duration::from_secs(20);

/// Why an instance could not be put together.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// An engine.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The keys.
    #[error(transparent)]
    Keys(#[from] KeyError),
    /// No process number is free, or the store did not answer.
    #[error("{0}")]
    Process(#[from] ProcessError),
    /// The data folder, the address or the like.
    #[error("{0}")]
    Other(String),
}

/// An instance that is put together and does nothing yet.
pub struct Instance {
    /// The product.
    pub app: Arc<App>,
    /// Its engines.
    pub opened: Opened,
    /// Its jobs.
    pub runner: Arc<Runner>,
    /// Its place among processes.
    pub lease: ProcessLease,
    /// Whether other processes may have the same store open.
    shared: bool,
    /// Whether jobs come from this process alone.
    alone: bool,
    /// Held while search is rebuilt: an index has one rebuild at a time.
    rebuilding: tokio::sync::Mutex<()>,
}

/// Puts an instance together, for a command.
pub async fn open(config: &Config) -> Result<Instance, StartError> {
    open_at(config, None, false).await
}

/// Puts an instance together that works on jobs as long as it lives, or serves requests alone. What lies in a cache that it
/// shares with others counts from its first request on.
pub async fn open_to_stay(config: &Config, works: bool) -> Result<Instance, StartError> {
    let instance = open_at(config, None, works).await?;
    instance.app.graph.stay_fresh(WallClock.now_ms()).await;
    Ok(instance)
}

/// The store, behind the cache that processes share, if they share one.
fn second(opened: &Opened) -> Arc<SecondLevel> {
    let (store, cache) = (opened.store.clone(), opened.second.clone());
    Arc::new(SecondLevel::new(store, cache, social::kinds::SHARED, &social::kinds::edges()))
}

/// Puts an instance together in which the product lives by another clock, which must stay in the past: a story that is
/// told once, with times of its own. Its jobs still run by the wall clock, for their leases are real.
pub async fn open_at(
    config: &Config,
    story: Option<Arc<dyn Clock>>,
    works: bool,
) -> Result<Instance, StartError> {
    std::fs::create_dir_all(&config.data)
        .map_err(|error| StartError::Other(format!("data = {}: {error}", config.data.display())))?;
    let own = config.engines.store.strip_prefix("sqlite:").map(PathBuf::from);
    // Before the store is made: keys that are missing beside data stop the start.
    let own = own.map(|store| keys::load(&config.data, &store)).transpose()?;
    let opened = engines::open(config, works).await?;
    let wall: Arc<dyn Clock> = Arc::new(WallClock);
    let shared = own.is_none();
    let graph = Arc::new(match shared {
        false => Graph::new(opened.store.clone(), CacheSizes::default()),
        true => Graph::shared(second(&opened), CacheSizes::default()),
    });
    let secrets = match own {
        Some(secrets) => secrets,
        None => keys::shared(&config.data, &graph).await?,
    };
    let mode = graph.obey().await.map_err(|error| StartError::Other(error.to_string()))?;
    if mode.writing != graph::Writing::All {
        tracing::warn!("the community is read-only (`sociosphere read-only off` ends it)");
    }
    let mut name = [0; 8];
    rand::rng().fill_bytes(&mut name);
    let holder = format!("{}-{}", std::process::id(), social::secret::hex(&name));
    let lease = ProcessLease::take(&graph, &holder, wall.now_ms()).await?;
    let jobs_mint = Arc::new(Mint::new(wall.clone(), lease.number));
    // Two mints of one number meet nowhere: one makes ids of the past, the other of what is after this line.
    let (clock, mint) = match story {
        Some(story) => (story.clone(), Arc::new(Mint::new(story, lease.number))),
        None => (wall.clone(), jobs_mint.clone()),
    };
    // A store of this process alone, and its queue.
    let alone = !shared && config.engines.queue.starts_with("store:");
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let path = std::env::var_os("PATH").unwrap_or_default();
    let app = Arc::new(App {
        graph: graph.clone(),
        mint,
        clock,
        chance: Arc::new(SystemChance),
        engines: Engines {
            blobs: opened.blobs.clone(),
            cache: opened.cache.clone(),
            rings: opened.rings.clone(),
            bus: opened.bus.clone(),
            queue: opened.queue.clone(),
            desk: opened.desk.clone(),
            search: opened.search.clone(),
            logs: observe::explorer(config),
            mailer: opened.mailer.clone(),
            web: opened.web.clone(),
            push: opened.push.clone(),
        },
        settings: settings(config),
        access: AccessCache::new(&secrets),
        tokens: TokenCache::new(),
        errors: Default::default(),
        insight: Default::default(),
        census: Default::default(),
        chat_turns: Default::default(),
        secrets,
        pipeline: Pipeline::new(Tools::find(std::env::split_paths(&path)), cores),
        uploads: Uploads::new(),
        passwords: Passwords::new(cores),
    });
    let runner = Arc::new(Runner::new(Wiring {
        graph,
        mint: jobs_mint,
        queue: opened.queue.clone(),
        desk: opened.desk.clone(),
        clock: wall,
        random: Arc::new(|bound| rand::rng().next_u64() % bound.max(1)),
        subscriptions: Arc::new(work::ProductSubscriptions),
        handlers: work::handlers(&app),
        schedules: work::schedules(),
        config: JobsConfig { alone, ..JobsConfig::default() },
    }));
    let rebuilding = tokio::sync::Mutex::new(());
    Ok(Instance { app, opened, runner, lease, shared, alone, rebuilding })
}

impl Instance {
    /// Holds the process number until the token is cancelled. A lost number ends the process: ids must not repeat.
    pub async fn hold_number(&self, stop: &CancellationToken) {
        let mut beat = tokio::time::interval(RENEW_EVERY);
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                _ = beat.tick() => {}
            }
            match self.lease.renew(&self.app.graph, self.app.now_ms()).await {
                Ok(()) => {}
                Err(ProcessError::Lost) => {
                    tracing::error!("the process number was lost to another process: stopping");
                    stop.cancel();
                    return;
                }
                Err(error) => tracing::warn!("process number not renewed: {error}"),
            }
        }
    }

    /// Where other processes may write to the same store, what this one read of it is at most [`FRESH`] old: no message has
    /// to arrive for that, so no lost one can keep a block or a revoked token unseen.
    pub async fn stay_fresh(&self, stop: &CancellationToken) {
        if !self.shared {
            return;
        }
        let mut beat = tokio::time::interval(FRESH);
        let mut contested = false;
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                _ = beat.tick() => {}
            }
            // A store that is slow now must not keep anything from being forgotten in time. Nor need it say now who may write:
            // while it is away nobody can.
            let looks = async {
                let graph = &self.app.graph;
                let (contested, _) =
                    tokio::join!(graph.stay_fresh(WallClock.now_ms()), graph.obey());
                contested
            };
            let now = tokio::time::timeout(FRESH, looks).await == Ok(true);
            if now && !contested {
                tracing::warn!(
                    "the processes on this store have different caches, so none is used: give `cache` the same value everywhere"
                );
            }
            contested = now;
        }
    }

    /// Whether other processes may have the same store open.
    pub fn is_shared(&self) -> bool {
        self.shared
    }

    /// Whether settling leaves jobs for which others must be waited: those that are gathered with other processes.
    pub fn gathers_with_others(&self) -> bool {
        !self.alone
    }

    /// Rebuilds search from the store, after a rebuild that is under way in this or another process; says how many documents it
    /// has.
    pub async fn reindex(&self) -> Result<u64, Fault> {
        let _alone = self.rebuilding.lock().await;
        let turn = self.turn_to_rebuild().await?;
        let rebuilt = tokio::select! {
            rebuilt = social::search::reindex(&self.app, &*self.opened.upkeep) => rebuilt,
            lost = self.hold(&turn) => Err(lost),
        };
        if let Err(error) = turn.end(&self.app.graph).await {
            // It ends by itself within a minute, and what was rebuilt is.
            tracing::warn!("the turn to rebuild search could not be given back: {error}");
        }
        rebuilt
    }

    /// Waits until no living process rebuilds search.
    async fn turn_to_rebuild(&self) -> Result<Turn, Fault> {
        let mut told = false;
        loop {
            let now_ms = WallClock.now_ms();
            let taken =
                Turn::take(&self.app.graph, Work::Rebuild, self.lease.holder(), now_ms).await;
            if let Some(turn) = taken.map_err(unheld)? {
                return Ok(turn);
            }
            if !told {
                tracing::info!("another process rebuilds search: waiting until it has ended");
                told = true;
            }
            tokio::time::sleep(TURN_AGAIN).await;
        }
    }

    /// Renews a turn; ends when it is lost.
    async fn hold(&self, turn: &Turn) -> Fault {
        loop {
            tokio::time::sleep(RENEW_EVERY).await;
            let renewed = turn.renew(&self.app.graph, WallClock.now_ms()).await;
            // If the store is away, the turn is good for a minute yet.
            if let Err(error @ ProcessError::Lost) = renewed {
                return unheld(error);
            }
        }
    }

    /// Builds search from the store where it is new, and tries again until that is done or the token is cancelled: what was
    /// written before an engine went away in the middle would never be found otherwise.
    pub async fn see_search_filled(&self, stop: &CancellationToken) {
        while !self.fill_search().await {
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(FILL_AGAIN) => {}
            }
        }
    }

    /// Builds search from the store where it is new; whether there is nothing more to do.
    pub async fn fill_search(&self) -> bool {
        if !self.opened.search_is_new {
            return true;
        }
        // Of processes that share an index and start together, the first one fills it.
        if self.shared && self.lease.number != 0 {
            tracing::info!("search is new: the first process fills it (or `sociosphere reindex`)");
            return true;
        }
        let answer = self.reindex().await;
        match &answer {
            Ok(documents) => tracing::info!("search was new: {documents} documents indexed"),
            Err(error) => tracing::error!("search is new and could not be built: {error}"),
        }
        answer.is_ok()
    }
}

fn unheld(error: ProcessError) -> Fault {
    Fault::Unavailable(error.to_string())
}

fn settings(config: &Config) -> Settings {
    Settings {
        public_url: config.public_url.clone(),
        title: config.title.clone(),
        description: config.description.clone(),
        contact_email: config.contact_email.clone(),
        source_url: config.source_url.clone(),
        languages: config.languages.clone(),
        rules: config.rules.clone(),
        registrations: config.registrations,
        confirm_email: config.confirm_email,
        password_grant: config.password_grant,
        cards: config.previews,
        trends_need_review: config.trends_need_review,
        post_characters: config.post_characters,
        // Limits of rate are on or off together.
        strangers_per_hour: if config.rate_limits { config.strangers_per_hour } else { 0 },
        image_bytes: config.image_bytes,
        video_bytes: config.video_bytes,
        media_quota_bytes: config.media_quota_bytes,
        ..Settings::default()
    }
}

/// The wall clock.
struct WallClock;

impl Clock for WallClock {
    fn now_ms(&self) -> u64 {
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        since.map_or(0, |since| since.as_millis() as u64)
    }
}

/// The operating system's randomness.
struct SystemChance;

impl Chance for SystemChance {
    fn fill(&self, bytes: &mut [u8]) {
        rand::rng().fill_bytes(bytes);
    }
}
