//! Who may see a post, and where.
//!
//! Two questions, asked together for a whole page: may the viewer see it (audience, blocks by the author, standing),
//! and does the viewer want it in this place (own blocks and mutes)? Nothing is decided at fan-out, so a block,
//! an unfollow or a deletion holds from the next read on.

use std::{collections::HashMap, sync::Arc};

use graph::{Id, Stored};

use super::model::{Audience, Post};
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
    let posts = app.graph.get_many(ids).await?;
    let world = World::around(app, viewer, &posts).await?;
    Ok(posts
        .into_iter()
        .map(|post| {
            let post = post?;
            let shared = match post.share_of {
                Some(of) => Some(world.shared.get(&of).cloned().flatten()?),
                None => None,
            };
            if !world.may_see(&post) || !world.wants(post.author, place) {
                return None;
            }
            if place == Place::Home && shared.is_some() && world.ties(post.author).no_shares {
                return None;
            }
            let author = world.authors.get(&post.author)?.clone()?;
            let shared = match shared {
                Some(shared) => {
                    if !world.may_see(&shared) || !world.wants(shared.author, place) {
                        return None;
                    }
                    let author = world.authors.get(&shared.author)?.clone()?;
                    Some((shared, author))
                }
                None => None,
            };
            let content = shared.as_ref().map_or(&post, |(post, _)| post);
            let parent_known = content.reply_to.is_none_or(|parent| {
                world
                    .parents
                    .get(&parent.post)
                    .is_some_and(|post| post.as_ref().is_some_and(|post| world.may_see(post)))
            });
            Some(Seen { post, author, shared, parent_known })
        })
        .collect())
}

type Posts = HashMap<Id<Post>, Option<Arc<Stored<Post>>>>;

/// All that the policy needs to know for one page, read in five batches.
struct World {
    viewer: Option<Id<Account>>,
    shared: Posts,
    parents: Posts,
    authors: HashMap<Id<Account>, Option<Arc<Stored<Account>>>>,
    ties: HashMap<Id<Account>, Ties>,
}

impl World {
    async fn around(
        app: &App,
        viewer: Option<Id<Account>>,
        posts: &[Option<Arc<Stored<Post>>>],
    ) -> Result<World, Fault> {
        let there = || posts.iter().flatten();
        let shared = read(app, there().filter_map(|post| post.share_of)).await?;
        let parents = {
            let content = there().chain(shared.values().flatten());
            read(app, content.filter_map(|post| post.reply_to.map(|parent| parent.post))).await?
        };
        let all = there().chain(shared.values().flatten()).chain(parents.values().flatten());
        let mut ids: Vec<_> = all.map(|post| post.author).collect();
        ids.sort_unstable();
        ids.dedup();
        let authors = app.graph.get_many(&ids).await?;
        let between = match viewer {
            Some(viewer) => ties(app, viewer, &ids).await?,
            None => vec![Ties::default(); ids.len()],
        };
        Ok(World {
            viewer,
            shared,
            parents,
            ties: ids.iter().copied().zip(between).collect(),
            authors: ids.into_iter().zip(authors).collect(),
        })
    }

    fn ties(&self, author: Id<Account>) -> Ties {
        self.ties.get(&author).copied().unwrap_or_default()
    }

    fn may_see(&self, post: &Stored<Post>) -> bool {
        let Some(Some(author)) = self.authors.get(&post.author) else { return false };
        let ties = self.ties(post.author);
        if !author.is_visible() || ties.blocked {
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

async fn read(app: &App, ids: impl Iterator<Item = Id<Post>>) -> Result<Posts, Fault> {
    let mut ids: Vec<_> = ids.collect();
    ids.sort_unstable();
    ids.dedup();
    let posts = app.graph.get_many(&ids).await?;
    Ok(ids.into_iter().zip(posts).collect())
}
