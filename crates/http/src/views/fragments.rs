//! Bytes of views that depend on no viewer, kept per version of their node, and the joining of them.
//!
//! A fragment is an object without its braces, so that objects with other parts can be made of it. Cached ones are found
//! by id and used only if they were made of the same version.

use bytes::Bytes;
use graph::Id;
use quick_cache::sync::Cache;
use serde::Serialize;

/// Fragments of posts and of accounts.
pub struct Fragments {
    posts: Cache<u64, Kept>,
    accounts: Cache<u64, Kept>,
}

#[derive(Clone)]
struct Kept {
    version: u64,
    bytes: Bytes,
}

impl Default for Fragments {
    fn default() -> Fragments {
        Fragments { posts: Cache::new(20_000), accounts: Cache::new(10_000) }
    }
}

impl Fragments {
    /// The fragment of a post at a version.
    pub fn post(&self, id: u64, version: u64) -> Option<Bytes> {
        current(self.posts.get(&id), version)
    }

    /// Keeps the fragment of a post.
    pub fn keep_post(&self, id: u64, version: u64, bytes: Bytes) {
        self.posts.insert(id, Kept { version, bytes });
    }

    /// The fragment of an account at a version.
    pub fn account(&self, id: u64, version: u64) -> Option<Bytes> {
        current(self.accounts.get(&id), version)
    }

    /// Keeps the fragment of an account.
    pub fn keep_account(&self, id: u64, version: u64, bytes: Bytes) {
        self.accounts.insert(id, Kept { version, bytes });
    }
}

fn current(kept: Option<Kept>, version: u64) -> Option<Bytes> {
    kept.filter(|kept| kept.version == version).map(|kept| kept.bytes)
}

/// An object without its braces.
pub fn open(view: &impl Serialize) -> Bytes {
    let whole = Bytes::from(super::bytes(view));
    whole.slice(1..whole.len() - 1)
}

/// Writes objects and lists part by part into one buffer: a page is made of hundreds of small parts, and none of them is
/// worth an allocation.
#[derive(Default)]
pub struct Writer(Vec<u8>);

impl Writer {
    /// With room for this many bytes.
    pub fn with_room(bytes: usize) -> Writer {
        Writer(Vec::with_capacity(bytes))
    }

    /// An object of what `fill` writes.
    pub fn object(fill: impl FnOnce(&mut Writer)) -> Vec<u8> {
        let mut writer = Writer::default();
        writer.braced(fill);
        writer.0
    }

    /// A list of these things.
    pub fn list<T>(
        room: usize,
        items: impl IntoIterator<Item = T>,
        mut write: impl FnMut(&mut Writer, T),
    ) -> Vec<u8> {
        let mut writer = Writer::with_room(room);
        writer.0.push(b'[');
        for item in items {
            writer.comma();
            write(&mut writer, item);
        }
        writer.0.push(b']');
        writer.0
    }

    /// Adds an object of what `fill` writes.
    pub fn braced(&mut self, fill: impl FnOnce(&mut Writer)) {
        self.0.push(b'{');
        fill(self);
        self.0.push(b'}');
    }

    /// Adds the fields of a fragment.
    pub fn fields(&mut self, fragment: &[u8]) {
        self.comma();
        self.0.extend_from_slice(fragment);
    }

    /// Adds the name of a field, a plain word; its value is what is added next.
    pub fn name(&mut self, name: &str) {
        self.comma();
        self.0.push(b'"');
        self.0.extend_from_slice(name.as_bytes());
        self.0.extend_from_slice(b"\":");
    }

    /// Adds what is JSON already.
    pub fn raw(&mut self, json: &[u8]) {
        self.0.extend_from_slice(json);
    }

    /// Adds a field that is JSON already.
    pub fn field(&mut self, name: &str, json: &[u8]) {
        self.name(name);
        self.raw(json);
    }

    /// Adds a field from plain data.
    pub fn value(&mut self, name: &str, value: &impl Serialize) {
        self.name(name);
        serde_json::to_writer(&mut self.0, value).expect("views are plain data");
    }

    /// Adds a field that is an id as text, or null.
    pub fn id<T>(&mut self, name: &str, id: Option<Id<T>>) {
        self.name(name);
        match id {
            Some(id) => {
                self.0.push(b'"');
                serde_json::to_writer(&mut self.0, &id.raw()).expect("a number is plain data");
                self.0.push(b'"');
            }
            None => self.raw(b"null"),
        }
    }

    fn comma(&mut self) {
        if !matches!(self.0.last(), Some(b'{' | b'[' | b':') | None) {
            self.0.push(b',');
        }
    }

    /// What was written.
    pub fn end(self) -> Vec<u8> {
        self.0
    }
}
