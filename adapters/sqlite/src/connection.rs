//! How each kind of connection is set up.

use std::{path::Path, time::Duration};

use rusqlite::{Connection, OpenFlags, config::DbConfig};

use crate::error::OpenError;

/// The one that writes.
pub fn writing(path: &Path) -> Result<Connection, OpenError> {
    let connection = open(path).map_err(OpenError::doing("opened"))?;
    prepare_writing(&connection).map_err(OpenError::doing("prepared for writing"))?;
    Ok(connection)
}

fn prepare_writing(connection: &Connection) -> rusqlite::Result<()> {
    connection.busy_timeout(Duration::from_secs(10))?;
    // Some file systems cannot have a log with shared memory; SQLite then quietly keeps its old journal.
    let journal: String =
        connection.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get(0))?;
    if journal != "wal" {
        let failure = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_CANTOPEN);
        let why = "the file system does not support a write-ahead log";
        return Err(rusqlite::Error::SqliteFailure(failure, Some(why.to_owned())));
    }
    connection.pragma_update(None, "synchronous", "FULL")?;
    // Checkpoints have their own thread: in a commit they would be its slowest percent.
    connection.pragma_update(None, "wal_autocheckpoint", 0)?;
    connection.pragma_update(None, "cache_size", -16_000)?;
    Ok(())
}

/// The one that carries the log into the file. It never waits for others, unless told to.
pub fn checkpointing(path: &Path) -> Result<Connection, OpenError> {
    let prepare = || {
        let connection = open(path)?;
        connection.busy_timeout(Duration::ZERO)?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.pragma_update(None, "wal_autocheckpoint", 0)?;
        Ok(connection)
    };
    prepare().map_err(OpenError::doing("opened for checkpoints"))
}

/// One of those that read.
pub fn reading(path: &Path) -> rusqlite::Result<Connection> {
    let connection = open(path)?;
    connection.busy_timeout(Duration::from_secs(5))?;
    connection.pragma_update(None, "query_only", true)?;
    connection.pragma_update(None, "cache_size", -4_000)?;
    Ok(connection)
}

fn open(path: &Path) -> rusqlite::Result<Connection> {
    // Each connection is used by one thread at a time, so SQLite need not lock it again.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_CREATE
        | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.set_prepared_statement_cache_capacity(64);
    // The last one to close would checkpoint, even after a disk error; closing does it in its own order.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    connection.pragma_update(None, "mmap_size", 0)?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    Ok(connection)
}
