//! Backup and restore: store, media and keys in one folder with a manifest of hashes.
//!
//! The store is copied first, in one consistent moment; media after it. Bytes are immutable and are deleted only by
//! a sweep, so what the copied store names is there, except for what was swept in between, which `verify` tells.

use std::{
    fs,
    path::{Path, PathBuf},
};

use futures::StreamExt;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tokio::io::AsyncWriteExt;

use super::Outcome;
use crate::{config::Config, engines, instance::Instance, keys};

/// What a backup holds.
#[derive(Debug, Serialize, Deserialize)]
struct Manifest {
    version: u32,
    made: String,
    files: Vec<Entry>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Entry {
    path: String,
    size: u64,
    sha256: String,
}

const STORE: &str = "store.db";
const KEYS: &str = "keys.json";
const MANIFEST: &str = "manifest.json";

/// Makes a backup in a folder that must not be there yet.
pub(super) async fn backup(instance: &Instance, config: &Config, to: &Path) -> Outcome {
    match make(instance, config, to).await {
        Ok(files) => Outcome::said(format!("{files} files in {}", to.display())),
        Err(error) => Outcome::failed(format!("{}: {error}", to.display())),
    }
}

async fn make(instance: &Instance, config: &Config, to: &Path) -> Result<usize, String> {
    if to.exists() {
        return Err("there is something already: name a new folder".to_owned());
    }
    // Everything under another name first: a folder of the right name is a whole backup.
    let part = to.with_extension("part");
    let _ = fs::remove_dir_all(&part);
    fs::create_dir_all(part.join("media")).map_err(text)?;
    instance.opened.upkeep.snapshot(&part.join(STORE)).await.map_err(text)?;
    fs::copy(keys::path(&config.data), part.join(KEYS)).map_err(text)?;
    let mut files = vec![entry(&part, STORE)?, entry(&part, KEYS)?];
    let mut after: Option<String> = None;
    loop {
        let page = instance.opened.blobs.list(after.as_deref(), 500).await.map_err(text)?;
        let Some(last) = page.last() else { break };
        after = Some(last.clone());
        for key in page {
            let name = format!("media/{key}");
            let path = part.join(&name);
            if let Some(folder) = path.parent() {
                fs::create_dir_all(folder).map_err(text)?;
            }
            // Swept while we copied: nobody holds it any more.
            let Ok(mut bytes) = instance.opened.blobs.read(&key, 0, None).await else { continue };
            let mut file = tokio::fs::File::create(&path).await.map_err(text)?;
            while let Some(chunk) = bytes.next().await {
                file.write_all(&chunk.map_err(text)?).await.map_err(text)?;
            }
            file.sync_all().await.map_err(text)?;
            files.push(entry(&part, &name)?);
        }
    }
    let count = files.len();
    let manifest = Manifest { version: 1, made: jiff::Timestamp::now().to_string(), files };
    let written = serde_json::to_string_pretty(&manifest).map_err(text)?;
    fs::write(part.join(MANIFEST), written).map_err(text)?;
    fs::rename(&part, to).map_err(text)?;
    Ok(count)
}

/// Restores a backup into an empty data folder, after every hash was found right.
pub(super) async fn restore(config: &Config, from: &Path) -> Outcome {
    match put_back(config, from).await {
        Ok(files) => Outcome::said(format!(
            "{files} files restored into {}; search is rebuilt at the next start",
            config.data.display()
        )),
        Err(error) => Outcome::failed(error),
    }
}

async fn put_back(config: &Config, from: &Path) -> Result<usize, String> {
    let Some(store) = config.engines.store.strip_prefix("sqlite:").map(PathBuf::from) else {
        return Err("restore writes to sqlite: engines".to_owned());
    };
    for taken in [&store, &keys::path(&config.data)] {
        if taken.exists() {
            return Err(format!("{} is there: restore into an empty data folder", taken.display()));
        }
    }
    let text_of = fs::read_to_string(from.join(MANIFEST))
        .map_err(|error| format!("{} is no backup: {error}", from.display()))?;
    let manifest: Manifest = serde_json::from_str(&text_of).map_err(text)?;
    if manifest.version != 1 {
        return Err(format!("this backup is of version {}, and 1 is known", manifest.version));
    }
    for file in &manifest.files {
        if !is_plain(&file.path) {
            return Err(format!("{} is no path of a backup", file.path));
        }
        let found = entry(from, &file.path)?;
        if found.sha256 != file.sha256 {
            return Err(format!("{} is damaged: nothing was restored", file.path));
        }
    }
    // Where a key lies is the engine's business, so media go through it.
    let blobs = engines::open_blobs(&config.engines).await.map_err(text)?;
    for file in &manifest.files {
        let Some(key) = file.path.strip_prefix("media/") else { continue };
        let mut bytes = tokio::fs::File::open(from.join(&file.path)).await.map_err(text)?;
        blobs.put(key, &mut bytes).await.map_err(text)?;
    }
    // The store comes last but one: without it the folder is empty for all who look.
    for (name, to) in [(STORE, store), (KEYS, keys::path(&config.data))] {
        if let Some(folder) = to.parent() {
            fs::create_dir_all(folder).map_err(text)?;
        }
        fs::copy(from.join(name), &to).map_err(text)?;
        fs::File::open(&to).and_then(|file| file.sync_all()).map_err(text)?;
    }
    Ok(manifest.files.len())
}

/// Whether a path stays inside of the backup: nothing absolute, nothing that climbs.
fn is_plain(path: &str) -> bool {
    let named = path == STORE || path == KEYS || path.starts_with("media/");
    named && path.split('/').all(|part| !matches!(part, "" | "." | ".."))
}

fn entry(root: &Path, name: &str) -> Result<Entry, String> {
    let mut file = fs::File::open(root.join(name)).map_err(|error| format!("{name}: {error}"))?;
    let mut hash = Sha256::new();
    let size = std::io::copy(&mut file, &mut hash).map_err(text)?;
    let sha256 = social::secret::hex(&hash.finalize());
    Ok(Entry { path: name.to_owned(), size, sha256 })
}

fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}
