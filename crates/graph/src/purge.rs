//! The generic purge: takes apart all lists of a node, page by page, so that no feature writes its own.

use engine::store::{EdgeKind, EdgeRef, OnMissing, Op, Order, Range};

use crate::{Batch, EdgeDecl, Graph, Purge, ReadError};

/// How many edges one step takes: with inverses it stays well under a batch.
const STEP: usize = 100;

/// One page of a purge: first purge the parts, then commit the batch. In that order, a process that dies between
/// leaves the edges that still lead to the parts.
#[derive(Debug)]
pub struct PurgeStep {
    /// Members that are parts of the owner: `(list, member)`.
    pub parts: Vec<(EdgeKind, u64)>,
    /// Takes the page's edges out, inverses with them. Idempotent.
    pub batch: Batch,
}

/// The next page of edges that start at `owner`; `None` when nothing is left.
pub async fn purge_page(
    graph: &Graph,
    owner: u64,
    edges: &[EdgeDecl],
) -> Result<Option<PurgeStep>, ReadError> {
    for decl in edges {
        let range = Range {
            from: owner,
            kind: decl.kind,
            below: None,
            above: None,
            order: Order::Oldest,
            limit: STEP,
        };
        // Straight from the store: a cached head must not hide what is left.
        let page = graph.store().ranges(&[range]).await.map_err(ReadError::from)?.remove(0);
        if page.is_empty() {
            continue;
        }
        let mut batch = Batch::new();
        let mut parts = Vec::new();
        for member in page {
            let edge = EdgeRef { from: owner, kind: decl.kind, to: member.to };
            let on_missing = OnMissing::Ignore;
            batch.op(Op::Unlink { edge, counted: decl.counted, on_missing });
            if let Some((kind, counted)) = decl.inverse {
                let edge = EdgeRef { from: member.to, kind, to: owner };
                batch.op(Op::Unlink { edge, counted, on_missing });
            }
            if decl.purge == Purge::Members {
                parts.push((decl.kind, member.to));
            }
        }
        return Ok(Some(PurgeStep { parts, batch }));
    }
    Ok(None)
}
