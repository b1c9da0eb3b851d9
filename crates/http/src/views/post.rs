//! Posts as statuses: a head that is the same for everyone and kept per version, a tail with counts and what the viewer
//! did, the author, and the shared post.

use std::{collections::HashMap, sync::Arc};

use bytes::Bytes;
use graph::{Edge, Id, Stored};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;
use social::{
    accounts::model::Account as AccountNode,
    apps::model::App as Client,
    fault::Fault,
    media::{Link, model::Media},
    posts::{
        Edition, Seen,
        model::{Audience, LikedBy, OpenReplies, Post, SharedBy},
    },
    reactions::{Marked, marks_of},
};

use super::{
    account::{self, Account, CustomEmoji, People},
    bytes,
    card::{Cards, PreviewCard},
    fragments::{Writer, open},
    join,
    media::{MediaAttachment, attachments},
};
use crate::{Shared, Site, format};

/// A post, or the share of one.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Status {
    /// The same for everyone.
    #[serde(flatten)]
    pub head: StatusHead,
    /// For this viewer, now.
    #[serde(flatten)]
    pub tail: StatusTail,
    /// Who wrote or shared it.
    pub account: Account,
    /// What it shares.
    pub reblog: Option<Box<Status>>,
}

/// What of a post changes only with the post itself.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(inline)]
pub struct StatusHead {
    /// Id.
    pub id: String,
    /// Identifier.
    pub uri: String,
    /// Page.
    pub url: Option<String>,
    /// When it was published.
    pub created_at: String,
    /// When it was last edited.
    pub edited_at: Option<String>,
    /// Text, HTML.
    pub content: String,
    /// `public`, `unlisted`, `private` or `direct`.
    #[schemars(extend("enum" = ["public", "unlisted", "private", "direct"]))]
    pub visibility: &'static str,
    /// Media is hidden at first.
    pub sensitive: bool,
    /// Content warning.
    pub spoiler_text: String,
    /// BCP 47.
    pub language: Option<String>,
    /// Who is mentioned.
    pub mentions: Vec<Mention>,
    /// Tags.
    pub tags: Vec<StatusTag>,
    /// Never any.
    pub emojis: Vec<CustomEmoji>,
    /// Polls come later.
    pub poll: Option<Value>,
    /// The app it was written with.
    pub application: Option<StatusApplication>,
}

/// What of a post depends on the viewer or changes without it.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(inline)]
pub struct StatusTail {
    /// What it answers, where the viewer may know.
    pub in_reply_to_id: Option<String>,
    /// Who wrote that.
    pub in_reply_to_account_id: Option<String>,
    /// Pictures, video, sound.
    pub media_attachments: Vec<MediaAttachment>,
    /// What its first link leads to.
    pub card: Option<PreviewCard>,
    /// How many open answers.
    pub replies_count: u64,
    /// How many open shares.
    pub reblogs_count: u64,
    /// How many likes.
    pub favourites_count: u64,
    /// What the viewer did.
    #[serde(flatten)]
    pub mine: Option<Mine>,
}

/// What a signed-in viewer did to a post.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(inline)]
pub struct Mine {
    /// Liked.
    pub favourited: bool,
    /// Shared.
    pub reblogged: bool,
    /// Muted the conversation.
    pub muted: bool,
    /// Keeps it.
    pub bookmarked: bool,
    /// Pinned it; on own posts only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pinned: Option<bool>,
    /// Filters come later.
    pub filtered: Vec<Value>,
}

/// Somebody mentioned.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Mention {
    /// Id.
    pub id: String,
    /// Handle.
    pub username: String,
    /// Profile page.
    pub url: String,
    /// Handle again.
    pub acct: String,
}

/// A tag of a post.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct StatusTag {
    /// Without `#`.
    pub name: String,
    /// Its page.
    pub url: String,
}

/// The app of a post.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct StatusApplication {
    /// Name.
    pub name: String,
    /// Where it lives.
    pub website: Option<String>,
}

/// What stands around a post.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Context {
    /// What it answers, first first.
    pub ancestors: Vec<Status>,
    /// What answers it, depth first.
    pub descendants: Vec<Status>,
}

/// A post that is gone, with what it takes to write it again.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct DeletedStatus {
    /// As it was.
    #[serde(flatten)]
    pub status: Status,
    /// As it was typed.
    pub text: String,
}

