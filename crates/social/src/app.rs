//! The product at run time: everything a verb may use, handed to it as its first argument.
//!
//! Nothing in this crate reads a clock, an environment or randomness elsewhere, so a story with a hand-driven clock
//! and seeded chance always tells the same.

use std::{sync::Arc, time::Duration};

use engine::{
    blobs::Blobs,
    bus::Bus,
    cache::Cache,
    mail::Mailer,
    push::Push,
    queue::{Queue, QueueDesk},
    rings::Rings,
    search::Search,
    web::Web,
};
use graph::{Clock, Graph, Id, Mint};
use serde::{Deserialize, Serialize};

use crate::{
    apps::TokenCache,
    census,
    errors::Pot,
    insight,
    logs::LogStore,
    media::{Uploads, pipeline::Pipeline},
    push::Vapid,
    sessions::{AccessCache, passwords::Passwords},
    turns::Turns,
};

/// Everything a verb may use.
pub struct App {
    /// Nodes, edges, names, events.
    pub graph: Arc<Graph>,
    /// New ids and `ord`s.
    pub mint: Arc<Mint>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Randomness for secrets.
    pub chance: Arc<dyn Chance>,
    /// The other engines.
    pub engines: Engines,
    /// What the operator decided.
    pub settings: Settings,
    /// Keys of this instance.
    pub secrets: Secrets,
    /// Turns uploads into what is served.
    pub pipeline: Pipeline,
    /// Uploads under way.
    pub uploads: Uploads,
    /// Makes and checks password hashes, as many at once as there are cores.
    pub passwords: Passwords,
    /// Keys and checked signatures of access tokens.
    pub access: AccessCache,
    /// Looked-up tokens of apps.
    pub tokens: TokenCache,
    /// Errors of the web client that wait to be written.
    pub errors: Pot,
    /// Looks at posts and profiles that wait to be written.
    pub insight: insight::Tally,
    /// What was counted of the community and waits to be written.
    pub census: census::Tally,
    /// Messages of one chat take their numbers one after the other.
    pub chat_turns: Turns,
}

impl App {
    /// Unix milliseconds.
    pub fn now_ms(&self) -> u64 {
        self.clock.now_ms()
    }

    /// A fresh id.
    pub fn id<T: ?Sized>(&self) -> Id<T> {
        self.mint.next()
    }

    /// A fresh place in a list.
    pub fn ord(&self) -> u64 {
        self.mint.next::<()>().raw()
    }

    /// Random bytes for a secret.
    pub fn secret<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.chance.fill(&mut bytes);
        bytes
    }
}

/// Where randomness comes from: the operating system in the server, a seed in tests.
pub trait Chance: Send + Sync + 'static {
    /// Fills the buffer.
    fn fill(&self, bytes: &mut [u8]);
}

/// The engines beside the store.
#[derive(Clone)]
pub struct Engines {
    /// Bytes of media.
    pub blobs: Arc<dyn Blobs>,
    /// Second-level cache and rate limits.
    pub cache: Arc<dyn Cache>,
    /// Home timelines.
    pub rings: Arc<dyn Rings>,
    /// Nudges between processes.
    pub bus: Arc<dyn Bus>,
    /// Jobs.
    pub queue: Arc<dyn Queue>,
    /// The operator's side of the jobs.
    pub desk: Arc<dyn QueueDesk>,
    /// Full text.
    pub search: Arc<dyn Search>,
    /// Lines of the log.
    pub logs: Arc<dyn LogStore>,
    /// Mail.
    pub mailer: Arc<dyn Mailer>,
    /// Pages that people link.
    pub web: Arc<dyn Web>,
    /// Pushes to browsers and apps.
    pub push: Arc<dyn Push>,
}

/// What the operator decided. The server's config is turned into this once, at start.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where people reach the instance, without a slash at the end.
    pub public_url: String,
    /// Name of the community.
    pub title: String,
    /// A sentence about it.
    pub description: String,
    /// Whom to write to.
    pub contact_email: String,
    /// Where the source of what runs here is (the licence asks for it).
    pub source_url: String,
    /// Languages spoken, BCP 47.
    pub languages: Vec<String>,
    /// Rules, in order.
    pub rules: Vec<String>,
    /// Who may sign up.
    pub registrations: Registrations,
    /// Whether a new account must follow a link in a mail first.
    pub confirm_email: bool,
    /// Whether apps may trade passwords for tokens.
    pub password_grant: bool,
    /// Most characters of a post.
    pub post_characters: usize,
    /// How many people who do not know one can be written to in an hour; 0 is no limit.
    pub strangers_per_hour: u32,
    /// Most bytes of a picture.
    pub image_bytes: u64,
    /// Most bytes of a video or audio.
    pub video_bytes: u64,
    /// Most bytes of media of one account.
    pub media_quota_bytes: u64,
    /// With more followers than this, posts are merged when read instead of pushed.
    pub push_limit: u64,
    /// Whether links get cards.
    pub cards: bool,
    /// Whether staff allow each trend before people see it.
    pub trends_need_review: bool,
    /// How long an access token of the web client lives.
    pub access_token_life: Duration,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            public_url: "http://127.0.0.1:8420".to_owned(),
            title: "SocioSphere".to_owned(),
            description: String::new(),
            contact_email: String::new(),
            source_url: env!("CARGO_PKG_REPOSITORY").to_owned(),
            languages: vec!["en".to_owned()],
            rules: Vec::new(),
            registrations: Registrations::Open,
            confirm_email: false,
            password_grant: false,
            post_characters: 5_000,
            strangers_per_hour: 20,
            image_bytes: 16 << 20,
            video_bytes: 99 << 20,
            media_quota_bytes: 10 << 30,
            push_limit: 10_000,
            cards: true,
            trends_need_review: false,
            access_token_life: Duration::from_secs(600),
        }
    }
}

/// Who may sign up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Registrations {
    /// Everyone.
    Open,
    /// Everyone; staff let them in.
    Approval,
    /// People with an invitation.
    Invite,
    /// Nobody.
    Closed,
}

impl Registrations {
    /// All of them.
    pub const ALL: [Registrations; 4] = [
        Registrations::Open,
        Registrations::Approval,
        Registrations::Invite,
        Registrations::Closed,
    ];

    /// Its word.
    pub fn as_str(self) -> &'static str {
        match self {
            Registrations::Open => "open",
            Registrations::Approval => "approval",
            Registrations::Invite => "invite",
            Registrations::Closed => "closed",
        }
    }
}

/// Keys of this instance. Never printed.
#[derive(Clone)]
pub struct Secrets {
    /// For MACs: one-time links, media URLs of private posts, refresh tokens.
    pub mac: [u8; 32],
    /// Ed25519 keys of access tokens, PKCS#8 DER: the first signs, all verify.
    pub signing: Vec<SigningKey>,
    /// For pushes.
    pub vapid: Vapid,
}

/// One key of access tokens.
#[derive(Clone)]
pub struct SigningKey {
    /// Its name in the token's header.
    pub kid: String,
    /// PKCS#8 DER of the private key.
    pub private_der: Vec<u8>,
    /// The 32 bytes of the public key.
    pub public: Vec<u8>,
}

impl std::fmt::Debug for Secrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secrets(…)")
    }
}
