//! What a file is, from its first bytes and nothing else.

use std::path::Path;

use tokio::io::AsyncReadExt;

use super::PipelineError;

/// The types that can be uploaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MediaType {
    /// A photograph.
    Jpeg,
    /// A drawing or a screenshot.
    Png,
    /// Still or animated.
    Gif,
    /// Still; of an animated one the first frame.
    Webp,
    /// MPEG-4 video.
    Mp4,
    /// Matroska for the web.
    Webm,
    /// QuickTime, as phones make it.
    Mov,
    /// MPEG layer 3.
    Mp3,
    /// Vorbis or Opus.
    Ogg,
    /// MPEG-4 sound.
    M4a,
    /// Samples.
    Wav,
    /// Lossless.
    Flac,
}

/// Which part of the pipeline takes a type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Family {
    Picture,
    Film,
    Sound,
}

impl Family {
    /// As a label.
    pub fn name(self) -> &'static str {
        match self {
            Family::Picture => "picture",
            Family::Film => "film",
            Family::Sound => "sound",
        }
    }
}

impl MediaType {
    /// All of them, in the order in which the instance's description lists them.
    pub const ALL: [MediaType; 12] = [
        MediaType::Jpeg,
        MediaType::Png,
        MediaType::Gif,
        MediaType::Webp,
        MediaType::Mp4,
        MediaType::Webm,
        MediaType::Mov,
        MediaType::Mp3,
        MediaType::Ogg,
        MediaType::M4a,
        MediaType::Wav,
        MediaType::Flac,
    ];

    /// Its name on the web.
    pub fn content_type(self) -> &'static str {
        match self {
            MediaType::Jpeg => "image/jpeg",
            MediaType::Png => "image/png",
            MediaType::Gif => "image/gif",
            MediaType::Webp => "image/webp",
            MediaType::Mp4 => "video/mp4",
            MediaType::Webm => "video/webm",
            MediaType::Mov => "video/quicktime",
            MediaType::Mp3 => "audio/mpeg",
            MediaType::Ogg => "audio/ogg",
            MediaType::M4a => "audio/mp4",
            MediaType::Wav => "audio/wav",
            MediaType::Flac => "audio/flac",
        }
    }

    /// What its files are called after the dot.
    pub fn extension(self) -> &'static str {
        match self {
            MediaType::Jpeg => "jpg",
            MediaType::Png => "png",
            MediaType::Gif => "gif",
            MediaType::Webp => "webp",
            MediaType::Mp4 => "mp4",
            MediaType::Webm => "webm",
            MediaType::Mov => "mov",
            MediaType::Mp3 => "mp3",
            MediaType::Ogg => "ogg",
            MediaType::M4a => "m4a",
            MediaType::Wav => "wav",
            MediaType::Flac => "flac",
        }
    }

    pub(super) fn family(self) -> Family {
        match self {
            MediaType::Jpeg | MediaType::Png | MediaType::Gif | MediaType::Webp => Family::Picture,
            MediaType::Mp4 | MediaType::Webm | MediaType::Mov => Family::Film,
            MediaType::Mp3 | MediaType::Ogg | MediaType::M4a | MediaType::Wav | MediaType::Flac => {
                Family::Sound
            }
        }
    }

    /// The one demuxer that ffmpeg may use, so that it guesses nothing: a playlist that names other
    /// files is never opened as one. `None` for pictures that ffmpeg never sees.
    pub(super) fn demuxer(self) -> Option<&'static str> {
        match self {
            MediaType::Jpeg | MediaType::Png | MediaType::Webp => None,
            MediaType::Gif => Some("gif"),
            MediaType::Mp4 | MediaType::Mov | MediaType::M4a => Some("mov"),
            MediaType::Webm => Some("matroska"),
            MediaType::Mp3 => Some("mp3"),
            MediaType::Ogg => Some("ogg"),
            MediaType::Wav => Some("wav"),
            MediaType::Flac => Some("flac"),
        }
    }
}

/// What the first bytes of a file say it is, if that is on the list.
pub fn sniff(head: &[u8]) -> Option<MediaType> {
    Some(match infer::get(head)?.mime_type() {
        "image/jpeg" => MediaType::Jpeg,
        "image/png" => MediaType::Png,
        "image/gif" => MediaType::Gif,
        "image/webp" => MediaType::Webp,
        "video/mp4" | "video/x-m4v" => MediaType::Mp4,
        "video/webm" => MediaType::Webm,
        "video/quicktime" => MediaType::Mov,
        "audio/mpeg" => MediaType::Mp3,
        "audio/ogg" | "audio/opus" => MediaType::Ogg,
        "audio/m4a" => MediaType::M4a,
        "audio/x-wav" => MediaType::Wav,
        "audio/x-flac" => MediaType::Flac,
        _ => return None,
    })
}

pub(super) async fn sniff_file(path: &Path) -> Result<Option<MediaType>, PipelineError> {
    let mut head = Vec::with_capacity(8192);
    tokio::fs::File::open(path).await?.take(8192).read_to_end(&mut head).await?;
    Ok(sniff(&head))
}
