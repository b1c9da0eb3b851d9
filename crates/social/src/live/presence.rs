//! Who is here. Kept in the cache alone: what is lost there is lost, and nothing of it is stored for ever.
//!
//! Every process says of its people every [`BEAT`] that they are here; who is not spoken of for [`FRESH`] is away, also
//! after a crash. When somebody was here last is known for a week. Who shows it to nobody does not see others'.

use std::time::Duration;

use bytes::Bytes;
use engine::{bus::Message, cache::CacheError, store::EdgeRef};
use graph::{Edge, Id};

use super::nudge::PRESENCE;
use crate::{
    accounts::model::{Account, WhoMayMessage},
    app::App,
    fault::Fault,
    posts::login_of,
    relations::{logins_in_reach, model::Follows},
    timelines::{nudge, send},
};

/// How often it is said that somebody is here.
pub const BEAT: Duration = Duration::from_secs(8);
/// How long that holds: with the beat of those who look, a crash shows within 30 seconds.
pub const FRESH: Duration = Duration::from_secs(20);
/// How long it is known when somebody was here last.
const LAST_SEEN: Duration = Duration::from_secs(7 * 24 * 3_600);
/// Most people that one question is about.
pub const MOST_ASKED: usize = 200;

/// Whether somebody is here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Presence {
    /// Now.
    pub online: bool,
    /// When they were here last, Unix milliseconds; none if that is not known any more.
    pub last_seen_ms: Option<u64>,
}

/// Says that people are here.
pub async fn beat(app: &App, people: &[Id<Account>]) -> Result<(), Fault> {
    let now = app.now_ms();
    let stamp = Bytes::from(now.to_string());
    let named = |name: fn(Id<Account>) -> String| {
        people.iter().map(|who| (name(*who), stamp.clone())).collect::<Vec<_>>()
    };
    let cache = &app.engines.cache;
    cache.set(named(here), now, FRESH).await.map_err(fault)?;
    cache.set(named(seen), now, LAST_SEEN).await.map_err(fault)
}

/// Says that somebody came, or, with nobody of theirs left on this process, went. Another process where they still are
/// contradicts at once.
pub async fn leave(app: &App, who: Id<Account>) -> Result<(), Fault> {
    app.engines.cache.delete(&[&here(who)]).await.map_err(fault)?;
    tell(app, who, "gone").await;
    Ok(())
}

/// Says that others see somebody differently than before, and that they see others so: a setting changed, or a block.
pub async fn shown_anew(app: &App, who: Id<Account>) {
    tell(app, who, "shown").await;
}

/// Tells every process to look again.
pub async fn tell(app: &App, who: Id<Account>, kind: &str) {
    let body = nudge(kind, who.raw());
    send(app, vec![Message { topic: PRESENCE.to_owned(), body }]).await;
}

/// Who is here of some people, whoever asks.
pub async fn presence(app: &App, people: &[Id<Account>]) -> Result<Vec<Presence>, Fault> {
    let names: Vec<String> = people.iter().flat_map(|who| [here(*who), seen(*who)]).collect();
    let keys: Vec<&str> = names.iter().map(String::as_str).collect();
    let found = app.engines.cache.get(&keys, app.now_ms()).await.map_err(fault)?;
    let number = |bytes: &Option<Bytes>| {
        let text = std::str::from_utf8(bytes.as_ref()?).ok()?;
        text.parse::<u64>().ok()
    };
    let one = |pair: &[Option<Bytes>]| match pair {
        [here, seen] => Presence { online: here.is_some(), last_seen_ms: number(seen) },
        _ => Presence::default(),
    };
    Ok(found.chunks(2).map(one).collect())
}

/// Which of some people show the viewer whether they are here.
pub async fn may_see_presence(
    app: &App,
    viewer: Id<Account>,
    people: &[Id<Account>],
) -> Result<Vec<bool>, Fault> {
    if login_of(app, viewer).await?.who_sees_presence == WhoMayMessage::Nobody {
        return Ok(people.iter().map(|who| *who == viewer).collect());
    }
    let logins = logins_in_reach(app, viewer, people).await?;
    let back: Vec<_> = people
        .iter()
        .map(|who| EdgeRef { from: who.raw(), kind: Follows::DECL.kind, to: viewer.raw() })
        .collect();
    let follow_back = app.graph.edge_records(&back).await?;
    let may = people.iter().zip(logins).zip(follow_back).map(|((who, login), back)| {
        let shows = login.is_some_and(|login| match login.who_sees_presence {
            WhoMayMessage::Everyone => true,
            WhoMayMessage::Nobody => false,
            WhoMayMessage::Following => back.is_some(),
        });
        *who == viewer || shows
    });
    Ok(may.collect())
}

/// Who is here of some people, as one viewer may know: only those who show it.
pub async fn shown_presence(
    app: &App,
    viewer: Id<Account>,
    people: &[Id<Account>],
) -> Result<Vec<(Id<Account>, Presence)>, Fault> {
    let may = may_see_presence(app, viewer, people).await?;
    let seen: Vec<_> =
        people.iter().zip(may).filter(|(_, may)| *may).map(|(who, _)| *who).collect();
    let known = presence(app, &seen).await?;
    Ok(seen.into_iter().zip(known).collect())
}

fn here(who: Id<Account>) -> String {
    format!("here:{who}")
}

fn seen(who: Id<Account>) -> String {
    format!("seen:{who}")
}

fn fault(error: CacheError) -> Fault {
    Fault::Unavailable(error.to_string())
}
