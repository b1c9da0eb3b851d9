//! One socket's task: what it listens to, what it was told, and what goes out. It ends with the client, with its right to
//! listen, or with the server.

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    time::Duration,
};

use engine::bus::Message;
use graph::Id;
use serde_json::{
    json,
    value::{RawValue, to_raw_value},
};
use social::{
    accounts::model::Account,
    app::App,
    chats::model::Chat,
    live::{Presence, Told},
    posts::model::Post,
};
use socketioxide::{SendError, SocketError, SocketIo, extract::SocketRef};
use tokio::{
    sync::mpsc,
    time::{Instant, sleep_until, timeout},
};
use tokio_util::sync::CancellationToken;

use super::command::Command;
use crate::{
    live::{
        figures::{self, Ending},
        session::{Next, Session},
    },
    problem::Problem,
};

/// How long badges wait for more of the same.
const BADGES: Duration = Duration::from_millis(250);
/// How often badges are told at most, where much happens.
const BADGES_APART: Duration = Duration::from_secs(1);
/// How long figures of posts wait for more of the same.
const COUNTS: Duration = Duration::from_millis(400);
/// How often it is tried whether a slow reader takes something again.
const RETRY: Duration = Duration::from_millis(200);
/// How long a reader may take nothing.
const STUCK: Duration = Duration::from_secs(60);
/// How long one waits for room where much goes out at once.
const ROOM: Duration = Duration::from_secs(20);
/// How long the server waits for its sockets when it stops.
const GOODBYE: Duration = Duration::from_secs(1);
/// How many chats' numbers are kept.
const CHATS: usize = 4_096;
/// What was sent so shortly before a socket came is sent to it again: numbers tell that it is the same.
const BEFORE_MS: u64 = 5_000;

/// A socket.
pub struct Live {
    /// The way out.
    pub socket: SocketRef,
    /// Feeds and nudges.
    pub session: Session,
    /// The newest number of each chat that went out.
    pub numbers: HashMap<Id<Chat>, u64>,
    /// Messages of chats that nothing went out of yet are told from here on.
    pub since_ms: u64,
    /// Posts whose figures are shown.
    pub posts: HashSet<Id<Post>>,
    /// Those of them whose figures moved.
    pub moved: BTreeSet<Id<Post>>,
    /// People of whom one wants to know whether they are here, and what was told; none where one may not know.
    pub people: HashMap<Id<Account>, Option<Presence>>,
    /// Whether changes of what one shows oneself are heard.
    pub hears_own: bool,
    /// Until when who writes where.
    pub typing: HashMap<(Id<Chat>, Id<Account>), Instant>,
    /// Feeds beside one's own, as they are shown.
    pub feeds: Vec<String>,
    /// Whether somebody looks.
    pub active: bool,
    /// What the badges were told to be.
    pub badges: Option<(usize, u64, u64)>,
    badges_due: Option<Instant>,
    badges_told: Option<Instant>,
    counts_due: Option<Instant>,
    /// Since when the reader takes nothing, and when it is tried again.
    stuck: Option<(Instant, Instant)>,
}

/// Serves a socket. What it does now and then has a future of its own: the task of a socket that waits stays small.
pub async fn run(
    io: SocketIo,
    mut live: Box<Live>,
    mut commands: mpsc::Receiver<Box<Command>>,
    left: CancellationToken,
) {
    // Made once: who waits for what all wait for stands in one line with all of them.
    let mut stopped = Box::pin(live.session.site.options.stop.clone().cancelled_owned());
    let mut gone = Box::pin(left.cancelled_owned());
    live.ready();
    let why = loop {
        let due = live.due();
        tokio::select! {
            biased;
            () = &mut stopped => {
                live.session.ends(Ending::Stop);
                // Closed below Socket.IO: then clients come back by themselves.
                let _ = Box::pin(timeout(GOODBYE, io.close())).await;
                return;
            }
            () = &mut gone => {
                // Who is still there has said too much.
                if live.socket.connected() {
                    live.session.ends(Ending::Flood);
                    let _ = live.socket.clone().disconnect();
                }
                return;
            }
            next = live.session.next() => match next {
                Some(Next::Event(event)) => live.feed(event),
                Some(Next::Nudge(message)) => Box::pin(live.hear(&message)).await,
                Some(Next::Missed) => live.resync(),
                None => break "access",
            },
            command = commands.recv() => match command {
                Some(command) => {
                    let Command { name, body, ack } = *command;
                    let answer = Box::pin(live.follow(&name, body)).await;
                    Command::answer(ack, answer);
                }
                None => return,
            },
            () = sleep_until(due.unwrap_or_else(Instant::now)), if due.is_some() => {
                Box::pin(live.in_time()).await;
            }
        }
        if live.is_lost() {
            live.session.ends(Ending::Slow);
            break "slow";
        }
    };
    live.emit("session.ended", &json!({ "reason": why }).to_string());
    let _ = live.socket.clone().disconnect();
}

