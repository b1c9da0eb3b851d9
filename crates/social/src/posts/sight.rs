//! Who may see a post, and where.
//!
//! Two questions, asked together for a whole page: may the viewer see it (audience, blocks by the author, standing),
//! and does the viewer want it in this place (own blocks and mutes)? Nothing is decided at fan-out, so a block,
//! an unfollow or a deletion holds from the next read on.

use std::sync::Arc;

use graph::{Id, Node, Stored};

use super::{
    ahead,
    model::{Audience, Post},
};
use crate::{
    accounts::model::Account,
    app::App,
    fault::Fault,
    relations::{Ties, ties},
};

/// Where a post would be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Asked for by itself, or on the author's own page: blocks and mutes of the viewer do not hide it.
    Named,
    /// In a list that others fill: what the viewer blocks or mutes is left out.
    Listed,
    /// On the home timeline: as [`Place::Listed`], and shares only of people whose shares are wanted.
    Home,
}

/// A post with its author.
pub type Authored = (Arc<Stored<Post>>, Arc<Stored<Account>>);

/// A post that the viewer may see.
#[derive(Clone, Debug)]
pub struct Seen {
    /// The post.
    pub post: Arc<Stored<Post>>,
    /// Its author.
    pub author: Arc<Stored<Account>>,
    /// The post it shares, with its author; always there for a share.
    pub shared: Option<Authored>,
    /// Whether what it answers may be told to the viewer.
    pub parent_known: bool,
}

impl Seen {
    /// The post with the content: the shared one, or itself.
    pub fn content(&self) -> &Arc<Stored<Post>> {
        self.shared.as_ref().map_or(&self.post, |(post, _)| post)
    }
}

/// One post, or `None`, which must look the same for one that is hidden and one that never was.
pub async fn see_one(
    app: &App,
    viewer: Option<Id<Account>>,
    id: Id<Post>,
) -> Result<Option<Seen>, Fault> {
    Ok(see(app, viewer, &[id], Place::Named).await?.pop().flatten())
}

/// Posts as a viewer may see them in a place; one answer per id, in order.
pub async fn see(
    app: &App,
    viewer: Option<Id<Account>>,
    ids: &[Id<Post>],
    place: Place,
) -> Result<Vec<Option<Seen>>, Fault> {
    Ok(see_with_ties(app, viewer, ids, place).await?.0)
}

/// [`see`], with what stands between the viewer and everybody around these posts.
pub(crate) async fn see_with_ties(
    app: &App,
    viewer: Option<Id<Account>>,
    ids: &[Id<Post>],
    place: Place,
) -> Result<(Vec<Option<Seen>>, Around), Fault> {
    ahead::of_page(app, viewer, ids).await?;
    let posts = app.graph.get_many(ids).await?;
    ahead::of_posts(app, viewer, &posts).await?;
    let world = World::around(app, viewer, &posts).await?;
    let seen = posts.into_iter().map(|post| world.shown(post?, place)).collect();
    Ok((seen, world.people))
}

/// Nodes by their ids, sorted: a page has few of them.
struct Known<T>(Vec<Row<T>>);

/// An id, and its node if there is one.
type Row<T> = (Id<T>, Option<Arc<Stored<T>>>);

impl<T: Node> Known<T> {
    async fn read(app: &App, ids: impl Iterator<Item = Id<T>>) -> Result<Known<T>, Fault> {
        let mut ids: Vec<_> = ids.collect();
        if ids.is_empty() {
            return Ok(Known(Vec::new()));
        }
        ids.sort_unstable();
        ids.dedup();
        let nodes = app.graph.get_many(&ids).await?;
        Ok(Known(ids.into_iter().zip(nodes).collect()))
    }

    fn get(&self, id: Id<T>) -> Option<&Arc<Stored<T>>> {
        let place = self.0.binary_search_by_key(&id, |known| known.0).ok()?;
        self.0[place].1.as_ref()
    }

    fn there(&self) -> impl Iterator<Item = &Arc<Stored<T>>> {
        self.0.iter().filter_map(|known| known.1.as_ref())
    }
}

