//! Values in front of the store. Each place is one string that tells what it is by its first letter:
//!
//! | key | holds | is |
//! | --- | --- | --- |
//! | `sociosphere:node:NAME:{ID}` … | `=STAMP VALUE` | a value that somebody read |
//! | | `?LEASE` | nothing yet; the holder of the lease may fill it |
//! | | `!MARK:END …` | somebody writes; until when at most, by the clock of Redis |
//! | `sociosphere:journal:{written}`, `…:end` | list, number | what was written, newest first; how much there ever was |
//!
//! **The life of a Redis** is its run id and our prefix. A connection that comes back by itself may have come to another Redis,
//! or to one that has forgotten (or remembered) something: so the connection bears a name that we gave it when we asked for
//! the run id, each question asks for that name first, and a connection without it is another life.

use std::{
    hash::{BuildHasher, RandomState},
    sync::{Arc, LazyLock},
    time::Duration,
};

use async_trait::async_trait;
use bytes::Bytes;
use engine::{
    cache::{CacheError, Verdict},
    lookaside::{Ask, JOURNAL, Look, Lookaside, News, Reader},
};
use parking_lot::Mutex;
use redis::{FromRedisValue, InfoDict, Pipeline, Script, Value};

use crate::{
    cache::{LIMIT, RedisCache, millis, verdict},
    link::{CHUNK, Redis},
};

/// How long a lease is good: longer than a store takes to answer.
const LEASE: Duration = Duration::from_secs(3);
/// A journal that nobody asks for so long goes.
const LIFE: Duration = Duration::from_secs(60 * 60);

static LOOK: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("scripts/look.lua")));
static FILL: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("scripts/fill.lua")));
static MARK: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("scripts/mark.lua")));
static TELL: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("scripts/tell.lua")));
static NEWS: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("scripts/news.lua")));

/// The name of the connection, and in which life it was given.
#[derive(Clone, Debug, Default)]
pub(crate) struct Named(Arc<Mutex<Option<(String, String)>>>);

impl Named {
    /// The name in a life, if that is the newest known one.
    fn within(&self, life: &str) -> Result<String, CacheError> {
        match &*self.0.lock() {
            Some((name, known)) if known == life => Ok(name.clone()),
            _ => Err(elsewhere()),
        }
    }
}

fn elsewhere() -> CacheError {
    CacheError("the connection is another one".to_owned())
}

impl RedisCache {
    /// The key of a place: what it is, and which one in braces.
    fn place(&self, key: &str) -> String {
        let (what, which) = key.rsplit_once(':').unwrap_or(("value", key));
        format!("{}:{what}:{{{which}}}", self.redis.prefix)
    }

    fn journal(&self) -> [String; 2] {
        let list = format!("{}:journal:{{written}}", self.redis.prefix);
        let end = format!("{list}:end");
        [list, end]
    }

    fn life_in(&self, info: &InfoDict) -> Result<String, CacheError> {
        let run: Option<String> = info.get("run_id");
        let run = run.ok_or_else(|| CacheError("INFO names no run_id".to_owned()))?;
        Ok(format!("{run}/{}", self.redis.prefix))
    }

    /// Asks in the life that the connection was named in.
    async fn within(
        &self,
        name: &str,
        mut pipe: Pipeline,
        script: &Script,
    ) -> Result<Vec<Value>, CacheError> {
        pipe.cmd("CLIENT").arg("GETNAME");
        let mut answers: Vec<Value> = self.redis.ask(&pipe, &[script]).await.map_err(CacheError)?;
        let bears: Option<Option<String>> = answers.pop().map(read).transpose()?;
        match bears.flatten().as_deref() == Some(name) {
            true => Ok(answers),
            false => Err(elsewhere()),
        }
    }
}

/// What a value is stamped with: some letters of the run id too, for a Redis may remember values of an earlier life.
fn stamp(reader: Reader<'_>) -> String {
    format!("{}-{}", reader.life.get(..8).unwrap_or(reader.life), reader.stamp)
}

fn read<T: FromRedisValue>(value: Value) -> Result<T, CacheError> {
    T::from_redis_value(value).map_err(|why| CacheError(why.to_string()))
}

#[async_trait]
impl Lookaside for RedisCache {
    async fn life(&self) -> Result<String, CacheError> {
        let mut pipe = redis::pipe();
        pipe.cmd("CLIENT").arg("GETNAME").cmd("INFO").arg("server");
        // A server that takes no writes (a replica, one without memory) is of no use here.
        let alive = format!("{}:alive", self.redis.prefix);
        pipe.cmd("SET").arg(alive).arg(1).arg("PX").arg(60_000).ignore();
        let (name, info): (Option<String>, InfoDict) =
            self.redis.ask(&pipe, &[]).await.map_err(CacheError)?;
        let life = self.life_in(&info)?;
        if self.named.within(&life).ok() == name && name.is_some() {
            return Ok(life);
        }
        let name = format!("sociosphere-{:016x}", RandomState::new().hash_one(&life));
        let mut pipe = redis::pipe();
        // In one go: both are said of the same connection.
        pipe.cmd("CLIENT").arg("SETNAME").arg(&name).ignore().cmd("INFO").arg("server");
        let (info,): (InfoDict,) = self.redis.ask(&pipe, &[]).await.map_err(CacheError)?;
        let life = self.life_in(&info)?;
        *self.named.0.lock() = Some((name, life.clone()));
        Ok(life)
    }

