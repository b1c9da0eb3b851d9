//! The memory engine of [`crate::lookaside`]: places in one bounded map, the journal in a short queue.

use std::{
    collections::VecDeque,
    hash::{BuildHasher, RandomState},
    time::Duration,
};

use async_trait::async_trait;
use bytes::Bytes;
use parking_lot::Mutex;
use tokio::time::Instant;

use super::cache::{Bounded, MemoryCache};
use crate::{
    cache::{Cache, CacheError, Verdict},
    lookaside::{Ask, JOURNAL, Look, Lookaside, News, Reader},
};

/// How long a lease is good.
const LEASE: Duration = Duration::from_secs(3);

/// Places and journal. Times are milliseconds since it was made.
pub(super) struct Places {
    begun: Instant,
    life: String,
    state: Mutex<State>,
}

struct State {
    places: Bounded<Place>,
    journal: VecDeque<Bytes>,
    end: u64,
}

enum Place {
    Value {
        stamp: String,
        bytes: Bytes,
    },
    Lease(u64),
    /// Marks, and when each ends.
    Marks(Vec<(u64, u64)>),
}

impl Places {
    pub(super) fn bounded(bytes: usize) -> Self {
        let life = format!("{:016x}", RandomState::new().hash_one(0));
        let state = State { places: Bounded::new(bytes), journal: VecDeque::new(), end: 1 };
        Self { begun: Instant::now(), life, state: Mutex::new(state) }
    }

    fn now(&self) -> u64 {
        u64::try_from(self.begun.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    fn until(&self, ttl: Duration) -> u64 {
        self.now().saturating_add(u64::try_from(ttl.as_millis()).unwrap_or(u64::MAX))
    }

    fn alive(&self, life: &str) -> Result<(), CacheError> {
        if life == self.life { Ok(()) } else { Err(CacheError("it is another one".to_owned())) }
    }
}

#[async_trait]
impl Lookaside for MemoryCache {
    async fn life(&self) -> Result<String, CacheError> {
        Ok(self.places.life.clone())
    }

    async fn look(&self, reader: Reader<'_>, keys: &[&str]) -> Result<Vec<Look>, CacheError> {
        self.places.alive(reader.life)?;
        let (now, lease_ends) = (self.places.now(), self.places.until(LEASE));
        let places = &mut self.places.state.lock().places;
        let mut look = |key: &&str| {
            match places.get(key, now) {
                Some(Place::Value { stamp, bytes }) if stamp == reader.stamp => {
                    return Look::Value(bytes.clone());
                }
                Some(Place::Lease(lease)) if *lease != reader.lease => return Look::Busy,
                Some(Place::Marks(marks)) if marks.iter().any(|(_, ends)| *ends > now) => {
                    return Look::Busy;
                }
                _ => {}
            }
            places.put(key, Place::Lease(reader.lease), 8, lease_ends);
            Look::Lease
        };
        Ok(keys.iter().map(&mut look).collect())
    }

    async fn fill(
        &self,
        reader: Reader<'_>,
        values: Vec<(String, Bytes)>,
        ttl: Duration,
    ) -> Result<(), CacheError> {
        let (now, until) = (self.places.now(), self.places.until(ttl));
        let places = &mut self.places.state.lock().places;
        for (key, bytes) in values {
            if matches!(places.get(&key, now), Some(Place::Lease(lease)) if *lease == reader.lease)
            {
                let (stamp, size) = (reader.stamp.to_owned(), bytes.len());
                places.put(&key, Place::Value { stamp, bytes }, size, until);
            }
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
        self.places.alive(life)?;
        let (now, until) = (self.places.now(), self.places.until(ttl));
        let places = &mut self.places.state.lock().places;
        for key in keys {
            let mut marks = match places.get_mut(key, now) {
                Some(Place::Marks(marks)) => std::mem::take(marks),
                _ => Vec::new(),
            };
            marks.retain(|(other, ends)| *ends > now && *other != mark);
            marks.push((mark, until));
            let last = marks.iter().map(|(_, ends)| *ends).max().unwrap_or(until);
            let size = 16 * marks.len();
            places.put(key, Place::Marks(marks), size, last);
        }
        Ok(())
    }

    async fn settle(&self, keys: &[String], mark: u64, tell: Bytes) -> Result<bool, CacheError> {
        let now = self.places.now();
        let state = &mut *self.places.state.lock();
        let mut stood = true;
        for key in keys {
            let Some(Place::Marks(marks)) = state.places.get_mut(key, now) else {
                stood = false;
                continue;
            };
            let own = marks.iter().position(|(other, ends)| *other == mark && *ends > now);
            stood &= own.is_some();
            marks.retain(|(other, ends)| *ends > now && *other != mark);
            if marks.is_empty() {
                state.places.remove(key);
            }
        }
        if !tell.is_empty() {
            state.end += 1;
            state.journal.push_back(tell);
            if state.journal.len() > JOURNAL {
                state.journal.pop_front();
            }
        }
        Ok(stood)
    }

    async fn admit(
        &self,
        asks: &[Ask],
        now_ms: u64,
        after: u64,
    ) -> Result<(Vec<Verdict>, News), CacheError> {
        let mut verdicts = Vec::with_capacity(asks.len());
        for ask in asks {
            verdicts.push(self.limit(&ask.key, ask.quota, ask.cost, now_ms).await?);
        }
        let state = self.places.state.lock();
        let missed = state.end.checked_sub(after).map(|missed| missed as usize);
        let told = missed.filter(|missed| *missed <= state.journal.len());
        let told = told.map(|missed| {
            state.journal.iter().skip(state.journal.len() - missed).cloned().collect()
        });
        Ok((verdicts, News { end: state.end, told }))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    async fn open() -> (Arc<MemoryCache>, ()) {
        (Arc::new(MemoryCache::new()), ())
    }

    crate::lookaside_contract!(open);
}
