//! What was counted and is not written yet, with bounds.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use graph::Id;
use parking_lot::Mutex;

use super::model::{Counts, number_of_day};
use crate::accounts::model::Account;

/// Most people whose being here today is remembered; who is beyond is looked up again, and counted once all the same.
const SEEN: usize = 500_000;
/// Most people who wait to be written. Who does not fit is noted at their next request.
const WAITING: usize = 50_000;
/// Most days whose counts wait.
const DAYS: usize = 8;

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// Somebody joined.
    SignUp,
    /// Somebody posted.
    Post,
    /// Somebody liked, shared or commented.
    Interaction,
    /// Somebody reported something.
    Report,
    /// Staff decided a case.
    Decision,
}

/// What this process counted and has not written.
#[derive(Debug, Default)]
pub struct Tally(Mutex<Held>);

#[derive(Debug, Default)]
struct Held {
    /// The day that `seen` is about.
    day: u32,
    seen: HashSet<u64>,
    here: BTreeSet<(u32, u64)>,
    counts: BTreeMap<u32, Counts>,
}

/// All that waited.
#[derive(Debug, Default)]
pub(super) struct Taken {
    pub here: BTreeSet<(u32, u64)>,
    pub counts: BTreeMap<u32, Counts>,
}

impl Tally {
    /// Notes that somebody is here: at each request that names them, so it costs a look-up in memory.
    pub fn here(&self, who: Id<Account>, now_ms: u64) {
        let day = number_of_day(now_ms);
        let mut held = self.0.lock();
        if day > held.day {
            held.day = day;
            held.seen.clear();
        }
        if held.seen.contains(&who.raw()) || held.here.len() >= WAITING {
            return;
        }
        if held.seen.len() < SEEN {
            held.seen.insert(who.raw());
        }
        held.here.insert((day, who.raw()));
    }

    /// Counts what happened.
    pub fn count(&self, what: What, now_ms: u64) {
        let mut counts = Counts::default();
        *match what {
            What::SignUp => &mut counts.sign_ups,
            What::Post => &mut counts.posts,
            What::Interaction => &mut counts.interactions,
            What::Report => &mut counts.reported,
            What::Decision => &mut counts.decided,
        } = 1;
        self.add(number_of_day(now_ms), &counts);
    }

    pub(super) fn add(&self, day: u32, more: &Counts) {
        let counts = &mut self.0.lock().counts;
        if counts.len() < DAYS || counts.contains_key(&day) {
            counts.entry(day).or_default().add(more);
        }
    }

    /// Counts are handed over once; people wait here until they are [`written`](Self::written).
    pub(super) fn take(&self) -> Taken {
        let mut held = self.0.lock();
        Taken { here: held.here.clone(), counts: std::mem::take(&mut held.counts) }
    }

    /// These people need not be written any more.
    pub(super) fn written<'a>(&self, here: impl IntoIterator<Item = &'a (u32, u64)>) {
        let mut held = self.0.lock();
        for one in here {
            held.here.remove(one);
        }
    }

    /// As in a process that was started again.
    #[cfg(test)]
    pub(super) fn forget(&self) {
        self.0.lock().seen.clear();
    }
}
