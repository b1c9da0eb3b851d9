//! The one node that stands for the community itself: its lists are the community's.

use engine::store::NodeKind;
use graph::{Id, Node};
use serde::{Deserialize, Serialize};

/// The community.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Instance {
    /// When it was set up, Unix milliseconds.
    pub created_ms: u64,
}

impl Node for Instance {
    const KIND: NodeKind = NodeKind(2);
    const NAME: &'static str = "instance";
}

/// Its id: above the process numbers, below every id made of a time.
pub const INSTANCE: Id<Instance> = match Id::new(1000) {
    Some(id) => id,
    None => panic!("1000 is an id"),
};
