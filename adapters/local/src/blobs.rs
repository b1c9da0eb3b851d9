//! Blobs as files: `ROOT/ab/cd/KEY`, where `abcd` begins the hash of the key, so that no folder grows too large, and
//! the slashes of the key are written `+`, which no key has.

use std::{
    collections::BinaryHeap,
    fs::{self, FileType, Metadata},
    io::{self, SeekFrom},
    path::{Path, PathBuf},
    sync::Arc,
    time::UNIX_EPOCH,
};

use async_trait::async_trait;
use engine::blobs::{BlobError, BlobStat, BlobStream, Blobs, check_key, check_range};
use futures::StreamExt;
use sha2::{Digest, Sha256};
use tokio::{
    fs::File,
    io::{AsyncRead, AsyncReadExt, AsyncSeekExt, AsyncWriteExt},
    task::spawn_blocking,
};
use tokio_util::io::ReaderStream;

use crate::folder::{OpenError, Unfinished, Workshop, sync_folder};

/// Bytes of one piece of a stream.
const PIECE: usize = 64 * 1024;

/// Blobs in a folder. Several processes may open the same one.
pub struct FileBlobs {
    root: PathBuf,
    workshop: Arc<Workshop>,
}

impl FileBlobs {
    /// Opens a folder, made if it is not there, and clears away unfinished uploads of processes that died.
    pub fn open(root: &Path) -> Result<Self, OpenError> {
        let workshop = Arc::new(Workshop::open(root)?);
        let root = root.canonicalize();
        let root = root.map_err(|source| OpenError { path: PathBuf::new(), source })?;
        Ok(Self { root, workshop })
    }

    fn place(&self, key: &str) -> Result<Place, BlobError> {
        check_key(key)?;
        let hash = Sha256::digest(key);
        let outer = self.root.join(format!("{:02x}", hash[0]));
        let inner = outer.join(format!("{:02x}", hash[1]));
        let file = inner.join(key.replace('/', "+"));
        Ok(Place { outer, inner, file })
    }
}

struct Place {
    outer: PathBuf,
    inner: PathBuf,
    file: PathBuf,
}

impl Place {
    /// What is there, if it is a real file in real folders: a link may lead anywhere.
    fn find(&self) -> Result<Metadata, BlobError> {
        for (path, is_right) in [
            (&self.outer, FileType::is_dir as fn(&FileType) -> bool),
            (&self.inner, FileType::is_dir),
            (&self.file, FileType::is_file),
        ] {
            let found = fs::symlink_metadata(path).map_err(failed)?;
            if !is_right(&found.file_type()) {
                return Err(BlobError::Unavailable(format!("{} is not ours", path.display())));
            }
            if path == &self.file {
                return Ok(found);
            }
        }
        Err(BlobError::Missing)
    }

    fn make_folders(&self) -> Result<(), BlobError> {
        for folder in [&self.outer, &self.inner] {
            match fs::create_dir(folder) {
                Ok(()) => folder.parent().map_or(Ok(()), sync_folder).map_err(failed)?,
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                    if !fs::symlink_metadata(folder).map_err(failed)?.is_dir() {
                        return Err(BlobError::Unavailable(format!(
                            "{} is not ours",
                            folder.display()
                        )));
                    }
                }
                Err(error) => return Err(failed(error)),
            }
        }
        Ok(())
    }

    fn keep(&self, unfinished: Unfinished) -> Result<u64, BlobError> {
        self.make_folders()?;
        unfinished.finish(&self.file).map_err(failed)?;
        Ok(self.find()?.len())
    }
}

