//! Which keys were sent: one sender a key at a time, and the newest keys remembered.

use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
};

use parking_lot::Mutex;

/// So many keys are remembered; older ones are left to the message's id.
const REMEMBERED: usize = 10_000;

#[derive(Default)]
pub(crate) struct Once {
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    slots: HashMap<String, Slot>,
    oldest_first: VecDeque<String>,
}

/// Whether the key was sent; whoever sends it holds the lock.
pub(crate) type Slot = Arc<tokio::sync::Mutex<bool>>;

impl Once {
    pub(crate) fn slot(&self, key: &str) -> Slot {
        let mut known = self.known.lock();
        if let Some(slot) = known.slots.get(key) {
            return slot.clone();
        }
        let slot = Slot::default();
        known.slots.insert(key.to_owned(), slot.clone());
        known.oldest_first.push_back(key.to_owned());
        if known.oldest_first.len() > REMEMBERED
            && let Some(oldest) = known.oldest_first.pop_front()
        {
            known.slots.remove(&oldest);
        }
        slot
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_newest_keys_are_remembered() {
        let once = Once::default();
        let first = once.slot("0");
        for number in 0..=REMEMBERED {
            once.slot(&number.to_string());
        }
        assert_eq!(once.known.lock().slots.len(), REMEMBERED);
        assert!(!Arc::ptr_eq(&first, &once.slot("0")));
        assert!(Arc::ptr_eq(&once.slot("9"), &once.slot("9")));
    }
}