/// The text as it was typed.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct StatusSource {
    /// Id of the post.
    pub id: String,
    /// Text.
    pub text: String,
    /// Content warning.
    pub spoiler_text: String,
}

/// One version of a post.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct StatusEdit {
    /// Text, HTML.
    pub content: String,
    /// Content warning.
    pub spoiler_text: String,
    /// Media is hidden at first.
    pub sensitive: bool,
    /// When this version was made.
    pub created_at: String,
    /// Who wrote it.
    pub account: Account,
    /// Polls come later.
    pub poll: Option<Value>,
    /// Pictures, video, sound.
    pub media_attachments: Vec<MediaAttachment>,
    /// Never any.
    pub emojis: Vec<CustomEmoji>,
}

/// Mastodon's word for an audience.
pub fn visibility_of(audience: Audience) -> &'static str {
    match audience {
        Audience::Public => "public",
        Audience::Unlisted => "unlisted",
        Audience::Followers => "private",
        Audience::Direct => "direct",
    }
}

/// The audience that Mastodon's word means.
pub fn audience_of(visibility: &str) -> Option<Audience> {
    Some(match visibility {
        "public" => Audience::Public,
        "unlisted" => Audience::Unlisted,
        "private" => Audience::Followers,
        "direct" => Audience::Direct,
        _ => return None,
    })
}

/// Posts as a list, for a viewer.
pub async fn render_posts(
    site: &Shared,
    viewer: Option<Id<AccountNode>>,
    seen: &[Seen],
) -> Result<Vec<u8>, Fault> {
    let posts = Posts::read(site, viewer, seen).await?;
    Ok(Writer::list(posts.room(), seen, |writer, seen| posts.write(writer, seen)))
}

/// One post for a viewer.
pub async fn render_post(
    site: &Shared,
    viewer: Option<Id<AccountNode>>,
    seen: &Seen,
) -> Result<Vec<u8>, Fault> {
    let posts = Posts::read(site, viewer, std::slice::from_ref(seen)).await?;
    let mut writer = Writer::with_room(posts.room());
    posts.write(&mut writer, seen);
    Ok(writer.end())
}

/// Posts of a page, ready to be written.
pub struct Posts<'a> {
    site: &'a Shared,
    page: Page,
    people: People,
    room: usize,
}

impl Posts<'_> {
    /// Reads all that it takes to write these posts.
    pub async fn read<'a>(
        site: &'a Shared,
        viewer: Option<Id<AccountNode>>,
        seen: &[Seen],
    ) -> Result<Posts<'a>, Fault> {
        let page = Page::read(site, viewer, seen).await?;
        let shared = |seen: &'_ Seen| seen.shared.is_some();
        let authors = seen.iter().map(|seen| &seen.author);
        let others = seen.iter().filter_map(|seen| seen.shared.as_ref()).map(|shared| &shared.1);
        let people = People::read(site, authors.chain(others)).await?;
        let texts: usize = seen.iter().map(|seen| seen.content().text.len() * 2).sum();
        let shares = seen.iter().filter(|seen| shared(seen)).count();
        let room = texts + (seen.len() + shares) * (people.room() + 1_200);
        Ok(Posts { site, page, people, room })
    }

    /// About how many bytes they take.
    fn room(&self) -> usize {
        self.room
    }

    /// Writes one of them.
    pub fn write(&self, writer: &mut Writer, seen: &Seen) {
        let content = seen.content();
        let Some((_, author)) = &seen.shared else {
            return writer.braced(|writer| {
                self.write_content(writer, content, &seen.author, seen.parent_known);
            });
        };
        writer.braced(|writer| {
            writer.fields(&self.page.share_bytes(self.site, seen));
            self.page.write_share_tail(writer, content);
            writer.name("account");
            self.people.write(writer, seen.author.id);
            writer.name("reblog");
            writer.braced(|writer| {
                self.write_content(writer, content, author, seen.parent_known);
            });
        });
    }

    fn write_content(
        &self,
        writer: &mut Writer,
        post: &Stored<Post>,
        author: &Stored<AccountNode>,
        parent_known: bool,
    ) {
        writer.fields(&self.page.head_bytes(self.site, post, author));
        self.page.write_tail(writer, self.site, post, parent_known, author.limited);
        writer.name("account");
        self.people.write(writer, author.id);
        writer.field("reblog", b"null");
    }
}

