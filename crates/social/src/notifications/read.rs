//! Reading and dismissing notifications.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use engine::store::Order;
use graph::{Batch, Id, Page, Stored};

use super::{
    deliver::remove,
    model::{
        Heard, Held, NOTIFICATION_REQUESTS, Notification, NotificationKind, Notifications, Request,
        request_name,
    },
    policy::{Rule, policy},
    requests::let_go,
};
use crate::{
    accounts::model::Account,
    app::App,
    chats,
    fault::Fault,
    posts::{Place, Seen, login_of, model::Post, see},
    relations::ties,
    staff::{Permission, powers_of},
};

/// How many notifications one page looks at, at most.
const SCAN: usize = 400;
/// How many are cleared in one batch.
pub(super) const CLEAR_STEP: usize = 100;

/// A notification as its reader sees it.
#[derive(Clone, Debug)]
pub struct Told {
    /// Its id, time and kind.
    pub notification: Arc<Stored<Notification>>,
    /// Who did it.
    pub by: Arc<Stored<Account>>,
    /// To which post.
    pub post: Option<Seen>,
}

/// Which notifications a reader wants.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Only these kinds; all if empty.
    pub kinds: Vec<NotificationKind>,
    /// None of these.
    pub without: Vec<NotificationKind>,
    /// Only of this person's doing.
    pub by: Option<Id<Account>>,
    /// Also what the reader's policy holds back.
    pub held: bool,
}

impl Filter {
    fn passes(&self, notification: &Notification) -> bool {
        (self.kinds.is_empty() || self.kinds.contains(&notification.kind))
            && !self.without.contains(&notification.kind)
            && self.by.is_none_or(|by| by == notification.by)
    }
}

/// A page of notifications, with the cursors of what was scanned: `(told, newest, oldest, more)`.
#[derive(Clone, Debug, Default)]
pub struct ToldSlice {
    /// What the reader sees, newest first.
    pub told: Vec<Told>,
    /// Largest `ord` that was looked at.
    pub newest: Option<u64>,
    /// Smallest `ord` that was looked at.
    pub oldest: Option<u64>,
    /// Whether there may be more.
    pub more: bool,
}

/// A page of a person's notifications.
pub async fn notifications(
    app: &App,
    of: Id<Account>,
    filter: &Filter,
    page: Page,
) -> Result<ToldSlice, Fault> {
    let mut slice = ToldSlice::default();
    let mut walk = Walk::of(page);
    while slice.told.len() < page.limit
        && let Some(rows) = walk.next(app, of, filter, page.limit - slice.told.len()).await?
    {
        slice.more = walk.more;
        for (ord, told) in rows {
            if slice.told.len() == page.limit {
                slice.more = true;
                break;
            }
            slice.newest = Some(slice.newest.map_or(ord, |newest| newest.max(ord)));
            slice.oldest = Some(slice.oldest.map_or(ord, |oldest| oldest.min(ord)));
            slice.told.extend(told);
        }
    }
    if page.order == Order::Oldest {
        slice.told.reverse();
    }
    Ok(slice)
}

/// A walk along a person's list, some rows at a time, at most [`SCAN`] in all.
pub(super) struct Walk {
    cursor: Page,
    scanned: usize,
    /// Whether the list may go on behind what was read.
    pub(super) more: bool,
}

impl Walk {
    pub(super) fn of(page: Page) -> Walk {
        Walk { cursor: page, scanned: 0, more: true }
    }

    /// The next rows: each with its `ord`, and with what the reader sees of it.
    pub(super) async fn next(
        &mut self,
        app: &App,
        of: Id<Account>,
        filter: &Filter,
        wanted: usize,
    ) -> Result<Option<Vec<(u64, Option<Told>)>>, Fault> {
        if !self.more || self.scanned >= SCAN {
            return Ok(None);
        }
        self.cursor.limit = wanted + 8;
        let rows = links(app, of, filter, self.cursor).await?;
        self.more = rows.len() == self.cursor.limit;
        self.scanned += rows.len();
        if let Some((ord, _)) = rows.last() {
            match self.cursor.order {
                Order::Newest => self.cursor.below = Some(*ord),
                Order::Oldest => self.cursor.above = Some(*ord),
            }
        }
        let ids: Vec<_> = rows.iter().map(|row| row.1).collect();
        let told = tell(app, of, &ids, filter).await?;
        Ok(Some(rows.into_iter().map(|row| row.0).zip(told).collect()))
    }
}

