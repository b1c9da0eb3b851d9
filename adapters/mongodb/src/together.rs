//! Questions of several shapes in one command: an aggregation of one document that looks into the other collections.
//!
//! The one document is the version in `meta`; each question is a `$lookup` with a pipeline of its own, which does not depend on
//! that document (MongoDB 3.6). The answer is one document, of 16 MB at most, so few questions are asked this way.

use engine::store::{Answers, ReadError, Reads};
use futures::TryStreamExt;
use mongodb::bson::{Bson, Document, doc};

use crate::{
    MongoStore,
    store::{
        counts_of, edge_ids, edge_of, edges_in_order, node_ids, nodes_in_order, page_of,
        sums_in_order, unread,
    },
};

/// More questions than this are asked shape by shape, whose answers have no bound.
const MOST: usize = 1_000;

impl MongoStore {
    pub(crate) async fn read_together(&self, reads: &Reads) -> Result<Answers, ReadError> {
        let mut stages = Vec::new();
        let mut look = |into: String, from: &str, pipeline: Vec<Document>| {
            let look = doc! { "from": from, "let": {}, "pipeline": pipeline, "as": into };
            stages.push(doc! { "$lookup": look });
        };
        let by_ids = |ids: Vec<Bson>| vec![doc! { "$match": { "_id": { "$in": ids } } }];
        if !reads.nodes.is_empty() {
            look("nodes".to_owned(), "nodes", by_ids(node_ids(&reads.nodes)));
        }
        if !reads.edges.is_empty() {
            look("edges".to_owned(), "edges", by_ids(edge_ids(&reads.edges)));
        }
        if !reads.counts.is_empty() {
            let pipeline = vec![doc! { "$match": counts_of(&reads.counts) }];
            look("counts".to_owned(), "counts", pipeline);
        }
        for (number, range) in reads.ranges.iter().enumerate() {
            let Some((list, order, limit)) = page_of(*range) else { continue };
            let pipeline =
                vec![doc! { "$match": list }, doc! { "$sort": order }, doc! { "$limit": limit }];
            look(format!("range_{number}"), "edges", pipeline);
        }
        if stages.is_empty() {
            return Ok(answers(reads, &Document::new()));
        }
        let size = reads.nodes.len() + reads.edges.len() + reads.counts.len();
        if size > MOST {
            return self.read_apart(reads).await;
        }
        stages.insert(0, doc! { "$match": { "_id": "version" } });
        let found = self.collection("meta").aggregate(stages).await.map_err(unread)?;
        let found: Vec<Document> = found.try_collect().await.map_err(unread)?;
        match found.first() {
            Some(found) => Ok(answers(reads, found)),
            None => Err(ReadError("the database has lost its version".to_owned())),
        }
    }

    async fn read_apart(&self, reads: &Reads) -> Result<Answers, ReadError> {
        use engine::store::Store;
        Ok(Answers {
            nodes: self.nodes(&reads.nodes).await?,
            edges: self.edges(&reads.edges).await?,
            ranges: self.ranges(&reads.ranges).await?,
            counts: self.counts(&reads.counts).await?,
        })
    }
}

fn answers(reads: &Reads, found: &Document) -> Answers {
    let list = |name: &str| -> Vec<Document> {
        let found = found.get_array(name).map(Vec::as_slice).unwrap_or_default();
        found.iter().filter_map(Bson::as_document).cloned().collect()
    };
    let page = |number| list(&format!("range_{number}")).iter().map(edge_of).collect();
    Answers {
        nodes: nodes_in_order(&reads.nodes, &list("nodes")),
        edges: edges_in_order(&reads.edges, &list("edges")),
        ranges: (0..reads.ranges.len()).map(page).collect(),
        counts: sums_in_order(&reads.counts, &list("counts")),
    }
}
