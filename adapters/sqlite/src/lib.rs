//! The store and the queue in one SQLite file: the default of a community on one machine.
//!
//! One thread writes: it takes what waits, commits it as one group with `synchronous=FULL`, and answers; an
//! answered commit is on the disk ([`writer`]). Reads run inline on connections of their own, each call in one
//! read transaction ([`readers`]). Checkpoints run beside both ([`checkpoints`]). The library is the bundled
//! one, never the system's, whose older versions can corrupt a file that several connections write.

mod apply;
mod checkpoints;
mod connection;
mod error;
mod jobs;
mod migrations;
mod readers;
mod sql;
mod store;
mod upkeep;
mod views;
mod writer;

#[cfg(test)]
mod tests;

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    sync::Arc,
};

use engine::store::Schema;
use tokio::sync::Notify;

pub use crate::error::OpenError;
use crate::{
    checkpoints::Checkpoints,
    readers::Readers,
    writer::{Health, Writer},
};

/// The oldest SQLite that is safe with several connections in WAL mode.
const OLDEST_SQLITE: i32 = 3_051_003;

/// The store and the queue in one file. Dropping it finishes what waits and closes the file.
pub struct SqliteStore {
    // In the order in which they must end: first nobody writes, then nobody reads, then the log is emptied into
    // the file, then the next process may come.
    writer: Writer,
    readers: Arc<Readers>,
    checkpoints: Checkpoints,
    /// `None` of who only reads beside another process.
    _lock: Option<File>,
    path: PathBuf,
    schema: Schema,
    health: Arc<Health>,
    emitted: Arc<Notify>,
    pushed: Arc<Notify>,
}

/// What the writer has done since it was opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Groups committed.
    pub commits: u64,
    /// Writes in them.
    pub writes: u64,
    /// Bytes in the write-ahead log after the last commit.
    pub wal_bytes: u64,
}

/// How a file is, for an operator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Look {
    /// How long a question took.
    pub latency: std::time::Duration,
    /// Size of the database, without its log.
    pub bytes: u64,
    /// Its journal mode.
    pub journal: String,
}

/// The version of the SQLite that is built in.
pub fn version() -> &'static str {
    rusqlite::version()
}

/// Looks at a file, without changing it and beside whoever has it open.
pub fn look(path: &Path) -> Result<Look, OpenError> {
    let began = std::time::Instant::now();
    let read = || {
        let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY;
        let connection = rusqlite::Connection::open_with_flags(path, flags)?;
        let number =
            |name: &str| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
        let bytes = number("page_count")?.unsigned_abs() * number("page_size")?.unsigned_abs();
        let journal = connection.pragma_query_value(None, "journal_mode", |row| row.get(0))?;
        Ok(Look { latency: began.elapsed(), bytes, journal })
    };
    read().map_err(|source| OpenError::Sqlite { doing: "read", source })
}

/// Opens the file at `path`, makes it if it is missing, and brings it to this version. Only one process may have
/// it open: the lock file beside it says so.
pub fn open(path: &Path, schema: Schema) -> Result<Arc<SqliteStore>, OpenError> {
    let version = rusqlite::version_number();
    if version < OLDEST_SQLITE {
        return Err(OpenError::OldSqlite(rusqlite::version().to_owned()));
    }
    let lock = lock(path)?;
    make_private(path)?;
    let mut connection = connection::writing(path)?;
    migrations::migrate(&mut connection, migrations::ALL, &mut |_| Ok(()))?;
    views::refresh(&mut connection, &schema)?;

    let health = Arc::new(Health::default());
    let checkpoints = Checkpoints::start(connection::checkpointing(path)?, health.clone())?;
    let writer = Writer::start(connection, health.clone(), checkpoints.bell())?;
    Ok(Arc::new(SqliteStore {
        writer,
        readers: Arc::new(Readers::new(path)),
        checkpoints,
        _lock: Some(lock),
        path: path.to_owned(),
        schema,
        health,
        emitted: Arc::new(Notify::new()),
        pushed: Arc::new(Notify::new()),
    }))
}

/// Opens the file beside the process that has it open, for reading only: every write is refused. For a copy of a store that
/// nobody writes to meanwhile.
pub fn open_beside(path: &Path, schema: Schema) -> Result<Arc<SqliteStore>, OpenError> {
    let connection = connection::reading(path).map_err(OpenError::doing("opened"))?;
    migrations::is_current(&connection, migrations::ALL)?;
    Ok(Arc::new(SqliteStore {
        writer: Writer::none(),
        readers: Arc::new(Readers::new(path)),
        checkpoints: Checkpoints::none(),
        _lock: None,
        path: path.to_owned(),
        schema,
        health: Arc::new(Health::default()),
        emitted: Arc::new(Notify::new()),
        pushed: Arc::new(Notify::new()),
    }))
}

impl SqliteStore {
    /// What the writer has done since the file was opened.
    pub fn stats(&self) -> Stats {
        self.health.stats()
    }
}

impl Drop for SqliteStore {
    fn drop(&mut self) {
        self.writer.stop();
        self.readers.close();
        self.checkpoints.stop();
    }
}

/// The lock of the operating system, which ends with the process however that ends.
fn lock(path: &Path) -> Result<File, OpenError> {
    let mut name = path.as_os_str().to_owned();
    name.push(".lock");
    let lock = PathBuf::from(name);
    let failed = |source| OpenError::File { path: lock.clone(), source };
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(failed)?;
    }
    let file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .mode(0o600)
        .open(&lock)
        .map_err(failed)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(OpenError::InUse { path: path.to_owned(), lock }),
        Err(TryLockError::Error(source)) => Err(failed(source)),
    }
}

/// The file holds secrets of people: only its owner reads it. SQLite gives its log the same rights.
fn make_private(path: &Path) -> Result<(), OpenError> {
    let mut options = OpenOptions::new();
    let options = options.create(true).truncate(false).write(true).mode(0o600);
    match options.open(path) {
        Ok(_) => Ok(()),
        Err(source) => Err(OpenError::File { path: path.to_owned(), source }),
    }
}
