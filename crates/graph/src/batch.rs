//! A batch: typed changes that commit together or not at all.

use bytes::Bytes;
use engine::store::{EdgeRef, Expect, KeySpace, OnExisting, OnMissing, Op};

use crate::{Edge, Event, Id, Node, Stored, TraceId};

/// Changes that commit together. Built by a verb of the product, handed to [`crate::Graph::commit`].
#[derive(Clone, Debug, Default)]
pub struct Batch {
    pub(crate) ops: Vec<Op>,
}

impl Batch {
    /// An empty batch.
    pub fn new() -> Batch {
        Batch::default()
    }

    /// How many operations it holds (inverse edges count).
    pub fn len(&self) -> usize {
        self.ops.len()
    }

    /// Whether it holds none.
    pub fn is_empty(&self) -> bool {
        self.ops.is_empty()
    }

    /// Adds a node under a fresh id; conflicts if the id is in use.
    pub fn create<T: Node>(&mut self, id: Id<T>, body: &T) -> &mut Self {
        self.put(id, body, Expect::Absent)
    }

    /// Replaces a node that nobody changed since it was read; conflicts otherwise.
    pub fn replace<T: Node>(&mut self, read: &Stored<T>, body: &T) -> &mut Self {
        self.put(read.id, body, Expect::Version(read.version))
    }

    /// Writes a node under the given expectation.
    pub fn put<T: Node>(&mut self, id: Id<T>, body: &T, expect: Expect) -> &mut Self {
        let body = serde_json::to_vec(body).expect("bodies are plain data and always serialise");
        self.op(Op::Put { kind: T::KIND, id: id.raw(), body: Bytes::from(body), expect })
    }

    /// Removes a node under the given expectation.
    pub fn remove<T: Node>(&mut self, id: Id<T>, expect: Expect) -> &mut Self {
        self.op(Op::Remove { kind: T::KIND, id: id.raw(), expect })
    }

    /// Requires something of a node.
    pub fn guard<T: Node>(&mut self, id: Id<T>, expect: Expect) -> &mut Self {
        self.op(Op::Guard { kind: T::KIND, id: id.raw(), expect })
    }

    /// Requires that an edge exists, or that it does not.
    pub fn guard_edge<E: Edge>(
        &mut self,
        from: Id<E::From>,
        to: Id<E::To>,
        exists: bool,
    ) -> &mut Self {
        self.op(Op::GuardEdge { edge: edge_ref::<E>(from, to), exists })
    }

    /// Adds a member (and the inverse edge); conflicts if it is one already: a double like is one event.
    pub fn link<E: Edge>(&mut self, from: Id<E::From>, to: Id<E::To>, ord: u64) -> &mut Self {
        self.link_with::<E>(from, to, ord, 0, Bytes::new(), OnExisting::Conflict)
    }

    /// Adds a member unless it is one already: for jobs that may run twice.
    pub fn ensure<E: Edge>(&mut self, from: Id<E::From>, to: Id<E::To>, ord: u64) -> &mut Self {
        self.link_with::<E>(from, to, ord, 0, Bytes::new(), OnExisting::Keep)
    }

    /// Adds a member with flags and small data; the inverse edge has neither.
    pub fn link_with<E: Edge>(
        &mut self,
        from: Id<E::From>,
        to: Id<E::To>,
        ord: u64,
        flags: u32,
        data: Bytes,
        on_existing: OnExisting,
    ) -> &mut Self {
        let decl = E::DECL;
        self.op(Op::Link {
            edge: edge_ref::<E>(from, to),
            ord,
            flags,
            data,
            counted: decl.counted,
            on_existing,
        });
        if let Some((kind, counted)) = decl.inverse {
            let edge = EdgeRef { from: to.raw(), kind, to: from.raw() };
            self.op(Op::Link { edge, ord, flags: 0, data: Bytes::new(), counted, on_existing });
        }
        self
    }

    /// Takes a member out (and the inverse edge); conflicts if it is none.
    pub fn unlink<E: Edge>(&mut self, from: Id<E::From>, to: Id<E::To>) -> &mut Self {
        self.unlink_with::<E>(from, to, OnMissing::Conflict)
    }

    /// Takes a member out if it is one.
    pub fn discard<E: Edge>(&mut self, from: Id<E::From>, to: Id<E::To>) -> &mut Self {
        self.unlink_with::<E>(from, to, OnMissing::Ignore)
    }

    fn unlink_with<E: Edge>(
        &mut self,
        from: Id<E::From>,
        to: Id<E::To>,
        on_missing: OnMissing,
    ) -> &mut Self {
        let decl = E::DECL;
        self.op(Op::Unlink { edge: edge_ref::<E>(from, to), counted: decl.counted, on_missing });
        if let Some((kind, counted)) = decl.inverse {
            let edge = EdgeRef { from: to.raw(), kind, to: from.raw() };
            self.op(Op::Unlink { edge, counted, on_missing });
        }
        self
    }

    /// Gives a member (not its inverse) a new place; the count stays.
    pub fn move_to<E: Edge>(&mut self, from: Id<E::From>, to: Id<E::To>, ord: u64) -> &mut Self {
        self.op(Op::Move { edge: edge_ref::<E>(from, to), ord })
    }

    /// Sets and clears flags of an edge, making it at `ord` if needed; conflicts if no flag changes.
    pub fn flag<E: Edge>(
        &mut self,
        from: Id<E::From>,
        to: Id<E::To>,
        ord: u64,
        set: u32,
        clear: u32,
    ) -> &mut Self {
        let edge = edge_ref::<E>(from, to);
        self.op(Op::Flag { edge, ord, set, clear, must_change: true })
    }

    /// Replaces the small data of an edge.
    pub fn annotate<E: Edge>(
        &mut self,
        from: Id<E::From>,
        to: Id<E::To>,
        data: Bytes,
    ) -> &mut Self {
        self.op(Op::Annotate { edge: edge_ref::<E>(from, to), data })
    }

    /// Takes a unique name.
    pub fn claim<T: ?Sized>(&mut self, space: KeySpace, name: &str, id: Id<T>) -> &mut Self {
        self.op(Op::Claim { space, name: name.to_owned(), id: id.raw() })
    }

    /// Gives a unique name back.
    pub fn release<T: ?Sized>(&mut self, space: KeySpace, name: &str, id: Id<T>) -> &mut Self {
        self.op(Op::Release { space, name: name.to_owned(), id: id.raw() })
    }

    /// Takes the next number of a counter; read it from the outcome at the index before this call's [`Batch::len`].
    pub fn sequence(&mut self, space: KeySpace, name: &str) -> &mut Self {
        self.op(Op::Sequence { space, name: name.to_owned() })
    }

    /// Says what happened.
    pub fn emit<E: Event>(&mut self, id: Id<E>, event: &E) -> &mut Self {
        let body = serde_json::to_vec(event).expect("events are plain data and always serialise");
        let body = match TraceId::current() {
            Some(trace) => trace.add_to(body),
            None => body,
        };
        self.op(Op::Emit { id: id.raw(), topic: event.topic(), body: Bytes::from(body) })
    }

    pub(crate) fn op(&mut self, op: Op) -> &mut Self {
        self.ops.push(op);
        self
    }
}

pub(crate) fn edge_ref<E: Edge>(from: Id<E::From>, to: Id<E::To>) -> EdgeRef {
    EdgeRef { from: from.raw(), kind: E::DECL.kind, to: to.raw() }
}