fn failed(error: io::Error) -> BlobError {
    match error.kind() {
        io::ErrorKind::NotFound => BlobError::Missing,
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => BlobError::Full,
        _ => BlobError::Unavailable(error.to_string()),
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, BlobError> + Send + 'static,
) -> Result<T, BlobError> {
    let done = spawn_blocking(work).await;
    done.unwrap_or_else(|error| Err(BlobError::Unavailable(error.to_string())))
}

#[async_trait]
impl Blobs for FileBlobs {
    async fn put(
        &self,
        key: &str,
        source: &mut (dyn AsyncRead + Send + Unpin),
    ) -> Result<u64, BlobError> {
        let place = self.place(key)?;
        let unfinished = self.workshop.unfinished();
        let mut file = File::create_new(&unfinished.0).await.map_err(failed)?;
        let mut piece = Vec::with_capacity(PIECE);
        loop {
            piece.clear();
            let read = source.take(PIECE as u64).read_to_end(&mut piece).await;
            if read.map_err(|error| BlobError::Unavailable(error.to_string()))? == 0 {
                break;
            }
            file.write_all(&piece).await.map_err(failed)?;
        }
        file.flush().await.map_err(failed)?;
        file.sync_all().await.map_err(failed)?;
        drop(file);
        blocking(move || place.keep(unfinished)).await
    }

    async fn stat(&self, key: &str) -> Result<BlobStat, BlobError> {
        let place = self.place(key)?;
        blocking(move || {
            let found = place.find()?;
            let modified = found.modified().map_err(failed)?.duration_since(UNIX_EPOCH);
            let modified_ms = modified.map_or(0, |since| since.as_millis() as u64);
            Ok(BlobStat { size: found.len(), modified_ms })
        })
        .await
    }

    async fn read(&self, key: &str, start: u64, end: Option<u64>) -> Result<BlobStream, BlobError> {
        let place = self.place(key)?;
        let (file, size) = blocking(move || {
            place.find()?;
            let file = fs::File::open(&place.file).map_err(failed)?;
            // Of the file that was opened: the name may mean another by now.
            let size = file.metadata().map_err(failed)?.len();
            Ok((file, size))
        })
        .await?;
        let range = check_range(size, start, end)?;
        let mut file = File::from_std(file);
        file.seek(SeekFrom::Start(range.start)).await.map_err(failed)?;
        let bytes = file.take(range.end - range.start);
        let pieces = ReaderStream::with_capacity(bytes, PIECE);
        Ok(Box::pin(pieces.map(|piece| piece.map_err(failed))))
    }

    async fn delete(&self, key: &str) -> Result<(), BlobError> {
        let place = self.place(key)?;
        blocking(move || {
            let removed = place.find().and_then(|_| fs::remove_file(&place.file).map_err(failed));
            match removed {
                Ok(()) => sync_folder(&place.inner).map_err(failed),
                Err(BlobError::Missing) => Ok(()),
                Err(error) => Err(error),
            }
        })
        .await
    }

    async fn list(&self, after: Option<&str>, limit: usize) -> Result<Vec<String>, BlobError> {
        let (root, after) = (self.root.clone(), after.map(str::to_owned));
        blocking(move || list(&root, after.as_deref(), limit).map_err(failed)).await
    }
}

/// Walks all folders, and holds no more keys than are asked for.
fn list(root: &Path, after: Option<&str>, limit: usize) -> io::Result<Vec<String>> {
    let mut first = BinaryHeap::new();
    for outer in folders(root)? {
        for inner in folders(&outer)? {
            for entry in fs::read_dir(inner)? {
                let entry = entry?;
                let Ok(name) = entry.file_name().into_string() else { continue };
                let key = name.replace('+', "/");
                if after.is_some_and(|after| key.as_str() <= after) || !entry.file_type()?.is_file()
                {
                    continue;
                }
                first.push(key);
                if first.len() > limit {
                    first.pop();
                }
            }
        }
    }
    Ok(first.into_sorted_vec())
}

/// The fan-out folders in a folder.
fn folders(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_name().len() == 2 && entry.file_type()?.is_dir() {
            found.push(entry.path());
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use futures::TryStreamExt;
    use tempfile::TempDir;

    use super::*;

    async fn open() -> (Arc<FileBlobs>, TempDir) {
        let folder = TempDir::new().unwrap();
        (Arc::new(FileBlobs::open(&folder.path().join("media")).unwrap()), folder)
    }

    engine::blobs_contract!(open);

    #[tokio::test]
    async fn blobs_are_there_after_reopening_and_leftovers_are_not() {
        let (blobs, folder) = open().await;
        let root = folder.path().join("media");
        blobs.put("a/b", &mut &b"bytes"[..]).await.unwrap();
        drop(blobs);
        let dead = root.join(".incoming/7");
        fs::create_dir(&dead).unwrap();
        fs::write(dead.join("0"), "half").unwrap();
        let living = FileBlobs::open(&root).unwrap();
        assert!(!dead.exists());
        let unfinished = living.workshop.unfinished();
        fs::write(&unfinished.0, "half").unwrap();
        let other = FileBlobs::open(&root).unwrap();
        assert!(unfinished.0.exists(), "the upload of a living process was cleared");
        let bytes: Vec<_> = other.read("a/b", 0, None).await.unwrap().try_collect().await.unwrap();
        assert_eq!(bytes.concat(), b"bytes");
        assert_eq!(other.list(None, 9).await.unwrap(), ["a/b"]);
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn a_link_is_not_followed() {
        let (blobs, folder) = open().await;
        let secret = folder.path().join("secret");
        fs::write(&secret, "secret").unwrap();
        let place = blobs.place("key").unwrap();
        fs::create_dir_all(&place.inner).unwrap();
        std::os::unix::fs::symlink(&secret, &place.file).unwrap();
        assert!(blobs.stat("key").await.is_err());
        assert!(blobs.read("key", 0, None).await.is_err());
        assert!(blobs.put("key", &mut &b"new"[..]).await.is_err());
        assert_eq!(blobs.list(None, 9).await.unwrap(), [""; 0]);
        assert_eq!(fs::read_to_string(secret).unwrap(), "secret");
        fs::remove_dir_all(&place.outer).unwrap();
        std::os::unix::fs::symlink(folder.path(), &place.outer).unwrap();
        assert!(blobs.put("key", &mut &b"new"[..]).await.is_err());
    }
}
