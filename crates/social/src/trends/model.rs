//! The ledger of trends, and what staff decided about them.

use engine::store::NodeKind;
use graph::{Id, Node};
use serde::{Deserialize, Serialize};

pub use super::score::Day;
use super::score::{Warm, WarmPost};
use crate::{
    audit::model::words, cards::model::Card, instance::model::Instance, posts::model::Post,
    tags::model::Tag,
};

/// What trends are made of: a bounded list of each kind, written by the job alone.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Ledger {
    /// When it was written, Unix milliseconds: heat is as of then.
    pub at_ms: u64,
    /// The newest public post that is in it, by its place in their list.
    pub read_to: u64,
    /// The newest touch that is in it.
    #[serde(default)]
    pub touched_to: u64,
    /// Tags.
    #[serde(default)]
    pub tags: Vec<Warm>,
    /// Links.
    #[serde(default)]
    pub links: Vec<Warm>,
    /// Posts.
    #[serde(default)]
    pub posts: Vec<WarmPost>,
    /// People with many followers who posted of late, as `(account, followers)`, most first.
    #[serde(default)]
    pub people: Vec<(u64, u64)>,
}

impl Node for Ledger {
    const KIND: NodeKind = NodeKind(161);
    const NAME: &'static str = "trends";
}

/// Its id: above the process numbers, below every id made of a time.
pub const LEDGER: Id<Ledger> = match Id::new(1060) {
    Some(id) => id,
    None => panic!("1060 is an id"),
};

/// The ring of posts that were touched of late.
pub(super) const TOUCHED: u64 = 1061;

words! {
    /// A kind of trend.
    Kind { Tag "tag", Post "post", Link "link" }
}

words! {
    /// What staff decided about a trend.
    Verdict { Open "open", Hidden "hidden", Allowed "allowed" }
}

/// Flags of the edges below.
pub(super) const HIDDEN: u32 = 1;
pub(super) const ALLOWED: u32 = 2;

graph::edges! {
    /// Tags that staff hid or allowed.
    ReviewedTags = 163, "reviewed_tags": Instance => Tag, No, purge Unlink;
    /// Posts that staff hid from trends or allowed.
    ReviewedPosts = 164, "reviewed_posts": Instance => Post, No, purge Unlink;
    /// Links that staff hid from trends or allowed.
    ReviewedLinks = 165, "reviewed_links": Instance => Card, No, purge Unlink;
}