impl Live {
    /// Of somebody who may listen.
    pub fn new(socket: SocketRef, session: Session) -> Live {
        let app = &session.site.app;
        session.site.hub.here.enter(session.standing.person.account);
        Live {
            since_ms: app.now_ms().saturating_sub(BEFORE_MS),
            socket,
            session,
            numbers: HashMap::new(),
            posts: HashSet::new(),
            moved: BTreeSet::new(),
            people: HashMap::new(),
            hears_own: false,
            typing: HashMap::new(),
            feeds: Vec::new(),
            active: true,
            badges: None,
            badges_due: None,
            badges_told: None,
            counts_due: None,
            stuck: None,
        }
    }

    /// The product.
    pub fn app(&self) -> &App {
        &self.session.site.app
    }

    /// Whose socket it is.
    pub fn me(&self) -> Id<Account> {
        self.session.standing.person.account
    }

    fn ready(&mut self) {
        let mark = self.app().ord().to_string();
        self.emit("ready", &json!({ "mark": mark }).to_string());
        self.badges_move();
    }

    /// Sends an event, if the reader takes any.
    pub fn emit(&mut self, event: &str, body: &str) {
        match serde_json::from_str(body) {
            Ok(body) => self.emit_raw(event, body),
            Err(_) => tracing::error!("a live event is no JSON: {event}"),
        }
    }

    /// The same, of a body that is known to be JSON.
    pub fn emit_raw(&mut self, event: &str, body: &RawValue) {
        if self.stuck.is_some() {
            return figures::dropped();
        }
        match self.put(event, body) {
            Ok(()) => figures::delivered(),
            Err(()) => {
                figures::dropped();
                let now = Instant::now();
                self.stuck = Some((now, now + RETRY));
            }
        }
    }

