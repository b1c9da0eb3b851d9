//! The job: reads what is new into the ledger, and lays out what is shown.

use std::collections::{HashMap, HashSet};

use engine::rings::RING_CAPACITY;
use graph::{Batch, CommitError, Edge, Id, Order, Page, Stored};

use super::{
    model::{LEDGER, Ledger, TOUCHED},
    read::lay_out,
    score::{COLD, HALF_LIFE_MS, POST_HALF_LIFE_MS, Warm, WarmPost, day_of, decayed},
};
use crate::{
    accounts::model::Account,
    app::App,
    fault::Fault,
    instance::model::INSTANCE,
    posts::model::{Audience, LikedBy, Post, PublicPosts, SharedBy},
    relations::model::Followers,
    secret::mac,
    tags,
};

/// How many new posts one refresh reads; more wait for the next.
const STEP: usize = 1_000;
/// Posts of this moment may still be committed out of order: they wait.
const LAG_MS: u64 = 2_000;
/// How many of each kind the ledger holds.
const MOST: usize = 500;
const MOST_PEOPLE: usize = 100;
/// Fewer followers are not many.
const LEAST_FOLLOWERS: u64 = 3;
/// Older posts do not trend.
const POST_AGE_MS: u64 = 3 * 24 * 60 * 60 * 1_000;

/// What a refresh did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Refreshed {
    /// New posts that were read.
    pub posts: usize,
    /// Posts that were touched since.
    pub touched: usize,
}

/// Brings trends up to date. Two at once: one of them wins, the other did nothing.
pub async fn refresh(app: &App) -> Result<Refreshed, Fault> {
    let stored = app.graph.get(LEDGER).await?;
    let mut ledger = stored.as_ref().map(|ledger| ledger.body.clone()).unwrap_or_default();
    let now = app.now_ms();
    cool(&mut ledger, now);
    let posts = read_new(app, &mut ledger, now).await?;
    let touched = read_touched(app, &mut ledger, now).await?;
    prune(&mut ledger);
    let mut batch = Batch::new();
    match &stored {
        Some(stored) => batch.replace(stored, &ledger),
        None => batch.create(LEDGER, &ledger),
    };
    match app.graph.commit(batch).await {
        Ok(_) => lay_out(app, &ledger).await,
        Err(CommitError::Conflict { .. }) => return Ok(Refreshed::default()),
        Err(error) => return Err(error.into()),
    }
    Ok(Refreshed { posts, touched })
}

/// Lets time pass in the ledger.
fn cool(ledger: &mut Ledger, now: u64) {
    let elapsed = now.saturating_sub(ledger.at_ms);
    for warm in ledger.tags.iter_mut().chain(&mut ledger.links) {
        warm.heat = decayed(warm.heat, elapsed, HALF_LIFE_MS);
    }
    for post in &mut ledger.posts {
        post.heat = decayed(post.heat, elapsed, POST_HALF_LIFE_MS);
    }
    ledger.at_ms = now;
}

/// Keeps the hottest of each kind. What was used within the week stays a while after it is cold: it is what is usual.
fn prune(ledger: &mut Ledger) {
    for list in [&mut ledger.tags, &mut ledger.links] {
        list.retain(|warm| warm.heat > COLD / 100.0);
        list.sort_by(|a, b| b.heat.total_cmp(&a.heat).then(b.id.cmp(&a.id)));
        list.truncate(MOST);
    }
    let oldest = ledger.at_ms.saturating_sub(POST_AGE_MS);
    ledger.posts.retain(|post| post.heat > COLD && graph::ms_of(post.id) > oldest);
    ledger.posts.sort_by(|a, b| b.heat.total_cmp(&a.heat).then(b.id.cmp(&a.id)));
    ledger.posts.truncate(MOST);
}

