//! The versions of the database, and how one becomes the next.
//!
//! One process migrates and the others wait: whoever inserts the document `migration` of `meta` does; it holds a time after
//! which its holder counts as dead. Each step can be done again, so one that was interrupted is. A released step never
//! changes; a change is a new one.

use std::time::Duration;

use engine::store::Schema;
use futures::TryStreamExt;
use mongodb::{
    Collection, Database, IndexModel,
    bson::{DateTime, Document, doc},
    error::{Error, ErrorKind},
    options::IndexOptions,
    results::CollectionType,
};

use crate::{
    error::{OpenError, is_duplicate, said},
    store::signed,
};

/// The version that this program makes.
const NEWEST: i64 = 1;
/// A step takes no longer; one who holds the lock longer is dead.
const LEASE: Duration = Duration::from_secs(60);
/// Between two looks whether another process is done.
const PAUSE: Duration = Duration::from_millis(50);

const COLLECTIONS: &[&str] =
    &["nodes", "edges", "counts", "keys", "sequences", "events", "jobs", "locks"];

/// Brings the database to the newest version, and its views to the schema.
pub async fn migrate(database: &Database, schema: &Schema) -> Result<(), OpenError> {
    let meta = database.collection::<Document>("meta");
    loop {
        let found = meta.find_one(doc! { "_id": "version" }).await?;
        let version = found.map_or(0, |found| signed(found.get("n")));
        if version > NEWEST {
            return Err(OpenError::Newer { found: version, known: NEWEST });
        }
        if version == NEWEST {
            return views(database, schema).await;
        }
        if lock(&meta).await? {
            let done = step_1(database).await;
            let done = match done {
                Ok(()) => {
                    let set = doc! { "$set": { "n": NEWEST } };
                    meta.update_one(doc! { "_id": "version" }, set).upsert(true).await.map(drop)
                }
                failed => failed,
            };
            meta.delete_one(doc! { "_id": "migration" }).await?;
            done.map_err(|error| OpenError::Migration(said(&error)))?;
        } else {
            tokio::time::sleep(PAUSE).await;
        }
    }
}

/// Whether this process is the one that migrates.
async fn lock(meta: &Collection<Document>) -> Result<bool, OpenError> {
    let now = DateTime::now();
    let until = DateTime::from_millis(now.timestamp_millis() + LEASE.as_millis() as i64);
    let dead = doc! { "_id": "migration", "until": { "$lt": now } };
    meta.delete_one(dead).await?;
    match meta.insert_one(doc! { "_id": "migration", "until": until }).await {
        Ok(_) => Ok(true),
        Err(error) if is_duplicate(&error) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

async fn step_1(database: &Database) -> Result<(), Error> {
    for name in COLLECTIONS {
        made(database.create_collection(*name).await)?;
    }
    let index = |collection: &'static str, keys: Document, unique: bool| {
        let options = IndexOptions::builder().unique(unique).build();
        let index = IndexModel::builder().keys(keys).options(options).build();
        let collection = database.collection::<Document>(collection);
        async move { collection.create_index(index).await.map(drop) }
    };
    index("nodes", doc! { "kind": 1, "_id": 1 }, false).await?;
    index("edges", doc! { "_id.from": 1, "_id.kind": 1, "ord": 1 }, true).await?;
    index("counts", doc! { "_id.from": 1, "_id.kind": 1 }, false).await?;
    index("jobs", doc! { "lease_until": 1, "priority": 1, "run_at": 1 }, false).await
}

/// A collection that is there already is made.
fn made(answer: Result<(), Error>) -> Result<(), Error> {
    const NAMESPACE_EXISTS: i32 = 48;
    match answer {
        Err(error) if matches!(error.kind.as_ref(), ErrorKind::Command(why) if why.code == NAMESPACE_EXISTS) => {
            Ok(())
        }
        answer => answer,
    }
}

/// A view for each kind, for people in the shell: `db.accounts.find()`. They hold no data; a server that knows none goes
/// without.
async fn views(database: &Database, schema: &Schema) -> Result<(), OpenError> {
    let there = database.list_collection_names().await?;
    let nodes = schema.nodes.iter().map(|(kind, name)| ("nodes", "kind", kind.0, *name));
    let edges = schema.edges.iter().map(|(kind, name, _)| ("edges", "_id.kind", kind.0, *name));
    for (source, field, kind, name) in nodes.chain(edges) {
        let taken = COLLECTIONS.contains(&name)
            || (source == "edges" && schema.nodes.iter().any(|(_, node)| *node == name));
        let name = if taken { format!("{name}_{source}") } else { name.to_owned() };
        if there.contains(&name) {
            continue;
        }
        let only = doc! { "$match": { field: i32::from(kind) } };
        let create = doc! { "create": &name, "viewOn": source, "pipeline": [only] };
        made(database.run_command(create).await.map(drop))?;
        let mut made = database.list_collections().filter(doc! { "name": &name }).await?;
        let is_view = match made.try_next().await? {
            Some(made) => made.collection_type == CollectionType::View,
            None => false,
        };
        if !is_view {
            database.collection::<Document>(&name).drop().await?;
            tracing::info!("this server has no views for people in the shell");
            break;
        }
    }
    Ok(())
}
