//! What people did with a post, from the lists themselves: who takes a like back, or is gone, is not in it any more.

use graph::{Edge, Id, Link, Page, ms_of};

use super::counts::Split;
use crate::{
    accounts::model::Account,
    app::App,
    fault::Fault,
    posts::model::{BookmarkedBy, LikedBy, OpenReplies, Post, SharedBy},
    relations::model::Follows,
};

/// Of each list the newest are looked at one by one.
pub const LOOKED_AT: usize = 1_000;

/// Reactions of one kind: how many, and the newest of them with when, and whether by a follower of today.
#[derive(Clone, Debug, Default)]
pub struct Reacted {
    /// All, by who did it; what is beyond [`LOOKED_AT`] is counted as of others.
    pub total: Split,
    /// Unix milliseconds, newest first.
    pub times: Vec<(u64, bool)>,
}

/// All reactions to a post.
#[derive(Clone, Debug, Default)]
pub struct Reactions {
    /// Likes.
    pub likes: Reacted,
    /// Open comments of others.
    pub comments: Reacted,
    /// Open shares.
    pub shares: Reacted,
    /// Kept for later. Who keeps what nobody learns, so they are not told apart.
    pub bookmarks: Reacted,
}

/// Reads the reactions of others to a post of this author.
pub(super) async fn reactions(
    app: &App,
    author: Id<Account>,
    post: Id<Post>,
) -> Result<Reactions, Fault> {
    let bookmarks = app.graph.list::<BookmarkedBy>(post, Page::newest(LOOKED_AT)).await?;
    let bookmarks: Vec<_> = bookmarks.iter().filter(|link| link.to != author).collect();
    Ok(Reactions {
        likes: of_people::<LikedBy>(app, author, post).await?,
        comments: comments(app, author, post).await?,
        shares: of_people::<SharedBy>(app, author, post).await?,
        bookmarks: Reacted {
            total: Split { followers: 0, others: bookmarks.len() as u64 },
            times: bookmarks.iter().map(|link| (ms_of(link.ord), false)).collect(),
        },
    })
}

async fn of_people<E: Edge<From = Post, To = Account>>(
    app: &App,
    author: Id<Account>,
    post: Id<Post>,
) -> Result<Reacted, Fault> {
    let links = app.graph.list::<E>(post, Page::newest(LOOKED_AT)).await?;
    let who = links.iter().map(|link: &Link<Account>| (ms_of(link.ord), link.to)).collect();
    split(app, author, who, app.graph.count::<E>(post).await?).await
}

async fn comments(app: &App, author: Id<Account>, post: Id<Post>) -> Result<Reacted, Fault> {
    let links = app.graph.list::<OpenReplies>(post, Page::newest(LOOKED_AT)).await?;
    let ids: Vec<_> = links.iter().map(|link| link.to).collect();
    let there = app.graph.get_many(&ids).await?.into_iter().flatten();
    let who = there.map(|answer| (answer.id.ms(), answer.author)).collect();
    split(app, author, who, app.graph.count::<OpenReplies>(post).await?).await
}

async fn split(
    app: &App,
    author: Id<Account>,
    who: Vec<(u64, Id<Account>)>,
    count: u64,
) -> Result<Reacted, Fault> {
    let looked_at = who.len() as u64;
    let others: Vec<_> = who.into_iter().filter(|(_, person)| *person != author).collect();
    let pairs: Vec<_> = others.iter().map(|(_, person)| (*person, author)).collect();
    let follow = app.graph.edges::<Follows>(&pairs).await?;
    let mut reacted = Reacted::default();
    for ((at, _), follows) in others.into_iter().zip(follow) {
        reacted.total.more(follows.is_some(), 1);
        reacted.times.push((at, follows.is_some()));
    }
    reacted.total.more(false, count.saturating_sub(looked_at));
    Ok(reacted)
}
