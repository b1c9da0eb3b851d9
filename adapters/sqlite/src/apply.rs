//! What each operation of a batch does to the tables.

use bytes::Bytes;
use engine::store::{
    CommitError, Counted, EdgeRef, Expect, NodeKind, OnExisting, OnMissing, Op, Outcome,
};
use rusqlite::{
    OptionalExtension,
    types::{ToSqlOutput, ValueRef},
};

use crate::{error::Fault, sql, writer::Tx};

/// A number as SQLite has it; one that no id can be finds nothing.
pub fn number(id: u64) -> i64 {
    i64::try_from(id).unwrap_or(-1)
}

/// A time as SQLite has it: the end of days at the latest.
pub fn time(ms: u64) -> i64 {
    i64::try_from(ms).unwrap_or(i64::MAX)
}

/// A body, readable in SQLite's own shell where it is text.
pub fn body(bytes: &Bytes) -> ToSqlOutput<'_> {
    ToSqlOutput::Borrowed(match std::str::from_utf8(bytes) {
        Ok(_) => ValueRef::Text(bytes),
        Err(_) => ValueRef::Blob(bytes),
    })
}

/// Applies a batch, one outcome per operation.
pub fn batch(tx: &mut Tx, batch: &[Op]) -> Result<Vec<Outcome>, Fault> {
    let mut outcomes = Vec::with_capacity(batch.len());
    for (op, operation) in batch.iter().enumerate() {
        outcomes.push(apply(tx, op, operation)?);
    }
    Ok(outcomes)
}

fn done(changed: bool, number: u64) -> Result<Outcome, Fault> {
    Ok(Outcome { changed, number })
}

fn apply(tx: &mut Tx, op: usize, operation: &Op) -> Result<Outcome, Fault> {
    let conflict = || Err(Fault::Refused(CommitError::Conflict { op }));
    match operation {
        Op::Put { kind, id, body, expect } => {
            let node = state(tx, *id)?;
            if node.is_some_and(|(other, _)| other != *kind) || !holds(node, *kind, *expect) {
                return conflict();
            }
            put(tx, node, *kind, *id, body)
        }
        Op::Remove { kind, id, expect } => {
            let node = state(tx, *id)?;
            if !holds(node, *kind, *expect) {
                return conflict();
            }
            // A node of another kind is not there for this operation.
            if !holds(node, *kind, Expect::Present) {
                return done(false, 0);
            }
            tx.connection.prepare_cached(sql::DELETE_NODE)?.execute([number(*id)])?;
            done(true, 0)
        }
        Op::Guard { kind, id, expect } => match holds(state(tx, *id)?, *kind, *expect) {
            true => done(false, 0),
            false => conflict(),
        },
        Op::GuardEdge { edge, exists } => match place(tx, edge)?.is_some() == *exists {
            true => done(false, 0),
            false => conflict(),
        },
        Op::Link { edge, ord, flags, data, counted, on_existing } => {
            if insert(tx, edge, *ord, *flags, data)? {
                count(tx, edge, *counted, 1);
                return done(true, 0);
            }
            // The member is there, or another one has the place.
            match on_existing {
                OnExisting::Keep if place(tx, edge)?.is_some() => done(false, 0),
                OnExisting::Keep | OnExisting::Conflict => conflict(),
            }
        }
        Op::Unlink { edge, counted, on_missing } => match (place(tx, edge)?, on_missing) {
            (Some(ord), _) => {
                let at = (number(edge.from), edge.kind.0, ord);
                tx.connection.prepare_cached(sql::DELETE_EDGE)?.execute(at)?;
                count(tx, edge, *counted, -1);
                done(true, 0)
            }
            (None, OnMissing::Conflict) => conflict(),
            (None, OnMissing::Ignore) => done(false, 0),
        },
        Op::Move { edge, ord } => {
            let Some(old) = place(tx, edge)? else { return conflict() };
            if old == number(*ord) {
                return done(false, 0);
            }
            let change = (number(edge.from), edge.kind.0, old, number(*ord));
            match tx.connection.prepare_cached(sql::MOVE_EDGE)?.execute(change)? {
                0 => conflict(),
                _ => done(true, 0),
            }
        }
        Op::Flag { edge, ord, set, clear, must_change } => {
            let old = whole(tx, edge)?;
            let before = old.as_ref().map_or(0, |edge| edge.flags);
            let after = (before | set) & !clear;
            if before == after {
                return if *must_change { conflict() } else { done(false, before.into()) };
            }
            match old {
                Some(old) => {
                    let change = (number(edge.from), edge.kind.0, old.ord, after);
                    tx.connection.prepare_cached(sql::FLAG_EDGE)?.execute(change)?;
                }
                None => {
                    if !insert(tx, edge, *ord, after, &Bytes::new())? {
                        return conflict();
                    }
                }
            }
            done(true, before.into())
        }
        Op::Annotate { edge, data } => {
            let Some(old) = whole(tx, edge)? else { return conflict() };
            let change = (number(edge.from), edge.kind.0, old.ord, body(data));
            tx.connection.prepare_cached(sql::ANNOTATE_EDGE)?.execute(change)?;
            done(old.data != *data, 0)
        }
        Op::Claim { space, name, id } => {
            let mut find = tx.connection.prepare_cached(sql::KEY)?;
            let holder = find.query_row((space.0, name), |row| row.get::<_, i64>(0)).optional()?;
            match holder {
                Some(holder) if holder == number(*id) => done(false, 0),
                Some(_) => Err(Fault::Refused(CommitError::KeyTaken { op })),
                None => {
                    let key = (space.0, name, number(*id));
                    tx.connection.prepare_cached(sql::INSERT_KEY)?.execute(key)?;
                    done(true, 0)
                }
            }
        }
        Op::Release { space, name, id } => {
            let key = (space.0, name, number(*id));
            match tx.connection.prepare_cached(sql::DELETE_KEY)?.execute(key)? {
                0 => conflict(),
                _ => done(true, 0),
            }
        }
        Op::Sequence { space, name } => {
            let mut next = tx.connection.prepare_cached(sql::SEQUENCE)?;
            let number = next.query_row((space.0, name), |row| row.get::<_, i64>(0))?;
            done(true, number.unsigned_abs())
        }
        Op::Emit { id, topic, body: event } => {
            let event = (number(*id), topic, body(event));
            match tx.connection.prepare_cached(sql::INSERT_EVENT)?.execute(event)? {
                0 => conflict(),
                _ => done(true, 0),
            }
        }
    }
}

