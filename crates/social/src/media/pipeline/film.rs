//! Video, sound and animations: probed, then encoded anew as what every browser plays.

use std::{ffi::OsString, path::Path, sync::Arc, time::Duration};

use serde_json::{Value, json};

use super::{
    Kind, Limits, MediaType, PipelineError, Role, picture,
    probe::{Probe, Stream, input_arguments, rate},
    tools::{Bounds, FilmTools, file_argument},
    work::{Draft, Made, Work},
};

/// Fits the picture into 1920 by 1920 with even edges, which H.264 needs.
const SCALE: &str = "scale=w='min(1920,iw)':h='min(1920,ih)':force_original_aspect_ratio=decrease:\
                     force_divisible_by=2";

/// What works on one film.
pub(super) struct Film<'a> {
    pub tools: FilmTools<'a>,
    pub limits: &'a Limits,
    pub work: &'a Arc<Work>,
}

impl Film<'_> {
    /// Makes the files of a video or a sound; which of them it is, its streams say.
    pub(super) async fn make(
        &self,
        input: &Path,
        source: MediaType,
    ) -> Result<Made, PipelineError> {
        let demuxer = source.demuxer().ok_or(PipelineError::UnsupportedType)?;
        let probe = Probe::of(self.tools, self.limits, input, demuxer).await?;
        probe.check(self.limits)?;
        match (probe.video(), probe.sound()) {
            (Some(video), sound) => {
                let from = Source { path: input, demuxer, probe: &probe };
                self.video(from, video, sound, Kind::Video).await
            }
            (None, Some(sound)) => {
                self.sound(Source { path: input, demuxer, probe: &probe }, sound).await
            }
            (None, None) => Err(PipelineError::Corrupt),
        }
    }

    /// Makes a film without sound of an animated GIF.
    pub(super) async fn loop_of_gif(&self, input: &Path) -> Result<Made, PipelineError> {
        let demuxer = "gif";
        let probe = Probe::of(self.tools, self.limits, input, demuxer).await?;
        // GIFs have frames of a hundredth of a second; the encoder drops what is too fast to see.
        let limits = Limits { film_rate: 100, ..self.limits.clone() };
        probe.check(&limits)?;
        let video = probe.video().ok_or(PipelineError::Corrupt)?;
        self.video(Source { path: input, demuxer, probe: &probe }, video, None, Kind::Gifv).await
    }

    async fn video(
        &self,
        from: Source<'_>,
        video: &Stream,
        sound: Option<&Stream>,
        kind: Kind,
    ) -> Result<Made, PipelineError> {
        let film = self.work.draft(Role::Original, MediaType::Mp4);
        let mut args = vec![
            "-map".to_owned(),
            format!("0:{}", video.index),
            "-vf".to_owned(),
            SCALE.to_owned(),
        ];
        args.extend(words(
            "-c:v libx264 -preset veryfast -profile:v high -pix_fmt yuv420p -crf 23 \
             -maxrate 4500k -bufsize 9000k -fpsmax 60",
        ));
        // Without the encoder's note on itself, which is a unit of type 6.
        args.extend(words("-bsf:v filter_units=remove_types=6"));
        match sound {
            Some(sound) => {
                args.extend(["-map".to_owned(), format!("0:{}", sound.index)]);
                args.extend(words("-c:a aac -b:a 128k -ac 2"));
            }
            None => args.push("-an".to_owned()),
        }
        args.extend(words("-f mp4"));
        let probe = self.encode(from, args, &film).await?;
        let stream = probe.video().ok_or(PipelineError::Corrupt)?;
        let (poster, small, blurhash) = self.poster(&film, &probe).await?;
        let mut meta = video_meta(&probe, stream);
        meta["small"] = small;
        Ok(Made { kind, files: vec![film, poster], meta, blurhash: Some(blurhash) })
    }

    async fn sound(&self, from: Source<'_>, sound: &Stream) -> Result<Made, PipelineError> {
        let file = self.work.draft(Role::Original, MediaType::M4a);
        let mut args = vec!["-map".to_owned(), format!("0:{}", sound.index)];
        args.extend(words("-vn -c:a aac -b:a 160k -ac 2 -f mp4"));
        let probe = self.encode(from, args, &file).await?;
        let meta = sound_meta(&probe);
        Ok(Made { kind: Kind::Audio, files: vec![file], meta, blurhash: None })
    }

    /// Runs ffmpeg, and looks at what it made: only that says how long it really is.
    async fn encode(
        &self,
        from: Source<'_>,
        args: Vec<String>,
        into: &Draft,
    ) -> Result<Probe, PipelineError> {
        let max_seconds = self.limits.film_seconds;
        // What the file says of its length is a hint: the encoder stops at the limit in any case.
        let seconds = from.probe.duration().map_or(max_seconds, |seconds| seconds as u64 + 1);
        let time = self.limits.film_time + Duration::from_secs(seconds.min(max_seconds));
        let mut command = words("-nostdin -hide_banner -v error -xerror -threads 2");
        command.extend(input_arguments(from.demuxer));
        command.extend(["-i".into(), file_argument(from.path)]);
        command.extend(args.into_iter().map(OsString::from));
        command.extend(words::<OsString>(
            "-sn -dn -map_metadata -1 -map_chapters -1 -fflags +bitexact -flags:v +bitexact \
             -flags:a +bitexact -threads 2 -max_muxing_queue_size 1024 -movflags +faststart",
        ));
        command.extend(["-t".into(), (max_seconds + 2).to_string().into()]);
        command.push(file_argument(&into.path));
        self.tools.convert(&command, self.bounds(time)).await?;

        let probe = Probe::of(self.tools, self.limits, &into.path, "mov").await?;
        // It says how much was there before the encoder stopped: over the limit is over the limit.
        if probe.duration().is_none_or(|seconds| seconds > max_seconds as f64 + 1.0) {
            return Err(PipelineError::TooLong { max_seconds });
        }
        Ok(probe)
    }

    /// A frame of the film, near its start but not at it, where many are still black.
    async fn poster(
        &self,
        film: &Draft,
        probe: &Probe,
    ) -> Result<(Draft, Value, String), PipelineError> {
        let frame = self.work.path("frame.png");
        let near_start = (probe.duration().unwrap_or_default() / 2.0).min(1.0);
        // A film of one frame has none behind its middle.
        for at in [near_start, 0.0] {
            let mut command = words("-nostdin -hide_banner -v error -y -threads 2 -ss");
            command.push(format!("{at:.3}").into());
            command.extend(input_arguments("mov"));
            command.extend(["-i".into(), file_argument(&film.path)]);
            command.extend(words::<OsString>("-an -frames:v 1 -c:v png -f image2pipe"));
            command.push(file_argument(&frame));
            self.tools.convert(&command, self.bounds(self.limits.film_time)).await?;
            if tokio::fs::metadata(&frame).await.is_ok_and(|file| file.len() > 0) {
                break;
            }
        }
        let (work, limits) = (Arc::clone(self.work), self.limits.clone());
        self.work.block(move || picture::make_poster(&frame, &limits, &work)).await
    }

    fn bounds(&self, time: Duration) -> Bounds {
        Bounds { time, memory: self.limits.tool_memory, file: self.limits.film_output_bytes }
    }
}

