//! The memory engine of rings: the hot path of a post, so it is built for pushes.
//!
//! Rings lie in shards, each behind its own lock. A ring is a double-ended list of ids, 8 bytes an entry, with the few
//! entries that show something else in a list beside it; an ordinary push appends to the one and looks
//! through the other. Beyond a bound of rings, the longest unread leave when a new one is built.

use std::{
    collections::{HashMap, VecDeque},
    hash::{BuildHasherDefault, Hasher},
    sync::atomic::{AtomicU64, Ordering},
};

use async_trait::async_trait;
use parking_lot::Mutex;

use crate::rings::{BuildTicket, Entry, RING_CAPACITY, RingError, RingPage, Rings};

/// Rings of one process.
pub struct MemoryRings {
    shards: Vec<Mutex<Shard>>,
    /// The most rings of a shard.
    bound: usize,
    tickets: AtomicU64,
}

#[derive(Default)]
struct Shard {
    rings: HashMap<u64, Ring, BuildHasherDefault<Spread>>,
    /// Counts reads, to know the longest unread.
    clock: u64,
}

#[derive(Default)]
struct Ring {
    built: Option<Entries>,
    build: Option<Build>,
    read_at: u64,
}

struct Build {
    ticket: BuildTicket,
    /// Pushes since the build began.
    kept: Entries,
}

impl Default for MemoryRings {
    fn default() -> Self {
        Self::new()
    }
}

impl MemoryRings {
    /// At most 20,000 rings: some 64 MB if all are full.
    pub fn new() -> Self {
        Self::bounded(20_000)
    }

    /// At most about so many rings.
    pub fn bounded(rings: usize) -> Self {
        // Few rings in many shards would be evicted by chance.
        let shards = if rings < 1024 { 1 } else { 64 };
        Self {
            shards: (0..shards).map(|_| Mutex::default()).collect(),
            bound: (rings / shards).max(1),
            tickets: AtomicU64::new(1),
        }
    }

    fn shard(&self, ring: u64) -> &Mutex<Shard> {
        // The upper bits: the map inside of the shard goes by the lower ones.
        &self.shards[(spread(ring) >> 48) as usize % self.shards.len()]
    }
}

#[async_trait]
impl Rings for MemoryRings {
    async fn push(&self, rings: &[u64], entry: Entry) -> Result<(), RingError> {
        for &ring in rings {
            if let Some(ring) = self.shard(ring).lock().rings.get_mut(&ring) {
                if let Some(build) = &mut ring.build {
                    build.kept.insert(entry);
                }
                if let Some(built) = &mut ring.built {
                    built.insert(entry);
                }
            }
        }
        Ok(())
    }

    async fn read(
        &self,
        ring: u64,
        below: Option<u64>,
        above: Option<u64>,
        nearest: bool,
        limit: usize,
    ) -> Result<Option<RingPage>, RingError> {
        let mut shard = self.shard(ring).lock();
        shard.clock += 1;
        let now = shard.clock;
        let Some(ring) = shard.rings.get_mut(&ring) else { return Ok(None) };
        ring.read_at = now;
        Ok(ring.built.as_ref().map(|built| built.page(below, above, nearest, limit)))
    }

    async fn begin(&self, ring: u64) -> Result<BuildTicket, RingError> {
        let ticket = BuildTicket(self.tickets.fetch_add(1, Ordering::Relaxed));
        let mut shard = self.shard(ring).lock();
        if !shard.rings.contains_key(&ring) && shard.rings.len() >= self.bound {
            shard.evict();
        }
        shard.clock += 1;
        let read_at = shard.clock;
        let ring = shard.rings.entry(ring).or_default();
        ring.build = Some(Build { ticket, kept: Entries::default() });
        ring.read_at = read_at;
        Ok(ticket)
    }

    async fn finish(
        &self,
        ring: u64,
        ticket: BuildTicket,
        entries: Vec<Entry>,
        floor: u64,
    ) -> Result<bool, RingError> {
        let mut shard = self.shard(ring).lock();
        let Some(ring) = shard.rings.get_mut(&ring) else { return Ok(false) };
        let Some(build) = ring.build.take_if(|build| build.ticket == ticket) else {
            return Ok(false);
        };
        let mut built = Entries { floor: floor.max(build.kept.floor), ..Entries::default() };
        // Oldest first: each is an append.
        for &entry in entries.iter().rev() {
            built.insert(entry);
        }
        for entry in build.kept.oldest_first() {
            built.insert(entry);
        }
        ring.built = Some(built);
        Ok(true)
    }

    async fn forget(&self, rings: &[u64]) -> Result<(), RingError> {
        for &ring in rings {
            self.shard(ring).lock().rings.remove(&ring);
        }
        Ok(())
    }
}

impl Shard {
    fn evict(&mut self) {
        let idle = self.rings.iter().min_by_key(|(_, ring)| ring.read_at).map(|(id, _)| *id);
        if let Some(idle) = idle {
            self.rings.remove(&idle);
        }
    }
}

