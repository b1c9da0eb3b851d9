//! What can go wrong under any verb: an engine is away, or two people changed one thing at once.

use graph::{CommitError, ReadError};

/// A verb could not be carried out for a reason that is not the caller's. Nothing of it happened, except where
/// an engine did not say.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// An engine is away or full: try again later.
    #[error("{0}")]
    Unavailable(String),
    /// Others changed the same thing again and again: try again.
    #[error("somebody else changed this at the same moment")]
    Busy,
    /// A defect, or a store from a newer release.
    #[error("{0}")]
    Defect(String),
}

impl From<ReadError> for Fault {
    fn from(error: ReadError) -> Fault {
        match error {
            ReadError::Unavailable(why) => Fault::Unavailable(why),
            ReadError::Corrupt { .. } => Fault::Defect(error.to_string()),
        }
    }
}

impl From<CommitError> for Fault {
    fn from(error: CommitError) -> Fault {
        match error {
            CommitError::Unavailable(why) => Fault::Unavailable(why),
            CommitError::Conflict { .. } | CommitError::KeyTaken { .. } => Fault::Busy,
            CommitError::Refused(_) => Fault::Defect(error.to_string()),
        }
    }
}

impl From<engine::store::ReadError> for Fault {
    fn from(error: engine::store::ReadError) -> Fault {
        Fault::Unavailable(error.0)
    }
}

impl From<engine::queue::QueueError> for Fault {
    fn from(error: engine::queue::QueueError) -> Fault {
        Fault::Unavailable(error.to_string())
    }
}

impl From<engine::blobs::BlobError> for Fault {
    fn from(error: engine::blobs::BlobError) -> Fault {
        Fault::Unavailable(error.to_string())
    }
}

impl From<engine::search::SearchError> for Fault {
    fn from(error: engine::search::SearchError) -> Fault {
        match error {
            engine::search::SearchError::Refused(why) => Fault::Defect(why),
            engine::search::SearchError::Unavailable(why) => Fault::Unavailable(why),
        }
    }
}
