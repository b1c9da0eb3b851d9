//! Whether the kept counts are the real ones, also while others write.
//!
//! Two sums over everything are of two moments, and one transaction that reads everything would outlive what servers grant.
//! So lists whose two sums differ are suspects, and are summed again, some at a time, in a transaction, which has one moment.
//! What is named is wrong. A wrong list that somebody writes to between the two sums may happen to agree: the next recount
//! names it.

use std::collections::BTreeMap;

use engine::{
    memory::store::state::List,
    store::{Counted, EdgeKind, ReadError, Schema},
};
use futures::{FutureExt, TryStreamExt};
use mongodb::{
    Client, ClientSession, Database,
    bson::{Bson, Document, doc},
    error::Error,
};

use crate::{
    store::{code, integer, list_of, signed, unread, unserved},
    transaction,
};

/// Suspects that are looked at in one transaction.
const AT_ONCE: usize = 50;

/// The kept count of a list, and the real one.
type Both = (i64, i64);

/// Lists whose kept count is not their real one.
pub async fn wrong(
    client: &Client,
    database: &Database,
    schema: &Schema,
) -> Result<Vec<(List, Both)>, ReadError> {
    let counted = schema.edges.iter().filter(|(_, _, counted)| *counted == Counted::Yes);
    let counted: Vec<i32> = counted.map(|(kind, _, _)| i32::from(kind.0)).collect();
    let suspects = differing(database, &counted, doc! {}, None).await.map_err(unread)?;
    let mut wrong = Vec::new();
    for suspects in suspects.chunks(AT_ONCE) {
        let these = suspects.iter().map(|((from, kind), _)| list_of(*from, kind.0));
        let these = doc! { "$or": these.collect::<Vec<_>>() };
        let looked = transaction::run(client, |session, _| {
            let (database, counted, these) = (database.clone(), counted.clone(), these.clone());
            async move { Ok(differing(&database, &counted, these, Some(session)).await?) }.boxed()
        });
        wrong.extend(looked.await.map_err(unserved)?);
    }
    Ok(wrong)
}

/// Those of these lists whose two sums differ; `counted` are the kinds of list that keep a count.
async fn differing(
    database: &Database,
    counted: &[i32],
    these: Document,
    mut session: Option<&mut ClientSession>,
) -> Result<Vec<(List, Both)>, Error> {
    let mut edges = these.clone();
    edges.insert("_id.kind", doc! { "$in": counted });
    let kept = sums(database, "counts", these, "$n".into(), session.as_deref_mut()).await?;
    let real = sums(database, "edges", edges, 1_i64.into(), session).await?;
    let mut both: BTreeMap<List, Both> = BTreeMap::new();
    for (list, n) in kept {
        both.entry(list).or_default().0 = n;
    }
    for (list, n) in real {
        both.entry(list).or_default().1 = n;
    }
    Ok(both.into_iter().filter(|(_, (kept, real))| kept != real).collect())
}

/// A sum a list, by the server.
async fn sums(
    database: &Database,
    collection: &str,
    matching: Document,
    sum: Bson,
    session: Option<&mut ClientSession>,
) -> Result<Vec<(List, i64)>, Error> {
    let list = doc! { "from": "$_id.from", "kind": "$_id.kind" };
    let group = doc! { "$group": { "_id": list, "sum": { "$sum": sum } } };
    let collection = database.collection::<Document>(collection);
    let sums = collection.aggregate([doc! { "$match": matching }, group]).allow_disk_use(true);
    let sums: Vec<Document> = match session {
        None => sums.await?.try_collect().await?,
        Some(session) => sums.session(&mut *session).await?.stream(session).try_collect().await?,
    };
    let sum = |document: &Document| {
        let list = document.get_document("_id").cloned().unwrap_or_default();
        let list = (integer(&list, "from"), EdgeKind(code(&list, "kind")));
        (list, signed(document.get("sum")))
    };
    Ok(sums.iter().map(sum).collect())
}
