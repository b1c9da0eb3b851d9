//! The contracts on SQLite, and what is SQLite's own: its file, its writer, its migrations.

mod files;
mod groups;
mod migrations;

use std::{path::Path, sync::Arc};

use engine::{
    contract::store::{THING, schema},
    store::{CommitError, Expect, Op, Outcome, Store},
};
use tempfile::TempDir;

use crate::{SqliteStore, open};

async fn open_new() -> (Arc<SqliteStore>, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let store = open_at(folder.path()).await;
    (store, folder)
}

async fn open_at(folder: &Path) -> Arc<SqliteStore> {
    open(&folder.join("test.db"), schema()).unwrap()
}

fn put(id: u64, body: &str) -> Op {
    let body = bytes::Bytes::copy_from_slice(body.as_bytes());
    Op::Put { kind: THING, id, body, expect: Expect::Any }
}

async fn commit(store: &SqliteStore, batch: Vec<Op>) -> Result<Vec<Outcome>, CommitError> {
    store.commit(batch).await
}

async fn has(store: &SqliteStore, id: u64) -> bool {
    store.nodes(&[(THING, id)]).await.unwrap()[0].is_some()
}

mod store {
    use super::open_new;
    engine::store_contract!(open_new);
}

mod queue {
    use super::open_new;
    engine::queue_contract!(open_new);
}

mod durable {
    use super::open_at;
    engine::durable_store_contract!(open_at);
    engine::durable_queue_contract!(open_at);
}
