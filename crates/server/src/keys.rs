//! The instance's keys: made at the first start, kept in the data folder, readable by its owner alone; or in the store, where
//! many processes share one.
//!
//! A key file that is missing beside existing data, or cannot be read, stops the start: new keys would end every session
//! and link without a word.

use std::{
    fs,
    io::Write,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use engine::store::{CommitError, Expect};
use graph::{Batch, Graph};
use rand::RngCore;
use social::{
    app::Secrets,
    keys::{KEY_RING, KeyRing},
};

/// Why the keys could not be had.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The file.
    #[error("{path}: {why}")]
    File {
        /// Which.
        path: PathBuf,
        /// What is wrong.
        why: String,
    },
    /// There is data, but no keys.
    #[error(
        "{path} is missing while there is data: put it back from a backup (without it every session and link \
         ends; to accept that, move {store} away or create new keys with `sociosphere keys new`)"
    )]
    Missing {
        /// The key file.
        path: PathBuf,
        /// The data.
        store: PathBuf,
    },
    /// Those in a shared store.
    #[error("the keys in the store: {0}")]
    Store(String),
}

/// Where the keys are.
pub fn path(data: &Path) -> PathBuf {
    data.join("keys.json")
}

/// The keys of a data folder; makes them where there is neither keys nor data.
pub fn load(data: &Path, store: &Path) -> Result<Secrets, KeyError> {
    let path = path(data);
    if path.exists() {
        return secrets(&path, &read(&path)?);
    }
    if store.exists() {
        return Err(KeyError::Missing { path, store: store.to_owned() });
    }
    create(&path)?;
    secrets(&path, &read(&path)?)
}

/// The keys of all processes that share a store: they stand in it. The first process brings those of its data folder, so
/// that a community that moves keeps its sessions and links, or makes new ones.
pub async fn shared(data: &Path, graph: &Graph) -> Result<Secrets, KeyError> {
    loop {
        let known =
            graph.get(KEY_RING).await.map_err(|error| KeyError::Store(error.to_string()))?;
        if let Some(ring) = known {
            return ring.secrets().ok_or_else(|| KeyError::Store("they are not whole".to_owned()));
        }
        let path = path(data);
        let ring = if path.exists() { read(&path)? } else { fresh() };
        secrets(&path, &ring)?;
        let mut batch = Batch::new();
        batch.put(KEY_RING, &ring, Expect::Absent);
        match graph.commit(batch).await {
            // Another process was faster: its keys are the keys.
            Ok(_) | Err(CommitError::Conflict { .. }) => {}
            Err(error) => return Err(KeyError::Store(error.to_string())),
        }
    }
}

/// A community that came back to a store of its own brings its keys along: they become the folder's.
pub fn bring_back(data: &Path, ring: &KeyRing) -> Result<(), KeyError> {
    let path = path(data);
    if path.exists() { Ok(()) } else { write(&path, ring) }
}

/// Makes new keys.
pub fn create(path: &Path) -> Result<(), KeyError> {
    write(path, &fresh())
}

fn fresh() -> KeyRing {
    let (mut mac, mut seed, mut kid) = ([0; 32], [0; 32], [0; 8]);
    for bytes in [&mut mac[..], &mut seed, &mut kid] {
        rand::rng().fill_bytes(bytes);
    }
    KeyRing::new(mac, seed, kid)
}

fn write(path: &Path, ring: &KeyRing) -> Result<(), KeyError> {
    let text = serde_json::to_string_pretty(ring).map_err(|error| wrong(path, error))?;
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(|error| wrong(path, error))?;
    }
    // Whole or not at all: a half-written key file must never be taken for one.
    let part = path.with_extension("part");
    let _ = fs::remove_file(&part);
    let mut out = fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&part)
        .map_err(|error| wrong(path, error))?;
    out.write_all(text.as_bytes())
        .and_then(|()| out.sync_all())
        .and_then(|()| fs::rename(&part, path))
        .map_err(|error| wrong(path, error))
}

/// The keys that a file holds.
pub fn read(path: &Path) -> Result<KeyRing, KeyError> {
    let text = fs::read_to_string(path).map_err(|error| wrong(path, error))?;
    serde_json::from_str(&text).map_err(|error| wrong(path, error))
}

fn secrets(path: &Path, ring: &KeyRing) -> Result<Secrets, KeyError> {
    ring.secrets().ok_or_else(|| wrong(path, "the keys in it are not whole"))
}

fn wrong(path: &Path, why: impl std::fmt::Display) -> KeyError {
    KeyError::File { path: path.to_owned(), why: why.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_6_keys_are_made_once_and_never_silently_again() {
        let folder = tempfile::tempdir().unwrap();
        let store = folder.path().join("sociosphere.db");
        let made = load(folder.path(), &store).unwrap();
        assert_eq!(load(folder.path(), &store).unwrap().mac, made.mac);
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::metadata(path(folder.path())).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        fs::write(path(folder.path()), "{\"mac\": \"ab").unwrap();
        assert!(matches!(load(folder.path(), &store), Err(KeyError::File { .. })));
        fs::remove_file(path(folder.path())).unwrap();
        fs::write(&store, "data").unwrap();
        assert!(matches!(load(folder.path(), &store), Err(KeyError::Missing { .. })));
    }
}
