//! [`Upkeep`]: walks by index, and a recount by the server.

use std::path::Path;

use async_trait::async_trait;
use engine::store::{
    EdgeKind, EdgeRecord, EdgeRef, KeySpace, NodeKind, NodeRecord, ReadError, Record, Records,
    Upkeep,
};
use futures::{FutureExt, TryStreamExt};
use mongodb::bson::{Document, doc};

use crate::{
    MongoStore, import, recount,
    store::{edge_id, edge_of, integer, most, name_id, name_of, node_record, unread, unserved},
    transaction,
};

impl MongoStore {
    async fn walk(
        &self,
        collection: &str,
        what: Document,
        limit: usize,
    ) -> Result<Vec<Document>, ReadError> {
        let Some(limit) = most(limit) else { return Ok(Vec::new()) };
        let collection = self.collection(collection);
        let found = collection.find(what).sort(doc! { "_id": 1 }).limit(limit);
        found.await.map_err(unread)?.try_collect().await.map_err(unread)
    }
}

#[async_trait]
impl Upkeep for MongoStore {
    async fn scan_nodes(
        &self,
        kind: NodeKind,
        after: u64,
        limit: usize,
    ) -> Result<Vec<NodeRecord>, ReadError> {
        let Ok(after) = i64::try_from(after) else { return Ok(Vec::new()) };
        let later = doc! { "kind": i32::from(kind.0), "_id": { "$gt": after } };
        Ok(self.walk("nodes", later, limit).await?.iter().map(node_record).collect())
    }

    async fn scan_edges(
        &self,
        after: Option<EdgeRef>,
        limit: usize,
    ) -> Result<Vec<EdgeRecord>, ReadError> {
        // Documents are compared field by field, in the order of their fields: from, kind, to.
        let later = match after {
            Some(edge) => doc! { "_id": { "$gt": edge_id(edge.from, edge.kind.0, edge.to) } },
            None => doc! {},
        };
        Ok(self.walk("edges", later, limit).await?.iter().map(edge_of).collect())
    }

    async fn scan_keys(
        &self,
        after: Option<(KeySpace, String)>,
        limit: usize,
    ) -> Result<Vec<(KeySpace, String, u64)>, ReadError> {
        let later = match &after {
            Some((space, name)) => doc! { "_id": { "$gt": name_id(space.0, name) } },
            None => doc! {},
        };
        let key = |document: &Document| {
            let (space, name) = name_of(document);
            (space, name, integer(document, "id"))
        };
        Ok(self.walk("keys", later, limit).await?.iter().map(key).collect())
    }

    async fn miscounts(&self) -> Result<Vec<(u64, EdgeKind, u64, u64)>, ReadError> {
        let wrong = recount::wrong(&self.client, &self.database, &self.schema).await?;
        let shown = |n: i64| u64::try_from(n).unwrap_or(0);
        Ok(wrong
            .into_iter()
            .map(|((from, kind), (kept, real))| (from, kind, shown(kept), shown(real)))
            .collect())
    }

    async fn import(&self, records: Vec<Record>) -> Result<(), ReadError> {
        let imported = transaction::run(&self.client, |session, _| {
            let (database, schema) = (self.database.clone(), self.schema.clone());
            let records = records.clone();
            async move { import::write(&database, session, &schema, &records).await }.boxed()
        });
        imported.await.map_err(unserved)
    }

    async fn records(&self) -> Result<Option<Records>, ReadError> {
        let count =
            async |name| self.collection(name).estimated_document_count().await.map_err(unread);
        let (nodes, edges) = (count("nodes").await?, count("edges").await?);
        Ok(Some(Records { nodes, edges, keys: count("keys").await? }))
    }

    async fn waiting_events(&self) -> Result<u64, ReadError> {
        self.collection("events").count_documents(doc! {}).await.map_err(unread)
    }

    async fn snapshot(&self, _to: &Path) -> Result<(), ReadError> {
        let tool =
            "MongoDB is copied by its own tools: `mongodump --oplog`, or a snapshot of its disk";
        Err(ReadError(tool.to_owned()))
    }
}
