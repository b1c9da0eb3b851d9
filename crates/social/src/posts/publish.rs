//! Publishing: nothing is visible unless all of it is.

use bytes::Bytes;
use engine::store::OnExisting;
use graph::{Batch, CommitError, Edge, Id, Order, Page};

use super::{
    draft::{Checked, Draft, DraftError, check},
    model::{
        Audience, DirectPosts, FollowersPosts, HiddenReplies, IDEMPOTENCY, KeyedPosts, Mention,
        MentionedIn, OpenPosts, OpenReplies, Post, PublicPosts, ReplyTo, TaggedPosts, post_flags,
    },
    sight::{Seen, see_one},
};
use crate::{
    accounts::model::{Account, Login},
    app::App,
    cards,
    census::What,
    events::Event,
    fault::Fault,
    instance::model::INSTANCE,
    media::model::{Attachment, LooseMedia, Media},
    tags,
};

/// Why a draft was not published. Nothing of it is there.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PublishError {
    /// The draft itself.
    #[error(transparent)]
    Draft(DraftError),
    /// What it answers is not there, or not for the author.
    #[error("The post you are trying to reply to does not appear to exist.")]
    NoParent,
    /// The same Idempotency-Key came with another draft.
    #[error("this Idempotency-Key was used for another post")]
    KeyReused,
    /// See [`Fault`].
    #[error(transparent)]
    Fault(Fault),
}

impl<E> From<E> for PublishError
where
    Fault: From<E>,
{
    fn from(error: E) -> PublishError {
        PublishError::Fault(error.into())
    }
}

/// Publishes a draft and returns it as its author sees it. When this returns, the post is on disk and stands
/// in the author's own home timeline.
pub async fn publish(app: &App, author: Id<Account>, draft: Draft) -> Result<Seen, PublishError> {
    let key = draft.idempotency.as_deref().map(|key| key_of(author, key));
    if let Some(key) = &key
        && let Some(first) = app.graph.key::<Post>(IDEMPOTENCY, key).await?
    {
        return repeated(app, author, first, &draft).await;
    }
    let checked = check(app, author, &draft, None).await?.map_err(PublishError::Draft)?;
    let parent = match draft.reply_to {
        Some(parent) => Some(answerable(app, author, parent).await?),
        None => None,
    };
    let login = login_of(app, author).await?;
    let audience = draft.audience.unwrap_or(login.default_audience);
    let id: Id<Post> = app.id();
    let mentions = with_parent_author(author, &checked, parent.as_ref(), audience);
    let mut batch = Batch::new();
    let card =
        cards::attach(app, &mut batch, &checked.text, audience, !checked.media.is_empty()).await?;
    let post = Post {
        author,
        text: checked.text.source().to_owned(),
        sensitive: draft.sensitive || (!checked.media.is_empty() && login.default_sensitive),
        warning: checked.warning,
        folded: false,
        audience,
        language: checked.language.or_else(|| login.default_language.clone()),
        media: checked.media.iter().map(|media| media.id).collect(),
        mentions,
        tags: checked.tags.iter().map(|(_, name)| name.clone()).collect(),
        reply_to: parent.as_ref().map(|p| ReplyTo { post: p.post.id, author: p.post.author }),
        root: parent.as_ref().map_or(id, |parent| parent.post.root),
        exchange: exchange_of(id, audience, parent.as_ref()),
        share_of: None,
        app: draft.app,
        card,
        edited_ms: None,
    };
    batch.create(id, &post);
    list_post(&mut batch, id, &post);
    cards::relist(app, &mut batch, id, None, card);
    if audience == Audience::Public {
        for (key, name) in &checked.tags {
            let tag = tags::named(app, key, name).await?;
            batch.ensure::<TaggedPosts>(tag, id, id.raw());
        }
    }
    for media in &checked.media {
        attach(app, &mut batch, media, id);
    }
    if let Some(key) = &key {
        batch.claim(IDEMPOTENCY, key, id);
        let data = Bytes::from(key.clone());
        let ord = id.raw();
        batch.link_with::<KeyedPosts>(INSTANCE, id, ord, 0, data, OnExisting::Conflict);
    }
    let reacts_to = post.reply_to.as_ref().map(|parent| parent.post);
    batch.emit(app.id(), &Event::PostPublished { post: id, author: Some(author), reacts_to });
    match app.graph.commit(batch).await {
        Ok(_) => {}
        // The same key won on another connection.
        Err(CommitError::KeyTaken { .. }) => {
            let key = key.ok_or(PublishError::Fault(Fault::Busy))?;
            let first = app.graph.key::<Post>(IDEMPOTENCY, &key).await?.ok_or(Fault::Busy)?;
            return repeated(app, author, first, &draft).await;
        }
        // A media was attached elsewhere between the check and the commit.
        Err(CommitError::Conflict { .. }) if !post.media.is_empty() => {
            return Err(PublishError::Draft(DraftError::Media));
        }
        Err(error) => return Err(error.into()),
    }
    app.census.count(What::Post, app.now_ms());
    if post.reply_to.is_some_and(|parent| parent.author != author) {
        app.census.count(What::Interaction, app.now_ms());
    }
    crate::timelines::show_author(app, author, id, id).await;
    see_one(app, Some(author), id).await?.ok_or(PublishError::Fault(Fault::Busy))
}

