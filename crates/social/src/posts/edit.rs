//! Editing: the post keeps its id and audience, and what it said before stays readable.

use std::collections::HashSet;

use graph::{Batch, CommitError, Id, Page};

use super::{
    draft::{Draft, DraftError, check},
    model::{
        Audience, DirectPosts, FollowersPosts, Mention, MentionedIn, OpenPosts, Post, Revision,
        Revisions, TaggedPosts, post_flags,
    },
    publish::attach,
    sight::{Seen, see_one},
};
use crate::{
    accounts::model::Account, app::App, cards, events::Event, fault::Fault, tags, text::Tag,
};

/// Why a post was not edited.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EditError {
    /// No such post of the caller's.
    #[error("no such post")]
    NotFound,
    /// The new text or media.
    #[error(transparent)]
    Draft(DraftError),
    /// See [`Fault`].
    #[error(transparent)]
    Fault(Fault),
}

impl<E> From<E> for EditError
where
    Fault: From<E>,
{
    fn from(error: E) -> EditError {
        EditError::Fault(error.into())
    }
}

/// One version of a post.
#[derive(Clone, Debug)]
pub struct Edition {
    /// What it says, in the form that is rendered.
    pub post: Post,
    /// When this version was made, Unix milliseconds.
    pub made_ms: u64,
}

/// Replaces text, warning and media of one's own post; audience, app, parent and key of the draft are ignored.
pub async fn edit(
    app: &App,
    author: Id<Account>,
    id: Id<Post>,
    draft: Draft,
) -> Result<Seen, EditError> {
    let post = app.graph.get(id).await?.ok_or(EditError::NotFound)?;
    if post.author != author || post.share_of.is_some() {
        return Err(EditError::NotFound);
    }
    let checked = check(app, author, &draft, Some(id)).await?.map_err(EditError::Draft)?;
    let now = app.now_ms();
    let mut batch = Batch::new();
    let has_media = !checked.media.is_empty();
    let card = cards::attach(app, &mut batch, &checked.text, post.audience, has_media).await?;
    let after = Post {
        text: checked.text.source().to_owned(),
        warning: match checked.warning.is_empty() && post.folded {
            true => post.warning.clone(),
            false => checked.warning,
        },
        sensitive: draft.sensitive || post.folded,
        language: checked.language.or_else(|| post.language.clone()),
        media: checked.media.iter().map(|media| media.id).collect(),
        mentions: with_answered(&post, checked.mentions),
        tags: checked.tags.iter().map(|(_, name)| name.clone()).collect(),
        card,
        edited_ms: Some(now),
        ..post.body.clone()
    };
    let before = &post.body;
    if after.text == before.text
        && after.warning == before.warning
        && after.sensitive == before.sensitive
        && after.media == before.media
        && after.language == before.language
    {
        return see_one(app, Some(author), id).await?.ok_or(EditError::NotFound);
    }
    batch.replace(&post, &after);
    cards::relist(app, &mut batch, id, before.card, card);
    let revision: Id<Revision> = app.id();
    batch.create(revision, &revision_of(before, id));
    batch.link::<Revisions>(id, revision, revision.raw());
    for media in &checked.media {
        attach(app, &mut batch, media, id);
    }
    reflag_media(&mut batch, id, before, &after);
    let named = relist_mentions(&mut batch, id, before, &after);
    if after.audience == Audience::Public {
        relist_tags(app, &mut batch, id, before, &checked.tags).await?;
    }
    batch.emit(app.id(), &Event::PostEdited { post: id, named });
    match app.graph.commit(batch).await {
        Ok(_) => {}
        Err(CommitError::Conflict { .. }) => return Err(EditError::Fault(Fault::Busy)),
        Err(error) => return Err(error.into()),
    }
    see_one(app, Some(author), id).await?.ok_or(EditError::NotFound)
}