    async fn look(&self, reader: Reader<'_>, keys: &[&str]) -> Result<Vec<Look>, CacheError> {
        let name = self.named.within(reader.life)?;
        let mut found = Vec::with_capacity(keys.len());
        for keys in keys.chunks(CHUNK) {
            let mut pipe = redis::pipe();
            for key in keys {
                let mut call = Redis::call(&LOOK, &[self.place(key)]);
                call.arg(stamp(reader)).arg(reader.lease).arg(millis(LEASE));
                pipe.add_command(call);
            }
            for answer in self.within(&name, pipe, &LOOK).await? {
                found.push(match answer {
                    Value::Int(0) => Look::Busy,
                    Value::Int(_) => Look::Lease,
                    value => Look::Value(Bytes::from(read::<Vec<u8>>(value)?)),
                });
            }
        }
        Ok(found)
    }

    async fn fill(
        &self,
        reader: Reader<'_>,
        values: Vec<(String, Bytes)>,
        ttl: Duration,
    ) -> Result<(), CacheError> {
        for values in values.chunks(CHUNK) {
            let mut pipe = redis::pipe();
            for (key, value) in values {
                let mut call = Redis::call(&FILL, &[self.place(key)]);
                call.arg(reader.lease).arg(stamp(reader)).arg(&value[..]).arg(millis(ttl).max(1));
                pipe.add_command(call).ignore();
            }
            self.redis.ask::<()>(&pipe, &[&FILL]).await.map_err(CacheError)?;
        }
        Ok(())
    }

    async fn mark(
        &self,
        life: &str,
        keys: &[String],
        mark: u64,
        ttl: Duration,
    ) -> Result<(), CacheError> {
        let name = self.named.within(life)?;
        for keys in keys.chunks(CHUNK) {
            let mut pipe = redis::pipe();
            for key in keys {
                let mut call = Redis::call(&MARK, &[self.place(key)]);
                call.arg(mark).arg(millis(ttl).max(1));
                pipe.add_command(call);
            }
            self.within(&name, pipe, &MARK).await?;
        }
        Ok(())
    }

    async fn settle(&self, keys: &[String], mark: u64, tell: Bytes) -> Result<bool, CacheError> {
        let mut pipe = redis::pipe();
        for key in keys {
            let mut call = Redis::call(&MARK, &[self.place(key)]);
            call.arg(mark).arg(0);
            pipe.add_command(call);
        }
        if !tell.is_empty() {
            let mut call = Redis::call(&TELL, &self.journal());
            call.arg(&tell[..]).arg(JOURNAL).arg(millis(LIFE));
            pipe.add_command(call);
        }
        if pipe.is_empty() {
            return Ok(true);
        }
        // Where a script was missing this is asked twice, and what was settled first does not stand then: the safe side.
        let stood: Vec<bool> = self.redis.ask(&pipe, &[&MARK, &TELL]).await.map_err(CacheError)?;
        Ok(stood.into_iter().all(|stood| stood))
    }

    async fn admit(
        &self,
        asks: &[Ask],
        now_ms: u64,
        after: u64,
    ) -> Result<(Vec<Verdict>, News), CacheError> {
        let mut pipe = redis::pipe();
        for ask in asks {
            pipe.add_command(self.ask_limit(&ask.key, ask.quota, ask.cost, now_ms));
        }
        let mut call = Redis::call(&NEWS, &self.journal());
        call.arg(after).arg(millis(LIFE));
        pipe.add_command(call);
        let mut answers: Vec<Value> =
            self.redis.ask(&pipe, &[&LIMIT, &NEWS]).await.map_err(CacheError)?;
        let news = answers.pop().map(read::<Vec<Value>>).transpose()?.unwrap_or_default();
        let verdicts = answers.into_iter().map(|said| Ok(verdict(read(said)?, now_ms)));
        Ok((verdicts.collect::<Result<_, CacheError>>()?, news_of(news)?))
    }
}

/// The end, and what was told, newest first, or a number where that is forgotten.
fn news_of(answer: Vec<Value>) -> Result<News, CacheError> {
    let mut answer = answer.into_iter();
    let end = answer.next().ok_or_else(|| CacheError("no end of the journal".to_owned()))?;
    let mut told = Some(Vec::new());
    for item in answer.rev() {
        match item {
            Value::Int(_) => told = None,
            item => {
                let item = Bytes::from(read::<Vec<u8>>(item)?);
                told.iter_mut().for_each(|told| told.push(item.clone()));
            }
        }
    }
    let end: String = read(end)?;
    let end = end.parse().map_err(|_| CacheError("an end that is no number".to_owned()))?;
    Ok(News { end, told })
}
