//! The versions of the file, and how one becomes the next.
//!
//! A migration is one transaction, its own entry in `migrations` included: a process killed at any statement
//! leaves the version before, and the next start goes on from there. A released migration never changes; a
//! change is a new one.

use rusqlite::Connection;

use crate::error::OpenError;

/// One step from a version to the next.
pub struct Migration {
    /// Its number, without gaps from 1.
    pub version: u32,
    /// What it brings, for people who look.
    pub name: &'static str,
    /// What is done, in order.
    pub statements: &'static [&'static str],
}

/// All of them, in order.
pub const ALL: &[Migration] = &[Migration {
    version: 1,
    name: "nodes, edges, names, the outbox and jobs",
    statements: &[
        "CREATE TABLE nodes (
            id INTEGER PRIMARY KEY, kind INTEGER NOT NULL, version INTEGER NOT NULL, body NOT NULL)",
        "CREATE INDEX nodes_by_kind ON nodes (kind)",
        "CREATE TABLE edges (
            from_id INTEGER NOT NULL, kind INTEGER NOT NULL, ord INTEGER NOT NULL,
            to_id INTEGER NOT NULL, flags INTEGER NOT NULL, data NOT NULL,
            PRIMARY KEY (from_id, kind, ord)) WITHOUT ROWID",
        "CREATE UNIQUE INDEX edges_by_member ON edges (from_id, kind, to_id)",
        "CREATE TABLE counts (
            from_id INTEGER NOT NULL, kind INTEGER NOT NULL, n INTEGER NOT NULL,
            PRIMARY KEY (from_id, kind)) WITHOUT ROWID",
        "CREATE TABLE keys (
            space INTEGER NOT NULL, name TEXT NOT NULL, id INTEGER NOT NULL,
            PRIMARY KEY (space, name)) WITHOUT ROWID",
        "CREATE TABLE sequences (
            space INTEGER NOT NULL, name TEXT NOT NULL, n INTEGER NOT NULL,
            PRIMARY KEY (space, name)) WITHOUT ROWID",
        "CREATE TABLE counters (name TEXT NOT NULL PRIMARY KEY, n INTEGER NOT NULL) WITHOUT ROWID",
        "INSERT INTO counters (name, n) VALUES ('fence', 0)",
        "CREATE TABLE outbox (
            id INTEGER PRIMARY KEY, topic INTEGER NOT NULL, body NOT NULL,
            lease_until INTEGER NOT NULL DEFAULT 0, fence INTEGER NOT NULL DEFAULT 0)",
        "CREATE TABLE jobs (
            key TEXT NOT NULL PRIMARY KEY, kind TEXT NOT NULL, body NOT NULL,
            run_at INTEGER NOT NULL, priority INTEGER NOT NULL,
            attempt INTEGER NOT NULL DEFAULT 0, fence INTEGER NOT NULL DEFAULT 0,
            lease_until INTEGER NOT NULL DEFAULT 0, error TEXT NOT NULL DEFAULT '') WITHOUT ROWID",
        "CREATE INDEX jobs_waiting ON jobs (priority, run_at) WHERE lease_until = 0",
        "CREATE INDEX jobs_leased ON jobs (lease_until) WHERE lease_until > 0",
        "CREATE TABLE dead_jobs (
            key TEXT NOT NULL PRIMARY KEY, kind TEXT NOT NULL, body NOT NULL,
            run_at INTEGER NOT NULL, priority INTEGER NOT NULL, attempts INTEGER NOT NULL,
            error TEXT NOT NULL, died_at INTEGER NOT NULL) WITHOUT ROWID",
    ],
}];

/// Brings the file to the newest of `migrations`. `before` hears each statement before it runs and may stop
/// everything, as a kill would: tests stop it everywhere.
pub fn migrate(
    connection: &mut Connection,
    migrations: &[Migration],
    before: &mut dyn FnMut(&str) -> Result<(), OpenError>,
) -> Result<(), OpenError> {
    let mut run = |connection: &Connection, sql: &str| {
        before(sql)?;
        connection.execute_batch(sql).map_err(OpenError::doing("brought to this version"))
    };
    let found = version(connection).map_err(OpenError::doing("read"))?;
    let known = migrations.iter().map(|migration| migration.version).max().unwrap_or(0);
    if found > known {
        return Err(OpenError::Newer { found, known });
    }
    for migration in migrations.iter().filter(|migration| migration.version > found) {
        run(connection, "BEGIN IMMEDIATE")?;
        run(
            connection,
            "CREATE TABLE IF NOT EXISTS migrations (
                version INTEGER PRIMARY KEY, name TEXT NOT NULL, applied_at TEXT NOT NULL)",
        )?;
        for statement in migration.statements {
            run(connection, statement)?;
        }
        // The name is ours, and has no quote in it.
        let entry = format!(
            "INSERT INTO migrations (version, name, applied_at) VALUES ({}, '{}', datetime('now'))",
            migration.version, migration.name
        );
        run(connection, &entry)?;
        run(connection, "COMMIT")?;
    }
    Ok(())
}

/// Whether a file that may not be changed is at the newest version.
pub fn is_current(connection: &Connection, migrations: &[Migration]) -> Result<(), OpenError> {
    let found = version(connection).map_err(OpenError::doing("read"))?;
    let known = migrations.iter().map(|migration| migration.version).max().unwrap_or(0);
    match found.cmp(&known) {
        std::cmp::Ordering::Equal => Ok(()),
        std::cmp::Ordering::Greater => Err(OpenError::Newer { found, known }),
        std::cmp::Ordering::Less => Err(OpenError::Older { found, known }),
    }
}

fn version(connection: &Connection) -> rusqlite::Result<u32> {
    let exists = "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = 'migrations'";
    if connection.query_row(exists, [], |row| row.get::<_, u32>(0))? == 0 {
        return Ok(0);
    }
    connection.query_row("SELECT coalesce(max(version), 0) FROM migrations", [], |row| row.get(0))
}