/// New public posts, the oldest first; at the very first time the newest of them.
async fn read_new(app: &App, ledger: &mut Ledger, now: u64) -> Result<usize, Fault> {
    let settled = |ord: u64| graph::ms_of(ord) + LAG_MS <= now;
    let mut links = match ledger.read_to {
        0 => {
            let mut newest = app.graph.list::<PublicPosts>(INSTANCE, Page::newest(STEP)).await?;
            newest.reverse();
            newest
        }
        read_to => {
            let page =
                Page { below: None, above: Some(read_to), order: Order::Oldest, limit: STEP };
            app.graph.list::<PublicPosts>(INSTANCE, page).await?
        }
    };
    links.retain(|link| settled(link.ord));
    let ids: Vec<_> = links.iter().map(|link| link.to).collect();
    let posts: Vec<_> = app.graph.get_many(&ids).await?.into_iter().flatten().collect();
    let standing = Standing::of(app, posts.iter().map(|post| post.author)).await?;
    let mut places = Places::of(ledger);
    for post in posts.iter().filter(|post| standing.is_good(post.author)) {
        let day = day_of(post.id.ms());
        let person = nobody(app, day, post.author);
        for name in &post.tags {
            if let Some(tag) = tags::find(app, name).await? {
                places.tag(ledger, tag.raw()).used(day, person);
            }
        }
        if let Some(card) = post.card {
            places.link(ledger, card.raw()).used(day, person);
        }
    }
    raise_people(app, ledger, &standing).await?;
    if let Some(last) = links.last() {
        ledger.read_to = last.ord;
    }
    Ok(links.len())
}

/// A person as the ledger knows them for a day: nobody outside can tell who it is, nor whether two days have the same.
fn nobody(app: &App, day: u32, person: Id<Account>) -> u64 {
    let parts = [&day.to_be_bytes()[..], &person.raw().to_be_bytes()[..]];
    let sealed = mac(&app.secrets.mac, "trend person", &parts);
    u64::from_be_bytes(sealed[..8].try_into().expect("eight of thirty-two bytes"))
}

/// Where things stand in the ledger.
struct Places {
    tags: HashMap<u64, usize>,
    links: HashMap<u64, usize>,
}

impl Places {
    fn of(ledger: &Ledger) -> Places {
        let of = |list: &[Warm]| list.iter().enumerate().map(|(at, warm)| (warm.id, at)).collect();
        Places { tags: of(&ledger.tags), links: of(&ledger.links) }
    }

    fn tag<'a>(&mut self, ledger: &'a mut Ledger, id: u64) -> &'a mut Warm {
        entry(&mut self.tags, &mut ledger.tags, id)
    }

    fn link<'a>(&mut self, ledger: &'a mut Ledger, id: u64) -> &'a mut Warm {
        entry(&mut self.links, &mut ledger.links, id)
    }
}

fn entry<'a>(places: &mut HashMap<u64, usize>, list: &'a mut Vec<Warm>, id: u64) -> &'a mut Warm {
    let place = *places.entry(id).or_insert_with(|| {
        list.push(Warm { id, ..Warm::default() });
        list.len() - 1
    });
    &mut list[place]
}

/// Who counts: people whom anybody may find, and who may write.
struct Standing(HashSet<Id<Account>>);

impl Standing {
    async fn of(app: &App, people: impl Iterator<Item = Id<Account>>) -> Result<Standing, Fault> {
        let mut ids: Vec<_> = people.collect();
        ids.sort_unstable();
        ids.dedup();
        let accounts: Vec<_> = app.graph.get_many(&ids).await?.into_iter().flatten().collect();
        let logins: Vec<_> = accounts.iter().map(|account| account.login).collect();
        let logins = app.graph.get_many(&logins).await?;
        let good = accounts.iter().zip(logins).filter(|(account, login)| {
            is_open(account) && !account.bot && login.as_ref().is_some_and(|login| !login.frozen)
        });
        Ok(Standing(good.map(|(account, _)| account.id).collect()))
    }

    fn is_good(&self, account: Id<Account>) -> bool {
        self.0.contains(&account)
    }
}

/// Whether anybody may find an account.
pub(super) fn is_open(account: &Account) -> bool {
    account.is_visible() && account.discoverable && !account.limited
}