/// The entries of one ring.
#[derive(Default)]
struct Entries {
    /// All ids, oldest first.
    ids: VecDeque<u64>,
    /// Those that show something else, oldest first, with what they show.
    others: Vec<(u64, u64)>,
    floor: u64,
}

impl Entries {
    /// Keeps the newest entry of each thing shown, and the newest [`RING_CAPACITY`] of all. What is dropped because
    /// a newer one shows the same need not come back: whatever drops the newer one would have dropped it too.
    fn insert(&mut self, entry: Entry) {
        if entry.id < self.floor {
            return;
        }
        let place = match self.ids.back() {
            Some(&newest) if newest >= entry.id => match self.ids.binary_search(&entry.id) {
                Ok(_) => return,
                Err(place) => place,
            },
            _ => self.ids.len(),
        };
        let other = self.others.iter().find(|other| other.1 == entry.shows).map(|other| other.0);
        let itself =
            (entry.shows != entry.id && self.shows_itself(entry.shows)).then_some(entry.shows);
        // At most one of them is there.
        if let Some(same) = other.or(itself) {
            if same > entry.id {
                return;
            }
            self.remove(same);
            self.ids.insert(place - 1, entry.id);
        } else {
            self.ids.insert(place, entry.id);
        }
        if entry.shows != entry.id {
            let place = self.others.partition_point(|other| other.0 < entry.id);
            self.others.insert(place, (entry.id, entry.shows));
        }
        if self.ids.len() > RING_CAPACITY
            && let Some(oldest) = self.ids.pop_front()
        {
            if self.others.first().is_some_and(|other| other.0 == oldest) {
                self.others.remove(0);
            }
            self.floor = self.ids.front().copied().unwrap_or(self.floor).max(self.floor);
        }
    }

    fn shows_itself(&self, id: u64) -> bool {
        self.ids.binary_search(&id).is_ok() && self.shown_by(id) == id
    }

    fn shown_by(&self, id: u64) -> u64 {
        match self.others.binary_search_by_key(&id, |other| other.0) {
            Ok(place) => self.others[place].1,
            Err(_) => id,
        }
    }

    fn remove(&mut self, id: u64) {
        if let Ok(place) = self.ids.binary_search(&id) {
            self.ids.remove(place);
        }
        if let Ok(place) = self.others.binary_search_by_key(&id, |other| other.0) {
            self.others.remove(place);
        }
    }

    fn oldest_first(&self) -> impl Iterator<Item = Entry> {
        self.ids.iter().map(|&id| Entry { id, shows: self.shown_by(id) })
    }

    fn page(
        &self,
        below: Option<u64>,
        above: Option<u64>,
        nearest: bool,
        limit: usize,
    ) -> RingPage {
        let start = above.map_or(0, |above| self.ids.partition_point(|&id| id <= above));
        let end = below.map_or(self.ids.len(), |below| self.ids.partition_point(|&id| id < below));
        let size = end.saturating_sub(start).min(limit);
        let start = if nearest && above.is_some() && below.is_none() {
            start
        } else {
            end.max(start) - size
        };
        let ids = self.ids.range(start..start + size).rev();
        let entries = ids.map(|&id| Entry { id, shows: self.shown_by(id) }).collect();
        RingPage { entries, floor: self.floor }
    }
}

/// Hashes a number by one multiplication: ring ids are ours, nobody chooses them to collide.
#[derive(Default)]
struct Spread(u64);

fn spread(id: u64) -> u64 {
    // Fibonacci hashing, the upper half folded down.
    let product = u128::from(id).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (product as u64) ^ ((product >> 64) as u64)
}

impl Hasher for Spread {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.0 = spread(self.0 ^ u64::from(byte));
        }
    }

    fn write_u64(&mut self, id: u64) {
        self.0 = spread(id);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    async fn open() -> (Arc<MemoryRings>, ()) {
        (Arc::new(MemoryRings::new()), ())
    }

    crate::rings_contract!(open);

    #[tokio::test]
    async fn the_longest_unread_ring_leaves_for_a_new_one() {
        let rings = MemoryRings::bounded(3);
        for ring in [1, 2, 3] {
            let ticket = rings.begin(ring).await.unwrap();
            assert!(rings.finish(ring, ticket, vec![], 0).await.unwrap());
        }
        for ring in [1, 3] {
            assert!(rings.read(ring, None, None, false, 1).await.unwrap().is_some());
        }
        let ticket = rings.begin(4).await.unwrap();
        assert!(rings.finish(4, ticket, vec![], 0).await.unwrap());
        let mut there = Vec::new();
        for ring in 1..=4 {
            there.push(rings.read(ring, None, None, false, 1).await.unwrap().is_some());
        }
        assert_eq!(there, [true, false, true, true]);
    }

    #[tokio::test]
    async fn rings_of_neighbouring_ids_spread_over_the_shards() {
        let rings = MemoryRings::new();
        for ring in 0..6_400_u64 {
            rings.begin(ring << 16).await.unwrap();
        }
        let sizes: Vec<_> = rings.shards.iter().map(|shard| shard.lock().rings.len()).collect();
        assert!(sizes.iter().all(|&size| (50..200).contains(&size)), "{sizes:?}");
    }
}
