//! What is indexed: the declarations, the documents, and the rebuild.
//!
//! A document's version is minted before what it says is read, so a job that read earlier never wins over one that read
//! later, in whatever order they write.

use std::sync::Arc;

use engine::{
    search::{Change, Document, FieldKind, IndexSpec, Value},
    store::Upkeep,
};
use graph::{Edge, Id, Node, Page, Stored};

use super::figures::{Figures, figures};
use crate::{
    accounts::model::{Account, Login, Origin, Role, Standing},
    app::App,
    fault::Fault,
    media::model::{Media, MediaKind},
    posts::model::{Audience, LikedBy, OpenPosts, OpenReplies, Post, SharedBy},
    tags::model::Tag,
};

pub(crate) const PEOPLE: &str = "people";
pub(super) const POSTS: &str = "posts";
pub(super) const TAGS: &str = "tags";

/// All indexes.
pub const SPECS: &[IndexSpec] = &[
    IndexSpec {
        name: PEOPLE,
        fields: &[
            ("handle", FieldKind::Text),
            ("name", FieldKind::Text),
            ("bio", FieldKind::Text),
            ("sees", FieldKind::Keywords),
            // For lists of staff, who see everybody that is not deleted.
            ("login", FieldKind::Keywords),
            ("role", FieldKind::Keywords),
            ("state", FieldKind::Keywords),
            ("origin", FieldKind::Keywords),
            ("confirmed", FieldKind::Keywords),
            ("created", FieldKind::Number),
            ("posted", FieldKind::Number),
            ("seen", FieldKind::Number),
            ("posts", FieldKind::Number),
            ("followers", FieldKind::Number),
            ("reports", FieldKind::Number),
        ],
        language: None,
    },
    IndexSpec {
        name: POSTS,
        fields: &[
            ("text", FieldKind::Text),
            ("sees", FieldKind::Keywords),
            ("author", FieldKind::Keywords),
            ("tags", FieldKind::Keywords),
            ("has", FieldKind::Keywords),
            ("is", FieldKind::Keywords),
            ("language", FieldKind::Keywords),
            ("created", FieldKind::Number),
            // For lists of staff.
            ("audience", FieldKind::Keywords),
            ("likes", FieldKind::Number),
            ("interactions", FieldKind::Number),
        ],
        language: Some("language"),
    },
    super::media::SPEC,
    super::messages::SPEC,
    IndexSpec { name: TAGS, fields: &[("name", FieldKind::Text)], language: None },
];

/// In `sees`: anybody may find it.
pub(crate) const EVERYONE: &str = "everyone";

/// In `sees` of people: their followers may find them; who follows is asked when they are found.
pub(super) const LIMITED: &str = "limited";

/// How many documents a rebuild or a re-indexing job handles at once.
pub(super) const STEP: usize = 200;

/// Brings the documents of a post and its tags up to date: adds, changes or removes them.
pub async fn index_post(app: &App, id: Id<Post>) -> Result<(), Fault> {
    index_post_alone(app, id).await?;
    index_tags(app, id).await
}

/// Brings the document of a post up to date, as when people like it.
pub async fn index_post_alone(app: &App, id: Id<Post>) -> Result<(), Fault> {
    let version = app.ord();
    let change = match app.graph.get(id).await? {
        Some(post) => match post_document(app, &post, version).await? {
            Some(document) => Change::Put(document),
            None => Change::Delete { id: id.raw(), version },
        },
        None => Change::Delete { id: id.raw(), version },
    };
    Ok(app.engines.search.write(POSTS, vec![change]).await?)
}

/// Removes the document of a post that is gone.
pub async fn forget_post(app: &App, id: Id<Post>) -> Result<(), Fault> {
    let change = Change::Delete { id: id.raw(), version: app.ord() };
    Ok(app.engines.search.write(POSTS, vec![change]).await?)
}

/// Brings the document of an account up to date.
pub async fn index_account(app: &App, id: Id<Account>) -> Result<(), Fault> {
    let version = app.ord();
    let change = match app.graph.get(id).await?.filter(|account| is_listed(account)) {
        Some(account) => {
            let login = app.graph.get(account.login).await?;
            let figures = figures(app, &[id]).await?.pop().unwrap_or_default();
            Change::Put(account_document(&account, login.as_deref(), &figures, version))
        }
        None => Change::Delete { id: id.raw(), version },
    };
    Ok(app.engines.search.write(PEOPLE, vec![change]).await?)
}

/// Brings the documents of all open posts of an account up to date: after it chose to be found, or not to be.
pub async fn index_findability(app: &App, account: Id<Account>) -> Result<(), Fault> {
    let mut page = Page::newest(STEP);
    loop {
        let links = app.graph.list::<OpenPosts>(account, page).await?;
        for link in &links {
            index_post(app, link.to).await?;
        }
        match links.last().filter(|_| links.len() == STEP) {
            Some(last) => page.below = Some(last.ord),
            None => return Ok(()),
        }
    }
}

