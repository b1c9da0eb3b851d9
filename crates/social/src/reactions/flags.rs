//! The reactions that are a flag and a list: like, bookmark, pin, mute.

use graph::{Batch, CommitError, Expect, Id};

use crate::{
    accounts::model::Account,
    app::App,
    census::What,
    events::Event,
    fault::Fault,
    live,
    posts::{
        Seen,
        model::{Audience, Bookmarks, LikedBy, Marks, Pins, Post, marks},
        see_one,
    },
};

/// Most posts that one may pin.
pub const MAX_PINS: usize = 5;

/// Why a reaction was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReactionError {
    /// No such post, or none for the caller.
    #[error("no such post")]
    NotFound,
    /// The post's audience does not allow it to be shared.
    #[error("This action is not allowed")]
    NotShareable,
    /// Only one's own posts are pinned.
    #[error("Someone else's post cannot be pinned")]
    NotYours,
    /// Direct posts and shares are not pinned.
    #[error("This kind of post cannot be pinned")]
    NotPinnable,
    /// See [`MAX_PINS`].
    #[error("You have already pinned the maximum number of posts")]
    TooManyPins,
    /// See [`Fault`].
    #[error(transparent)]
    Fault(Fault),
}

impl<E> From<E> for ReactionError
where
    Fault: From<E>,
{
    fn from(error: E) -> ReactionError {
        ReactionError::Fault(error.into())
    }
}

/// Likes a post.
pub async fn like(app: &App, by: Id<Account>, id: Id<Post>) -> Result<Seen, ReactionError> {
    change(app, by, id, marks::LIKED, true, |batch, post, ord| {
        batch.link::<LikedBy>(post, by, ord);
        batch.emit(app.id(), &Event::Liked { by, post });
    })
    .await
}

/// Takes a like back.
pub async fn unlike(app: &App, by: Id<Account>, id: Id<Post>) -> Result<Seen, ReactionError> {
    change(app, by, id, marks::LIKED, false, |batch, post, _| {
        batch.discard::<LikedBy>(post, by);
        batch.emit(app.id(), &Event::Unliked { by, post });
    })
    .await
}

/// Keeps a post for later; nobody else can know.
pub async fn bookmark(app: &App, by: Id<Account>, id: Id<Post>) -> Result<Seen, ReactionError> {
    change(app, by, id, marks::BOOKMARKED, true, |batch, post, ord| {
        batch.link::<Bookmarks>(by, post, ord);
    })
    .await
}

/// Keeps a post no longer.
pub async fn unbookmark(app: &App, by: Id<Account>, id: Id<Post>) -> Result<Seen, ReactionError> {
    change(app, by, id, marks::BOOKMARKED, false, |batch, post, _| {
        batch.discard::<Bookmarks>(by, post);
    })
    .await
}

/// Pins one's own post to one's profile.
pub async fn pin(app: &App, by: Id<Account>, id: Id<Post>) -> Result<Seen, ReactionError> {
    let seen = see_one(app, Some(by), id).await?.ok_or(ReactionError::NotFound)?;
    if seen.post.author != by {
        return Err(ReactionError::NotYours);
    }
    if seen.shared.is_some() || seen.post.audience == Audience::Direct {
        return Err(ReactionError::NotPinnable);
    }
    let pins = app.graph.list::<Pins>(by, graph::Page::newest(MAX_PINS)).await?;
    if pins.len() == MAX_PINS && pins.iter().all(|link| link.to != id) {
        return Err(ReactionError::TooManyPins);
    }
    change(app, by, id, marks::PINNED, true, |batch, post, ord| {
        batch.link::<Pins>(by, post, ord);
    })
    .await
}

/// Unpins one's own post.
pub async fn unpin(app: &App, by: Id<Account>, id: Id<Post>) -> Result<Seen, ReactionError> {
    change(app, by, id, marks::PINNED, false, |batch, post, _| {
        batch.discard::<Pins>(by, post);
    })
    .await
}

/// Hears no more of the conversation that a post belongs to: the flag is on its root.
pub async fn mute_conversation(
    app: &App,
    by: Id<Account>,
    id: Id<Post>,
) -> Result<Seen, ReactionError> {
    mark_root(app, by, id, marks::MUTED, 0).await
}

/// Hears of a conversation again.
pub async fn unmute_conversation(
    app: &App,
    by: Id<Account>,
    id: Id<Post>,
) -> Result<Seen, ReactionError> {
    mark_root(app, by, id, 0, marks::MUTED).await
}

async fn mark_root(
    app: &App,
    by: Id<Account>,
    id: Id<Post>,
    set: u32,
    clear: u32,
) -> Result<Seen, ReactionError> {
    let seen = see_one(app, Some(by), id).await?.ok_or(ReactionError::NotFound)?;
    let mut batch = Batch::new();
    batch.flag::<Marks>(by, seen.content().root, app.ord(), set, clear);
    match app.graph.commit(batch).await {
        Ok(_) | Err(CommitError::Conflict { .. }) => Ok(seen),
        Err(error) => Err(error.into()),
    }
}

/// Sets or clears one flag with its list, unless it is so already.
async fn change(
    app: &App,
    by: Id<Account>,
    id: Id<Post>,
    flag: u32,
    on: bool,
    lists: impl Fn(&mut Batch, Id<Post>, u64),
) -> Result<Seen, ReactionError> {
    let seen = see_one(app, Some(by), id).await?.ok_or(ReactionError::NotFound)?;
    let post = seen.content().id;
    let ord = app.ord();
    let mut batch = Batch::new();
    batch.guard(post, Expect::Present);
    let (set, clear) = if on { (flag, 0) } else { (0, flag) };
    batch.flag::<Marks>(by, post, ord, set, clear);
    lists(&mut batch, post, ord);
    let done = app.graph.commit(batch).await;
    if done.is_ok() && flag == marks::LIKED {
        live::tell_counts(app, post).await;
    }
    match done {
        Ok(_) if on && flag == marks::LIKED => app.census.count(What::Interaction, app.now_ms()),
        Ok(_) => {}
        // It is so already, or the post went at this moment.
        Err(CommitError::Conflict { op: 0 }) => return Err(ReactionError::NotFound),
        Err(CommitError::Conflict { .. }) => {}
        Err(error) => return Err(error.into()),
    }
    see_one(app, Some(by), id).await?.ok_or(ReactionError::NotFound)
}