/// A page of the list as it lies there, by `ord`.
pub(super) async fn links(
    app: &App,
    of: Id<Account>,
    filter: &Filter,
    page: Page,
) -> Result<Vec<(u64, Id<Notification>)>, Fault> {
    let mut links = app.graph.list::<Notifications>(of, page).await?;
    if filter.held {
        links.extend(app.graph.list::<Held>(of, page).await?);
        match page.order {
            Order::Newest => links.sort_unstable_by_key(|link| std::cmp::Reverse(link.ord)),
            Order::Oldest => links.sort_unstable_by_key(|link| link.ord),
        }
        links.truncate(page.limit);
    }
    Ok(links.into_iter().map(|link| (link.ord, link.to)).collect())
}

/// One notification of a person, or `None` if it is not theirs or no longer to be seen.
pub async fn read_one(
    app: &App,
    of: Id<Account>,
    id: Id<Notification>,
) -> Result<Option<Told>, Fault> {
    Ok(tell(app, of, &[id], &Filter::default()).await?.pop().flatten())
}

/// The notification itself, if it is the person's.
pub async fn notification(
    app: &App,
    of: Id<Account>,
    id: Id<Notification>,
) -> Result<Option<Arc<Stored<Notification>>>, Fault> {
    Ok(app.graph.get(id).await?.filter(|notification| notification.account == of))
}

/// How many notifications came after the reader's marker, counted to `most`.
pub async fn unread_count(
    app: &App,
    of: Id<Account>,
    filter: &Filter,
    most: usize,
) -> Result<usize, Fault> {
    let page = Page { above: marker(app, of).await?, ..Page::newest(most) };
    Ok(notifications(app, of, filter, page).await?.told.len())
}

/// How far the reader has read.
pub(crate) async fn marker(app: &App, of: Id<Account>) -> Result<Option<u64>, Fault> {
    let login = login_of(app, of).await?;
    let read = login.markers.iter().find(|marker| marker.timeline == "notifications");
    Ok(read.map(|marker| marker.last_read))
}

/// Dismisses one notification; one that is not there is no error.
pub async fn dismiss(app: &App, of: Id<Account>, id: Id<Notification>) -> Result<(), Fault> {
    let Some(told) = notification(app, of, id).await? else { return Ok(()) };
    let mut batch = Batch::new();
    remove(&mut batch, of, id);
    remove_held(app, &mut batch, &told).await?;
    app.graph.commit(batch).await?;
    Ok(())
}

/// Takes one out of what is held back, if it is there.
pub(super) async fn remove_held(
    app: &App,
    batch: &mut Batch,
    told: &Stored<Notification>,
) -> Result<(), Fault> {
    let name = request_name(told.account, told.by);
    if let Some(request) = app.graph.key::<Request>(NOTIFICATION_REQUESTS, &name).await? {
        let_go(batch, told.account, request, told.id);
    }
    Ok(())
}

/// Dismisses all notifications up to now; requests stay.
pub async fn clear(app: &App, of: Id<Account>) -> Result<(), Fault> {
    let mut page = Page::below(app.ord(), CLEAR_STEP);
    loop {
        let links = app.graph.list::<Notifications>(of, page).await?;
        let Some(last) = links.last() else { return Ok(()) };
        page.below = Some(last.ord);
        let mut batch = Batch::new();
        for link in &links {
            remove(&mut batch, of, link.to);
        }
        app.graph.commit(batch).await?;
    }
}

