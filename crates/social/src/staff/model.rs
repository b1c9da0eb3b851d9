//! Nodes and edges of roles that a community makes for itself.

use engine::store::NodeKind;
use graph::Node;
use serde::{Deserialize, Serialize};

use super::permissions::Permissions;
use crate::instance::model::Instance;

/// A role of the community's own making. Owner, admin and moderator are fixed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnRole {
    /// What it is called.
    pub name: String,
    /// Its colour, `#rrggbb`; empty for none.
    #[serde(default)]
    pub color: String,
    /// Whether profiles show it.
    #[serde(default)]
    pub highlighted: bool,
    /// Rank: above members (0), below the owner (1000).
    pub rank: u32,
    /// What its holders may do.
    pub permissions: Permissions,
}

impl Node for OwnRole {
    const KIND: NodeKind = NodeKind(102);
    const NAME: &'static str = "own_roles";
}

graph::edges! {
    /// Roles of the community's own making.
    OwnRoles = 102, "own_roles_of": Instance => OwnRole, Yes, purge Unlink;
}
