//! The cache: values, numbers and rate limits.
//!
//! Times come from the caller, so each entry holds when it ends and is judged by that; Redis's own time to live only
//! clears away, a little later, what nobody asks for any more.

use std::{sync::LazyLock, time::Duration};

use async_trait::async_trait;
use bytes::Bytes;
use engine::cache::{Cache, CacheError, Quota, Verdict};
use redis::Script;

use crate::{
    link::{CHUNK, Redis},
    lookaside::Named,
};

/// Redis clears an entry away so much after its end: clocks of processes may differ.
const GRACE_MS: u64 = 10_000;

static ADD: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("scripts/add.lua")));
pub(crate) static LIMIT: LazyLock<Script> =
    LazyLock::new(|| Script::new(include_str!("scripts/limit.lua")));

/// The cache of all processes that share a Redis.
#[derive(Clone, Debug)]
pub struct RedisCache {
    pub(crate) redis: Redis,
    pub(crate) named: Named,
}

impl RedisCache {
    /// The cache on this Redis.
    pub fn new(redis: Redis) -> Self {
        Self { redis, named: Named::default() }
    }

    fn key(&self, kind: &str, key: &str) -> String {
        format!("{}:{kind}:{{{key}}}", self.redis.prefix)
    }
}

#[async_trait]
impl Cache for RedisCache {
    async fn get(&self, keys: &[&str], now_ms: u64) -> Result<Vec<Option<Bytes>>, CacheError> {
        let mut values = Vec::with_capacity(keys.len());
        for keys in keys.chunks(CHUNK) {
            // Not MGET: in a cluster the keys lie on several nodes.
            let mut pipe = redis::pipe();
            for key in keys {
                pipe.cmd("GET").arg(self.key("value", key));
            }
            let found: Vec<Option<Vec<u8>>> =
                self.redis.ask(&pipe, &[]).await.map_err(CacheError)?;
            values.extend(found.into_iter().map(|raw| living(raw?.into(), now_ms)));
        }
        Ok(values)
    }

    async fn set(
        &self,
        values: Vec<(String, Bytes)>,
        now_ms: u64,
        ttl: Duration,
    ) -> Result<(), CacheError> {
        let ttl = millis(ttl);
        let until = format!("{} ", now_ms.saturating_add(ttl));
        for values in values.chunks(CHUNK) {
            let mut pipe = redis::pipe();
            for (key, value) in values {
                let raw = [until.as_bytes(), value].concat();
                let set = pipe.cmd("SET").arg(self.key("value", key)).arg(raw);
                set.arg("PX").arg(clear_after(ttl)).ignore();
            }
            self.redis.ask::<()>(&pipe, &[]).await.map_err(CacheError)?;
        }
        Ok(())
    }

    async fn delete(&self, keys: &[&str]) -> Result<(), CacheError> {
        for keys in keys.chunks(CHUNK) {
            let mut pipe = redis::pipe();
            for key in keys {
                let names = [self.key("value", key), self.key("number", key)];
                pipe.cmd("UNLINK").arg(&names[..]).ignore();
            }
            self.redis.ask::<()>(&pipe, &[]).await.map_err(CacheError)?;
        }
        Ok(())
    }

    async fn add(&self, key: &str, by: i64, now_ms: u64, ttl: Duration) -> Result<i64, CacheError> {
        let ttl = millis(ttl);
        let mut call = Redis::call(&ADD, &[self.key("number", key)]);
        call.arg(by).arg(now_ms).arg(now_ms.saturating_add(ttl)).arg(clear_after(ttl));
        self.redis.run(call, &ADD).await.map_err(CacheError)
    }

    async fn limit(
        &self,
        key: &str,
        quota: Quota,
        cost: u32,
        now_ms: u64,
    ) -> Result<Verdict, CacheError> {
        let call = self.ask_limit(key, quota, cost, now_ms);
        let said = self.redis.run(call, &LIMIT).await.map_err(CacheError)?;
        Ok(verdict(said, now_ms))
    }
}

impl RedisCache {
    /// The question to a limit.
    pub(crate) fn ask_limit(&self, key: &str, quota: Quota, cost: u32, now_ms: u64) -> redis::Cmd {
        let mut call = Redis::call(&LIMIT, &[self.key("limit", key)]);
        call.arg(quota.burst).arg(millis(quota.period)).arg(cost).arg(now_ms).arg(GRACE_MS);
        call
    }
}

/// What the script of a limit says: allowed, how many more, when all is refilled, how long to wait.
pub(crate) type Said = (bool, u32, u64, u64);

pub(crate) fn verdict((allowed, remaining, reset, wait): Said, now_ms: u64) -> Verdict {
    Verdict {
        allowed,
        remaining,
        reset_ms: now_ms.saturating_add(reset),
        retry_after: Duration::from_millis(wait),
    }
}

/// Whole milliseconds, and at most a year: numbers in scripts are exact below 2^53 only.
pub(crate) fn millis(time: Duration) -> u64 {
    const YEAR: u128 = 366 * 24 * 60 * 60 * 1000;
    time.as_nanos().div_ceil(1_000_000).min(YEAR) as u64
}

fn clear_after(ttl_ms: u64) -> u64 {
    ttl_ms + GRACE_MS
}

/// The value behind its end, if that has not come.
fn living(raw: Bytes, now_ms: u64) -> Option<Bytes> {
    let end = raw.iter().position(|&byte| byte == b' ')?;
    let until: u64 = std::str::from_utf8(&raw[..end]).ok()?.parse().ok()?;
    (until > now_ms).then(|| raw.slice(end + 1..))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_value_of_ours_is_none() {
        for raw in ["", "12", " x", "x y", "-5 y", "99"] {
            assert_eq!(living(Bytes::from(raw), 1), None, "{raw:?}");
        }
        assert_eq!(living(Bytes::from("2 a b"), 1), Some(Bytes::from("a b")));
    }
}