/// The same as types: for comparison, and for views that hold a status in another way.
pub async fn view_posts(
    site: &Shared,
    viewer: Option<Id<AccountNode>>,
    seen: &[Seen],
) -> Result<Vec<Status>, Fault> {
    let page = Page::read(site, viewer, seen).await?;
    let mut views = Vec::with_capacity(seen.len());
    for seen in seen {
        let content = seen.content();
        let author = seen.shared.as_ref().map_or(&seen.author, |(_, author)| author);
        let whole = Status {
            head: page.head(site, content, author),
            tail: page.tail(site, content, seen.parent_known, author.limited),
            account: account::view_of(site, author).await?,
            reblog: None,
        };
        views.push(match seen.shared {
            None => whole,
            Some(_) => Status {
                head: page.share_head(site, seen),
                tail: page.share_tail(whole.tail.clone()),
                account: account::view_of(site, &seen.author).await?,
                reblog: Some(Box::new(whole)),
            },
        });
    }
    Ok(views)
}

/// A deleted post as bytes. `text` is as it was typed.
pub async fn render_deleted(
    site: &Shared,
    viewer: Id<AccountNode>,
    seen: &Seen,
) -> Result<Vec<u8>, Fault> {
    let views = view_posts(site, Some(viewer), std::slice::from_ref(seen)).await?;
    let text = seen.content().text.clone();
    let deleted = views.into_iter().next().map(|status| DeletedStatus { status, text });
    Ok(bytes(&deleted))
}

/// All versions of a post as bytes.
pub async fn render_edits(
    site: &Shared,
    viewer: Option<Id<AccountNode>>,
    seen: &Seen,
    editions: &[Edition],
) -> Result<Vec<u8>, Fault> {
    let ids: Vec<_> = editions.iter().flat_map(|edition| edition.post.media.clone()).collect();
    let media = site.app.graph.get_many(&ids).await?;
    let known = media.into_iter().flatten().map(|media| (media.id, media)).collect();
    let author = seen.shared.as_ref().map_or(&seen.author, |(_, author)| author);
    let account = account::view_of(site, author).await?;
    let edits: Vec<_> = editions
        .iter()
        .map(|edition| {
            let whom = link_for(edition.post.audience, author.limited, viewer);
            bytes(&StatusEdit {
                content: content(site, &edition.post),
                spoiler_text: edition.post.warning.clone(),
                sensitive: edition.post.sensitive || hides(author, viewer),
                created_at: format::time(edition.made_ms),
                account: account.clone(),
                poll: None,
                media_attachments: attachments(site, &edition.post.media, &known, whom),
                emojis: Vec::new(),
            })
        })
        .collect();
    Ok(join(edits.iter().map(Vec::as_slice)))
}

/// What a page of posts needs beside the posts, read in a few batches.
struct Page {
    viewer: Option<Id<AccountNode>>,
    media: HashMap<Id<Media>, Arc<Stored<Media>>>,
    clients: HashMap<Id<Client>, Arc<Stored<Client>>>,
    cards: Cards,
    /// Counts (answers, shares, likes) and marks, sorted by id.
    around: Vec<(Id<Post>, [u64; 3], Marked)>,
}

impl Page {
    async fn read(
        site: &Shared,
        viewer: Option<Id<AccountNode>>,
        seen: &[Seen],
    ) -> Result<Page, Fault> {
        let graph = &site.app.graph;
        let mut posts: Vec<_> = seen.iter().map(Seen::content).collect();
        posts.sort_unstable_by_key(|post| post.id);
        posts.dedup_by_key(|post| post.id);
        let ids: Vec<_> = posts.iter().flat_map(|post| post.media.iter().copied()).collect();
        let media = graph.get_many(&ids).await?.into_iter().flatten();
        let ids: Vec<_> = posts
            .iter()
            .filter(|post| post.app.is_some())
            .filter(|post| site.fragments.post(post.id.raw(), post.version).is_none())
            .filter_map(|post| post.app)
            .collect();
        let clients = graph.get_many(&ids).await?.into_iter().flatten();
        let cards: Vec<_> = posts.iter().filter_map(|post| post.card).collect();
        let cards = Cards::read(&site.app, &cards).await?;
        let kinds = [OpenReplies::DECL.kind, SharedBy::DECL.kind, LikedBy::DECL.kind];
        let lists: Vec<_> =
            posts.iter().flat_map(|post| kinds.map(|kind| (post.id.raw(), kind))).collect();
        let counts = graph.counts(&lists).await?;
        let counts = counts.chunks_exact(3).map(|counts| [counts[0], counts[1], counts[2]]);
        let marks = match viewer {
            Some(viewer) => {
                let asked: Vec<_> = posts.iter().map(|post| (post.id, post.root)).collect();
                marks_of(&site.app, viewer, &asked).await?
            }
            None => vec![Marked::default(); posts.len()],
        };
        let around = posts.iter().zip(counts).zip(marks);
        Ok(Page {
            viewer,
            media: media.map(|media| (media.id, media)).collect(),
            clients: clients.map(|client| (client.id, client)).collect(),
            cards,
            around: around.map(|((post, counts), marked)| (post.id, counts, marked)).collect(),
        })
    }