/// People who posted now, among those with the most followers.
async fn raise_people(app: &App, ledger: &mut Ledger, good: &Standing) -> Result<(), Fault> {
    let ids: Vec<_> = good.0.iter().copied().collect();
    let lists: Vec<_> = ids.iter().map(|id| (id.raw(), Followers::DECL.kind)).collect();
    let counts = app.graph.counts(&lists).await?;
    ledger.people.retain(|(id, _)| Id::new(*id).is_none_or(|id| !good.is_good(id)));
    ledger.people.extend(
        ids.iter().zip(counts).filter(|(_, n)| *n >= LEAST_FOLLOWERS).map(|(id, n)| (id.raw(), n)),
    );
    ledger.people.sort_by_key(|(id, followers)| std::cmp::Reverse((*followers, *id)));
    ledger.people.truncate(MOST_PEOPLE);
    Ok(())
}

/// Posts that people reacted to since.
async fn read_touched(app: &App, ledger: &mut Ledger, now: u64) -> Result<usize, Fault> {
    let ids = touched(app, ledger).await?;
    let young = now.saturating_sub(POST_AGE_MS);
    let posts: Vec<_> = app
        .graph
        .get_many(&ids)
        .await?
        .into_iter()
        .flatten()
        .filter(|post| may_trend(post) && post.id.ms() > young)
        .collect();
    let standing = Standing::of(app, posts.iter().map(|post| post.author)).await?;
    let posts: Vec<_> = posts.into_iter().filter(|post| standing.is_good(post.author)).collect();
    let kinds = [LikedBy::DECL.kind, SharedBy::DECL.kind];
    let lists: Vec<_> =
        posts.iter().flat_map(|post| kinds.map(|kind| (post.id.raw(), kind))).collect();
    let counts = app.graph.counts(&lists).await?;
    // What authors do to their own posts does not count.
    let own: Vec<_> = posts.iter().map(|post| (post.id, post.author)).collect();
    let own_likes = app.graph.edges::<LikedBy>(&own).await?;
    let own_shares = app.graph.edges::<SharedBy>(&own).await?;
    let mut places: HashMap<u64, usize> =
        ledger.posts.iter().enumerate().map(|(at, post)| (post.id, at)).collect();
    let own = own_likes.iter().zip(&own_shares);
    for ((post, counts), (like, share)) in posts.iter().zip(counts.chunks_exact(2)).zip(own) {
        let id = post.id.raw();
        let place = *places.entry(id).or_insert_with(|| {
            ledger.posts.push(WarmPost { id, ..WarmPost::default() });
            ledger.posts.len() - 1
        });
        let others = |count: u64, own: bool| count.saturating_sub(u64::from(own));
        ledger.posts[place]
            .measured(others(counts[0], like.is_some()), others(counts[1], share.is_some()));
    }
    Ok(posts.len())
}

/// What the ring has that the ledger has not. Where the ring is new or was lost, the newest posts are looked at instead.
async fn touched(app: &App, ledger: &mut Ledger) -> Result<Vec<Id<Post>>, Fault> {
    let rings = &app.engines.rings;
    let read = rings.read(TOUCHED, None, None, false, RING_CAPACITY).await;
    match read {
        Ok(Some(page)) => {
            let news: Vec<_> =
                page.entries.iter().filter(|entry| entry.id > ledger.touched_to).collect();
            ledger.touched_to = news.first().map_or(ledger.touched_to, |newest| newest.id);
            Ok(news.iter().filter_map(|entry| Id::new(entry.shows)).collect())
        }
        Ok(None) => {
            if let Ok(ticket) = rings.begin(TOUCHED).await {
                // Somebody else who began later finishes instead.
                let _ = rings.finish(TOUCHED, ticket, Vec::new(), 0).await;
            }
            newest(app).await
        }
        Err(_) => newest(app).await,
    }
}

async fn newest(app: &App) -> Result<Vec<Id<Post>>, Fault> {
    let links = app.graph.list::<PublicPosts>(INSTANCE, Page::newest(RING_CAPACITY)).await?;
    Ok(links.iter().map(|link| link.to).collect())
}

/// Whether a post is one to show to everybody.
pub(super) fn may_trend(post: &Stored<Post>) -> bool {
    post.audience == Audience::Public
        && post.share_of.is_none()
        && post.reply_to.is_none()
        && !post.sensitive
        && post.warning.is_empty()
}
