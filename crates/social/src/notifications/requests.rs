//! Requests: what a person's policy holds back, by whose doing it is, until they accept or dismiss it.
//!
//! What is held lies in lists of its own, so that no list, count, stream or mail has to leave it out.

use std::sync::Arc;

use graph::{Batch, CommitError, Expect, Id, Page, Stored};

use super::{
    model::{
        Heard, Held, HeldOf, NOTIFICATION_CAUSES, NOTIFICATION_REQUESTS, Notification,
        Notifications, Request, Requests, cause_of, request_name,
    },
    read::{Filter, tell},
};
use crate::{accounts::model::Account, app::App, fault::Fault, posts::Seen, relations::ties};

/// How many notifications of one person's doing are held at most; beyond, the oldest go.
pub const MOST_HELD: usize = 100;
/// How many requests are counted.
const MOST_COUNTED: usize = 100;
/// How many notifications one batch moves.
const STEP: usize = 50;
/// How often a verb tries again when somebody else changed the same request.
const TRIES: usize = 5;
/// How many of the newest are looked at for a post to show.
const NEWEST: usize = 5;

/// A request as its reader sees it.
#[derive(Clone, Debug)]
pub struct Asked {
    /// Its id and time.
    pub request: Arc<Stored<Request>>,
    /// Whose doing it is about.
    pub from: Arc<Stored<Account>>,
    /// How many notifications are held.
    pub count: u64,
    /// When the newest came, Unix milliseconds.
    pub updated_ms: u64,
    /// The post that the newest is about.
    pub last: Option<Seen>,
}