/// What stands between the viewer and the people around some posts, sorted by their ids.
pub(crate) struct Around(Vec<(Id<Account>, Ties)>);

impl Around {
    /// The ties to somebody; none to who is not around.
    pub fn ties(&self, person: Id<Account>) -> Ties {
        let place = self.0.binary_search_by_key(&person, |known| known.0);
        place.map(|place| self.0[place].1).unwrap_or_default()
    }
}

/// All that the policy needs to know for one page, read in a few batches.
struct World {
    viewer: Option<Id<Account>>,
    shared: Known<Post>,
    parents: Known<Post>,
    authors: Known<Account>,
    people: Around,
}

impl World {
    async fn around(
        app: &App,
        viewer: Option<Id<Account>>,
        posts: &[Option<Arc<Stored<Post>>>],
    ) -> Result<World, Fault> {
        let there = || posts.iter().flatten();
        let shared = Known::read(app, there().filter_map(|post| post.share_of)).await?;
        let answered = || there().chain(shared.there()).filter_map(|post| post.reply_to);
        let known: Vec<_> = answered().map(|parent| parent.post).collect();
        let read = app.graph.known(&known);
        let others: Vec<_> = shared.there().chain(&read).collect();
        let authors: Vec<_> = there().map(|post| post.author).collect();
        ahead::of_others(app, viewer, &authors, &others).await?;
        let parents = Known::read(app, known.into_iter()).await?;
        let all = there().chain(shared.there()).chain(parents.there());
        // Whom an answer is to counts also where what it answers is gone.
        let people = all.map(|post| post.author).chain(answered().map(|parent| parent.author));
        let authors = Known::read(app, people).await?;
        let ids: Vec<_> = authors.0.iter().map(|known| known.0).collect();
        let between = match viewer {
            Some(viewer) => ties(app, viewer, &ids).await?,
            None => Vec::new(),
        };
        let people = Around(ids.into_iter().zip(between).collect());
        Ok(World { viewer, shared, parents, authors, people })
    }

    /// The post as the viewer sees it in a place, if at all.
    fn shown(&self, post: Arc<Stored<Post>>, place: Place) -> Option<Seen> {
        let author = self.admits(&post, place)?;
        let shared = match post.share_of {
            Some(of) => {
                if place == Place::Home && self.ties(post.author).no_shares {
                    return None;
                }
                let of = self.shared.get(of)?;
                Some((of.clone(), self.admits(of, place)?))
            }
            None => None,
        };
        let content = shared.as_ref().map_or(&post, |(post, _)| post);
        let parent_known = content.reply_to.is_none_or(|parent| {
            self.parents.get(parent.post).is_some_and(|post| self.may_see(post))
        });
        Some(Seen { post, author, shared, parent_known })
    }

    /// The author of a post that the viewer may and wants to see there.
    fn admits(&self, post: &Stored<Post>, place: Place) -> Option<Arc<Stored<Account>>> {
        let shown = self.may_see(post) && self.wants(post.author, place);
        shown.then(|| self.authors.get(post.author).cloned()).flatten()
    }

    fn ties(&self, author: Id<Account>) -> Ties {
        self.people.ties(author)
    }

    fn may_see(&self, post: &Stored<Post>) -> bool {
        let Some(author) = self.authors.get(post.author) else { return false };
        let ties = self.ties(post.author);
        if !author.is_visible() || ties.blocked {
            return false;
        }
        if author.limited && !ties.same && !ties.follows {
            return false;
        }
        match post.audience {
            Audience::Public | Audience::Unlisted => true,
            Audience::Followers => ties.same || ties.follows || self.mentioned(post),
            Audience::Direct => ties.same || self.mentioned(post),
        }
    }

    fn mentioned(&self, post: &Post) -> bool {
        self.viewer.is_some_and(|viewer| post.mentions.iter().any(|m| m.account == viewer))
    }

    fn wants(&self, author: Id<Account>, place: Place) -> bool {
        let ties = self.ties(author);
        match place {
            Place::Named => true,
            Place::Listed | Place::Home => !ties.blocks && !ties.mutes,
        }
    }
}
