//! Moments that walks look at: a searcher of the last commit, kept while pages of it are asked for.
//!
//! What a merge has replaced stays on disk as long as a moment needs it, so there are few of them: the one that rested
//! longest gives way.

use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};

use parking_lot::Mutex;
use tantivy::Searcher;

use crate::generation::Generation;

/// So many are kept at once.
const MOST: usize = 32;

/// A searcher, and the generation that it is of.
#[derive(Clone)]
pub(crate) struct Moment {
    pub(crate) generation: Arc<Generation>,
    pub(crate) searcher: Searcher,
}

/// By their numbers.
pub(crate) struct Moments {
    kept: Mutex<Kept>,
    rest: Duration,
}

#[derive(Default)]
struct Kept {
    last: u64,
    by_number: HashMap<u64, (Instant, Moment)>,
}

impl Moments {
    pub(crate) fn new(rest: Duration) -> Self {
        Self { kept: Mutex::default(), rest }
    }

    /// Keeps a moment, under a number of its own.
    pub(crate) fn keep(&self, moment: Moment) -> u64 {
        let mut kept = self.kept.lock();
        self.sweep(&mut kept);
        if kept.by_number.len() >= MOST {
            let oldest = kept.by_number.iter().min_by_key(|(_, (used, _))| *used);
            if let Some(number) = oldest.map(|(number, _)| *number) {
                kept.by_number.remove(&number);
            }
        }
        kept.last += 1;
        let number = kept.last;
        kept.by_number.insert(number, (Instant::now(), moment));
        number
    }

    /// The moment of a number, if it has not rested for too long.
    pub(crate) fn get(&self, number: u64) -> Option<Moment> {
        let mut kept = self.kept.lock();
        self.sweep(&mut kept);
        let (used, moment) = kept.by_number.get_mut(&number)?;
        *used = Instant::now();
        Some(moment.clone())
    }

    pub(crate) fn leave(&self, number: u64) {
        let mut kept = self.kept.lock();
        kept.by_number.remove(&number);
        self.sweep(&mut kept);
    }

    #[cfg(test)]
    pub(crate) fn count(&self) -> usize {
        self.kept.lock().by_number.len()
    }

    #[cfg(test)]
    pub(crate) fn forget_all(&self) {
        self.kept.lock().by_number.clear();
    }

    fn sweep(&self, kept: &mut Kept) {
        kept.by_number.retain(|_, (used, _)| used.elapsed() < self.rest);
    }
}
