//! [`Upkeep`]: walks by index, and a recount by the server.

use std::{collections::BTreeMap, path::Path};

use async_trait::async_trait;
use engine::store::{
    Counted, EdgeKind, EdgeRecord, EdgeRef, KeySpace, NodeKind, NodeRecord, ReadError, Record,
    Records, Upkeep,
};
use futures::{FutureExt, TryStreamExt};
use mongodb::bson::{Document, doc};

use crate::{
    MongoStore, import,
    store::{code, edge_id, edge_of, integer, most, name_id, name_of, node_record, signed, unread},
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

    /// Sums per list, by the server.
    async fn sums(
        &self,
        collection: &str,
        matching: Document,
        sum: impl Into<mongodb::bson::Bson>,
    ) -> Result<BTreeMap<(u64, u16), i64>, ReadError> {
        let list = doc! { "from": "$_id.from", "kind": "$_id.kind" };
        let group = doc! { "$group": { "_id": list, "sum": { "$sum": sum.into() } } };
        let pipeline = [doc! { "$match": matching }, group];
        let collection = self.collection(collection);
        let sums = collection.aggregate(pipeline).allow_disk_use(true);
        let mut sums = sums.await.map_err(unread)?;
        let mut found = BTreeMap::new();
        while let Some(document) = sums.try_next().await.map_err(unread)? {
            let list = document.get_document("_id").cloned().unwrap_or_default();
            let list = (integer(&list, "from"), code(&list, "kind"));
            found.insert(list, signed(document.get("sum")));
        }
        Ok(found)
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
        let counted = self.schema.edges.iter().filter(|(_, _, counted)| *counted == Counted::Yes);
        let counted: Vec<i32> = counted.map(|(kind, _, _)| i32::from(kind.0)).collect();
        let kept = self.sums("counts", doc! {}, "$n").await?;
        let real = self.sums("edges", doc! { "_id.kind": { "$in": counted } }, 1_i64).await?;
        let mut lists: BTreeMap<(u64, u16), (i64, i64)> = BTreeMap::new();
        for (list, n) in kept {
            lists.entry(list).or_default().0 = n;
        }
        for (list, n) in real {
            lists.entry(list).or_default().1 = n;
        }
        let wrong = lists.into_iter().filter(|(_, (kept, real))| kept != real);
        let shown = |n: i64| u64::try_from(n).unwrap_or(0);
        Ok(wrong
            .map(|((from, kind), (kept, real))| (from, EdgeKind(kind), shown(kept), shown(real)))
            .collect())
    }

    async fn import(&self, records: Vec<Record>) -> Result<(), ReadError> {
        let imported = transaction::run(&self.client, |session, _| {
            let (database, schema) = (self.database.clone(), self.schema.clone());
            let records = records.clone();
            async move { import::write(&database, session, &schema, &records).await }.boxed()
        });
        imported.await.map_err(|error| ReadError(error.to_string()))
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