    fn around(&self, post: Id<Post>) -> ([u64; 3], Marked) {
        let place = self.around.binary_search_by_key(&post, |known| known.0);
        place.map(|place| (self.around[place].1, self.around[place].2)).unwrap_or_default()
    }

    fn client_of(&self, post: &Post) -> Option<&Client> {
        post.app.and_then(|id| self.clients.get(&id)).map(|client| &client.body)
    }

    fn head(&self, site: &Site, post: &Stored<Post>, author: &Stored<AccountNode>) -> StatusHead {
        let whole = head(site, post, author.handle.as_str(), self.client_of(post));
        StatusHead { sensitive: post.sensitive || hides(author, self.viewer), ..whole }
    }

    fn head_bytes(&self, site: &Site, post: &Stored<Post>, author: &Stored<AccountNode>) -> Bytes {
        if hides(author, self.viewer) {
            // What is kept is of the post alone, and staff may take this back.
            return open(&self.head(site, post, author));
        }
        site.fragments.post(post.id.raw(), post.version).unwrap_or_else(|| {
            let bytes = open(&self.head(site, post, author));
            site.fragments.keep_post(post.id.raw(), post.version, bytes.clone());
            bytes
        })
    }

    /// What [`Page::tail`] shows, as bytes.
    fn write_tail(
        &self,
        writer: &mut Writer,
        site: &Site,
        post: &Stored<Post>,
        parent_known: bool,
        limited: bool,
    ) {
        let parent = post.reply_to.filter(|_| parent_known);
        writer.id("in_reply_to_id", parent.map(|parent| parent.post));
        writer.id("in_reply_to_account_id", parent.map(|parent| parent.author));
        match post.media.is_empty() {
            true => writer.field("media_attachments", b"[]"),
            false => {
                let whom = link_for(post.audience, limited, self.viewer);
                let media = attachments(site, &post.media, &self.media, whom);
                writer.value("media_attachments", &media);
            }
        }
        match post.card.and_then(|card| self.cards.view(site, card)) {
            Some(card) => writer.value("card", &card),
            None => writer.field("card", b"null"),
        }
        self.write_figures(writer, post.id, self.viewer == Some(post.author));
    }

