//! Deleting: gone from every surface with the commit; a job takes the lists apart.

use graph::{Batch, CommitError, Expect, Id, Stored};

use super::{
    model::{
        Audience, DirectPosts, FollowersPosts, HiddenReplies, HiddenShares, MentionedIn, OpenPosts,
        OpenReplies, Pins, Post, PublicPosts, Shares, TaggedPosts, marks,
    },
    sight::{Seen, see_one},
};
use crate::{
    accounts::model::Account,
    app::App,
    cards,
    events::Event,
    fault::Fault,
    instance::model::INSTANCE,
    media::model::{Attachment, LooseMedia, Media},
    posts::model::Marks,
    tags,
};

/// Why a post was not deleted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DeleteError {
    /// No such post of the caller's.
    #[error("no such post")]
    NotFound,
    /// See [`Fault`].
    #[error(transparent)]
    Fault(Fault),
}

impl<E> From<E> for DeleteError
where
    Fault: From<E>,
{
    fn from(error: E) -> DeleteError {
        DeleteError::Fault(error.into())
    }
}

/// What was deleted, as its author saw it: enough to write it again.
#[derive(Clone, Debug)]
pub struct Deleted {
    /// The post as it was.
    pub seen: Seen,
}

/// Deletes one's own post. Its media is loose again, so that a new draft may take it.
pub async fn delete(app: &App, author: Id<Account>, id: Id<Post>) -> Result<Deleted, DeleteError> {
    let seen = see_one(app, Some(author), id).await?.ok_or(DeleteError::NotFound)?;
    if seen.post.author != author {
        return Err(DeleteError::NotFound);
    }
    take_out(app, &seen.post).await?;
    Ok(Deleted { seen })
}

/// Deletes anybody's post: for the operator and for purges. A missing one is no error.
pub async fn delete_any(app: &App, id: Id<Post>) -> Result<bool, DeleteError> {
    match app.graph.get(id).await? {
        Some(post) => take_out(app, &post).await.map(|()| true),
        None => Ok(false),
    }
}

async fn take_out(app: &App, post: &Stored<Post>) -> Result<(), DeleteError> {
    let mut batch = Batch::new();
    put_away(app, &mut batch, post).await?;
    match app.graph.commit(batch).await {
        // Deleted or edited on another device at the same moment.
        Err(CommitError::Conflict { .. }) => Err(DeleteError::Fault(Fault::Busy)),
        answer => Ok(answer.map(drop)?),
    }
}

/// Puts the deletion of a post into a batch.
pub(crate) async fn put_away(
    app: &App,
    batch: &mut Batch,
    post: &Stored<Post>,
) -> Result<(), Fault> {
    batch.remove(post.id, Expect::Version(post.version));
    unlist(batch, post);
    if post.audience == Audience::Public {
        for name in &post.tags {
            if let Some(tag) = tags::find(app, name).await? {
                batch.discard::<TaggedPosts>(tag, post.id);
            }
        }
    }
    if let Some(card) = post.card {
        cards::let_go(app, batch, post.id, card);
    }
    if let Some(of) = post.share_of {
        batch.discard::<Shares>(post.author, of);
        batch.discard::<HiddenShares>(post.author, of);
        if let Some(mark) = app.graph.edge::<Marks>(post.author, of).await?
            && mark.flags & marks::SHARED != 0
        {
            batch.flag::<Marks>(post.author, of, mark.ord, 0, marks::SHARED);
        }
    }
    for media in app.graph.get_many(&post.media).await?.into_iter().flatten() {
        batch.replace(&media, &Media { attached: Attachment::None, ..media.body.clone() });
        batch.ensure::<LooseMedia>(INSTANCE, media.id, app.ord());
        batch.emit(app.id(), &Event::MediaLoose { media: media.id });
    }
    batch.emit(
        app.id(),
        &Event::PostDeleted {
            post: post.id,
            author: post.author,
            share_of: post.share_of,
            reply_to: post.reply_to.as_ref().map(|parent| parent.post),
            public: post.audience == Audience::Public,
        },
    );
    Ok(())
}

/// The opposite of [`super::publish::list_post`].
fn unlist(batch: &mut Batch, post: &Stored<Post>) {
    let (author, id) = (post.author, post.id);
    match post.audience {
        Audience::Public | Audience::Unlisted => batch.discard::<OpenPosts>(author, id),
        Audience::Followers => batch.discard::<FollowersPosts>(author, id),
        Audience::Direct => batch.discard::<DirectPosts>(author, id),
    };
    batch.discard::<Pins>(author, id);
    batch.discard::<PublicPosts>(INSTANCE, id);
    if let Some(parent) = post.reply_to {
        batch.discard::<OpenReplies>(parent.post, id);
        batch.discard::<HiddenReplies>(parent.post, id);
    }
    for mention in &post.mentions {
        batch.discard::<MentionedIn>(mention.account, id);
    }
}