/// What the reader sees of each of these, in order.
pub(crate) async fn tell(
    app: &App,
    of: Id<Account>,
    ids: &[Id<Notification>],
    filter: &Filter,
) -> Result<Vec<Option<Told>>, Fault> {
    let read = app.graph.get_many(ids).await?;
    let wanted: Vec<_> = read
        .into_iter()
        .map(|one| one.filter(|one| one.account == of && filter.passes(one)))
        .collect();
    let people: Vec<_> = wanted.iter().flatten().map(|one| one.by).collect();
    let accounts = app.graph.get_many(&people).await?;
    let accounts_by_id: HashMap<Id<Account>, Arc<Stored<Account>>> =
        accounts.iter().flatten().map(|account| (account.id, account.clone())).collect();
    let between = ties(app, of, &people).await?;
    let limited = accounts.iter().flatten().any(|account| account.limited);
    // Few are: of them one hears whom one follows, whom one said yes to, or all if one's policy says so.
    let all = filter.held || limited && policy(app, of).await?.limited_accounts == Rule::Accept;
    let ends: Vec<_> = if limited { people.iter().map(|by| (of, *by)).collect() } else { vec![] };
    let heard = app.graph.edges::<Heard>(&ends).await?;
    let heard = ends.iter().zip(heard).filter_map(|((_, by), edge)| edge.map(|_| *by));
    let heard: HashSet<Id<Account>> = heard.collect();
    let known: HashMap<Id<Account>, Arc<Stored<Account>>> = people
        .iter()
        .zip(accounts.into_iter().zip(between))
        .filter_map(|(id, (account, ties))| {
            let hidden = ties.blocks || ties.blocked || ties.mutes_notifications;
            let near = ties.same || ties.follows || all || heard.contains(id);
            let account = account
                .filter(|account| account.is_visible() && !hidden && (near || !account.limited))?;
            Some((*id, account))
        })
        .collect();
    let ids: Vec<Id<Post>> = wanted.iter().flatten().filter_map(|one| one.post).collect();
    // Named, not listed: a mute without notifications hides posts from lists, not what is told here.
    let posts = see(app, Some(of), &ids, Place::Named).await?;
    let posts: HashMap<Id<Post>, Option<Seen>> = ids.into_iter().zip(posts).collect();
    let has = |kind| wanted.iter().flatten().any(|one| one.kind == kind);
    // Who is no longer staff reads nothing of it any more.
    let powers = match has(NotificationKind::Reported) || has(NotificationKind::SignUp) {
        true => Some(powers_of(app, of).await?),
        false => None,
    };
    let may = |permission| powers.as_ref().is_some_and(|powers| powers.may(permission));
    let staff = may(Permission::ManageReports);
    let mut unread = HashSet::new();
    for one in wanted.iter().flatten().filter(|one| one.kind == NotificationKind::ChatMessage) {
        if let (Some(chat), Some(number)) = (one.about.and_then(Id::new), one.number)
            && chats::is_unread(app, of, chat, number).await?
        {
            unread.insert(one.id);
        }
    }
    Ok(wanted
        .into_iter()
        .map(|one| {
            let notification = one?;
            if notification.kind == NotificationKind::Reported {
                let by = accounts_by_id.get(&notification.by)?.clone();
                return staff.then_some(Told { notification, by, post: None });
            }
            let stays = match notification.kind {
                NotificationKind::SignUp => may(Permission::ManagePeople),
                NotificationKind::ChatMessage => unread.contains(&notification.id),
                _ => true,
            };
            if !stays {
                return None;
            }
            let by = match notification.kind {
                // For staff no tie hides who joined.
                NotificationKind::SignUp => accounts_by_id.get(&notification.by)?.clone(),
                _ => known.get(&notification.by)?.clone(),
            };
            let post = match notification.post {
                Some(id) => Some(posts.get(&id)?.clone()?),
                None => None,
            };
            Some(Told { notification, by, post })
        })
        .collect())
}
