//! Ids: 63 bits, ordered by time, unique across processes, never backwards.
//!
//! `Unix milliseconds << 16 | process (6 bits) << 10 | sequence (10 bits)`: the form of Twitter's snowflake with
//! Mastodon's shift, so that clients may turn times into ids and back. In JSON an id is a decimal string.

use std::{
    fmt,
    hash::{Hash, Hasher},
    marker::PhantomData,
    str::FromStr,
    sync::Arc,
};

use parking_lot::Mutex;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Where times come from: the wall clock in the server, a hand-driven one in tests.
pub trait Clock: Send + Sync + 'static {
    /// Unix milliseconds.
    fn now_ms(&self) -> u64;
}

/// The id of a node of type `T`.
pub struct Id<T: ?Sized>(u64, PhantomData<fn() -> T>);

impl<T: ?Sized> Id<T> {
    /// From a raw number; `None` for 0 and for anything over 63 bits.
    pub const fn new(raw: u64) -> Option<Id<T>> {
        if raw == 0 || raw >= 1 << 63 { None } else { Some(Id(raw, PhantomData)) }
    }

    /// For numbers that come from a store, which holds no others.
    pub(crate) const fn stored(raw: u64) -> Id<T> {
        Id(raw, PhantomData)
    }

    /// The raw number.
    pub const fn raw(self) -> u64 {
        self.0
    }

    /// The same number as the id of another type: where one node has two readings.
    pub const fn cast<U: ?Sized>(self) -> Id<U> {
        Id(self.0, PhantomData)
    }

    /// When it was minted, Unix milliseconds.
    pub const fn ms(self) -> u64 {
        ms_of(self.0)
    }
}

/// The time in an id or `ord`, Unix milliseconds.
pub const fn ms_of(raw: u64) -> u64 {
    raw >> 16
}

impl<T: ?Sized> Clone for Id<T> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<T: ?Sized> Copy for Id<T> {}
impl<T: ?Sized> PartialEq for Id<T> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}
impl<T: ?Sized> Eq for Id<T> {}
impl<T: ?Sized> PartialOrd for Id<T> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl<T: ?Sized> Ord for Id<T> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.cmp(&other.0)
    }
}
impl<T: ?Sized> Hash for Id<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}
impl<T: ?Sized> fmt::Debug for Id<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{}", self.0)
    }
}
impl<T: ?Sized> fmt::Display for Id<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What a text that is no id says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an id")]
pub struct NotAnId;

impl<T: ?Sized> FromStr for Id<T> {
    type Err = NotAnId;

    fn from_str(text: &str) -> Result<Self, NotAnId> {
        // Digits only: `parse` alone would also take "+7".
        if text.is_empty() || text.len() > 19 || !text.bytes().all(|b| b.is_ascii_digit()) {
            return Err(NotAnId);
        }
        text.parse().ok().and_then(Id::new).ok_or(NotAnId)
    }
}

impl<T: ?Sized> Serialize for Id<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl<'de, T: ?Sized> Deserialize<'de> for Id<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// Makes ids for one process.
pub struct Mint {
    clock: Arc<dyn Clock>,
    process: u64,
    /// The last id without its process bits: `ms << 10 | sequence`.
    last: Mutex<u64>,
}

impl Mint {
    /// For the process with this number (0 to 63), which no other living process may have.
    pub fn new(clock: Arc<dyn Clock>, process: u8) -> Mint {
        Mint { clock, process: u64::from(process & 63), last: Mutex::new(0) }
    }

    /// A new id, larger than all that this mint made before, whatever the clock does.
    pub fn next<T: ?Sized>(&self) -> Id<T> {
        let now = self.clock.now_ms() << 10;
        let mut last = self.last.lock();
        // A full or repeated millisecond borrows from the next one.
        *last = now.max(*last + 1);
        Id::stored((*last >> 10) << 16 | self.process << 10 | (*last & 1023))
    }

    /// The first id of a moment: for cursors made of times.
    pub const fn floor_of(ms: u64) -> u64 {
        ms << 16
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;

    struct Hand(AtomicU64);
    impl Clock for Hand {
        fn now_ms(&self) -> u64 {
            self.0.load(Ordering::Relaxed)
        }
    }

    #[test]
    fn ids_never_go_backwards_when_the_clock_does() {
        let hand = Arc::new(Hand(AtomicU64::new(1_700_000_000_000)));
        let mint = Mint::new(hand.clone(), 5);
        let first: Id<()> = mint.next();
        hand.0.store(1_600_000_000_000, Ordering::Relaxed);
        let mut before = first;
        for _ in 0..5_000 {
            let id = mint.next();
            assert!(id > before);
            before = id;
        }
    }

    #[test]
    fn two_processes_never_make_the_same_id() {
        let hand = Arc::new(Hand(AtomicU64::new(1_700_000_000_000)));
        let (a, b) = (Mint::new(hand.clone(), 1), Mint::new(hand, 2));
        let made: std::collections::HashSet<Id<()>> =
            (0..3_000).flat_map(|_| [a.next(), b.next()]).collect();
        assert_eq!(made.len(), 6_000);
    }

    #[test]
    fn text_that_is_no_id_is_refused() {
        for text in ["", "0", "-1", "+7", "1e3", "9223372036854775808", "99999999999999999999", "٣"]
        {
            assert!(text.parse::<Id<()>>().is_err(), "{text}");
        }
        assert_eq!("9223372036854775807".parse::<Id<()>>().unwrap().raw(), (1 << 63) - 1);
    }

    #[test]
    fn json_is_a_string() {
        let id: Id<()> = Id::new(42).unwrap();
        assert_eq!(serde_json::to_string(&id).unwrap(), "\"42\"");
        assert_eq!(serde_json::from_str::<Id<()>>("\"42\"").unwrap(), id);
    }
}
