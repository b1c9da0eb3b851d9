//! Bytes of views that depend on no viewer, kept per version of their node, and the joining of them.
//!
//! A fragment is an object without its braces, so that objects with other parts can be made of it. Cached ones are found
//! by id and used only if they were made of the same version.

use bytes::Bytes;
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
    let mut bytes = super::bytes(view);
    bytes.pop();
    bytes.remove(0);
    bytes.into()
}

/// Writes objects part by part.
#[derive(Default)]
pub struct Writer(Vec<u8>);

impl Writer {
    /// Begins an object.
    pub fn begin(&mut self) {
        self.0.push(b'{');
    }

    /// Adds the fields of a fragment.
    pub fn fields(&mut self, fragment: &[u8]) {
        self.comma();
        self.0.extend_from_slice(fragment);
    }

    /// Adds a field whose name is a plain word.
    pub fn field(&mut self, name: &str, value: &[u8]) {
        self.comma();
        self.0.push(b'"');
        self.0.extend_from_slice(name.as_bytes());
        self.0.extend_from_slice(b"\":");
        self.0.extend_from_slice(value);
    }

    fn comma(&mut self) {
        if !matches!(self.0.last(), Some(b'{') | None) {
            self.0.push(b',');
        }
    }

    /// Ends an object and takes its bytes.
    pub fn end(mut self) -> Vec<u8> {
        self.0.push(b'}');
        self.0
    }
}
