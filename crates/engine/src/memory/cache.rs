//! The memory engine of the cache: sharded maps, each bounded, the longest untouched leave first.
//!
//! Values, numbers and limits have bounds of their own, so that a flood of values cannot push the limits out.

use std::{
    collections::{BTreeMap, HashMap},
    hash::{BuildHasher, RandomState},
    sync::Arc,
    time::Duration,
};

use async_trait::async_trait;
use bytes::Bytes;
use parking_lot::Mutex;

use super::lookaside::Places;
use crate::cache::{Cache, CacheError, Quota, Verdict};

const SHARDS: usize = 16;

/// A cache that lives as long as its process.
pub struct MemoryCache {
    shards: Vec<Mutex<Shard>>,
    hasher: RandomState,
    pub(super) places: Places,
}

struct Shard {
    values: Bounded<Bytes>,
    numbers: Bounded<i64>,
    limits: Bounded<Spent>,
}

impl Default for MemoryCache {
    fn default() -> Self {
        Self::new()
    }
}

impl MemoryCache {
    /// A cache of at most 16 MB of values.
    pub fn new() -> Self {
        Self::bounded(16 * 1024 * 1024)
    }

    /// A cache of at most so many bytes of values, and as much again for numbers and limits, and for places.
    pub fn bounded(bytes: usize) -> Self {
        let share = bytes / SHARDS;
        let shard = || Shard {
            values: Bounded::new(share),
            numbers: Bounded::new(share / 2),
            limits: Bounded::new(share / 2),
        };
        let shards = (0..SHARDS).map(|_| Mutex::new(shard())).collect();
        Self { shards, hasher: RandomState::new(), places: Places::bounded(bytes) }
    }

    fn shard(&self, key: &str) -> &Mutex<Shard> {
        &self.shards[self.hasher.hash_one(key) as usize % SHARDS]
    }
}

#[async_trait]
impl Cache for MemoryCache {
    async fn get(&self, keys: &[&str], now_ms: u64) -> Result<Vec<Option<Bytes>>, CacheError> {
        let get = |key: &&str| self.shard(key).lock().values.get(key, now_ms).cloned();
        Ok(keys.iter().map(get).collect())
    }

    async fn set(
        &self,
        values: Vec<(String, Bytes)>,
        now_ms: u64,
        ttl: Duration,
    ) -> Result<(), CacheError> {
        for (key, value) in values {
            let size = value.len();
            self.shard(&key).lock().values.put(&key, value, size, until(now_ms, ttl));
        }
        Ok(())
    }

    async fn delete(&self, keys: &[&str]) -> Result<(), CacheError> {
        for key in keys {
            let mut shard = self.shard(key).lock();
            shard.values.remove(key);
            shard.numbers.remove(key);
        }
        Ok(())
    }

    async fn add(&self, key: &str, by: i64, now_ms: u64, ttl: Duration) -> Result<i64, CacheError> {
        let numbers = &mut self.shard(key).lock().numbers;
        if let Some(number) = numbers.get_mut(key, now_ms) {
            *number = number.saturating_add(by);
            return Ok(*number);
        }
        numbers.put(key, by, 0, until(now_ms, ttl));
        Ok(by)
    }

    async fn limit(
        &self,
        key: &str,
        quota: Quota,
        cost: u32,
        now_ms: u64,
    ) -> Result<Verdict, CacheError> {
        let limits = &mut self.shard(key).lock().limits;
        let before = limits.get(key, now_ms).copied();
        let (verdict, after) = Spent::ask(before, quota, cost, now_ms);
        if verdict.allowed && cost > 0 {
            limits.put(key, after, 0, verdict.reset_ms);
        }
        Ok(verdict)
    }
}

fn until(now_ms: u64, ttl: Duration) -> u64 {
    now_ms.saturating_add(u64::try_from(ttl.as_millis()).unwrap_or(u64::MAX))
}

/// When all that was spent is refilled, in nanoseconds times `burst`: then an interval of
/// `period / burst` is a whole number and nothing is ever rounded.
#[derive(Clone, Copy)]
struct Spent {
    full_at: u128,
    burst: u32,
}

