//! [`Upkeep`] on the tables: walks by index, a recount, and a copy by SQLite's online backup.

use std::{fs, path::Path};

use async_trait::async_trait;
use engine::store::{
    Counted, EdgeKind, EdgeRecord, EdgeRef, KeySpace, NodeKind, NodeRecord, ReadError, Record,
    Records, Upkeep,
};
use rusqlite::{
    Connection, Row,
    backup::{Backup, StepResult},
};

use crate::{
    SqliteStore,
    apply::{body, count, insert, number},
    connection, sql,
    store::{bytes, most, unavailable, unsigned},
    writer::Tx,
};

#[async_trait]
impl Upkeep for SqliteStore {
    async fn scan_nodes(
        &self,
        kind: NodeKind,
        after: u64,
        limit: usize,
    ) -> Result<Vec<NodeRecord>, ReadError> {
        let node = |row: &Row| {
            let (id, version, body) = (unsigned(row, 0)?, unsigned(row, 1)?, bytes(row, 2)?);
            Ok(NodeRecord { kind, id, version, body })
        };
        let Ok(after) = i64::try_from(after) else { return Ok(Vec::new()) };
        self.readers.read(|connection| {
            let mut scan = connection.prepare_cached(sql::SCAN_NODES)?;
            scan.query_map((kind.0, after, most(limit)), node)?.collect()
        })
    }

    async fn scan_edges(
        &self,
        after: Option<EdgeRef>,
        limit: usize,
    ) -> Result<Vec<EdgeRecord>, ReadError> {
        let edge = |row: &Row| {
            Ok(EdgeRecord {
                from: unsigned(row, 0)?,
                kind: EdgeKind(row.get(1)?),
                to: unsigned(row, 2)?,
                ord: unsigned(row, 3)?,
                flags: row.get(4)?,
                data: bytes(row, 5)?,
            })
        };
        let (from, kind, to) = match after {
            Some(edge) => (number(edge.from), edge.kind.0, number(edge.to)),
            None => (0, 0, 0),
        };
        self.readers.read(|connection| {
            let mut scan = connection.prepare_cached(sql::SCAN_EDGES)?;
            scan.query_map((from, kind, to, most(limit)), edge)?.collect()
        })
    }

    async fn scan_keys(
        &self,
        after: Option<(KeySpace, String)>,
        limit: usize,
    ) -> Result<Vec<(KeySpace, String, u64)>, ReadError> {
        let key = |row: &Row| Ok((KeySpace(row.get(0)?), row.get(1)?, unsigned(row, 2)?));
        let (space, name) = match after {
            Some((space, name)) => (i64::from(space.0), name),
            None => (-1, String::new()),
        };
        self.readers.read(|connection| {
            let mut scan = connection.prepare_cached(sql::SCAN_KEYS)?;
            scan.query_map((space, name, most(limit)), key)?.collect()
        })
    }

