//! What can go wrong, sorted by who must hear of it.

use std::path::PathBuf;

use engine::store::CommitError;
use rusqlite::ErrorCode;

/// Why a file could not be opened as a store.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another process, or another part of this one, has it open.
    #[error(
        "{} is in use: another process holds its lock file {}; stop that process first",
        path.display(),
        lock.display()
    )]
    InUse {
        /// The database.
        path: PathBuf,
        /// Its lock file.
        lock: PathBuf,
    },
    /// A newer binary wrote it.
    #[error(
        "the database has version {found}, and this binary knows versions up to {known}: run the newer \
         binary, or restore a backup made by this one"
    )]
    Newer {
        /// The version in the file.
        found: u32,
        /// The newest one that this binary knows.
        known: u32,
    },
    /// The process that has it open is an older one.
    #[error(
        "the database has version {found}, and this binary wants {known}: run the binary of the server that has it open"
    )]
    Older {
        /// The version in the file.
        found: u32,
        /// What this binary makes of a file that it may change.
        known: u32,
    },
    /// The SQLite library is one that can corrupt the file.
    #[error("SQLite {0} is too old: 3.51.3 or newer is needed")]
    OldSqlite(String),
    /// The file system refuses.
    #[error("{}: {source}", path.display())]
    File {
        /// What was asked for.
        path: PathBuf,
        /// What it said.
        source: std::io::Error,
    },
    /// SQLite refuses.
    #[error("the database cannot be {doing}: {source}")]
    Sqlite {
        /// What was tried.
        doing: &'static str,
        /// What it said.
        source: rusqlite::Error,
    },
    /// A thread could not be started.
    #[error("a thread of the store cannot be started: {0}")]
    Thread(std::io::Error),
}

impl OpenError {
    /// Adds what was tried to what SQLite said.
    pub fn doing(doing: &'static str) -> impl Fn(rusqlite::Error) -> Self {
        move |source| Self::Sqlite { doing, source }
    }
}

/// Why one write of a group did not go through.
pub enum Fault {
    /// It found something else than it expects: nobody else is concerned.
    Refused(CommitError),
    /// SQLite failed.
    Sqlite(rusqlite::Error),
}

impl From<rusqlite::Error> for Fault {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

/// Who is concerned by an error of SQLite.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Concerns {
    /// The write that met it.
    Write,
    /// All that waits; later writes may go through.
    Group,
    /// Everyone until the file is opened again: what is on the disk is not known.
    Everyone,
}

/// Sorts an error that a statement of one write met.
pub fn concerns(error: &rusqlite::Error) -> Concerns {
    match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull | ErrorCode::DatabaseBusy) => Concerns::Group,
        Some(ErrorCode::TooBig | ErrorCode::ConstraintViolation | ErrorCode::TypeMismatch)
        | None => Concerns::Write,
        Some(_) => Concerns::Everyone,
    }
}

/// Sorts an error of beginning or ending a group. A failed `fsync` may not be tried again: the kernel may
/// have dropped what it could not write, and the second try would succeed without it.
pub fn concerns_at_commit(error: &rusqlite::Error) -> Concerns {
    match concerns(error) {
        Concerns::Group => Concerns::Group,
        Concerns::Write | Concerns::Everyone => Concerns::Everyone,
    }
}

/// What people read; never a path or a statement.
pub fn reason(error: &rusqlite::Error) -> String {
    match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => "disk full".to_owned(),
        Some(ErrorCode::DatabaseBusy) => "the database is busy".to_owned(),
        Some(ErrorCode::SystemIoFailure) => "the disk failed".to_owned(),
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
            "the database is damaged".to_owned()
        }
        _ => error.to_string(),
    }
}