async fn index_tags(app: &App, id: Id<Post>) -> Result<(), Fault> {
    let Some(post) = app.graph.get(id).await? else { return Ok(()) };
    if post.audience != Audience::Public {
        return Ok(());
    }
    let mut changes = Vec::new();
    for name in &post.tags {
        if let Some(tag) = crate::tags::find(app, name).await?
            && let Some(node) = app.graph.get(tag).await?
        {
            // A tag's document never changes.
            changes.push(Change::Put(tag_document(&node, 1)));
        }
    }
    Ok(app.engines.search.write(TAGS, changes).await?)
}

/// Whether staff still have an account in their lists. People find those alone that `sees` lets them.
fn is_listed(account: &Account) -> bool {
    account.standing != Standing::Deleted
}

fn account_document(
    account: &Stored<Account>,
    login: Option<&Stored<Login>>,
    figures: &Figures,
    version: u64,
) -> Document {
    let sees = match (account.discoverable && account.is_visible(), account.limited) {
        (true, false) => vec![EVERYONE.to_owned()],
        (true, true) => vec![LIMITED.to_owned()],
        (false, _) => Vec::new(),
    };
    let word = |word: &str| Value::Keywords(vec![word.to_owned()]);
    let confirmed = if login.is_some_and(|login| login.confirmed) { "yes" } else { "no" };
    let mut document = Document {
        id: account.id.raw(),
        version,
        values: vec![
            ("login", word(account.handle.as_str())),
            ("role", word(login.map_or("member", |login| role_word(login)))),
            ("origin", word(login.map_or(Origin::Open, |login| login.origin()).as_str())),
            ("confirmed", word(confirmed)),
            ("state", Value::Keywords(state_words(account, login))),
            ("created", Value::Number(account.id.ms())),
            ("handle", Value::Text(account.handle.as_str().to_owned())),
            ("name", Value::Text(account.display_name.clone())),
            ("bio", Value::Text(account.bio.clone())),
            ("sees", Value::Keywords(sees)),
        ],
    };
    document.values.extend(figures.values());
    document
}

/// What `role` holds.
fn role_word(login: &Login) -> &'static str {
    match login.role {
        Role::Member if login.own_role.is_some() => "own",
        Role::Member => "member",
        Role::Moderator => "moderator",
        Role::Admin => "admin",
        Role::Owner => "owner",
    }
}

/// What `state` holds.
fn state_words(account: &Account, login: Option<&Stored<Login>>) -> Vec<String> {
    let frozen = login.is_some_and(|login| login.frozen);
    let more = [(account.sensitive, "sensitive"), (account.limited, "limited"), (frozen, "frozen")];
    let more = more.iter().filter(|(is, _)| *is).map(|(_, word)| *word);
    std::iter::once(state_word(account.standing)).chain(more).map(str::to_owned).collect()
}

fn state_word(standing: Standing) -> &'static str {
    match standing {
        Standing::Active => "active",
        Standing::Pending => "pending",
        Standing::Suspended => "suspended",
        Standing::Deleted => "deleted",
    }
}

/// What `audience` holds.
pub(super) fn audience_word(audience: Audience) -> &'static str {
    match audience {
        Audience::Public => "public",
        Audience::Unlisted => "unlisted",
        Audience::Followers => "followers",
        Audience::Direct => "direct",
    }
}

fn tag_document(tag: &Stored<Tag>, version: u64) -> Document {
    let values = vec![("name", Value::Text(tag.name.clone()))];
    Document { id: tag.id.raw(), version, values }
}

