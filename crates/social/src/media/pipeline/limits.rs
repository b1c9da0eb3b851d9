//! The bounds that uploads are held to.

use std::time::Duration;

/// Most pixels on one side of a picture.
pub const MAX_SIDE: u32 = 16_384;

/// Bounds of size, time and memory.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Most bytes of a picture.
    pub picture_bytes: u64,
    /// Most bytes of a video or sound.
    pub film_bytes: u64,
    /// Most pixels of a picture, width times height.
    pub picture_pixels: u64,
    /// Most bytes that a decoded picture may take in memory.
    pub picture_memory: u64,
    /// Most frames of an animated GIF.
    pub gif_frames: usize,
    /// Most seconds of a video or sound.
    pub film_seconds: u64,
    /// Most pixels on one side of a video.
    pub film_side: u32,
    /// Most frames a second of a video.
    pub film_rate: u32,
    /// Most streams of a video or sound, those that are dropped included.
    pub film_streams: usize,
    /// Most bytes that a processed video or sound may have.
    pub film_output_bytes: u64,
    /// Time to find out what a video or sound is.
    pub probe_time: Duration,
    /// Time to process a video or sound, beside as much time as it lasts.
    pub film_time: Duration,
    /// Most address space of ffmpeg.
    pub tool_memory: u64,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            picture_bytes: 16_000_000,
            film_bytes: 99_000_000,
            picture_pixels: 40_000_000,
            picture_memory: 128 << 20,
            gif_frames: 2_000,
            film_seconds: 15 * 60,
            film_side: 4_096,
            film_rate: 60,
            film_streams: 8,
            film_output_bytes: 600_000_000,
            probe_time: Duration::from_secs(5),
            film_time: Duration::from_secs(60),
            tool_memory: 4 << 30,
        }
    }
}
