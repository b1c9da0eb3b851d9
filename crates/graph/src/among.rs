//! A process among others on one store: it forgets what they changed, at the latest when it looks next, and before a
//! request that asks the journal of the shared cache first.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use engine::{
    cache::{CacheError, Verdict},
    lookaside::{Ask, News},
};

use crate::{
    Graph, SecondLevel,
    cache::Caches,
    touched::{Told, told},
};

/// What there is between this process and others.
pub(crate) struct Shared {
    second: Arc<SecondLevel>,
    /// How far the journal was heard.
    heard: AtomicU64,
}

impl Shared {
    pub fn new(second: Arc<SecondLevel>) -> Shared {
        Shared { second, heard: AtomicU64::new(0) }
    }

    /// Forgets what was told, and says whether there was any such thing.
    fn hear(&self, caches: &Caches, news: News) -> bool {
        let mut changed = false;
        let own = self.second.own();
        let gap = news.told.is_none();
        for words in news.told.iter().flatten() {
            match told(own, words) {
                Told::Own => continue,
                Told::Everything => caches.clear(),
                Told::Void => {
                    self.second.doubt();
                    caches.clear();
                }
                Told::Things(things) => things.iter().for_each(|thing| caches.forget(thing)),
            }
            changed = true;
        }
        if gap {
            caches.clear();
            // Another journal may end before the old one did.
            self.heard.store(news.end, Ordering::SeqCst);
        } else {
            // Only after all was forgotten: who asks from here on must not miss it.
            self.heard.fetch_max(news.end, Ordering::SeqCst);
        }
        changed || gap
    }
}

impl Graph {
    /// Forgets all that was read, and looks whether the second level may be believed: every 0.4 seconds, where others write to
    /// the same store. Whether their caches are others than this one's.
    pub async fn stay_fresh(&self, now_ms: u64) -> bool {
        self.forget_everything();
        let Some((shared, _)) = self.among() else { return false };
        let verified = shared.second.verify(now_ms).await;
        if verified.changed {
            // What was read since may be from before.
            self.forget_everything();
        }
        verified.contested
    }

    /// Hears what other processes wrote, or forgets all that was read where they cannot be heard: before something is done
    /// once for what they wrote.
    pub async fn catch_up(&self, now_ms: u64) {
        if self.among().is_some() && !matches!(self.admit(&[], now_ms).await, Some(Ok(_))) {
            self.forget_everything();
        }
    }

    /// Asks rate limits, and in the same round trip what other processes wrote; forgets that, and says whether it was any
    /// more than nothing. `None`: there are no others, or there is no cache between them.
    pub async fn admit(
        &self,
        asks: &[Ask],
        now_ms: u64,
    ) -> Option<Result<(Vec<Verdict>, bool), CacheError>> {
        let (shared, caches) = self.among()?;
        let cache = shared.second.cache()?;
        let after = shared.heard.load(Ordering::SeqCst);
        let admitted = cache.admit(asks, now_ms, after).await;
        Some(admitted.map(|(verdicts, news)| (verdicts, shared.hear(caches, news))))
    }
}
