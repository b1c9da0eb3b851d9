//! Files that appear whole: written beside, synced, then linked to their name.

use std::{
    fs::{self, File, TryLockError},
    io,
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
};

use tracing::warn;

/// Why a folder could not be opened.
#[derive(Debug, thiserror::Error)]
#[error("could not open the folder {path}: {source}")]
pub struct OpenError {
    /// Which.
    pub path: PathBuf,
    /// Why.
    pub source: io::Error,
}

/// A place for unfinished files, in the same file system as the finished ones. Its lock tells those of a process
/// that lives from what one left behind.
pub(crate) struct Workshop {
    folder: PathBuf,
    next: AtomicU64,
    _lock: File,
}

const LOCK: &str = "lock";

impl Workshop {
    /// Makes the folder and its workshop, and clears away what dead processes left.
    pub(crate) fn open(root: &Path) -> Result<Self, OpenError> {
        let failed = |source| OpenError { path: root.to_owned(), source };
        Self::open_in(root).map_err(failed)
    }

    fn open_in(root: &Path) -> io::Result<Self> {
        let all = root.join(".incoming");
        fs::create_dir_all(&all)?;
        // Opening is rare: one at a time, so that nobody clears a workshop between its making and its locking.
        let door = File::create(all.join(LOCK))?;
        door.lock()?;
        let mut number = 0;
        for entry in fs::read_dir(&all)? {
            let entry = entry?;
            if !entry.file_type()?.is_dir() {
                continue;
            }
            let name = entry.file_name();
            number = number.max(name.to_str().and_then(|name| name.parse().ok()).unwrap_or(0));
            if is_left_behind(&entry.path())
                && let Err(error) = fs::remove_dir_all(entry.path())
            {
                warn!("could not clear {}: {error}", entry.path().display());
            }
        }
        let folder = all.join((number + 1_u64).to_string());
        fs::create_dir(&folder)?;
        let lock = File::create(folder.join(LOCK))?;
        lock.lock()?;
        Ok(Self { folder, next: AtomicU64::new(0), _lock: lock })
    }

    /// A name for an unfinished file, removed when dropped.
    pub(crate) fn unfinished(&self) -> Unfinished {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        Unfinished(self.folder.join(number.to_string()))
    }
}

impl Drop for Workshop {
    fn drop(&mut self) {
        // What cannot be removed now is cleared by who opens next.
        let _ = fs::remove_dir_all(&self.folder);
    }
}

fn is_left_behind(workshop: &Path) -> bool {
    match File::open(workshop.join(LOCK)) {
        Ok(lock) => !matches!(lock.try_lock(), Err(TryLockError::WouldBlock)),
        Err(error) => error.kind() == io::ErrorKind::NotFound,
    }
}

/// A file that is not there yet.
pub(crate) struct Unfinished(pub(crate) PathBuf);

impl Unfinished {
    /// Gives the file its name, unless another has it: then `false`. The file must be synced; after this its
    /// name is too.
    pub(crate) fn finish(self, path: &Path) -> io::Result<bool> {
        let new = match fs::hard_link(&self.0, path) {
            Ok(()) => true,
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => false,
            // A file system without hard links.
            Err(_) if !path.try_exists()? => fs::rename(&self.0, path).map(|()| true)?,
            Err(error) => return Err(error),
        };
        // Also when another was first: its name may not be on the disk yet.
        if let Some(folder) = path.parent() {
            sync_folder(folder)?;
        }
        Ok(new)
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

/// Makes the names in a folder durable.
pub(crate) fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}