impl Spent {
    fn ask(before: Option<Spent>, quota: Quota, cost: u32, now_ms: u64) -> (Verdict, Spent) {
        const MS: u128 = 1_000_000;
        let burst = u128::from(quota.burst.max(1));
        let one = quota.period.as_nanos();
        let now = u128::from(now_ms) * MS * burst;
        let full_at = match before {
            Some(spent) if u128::from(spent.burst) == burst => spent.full_at.max(now),
            // The quota changed: the same moment, told in the new quota's units.
            Some(spent) => (spent.full_at / u128::from(spent.burst) * burst).max(now),
            None => now,
        };
        let room = now + one * u128::from(quota.burst);
        let wanted = full_at + one * u128::from(cost.max(1));
        let allowed = wanted <= room;
        let after = if allowed && cost > 0 { wanted } else { full_at };
        let left = room.saturating_sub(after).checked_div(one).unwrap_or(u128::from(quota.burst));
        let wait_ms = wanted.saturating_sub(room).div_ceil(MS * burst);
        let verdict = Verdict {
            allowed,
            remaining: u32::try_from(left).unwrap_or(quota.burst),
            reset_ms: u64::try_from(after.div_ceil(MS * burst)).unwrap_or(u64::MAX),
            retry_after: Duration::from_millis(u64::try_from(wait_ms).unwrap_or(u64::MAX)),
        };
        (verdict, Spent { full_at: after, burst: quota.burst.max(1) })
    }
}

/// A map that weighs its entries and lets the longest untouched go.
pub(super) struct Bounded<V> {
    slots: HashMap<Arc<str>, Slot<V>>,
    /// Keys by their last touch.
    touched: BTreeMap<u64, Arc<str>>,
    clock: u64,
    weight: usize,
    bound: usize,
}

struct Slot<V> {
    value: V,
    weight: usize,
    until_ms: u64,
    touched: u64,
}

/// What an entry costs beside its key and value: two map nodes, more or less.
const SLOT_WEIGHT: usize = 128;

impl<V> Bounded<V> {
    pub(super) fn new(bound: usize) -> Self {
        Self { slots: HashMap::new(), touched: BTreeMap::new(), clock: 0, weight: 0, bound }
    }

    pub(super) fn get_mut(&mut self, key: &str, now_ms: u64) -> Option<&mut V> {
        if self.slots.get(key)?.until_ms <= now_ms {
            self.remove(key);
            return None;
        }
        let slot = self.slots.get_mut(key)?;
        self.clock += 1;
        if let Some(name) = self.touched.remove(&slot.touched) {
            self.touched.insert(self.clock, name);
        }
        slot.touched = self.clock;
        Some(&mut slot.value)
    }

    pub(super) fn get(&mut self, key: &str, now_ms: u64) -> Option<&V> {
        self.get_mut(key, now_ms).map(|value| &*value)
    }

    pub(super) fn put(&mut self, key: &str, value: V, size: usize, until_ms: u64) {
        self.remove(key);
        self.clock += 1;
        let weight = size + key.len() + SLOT_WEIGHT;
        let name: Arc<str> = key.into();
        self.touched.insert(self.clock, name.clone());
        self.slots.insert(name, Slot { value, weight, until_ms, touched: self.clock });
        self.weight += weight;
        while self.weight > self.bound {
            let Some((_, oldest)) = self.touched.pop_first() else { break };
            if let Some(slot) = self.slots.remove(&oldest) {
                self.weight -= slot.weight;
            }
        }
    }

    pub(super) fn remove(&mut self, key: &str) {
        if let Some(slot) = self.slots.remove(key) {
            self.touched.remove(&slot.touched);
            self.weight -= slot.weight;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn open() -> (Arc<MemoryCache>, ()) {
        (Arc::new(MemoryCache::new()), ())
    }

    crate::cache_contract!(open);

    #[tokio::test]
    async fn a_flood_stays_within_the_bound_and_spares_the_limits() {
        let cache = MemoryCache::bounded(64 * 1024);
        let (minute, quota) =
            (Duration::from_secs(60), Quota { burst: 1, period: Duration::from_secs(60) });
        assert!(cache.limit("door", quota, 1, 0).await.unwrap().allowed);
        for number in 0..10_000 {
            let value = Bytes::from(vec![0; 100]);
            cache.set(vec![(format!("key{number}"), value)], 0, minute).await.unwrap();
        }
        let shards = cache.shards.iter().map(|shard| shard.lock());
        let (count, weight) = shards.fold((0, 0), |(count, weight), shard| {
            assert_eq!(shard.values.slots.len(), shard.values.touched.len());
            (count + shard.values.slots.len(), weight + shard.values.weight)
        });
        assert!(weight <= 64 * 1024 && count > 100, "{count} values weigh {weight}");
        assert!(!cache.limit("door", quota, 1, 0).await.unwrap().allowed);
    }
}
