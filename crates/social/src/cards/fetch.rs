//! The job behind a card: reads the page and its picture.
//!
//! Runs once for all posts that link a page, however many jobs there are: the first takes the card for a while, the others
//! come back and find it read. A site is not asked more often than a patient reader would.

use std::{sync::Arc, time::Duration};

use engine::{
    cache::Quota,
    web::{Fetched, Wanted, WebError},
};
use graph::{Batch, CommitError, Id, Page, Stored};
use url::Url;

use super::{
    model::{Card, CardHolders, CardState},
    page::{self, Said},
};
use crate::{
    accounts::model::Account,
    app::App,
    events::Event,
    fault::Fault,
    instance::model::INSTANCE,
    media::{self, MediaError, model::Media, pipeline::Purpose},
    subscriptions::HandleError,
    text::is_blank,
};

/// How long one job may have a card to itself.
const TURN: Duration = Duration::from_secs(45);
/// How often one site is asked.
const OF_ONE_SITE: Quota = Quota { burst: 30, period: Duration::from_secs(60) };
/// Most bytes of a page, and of its picture.
const PAGE_BYTES: usize = 1 << 20;
const PICTURE_BYTES: usize = 8 << 20;
/// How many posts are told that their card is there now: those that people may still have before them.
const TOLD: usize = 50;
/// Smaller pictures are counters and buttons.
const LEAST_SIDE: u64 = 64;

/// Whose the pictures of cards are: nobody's, so they count to a room of their own.
pub(super) fn owner() -> Id<Account> {
    Id::new(INSTANCE.raw()).expect("the id of the instance is one")
}

/// Reads the page of a card, if that is due.
pub async fn fetch(app: &App, id: Id<Card>) -> Result<(), HandleError> {
    let Some(card) = due(app, id).await? else { return Ok(()) };
    let turn = format!("cards:turn:{id}");
    let cache = &app.engines.cache;
    // Without the cache two may read the same page: no harm but the second question.
    if cache.add(&turn, 1, app.now_ms(), TURN).await.is_ok_and(|turn| turn > 1) {
        return Err(HandleError::Later("another job reads this page".to_owned()));
    }
    let answer = read_and_keep(app, card).await;
    // Lost, it ends by itself.
    let _ = cache.delete(&[&turn]).await;
    answer
}

async fn due(app: &App, id: Id<Card>) -> Result<Option<Arc<Stored<Card>>>, Fault> {
    Ok(app.graph.get(id).await?.filter(|card| card.is_due(app.now_ms())))
}

async fn read_and_keep(app: &App, card: Arc<Stored<Card>>) -> Result<(), HandleError> {
    // Whoever had the turn before may have read it.
    let Some(card) = due(app, card.id).await? else { return Ok(()) };
    let host = Url::parse(&card.url).ok().and_then(|url| url.host_str().map(str::to_owned));
    let site = format!("cards:site:{}", host.as_deref().unwrap_or_default());
    let asked = app.engines.cache.limit(&site, OF_ONE_SITE, 1, app.now_ms()).await;
    if asked.is_ok_and(|verdict| !verdict.allowed) {
        return Err(HandleError::Later("this site was asked often of late".to_owned()));
    }
    let fetched = app.engines.web.fetch(Wanted {
        url: card.url.clone(),
        types: vec!["text/html", "application/xhtml+xml"],
        bytes: PAGE_BYTES,
        part_will_do: true,
    });
    let after = match fetched.await {
        Ok(fetched) => of_page(app, &card, fetched).await?,
        Err(error) => of_error(app, &card, &error),
    };
    metrics::counter!("cards_read_total", "result" => word(after.state)).increment(1);
    keep(app, &card, after).await
}

fn word(state: CardState) -> &'static str {
    match state {
        CardState::Pending => "pending",
        CardState::Ready => "ready",
        CardState::Nothing => "nothing",
        CardState::Away => "away",
    }
}

