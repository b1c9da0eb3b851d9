//! Who reacted, what one reacted to, and the marks that a viewer left on a page of posts.

use engine::store::EdgeRef;
use graph::{Beyond, Edge, Id, Page};

use super::flags::ReactionError;
use crate::{
    accounts::model::Account,
    app::App,
    fault::Fault,
    posts::{
        Place,
        model::{Bookmarks, LikedBy, Likes, Marks, Post, SharedBy, marks},
        see, see_one,
    },
    relations::{AccountPage, listed, ties},
    timelines::Slice,
};

/// What a viewer did to a post.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Marked {
    /// Liked it.
    pub liked: bool,
    /// Shared it.
    pub shared: bool,
    /// Keeps it.
    pub bookmarked: bool,
    /// Pinned it.
    pub pinned: bool,
    /// Muted its conversation.
    pub muted: bool,
}

/// What a viewer did to each of these posts (given with their roots), in order. Who marked little is answered from the
/// whole list of it; else edge by edge, in one round trip.
pub async fn marks_of(
    app: &App,
    viewer: Id<Account>,
    posts: &[(Id<Post>, Id<Post>)],
) -> Result<Vec<Marked>, Fault> {
    // A conversation is muted at its first post; most posts of a page are that themselves.
    let roots = posts.iter().filter(|(post, root)| post != root).map(|(_, root)| root);
    let wanted: Vec<_> = posts.iter().map(|(post, _)| post).chain(roots).collect();
    let kind = Marks::DECL.kind;
    let heads = app.graph.heads(&[(viewer.raw(), kind)]).await?;
    let known = |post: &Id<Post>| heads.first().map_or(Err(Beyond), |head| head.find(post.raw()));
    let unknown = wanted.iter().filter(|post| known(post).is_err());
    let asked: Vec<_> =
        unknown.map(|post| EdgeRef { from: viewer.raw(), kind, to: post.raw() }).collect();
    let mut answers = app.graph.edge_records(&asked).await?.into_iter();
    let flags: Vec<u32> = wanted
        .iter()
        .map(|post| match known(post) {
            Ok(edge) => edge.map_or(0, |edge| edge.flags),
            Err(Beyond) => answers.next().flatten().map_or(0, |edge| edge.flags),
        })
        .collect();
    let (own, mut of_roots) = (&flags[..posts.len()], flags[posts.len()..].iter());
    Ok(posts
        .iter()
        .zip(own)
        .map(|((post, root), &flags)| {
            let root = if post == root { flags } else { *of_roots.next().unwrap_or(&0) };
            Marked {
                liked: flags & marks::LIKED != 0,
                shared: flags & marks::SHARED != 0,
                bookmarked: flags & marks::BOOKMARKED != 0,
                pinned: flags & marks::PINNED != 0,
                muted: root & marks::MUTED != 0,
            }
        })
        .collect())
}

/// Who likes a post that the viewer may see.
pub async fn liked_by(
    app: &App,
    viewer: Option<Id<Account>>,
    post: Id<Post>,
    page: Page,
) -> Result<AccountPage, ReactionError> {
    people::<LikedBy>(app, viewer, post, page).await
}

/// Who shares a post openly.
pub async fn shared_by(
    app: &App,
    viewer: Option<Id<Account>>,
    post: Id<Post>,
    page: Page,
) -> Result<AccountPage, ReactionError> {
    people::<SharedBy>(app, viewer, post, page).await
}

async fn people<E: Edge<From = Post, To = Account>>(
    app: &App,
    viewer: Option<Id<Account>>,
    post: Id<Post>,
    page: Page,
) -> Result<AccountPage, ReactionError> {
    let seen = see_one(app, viewer, post).await?.ok_or(ReactionError::NotFound)?;
    let links = app.graph.list::<E>(seen.content().id, page).await?;
    let ids: Vec<_> = links.iter().map(|link| link.to).collect();
    let between = match viewer {
        Some(viewer) => ties(app, viewer, &ids).await?,
        None => vec![crate::relations::Ties::default(); ids.len()],
    };
    let listed = listed(app, viewer, &ids).await?;
    let rows = links.into_iter().zip(between).zip(listed);
    Ok(rows
        .map(|((link, ties), account)| {
            let shown = account.filter(|_| !ties.blocked && !ties.blocks);
            (link.ord, shown.map(|account| account.id))
        })
        .collect())
}

/// What the caller likes, newest like first.
pub async fn likes(app: &App, of: Id<Account>, page: Page) -> Result<Slice, Fault> {
    kept::<Likes>(app, of, page).await
}

/// What the caller keeps, newest first.
pub async fn bookmarks(app: &App, of: Id<Account>, page: Page) -> Result<Slice, Fault> {
    kept::<Bookmarks>(app, of, page).await
}

async fn kept<E: Edge<From = Account, To = Post>>(
    app: &App,
    of: Id<Account>,
    page: Page,
) -> Result<Slice, Fault> {
    let links = app.graph.list::<E>(of, page).await?;
    let ids: Vec<_> = links.iter().map(|link| link.to).collect();
    // Access may have been lost since: decided now, as everywhere.
    let seen = see(app, Some(of), &ids, Place::Named).await?;
    let mut slice = Slice { more: links.len() == page.limit, ..Slice::default() };
    links.iter().for_each(|link| slice.scanned(link.ord));
    slice.posts = seen.into_iter().flatten().collect();
    if page.order == graph::Order::Oldest {
        slice.posts.reverse();
    }
    Ok(slice)
}