/// Holds a notification back. May run twice.
pub(super) async fn hold(app: &App, told: &Notification) -> Result<(), Fault> {
    let name = request_name(told.account, told.by);
    for _ in 0..TRIES {
        let id: Id<Notification> = app.id();
        let mut batch = Batch::new();
        batch.claim(NOTIFICATION_CAUSES, &cause_of(told), id);
        batch.create(id, told);
        batch.link::<Held>(told.account, id, id.raw());
        let known = app.graph.key::<Request>(NOTIFICATION_REQUESTS, &name).await?;
        let request = match known {
            Some(request) => {
                let Some(read) = app.graph.get(request).await? else { continue };
                // A new version, so that whoever ends the request at this moment sees this notification, too.
                batch.replace(&read, &read.body);
                let held = app.graph.count::<HeldOf>(request).await?;
                if held >= MOST_HELD as u64 {
                    let page = Page { order: graph::Order::Oldest, ..Page::newest(1) };
                    for link in app.graph.list::<HeldOf>(request, page).await? {
                        let_go(&mut batch, told.account, request, link.to);
                        batch.remove(link.to, Expect::Any);
                    }
                }
                request
            }
            None => {
                let request: Id<Request> = app.id();
                batch.claim(NOTIFICATION_REQUESTS, &name, request);
                batch.create(request, &Request { account: told.account, from: told.by });
                batch.link::<Requests>(told.account, request, request.raw());
                request
            }
        };
        batch.link::<HeldOf>(request, id, id.raw());
        match app.graph.commit(batch).await {
            Ok(_) => return Ok(()),
            // Told or held already.
            Err(CommitError::KeyTaken { op: 0 }) => return Ok(()),
            Err(CommitError::KeyTaken { .. } | CommitError::Conflict { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(Fault::Busy)
}

/// A page of requests by their cursors. What is not to be seen is none.
pub async fn requests(
    app: &App,
    of: Id<Account>,
    page: Page,
) -> Result<Vec<(u64, Option<Asked>)>, Fault> {
    let links = app.graph.list::<Requests>(of, page).await?;
    let ids: Vec<_> = links.iter().map(|link| link.to).collect();
    let mut rows = Vec::with_capacity(links.len());
    for (link, request) in links.iter().zip(visible(app, of, &ids).await?) {
        let asked = match request {
            Some((request, from, count)) => Some(shown(app, of, request, from, count).await?),
            None => None,
        };
        rows.push((link.ord, asked));
    }
    if page.order == graph::Order::Oldest {
        rows.reverse();
    }
    Ok(rows)
}

/// One request of a person, or `None` if it is not theirs or not to be seen.
pub async fn request(app: &App, of: Id<Account>, id: Id<Request>) -> Result<Option<Asked>, Fault> {
    match visible(app, of, &[id]).await?.pop().flatten() {
        Some((request, from, count)) => Ok(Some(shown(app, of, request, from, count).await?)),
        None => Ok(None),
    }
}

/// How many requests wait, and how many notifications in them, counted to a bound.
pub async fn pending(app: &App, of: Id<Account>) -> Result<(u64, u64), Fault> {
    let links = app.graph.list::<Requests>(of, Page::newest(MOST_COUNTED)).await?;
    let ids: Vec<_> = links.iter().map(|link| link.to).collect();
    let waiting: Vec<_> = visible(app, of, &ids).await?.into_iter().flatten().collect();
    Ok((waiting.len() as u64, waiting.iter().map(|one| one.2).sum()))
}

/// Says yes to requests: what they hold is told in its place, and who did it is heard from now on. Whether there was
/// each of them.
pub async fn accept(app: &App, of: Id<Account>, id: Id<Request>) -> Result<bool, Fault> {
    let Some(request) = own(app, of, id).await? else { return Ok(false) };
    let mut batch = Batch::new();
    batch.ensure::<Heard>(of, request.from, app.ord());
    app.graph.commit(batch).await?;
    end(app, id, End::Tell).await?;
    Ok(true)
}

/// Dismisses a request with all that it holds. Whether there was one. Who did it may ask again.
pub async fn dismiss_request(app: &App, of: Id<Account>, id: Id<Request>) -> Result<bool, Fault> {
    if own(app, of, id).await?.is_none() {
        return Ok(false);
    }
    end(app, id, End::Forget).await?;
    Ok(true)
}

/// Takes a request apart, with its account.
pub(crate) async fn forget_request(app: &App, id: Id<Request>) -> Result<(), Fault> {
    end(app, id, End::Forget).await
}

/// Takes what is held out of its lists.
pub(super) fn let_go(
    batch: &mut Batch,
    of: Id<Account>,
    request: Id<Request>,
    id: Id<Notification>,
) {
    batch.discard::<Held>(of, id);
    batch.discard::<HeldOf>(request, id);
}

/// What becomes of what a request holds.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    Tell,
    Forget,
}

async fn end(app: &App, id: Id<Request>, how: End) -> Result<(), Fault> {
    // Each round moves what is held; a round that finds nothing ends the request, unless something came meanwhile.
    for _ in 0..MOST_HELD {
        let Some(request) = app.graph.get(id).await? else { return Ok(()) };
        let of = request.account;
        let links = app.graph.list::<HeldOf>(id, Page::newest(STEP)).await?;
        let mut batch = Batch::new();
        for link in &links {
            let_go(&mut batch, of, id, link.to);
            match how {
                End::Tell => batch.ensure::<Notifications>(of, link.to, link.to.raw()),
                End::Forget => batch.remove(link.to, Expect::Any),
            };
        }
        if links.is_empty() {
            batch.remove(id, Expect::Version(request.version));
            batch.discard::<Requests>(of, id);
            batch.release(NOTIFICATION_REQUESTS, &request_name(of, request.from), id);
        }
        match app.graph.commit(batch).await {
            Ok(_) | Err(CommitError::Conflict { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(Fault::Busy)
}

async fn own(
    app: &App,
    of: Id<Account>,
    id: Id<Request>,
) -> Result<Option<Arc<Stored<Request>>>, Fault> {
    Ok(app.graph.get(id).await?.filter(|request| request.account == of))
}

type Known = (Arc<Stored<Request>>, Arc<Stored<Account>>, u64);

/// Those that are the reader's, hold something, and are of people whom the reader may hear.
async fn visible(
    app: &App,
    of: Id<Account>,
    ids: &[Id<Request>],
) -> Result<Vec<Option<Known>>, Fault> {
    let mut known = Vec::with_capacity(ids.len());
    for request in app.graph.get_many(ids).await? {
        let Some(request) = request.filter(|request| request.account == of) else {
            known.push(None);
            continue;
        };
        let ties = ties(app, of, &[request.from]).await?.pop().unwrap_or_default();
        let hidden = ties.blocks || ties.blocked || ties.mutes_notifications;
        let from = app.graph.get(request.from).await?;
        let from = from.filter(|from| from.is_visible() && !hidden);
        let count = app.graph.count::<HeldOf>(request.id).await?;
        known.push(from.filter(|_| count > 0).map(|from| (request, from, count)));
    }
    Ok(known)
}

async fn shown(
    app: &App,
    of: Id<Account>,
    request: Arc<Stored<Request>>,
    from: Arc<Stored<Account>>,
    count: u64,
) -> Result<Asked, Fault> {
    let links = app.graph.list::<HeldOf>(request.id, Page::newest(NEWEST)).await?;
    let updated_ms = links.first().map_or(request.id.ms(), |link| link.to.ms());
    let ids: Vec<_> = links.iter().map(|link| link.to).collect();
    let filter = Filter { held: true, ..Filter::default() };
    let told = tell(app, of, &ids, &filter).await?;
    let last = told.into_iter().flatten().find_map(|told| told.post);
    Ok(Asked { request, from, count, updated_ms, last })
}
