//! Connections that read, inline in the caller's thread.
//!
//! A read takes a connection that nobody uses, or opens one, so there are never more than threads that read at
//! once. A call's questions are answered inside one read transaction: they see one moment of the store, and
//! cost a third of what they cost apart.

use std::path::{Path, PathBuf};

use engine::store::ReadError;
use parking_lot::Mutex;
use rusqlite::Connection;

use crate::{connection, error::reason};

/// More connections than this are not kept for later.
const MOST_IDLE: usize = 32;

/// The connections that read.
pub struct Readers {
    path: PathBuf,
    /// The one used last is taken first: its cache is the warmest.
    idle: Mutex<Vec<Connection>>,
}

impl Readers {
    pub fn new(path: &Path) -> Self {
        Self { path: path.to_owned(), idle: Mutex::new(Vec::new()) }
    }

    /// Runs `read` inside one read transaction.
    pub fn read<T>(
        &self,
        read: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, ReadError> {
        let idle = self.idle.lock().pop();
        let answer = || {
            let connection = match idle {
                Some(connection) => connection,
                None => connection::reading(&self.path)?,
            };
            connection.prepare_cached("BEGIN")?.execute([])?;
            let answer = read(&connection)?;
            connection.prepare_cached("COMMIT")?.execute([])?;
            Ok((answer, connection))
        };
        // A connection that failed is closed, and its transaction with it.
        let (answer, connection) = answer().map_err(|error: rusqlite::Error| {
            tracing::warn!(%error, "a read of the store failed: {error}");
            ReadError(reason(&error))
        })?;
        let mut idle = self.idle.lock();
        if idle.len() < MOST_IDLE {
            idle.push(connection);
        }
        Ok(answer)
    }

    /// Closes those that nobody uses.
    pub fn close(&self) {
        self.idle.lock().clear();
    }
}
