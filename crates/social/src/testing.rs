//! A whole instance in memory, with a clock that stands still and chance that repeats: for the stories of this crate and
//! for the tests of those above it.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use engine::{
    mail::Mail,
    memory::{
        blobs::MemoryBlobs, bus::MemoryBus, cache::MemoryCache, mail::MemoryMailer,
        push::MemoryPush, queue::MemoryQueue, rings::MemoryRings, search::MemorySearch,
        store::MemoryStore, web::MemoryWeb,
    },
    search::Search,
    store::Store,
};
use graph::{CacheSizes, Clock, Graph, Id, Mint};
use jobs::{JobsConfig, Runner, Wiring};
use parking_lot::Mutex;

use crate::{
    accounts::{self, SignUp, SignedUp, model::Account},
    app::{App, Chance, Engines, Secrets, Settings, SigningKey},
    apps::TokenCache,
    media::{
        Uploads,
        pipeline::{Pipeline, Tools},
    },
    posts::{Draft, PublishError, Seen, model::Audience, publish},
    sessions::{AccessCache, passwords::Passwords},
    work::{ProductSubscriptions, handlers, schedules},
};

/// When every story starts: the first moment of 2026, UTC.
pub const START_MS: u64 = 1_767_225_600_000;
/// The password of everybody in a story.
pub const PASSWORD: &str = "correct horse battery";

/// An instance in memory.
pub struct World {
    /// The product.
    pub app: Arc<App>,
    /// Its store.
    pub store: Arc<MemoryStore>,
    /// Its queue.
    pub queue: Arc<MemoryQueue>,
    /// Its mail.
    pub mailer: Arc<MemoryMailer>,
    /// The web outside, as the story lays it out.
    pub web: Arc<MemoryWeb>,
    /// What is pushed.
    pub push: Arc<MemoryPush>,
    clock: Arc<HandClock>,
    runner: Runner,
}

impl World {
    /// With the usual settings and caches.
    pub async fn new() -> World {
        World::with(Settings::default(), CacheSizes::default())
    }

    /// With other settings.
    pub async fn with_settings(settings: Settings) -> World {
        World::with(settings, CacheSizes::default())
    }

    /// Without caches: what a cache hides shows here.
    pub async fn uncached() -> World {
        World::with(Settings::default(), CacheSizes::OFF)
    }

    /// With a store that somebody else looks at.
    pub fn watched(watch: impl FnOnce(Arc<MemoryStore>) -> Arc<dyn Store>) -> World {
        World::over(Settings::default(), CacheSizes::default(), watch, |search| search)
    }

    /// With a search that somebody else looks at.
    pub fn searching(watch: impl FnOnce(Arc<MemorySearch>) -> Arc<dyn Search>) -> World {
        World::over(Settings::default(), CacheSizes::default(), |store| store, watch)
    }

    fn with(settings: Settings, caches: CacheSizes) -> World {
        World::over(settings, caches, |store| store, |search| search)
    }

    fn over(
        settings: Settings,
        caches: CacheSizes,
        watch: impl FnOnce(Arc<MemoryStore>) -> Arc<dyn Store>,
        watch_search: impl FnOnce(Arc<MemorySearch>) -> Arc<dyn Search>,
    ) -> World {
        let search = Arc::new(MemorySearch::new(crate::search::SPECS.to_vec()));
        let clock = Arc::new(HandClock(AtomicU64::new(START_MS)));
        let store = Arc::new(MemoryStore::new());
        let queue = Arc::new(MemoryQueue::new());
        let mailer = Arc::new(MemoryMailer::new());
        let web = Arc::new(MemoryWeb::new());
        let push = Arc::new(MemoryPush::new());
        let secrets = secrets();
        let app = Arc::new(App {
            graph: Arc::new(Graph::new(watch(store.clone()), caches)),
            mint: Arc::new(Mint::new(clock.clone(), 1)),
            clock: clock.clone(),
            chance: Arc::new(SeededChance(Mutex::new(42))),
            engines: Engines {
                blobs: Arc::new(MemoryBlobs::new()),
                cache: Arc::new(MemoryCache::new()),
                rings: Arc::new(MemoryRings::new()),
                bus: Arc::new(MemoryBus::new()),
                queue: queue.clone(),
                desk: queue.clone(),
                search: watch_search(search),
                logs: Arc::new(crate::logs::NoLogs),
                mailer: mailer.clone(),
                web: web.clone(),
                push: push.clone(),
            },
            settings,
            access: AccessCache::new(&secrets),
            tokens: TokenCache::new(),
            errors: Default::default(),
            insight: Default::default(),
            census: Default::default(),
            chat_turns: Default::default(),
            secrets,
            pipeline: Pipeline::new(Tools::find(["/usr/bin", "/usr/local/bin"]), 2),
            uploads: Uploads::new(),
            passwords: Passwords::cheap(),
        });
        let runner = Runner::new(Wiring {
            graph: app.graph.clone(),
            mint: app.mint.clone(),
            queue: queue.clone(),
            desk: queue.clone(),
            clock: clock.clone(),
            random: Arc::new(|bound| bound / 2),
            subscriptions: Arc::new(ProductSubscriptions),
            handlers: handlers(&app),
            schedules: schedules(),
            config: JobsConfig::default(),
        });
        World { app, store, queue, mailer, web, push, clock, runner }
    }