/// What is encoded.
struct Source<'a> {
    path: &'a Path,
    demuxer: &'a str,
    probe: &'a Probe,
}

fn words<T: From<&'static str>>(line: &'static str) -> Vec<T> {
    line.split_ascii_whitespace().map(T::from).collect()
}

fn video_meta(probe: &Probe, video: &Stream) -> Value {
    let (width, height) = (video.width, video.height);
    let aspect = f64::from(width) / f64::from(height.max(1));
    let mut meta = sound_meta(probe);
    meta["width"] = json!(width);
    meta["height"] = json!(height);
    meta["size"] = json!(format!("{width}x{height}"));
    meta["aspect"] = json!(aspect);
    meta["fps"] = json!(rate(&video.avg_frame_rate).map(f64::round));
    meta["original"]["width"] = json!(width);
    meta["original"]["height"] = json!(height);
    meta["original"]["frame_rate"] = json!(video.avg_frame_rate);
    meta
}

fn sound_meta(probe: &Probe) -> Value {
    let duration = probe.duration().unwrap_or_default();
    let mut meta = json!({
        "length": length(duration),
        "duration": duration,
        "original": { "duration": duration, "bitrate": probe.bit_rate() },
    });
    if let Some(sound) = probe.sound() {
        meta["audio_encode"] = json!(sound.codec_name);
        meta["audio_bitrate"] = json!(sound.sample_rate.as_ref().map(|rate| format!("{rate} Hz")));
        meta["audio_channels"] = json!(if sound.channels == 1 { "mono" } else { "stereo" });
    }
    meta
}

/// A length like `0:01:28.65`.
fn length(seconds: f64) -> String {
    let whole = seconds as u64;
    let (hours, minutes) = (whole / 3600, whole / 60 % 60);
    format!("{hours}:{minutes:02}:{:05.2}", seconds - (hours * 3600 + minutes * 60) as f64)
}