/// What a page that could not be read leaves: what it said before, if it only did not answer.
fn of_error(app: &App, card: &Card, error: &WebError) -> Card {
    let asked_ms = app.now_ms();
    match error {
        WebError::Away(_) => Card { state: CardState::Away, asked_ms, ..card.clone() },
        WebError::Refused(_) | WebError::Useless(_) => {
            Card { url: card.url.clone(), state: CardState::Nothing, asked_ms, ..Card::default() }
        }
    }
}

async fn of_page(app: &App, card: &Card, fetched: Fetched) -> Result<Card, Fault> {
    let asked_ms = app.now_ms();
    let nothing =
        Card { url: card.url.clone(), state: CardState::Nothing, asked_ms, ..Card::default() };
    let Ok(at) = Url::parse(&fetched.url) else { return Ok(nothing) };
    let said = {
        let at = at.clone();
        let (bytes, kind) = (fetched.bytes, fetched.content_type);
        // Half a megabyte takes some milliseconds.
        let read = tokio::task::spawn_blocking(move || page::read(&bytes, &kind, &at));
        read.await.map_err(|_| Fault::Defect("a page could not be read".to_owned()))?
    };
    if is_blank(&said.title) {
        return Ok(nothing);
    }
    let picture = match &said.picture {
        Some(picture) => picture_of(app, picture, &said).await?,
        None => None,
    };
    let host = at.host_str().unwrap_or_default();
    Ok(Card {
        state: CardState::Ready,
        title: said.title,
        description: said.description,
        site: match said.site.is_empty() {
            true => host.strip_prefix("www.").unwrap_or(host).to_owned(),
            false => said.site,
        },
        author: said.author,
        language: said.language,
        picture,
        picture_alt: said.picture_alt,
        ..nothing
    })
}

/// A picture of the outside as one of ours: read through the same guard, decoded and encoded anew. One that cannot be used
/// is no error.
async fn picture_of(app: &App, url: &Url, said: &Said) -> Result<Option<Id<Media>>, Fault> {
    let wanted = Wanted {
        url: url.as_str().to_owned(),
        types: vec!["image/"],
        bytes: PICTURE_BYTES.min(usize::try_from(app.settings.image_bytes).unwrap_or(usize::MAX)),
        part_will_do: false,
    };
    let Ok(fetched) = app.engines.web.fetch(wanted).await else { return Ok(None) };
    let failed = |error: std::io::Error| Fault::Unavailable(error.to_string());
    let file = tempfile::NamedTempFile::new().map_err(failed)?;
    tokio::fs::write(file.path(), &fetched.bytes).await.map_err(failed)?;
    let alt = &said.picture_alt;
    match media::upload(app, owner(), file.path(), Purpose::Card, alt, None).await {
        Ok(media) => {
            let side = |name: &str| media.meta["original"][name].as_u64().unwrap_or(0);
            if side("width").min(side("height")) < LEAST_SIDE {
                media::release(app, media.id).await?;
                return Ok(None);
            }
            Ok(Some(media.id))
        }
        Err(MediaError::Fault(fault)) => Err(fault),
        Err(_) => Ok(None),
    }
}

/// Keeps what was read, lets go of an older picture, and says so to who looks at posts that show it.
async fn keep(app: &App, before: &Stored<Card>, after: Card) -> Result<(), HandleError> {
    let mut batch = Batch::new();
    batch.replace(before, &after);
    let changed =
        Card { asked_ms: 0, ..after.clone() } != Card { asked_ms: 0, ..before.body.clone() };
    if changed && (after.is_shown() || before.is_shown()) {
        for link in app
            .graph
            .list::<CardHolders>(before.id, Page::newest(TOLD))
            .await
            .map_err(Fault::from)?
        {
            batch.emit(app.id(), &Event::PostTouched { post: link.to });
        }
    }
    let (kept, dropped) = match app.graph.commit(batch).await {
        Ok(_) => (after.picture, before.picture),
        // Read by another job, or swept, at this moment.
        Err(CommitError::Conflict { .. }) => (before.picture, after.picture),
        Err(error) => return Err(Fault::from(error).into()),
    };
    if let Some(picture) = dropped.filter(|picture| Some(*picture) != kept) {
        media::release(app, picture).await?;
    }
    Ok(())
}