    /// What [`Page::share_tail`] shows, as bytes.
    fn write_share_tail(&self, writer: &mut Writer, content: &Stored<Post>) {
        writer
            .raw(br#","in_reply_to_id":null,"in_reply_to_account_id":null,"media_attachments":[],"card":null"#);
        self.write_figures(writer, content.id, false);
    }

    fn write_figures(&self, writer: &mut Writer, post: Id<Post>, own: bool) {
        let ([replies, shares, likes], marked) = self.around(post);
        writer.value("replies_count", &replies);
        writer.value("reblogs_count", &shares);
        writer.value("favourites_count", &likes);
        if self.viewer.is_some() {
            writer.value("favourited", &marked.liked);
            writer.value("reblogged", &marked.shared);
            writer.value("muted", &marked.muted);
            writer.value("bookmarked", &marked.bookmarked);
            if own {
                writer.value("pinned", &marked.pinned);
            }
            writer.field("filtered", b"[]");
        }
    }

    fn tail(
        &self,
        site: &Site,
        post: &Stored<Post>,
        parent_known: bool,
        limited: bool,
    ) -> StatusTail {
        let ([replies, shares, likes], marked) = self.around(post.id);
        let parent = post.reply_to.filter(|_| parent_known);
        let own = self.viewer == Some(post.author);
        let whom = link_for(post.audience, limited, self.viewer);
        StatusTail {
            in_reply_to_id: parent.map(|parent| parent.post.to_string()),
            in_reply_to_account_id: parent.map(|parent| parent.author.to_string()),
            media_attachments: attachments(site, &post.media, &self.media, whom),
            card: post.card.and_then(|card| self.cards.view(site, card)),
            replies_count: replies,
            reblogs_count: shares,
            favourites_count: likes,
            mine: self.viewer.map(|_| Mine {
                favourited: marked.liked,
                reblogged: marked.shared,
                muted: marked.muted,
                bookmarked: marked.bookmarked,
                pinned: own.then_some(marked.pinned),
                filtered: Vec::new(),
            }),
        }
    }

    /// The head of a share, kept per version of what it shows: a share itself never changes.
    fn share_bytes(&self, site: &Site, seen: &Seen) -> Bytes {
        let (share, version) = (seen.post.id.raw(), seen.content().version);
        if seen.shared.as_ref().is_some_and(|(_, author)| hides(author, self.viewer)) {
            return open(&self.share_head(site, seen));
        }
        site.fragments.post(share, version).unwrap_or_else(|| {
            let bytes = open(&self.share_head(site, seen));
            site.fragments.keep_post(share, version, bytes.clone());
            bytes
        })
    }

    /// A share is a wrapper with its own id and time around a copy of the words.
    fn share_head(&self, site: &Site, seen: &Seen) -> StatusHead {
        let (share, handle) = (&seen.post, seen.author.handle.as_str());
        let base = &site.app.settings.public_url;
        let (id, uri) = (share.id, format!("{base}/users/{handle}/statuses/{}/activity", share.id));
        let hidden = seen.shared.as_ref().is_some_and(|(_, author)| hides(author, self.viewer));
        StatusHead {
            sensitive: seen.content().sensitive || hidden,
            id: id.to_string(),
            url: Some(uri.clone()),
            uri,
            created_at: format::time(id.ms()),
            edited_at: None,
            visibility: visibility_of(share.audience),
            mentions: Vec::new(),
            tags: Vec::new(),
            application: None,
            ..head(site, seen.content(), handle, None)
        }
    }

    fn share_tail(&self, of: StatusTail) -> StatusTail {
        StatusTail {
            in_reply_to_id: None,
            in_reply_to_account_id: None,
            media_attachments: Vec::new(),
            card: None,
            mine: of.mine.map(|mine| Mine { pinned: None, ..mine }),
            ..of
        }
    }
}

/// Whether staff had the media of an author's posts hidden. Authors see their posts as they made them: what they edit is theirs.
fn hides(author: &Stored<AccountNode>, viewer: Option<Id<AccountNode>>) -> bool {
    author.sensitive && viewer != Some(author.id)
}

/// Links to media of a post that not everyone may see name their viewer.
fn link_for(audience: Audience, limited: bool, viewer: Option<Id<AccountNode>>) -> Link {
    match viewer {
        Some(viewer) if limited || !audience.is_open() => Link::For(viewer),
        _ => Link::Open,
    }
}

fn head(site: &Site, post: &Stored<Post>, handle: &str, client: Option<&Client>) -> StatusHead {
    let base = &site.app.settings.public_url;
    let id = post.id;
    StatusHead {
        id: id.to_string(),
        uri: format!("{base}/users/{handle}/statuses/{id}"),
        // Clients take the id from the third part of the path.
        url: Some(format!("{base}/@{handle}/{id}")),
        created_at: format::time(id.ms()),
        edited_at: post.edited_ms.map(format::time),
        content: content(site, post),
        visibility: visibility_of(post.audience),
        sensitive: post.sensitive,
        spoiler_text: post.warning.clone(),
        language: post.language.clone(),
        mentions: post.mentions.iter().map(|mention| view_mention(site, mention)).collect(),
        tags: post
            .tags
            .iter()
            .map(|name| StatusTag { name: name.clone(), url: site.tag_url(name) })
            .collect(),
        emojis: Vec::new(),
        poll: None,
        application: client.map(|client| StatusApplication {
            name: client.name.clone(),
            website: client.website.clone(),
        }),
    }
}

fn view_mention(site: &Site, mention: &social::posts::model::Mention) -> Mention {
    Mention {
        id: mention.account.to_string(),
        username: mention.handle.clone(),
        url: site.mention(&mention.handle).url,
        acct: mention.handle.clone(),
    }
}

/// The HTML of a post; only those it mentions become links.
fn content(site: &Site, post: &Post) -> String {
    site.html_with(&post.text, &|handle| {
        post.mentions.iter().any(|mention| mention.handle == handle)
    })
}
