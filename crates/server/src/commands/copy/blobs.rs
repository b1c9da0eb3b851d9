//! Media: whole or not at all, and compared by the bytes that went out and those that came back.

use std::{collections::BTreeSet, sync::Arc};

use engine::blobs::{BlobError, Blobs};
use futures::{StreamExt, TryStreamExt, stream};
use parking_lot::Mutex;
use sha2::{Digest, Sha256};
use tokio_util::io::StreamReader;

use super::{progress::Progress, records::PAGE, text};
use crate::{
    config::{Config, EngineUrls, redacted},
    engines,
};

/// Blobs under way at once: most are small, and wait for the other side.
const AT_ONCE: usize = 4;

pub async fn copy(config: &Config, from: &str, to: &str) -> Result<String, String> {
    let at = |url: &str| EngineUrls { blobs: url.to_owned(), ..config.engines.clone() };
    let source = engines::open_blobs(&at(from)).await.map_err(text)?;
    let target = engines::open_blobs(&at(to)).await.map_err(text)?;
    let keys = all_keys(&*source).await?;
    let mut progress = Progress::new("blobs", keys.len() as u64);
    let (source, target) = (&*source, &*target);
    let copies = stream::iter(&keys).map(|key| async move {
        copy_blob(source, target, key).await.map_err(|why| format!("{key}: {why}"))
    });
    let mut copies = copies.buffer_unordered(AT_ONCE);
    while copies.try_next().await?.is_some() {
        progress.add(1);
    }
    // What the target has beside the source does no harm, and is told.
    let strangers = match all_keys(target).await?.difference(&keys).count() {
        0 => String::new(),
        some => format!("; {some} blobs are only in the target"),
    };
    Ok(format!(
        "{}\ncompared: every byte is the same{strangers}\nnext: stop the servers, set blobs = \"{}\", and start them; what was \
         uploaded since this began is copied by running it again before",
        progress.end(),
        redacted(to)
    ))
}

/// Copies a blob if it is not there, and compares its bytes.
async fn copy_blob(source: &dyn Blobs, target: &dyn Blobs, key: &str) -> Result<(), String> {
    let went = match target.stat(key).await {
        Err(BlobError::Missing) => {
            let seen = Arc::new(Mutex::new(Sha256::new()));
            let bytes = source.read(key, 0, None).await.map_err(text)?;
            let bytes = bytes.inspect_ok(|piece| seen.lock().update(piece));
            let bytes = bytes.map_err(std::io::Error::other);
            target.put(key, &mut StreamReader::new(bytes)).await.map_err(text)?;
            let seen = seen.lock().clone();
            seen.finalize().into()
        }
        there => {
            there.map_err(text)?;
            hash(source, key).await?
        }
    };
    match went == hash(target, key).await? {
        true => Ok(()),
        false => {
            Err("it is there with other bytes: delete it there, and run this again".to_owned())
        }
    }
}

async fn hash(blobs: &dyn Blobs, key: &str) -> Result<[u8; 32], String> {
    let mut bytes = blobs.read(key, 0, None).await.map_err(text)?;
    let mut hash = Sha256::new();
    while let Some(piece) = bytes.next().await {
        hash.update(piece.map_err(text)?);
    }
    Ok(hash.finalize().into())
}

async fn all_keys(blobs: &dyn Blobs) -> Result<BTreeSet<String>, String> {
    let mut keys = BTreeSet::new();
    loop {
        let last = keys.last().map(String::as_str);
        let page = blobs.list(last, PAGE).await.map_err(text)?;
        if page.is_empty() {
            return Ok(keys);
        }
        keys.extend(page);
    }
}
