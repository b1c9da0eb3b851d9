//! Sharing: a post of its own that shows another.

use bytes::Bytes;
use engine::store::OnExisting;
use graph::{Batch, CommitError, Expect, Id};

use super::flags::ReactionError;
use crate::{
    accounts::model::Account,
    app::App,
    apps::model::App as Client,
    census::What,
    events::Event,
    fault::Fault,
    posts::{
        self, Seen,
        model::{Audience, HiddenSharedBy, Marks, Post, SharedBy, marks},
        see_one,
    },
};

/// Shares a post with an audience (everyone, if none is given) and returns the share. Followers-only posts are shared
/// by their author alone, with followers; direct ones by nobody. Sharing again returns the first share.
pub async fn share(
    app: &App,
    by: Id<Account>,
    id: Id<Post>,
    audience: Option<Audience>,
    client: Option<Id<Client>>,
) -> Result<Seen, ReactionError> {
    let seen = see_one(app, Some(by), id).await?.ok_or(ReactionError::NotFound)?;
    let content = seen.content().clone();
    let audience = match content.audience {
        Audience::Public | Audience::Unlisted => audience.unwrap_or(Audience::Public),
        Audience::Followers if content.author == by => Audience::Followers,
        Audience::Followers | Audience::Direct => return Err(ReactionError::NotShareable),
    };
    if audience == Audience::Direct {
        return Err(ReactionError::NotShareable);
    }
    if let Some(share) = share_by(app, by, content.id).await? {
        return see_one(app, Some(by), share).await?.ok_or(ReactionError::NotFound);
    }
    let share: Id<Post> = app.id();
    let post = Post {
        author: by,
        text: String::new(),
        warning: String::new(),
        folded: false,
        sensitive: false,
        audience,
        language: None,
        media: Vec::new(),
        mentions: Vec::new(),
        tags: Vec::new(),
        reply_to: None,
        root: share,
        exchange: None,
        share_of: Some(content.id),
        app: client,
        card: None,
        edited_ms: None,
    };
    let mut batch = Batch::new();
    batch.guard(content.id, Expect::Present);
    batch.create(share, &post);
    posts::list_post(&mut batch, share, &post);
    batch.flag::<Marks>(by, content.id, app.ord(), marks::SHARED, 0);
    let data = Bytes::from(share.to_string());
    let ord = app.ord();
    if audience.is_open() {
        batch.link_with::<SharedBy>(content.id, by, ord, 0, data, OnExisting::Conflict);
    } else {
        batch.link_with::<HiddenSharedBy>(content.id, by, ord, 0, data, OnExisting::Conflict);
    }
    let reacts_to = Some(content.id);
    batch.emit(app.id(), &Event::PostPublished { post: share, author: Some(by), reacts_to });
    match app.graph.commit(batch).await {
        Ok(_) => {}
        Err(CommitError::Conflict { op: 0 }) => return Err(ReactionError::NotFound),
        // Shared on another device at the same moment.
        Err(CommitError::Conflict { .. }) => {
            let first = share_by(app, by, content.id).await?.ok_or(Fault::Busy)?;
            return see_one(app, Some(by), first).await?.ok_or(ReactionError::NotFound);
        }
        Err(error) => return Err(error.into()),
    }
    app.census.count(What::Interaction, app.now_ms());
    crate::timelines::show_author(app, by, share, content.id).await;
    see_one(app, Some(by), share).await?.ok_or(ReactionError::NotFound)
}

/// Takes a share back and returns the post that was shared. `id` may be the post or the share.
pub async fn unshare(app: &App, by: Id<Account>, id: Id<Post>) -> Result<Seen, ReactionError> {
    let seen = see_one(app, Some(by), id).await?.ok_or(ReactionError::NotFound)?;
    let content = seen.content().id;
    if let Some(share) = share_by(app, by, content).await? {
        posts::delete_any(app, share).await.map_err(|error| match error {
            posts::DeleteError::NotFound => ReactionError::NotFound,
            posts::DeleteError::Fault(fault) => ReactionError::Fault(fault),
        })?;
    }
    see_one(app, Some(by), content).await?.ok_or(ReactionError::NotFound)
}

/// The caller's share of a post.
async fn share_by(
    app: &App,
    by: Id<Account>,
    content: Id<Post>,
) -> Result<Option<Id<Post>>, Fault> {
    let open = app.graph.edge::<SharedBy>(content, by).await?;
    let edge = match open {
        Some(link) => Some(link.data),
        None => app.graph.edge::<HiddenSharedBy>(content, by).await?.map(|link| link.data),
    };
    Ok(edge.and_then(|data| std::str::from_utf8(&data).ok()?.parse().ok()))
}