    /// Does all that is due: events, jobs, schedules; and makes search current.
    pub async fn settle(&self) {
        let settled = self.runner.settle(self.app.now_ms()).await.expect("memory engines answer");
        assert_eq!(settled.buried, 0, "a job was given up");
        self.app.engines.search.refresh().await.expect("memory search answers");
    }

    /// Lets time pass.
    pub fn advance(&self, time: Duration) {
        self.clock.0.fetch_add(time.as_millis() as u64, Ordering::Relaxed);
    }

    /// Somebody new, who is ready to take part.
    pub async fn person(&self, handle: &str) -> Id<Account> {
        self.person_with(handle, |_| {}).await
    }

    /// Somebody new who differs.
    pub async fn person_with(&self, handle: &str, differ: impl FnOnce(&mut SignUp)) -> Id<Account> {
        let mut who = SignUp {
            handle: handle.to_owned(),
            email: format!("{handle}@example.org"),
            password: PASSWORD.to_owned(),
            agreement: true,
            by_operator: Some((Default::default(), true)),
            ..SignUp::default()
        };
        differ(&mut who);
        match accounts::sign_up(&self.app, who).await.expect("a story's people are well-formed") {
            SignedUp::Ready(id) | SignedUp::ConfirmEmail(id) | SignedUp::AwaitingApproval(id) => id,
            SignedUp::Discreet { .. } => panic!("the address of @{handle} is taken"),
        }
    }

    /// A public post.
    pub async fn post(&self, by: Id<Account>, text: &str) -> Seen {
        self.post_to(by, text, Audience::Public).await
    }

    /// A post to an audience.
    pub async fn post_to(&self, by: Id<Account>, text: &str, audience: Audience) -> Seen {
        let draft = Draft { text: text.to_owned(), audience: Some(audience), ..Draft::default() };
        self.publish(by, draft).await.expect("a story's drafts are well-formed")
    }

    /// Any post. A millisecond passes, so that what is posted later is newer.
    pub async fn publish(&self, by: Id<Account>, draft: Draft) -> Result<Seen, PublishError> {
        self.advance(Duration::from_millis(1));
        publish(&self.app, by, draft).await
    }

    /// Lets one person follow another, by the usual way.
    pub async fn follow(&self, by: Id<Account>, whom: Id<Account>) {
        crate::relations::follow(&self.app, by, whom, Default::default())
            .await
            .expect("a story's people may follow");
    }

    /// All mail that was sent.
    pub fn mails(&self) -> Vec<Mail> {
        self.mailer.sent()
    }
}

/// A clock that only the story moves.
struct HandClock(AtomicU64);

impl Clock for HandClock {
    fn now_ms(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// Chance that repeats (SplitMix64).
struct SeededChance(Mutex<u64>);

impl Chance for SeededChance {
    fn fill(&self, bytes: &mut [u8]) {
        let mut state = self.0.lock();
        for chunk in bytes.chunks_mut(8) {
            *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut mixed = *state;
            mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            mixed ^= mixed >> 31;
            chunk.copy_from_slice(&mixed.to_le_bytes()[..chunk.len()]);
        }
    }
}

/// Keys that are the same in every story.
fn secrets() -> Secrets {
    let (private_der, public) = crate::keys::ed25519([7; 32]);
    let signing = SigningKey { kid: "story".to_owned(), private_der, public };
    let mac = [9; 32];
    Secrets { mac, signing: vec![signing], vapid: crate::push::Vapid::of(&mac) }
}
