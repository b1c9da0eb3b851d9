//! What a video or sound is, as ffprobe says, and whether it is within the limits.

use std::{ffi::OsString, path::Path};

use serde::Deserialize;

use super::{
    Limits, PipelineError,
    tools::{Bounds, FilmTools, file_argument},
};

/// Decoders that ffmpeg may use. The pictures and the text are for covers and subtitles, which are
/// looked at and dropped.
pub(super) const DECODERS: &str = "h264,hevc,vp8,libvpx,vp9,libvpx-vp9,av1,libdav1d,libaom-av1,\
    mpeg4,gif,png,mjpeg,mov_text,aac,mp3,mp3float,opus,libopus,vorbis,libvorbis,flac,alac,pcm_u8,\
    pcm_s16le,pcm_s16be,pcm_s24le,pcm_s24be,pcm_s32le,pcm_s32be,pcm_f32le,pcm_f32be,pcm_mulaw,\
    pcm_alaw";
/// Codecs of the streams that are kept, as ffprobe calls them.
const VIDEO: [&str; 7] = ["h264", "hevc", "vp8", "vp9", "av1", "mpeg4", "gif"];
const SOUND: [&str; 6] = ["aac", "mp3", "opus", "vorbis", "flac", "alac"];

/// What is in a file.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Probe {
    #[serde(default)]
    format: Format,
    #[serde(default)]
    streams: Vec<Stream>,
}

#[derive(Debug, Clone, Default, Deserialize)]
struct Format {
    duration: Option<String>,
    bit_rate: Option<String>,
}

/// One stream of a file.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Stream {
    pub index: usize,
    #[serde(default)]
    codec_type: String,
    #[serde(default)]
    pub codec_name: String,
    #[serde(default)]
    pub width: u32,
    #[serde(default)]
    pub height: u32,
    #[serde(default)]
    pub avg_frame_rate: String,
    pub sample_rate: Option<String>,
    #[serde(default)]
    pub channels: u32,
    #[serde(default)]
    disposition: Disposition,
}

#[derive(Debug, Clone, Default, Deserialize)]
struct Disposition {
    #[serde(default)]
    attached_pic: u8,
}

impl Probe {
    /// Asks ffprobe about a file, which is opened by `demuxer` and nothing else.
    pub(super) async fn of(
        tools: FilmTools<'_>,
        limits: &Limits,
        path: &Path,
        demuxer: &str,
    ) -> Result<Probe, PipelineError> {
        let mut args: Vec<OsString> = ["-hide_banner", "-v", "error"].map(OsString::from).into();
        args.extend(input_arguments(demuxer));
        args.extend(["-print_format", "json", "-show_format", "-show_streams"].map(OsString::from));
        args.push(file_argument(path));
        // It writes no file at all.
        let bounds = Bounds { time: limits.probe_time, memory: limits.tool_memory, file: 0 };
        let printed = tools.probe(&args, bounds).await?;
        serde_json::from_slice(&printed).map_err(|_| PipelineError::Corrupt)
    }

    /// Refuses what is over the limits, or of codecs that are not on the list.
    pub(super) fn check(&self, limits: &Limits) -> Result<(), PipelineError> {
        if self.streams.len() > limits.film_streams {
            return Err(PipelineError::TooManyStreams { max: limits.film_streams });
        }
        if self.duration().is_some_and(|seconds| seconds > limits.film_seconds as f64 + 1.0) {
            return Err(PipelineError::TooLong { max_seconds: limits.film_seconds });
        }
        if let Some(video) = self.video() {
            check_codec(video, VIDEO.contains(&video.codec_name.as_str()))?;
            if video.width.max(video.height) > limits.film_side {
                return Err(PipelineError::TooManyPixels {
                    max_side: limits.film_side,
                    max_pixels: u64::from(limits.film_side).pow(2),
                });
            }
            if video.width.min(video.height) < 2 {
                return Err(PipelineError::Corrupt);
            }
            // Cameras are a little off: 60 may be 60.02.
            if rate(&video.avg_frame_rate)
                .is_some_and(|rate| rate > f64::from(limits.film_rate) + 0.5)
            {
                return Err(PipelineError::TooFast { max: limits.film_rate });
            }
        }
        if let Some(sound) = self.sound() {
            let name = sound.codec_name.as_str();
            check_codec(sound, SOUND.contains(&name) || name.starts_with("pcm_"))?;
        }
        if self.video().is_none() && self.sound().is_none() {
            return Err(PipelineError::Corrupt);
        }
        Ok(())
    }

    /// The first stream of moving pictures; a cover does not move.
    pub(super) fn video(&self) -> Option<&Stream> {
        self.streams.iter().find(|s| s.codec_type == "video" && s.disposition.attached_pic == 0)
    }

    /// The first stream of sound.
    pub(super) fn sound(&self) -> Option<&Stream> {
        self.streams.iter().find(|s| s.codec_type == "audio")
    }

    /// How many seconds it lasts, if the file says so.
    pub(super) fn duration(&self) -> Option<f64> {
        let seconds = self.format.duration.as_deref()?.parse::<f64>().ok()?;
        (seconds.is_finite() && seconds >= 0.0).then_some(seconds)
    }

    /// Bits a second, over all.
    pub(super) fn bit_rate(&self) -> Option<u64> {
        self.format.bit_rate.as_deref()?.parse().ok()
    }
}

fn check_codec(stream: &Stream, known: bool) -> Result<(), PipelineError> {
    if known {
        return Ok(());
    }
    let name = stream.codec_name.chars().filter(char::is_ascii_graphic).take(30).collect();
    Err(PipelineError::UnsupportedCodec { codec: name })
}

/// A fraction like `30000/1001`.
pub(super) fn rate(fraction: &str) -> Option<f64> {
    let (above, below) = fraction.split_once('/')?;
    let rate = above.parse::<f64>().ok()? / below.parse::<f64>().ok()?;
    rate.is_finite().then_some(rate)
}

/// What stands before every input: only files, only this demuxer, only these decoders.
pub(super) fn input_arguments(demuxer: &str) -> Vec<OsString> {
    [
        "-protocol_whitelist",
        "file,pipe",
        "-codec_whitelist",
        DECODERS,
        "-max_streams",
        "64",
        "-f",
        demuxer,
    ]
    .map(OsString::from)
    .into()
}