    async fn miscounts(&self) -> Result<Vec<(u64, EdgeKind, u64, u64)>, ReadError> {
        let counted = self.schema.edges.iter().filter(|(_, _, counted)| *counted == Counted::Yes);
        let kinds: Vec<_> = counted.map(|(kind, _, _)| kind.0.to_string()).collect();
        let recount = format!(
            "SELECT from_id, kind, max(sum(kept), 0), sum(real) FROM (
                SELECT from_id, kind, n AS kept, 0 AS real FROM counts
                UNION ALL
                SELECT from_id, kind, 0, count(*) FROM edges WHERE kind IN ({})
                GROUP BY from_id, kind)
             GROUP BY from_id, kind HAVING sum(kept) <> sum(real) ORDER BY from_id, kind",
            kinds.join(", ")
        );
        let list = |row: &Row| {
            Ok((unsigned(row, 0)?, EdgeKind(row.get(1)?), unsigned(row, 2)?, unsigned(row, 3)?))
        };
        // All edges are read: not in a thread that serves.
        let readers = self.readers.clone();
        let recount = move || {
            readers.read(|connection| connection.prepare(&recount)?.query_map([], list)?.collect())
        };
        tokio::task::spawn_blocking(recount).await.unwrap_or_else(stopped)
    }

    async fn import(&self, records: Vec<Record>) -> Result<(), ReadError> {
        let schema = self.schema.clone();
        let work = move |tx: &mut Tx| {
            for record in &records {
                match record {
                    Record::Node(node) => {
                        let version = number(node.version);
                        let values = (number(node.id), node.kind.0, version, body(&node.body));
                        tx.connection.prepare_cached(sql::IMPORT_NODE)?.execute(values)?;
                    }
                    Record::Edge(edge) => {
                        let at = EdgeRef { from: edge.from, kind: edge.kind, to: edge.to };
                        let counts = schema.counts(edge.kind);
                        let counted = if counts { Counted::Yes } else { Counted::No };
                        if insert(tx, &at, edge.ord, edge.flags, &edge.data)? {
                            count(tx, &at, counted, 1);
                        }
                    }
                    Record::Key(space, name, id) => {
                        let key = (space.0, name, number(*id));
                        tx.connection.prepare_cached(sql::IMPORT_KEY)?.execute(key)?;
                    }
                }
            }
            Ok(())
        };
        self.writer.write(work).await.map_err(unavailable)
    }

    async fn records(&self) -> Result<Option<Records>, ReadError> {
        let readers = self.readers.clone();
        let count = move || {
            readers.read(|connection| {
                let count = |table: &str| {
                    let sql = format!("SELECT count(*) FROM {table}");
                    connection.query_row(&sql, [], |row| unsigned(row, 0))
                };
                let (nodes, edges) = (count("nodes")?, count("edges")?);
                Ok(Some(Records { nodes, edges, keys: count("keys")? }))
            })
        };
        tokio::task::spawn_blocking(count).await.unwrap_or_else(stopped)
    }

    async fn waiting_events(&self) -> Result<u64, ReadError> {
        self.readers.read(|connection| {
            let mut count = connection.prepare_cached("SELECT count(*) FROM outbox")?;
            count.query_row([], |row| unsigned(row, 0))
        })
    }

    async fn snapshot(&self, to: &Path) -> Result<(), ReadError> {
        let (from, to) = (self.path.clone(), to.to_owned());
        tokio::task::spawn_blocking(move || copy(&from, &to)).await.unwrap_or_else(stopped)
    }
}

fn stopped<T>(_: tokio::task::JoinError) -> Result<T, ReadError> {
    Err(ReadError("the process is stopping".to_owned()))
}

/// Copies one moment of the file. The copy has its name only when it is whole and on the disk.
fn copy(from: &Path, to: &Path) -> Result<(), ReadError> {
    let failed = |error: &dyn std::fmt::Display| {
        tracing::warn!("a copy of the store was not made: {error}");
        ReadError(format!("the copy was not made: {error}"))
    };
    if to.exists() {
        return Err(failed(&format!("{} is there already", to.display())));
    }
    let mut name = to.as_os_str().to_owned();
    name.push(".part");
    let part = Path::new(&name);
    // Left by a copy that was interrupted, if at all.
    let _ = fs::remove_file(part);
    backup(from, part).map_err(|error| failed(&error))?;
    let finish = || {
        fs::rename(part, to)?;
        match to.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => fs::File::open(folder)?.sync_all(),
            _ => Ok(()),
        }
    };
    finish().map_err(|error: std::io::Error| failed(&error))
}

fn backup(from: &Path, to: &Path) -> rusqlite::Result<()> {
    let source = connection::reading(from)?;
    let mut copy = Connection::open(to)?;
    {
        let backup = Backup::new(&source, &mut copy)?;
        // All pages in one read transaction: writers go on in the log, and the copy is of one moment.
        match backup.step(-1)? {
            StepResult::Done => {}
            _ => return Err(rusqlite::Error::ExecuteReturnedResults),
        }
    }
    // One file without a log beside it, easy to carry away. Opening it as a store brings the log back.
    copy.pragma_update(None, "journal_mode", "DELETE")?;
    copy.close().map_err(|(_, error)| error)
}
