//! The posts of one account: open ones for everyone, others merged in for those who may see them.

use graph::{Id, Link, Order, Page};

use super::{
    model::{Audience, DirectPosts, FollowersPosts, OpenPosts, Pins, Post, post_flags},
    sight::{Place, Seen, see},
};
use crate::{accounts::model::Account, app::App, fault::Fault, timelines::Slice};

/// What a page of an account leaves out.
#[derive(Clone, Debug, Default)]
pub struct AuthorFilter {
    /// Only posts with media.
    pub only_media: bool,
    /// No answers to others (answers to oneself stay: they are threads).
    pub exclude_replies: bool,
    /// No shares.
    pub exclude_shares: bool,
    /// Only posts with this tag.
    pub tagged: Option<String>,
}

/// How many members a page looks at, at most, before it says "go on from here".
const SCAN: usize = 400;

/// A page of an account's posts and shares as a viewer may see them.
pub async fn by_author(
    app: &App,
    viewer: Option<Id<Account>>,
    author: Id<Account>,
    filter: &AuthorFilter,
    page: Page,
) -> Result<Slice, Fault> {
    let wanted = page.limit;
    let mut slice = Slice::default();
    let mut cursor = page;
    let mut scanned = 0;
    while slice.posts.len() < wanted && scanned < SCAN {
        cursor.limit = (wanted * 2).max(20);
        let links = merged(app, viewer, author, cursor).await?;
        let full = links.len() == cursor.limit;
        scanned += links.len();
        let passing: Vec<_> = links.iter().filter(|link| filter.passes(link.flags)).collect();
        let ids: Vec<Id<Post>> = passing.iter().map(|link| link.to).collect();
        let seen = see(app, viewer, &ids, Place::Named).await?;
        let mut stopped = None;
        for (link, seen) in passing.iter().zip(seen) {
            if slice.posts.len() == wanted {
                stopped = Some(());
                break;
            }
            slice.scanned(link.ord);
            if let Some(seen) = seen.filter(|seen| filter.passes_seen(seen)) {
                slice.posts.push(seen);
            }
        }
        if stopped.is_some() {
            slice.more = true;
            break;
        }
        let Some(last) = links.last() else { break };
        slice.scanned(last.ord);
        slice.more = full;
        if !full {
            break;
        }
        match cursor.order {
            Order::Newest => cursor.below = Some(last.ord),
            Order::Oldest => cursor.above = Some(last.ord),
        }
    }
    if page.order == Order::Oldest {
        slice.posts.reverse();
    }
    Ok(slice)
}

/// The open list, and the two hidden ones where the viewer may see some of them, by `ord`.
async fn merged(
    app: &App,
    viewer: Option<Id<Account>>,
    author: Id<Account>,
    page: Page,
) -> Result<Vec<Link<Post>>, Fault> {
    let mut links = app.graph.list::<OpenPosts>(author, page).await?;
    // A stranger never scans them: who follows or is mentioned is decided for each post by `see`.
    if viewer.is_some() {
        links.extend(app.graph.list::<FollowersPosts>(author, page).await?);
        links.extend(app.graph.list::<DirectPosts>(author, page).await?);
        match page.order {
            Order::Newest => links.sort_unstable_by_key(|link| std::cmp::Reverse(link.ord)),
            Order::Oldest => links.sort_unstable_by_key(|link| link.ord),
        }
        links.truncate(page.limit);
    }
    Ok(links)
}

impl AuthorFilter {
    fn passes(&self, flags: u32) -> bool {
        let reply = flags & post_flags::REPLY != 0 && flags & post_flags::SELF_REPLY == 0;
        let share = flags & post_flags::SHARE != 0;
        let media = flags & post_flags::MEDIA != 0;
        !(self.exclude_replies && reply
            || self.exclude_shares && share
            || self.only_media && !media)
    }

    fn passes_seen(&self, seen: &Seen) -> bool {
        let Some(wanted) = &self.tagged else { return true };
        let Some(wanted) = crate::text::Tag::parse(wanted) else { return false };
        let has = |name: &String| {
            crate::text::Tag::parse(name).is_some_and(|tag| tag.key() == wanted.key())
        };
        seen.post.tags.iter().any(has)
    }
}

/// The pinned posts of an account, the newest pin first.
pub async fn pinned(
    app: &App,
    viewer: Option<Id<Account>>,
    author: Id<Account>,
) -> Result<Vec<Seen>, Fault> {
    let links = app.graph.list::<Pins>(author, Page::newest(crate::reactions::MAX_PINS)).await?;
    let ids: Vec<_> = links.iter().map(|link| link.to).collect();
    let seen = see(app, viewer, &ids, Place::Named).await?;
    Ok(seen.into_iter().flatten().filter(|seen| seen.post.audience != Audience::Direct).collect())
}
