//! What lies on disk: `FOLDER/lock`, and for each index `FOLDER/NAME/current`, a pointer to the generation that
//! answers, and `FOLDER/NAME/NUMBER/`, the generations. A swap is one rename of the pointer.

use std::{
    fs::{self, File, TryLockError},
    io::{self, Write},
    path::{Path, PathBuf},
};

/// Why a folder could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another process works on it.
    #[error(
        "another process is using the search folder {0}: stop it first, or give this one its own"
    )]
    InUse(PathBuf),
    /// The disk says no.
    #[error("could not open the search folder {path}: {source}")]
    Disk {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Tantivy says no.
    #[error("could not open the search index {path}: {source}")]
    Index {
        /// Which.
        path: PathBuf,
        /// Why.
        source: tantivy::TantivyError,
    },
}

/// Makes the folder and takes it for this process.
pub(crate) fn lock(folder: &Path) -> Result<File, OpenError> {
    let disk = |source| OpenError::Disk { path: folder.to_owned(), source };
    fs::create_dir_all(folder).map_err(disk)?;
    let lock = File::create(folder.join("lock")).map_err(disk)?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => Err(OpenError::InUse(folder.to_owned())),
        Err(TryLockError::Error(error)) => Err(disk(error)),
    }
}

/// Which generation answers, and whether it has all that it should.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Pointer {
    pub(crate) generation: u64,
    pub(crate) complete: bool,
}

impl Pointer {
    /// What the pointer says; nothing, if it is missing or not one.
    pub(crate) fn read(folder: &Path) -> Option<Self> {
        let text = fs::read_to_string(folder.join("current")).ok()?;
        let (number, complete) = match text.trim().strip_suffix(" incomplete") {
            Some(number) => (number, false),
            None => (text.trim(), true),
        };
        Some(Self { generation: number.parse().ok()?, complete })
    }

    /// Turns the pointer, all at once.
    pub(crate) fn write(self, folder: &Path) -> io::Result<()> {
        let mark = if self.complete { "" } else { " incomplete" };
        let unfinished = folder.join("current.new");
        let mut file = File::create(&unfinished)?;
        writeln!(file, "{}{mark}", self.generation)?;
        file.sync_all()?;
        fs::rename(&unfinished, folder.join("current"))?;
        File::open(folder)?.sync_all()
    }
}

/// The folder of a generation.
pub(crate) fn generation(folder: &Path, number: u64) -> PathBuf {
    folder.join(number.to_string())
}

/// The numbers of the generations that are there.
pub(crate) fn generations(folder: &Path) -> io::Result<Vec<u64>> {
    let mut numbers = Vec::new();
    for entry in fs::read_dir(folder)? {
        numbers.extend(entry?.file_name().to_str().and_then(|name| name.parse::<u64>().ok()));
    }
    Ok(numbers)
}
