//! What the second level answers: nodes and counts, each with a key that people can read and a value in plain text.

use std::collections::HashMap;

use async_trait::async_trait;
use bytes::Bytes;
use engine::{
    lookaside::Look,
    store::{Counted, EdgeKind, NodeKind, NodeRecord, ReadError, Store},
};

use crate::{EdgeDecl, NodeDecl, touched::Touched};

/// Which kinds lie in the cache, and what they are called there.
pub(super) struct Kinds {
    nodes: HashMap<NodeKind, &'static str>,
    counts: HashMap<EdgeKind, &'static str>,
}

impl Kinds {
    pub fn new(nodes: &[NodeDecl], edges: &[EdgeDecl]) -> Kinds {
        let counted = edges.iter().filter(|decl| decl.counted == Counted::Yes);
        Kinds {
            nodes: nodes.iter().map(|decl| (decl.kind, decl.name)).collect(),
            counts: counted.map(|decl| (decl.kind, decl.name)).collect(),
        }
    }

    /// The keys of what a commit touches.
    pub fn keys(&self, touched: &[Touched]) -> Vec<String> {
        let key = |thing: &Touched| match thing {
            Touched::Node(kind, id) => (*kind, *id).key(self),
            Touched::Count(from, kind) => (*from, *kind).key(self),
            Touched::Edge(_) => None,
        };
        touched.iter().filter_map(key).collect()
    }
}

/// A question to the store whose answer may lie in the cache.
#[async_trait]
pub(super) trait Question: Copy + Send + Sync + 'static {
    type Answer: Send + Sync;
    /// Where its answer lies; none if it never does.
    fn key(&self, kinds: &Kinds) -> Option<String>;
    fn value(answer: &Self::Answer) -> Bytes;
    /// `None`: what lies there is not ours.
    fn read(&self, value: &Bytes) -> Option<Self::Answer>;
    async fn ask(store: &dyn Store, questions: &[Self]) -> Result<Vec<Self::Answer>, ReadError>;
}

/// The answer that was found.
pub(super) fn answered<Q: Question>(question: &Q, found: Option<&Look>) -> Option<Q::Answer> {
    match found? {
        Look::Value(value) => question.read(value),
        Look::Lease | Look::Busy => None,
    }
}

/// `-` where there is none, else the version, a space and the body.
#[async_trait]
impl Question for (NodeKind, u64) {
    type Answer = Option<NodeRecord>;

    fn key(&self, kinds: &Kinds) -> Option<String> {
        Some(format!("node:{}:{}", kinds.nodes.get(&self.0)?, self.1))
    }

    fn value(answer: &Option<NodeRecord>) -> Bytes {
        match answer {
            None => Bytes::from_static(b"-"),
            Some(node) => [node.version.to_string().as_bytes(), b" ", &node.body].concat().into(),
        }
    }

    fn read(&self, value: &Bytes) -> Option<Option<NodeRecord>> {
        if &value[..] == b"-" {
            return Some(None);
        }
        let cut = value.iter().position(|&byte| byte == b' ')?;
        let version = std::str::from_utf8(&value[..cut]).ok()?.parse().ok()?;
        let (kind, id, body) = (self.0, self.1, value.slice(cut + 1..));
        Some(Some(NodeRecord { kind, id, version, body }))
    }

    async fn ask(store: &dyn Store, questions: &[Self]) -> Result<Vec<Self::Answer>, ReadError> {
        store.nodes(questions).await
    }
}

/// A number.
#[async_trait]
impl Question for (u64, EdgeKind) {
    type Answer = u64;

    fn key(&self, kinds: &Kinds) -> Option<String> {
        Some(format!("count:{}:{}", kinds.counts.get(&self.1)?, self.0))
    }

    fn value(answer: &u64) -> Bytes {
        answer.to_string().into()
    }

    fn read(&self, value: &Bytes) -> Option<u64> {
        std::str::from_utf8(value).ok()?.parse().ok()
    }

    async fn ask(store: &dyn Store, questions: &[Self]) -> Result<Vec<u64>, ReadError> {
        store.counts(questions).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_read_back_and_what_is_not_ours_is_none() {
        let question = (NodeKind(1), 7);
        let body = Bytes::from_static(b"{\"a\": 1}");
        for answer in [None, Some(NodeRecord { kind: NodeKind(1), id: 7, version: 3, body })] {
            assert_eq!(question.read(&<(NodeKind, u64) as Question>::value(&answer)), Some(answer));
        }
        let count = (7, EdgeKind(1));
        assert_eq!(count.read(&<(u64, EdgeKind) as Question>::value(&12)), Some(12));
        for value in ["", "x", "x {}", "3"] {
            assert_eq!(question.read(&Bytes::from(value)), None, "{value:?}");
        }
        assert_eq!(count.read(&Bytes::from("x")), None);
    }
}
