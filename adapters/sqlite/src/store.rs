//! [`Store`] on the tables: reads by prepared single-row statements inside one read transaction, writes by the
//! writer.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use bytes::Bytes;
use engine::{
    memory::store::check_batch,
    store::{
        CommitError, EdgeKind, EdgeRecord, EdgeRef, KeySpace, LeasedEvent, NodeKind, NodeRecord,
        Op, Order, Outcome, Range, ReadError, Store,
    },
};
use rusqlite::{Connection, OptionalExtension, Row};
use tokio::sync::Notify;

use crate::{
    SqliteStore,
    apply::{self, number, time},
    sql,
    writer::Tx,
};

/// A column of bytes, whether it was stored as text or not.
pub fn bytes(row: &Row, column: usize) -> rusqlite::Result<Bytes> {
    Ok(Bytes::copy_from_slice(row.get_ref(column)?.as_bytes()?))
}

/// A column that holds an id, a place, a time or a fence: never negative.
pub fn unsigned(row: &Row, column: usize) -> rusqlite::Result<u64> {
    Ok(row.get::<_, i64>(column)?.unsigned_abs())
}

/// A limit as SQLite has it.
pub fn most(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

/// So many new fences; the first of them. They are never given out again.
pub fn fences(tx: &Tx, many: usize) -> rusqlite::Result<i64> {
    let many = most(many);
    let last: i64 =
        tx.connection.prepare_cached(sql::FENCES)?.query_row([many], |row| row.get(0))?;
    Ok(last - many + 1)
}

/// A write that cannot conflict fails only because the store is away.
pub fn unavailable(error: CommitError) -> ReadError {
    match error {
        CommitError::Unavailable(reason) => ReadError(reason),
        other => ReadError(other.to_string()),
    }
}

#[async_trait]
impl Store for SqliteStore {
    async fn commit(&self, batch: Vec<Op>) -> Result<Vec<Outcome>, CommitError> {
        check_batch(&batch)?;
        let emits = batch.iter().any(|op| matches!(op, Op::Emit { .. }));
        let outcomes = self.writer.write(move |tx| apply::batch(tx, &batch)).await?;
        if emits {
            // Wakes everyone who waits, and leaves a permit for who is just about to.
            self.emitted.notify_waiters();
            self.emitted.notify_one();
        }
        Ok(outcomes)
    }

    async fn nodes(&self, ids: &[(NodeKind, u64)]) -> Result<Vec<Option<NodeRecord>>, ReadError> {
        self.readers.read(|connection| {
            let mut find = connection.prepare_cached(sql::NODE)?;
            let mut read = |(kind, id): &(NodeKind, u64)| {
                let node = |row: &Row| {
                    let (version, body) = (unsigned(row, 0)?, bytes(row, 1)?);
                    Ok(NodeRecord { kind: *kind, id: *id, version, body })
                };
                find.query_row((number(*id), kind.0), node).optional()
            };
            ids.iter().map(&mut read).collect()
        })
    }

    async fn edges(&self, edges: &[EdgeRef]) -> Result<Vec<Option<EdgeRecord>>, ReadError> {
        self.readers.read(|connection| {
            let mut find = connection.prepare_cached(sql::EDGE)?;
            let mut read = |edge: &EdgeRef| {
                let record = |row: &Row| {
                    Ok(EdgeRecord {
                        from: edge.from,
                        kind: edge.kind,
                        ord: unsigned(row, 0)?,
                        to: edge.to,
                        flags: row.get(1)?,
                        data: bytes(row, 2)?,
                    })
                };
                let ends = (number(edge.from), edge.kind.0, number(edge.to));
                find.query_row(ends, record).optional()
            };
            edges.iter().map(&mut read).collect()
        })
    }

    async fn ranges(&self, ranges: &[Range]) -> Result<Vec<Vec<EdgeRecord>>, ReadError> {
        self.readers.read(|connection| ranges.iter().map(|range| page(connection, range)).collect())
    }

    async fn counts(&self, lists: &[(u64, EdgeKind)]) -> Result<Vec<u64>, ReadError> {
        self.readers.read(|connection| {
            let mut find = connection.prepare_cached(sql::COUNT)?;
            let mut read = |(from, kind): &(u64, EdgeKind)| {
                let n = find.query_row((number(*from), kind.0), |row| row.get::<_, i64>(0));
                // A count below zero is wrong, and `miscounts` says so; people are shown none.
                Ok(n.optional()?.map_or(0, |n| u64::try_from(n).unwrap_or(0)))
            };
            lists.iter().map(&mut read).collect()
        })
    }

    async fn keys(&self, names: &[(KeySpace, &str)]) -> Result<Vec<Option<u64>>, ReadError> {
        self.readers.read(|connection| {
            let mut find = connection.prepare_cached(sql::KEY)?;
            let mut read = |(space, name): &(KeySpace, &str)| {
                find.query_row((space.0, name), |row| unsigned(row, 0)).optional()
            };
            names.iter().map(&mut read).collect()
        })
    }

    async fn lease_events(
        &self,
        limit: usize,
        now_ms: u64,
        lease: Duration,
    ) -> Result<Vec<LeasedEvent>, ReadError> {
        let until = time(now_ms.saturating_add(lease.as_millis() as u64));
        let work = move |tx: &mut Tx| {
            let mut find = tx.connection.prepare_cached(sql::FREE_EVENTS)?;
            let event = |row: &Row| {
                let (id, topic, body) = (unsigned(row, 0)?, row.get(1)?, bytes(row, 2)?);
                Ok(LeasedEvent { id, topic, body, fence: 0 })
            };
            let events = find.query_map((time(now_ms), most(limit)), event)?;
            let mut events = events.collect::<rusqlite::Result<Vec<_>>>()?;
            if events.is_empty() {
                return Ok(events);
            }
            let first = fences(tx, events.len())?;
            let mut lease = tx.connection.prepare_cached(sql::LEASE_EVENT)?;
            for (event, fence) in events.iter_mut().zip(first..) {
                lease.execute((number(event.id), until, fence))?;
                event.fence = fence.unsigned_abs();
            }
            Ok(events)
        };
        self.writer.write(work).await.map_err(unavailable)
    }

    async fn settle_events(&self, events: &[(u64, u64)]) -> Result<usize, ReadError> {
        let events = events.to_vec();
        let work = move |tx: &mut Tx| {
            let mut settle = tx.connection.prepare_cached(sql::SETTLE_EVENT)?;
            let mut settled = 0;
            for (id, fence) in events {
                settled += settle.execute((number(id), number(fence)))?;
            }
            Ok(settled)
        };
        self.writer.write(work).await.map_err(unavailable)
    }

    fn emitted(&self) -> Arc<Notify> {
        self.emitted.clone()
    }
}

fn page(connection: &Connection, range: &Range) -> rusqlite::Result<Vec<EdgeRecord>> {
    // Both bounds become inclusive, so that the largest place of all can be asked for.
    let low = range.above.map_or(Some(0), |above| i64::try_from(above).ok()?.checked_add(1));
    let high = range.below.map_or(Some(i64::MAX), |below| Some(time(below.checked_sub(1)?)));
    let (Some(low), Some(high)) = (low, high) else { return Ok(Vec::new()) };
    let sql = match range.order {
        Order::Newest => sql::NEWEST,
        Order::Oldest => sql::OLDEST,
    };
    let mut find = connection.prepare_cached(sql)?;
    let record = |row: &Row| {
        Ok(EdgeRecord {
            from: range.from,
            kind: range.kind,
            ord: unsigned(row, 0)?,
            to: unsigned(row, 1)?,
            flags: row.get(2)?,
            data: bytes(row, 3)?,
        })
    };
    let asked = (number(range.from), range.kind.0, low, high, most(range.limit));
    find.query_map(asked, record)?.collect()
}