type State = Option<(NodeKind, u64)>;

fn state(tx: &Tx, id: u64) -> rusqlite::Result<State> {
    let mut find = tx.connection.prepare_cached(sql::NODE_STATE)?;
    let read =
        |row: &rusqlite::Row| Ok((NodeKind(row.get(0)?), row.get::<_, i64>(1)?.unsigned_abs()));
    find.query_row([number(id)], read).optional()
}

fn holds(node: State, kind: NodeKind, expect: Expect) -> bool {
    let own = node.filter(|(other, _)| *other == kind);
    match expect {
        Expect::Any => true,
        Expect::Absent => node.is_none(),
        Expect::Present => own.is_some(),
        Expect::Version(version) => own.is_some_and(|(_, is)| is == version),
    }
}

fn put(tx: &Tx, node: State, kind: NodeKind, id: u64, new: &Bytes) -> Result<Outcome, Fault> {
    match node {
        None => {
            let values = (number(id), kind.0, body(new));
            tx.connection.prepare_cached(sql::INSERT_NODE)?.execute(values)?;
            done(true, 1)
        }
        Some((_, version)) => {
            let values = (number(id), number(version + 1), body(new));
            tx.connection.prepare_cached(sql::UPDATE_NODE)?.execute(values)?;
            done(true, version + 1)
        }
    }
}

fn place(tx: &Tx, edge: &EdgeRef) -> rusqlite::Result<Option<i64>> {
    let mut find = tx.connection.prepare_cached(sql::EDGE_PLACE)?;
    let ends = (number(edge.from), edge.kind.0, number(edge.to));
    find.query_row(ends, |row| row.get(0)).optional()
}

struct Whole {
    ord: i64,
    flags: u32,
    data: Bytes,
}

fn whole(tx: &Tx, edge: &EdgeRef) -> rusqlite::Result<Option<Whole>> {
    let mut find = tx.connection.prepare_cached(sql::EDGE)?;
    let ends = (number(edge.from), edge.kind.0, number(edge.to));
    let read = |row: &rusqlite::Row| {
        let data = Bytes::copy_from_slice(row.get_ref(2)?.as_bytes()?);
        Ok(Whole { ord: row.get(0)?, flags: row.get(1)?, data })
    };
    find.query_row(ends, read).optional()
}

/// Whether the edge was made: its ends and its place were both free.
pub fn insert(
    tx: &Tx,
    edge: &EdgeRef,
    ord: u64,
    flags: u32,
    data: &Bytes,
) -> rusqlite::Result<bool> {
    let values = (number(edge.from), edge.kind.0, number(ord), number(edge.to), flags, body(data));
    Ok(tx.connection.prepare_cached(sql::INSERT_EDGE)?.execute(values)? == 1)
}

/// Changes the count of the edge's list, if it keeps one.
pub fn count(tx: &mut Tx, edge: &EdgeRef, counted: Counted, by: i64) {
    if counted == Counted::Yes {
        tx.count(number(edge.from), edge.kind.0.into(), by);
    }
}
