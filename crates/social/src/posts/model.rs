//! Nodes and edges of posts.
//!
//! A share is a post of its own kind of body ([`Post::share_of`]). Lists that differ by audience are different edge
//! kinds, so that a stranger's page never scans what only followers see.

use engine::store::{KeySpace, NodeKind};
use graph::{Id, Node};
use serde::{Deserialize, Serialize};

use crate::{
    accounts::model::Account, apps::model::App, cards::model::Card, instance::model::Instance,
    media::model::Media, tags::model::Tag,
};

/// `account:key -> Post`: what an Idempotency-Key made, for a day.
pub const IDEMPOTENCY: KeySpace = KeySpace(40);

/// Who may see a post.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Audience {
    /// Everyone, on the public timelines too.
    #[default]
    Public,
    /// Everyone, but not on the public timelines.
    Unlisted,
    /// Followers and those mentioned.
    Followers,
    /// Those mentioned.
    Direct,
}

impl Audience {
    /// Whether everyone may see it.
    pub fn is_open(self) -> bool {
        matches!(self, Audience::Public | Audience::Unlisted)
    }
}

/// A post, or the share of one.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Post {
    /// Who wrote it (or shared it).
    pub author: Id<Account>,
    /// Source text; empty for a share.
    #[serde(default)]
    pub text: String,
    /// Content warning; empty for none.
    #[serde(default)]
    pub warning: String,
    /// Media is to be hidden at first.
    #[serde(default)]
    pub sensitive: bool,
    /// Staff put it behind its warning: an edit does not take it out again.
    #[serde(default)]
    pub folded: bool,
    /// Who may see it.
    pub audience: Audience,
    /// BCP 47.
    #[serde(default)]
    pub language: Option<String>,
    /// Up to four pictures, or one video or audio.
    #[serde(default)]
    pub media: Vec<Id<Media>>,
    /// Who is mentioned: they may see it, and their handles are links.
    #[serde(default)]
    pub mentions: Vec<Mention>,
    /// Tags, as written.
    #[serde(default)]
    pub tags: Vec<String>,
    /// What it answers.
    #[serde(default)]
    pub reply_to: Option<ReplyTo>,
    /// The first post of its thread; itself for a new one (also when the parent is gone).
    pub root: Id<Post>,
    /// Of a direct post: the one that its exchange began with, itself for the first.
    #[serde(default)]
    pub exchange: Option<Id<Post>>,
    /// The post it shares.
    #[serde(default)]
    pub share_of: Option<Id<Post>>,
    /// Which app it was written with.
    #[serde(default)]
    pub app: Option<Id<App>>,
    /// What its first link leads to.
    #[serde(default)]
    pub card: Option<Id<Card>>,
    /// Last edit, Unix milliseconds.
    #[serde(default)]
    pub edited_ms: Option<u64>,
}

impl Node for Post {
    const KIND: NodeKind = NodeKind(50);
    const NAME: &'static str = "posts";
}

/// Someone mentioned in a post.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mention {
    /// Who.
    pub account: Id<Account>,
    /// The handle as it was then (handles do not change, but accounts go).
    pub handle: String,
}

/// What a post answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReplyTo {
    /// The post.
    pub post: Id<Post>,
    /// Its author.
    pub author: Id<Account>,
}

/// What a post said before an edit.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Revision {
    /// When this version was made, Unix milliseconds.
    pub made_ms: u64,
    /// As in [`Post`].
    pub text: String,
    /// As in [`Post`].
    pub warning: String,
    /// As in [`Post`].
    pub sensitive: bool,
    /// As in [`Post`].
    pub media: Vec<Id<Media>>,
    /// Handles were links in it, too.
    #[serde(default)]
    pub mentions: Vec<Mention>,
}

impl Node for Revision {
    const KIND: NodeKind = NodeKind(51);
    const NAME: &'static str = "revisions";
}

/// Flags of the edges of [`OpenPosts`], [`FollowersPosts`] and [`DirectPosts`]: what a page may leave out.
pub mod post_flags {
    /// It answers another post.
    pub const REPLY: u32 = 1;
    /// It is a share.
    pub const SHARE: u32 = 2;
    /// It has media.
    pub const MEDIA: u32 = 4;
    /// It answers its own author.
    pub const SELF_REPLY: u32 = 8;
}

/// Flags of [`Marks`]: what a viewer did to a post.
pub mod marks {
    /// Liked.
    pub const LIKED: u32 = 1;
    /// Shared.
    pub const SHARED: u32 = 2;
    /// Bookmarked.
    pub const BOOKMARKED: u32 = 4;
    /// The conversation (this is its root) is muted.
    pub const MUTED: u32 = 8;
    /// Pinned to one's profile.
    pub const PINNED: u32 = 16;
}

graph::edges! {
    /// Public and unlisted posts and shares of an account; its count is shown.
    OpenPosts = 50, "open_posts": Account => Post, Yes, purge Members;
    /// Followers-only posts of an account.
    FollowersPosts = 51, "followers_posts": Account => Post, No, purge Members;
    /// Direct posts of an account.
    DirectPosts = 52, "direct_posts": Account => Post, No, purge Members;
    /// Pinned posts of an account.
    Pins = 53, "pins": Account => Post, No, purge Unlink;
    /// Public and unlisted answers; the count is shown.
    OpenReplies = 54, "open_replies": Post => Post, Yes, purge Unlink;
    /// Other answers.
    HiddenReplies = 55, "hidden_replies": Post => Post, No, purge Unlink;
    /// Who likes a post.
    LikedBy = 56, "liked_by": Post => Account, Yes, inverse Likes, purge Unlink;
    /// What an account likes.
    Likes = 57, "likes": Account => Post, No, inverse LikedBy, purge Unlink;
    /// Who shares a post openly; the edge's data is the id of the share.
    SharedBy = 58, "shared_by": Post => Account, Yes, inverse Shares, purge Unlink;
    /// What an account shares openly.
    Shares = 59, "shares": Account => Post, No, inverse SharedBy, purge Unlink;
    /// What an account keeps.
    Bookmarks = 60, "bookmarks": Account => Post, No, inverse BookmarkedBy, purge Unlink;
    /// Who keeps a post; shown to nobody.
    BookmarkedBy = 61, "bookmarked_by": Post => Account, No, inverse Bookmarks, purge Unlink;
    /// What a viewer did to a post, as [`marks`].
    Marks = 62, "marks": Account => Post, No, purge Unlink;
    /// Earlier versions of a post.
    Revisions = 63, "revisions_of": Post => Revision, No, purge Members;
    /// Posts that mention an account, direct ones too.
    MentionedIn = 64, "mentioned_in": Account => Post, No, purge Unlink;
    /// Public posts of the community, without answers and shares; the count is shown.
    PublicPosts = 66, "public_posts": Instance => Post, Yes, purge Unlink;
    /// Public posts with a tag.
    TaggedPosts = 67, "tagged_posts": Tag => Post, No, purge Unlink;
    /// Authors with so many followers that their posts are merged when read, not pushed.
    GreatAuthors = 69, "great_authors": Instance => Account, No, purge Unlink;
    /// Followers-only shares by the author of a post; the edge's data is the id of the share.
    HiddenSharedBy = 70, "hidden_shared_by": Post => Account, No, inverse HiddenShares, purge Unlink;
    /// What an account shares with followers only.
    HiddenShares = 71, "hidden_shares": Account => Post, No, inverse HiddenSharedBy, purge Unlink;
    /// Posts made with an Idempotency-Key, for the sweep; the edge's data is the key.
    KeyedPosts = 72, "keyed_posts": Instance => Post, No, purge Unlink;
}
