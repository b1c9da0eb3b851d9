//! The instance's keys: made at the first start, kept in the data folder, readable by its owner alone.
//!
//! A key file that is missing beside existing data, or cannot be read, stops the start: new keys would end every session
//! and link without a word.

use std::{
    fs,
    io::Write,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use rand::RngCore;
use serde::{Deserialize, Serialize};
use social::app::{Secrets, SigningKey};

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
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct KeyFile {
    mac: String,
    signing: Vec<KeyEntry>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct KeyEntry {
    kid: String,
    private: String,
    public: String,
}

/// Where the keys are.
pub fn path(data: &Path) -> PathBuf {
    data.join("keys.json")
}

/// The keys of a data folder; makes them where there is neither keys nor data.
pub fn load(data: &Path, store: &Path) -> Result<Secrets, KeyError> {
    let path = path(data);
    if path.exists() {
        return read(&path);
    }
    if store.exists() {
        return Err(KeyError::Missing { path, store: store.to_owned() });
    }
    create(&path)?;
    read(&path)
}

/// Makes new keys.
pub fn create(path: &Path) -> Result<(), KeyError> {
    let mut mac = [0; 32];
    rand::rng().fill_bytes(&mut mac);
    let mut seed = [0; 32];
    rand::rng().fill_bytes(&mut seed);
    let (private, public) = social::keys::ed25519(seed);
    let mut kid = [0; 8];
    rand::rng().fill_bytes(&mut kid);
    let hex = social::secret::hex;
    let entry = KeyEntry { kid: hex(&kid), private: hex(&private), public: hex(&public) };
    let file = KeyFile { mac: hex(&mac), signing: vec![entry] };
    let text = serde_json::to_string_pretty(&file).map_err(|error| wrong(path, error))?;
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

fn read(path: &Path) -> Result<Secrets, KeyError> {
    let text = fs::read_to_string(path).map_err(|error| wrong(path, error))?;
    let file: KeyFile = serde_json::from_str(&text).map_err(|error| wrong(path, error))?;
    let mac = unhex(&file.mac).and_then(|mac| mac.try_into().ok());
    let signing: Option<Vec<_>> = file
        .signing
        .iter()
        .map(|entry| {
            Some(SigningKey {
                kid: entry.kid.clone(),
                private_der: unhex(&entry.private)?,
                public: unhex(&entry.public).filter(|public| public.len() == 32)?,
            })
        })
        .collect();
    match (mac, signing) {
        (Some(mac), Some(signing)) if !signing.is_empty() => Ok(Secrets { mac, signing }),
        _ => Err(wrong(path, "the keys in it are not whole")),
    }
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    if !text.len().is_multiple_of(2) || !text.is_ascii() {
        return None;
    }
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).ok()).collect()
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
