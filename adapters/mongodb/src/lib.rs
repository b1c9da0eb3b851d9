//! MongoDB: the store, its queue, and blobs in GridFS.
//!
//! The store keeps nodes, edges, names, counts and the outbox as documents, every commit one transaction.
//!
//! | collection | `_id` | fields | indexes beside `_id`, and the read each one serves |
//! | --- | --- | --- | --- |
//! | `nodes` | id | `kind`, `version`, `body` | `kind, _id`: walking the nodes of a kind |
//! | `edges` | `{from, kind, to}` | `ord`, `flags`, `data` | unique `_id.from, _id.kind, ord`: pages of a list, and one member a place |
//! | `counts` | `{from, kind, shard}` | `n` | `_id.from, _id.kind`: the count of a list, summed over its shards |
//! | `keys` | `{space, name}` | `id` | – |
//! | `sequences` | `{space, name}` | `n` | – |
//! | `events` | id | `topic`, `body`, `lease_until`, `fence` | – (the outbox is short) |
//! | `jobs` | key | `kind`, `body`, `priority`, `run_at`, `lease_until`, … | `lease_until, priority, run_at`: due jobs, leases that ended |
//! | `locks` | text | – | – (always empty: what a batch relies on passes through here) |
//! | `meta` | text | | – |
//!
//! Beside them stands a view for each kind of the schema (`db.accounts.find()`), where the server knows views. Bodies are
//! documents that can be read and queried; one that would not come back byte for byte (a number too large, a key with a dot)
//! is kept as text. Neither expiry by TTL nor text indexes are relied on.
//!
//! Promises, beside those of the ports: reads go to the primary, so everybody reads what was written; a commit is
//! acknowledged by a majority; a transaction that the server asks to repeat is repeated for [`PATIENCE`] and applied exactly
//! once; what takes longer fails, and says so.

mod bodies;
mod commit;
mod connect;
mod error;
mod gridfs;
mod import;
mod jobs;
mod migrations;
mod recount;
mod store;
mod together;
mod transaction;
mod upkeep;
mod wake;

use std::{sync::Arc, time::Duration};

use engine::store::Schema;
use mongodb::{Client, Collection, Database, bson::Document};
use tokio::sync::Notify;

pub use self::{
    connect::{Connection, Health},
    error::OpenError,
    gridfs::GridFsBlobs,
};

/// How long a transaction is repeated, and a lost server waited for.
pub const PATIENCE: Duration = Duration::from_secs(10);

/// A store, and a queue, in a database of a MongoDB.
pub struct MongoStore {
    client: Client,
    database: Database,
    schema: Schema,
    emitted: Arc<Notify>,
    pushed: Arc<Notify>,
    _watches: wake::Watches,
}

impl MongoStore {
    /// Opens the database that the URL names (`mongodb://host/sociosphere`) and brings it to this version: one process does,
    /// the others wait for it.
    pub async fn open(url: &str, schema: Schema) -> Result<Arc<Self>, OpenError> {
        Self::on(Connection::open(url).await?, schema).await
    }

    /// The store on a connection that is there already.
    pub async fn on(connection: Connection, schema: Schema) -> Result<Arc<Self>, OpenError> {
        connection.check_transactions()?;
        let Connection { client, database, .. } = connection;
        migrations::migrate(&database, &schema).await?;
        let (emitted, pushed) = (Arc::<Notify>::default(), Arc::<Notify>::default());
        let _watches = wake::Watches::start(&database, &[("events", &emitted), ("jobs", &pushed)]);
        Ok(Arc::new(Self { client, database, schema, emitted, pushed, _watches }))
    }

    fn collection(&self, name: &str) -> Collection<Document> {
        self.database.collection(name)
    }
}
