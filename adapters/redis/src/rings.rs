//! The rings: capped lists, each pushed to, read and built by one script in one round trip.
//!
//! | key | type | is |
//! | --- | --- | --- |
//! | `sociosphere:ring:{ID}` | list | entries, newest first: `id`, or `id>what it shows` |
//! | `sociosphere:ring:{ID}:about` | hash | floor, size, and which entries show something else |
//! | `sociosphere:ring:{ID}:building` `…:building:about` | the same | what was pushed since a build began |
//!
//! A full ring weighs about 10 KB. One that nobody reads for a week leaves.
//!
//! A push that Redis did not take leaves a hole in a ring that is still there when Redis is back. So such rings are
//! remembered, not read, and forgotten as soon as Redis answers: they are built again.

use std::{
    collections::HashSet,
    sync::{Arc, LazyLock, Weak},
    time::Duration,
};

use async_trait::async_trait;
use engine::rings::{BuildTicket, Entry, RING_CAPACITY, RingError, RingPage, Rings};
use parking_lot::Mutex;
use redis::Script;

use crate::link::{CHUNK, Redis};

/// A ring that nobody reads for so long leaves.
const LIFE: Duration = Duration::from_secs(7 * 24 * 60 * 60);
/// Reading renews its life when less than this is left: not every read is a write.
const RENEW: Duration = Duration::from_secs(6 * 24 * 60 * 60);
/// Between two attempts to forget what has a hole.
const PAUSE: Duration = Duration::from_millis(200);
/// A build that takes longer was given up.
const BUILD: Duration = Duration::from_secs(10 * 60);

fn script(text: &str) -> Script {
    let common = include_str!("scripts/ring.lua");
    Script::new(&format!("local CAPACITY = {RING_CAPACITY}\n{common}\n{text}"))
}

static PUSH: LazyLock<Script> = LazyLock::new(|| script(include_str!("scripts/ring_push.lua")));
static READ: LazyLock<Script> = LazyLock::new(|| script(include_str!("scripts/ring_read.lua")));
static BEGIN: LazyLock<Script> = LazyLock::new(|| script(include_str!("scripts/ring_begin.lua")));
static FINISH: LazyLock<Script> = LazyLock::new(|| script(include_str!("scripts/ring_finish.lua")));

/// The rings of all processes that share a Redis.
#[derive(Debug)]
pub struct RedisRings {
    redis: Redis,
    holed: Arc<Mutex<Holed>>,
}

/// Rings that missed something while Redis was away.
#[derive(Debug, Default)]
struct Holed {
    rings: HashSet<u64>,
    /// A task is about to forget them.
    mending: bool,
}

impl RedisRings {
    /// The rings on this Redis.
    pub fn new(redis: Redis) -> Self {
        Self { redis, holed: Arc::default() }
    }

    /// Remembers rings that missed something, and tells why.
    fn holed(&self, rings: &[u64], why: String) -> RingError {
        let mut holed = self.holed.lock();
        holed.rings.extend(rings);
        if !std::mem::replace(&mut holed.mending, true) {
            tokio::spawn(mend(self.redis.clone(), Arc::downgrade(&self.holed)));
        }
        RingError(why)
    }
}

/// Forgets what has a hole, until nothing is left of it or of the engine.
async fn mend(redis: Redis, holed: Weak<Mutex<Holed>>) {
    while let Some(holed) = holed.upgrade() {
        let rings: Vec<u64> = {
            let mut holed = holed.lock();
            holed.mending = !holed.rings.is_empty();
            holed.rings.iter().take(CHUNK).copied().collect()
        };
        if rings.is_empty() {
            return;
        }
        match unlink(&redis, &rings).await {
            Ok(()) => rings.iter().for_each(|ring| _ = holed.lock().rings.remove(ring)),
            Err(_) => tokio::time::sleep(PAUSE).await,
        }
    }
}

/// List, about, building, building:about.
fn keys(redis: &Redis, ring: u64) -> [String; 4] {
    let list = format!("{}:ring:{{{ring}}}", redis.prefix);
    let end = |end| format!("{list}:{end}");
    [list.clone(), end("about"), end("building"), end("building:about")]
}

async fn unlink(redis: &Redis, rings: &[u64]) -> Result<(), String> {
    let mut pipe = redis::pipe();
    for &ring in rings {
        pipe.cmd("UNLINK").arg(&keys(redis, ring)).ignore();
    }
    redis.ask(&pipe, &[]).await
}

