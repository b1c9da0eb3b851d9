//! The folder in which one file is worked on. It goes away with all that is in it, unless the work
//! succeeds: then its files move out, all of them or none.

use std::{
    fs,
    io::Read,
    path::{Path, PathBuf},
    sync::Arc,
};

use serde_json::Value;
use sha2::{Digest, Sha256};
use tempfile::TempDir;
use tokio::sync::OwnedSemaphorePermit;

use super::{Kind, MediaType, PipelineError, Processed};

/// What a file is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// What is shown in full, or played.
    Original,
    /// The preview: a small picture, of a film its poster.
    Small,
}

impl Role {
    /// Its name in keys and URLs.
    pub fn as_str(self) -> &'static str {
        match self {
            Role::Original => "original",
            Role::Small => "small",
        }
    }
}

/// A file that came out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutputFile {
    /// What it is for.
    pub role: Role,
    /// Where it is.
    pub path: PathBuf,
    /// What it is: always one of ours, never what the upload claimed.
    pub content_type: &'static str,
    /// What such files are called after the dot.
    pub extension: &'static str,
    /// Its bytes.
    pub size: u64,
    /// The SHA-256 of its bytes, in lower-case hexadecimal.
    pub sha256: String,
}

/// A file in the making.
#[derive(Debug)]
pub(super) struct Draft {
    pub role: Role,
    pub media_type: MediaType,
    pub path: PathBuf,
}

/// All that was made of one upload.
#[derive(Debug)]
pub(super) struct Made {
    pub kind: Kind,
    pub files: Vec<Draft>,
    pub meta: Value,
    pub blurhash: Option<String>,
}

/// The folder, and the place among those who work. A task that blocks holds both until it ends, even
/// if nobody waits for it any more.
pub(super) struct Work {
    folder: TempDir,
    out_dir: PathBuf,
    _place: OwnedSemaphorePermit,
}

impl Work {
    pub(super) fn begin(
        out_dir: &Path,
        place: OwnedSemaphorePermit,
    ) -> Result<Arc<Work>, PipelineError> {
        fs::create_dir_all(out_dir)?;
        let out_dir = out_dir.canonicalize()?;
        // Beside the results, so that moving them is a rename.
        let folder = tempfile::Builder::new().prefix(".work-").tempdir_in(&out_dir)?;
        Ok(Arc::new(Work { folder, out_dir, _place: place }))
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(super) fn draft(&self, role: Role, media_type: MediaType) -> Draft {
        let path = self.path(&format!("{}.{}", role.as_str(), media_type.extension()));
        Draft { role, media_type, path }
    }

    /// Runs what takes the processor for long on a thread where it may.
    pub(super) async fn block<T: Send + 'static>(
        self: &Arc<Work>,
        run: impl FnOnce() -> Result<T, PipelineError> + Send + 'static,
    ) -> Result<T, PipelineError> {
        let held = Arc::clone(self);
        let task = tokio::task::spawn_blocking(move || {
            let result = run();
            drop(held);
            result
        });
        // A decoder that panics met bytes that nobody should send.
        task.await.unwrap_or(Err(PipelineError::Corrupt))
    }

    /// Moves what was made to where it was asked for.
    pub(super) async fn finish(
        self: Arc<Work>,
        made: Made,
        source: MediaType,
    ) -> Result<Processed, PipelineError> {
        let Made { kind, files: drafts, meta, blurhash } = made;
        let hashed = self
            .block(move || {
                let hashed = drafts.into_iter().map(|draft| {
                    let (size, sha256) = size_and_hash(&draft.path)?;
                    Ok((draft, size, sha256))
                });
                hashed.collect::<Result<Vec<_>, PipelineError>>()
            })
            .await?;
        // From here nothing waits: whoever drops the future gets all files or none.
        let mut files: Vec<OutputFile> = Vec::new();
        for (draft, size, sha256) in hashed {
            let file = self.output(&draft, size, sha256);
            if let Err(error) = fs::rename(&draft.path, &file.path) {
                files.iter().for_each(|file| drop(fs::remove_file(&file.path)));
                return Err(error.into());
            }
            files.push(file);
        }
        Ok(Processed { kind, source, files, meta, blurhash })
    }

    fn output(&self, draft: &Draft, size: u64, sha256: String) -> OutputFile {
        let extension = draft.media_type.extension();
        // The role is part of the name: a tiny picture may be its own preview, byte for byte.
        let path = self.out_dir.join(format!("{}-{sha256}.{extension}", draft.role.as_str()));
        let content_type = draft.media_type.content_type();
        OutputFile { role: draft.role, path, content_type, extension, size, sha256 }
    }
}

fn size_and_hash(path: &Path) -> Result<(u64, String), PipelineError> {
    let mut file = fs::File::open(path)?;
    let mut hash = Sha256::new();
    let mut size = 0;
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let count = file.read(&mut buffer)?;
        if count == 0 {
            break;
        }
        hash.update(&buffer[..count]);
        size += count as u64;
    }
    let sha256 = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    Ok((size, sha256))
}
