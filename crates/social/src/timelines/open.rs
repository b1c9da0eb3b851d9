//! The open timelines: everything public, and everything public with a tag.

use engine::store::{EdgeRecord, Range};
use graph::{Edge, Id, Order, Page};

use super::Slice;
use crate::{
    accounts::model::Account,
    app::App,
    fault::Fault,
    instance::model::INSTANCE,
    posts::{
        Place,
        model::{Post, PublicPosts, TaggedPosts},
        see,
    },
    tags,
};

/// How many members a page looks at, at most.
const SCAN: usize = 400;

/// A page of everything public, without answers and shares.
pub async fn public(
    app: &App,
    viewer: Option<Id<Account>>,
    only_media: bool,
    page: Page,
) -> Result<Slice, Fault> {
    walk(app, viewer, only_media, (INSTANCE.raw(), PublicPosts::DECL.kind), page).await
}

/// A page of public posts with a tag; unknown tags have none.
pub async fn tagged(
    app: &App,
    viewer: Option<Id<Account>>,
    tag: &str,
    only_media: bool,
    page: Page,
) -> Result<Slice, Fault> {
    match tags::find(app, tag).await? {
        Some(tag) => {
            let list = (tag.raw(), TaggedPosts::DECL.kind);
            walk(app, viewer, only_media, list, page).await
        }
        None => Ok(Slice::default()),
    }
}

async fn walk(
    app: &App,
    viewer: Option<Id<Account>>,
    only_media: bool,
    (from, kind): (u64, graph::EdgeKind),
    page: Page,
) -> Result<Slice, Fault> {
    let mut slice = Slice::default();
    let mut cursor = page;
    let mut scanned = 0;
    while slice.posts.len() < page.limit && scanned < SCAN {
        cursor.limit = page.limit - slice.posts.len() + 8;
        let Page { below, above, order, limit } = cursor;
        let range = Range { from, kind, below, above, order, limit };
        let links: Vec<EdgeRecord> = app.graph.ranges(&[range]).await?.pop().unwrap_or_default();
        let full = links.len() == limit;
        scanned += links.len();
        let ids: Vec<Id<Post>> = links.iter().filter_map(|link| Id::new(link.to)).collect();
        let seen = see(app, viewer, &ids, Place::Listed).await?;
        slice.more = full;
        for (link, seen) in links.iter().zip(seen) {
            if slice.posts.len() == page.limit {
                slice.more = true;
                break;
            }
            slice.scanned(link.ord);
            if let Some(seen) = seen.filter(|seen| !only_media || !seen.post.media.is_empty()) {
                slice.posts.push(seen);
            }
        }
        let Some(last) = links.last().filter(|_| full) else { break };
        match page.order {
            Order::Newest => cursor.below = Some(last.ord),
            Order::Oldest => cursor.above = Some(last.ord),
        }
    }
    if page.order == Order::Oldest {
        slice.posts.reverse();
    }
    Ok(slice)
}
