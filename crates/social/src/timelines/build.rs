//! Building a home timeline from the lists of the followed: the first read of a ring, and everything below it.

use engine::rings::{Entry, RING_CAPACITY};
use graph::{Id, Link, Order, Page};

use crate::{
    accounts::model::Account,
    app::App,
    fault::Fault,
    instance::model::INSTANCE,
    posts::model::{FollowersPosts, GreatAuthors, OpenPosts, Post, post_flags},
    relations::model::Follows,
};

/// Most people whose lists are merged; who follows more gets the ones followed last.
const MOST_FOLLOWED: usize = 5_000;
/// How much of each list a build reads: the cached head.
const HEAD: usize = 100;
/// Most great authors that are merged when read.
const MOST_GREAT: usize = 100;

/// Builds the viewer's ring. `false`: rings are away, or another build came after: merge from the lists.
pub(super) async fn ring(app: &App, viewer: Id<Account>) -> Result<bool, Fault> {
    let rings = &app.engines.rings;
    let Ok(ticket) = rings.begin(viewer.raw()).await else { return Ok(false) };
    let authors = authors(app, viewer).await?;
    let mut links: Vec<Link<Post>> = Vec::new();
    let mut floor = 0;
    let page = Page::newest(HEAD);
    let open = app.graph.lists::<OpenPosts>(&authors, page).await?;
    let followers = app.graph.lists::<FollowersPosts>(&authors, page).await?;
    for list in open.into_iter().chain(followers) {
        if list.len() == HEAD {
            // Beyond its head this list may hold more: below that the ring is not sure of itself.
            floor = floor.max(list.last().map_or(0, |link| link.ord));
        }
        links.extend(list);
    }
    links.retain(|link| link.ord >= floor);
    links.sort_unstable_by_key(|link| std::cmp::Reverse(link.ord));
    if links.len() > RING_CAPACITY {
        links.truncate(RING_CAPACITY);
        floor = links.last().map_or(floor, |link| link.ord);
    }
    let entries = with_shown(app, links).await?;
    Ok(rings.finish(viewer.raw(), ticket, entries, floor).await.is_ok())
}

/// The page merged from the lists of everyone followed.
pub(super) async fn from_lists(
    app: &App,
    viewer: Id<Account>,
    page: Page,
) -> Result<Vec<Entry>, Fault> {
    let authors = authors(app, viewer).await?;
    merge(app, &authors, page).await
}

/// The page's posts of great authors that the viewer follows, which nobody pushed.
pub(super) async fn great_authors(
    app: &App,
    viewer: Id<Account>,
    page: Page,
) -> Result<Vec<Entry>, Fault> {
    let great = app.graph.list::<GreatAuthors>(INSTANCE, Page::newest(MOST_GREAT)).await?;
    if great.is_empty() {
        return Ok(Vec::new());
    }
    let ends: Vec<_> = great.iter().map(|link| (viewer, link.to)).collect();
    let followed = app.graph.edges::<Follows>(&ends).await?;
    let authors: Vec<_> = ends
        .into_iter()
        .zip(followed)
        .filter_map(|((_, author), edge)| edge.map(|_| author))
        .collect();
    merge(app, &authors, page).await
}

async fn merge(app: &App, authors: &[Id<Account>], page: Page) -> Result<Vec<Entry>, Fault> {
    let mut links: Vec<_> =
        app.graph.lists::<OpenPosts>(authors, page).await?.into_iter().flatten().collect();
    links.extend(app.graph.lists::<FollowersPosts>(authors, page).await?.into_iter().flatten());
    match page.order {
        Order::Newest => links.sort_unstable_by_key(|link| std::cmp::Reverse(link.ord)),
        Order::Oldest => links.sort_unstable_by_key(|link| link.ord),
    }
    links.truncate(page.limit);
    with_shown(app, links).await
}

/// Whose lists make a home: the viewer's own and those of the followed.
async fn authors(app: &App, viewer: Id<Account>) -> Result<Vec<Id<Account>>, Fault> {
    let page = Page::newest(MOST_FOLLOWED);
    let followed = app.graph.list::<Follows>(viewer, page).await?;
    Ok(std::iter::once(viewer).chain(followed.into_iter().map(|link| link.to)).collect())
}

/// What each entry shows: for a share, the shared post.
async fn with_shown(app: &App, links: Vec<Link<Post>>) -> Result<Vec<Entry>, Fault> {
    let shares: Vec<_> =
        links.iter().filter(|link| link.flags & post_flags::SHARE != 0).map(|l| l.to).collect();
    let read = app.graph.get_many(&shares).await?;
    let mut shown = read.into_iter();
    Ok(links
        .into_iter()
        .map(|link| {
            let of = match link.flags & post_flags::SHARE {
                0 => None,
                _ => shown.next().flatten().and_then(|share| share.share_of),
            };
            Entry { id: link.ord, shows: of.map_or(link.ord, Id::raw) }
        })
        .collect())
}
