//! The logical clock that Celery's processes keep: it orders events of one moment.

use std::sync::atomic::{AtomicU64, Ordering};

/// A Lamport clock.
#[derive(Debug, Default)]
pub struct Clock(AtomicU64);

impl Clock {
    /// The next tick.
    pub fn tick(&self) -> u64 {
        self.0.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// The newest tick.
    pub fn now(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    /// Another process's clock was seen: ours goes past it.
    pub fn seen(&self, other: u64) {
        // Somebody's nonsense must not wind ours up to the end.
        if other < u64::MAX / 2 {
            self.0.fetch_max(other.saturating_add(1), Ordering::Relaxed);
        }
    }
}
