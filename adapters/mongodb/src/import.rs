//! Records of another store, taken as they are.

use std::collections::{BTreeMap, BTreeSet};

use engine::{
    memory::store::state::Edge,
    store::{Record, Schema},
};
use futures::TryStreamExt;
use mongodb::{
    ClientSession, Database,
    bson::{Bson, Document, doc},
};

use crate::{
    bodies,
    commit::edge_fields,
    error::{DUPLICATE, Fault, refused},
    store::{edge_id, name_id, number},
};

/// Writes what is not there yet, and counts the edges that are new.
pub async fn write(
    database: &Database,
    session: &mut ClientSession,
    schema: &Schema,
    records: &[Record],
) -> Result<(), Fault> {
    let mut documents: BTreeMap<&str, Vec<Document>> = BTreeMap::new();
    for record in records {
        let (collection, document) = document(record);
        documents.entry(collection).or_default().push(document);
    }
    for (collection, documents) in documents {
        let ids: Vec<Bson> = documents.iter().filter_map(|it| it.get("_id").cloned()).collect();
        let documents_there = database.collection::<Document>(collection);
        let there = documents_there.find(doc! { "_id": { "$in": ids } });
        let mut there = there.projection(doc! { "_id": 1 }).session(&mut *session).await?;
        let there: Vec<Document> = there.stream(&mut *session).try_collect().await?;
        let there: BTreeSet<String> =
            there.iter().filter_map(|it| it.get("_id").map(Bson::to_string)).collect();
        let is_new =
            |it: &Document| it.get("_id").is_some_and(|id| !there.contains(&id.to_string()));
        let new: Vec<Document> = documents.into_iter().filter(is_new).collect();
        if new.is_empty() {
            continue;
        }
        let counts = if collection == "edges" { counts(schema, &new) } else { Vec::new() };
        send(database, session, doc! { "insert": collection, "documents": new }).await?;
        if !counts.is_empty() {
            send(database, session, doc! { "update": "counts", "updates": counts }).await?;
        }
    }
    Ok(())
}

async fn send(
    database: &Database,
    session: &mut ClientSession,
    command: Document,
) -> Result<(), Fault> {
    let answer = database.run_command(command).session(session).await?;
    match refused(&answer) {
        Some((_, DUPLICATE, why)) => Err(Fault::Again(why)),
        Some((_, _, why)) => Err(Fault::Failed(why)),
        None => Ok(()),
    }
}

fn document(record: &Record) -> (&'static str, Document) {
    match record {
        Record::Node(node) => {
            let document = doc! {
                "_id": number(node.id), "kind": i32::from(node.kind.0), "version": number(node.version),
                "body": bodies::store(&node.body),
            };
            ("nodes", document)
        }
        Record::Edge(edge) => {
            let mut document = doc! { "_id": edge_id(edge.from, edge.kind.0, edge.to) };
            let fields = Edge { ord: edge.ord, flags: edge.flags, data: edge.data.clone() };
            document.extend(edge_fields(&fields));
            ("edges", document)
        }
        Record::Key(space, name, id) => {
            ("keys", doc! { "_id": name_id(space.0, name), "id": number(*id) })
        }
    }
}

/// What the counted lists among these edges gain.
fn counts(schema: &Schema, edges: &[Document]) -> Vec<Document> {
    let mut gains: BTreeMap<(u64, u16), i64> = BTreeMap::new();
    for edge in edges.iter().map(crate::store::edge_of) {
        if schema.counts(edge.kind) {
            *gains.entry((edge.from, edge.kind.0)).or_default() += 1;
        }
    }
    let gain = |((from, kind), by): ((u64, u16), i64)| {
        let id = doc! { "from": number(from), "kind": i32::from(kind), "shard": 0 };
        doc! { "q": { "_id": id }, "u": { "$inc": { "n": by } }, "upsert": true }
    };
    gains.into_iter().map(gain).collect()
}
