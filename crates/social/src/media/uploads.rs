//! Uploads under way: equal files that come at the same moment are processed once, and media of one account commits one
//! after the other. Both only save work: what is right is decided in the commit, for there may be other processes.

use std::{
    collections::HashMap,
    path::Path,
    sync::{Arc, Weak},
};

use graph::Id;
use parking_lot::Mutex;
use sha2::{Digest, Sha256};
use tokio::sync::{self, MutexGuard, OnceCell};

use super::pipeline::{Pipeline, PipelineError, Processed, Purpose};
use crate::{accounts::model::Account, turns::Turns};

/// What is under way in this process.
pub struct Uploads {
    flights: Mutex<HashMap<Cargo, Weak<Flight>>>,
    turns: Turns,
}

/// SHA-256 of a file, and what it is for.
type Cargo = ([u8; 32], Purpose);

/// One file on its way through the pipeline, with all who brought it.
pub(super) struct Flight {
    made: OnceCell<(tempfile::TempDir, Processed)>,
    /// One after the other takes hold of what was made: at once they would only conflict.
    pub(super) gate: sync::Mutex<()>,
}

impl Uploads {
    /// None.
    pub fn new() -> Uploads {
        Uploads { flights: Mutex::new(HashMap::new()), turns: Turns::default() }
    }

    /// How many are on a flight.
    #[cfg(test)]
    pub(super) fn waiting(&self) -> usize {
        self.flights.lock().values().map(Weak::strong_count).sum()
    }

    /// Waits until it is this account's turn to commit.
    pub(super) async fn turn_of(&self, owner: Id<Account>) -> MutexGuard<'_, ()> {
        self.turns.of(owner).await
    }

    /// The flight of a file: a new one, or the one that others who bring the same are on.
    pub(super) async fn flight(
        &self,
        path: &Path,
        purpose: Purpose,
    ) -> Result<Arc<Flight>, PipelineError> {
        let hash = hash_of(path).await?;
        let mut flights = self.flights.lock();
        if let Some(flight) = flights.get(&(hash, purpose)).and_then(Weak::upgrade) {
            return Ok(flight);
        }
        flights.retain(|_, flight| flight.strong_count() > 0);
        let flight = Arc::new(Flight { made: OnceCell::new(), gate: sync::Mutex::new(()) });
        flights.insert((hash, purpose), Arc::downgrade(&flight));
        Ok(flight)
    }
}

impl Default for Uploads {
    fn default() -> Uploads {
        Uploads::new()
    }
}

impl Flight {
    /// What the pipeline makes of the file: by the first who asks; by the next if that one leaves or fails.
    pub(super) async fn made(
        &self,
        pipeline: &Pipeline,
        path: &Path,
        purpose: Purpose,
    ) -> Result<&Processed, PipelineError> {
        let made = self.made.get_or_try_init(async || {
            let folder = tempfile::tempdir()?;
            let made = pipeline.process(path, folder.path(), purpose).await?;
            Ok::<_, PipelineError>((folder, made))
        });
        made.await.map(|(_, made)| made)
    }
}

async fn hash_of(path: &Path) -> Result<[u8; 32], PipelineError> {
    let path = path.to_owned();
    let hashed = tokio::task::spawn_blocking(move || {
        let mut hasher = Sha256::new();
        std::io::copy(&mut std::fs::File::open(path)?, &mut hasher)?;
        Ok(hasher.finalize().into())
    });
    hashed.await.map_err(|_| PipelineError::Internal("its reading was cut off"))?
}
