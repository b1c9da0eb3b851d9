//! Seeing what RabbitMQ has: whoever takes must find what was pushed before, and nobody is asked when enough is here.

use std::{
    sync::atomic::Ordering,
    time::{Duration, Instant},
};

use engine::queue::{Lane, QueueError};
use futures::future::try_join_all;
use lapin::{
    options::QueueDeclareOptions,
    types::{FieldTable, ShortString},
};
use tokio::{sync::oneshot, time::timeout};

use super::{Shared, state::Live};
use crate::link::{PATIENCE, plain};

/// While enough is held, a look at what waits at RabbitMQ is taken this often.
const LOOK: Duration = Duration::from_millis(500);

impl Shared {
    /// Waits until all that RabbitMQ can give this process now is here, and sees how much else there is.
    pub(super) async fn look(&self) -> Result<(), QueueError> {
        let before = self.looks.load(Ordering::SeqCst);
        let looked = timeout(4 * PATIENCE, async {
            let _turn = self.looking.lock().await;
            if self.looks.load(Ordering::SeqCst) > before {
                // One began after we came, and has ended.
                return Ok(());
            }
            self.looks.fetch_add(1, Ordering::SeqCst);
            self.look_now().await
        });
        let looked = looked.await.unwrap_or_else(|_| Err("no answer in time".to_owned()));
        looked.map_err(|why| QueueError(format!("RabbitMQ: {why}")))
    }

    async fn look_now(&self) -> Result<(), String> {
        let mut live = self.live.subscribe();
        let live = timeout(PATIENCE, live.wait_for(Option::is_some)).await;
        let live = live.ok().and_then(Result::ok).and_then(|live| live.clone());
        let Live { channel, .. } = live.ok_or_else(|| "not connected".to_owned())?;
        self.state.lock().dirty = false;
        let count = |name: &ShortString| {
            let options = QueueDeclareOptions::durable().passive();
            channel.queue_declare(name.clone(), options, FieldTable::default())
        };
        // The first answers come when the queues have seen all that was acknowledged and pushed before, the second when what
        // they then gave is on its way before it.
        for _ in 0..2 {
            let counted = try_join_all(self.names.all().into_iter().map(count)).await;
            let counted = counted.map_err(|error| plain(&error))?;
            let mut state = self.state.lock();
            for (place, queue) in counted.iter().enumerate() {
                state.counts[place] = queue.message_count().into();
            }
        }
        let (tell, told) = oneshot::channel();
        self.asks.send(tell).await.map_err(|_| "nobody consumes".to_owned())?;
        told.await.map_err(|_| "the connection was lost".to_owned())?;
        self.state.lock().looked = Some(Instant::now());
        Ok(())
    }

    /// Looks if there is a reason to, and fetches what waits after a worker's death.
    pub(super) async fn fill(
        &self,
        lane: Lane,
        limit: usize,
        now_ms: u64,
    ) -> Result<(), QueueError> {
        for _ in 0..4 {
            let (ready, reason) = {
                let mut state = self.state.lock();
                state.forget_lost(now_ms);
                let ready = state.held.ready(lane, now_ms);
                let old = state.looked.is_none_or(|looked| looked.elapsed() > LOOK);
                (ready, ready == 0 || old || (ready < limit && state.dirty))
            };
            if reason || !self.connected() {
                self.look().await?;
            }
            self.fetch_again(lane, limit.saturating_sub(ready).max(1)).await?;
            let state = self.state.lock();
            // The answer may be older than what was acknowledged since: while there is more, it comes.
            let more = lane_counts(lane).any(|place| state.counts[place] > 0);
            if !more || state.held.ready(lane, now_ms) > 0 {
                return Ok(());
            }
        }
        Ok(())
    }
}

/// The places in `counts` of the queues of a lane that are consumed.
fn lane_counts(lane: Lane) -> impl Iterator<Item = usize> {
    let (quick, long) = match lane {
        Lane::Any => (true, true),
        Lane::Quick | Lane::Gathered => (true, false),
        Lane::Long => (false, true),
    };
    [0, 1].into_iter().filter(move |_| quick).chain([2].into_iter().filter(move |_| long))
}