/// A comment for followers stays for the one it answers, as [`super::publish`] made it, whatever the new text names.
fn with_answered(post: &Post, mut mentions: Vec<Mention>) -> Vec<Mention> {
    let answered = post.reply_to.map(|parent| parent.author);
    let kept = post.mentions.iter().find(|mention| Some(mention.account) == answered);
    if post.audience == Audience::Followers
        && let Some(kept) = kept
        && mentions.iter().all(|mention| mention.account != kept.account)
    {
        mentions.push(kept.clone());
    }
    mentions
}

fn revision_of(post: &Post, id: Id<Post>) -> Revision {
    Revision {
        made_ms: post.edited_ms.unwrap_or(id.ms()),
        text: post.text.clone(),
        warning: post.warning.clone(),
        sensitive: post.sensitive,
        media: post.media.clone(),
        mentions: post.mentions.clone(),
    }
}

/// Keeps "has media" in the author's list true.
fn reflag_media(batch: &mut Batch, id: Id<Post>, before: &Post, after: &Post) {
    let (set, clear) = match (before.media.is_empty(), after.media.is_empty()) {
        (true, false) => (post_flags::MEDIA, 0),
        (false, true) => (0, post_flags::MEDIA),
        (true, true) | (false, false) => return,
    };
    let (author, ord) = (after.author, id.raw());
    match after.audience {
        Audience::Public | Audience::Unlisted => {
            batch.flag::<OpenPosts>(author, id, ord, set, clear)
        }
        Audience::Followers => batch.flag::<FollowersPosts>(author, id, ord, set, clear),
        Audience::Direct => batch.flag::<DirectPosts>(author, id, ord, set, clear),
    };
}

/// Keeps the lists of those who are named true; who is named now and was not.
fn relist_mentions(
    batch: &mut Batch,
    id: Id<Post>,
    before: &Post,
    after: &Post,
) -> Vec<Id<Account>> {
    let ids = |post: &Post| post.mentions.iter().map(|m| m.account).collect::<HashSet<_>>();
    let (old, new) = (ids(before), ids(after));
    for gone in old.difference(&new) {
        batch.discard::<MentionedIn>(*gone, id);
    }
    let named: Vec<_> = new.difference(&old).copied().collect();
    for come in &named {
        batch.ensure::<MentionedIn>(*come, id, id.raw());
    }
    named
}

async fn relist_tags(
    app: &App,
    batch: &mut Batch,
    id: Id<Post>,
    before: &Post,
    after: &[(String, String)],
) -> Result<(), Fault> {
    let keys: HashSet<&str> = after.iter().map(|(key, _)| key.as_str()).collect();
    for name in &before.tags {
        let gone = Tag::parse(name).is_none_or(|tag| !keys.contains(tag.key()));
        if gone && let Some(tag) = tags::find(app, name).await? {
            batch.discard::<TaggedPosts>(tag, id);
        }
    }
    for (key, name) in after {
        let tag = tags::named(app, key, name).await?;
        batch.ensure::<TaggedPosts>(tag, id, id.raw());
    }
    Ok(())
}

/// All versions of a post that the viewer may see, oldest first, the present one last.
pub async fn history(
    app: &App,
    viewer: Option<Id<Account>>,
    id: Id<Post>,
) -> Result<Option<(Seen, Vec<Edition>)>, Fault> {
    let Some(seen) = see_one(app, viewer, id).await? else { return Ok(None) };
    let content = seen.content().clone();
    /// More edits than anybody makes; older ones are not shown.
    const MOST: usize = 100;
    let links = app.graph.list::<Revisions>(content.id, Page::newest(MOST)).await?;
    let ids: Vec<_> = links.iter().rev().map(|link| link.to).collect();
    let revisions = app.graph.get_many(&ids).await?;
    let mut editions: Vec<_> = revisions
        .into_iter()
        .flatten()
        .map(|revision| Edition {
            post: Post {
                text: revision.text.clone(),
                warning: revision.warning.clone(),
                sensitive: revision.sensitive,
                media: revision.media.clone(),
                mentions: revision.mentions.clone(),
                ..content.body.clone()
            },
            made_ms: revision.made_ms,
        })
        .collect();
    editions.push(Edition {
        made_ms: content.edited_ms.unwrap_or(content.id.ms()),
        post: content.body.clone(),
    });
    Ok(Some((seen, editions)))
}
