//! Declarations: what a kind of node, edge or event is.

use engine::store::{Counted, EdgeKind, NodeKind, Schema};
use serde::{Serialize, de::DeserializeOwned};

/// A body that is stored as a node. Bodies evolve by `#[serde(default)]`, or become a new kind.
pub trait Node: Serialize + DeserializeOwned + Send + Sync + 'static {
    /// Its code, never given to another kind.
    const KIND: NodeKind;
    /// What people who open the engine's shell see: plural, lower case.
    const NAME: &'static str;
    /// Its declaration as a value.
    const DECL: NodeDecl = NodeDecl { kind: Self::KIND, name: Self::NAME };
}

/// A kind of node as a value.
#[derive(Clone, Copy, Debug)]
pub struct NodeDecl {
    /// Code.
    pub kind: NodeKind,
    /// Name.
    pub name: &'static str,
}

/// What a purge of a node does with the lists that start there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purge {
    /// The edge and its inverse go; the member stays.
    Unlink,
    /// The member is a part of the node and is purged too.
    Members,
}

/// A kind of edge: a list that every node of type `From` has, of members of type `To`.
pub trait Edge: 'static {
    /// Whose list.
    type From: ?Sized;
    /// Its members.
    type To: ?Sized;
    /// Declaration as a value: code, name, count, inverse, purge.
    const DECL: EdgeDecl;
}

/// A kind of edge as a value.
#[derive(Clone, Copy, Debug)]
pub struct EdgeDecl {
    /// Code, never given to another kind.
    pub kind: EdgeKind,
    /// Name, plural, lower case.
    pub name: &'static str,
    /// Whether its lists keep a count.
    pub counted: Counted,
    /// The list of the member that gets the owner, in the same commit.
    pub inverse: Option<(EdgeKind, Counted)>,
    /// What a purge of the owner does.
    pub purge: Purge,
}

/// Something that happened, committed with its cause. It names what to read again and carries no state, so
/// order and repetition do no harm.
pub trait Event: Serialize {
    /// Its topic code in the outbox.
    fn topic(&self) -> u16;
}

/// The schema that an engine is opened with.
pub fn schema(
    nodes: &[NodeDecl],
    edges: &[EdgeDecl],
    keys: &[(engine::store::KeySpace, &'static str)],
) -> Schema {
    Schema {
        nodes: nodes.iter().map(|decl| (decl.kind, decl.name)).collect(),
        edges: edges.iter().map(|decl| (decl.kind, decl.name, decl.counted)).collect(),
        keys: keys.to_vec(),
    }
}

/// Declares kinds of edges. One line
///
/// ```
/// use graph::{Edge, Purge};
/// # pub struct Account;
///
/// graph::edges! {
///     /// Who an account follows.
///     Follows = 1, "follows": Account => Account, Yes, inverse Followers, purge Unlink;
///     /// Who follows an account.
///     Followers = 2, "followers": Account => Account, Yes, inverse Follows, purge Unlink;
/// }
///
/// assert_eq!(Follows::DECL.kind, graph::EdgeKind(1));
/// assert_eq!(Follows::DECL.inverse, Some((Followers::DECL.kind, graph::Counted::Yes)));
/// assert_eq!(Followers::DECL.purge, Purge::Unlink);
/// assert_eq!(EDGES.iter().map(|decl| decl.name).collect::<Vec<_>>(), ["follows", "followers"]);
/// ```
///
/// makes a type `Follows` with `impl Edge`: `From = Account`, `To = Account`, `DECL` with code 1, the name, a
/// kept count, and `Followers` (its code and count) as the inverse that is linked and unlinked with it; and a
/// constant `EDGES` with all declarations.
#[macro_export]
macro_rules! edges {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $label:literal: $from:ty => $to:ty, $counted:ident
        $(, inverse $inverse:ident)?, purge $purge:ident;)*) => {
        $(
            $(#[$doc])*
            #[derive(Clone, Copy, Debug)]
            pub enum $name {}

            impl $crate::Edge for $name {
                type From = $from;
                type To = $to;
                const DECL: $crate::EdgeDecl = $crate::EdgeDecl {
                    kind: $name::EDGE_KIND,
                    name: $label,
                    counted: $name::EDGE_COUNTED,
                    inverse: $crate::edges!(@inverse $($inverse)?),
                    purge: $crate::Purge::$purge,
                };
            }

            impl $name {
                const EDGE_KIND: $crate::EdgeKind = $crate::EdgeKind($code);
                const EDGE_COUNTED: $crate::Counted = $crate::Counted::$counted;
            }
        )*

        /// All kinds of edges declared here.
        pub const EDGES: &[$crate::EdgeDecl] = &[$(<$name as $crate::Edge>::DECL),*];
    };
    (@inverse) => { None };
    (@inverse $inverse:ident) => { Some(($inverse::EDGE_KIND, $inverse::EDGE_COUNTED)) };
}
