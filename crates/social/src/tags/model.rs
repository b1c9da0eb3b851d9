//! A tag of the community.

use engine::store::{KeySpace, NodeKind};
use graph::Node;
use serde::{Deserialize, Serialize};

/// `folded name -> Tag`.
pub const TAGS: KeySpace = KeySpace(50);

/// A tag.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Tag {
    /// As first written.
    pub name: String,
}

impl Node for Tag {
    const KIND: NodeKind = NodeKind(60);
    const NAME: &'static str = "tags";
}
