//! Kinds of nodes and edges that the tests use.

use std::sync::Arc;

use engine::memory::store::MemoryStore;
use graph::{CacheSizes, Graph, Id, Node, NodeKind};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Person {
    pub name: String,
}

impl Node for Person {
    const KIND: NodeKind = NodeKind(10);
    const NAME: &'static str = "people";
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Note {
    pub text: String,
}

impl Node for Note {
    const KIND: NodeKind = NodeKind(11);
    const NAME: &'static str = "notes";
}

graph::edges! {
    /// Whom a person follows.
    Follows = 1, "follows": Person => Person, Yes, inverse Followers, purge Unlink;
    /// Who follows a person.
    Followers = 2, "followers": Person => Person, Yes, inverse Follows, purge Unlink;
    /// What a person wrote.
    Wrote = 3, "wrote": Person => Note, Yes, purge Members;
    /// Whom a person looks away from.
    Mutes = 4, "mutes": Person => Person, No, inverse MutedBy, purge Unlink;
    /// Who looks away from a person.
    MutedBy = 5, "muted_by": Person => Person, No, inverse Mutes, purge Unlink;
}

pub fn person(raw: u64) -> Id<Person> {
    Id::new(raw).unwrap()
}

pub fn note(raw: u64) -> Id<Note> {
    Id::new(raw).unwrap()
}

pub fn named(name: &str) -> Person {
    Person { name: name.to_owned() }
}

pub fn graph() -> Arc<Graph> {
    Arc::new(Graph::new(Arc::new(MemoryStore::new()), CacheSizes::default()))
}

/// The same store without caches.
pub fn bare(graph: &Graph) -> Graph {
    Graph::new(graph.store().clone(), CacheSizes::OFF)
}
