//! What can go wrong with an upload, in sentences that the person who made it can act on.

/// Why a file was not processed.
#[derive(Debug, thiserror::Error)]
pub enum PipelineError {
    /// The bytes are of no type on the list, whatever the name says.
    #[error(
        "this kind of file cannot be posted: choose a JPEG, PNG, GIF or WebP picture, an MP4, WebM or \
         MOV video, or an MP3, OGG, M4A, WAV or FLAC sound"
    )]
    UnsupportedType,
    /// A video or sound where only a picture will do.
    #[error("this must be a picture: choose a JPEG, PNG, GIF or WebP file")]
    NotAPicture,
    /// The codec inside the container is not on the list.
    #[error(
        "this file uses the codec {codec}, which cannot be read here: export it as H.264 and AAC"
    )]
    UnsupportedCodec {
        /// Its name, as ffmpeg says it.
        codec: String,
    },
    /// More bytes than allowed, in or out.
    #[error("the file is too large: {} MB is the most", max / 1_000_000)]
    TooLarge {
        /// The most bytes.
        max: u64,
    },
    /// More pixels than allowed, over all or on one side.
    #[error(
        "the picture is too large: {max_side} pixels a side and {} million pixels in all are the most",
        max_pixels / 1_000_000
    )]
    TooManyPixels {
        /// The most pixels on one side.
        max_side: u32,
        /// The most pixels in all.
        max_pixels: u64,
    },
    /// More frames than allowed.
    #[error("the animation has too many frames: {max} is the most")]
    TooManyFrames {
        /// The most frames.
        max: usize,
    },
    /// Too long to play.
    #[error("the recording is too long: {} minutes is the most", max_seconds / 60)]
    TooLong {
        /// The most seconds.
        max_seconds: u64,
    },
    /// More frames a second than allowed.
    #[error("the video has too many frames a second: {max} is the most")]
    TooFast {
        /// The most frames a second.
        max: u32,
    },
    /// More streams than allowed.
    #[error("the file has too many streams: {max} is the most")]
    TooManyStreams {
        /// The most streams.
        max: usize,
    },
    /// Broken, cut off, or not what it seems.
    #[error(
        "the file is damaged or incomplete: open it on your device, save it anew and try again"
    )]
    Corrupt,
    /// This community cannot process video and sound.
    #[error(
        "this community takes pictures only: video and sound need ffmpeg, which its operator has not \
         installed"
    )]
    NoFfmpeg,
    /// It took more time than allowed.
    #[error("the file took too long to process: try a shorter or smaller one")]
    TimedOut,
    /// The disk, or the like: not the file's fault.
    #[error("the file could not be read or written")]
    Io(#[from] std::io::Error),
    /// Something in here failed that should not.
    #[error("the file could not be processed: {0}")]
    Internal(&'static str),
}

impl PipelineError {
    /// Whether the same file may well be processed later. All else is up to the person.
    pub fn is_temporary(&self) -> bool {
        matches!(self, PipelineError::Io(_) | PipelineError::Internal(_))
    }
}
