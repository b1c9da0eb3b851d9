//! The home timeline: own posts, posts and shares of followed people, their answers only to people one follows
//! or to oneself, and a post that several share once.

use std::collections::HashSet;

use engine::rings::Entry;
use graph::{Id, Order, Page};

use super::{Slice, build};
use crate::{
    accounts::model::Account,
    app::App,
    fault::Fault,
    posts::{
        Place, Seen,
        model::{Audience, Post},
        see_with_ties,
    },
};

/// How many entries one page looks at, at most.
const SCAN: usize = 400;

/// A page of the viewer's home.
pub async fn home(app: &App, viewer: Id<Account>, page: Page) -> Result<Slice, Fault> {
    let mut slice = Slice::default();
    let mut shown: HashSet<Id<Post>> = HashSet::new();
    let mut cursor = page;
    let mut scanned = 0;
    while slice.posts.len() < page.limit && scanned < SCAN {
        // A little more than is missing, for what the viewer does not see.
        cursor.limit = page.limit - slice.posts.len() + 8;
        let entries = entries(app, viewer, cursor).await?;
        let full = entries.len() >= cursor.limit;
        scanned += entries.len();
        let seen = belong(app, viewer, &entries).await?;
        slice.more = full;
        for (entry, seen) in entries.iter().zip(seen) {
            if slice.posts.len() == page.limit {
                slice.more = true;
                break;
            }
            slice.scanned(entry.id);
            if let Some(seen) = seen.filter(|seen| shown.insert(seen.content().id)) {
                slice.posts.push(seen);
            }
        }
        let Some(last) = entries.last().filter(|_| full) else { break };
        match page.order {
            Order::Newest => cursor.below = Some(last.id),
            Order::Oldest => cursor.above = Some(last.id),
        }
    }
    if page.order == Order::Oldest {
        slice.posts.reverse();
    }
    Ok(slice)
}

/// A post as it would stand in the viewer's home, or `None` if it does not belong there.
pub async fn belongs_home(
    app: &App,
    viewer: Id<Account>,
    id: Id<Post>,
) -> Result<Option<Seen>, Fault> {
    let entry = Entry { id: id.raw(), shows: id.raw() };
    Ok(belong(app, viewer, &[entry]).await?.pop().flatten())
}

/// The entries as the viewer sees them; those that do not belong to the home are `None`.
async fn belong(
    app: &App,
    viewer: Id<Account>,
    entries: &[Entry],
) -> Result<Vec<Option<Seen>>, Fault> {
    let ids: Vec<Id<Post>> = entries.iter().filter_map(|entry| Id::new(entry.id)).collect();
    let (mut seen, around) = see_with_ties(app, Some(viewer), &ids, Place::Home).await?;
    let wanted = |person: Id<Account>| {
        let ties = around.ties(person);
        ties.same || ties.follows
    };
    for slot in &mut seen {
        let belongs = slot.as_ref().is_some_and(|seen| {
            let post = &seen.post;
            let answers_known = post
                .reply_to
                .is_none_or(|parent| parent.author == post.author || wanted(parent.author));
            let direct = post.audience == Audience::Direct;
            wanted(post.author) && !direct && (post.author == viewer || answers_known)
        });
        if !belongs {
            *slot = None;
        }
    }
    Ok(seen)
}

/// The next entries in the page's direction: from the ring as far as it knows, else from the lists.
async fn entries(app: &App, viewer: Id<Account>, page: Page) -> Result<Vec<Entry>, Fault> {
    let oldest_first = page.order == Order::Oldest;
    // From the oldest end, when a page starts there.
    let above = page.above.or(oldest_first.then_some(0));
    let rings = &app.engines.rings;
    let read = || rings.read(viewer.raw(), page.below, above, oldest_first, page.limit);
    let read = match read().await {
        Ok(None) if build::ring(app, viewer).await? => read().await.ok().flatten(),
        read => read.ok().flatten(),
    };
    let mut entries = match read {
        Some(ring) => {
            // Sure, if the page ends inside of what the ring knows.
            let inside = match page.order {
                Order::Newest => {
                    ring.entries.len() >= page.limit
                        || ring.floor == 0
                        || page.above.is_some_and(|above| above >= ring.floor)
                }
                Order::Oldest => ring.floor == 0 || page.above.unwrap_or(0) >= ring.floor,
            };
            if inside {
                ring.entries
            } else {
                let mut entries = ring.entries;
                entries.extend(build::from_lists(app, viewer, page).await?);
                entries
            }
        }
        None => build::from_lists(app, viewer, page).await?,
    };
    entries.extend(build::great_authors(app, viewer, page).await?);
    match page.order {
        Order::Newest => entries.sort_unstable_by_key(|entry| std::cmp::Reverse(entry.id)),
        Order::Oldest => entries.sort_unstable_by_key(|entry| entry.id),
    }
    entries.dedup_by_key(|entry| entry.id);
    entries.truncate(page.limit);
    Ok(entries)
}