#[async_trait]
impl Rings for RedisRings {
    async fn push(&self, rings: &[u64], entry: Entry) -> Result<(), RingError> {
        let (id, shows) = (digits(entry.id), digits(entry.shows));
        let mut failed = None;
        for rings in rings.chunks(CHUNK) {
            let mut pipe = redis::pipe();
            for &ring in rings {
                let mut call = Redis::call(&PUSH, &keys(&self.redis, ring));
                call.arg(&id).arg(&shows);
                pipe.add_command(call).ignore();
            }
            // Asking twice does no harm: an id is there once.
            let pushed = self.redis.ask::<()>(&pipe, &[&PUSH]).await;
            // All are tried: what fails has a hole each.
            failed = pushed.err().map(|why| self.holed(rings, why)).or(failed);
        }
        failed.map_or(Ok(()), Err)
    }

    async fn read(
        &self,
        ring: u64,
        below: Option<u64>,
        above: Option<u64>,
        nearest: bool,
        limit: usize,
    ) -> Result<Option<RingPage>, RingError> {
        if self.holed.lock().rings.contains(&ring) {
            return Ok(None);
        }
        let mut call = Redis::call(&READ, &keys(&self.redis, ring)[..2]);
        let bound = |bound: Option<u64>| bound.map(digits).unwrap_or_default();
        call.arg(bound(below)).arg(bound(above)).arg(nearest).arg(limit.min(RING_CAPACITY));
        call.arg(millis(LIFE)).arg(millis(RENEW));
        let page: Option<Vec<String>> = self.redis.run(call, &READ).await.map_err(RingError)?;
        let Some(page) = page else { return Ok(None) };
        let not_ours = || RingError(format!("ring {ring} holds what is no entry"));
        let (floor, entries) = page.split_first().ok_or_else(not_ours)?;
        let entries: Option<Vec<_>> = entries.iter().map(|text| entry(text)).collect();
        let floor = floor.parse().map_err(|_| not_ours())?;
        Ok(Some(RingPage { entries: entries.ok_or_else(not_ours)?, floor }))
    }

    async fn begin(&self, ring: u64) -> Result<BuildTicket, RingError> {
        let mut call = Redis::call(&BEGIN, &keys(&self.redis, ring)[2..]);
        call.arg(millis(BUILD));
        self.redis.run(call, &BEGIN).await.map(BuildTicket).map_err(RingError)
    }

    async fn finish(
        &self,
        ring: u64,
        ticket: BuildTicket,
        entries: Vec<Entry>,
        floor: u64,
    ) -> Result<bool, RingError> {
        let (entries, floor) = newest_of_each(entries, floor);
        let mut call = Redis::call(&FINISH, &keys(&self.redis, ring));
        call.arg(ticket.0).arg(digits(floor)).arg(millis(LIFE));
        for entry in entries {
            call.arg(text(entry));
        }
        self.redis.run(call, &FINISH).await.map_err(RingError)
    }

    async fn forget(&self, rings: &[u64]) -> Result<(), RingError> {
        let mut failed = None;
        for rings in rings.chunks(CHUNK) {
            let forgot = unlink(&self.redis, rings).await;
            failed = forgot.err().map(|why| self.holed(rings, why)).or(failed);
        }
        failed.map_or(Ok(()), Err)
    }
}

/// What a ring holds of these: the newest entry of each thing, the newest so many, and from where on it is sure.
fn newest_of_each(mut entries: Vec<Entry>, mut floor: u64) -> (Vec<Entry>, u64) {
    entries.sort_by_key(|entry| std::cmp::Reverse(entry.id));
    entries.dedup_by_key(|entry| entry.id);
    let mut seen = HashSet::new();
    entries.retain(|entry| entry.id >= floor && seen.insert(entry.shows));
    if entries.len() > RING_CAPACITY {
        entries.truncate(RING_CAPACITY);
        floor = entries.last().map_or(floor, |last| last.id.max(floor));
    }
    (entries, floor)
}

fn digits(id: u64) -> String {
    format!("{id:020}")
}

fn text(entry: Entry) -> String {
    match entry.id == entry.shows {
        true => digits(entry.id),
        false => format!("{:020}>{:020}", entry.id, entry.shows),
    }
}

fn entry(text: &str) -> Option<Entry> {
    let (id, shows) = text.split_once('>').unwrap_or((text, text));
    Some(Entry { id: id.parse().ok()?, shows: shows.parse().ok()? })
}

fn millis(time: Duration) -> u64 {
    time.as_secs() * 1000
}