/// Puts a post into the lists that its audience may page through. The same for posts and shares.
pub(crate) fn list_post(batch: &mut Batch, id: Id<Post>, post: &Post) {
    let flags = flags_of(post);
    let mut link = |kind: Audience| {
        let author = post.author;
        match kind {
            Audience::Public | Audience::Unlisted => listed::<OpenPosts>(batch, author, id, flags),
            Audience::Followers => listed::<FollowersPosts>(batch, author, id, flags),
            Audience::Direct => listed::<DirectPosts>(batch, author, id, flags),
        }
    };
    link(post.audience);
    if let Some(parent) = post.reply_to {
        if post.audience.is_open() {
            batch.link::<OpenReplies>(parent.post, id, id.raw());
        } else {
            batch.link::<HiddenReplies>(parent.post, id, id.raw());
        }
    }
    for mention in &post.mentions {
        batch.link::<MentionedIn>(mention.account, id, id.raw());
    }
    if post.audience == Audience::Public && post.reply_to.is_none() && post.share_of.is_none() {
        batch.link::<PublicPosts>(INSTANCE, id, id.raw());
    }
}

fn listed<E: Edge<From = Account, To = Post>>(
    batch: &mut Batch,
    author: Id<Account>,
    id: Id<Post>,
    flags: u32,
) {
    batch.link_with::<E>(author, id, id.raw(), flags, Bytes::new(), OnExisting::Conflict);
}

fn flags_of(post: &Post) -> u32 {
    let mut flags = 0;
    if let Some(parent) = post.reply_to {
        flags |= post_flags::REPLY;
        if parent.author == post.author {
            flags |= post_flags::SELF_REPLY;
        }
    }
    if post.share_of.is_some() {
        flags |= post_flags::SHARE;
    }
    if !post.media.is_empty() {
        flags |= post_flags::MEDIA;
    }
    flags
}

/// Ties a media to a post, if nobody did so since it was read.
pub(super) fn attach(app: &App, batch: &mut Batch, media: &graph::Stored<Media>, post: Id<Post>) {
    if media.attached == Attachment::Post(post) {
        return;
    }
    batch.replace(media, &Media { attached: Attachment::Post(post), ..media.body.clone() });
    batch.discard::<LooseMedia>(INSTANCE, media.id);
    batch.emit(app.id(), &Event::MediaChanged { media: media.id });
}

/// A direct post goes on with the exchange of a direct one that it answers, or begins its own.
fn exchange_of(id: Id<Post>, audience: Audience, parent: Option<&Seen>) -> Option<Id<Post>> {
    let direct = |post: &Post| post.audience == Audience::Direct;
    let parent = parent.map(|parent| &parent.post).filter(|post| direct(post));
    let head = parent.map_or(id, |parent| parent.exchange.unwrap_or(parent.id));
    (audience == Audience::Direct).then_some(head)
}

/// A comment for followers only is also for the one it answers, whether or not the text names them.
fn with_parent_author(
    author: Id<Account>,
    checked: &Checked,
    parent: Option<&Seen>,
    audience: Audience,
) -> Vec<Mention> {
    let mut mentions = checked.mentions.clone();
    if let Some(parent) = parent
        && audience == Audience::Followers
        && parent.post.author != author
        && mentions.iter().all(|mention| mention.account != parent.post.author)
    {
        let handle = parent.author.handle.as_str().to_owned();
        mentions.push(Mention { account: parent.post.author, handle });
    }
    mentions
}

async fn answerable(
    app: &App,
    author: Id<Account>,
    parent: Id<Post>,
) -> Result<Seen, PublishError> {
    let seen = see_one(app, Some(author), parent).await?.ok_or(PublishError::NoParent)?;
    match seen.shared {
        // Answering a share answers what it shares.
        Some((post, _)) => see_one(app, Some(author), post.id).await?.ok_or(PublishError::NoParent),
        None => Ok(seen),
    }
}

async fn repeated(
    app: &App,
    author: Id<Account>,
    first: Id<Post>,
    draft: &Draft,
) -> Result<Seen, PublishError> {
    let seen = see_one(app, Some(author), first).await?.ok_or(PublishError::KeyReused)?;
    let same = crate::text::Text::parse(&draft.text)
        .is_ok_and(|text| text.source() == seen.post.text)
        && seen.post.media == draft.media;
    // An edit in between makes the first text another one: then the post, not the text, decides.
    if same || seen.post.edited_ms.is_some() { Ok(seen) } else { Err(PublishError::KeyReused) }
}

fn key_of(author: Id<Account>, key: &str) -> String {
    format!("{author}:{}", crate::secret::hash(key.as_bytes()))
}

pub(crate) async fn login_of(
    app: &App,
    account: Id<Account>,
) -> Result<std::sync::Arc<graph::Stored<Login>>, Fault> {
    let account = app.graph.get(account).await?;
    let login = match account {
        Some(account) => app.graph.get(account.login).await?,
        None => None,
    };
    login.ok_or_else(|| Fault::Defect("an account without a login".to_owned()))
}

/// Forgets Idempotency-Keys older than a day; says how many.
pub async fn sweep_keys(app: &App) -> Result<usize, Fault> {
    /// How long a key is known, milliseconds.
    const LIFE_MS: u64 = 24 * 60 * 60 * 1_000;
    let page = Page { below: None, above: None, order: Order::Oldest, limit: 200 };
    let limit = app.now_ms().saturating_sub(LIFE_MS);
    let old = app.graph.list::<KeyedPosts>(INSTANCE, page).await?;
    let mut gone = 0;
    for link in old.into_iter().take_while(|link| graph::ms_of(link.ord) < limit) {
        let mut batch = Batch::new();
        batch.discard::<KeyedPosts>(INSTANCE, link.to);
        if let Ok(key) = std::str::from_utf8(&link.data)
            && app.graph.key::<Post>(IDEMPOTENCY, key).await? == Some(link.to)
        {
            batch.release(IDEMPOTENCY, key, link.to);
        }
        app.graph.commit(batch).await?;
        gone += 1;
    }
    Ok(gone)
}
