//! Turns: what would only get into each other's way is done one after the other in this process. It saves work and
//! decides nothing: what is right is decided in the commit, for there may be other processes.

use graph::Id;
use tokio::sync::{Mutex, MutexGuard};

/// How many may go at once, at least if they differ in luck.
const GATES: u64 = 64;
/// 2^64 by the golden ratio (Knuth, Sorting and Searching, 6.4): neighbouring ids get gates far apart.
const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;

/// Gates, by ids.
pub struct Turns(Vec<Mutex<()>>);

impl Default for Turns {
    fn default() -> Turns {
        Turns((0..GATES).map(|_| Mutex::new(())).collect())
    }
}

impl Turns {
    /// Waits for the turn of whoever comes for this one; it ends when the guard is dropped.
    pub async fn of<T: ?Sized>(&self, id: Id<T>) -> MutexGuard<'_, ()> {
        let gate = id.raw().wrapping_mul(SPREAD) >> (64 - GATES.ilog2());
        self.0[gate as usize].lock().await
    }
}