/// The document of a post; shares have none.
async fn post_document(
    app: &App,
    post: &Arc<Stored<Post>>,
    version: u64,
) -> Result<Option<Document>, Fault> {
    if post.share_of.is_some() {
        return Ok(None);
    }
    let Some(author) = app.graph.get(post.author).await?.filter(|a| a.is_visible()) else {
        return Ok(None);
    };
    let mut sees = vec![reader(post.author)];
    sees.extend(post.mentions.iter().map(|mention| reader(mention.account)));
    if post.audience == Audience::Public && author.indexable && !author.limited {
        sees.push(EVERYONE.to_owned());
    }
    let media = app.graph.get_many::<Media>(&post.media).await?;
    let mut has: Vec<String> = media
        .iter()
        .flatten()
        .map(|media| match media.kind {
            MediaKind::Image => "image",
            MediaKind::Gifv | MediaKind::Video => "video",
            MediaKind::Audio => "audio",
        })
        .map(str::to_owned)
        .collect();
    if !has.is_empty() {
        has.push("media".to_owned());
    }
    has.dedup();
    let fold = |name: &String| crate::text::Tag::parse(name).map(|tag| tag.key().to_owned());
    let is = if post.reply_to.is_some() { vec!["reply".to_owned()] } else { Vec::new() };
    let described = media.iter().flatten().map(|media| media.description.as_str());
    let text = [post.warning.as_str(), post.text.as_str()]
        .into_iter()
        .chain(described)
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join("\n");
    let lists = [LikedBy::DECL.kind, SharedBy::DECL.kind, OpenReplies::DECL.kind];
    let counts = app.graph.counts(&lists.map(|kind| (post.id.raw(), kind))).await?;
    Ok(Some(Document {
        id: post.id.raw(),
        version,
        values: vec![
            ("text", Value::Text(text)),
            ("sees", Value::Keywords(sees)),
            ("author", Value::Keywords(vec![post.author.to_string()])),
            ("tags", Value::Keywords(post.tags.iter().filter_map(fold).collect())),
            ("has", Value::Keywords(has)),
            ("is", Value::Keywords(is)),
            ("language", Value::Keywords(post.language.iter().cloned().collect())),
            ("created", Value::Number(post.id.ms())),
            ("audience", Value::Keywords(vec![audience_word(post.audience).to_owned()])),
            ("likes", Value::Number(counts[0])),
            ("interactions", Value::Number(counts.iter().sum())),
        ],
    }))
}

/// In `sees`: this account may find it.
pub(super) fn reader(account: Id<Account>) -> String {
    format!("a{account}")
}

/// Rebuilds every index from the store while the old one answers; says how many documents there are. New writes
/// reach both.
pub async fn reindex(app: &App, upkeep: &dyn Upkeep) -> Result<u64, Fault> {
    let search = &app.engines.search;
    let mut documents = 0;
    for spec in SPECS {
        search.rebuild(spec.name).await?;
    }
    let mut after = 0;
    loop {
        let version = app.ord();
        let page = upkeep.scan_nodes(Account::KIND, after, STEP).await?;
        let Some(last) = page.last() else { break };
        after = last.id;
        let ids: Vec<Id<Account>> = page.iter().filter_map(|node| Id::new(node.id)).collect();
        let accounts = app.graph.get_many(&ids).await?;
        let listed = accounts.iter().flatten().filter(|account| is_listed(account));
        let listed: Vec<_> = listed.collect();
        let ids: Vec<_> = listed.iter().map(|account| account.id).collect();
        let logins: Vec<_> = listed.iter().map(|account| account.login).collect();
        let logins = app.graph.get_many(&logins).await?;
        let known = figures(app, &ids).await?;
        let fill: Vec<_> = listed
            .into_iter()
            .zip(&logins)
            .zip(&known)
            .map(|((account, login), known)| {
                account_document(account, login.as_deref(), known, version)
            })
            .collect();
        documents += fill.len() as u64;
        search.refill(PEOPLE, fill).await?;
    }
    after = 0;
    loop {
        let page = upkeep.scan_nodes(Tag::KIND, after, STEP).await?;
        let Some(last) = page.last() else { break };
        after = last.id;
        let ids: Vec<Id<Tag>> = page.iter().filter_map(|node| Id::new(node.id)).collect();
        let tags = app.graph.get_many(&ids).await?;
        let fill: Vec<_> = tags.iter().flatten().map(|tag| tag_document(tag, 1)).collect();
        documents += fill.len() as u64;
        search.refill(TAGS, fill).await?;
    }
    after = 0;
    loop {
        let version = app.ord();
        let page = upkeep.scan_nodes(Post::KIND, after, STEP).await?;
        let Some(last) = page.last() else { break };
        after = last.id;
        let ids: Vec<Id<Post>> = page.iter().filter_map(|node| Id::new(node.id)).collect();
        let mut fill = Vec::with_capacity(ids.len());
        // All at once: each document finds its own in the cache.
        let lists = [LikedBy::DECL.kind, SharedBy::DECL.kind, OpenReplies::DECL.kind];
        let likes: Vec<_> = ids.iter().flat_map(|id| lists.map(|kind| (id.raw(), kind))).collect();
        app.graph.counts(&likes).await?;
        for post in app.graph.get_many(&ids).await?.iter().flatten() {
            fill.extend(post_document(app, post, version).await?);
        }
        documents += fill.len() as u64;
        search.refill(POSTS, fill).await?;
    }
    documents += super::media::refill(app, upkeep).await?;
    documents += super::messages::refill(app, upkeep).await?;
    for spec in SPECS {
        search.swap(spec.name).await?;
    }
    Ok(documents)
}