    /// Sends an event and waits for room: where much goes out at once, that is no sign of a slow reader.
    pub async fn emit_all(&mut self, event: &str, body: &RawValue) {
        let end = Instant::now() + ROOM;
        while self.stuck.is_none() && Instant::now() < end {
            if self.put(event, body).is_ok() {
                return figures::delivered();
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        self.emit_raw(event, body);
    }

    fn put(&self, event: &str, body: &RawValue) -> Result<(), ()> {
        match self.socket.emit(event, body) {
            Err(SendError::Socket(SocketError::InternalChannelFull)) => Err(()),
            // Who is gone is noticed elsewhere.
            Ok(()) | Err(_) => Ok(()),
        }
    }

    /// Says that something was missed.
    pub fn resync(&mut self) {
        let topics: Vec<_> =
            ["user", "chats"].into_iter().chain(self.feeds.iter().map(String::as_str)).collect();
        let Ok(body) = to_raw_value(&json!({ "topics": topics })) else { return };
        match self.put("resync", &body) {
            Ok(()) => {
                self.stuck = None;
                figures::resynced();
            }
            Err(()) => {
                let now = Instant::now();
                let since = self.stuck.map_or(now, |(since, _)| since);
                self.stuck = Some((since, now + RETRY));
            }
        }
        self.badges = None;
        self.badges_move();
    }

    fn is_lost(&self) -> bool {
        self.stuck.is_some_and(|(since, _)| since.elapsed() > STUCK)
    }

    /// Badges are told soon.
    pub fn badges_move(&mut self) {
        let soon = Instant::now() + BADGES;
        let next = self.badges_told.map_or(soon, |told| soon.max(told + BADGES_APART));
        self.badges_due.get_or_insert(next);
    }

    fn due(&self) -> Option<Instant> {
        let retry = self.stuck.map(|(_, retry)| retry);
        let typing = self.typing.values().min().copied();
        [self.badges_due, self.counts_due, retry, typing].into_iter().flatten().min()
    }

    /// Does what is due.
    async fn in_time(&mut self) {
        let now = Instant::now();
        let is_due = |due: Option<Instant>| due.is_some_and(|due| due <= now);
        if is_due(self.stuck.map(|(_, retry)| retry)) {
            self.resync();
        }
        if is_due(self.badges_due) {
            self.badges_due = None;
            self.badges_told = Some(now);
            let told = self.tell_badges().await;
            self.log(told);
        }
        if is_due(self.counts_due) {
            self.counts_due = None;
            let told = self.tell_counts().await;
            self.log(told);
        }
        self.forget_typing(now);
    }

    /// What a nudge means that is none of a feed's.
    async fn hear(&mut self, message: &Message) {
        // What a slow reader does not get need not be read: it is told to read again.
        if self.stuck.is_some() {
            return;
        }
        let done = match message.topic.split(':').nth(1) {
            Some("own") => match serde_json::from_slice(&message.body) {
                Ok(told) => self.told(told).await,
                Err(_) => Ok(()),
            },
            Some("post") => {
                let post = message.topic.rsplit(':').next().map(str::parse::<Id<Post>>);
                self.moved.extend(post.and_then(Result::ok));
                self.counts_due.get_or_insert_with(|| Instant::now() + COUNTS);
                Ok(())
            }
            Some("seen") => match message.topic.rsplit(':').next().map(str::parse) {
                Some(Ok(who)) => self.tell_presence(who).await,
                _ => Ok(()),
            },
            _ => Ok(()),
        };
        self.log(done);
    }

    async fn told(&mut self, told: Told) -> Result<(), Problem> {
        // A token that may not read posts hears nothing of chats.
        if self.session.standing.person.scopes_cover("read:statuses").is_err() {
            return Ok(());
        }
        match told {
            Told::Message { chat, number } => self.tell_message(chat, number).await,
            Told::Changed { chat, message, mark } => self.tell_change(chat, message, mark).await,
            Told::Chat { chat } => self.tell_chat(chat).await,
            Told::Gone { chat } => self.tell_gone(chat).await,
            Told::Read { chat, account, number } => {
                self.tell_receipt("chat.read", chat, account, number).await
            }
            Told::Delivered { chat, account, number } => {
                self.tell_receipt("chat.delivered", chat, account, number).await
            }
            Told::Typing { chat, account, typing } => self.tell_typing(chat, account, typing).await,
            Told::Markers => self.tell_markers().await,
            Told::Badges => {
                self.badges_move();
                Ok(())
            }
        }
    }

    /// An event that was not read, because an engine is away: one reads again.
    fn log(&mut self, done: Result<(), Problem>) {
        if let Err(problem) = done {
            tracing::warn!(error = problem.cause(), "a live event was not read");
            self.resync();
        }
    }

    /// Keeps how far a chat was told.
    pub fn went_out(&mut self, chat: Id<Chat>, number: u64) {
        if self.numbers.len() >= CHATS && !self.numbers.contains_key(&chat) {
            // Whatever goes: its next message is told from the beginning of the socket on.
            if let Some(some) = self.numbers.keys().next().copied() {
                self.numbers.remove(&some);
            }
        }
        self.numbers.insert(chat, number);
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        let here = &self.session.site.hub.here;
        if self.active {
            here.exit(self.me());
        }
        self.people.keys().for_each(|who| here.unwatch(*who));
    }
}
