//! Makes what people upload safe to serve: bytes in, files of our own making out.
//!
//! The type is read from the bytes alone. Pictures are decoded under limits that are checked before
//! memory is taken, turned upright and encoded anew, so that nothing of the upload survives but its
//! pixels: no place, no serial number, no bytes behind the end. Video and sound go through ffmpeg, in
//! a process of its own with limits of its own. What fails leaves no file behind.

mod describe;
mod encode;
mod error;
mod film;
mod limits;
mod picture;
mod probe;
mod sniff;
mod tools;
mod whole;
mod work;

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Instant,
};

use serde_json::Value;
use tokio::sync::Semaphore;

pub use describe::{DescriptionError, Focus, FocusError, MAX_DESCRIPTION, description};
pub use error::PipelineError;
pub use limits::Limits;
pub use sniff::{MediaType, sniff};
pub use tools::Tools;
pub use work::{OutputFile, Role};

use sniff::Family;
use work::{Made, Work};

/// What a file is uploaded for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// To hang on a post.
    Attachment,
    /// The picture of an account: 400 by 400, cut to fill.
    Avatar,
    /// The banner of a profile: 1500 by 500, cut to fill.
    Header,
    /// The picture of a link's card, still.
    Card,
}

/// What a processed file is, in the words of Mastodon's API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A picture.
    Image,
    /// A moving picture without sound, that plays by itself.
    Gifv,
    /// A film.
    Video,
    /// A sound.
    Audio,
}

impl Kind {
    /// The `type` of a media attachment.
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Image => "image",
            Kind::Gifv => "gifv",
            Kind::Video => "video",
            Kind::Audio => "audio",
        }
    }
}

/// What came out.
#[derive(Debug, Clone)]
pub struct Processed {
    /// What it is.
    pub kind: Kind,
    /// What the upload was, from its bytes.
    pub source: MediaType,
    /// The files, in the folder that was asked for. They belong to the caller now.
    pub files: Vec<OutputFile>,
    /// The `meta` of a media attachment: sizes, aspect, length; without `focus`.
    pub meta: Value,
    /// The placeholder. Sound has none.
    pub blurhash: Option<String>,
}

impl Processed {
    /// The file of a role, if there is one.
    pub fn file(&self, role: Role) -> Option<&OutputFile> {
        self.files.iter().find(|file| file.role == role)
    }
}

/// Processes files, a bounded number at a time; the others wait. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Pipeline {
    tools: Arc<Tools>,
    limits: Arc<Limits>,
    places: Arc<Semaphore>,
    begun: Arc<AtomicUsize>,
}

impl Pipeline {
    /// A pipeline with the usual limits that works on `parallel` files at once (at least one). Each
    /// picture may take some 300 MiB while it is worked on.
    pub fn new(tools: Tools, parallel: usize) -> Pipeline {
        Pipeline::with_limits(tools, parallel, Limits::default())
    }

    /// The same with other limits.
    pub fn with_limits(tools: Tools, parallel: usize, limits: Limits) -> Pipeline {
        let places = Arc::new(Semaphore::new(parallel.max(1)));
        Pipeline { tools: Arc::new(tools), limits: Arc::new(limits), places, begun: Arc::default() }
    }

    /// The limits it works under, for the instance's description.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// How many files it began to work on since the start.
    pub fn begun(&self) -> usize {
        self.begun.load(Ordering::Relaxed)
    }

    /// Whether video and sound can be taken, and not only pictures.
    pub fn takes_film(&self) -> bool {
        self.tools.film().is_ok()
    }

    /// Lets nothing begin while what is returned lives.
    #[cfg(test)]
    pub(crate) async fn hold_all_places(&self) -> tokio::sync::OwnedSemaphorePermit {
        let all = u32::try_from(self.places.available_permits()).expect("a few");
        Arc::clone(&self.places).acquire_many_owned(all).await.expect("never closed")
    }

    /// Processes the file at `input` into new files in `out_dir`, which is made if it is not there.
    /// The input is only read. On an error, and when the future is dropped, no file stays behind.
    pub async fn process(
        &self,
        input: &Path,
        out_dir: &Path,
        purpose: Purpose,
    ) -> Result<Processed, PipelineError> {
        let mut figures = Figures { family: "unknown", begun: None, result: "failed" };
        let answer = self.process_counted(input, out_dir, purpose, &mut figures).await;
        figures.result = match &answer {
            Ok(_) => "ok",
            Err(error) if error.is_temporary() => "failed",
            Err(_) => "refused",
        };
        answer
    }

    async fn process_counted(
        &self,
        input: &Path,
        out_dir: &Path,
        purpose: Purpose,
        figures: &mut Figures,
    ) -> Result<Processed, PipelineError> {
        let place = Arc::clone(&self.places)
            .acquire_owned()
            .await
            .expect("the semaphore is never closed: it lives as long as the pipeline");
        self.begun.fetch_add(1, Ordering::Relaxed);
        // Not while others had the places: that is the queue's time.
        figures.begun = Some(Instant::now());
        let work = Work::begin(out_dir, place)?;
        let input = tokio::fs::canonicalize(input).await?;
        let source = sniff::sniff_file(&input).await?.ok_or(PipelineError::UnsupportedType)?;
        figures.family = source.family().name();
        let bytes = tokio::fs::metadata(&input).await?.len();
        let max = match source.family() {
            Family::Picture => self.limits.picture_bytes,
            Family::Film | Family::Sound => self.limits.film_bytes,
        };
        if bytes > max {
            return Err(PipelineError::TooLarge { max });
        }
        let made = self.make(&work, input, source, purpose).await?;
        work.finish(made, source).await
    }

    async fn make(
        &self,
        work: &Arc<Work>,
        input: std::path::PathBuf,
        source: MediaType,
        purpose: Purpose,
    ) -> Result<Made, PipelineError> {
        let attached = purpose == Purpose::Attachment;
        match source.family() {
            Family::Film | Family::Sound if !attached => Err(PipelineError::NotAPicture),
            Family::Film | Family::Sound => {
                let film = film::Film { tools: self.tools.film()?, limits: &self.limits, work };
                film.make(&input, source).await
            }
            Family::Picture => {
                let animated = picture::is_animated(work, &input, source, &self.limits).await?;
                match self.tools.film() {
                    Ok(tools) if animated && attached => {
                        film::Film { tools, limits: &self.limits, work }.loop_of_gif(&input).await
                    }
                    // Without ffmpeg, the first frame is better than nothing.
                    _ => picture::make(work, input, source, purpose, &self.limits).await,
                }
            }
        }
    }
}

/// What `/metrics` tells of the work on one file; counted when it ends, however it does.
struct Figures {
    family: &'static str,
    begun: Option<Instant>,
    result: &'static str,
}

impl Drop for Figures {
    fn drop(&mut self) {
        let Figures { family, begun: Some(begun), result } = *self else { return };
        metrics::counter!("media_files_total", "family" => family, "result" => result).increment(1);
        metrics::histogram!("media_seconds", "family" => family)
            .record(begun.elapsed().as_secs_f64());
    }
}

#[cfg(test)]
mod tests;
