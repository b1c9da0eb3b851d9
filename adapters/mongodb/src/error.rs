//! What can go wrong, in words for whoever can mend it.

use engine::store::CommitError;
use mongodb::{
    bson::Document,
    error::{Error, ErrorKind, TRANSIENT_TRANSACTION_ERROR, WriteFailure},
};

/// Why a database did not open. No message holds a password.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The URL makes no sense.
    #[error(
        "this is no MongoDB URL: {0}; one looks like mongodb://user:password@host:27017/sociosphere?replicaSet=rs0"
    )]
    Url(String),
    /// The URL names no database.
    #[error("the URL names no database: write mongodb://host:27017/sociosphere?replicaSet=rs0")]
    NoDatabase,
    /// Nobody answers, or not to us.
    #[error("MongoDB does not answer: {0}")]
    Away(String),
    /// No transactions.
    #[error(
        "this MongoDB is a stand-alone server and has no transactions: start it with `--replSet rs0`, then run \
         `mongosh --eval 'rs.initiate()'` once"
    )]
    Alone,
    /// An old one.
    #[error("MongoDB {found} is too old: 4.4 or newer is needed")]
    Old {
        /// Its version.
        found: String,
    },
    /// A newer SocioSphere was here.
    #[error(
        "the database is at version {found}, and this program knows versions up to {known}: use a newer one"
    )]
    Newer {
        /// What is there.
        found: i64,
        /// What we know.
        known: i64,
    },
    /// An index of ours cannot be made, or is there and is another one.
    #[error("the database could not be brought to this version: {0}")]
    Migration(String),
}

impl From<Error> for OpenError {
    fn from(error: Error) -> Self {
        match error.kind.as_ref() {
            ErrorKind::Authentication { .. } => {
                OpenError::Away("the user or the password is wrong".to_owned())
            }
            _ => OpenError::Away(said(&error)),
        }
    }
}

/// What the driver says, on one line.
pub fn said(error: &Error) -> String {
    match error.kind.as_ref() {
        ErrorKind::Command(command) => format!("{} ({})", command.message, command.code_name),
        ErrorKind::ServerSelection { message, .. } => message.clone(),
        kind => kind.to_string(),
    }
}

/// Why a transaction did not happen.
#[derive(Debug)]
pub enum Fault {
    /// The batch cannot commit.
    Refused(CommitError),
    /// Somebody was faster, or the server changed its mind: another try may succeed.
    Again(String),
    /// It cannot be said, or not be done.
    Failed(String),
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        let again = error.contains_label(TRANSIENT_TRANSACTION_ERROR) || is_duplicate(&error);
        if again { Fault::Again(said(&error)) } else { Fault::Failed(said(&error)) }
    }
}

/// The code of a unique index that has the value already.
pub const DUPLICATE: i32 = 11_000;

/// A duplicate key has three shapes.
pub fn is_duplicate(error: &Error) -> bool {
    match error.kind.as_ref() {
        ErrorKind::Write(WriteFailure::WriteError(write)) => write.code == DUPLICATE,
        ErrorKind::InsertMany(many) => {
            many.write_errors.iter().flatten().any(|write| write.code == DUPLICATE)
        }
        ErrorKind::Command(command) => command.code == DUPLICATE,
        _ => false,
    }
}

/// The statement of a write command that the server refused: `(index, code, message)`.
pub fn refused(answer: &Document) -> Option<(usize, i32, String)> {
    let first = answer.get_array("writeErrors").ok()?.first()?.as_document()?;
    let index = first.get_i32("index").ok().and_then(|index| usize::try_from(index).ok())?;
    let message = first.get_str("errmsg").unwrap_or("a write was refused").to_owned();
    Some((index, first.get_i32("code").unwrap_or(0), message))
}
