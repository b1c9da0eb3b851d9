//! Looks at each engine every few seconds and says what it sees: in `/ready`, as `engine_up` in the metrics, and with one
//! line of the log when a part goes and one when it is back.
//!
//! Each part is asked a small real question through its port, with a bound. One answer that does not come may be chance:
//! the second one in a row counts.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use engine::{
    blobs::BlobError,
    bus::Message,
    queue::QueueDesk,
    search::{Filter, Question, Sort, Start},
    store::NodeKind,
};
use futures::future::{BoxFuture, FutureExt, join_all};
use social::app::App;
use sociosphere_http::health::{Health, PartState, STORE};
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;

/// Between two questions to a part.
const PAUSE: Duration = Duration::from_secs(3);
/// After an answer that did not come, until the question that decides.
const AGAIN: Duration = Duration::from_millis(500);
/// An answer that takes longer is none.
const PATIENCE: Duration = Duration::from_secs(3);
/// Answers in a row that did not come, until a part counts as away.
const AWAY: u32 = 2;

/// A part, and the question that shows whether it works.
struct Part {
    name: &'static str,
    ask: Box<dyn Fn() -> BoxFuture<'static, Result<(), String>> + Send + Sync>,
}

/// Looks after all parts until the token is cancelled.
pub async fn keep(
    app: Arc<App>,
    desk: Arc<dyn QueueDesk>,
    health: Health,
    stop: CancellationToken,
) {
    let parts = parts(&app, desk);
    drop(app);
    // All were there a moment ago, when they were opened.
    for part in &parts {
        tell(&health, part.name, PartState::Ok);
    }
    let watches = join_all(parts.iter().map(|part| watch(part, &health)));
    tokio::select! {
        () = stop.cancelled() => {}
        _ = watches => {}
    }
}

fn parts(app: &Arc<App>, desk: Arc<dyn QueueDesk>) -> Vec<Part> {
    let (engines, clock, moment) = (&app.engines, app.clock.clone(), app.clock.clone());
    let (store, blobs, cache) =
        (app.graph.store().clone(), engines.blobs.clone(), engines.cache.clone());
    let (rings, bus, search) = (engines.rings.clone(), engines.bus.clone(), engines.search.clone());
    vec![
        part(STORE, move || {
            let store = store.clone();
            async move { told(store.nodes(&[(NodeKind(0), 0)]).await) }
        }),
        part("blobs", move || {
            let blobs = blobs.clone();
            async move {
                match blobs.stat("health").await {
                    Err(BlobError::Missing) => Ok(()),
                    answer => told(answer),
                }
            }
        }),
        part("cache", move || {
            let (cache, now) = (cache.clone(), clock.now_ms());
            async move { told(cache.get(&["health"], now).await) }
        }),
        part("rings", move || {
            let rings = rings.clone();
            async move { told(rings.read(0, None, None, false, 1).await) }
        }),
        part("bus", move || {
            let bus = bus.clone();
            let message = Message { topic: "health".to_owned(), body: Bytes::new() };
            async move { told(bus.publish(vec![message]).await) }
        }),
        part("queue", move || {
            let (desk, now) = (desk.clone(), moment.now_ms());
            async move { told(desk.depth(now).await) }
        }),
        part("search", move || {
            let search = search.clone();
            let nothing = Question {
                index: social::search::SPECS[0].name,
                words: None,
                filter: Filter::Any(Vec::new()),
                sort: Sort::Relevance,
                start: Start::At(0),
                limit: 1,
            };
            async move { told(search.ask(nothing).await) }
        }),
    ]
}

fn part<F>(name: &'static str, ask: impl Fn() -> F + Send + Sync + 'static) -> Part
where
    F: Future<Output = Result<(), String>> + Send + 'static,
{
    Part { name, ask: Box::new(move || ask().boxed()) }
}

fn told<T, E: std::fmt::Display>(answer: Result<T, E>) -> Result<(), String> {
    answer.map(drop).map_err(|error| error.to_string())
}

fn tell(health: &Health, part: &'static str, state: PartState) {
    let up = if state == PartState::Ok { 1.0 } else { 0.0 };
    metrics::gauge!("engine_up", "part" => part).set(up);
    health.set(part, state);
}

/// Asks a part again and again.
async fn watch(part: &Part, health: &Health) {
    let (name, mut silence) = (part.name, Silence::default());
    loop {
        let answer = match timeout(PATIENCE, (part.ask)()).await {
            Ok(answer) => answer,
            Err(_) => Err(format!("no answer within {} seconds", PATIENCE.as_secs())),
        };
        match silence.heard(answer, Instant::now()) {
            Some(Turn::Away(why)) => {
                tell(health, name, PartState::Degraded);
                tracing::error!(part = name, "{name} is away: {why}");
            }
            Some(Turn::Back(after)) => {
                tell(health, name, PartState::Ok);
                tracing::info!(part = name, "{name} is back after {} seconds", after.as_secs());
            }
            None => {}
        }
        sleep(if silence.is_undecided() { AGAIN } else { PAUSE }).await;
    }
}

/// What a part has not answered of late.
#[derive(Default)]
struct Silence {
    unanswered: u32,
    since: Option<Instant>,
}

/// A part that goes or comes.
#[derive(Debug, PartialEq, Eq)]
enum Turn {
    Away(String),
    Back(Duration),
}

impl Silence {
    fn heard(&mut self, answer: Result<(), String>, now: Instant) -> Option<Turn> {
        let Err(why) = answer else {
            let before = std::mem::take(self);
            let since = before.since.filter(|_| before.unanswered >= AWAY)?;
            return Some(Turn::Back(now.duration_since(since)));
        };
        self.since.get_or_insert(now);
        self.unanswered = self.unanswered.saturating_add(1);
        (self.unanswered == AWAY).then_some(Turn::Away(why))
    }

    fn is_undecided(&self) -> bool {
        (1..AWAY).contains(&self.unanswered)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_silence_is_chance_two_are_told_once_and_so_is_the_return() {
        let (mut silence, now) = (Silence::default(), Instant::now());
        let later = |seconds| now + Duration::from_secs(seconds);
        let no = || Err("no".to_owned());
        assert_eq!(silence.heard(Ok(()), now), None);
        assert_eq!(silence.heard(no(), now), None);
        assert!(silence.is_undecided());
        assert_eq!(silence.heard(Ok(()), later(1)), None, "it was chance");
        assert_eq!(silence.heard(no(), later(2)), None);
        assert_eq!(silence.heard(no(), later(3)), Some(Turn::Away("no".to_owned())));
        assert!(!silence.is_undecided());
        assert_eq!(silence.heard(no(), later(4)), None, "it was told");
        assert_eq!(silence.heard(Ok(()), later(9)), Some(Turn::Back(Duration::from_secs(7))));
        assert_eq!(silence.heard(Ok(()), later(10)), None);
    }
}
