use super::*;

const SECOND: &[&str] = &["-f", "lavfi", "-i", "testsrc=d=1:s=320x240:r=25"];
const TONE: &[&str] = &["-f", "lavfi", "-i", "sine=d=1"];

fn args<'a>(parts: &[&[&'a str]]) -> Vec<&'a str> {
    parts.concat()
}

#[tokio::test]
async fn a_video_becomes_h264_and_aac_that_starts_at_once_with_a_poster() {
    let bench = Bench::new();
    for (name, codecs) in [
        ("a.mp4", &["-c:v", "mpeg4", "-c:a", "aac", "-shortest"][..]),
        ("a.mov", &["-c:v", "libx264", "-c:a", "pcm_s16le", "-shortest"][..]),
        ("a.webm", &["-c:v", "libvpx", "-c:a", "libopus", "-shortest"][..]),
    ] {
        let bytes = bench.ffmpeg(name, &args(&[SECOND, TONE, codecs]));
        let made = bench.attach(&bytes).await.unwrap();
        assert_eq!(made.kind, Kind::Video, "{name}");
        let film = made.file(Role::Original).unwrap();
        assert_eq!(film.content_type, "video/mp4");
        let probed = probed(&film.path);
        for claim in ["codec_name=h264", "codec_name=aac", "pix_fmt=yuv420p", "nb_streams=2"] {
            assert!(probed.contains(claim), "{name} has {claim}: {probed}");
        }
        let bytes = fs::read(&film.path).unwrap();
        let at = |name: &[u8]| bytes.windows(4).position(|window| window == name).unwrap();
        assert!(at(b"moov") < at(b"mdat"), "{name} starts at once");
        assert_eq!(made.meta["original"]["width"], 320);
        assert_eq!(made.meta["small"]["size"], "320x240");
        assert_eq!(made.meta["fps"], 25.0);
        assert!((made.meta["duration"].as_f64().unwrap() - 1.0).abs() < 0.2, "{}", made.meta);
        assert!(made.meta["length"].as_str().unwrap().starts_with("0:00:0"));
        assert_eq!(made.file(Role::Small).unwrap().content_type, "image/jpeg");
        assert_eq!(picture_of(&made, Role::Small).height(), 240);
        assert!(made.blurhash.is_some());
    }
}

#[tokio::test]
async fn sound_becomes_m4a_with_its_length() {
    let bench = Bench::new();
    for (name, codec) in [
        ("a.mp3", "libmp3lame"),
        ("a.ogg", "libvorbis"),
        ("b.ogg", "libopus"),
        ("a.m4a", "aac"),
        ("a.wav", "pcm_s16le"),
        ("a.flac", "flac"),
    ] {
        let bytes = bench.ffmpeg(name, &args(&[TONE, &["-c:a", codec]]));
        let made = bench.attach(&bytes).await.unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!((made.kind, made.files.len()), (Kind::Audio, 1), "{name}");
        assert_eq!(made.files[0].content_type, "audio/mp4");
        assert!(probed(&made.files[0].path).contains("codec_name=aac"));
        assert!((made.meta["duration"].as_f64().unwrap() - 1.0).abs() < 0.2, "{name}");
        assert!(made.blurhash.is_none());
    }
}

#[tokio::test]
async fn a_song_with_a_cover_is_a_sound() {
    let bench = Bench::new();
    fs::write(
        bench.folder.path().join("cover.jpg"),
        encoded(&photograph(60, 60), ImageFormat::Jpeg),
    )
    .unwrap();
    let cover = bench.folder.path().join("cover.jpg");
    let cover = ["-i", cover.to_str().unwrap()];
    for name in ["a.mp3", "a.m4a"] {
        let as_cover = ["-map", "0", "-map", "1", "-c:v", "copy", "-disposition:v", "attached_pic"];
        let bytes = bench.ffmpeg(name, &args(&[TONE, &cover, &as_cover]));
        let made = bench.attach(&bytes).await.unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(made.kind, Kind::Audio);
        assert!(probed(&made.files[0].path).contains("nb_streams=1"), "the cover is gone");
    }
}

#[tokio::test]
async fn an_animated_gif_becomes_a_film_without_sound() {
    let bench = Bench::new();
    let bytes = bench.ffmpeg("a.gif", &["-f", "lavfi", "-i", "testsrc=d=0.5:s=61x47:r=10"]);
    let made = bench.attach(&bytes).await.unwrap();
    assert_eq!((made.kind, made.source), (Kind::Gifv, MediaType::Gif));
    assert_eq!(made.files[0].content_type, "video/mp4");
    assert!(probed(&made.files[0].path).contains("nb_streams=1"));
    assert_eq!(made.meta["original"]["width"], 60, "even edges");
}

#[tokio::test]
async fn a_large_video_is_fitted_and_a_turned_one_stands_upright() {
    let bench = Bench::new();
    let large = bench.ffmpeg(
        "a.mp4",
        &["-f", "lavfi", "-i", "testsrc=d=0.1:s=1080x2400:r=10", "-preset", "ultrafast"],
    );
    let made = bench.attach(&large).await.unwrap();
    assert_eq!(made.meta["size"], "864x1920");

    bench.ffmpeg("flat.mp4", SECOND);
    let flat = bench.folder.path().join("flat.mp4");
    let turned = bench.ffmpeg(
        "b.mp4",
        &["-i", flat.to_str().unwrap(), "-c", "copy", "-metadata:s:v", "rotate=90"],
    );
    let made = bench.attach(&turned).await.unwrap();
    assert_eq!(made.meta["size"], "240x320");
}

#[tokio::test]
async fn u_5_a_video_tells_no_place_no_title_and_no_chapters() {
    let bench = Bench::new();
    let chapters = bench.folder.path().join("meta.txt");
    fs::write(
        &chapters,
        ";FFMETADATA1\ntitle=SECRETT\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=0\nEND=500\ntitle=SECRETC\n",
    )
    .unwrap();
    let metadata = [
        "-metadata",
        "location=+52.5200+013.4050/",
        "-metadata",
        "comment=SECRETM",
        "-metadata:s:v",
        "handler_name=SECRETH",
        "-movflags",
        "use_metadata_tags",
    ];
    let with_chapters = ["-i", chapters.to_str().unwrap(), "-map_metadata", "1", "-map", "0"];
    let bytes = bench.ffmpeg("a.mp4", &args(&[SECOND, &with_chapters, &metadata]));
    assert!(contains(&bytes, b"SECRETM") && contains(&bytes, b"+52.5200"));
    let made = bench.attach(&bytes).await.unwrap();
    for file in &made.files {
        let bytes = fs::read(&file.path).unwrap();
        for secret in [&b"SECRET"[..], b"52.52", b"Lavf", b"x264 - core"] {
            assert!(!contains(&bytes, secret), "{:?} holds {secret:?}", file.role);
        }
    }
    assert!(!probed(&made.files[0].path).contains("[CHAPTER]"));
}

#[tokio::test]
async fn u_6_a_cut_off_video_is_damaged() {
    let bench = Bench::new();
    let late = bench.ffmpeg("a.mp4", SECOND);
    let early = bench.ffmpeg("b.mp4", &args(&[SECOND, &["-movflags", "+faststart"]]));
    for (whole, part) in [(&late, 500), (&late, 900), (&early, 100), (&early, 600)] {
        let error = bench.refused(&whole[..whole.len() * part / 1000]).await;
        assert!(matches!(error, PipelineError::Corrupt), "at {part}: {error}");
    }
}

#[tokio::test]
async fn u_7_playlists_are_refused_whatever_they_are_dressed_as() {
    let bench = Bench::new();
    let secret = bench.folder.path().join("secret.mp4");
    bench.ffmpeg("secret.mp4", SECOND);
    let secret = secret.to_str().unwrap();
    let concat = format!("ffconcat version 1.0\nfile '{secret}'\nfile 'http://127.0.0.1:1/x'\n");
    let hls = format!(
        "#EXTM3U\n#EXT-X-MEDIA-SEQUENCE:0\n#EXTINF:10.0,\nfile://{secret}\n#EXTINF:1,\n\
         concat:file:///etc/passwd|http://127.0.0.1:1/x\n#EXT-X-ENDLIST\n"
    );
    for playlist in [concat, hls] {
        let error = bench.refused(playlist.as_bytes()).await;
        assert!(matches!(error, PipelineError::UnsupportedType), "{error}");
        // Dressed as each type that ffmpeg is asked about: the one demuxer finds nothing in it.
        for magic in [
            b"ID3\x04\0\0\0\0\0\0".as_slice(),
            b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom",
            b"\0\0\0\x14ftypqt  \0\0\0\0qt  ",
            b"OggS",
            b"fLaC",
            b"RIFF\xff\0\0\0WAVE",
        ] {
            let error = bench.refused(&[magic, b"\n", playlist.as_bytes()].concat()).await;
            assert!(matches!(error, PipelineError::Corrupt), "{magic:?}: {error}");
        }
    }
}

#[tokio::test]
async fn u_7_a_mov_that_refers_to_another_file_does_not_read_it() {
    let bench = Bench::new();
    let mut bytes = bench.ffmpeg("a.mov", SECOND);
    // The data reference `url ` with the flag "in this file" becomes an alias to somewhere else.
    let at = bytes.windows(4).position(|window| window == b"url ").unwrap();
    bytes[at..at + 4].copy_from_slice(b"alis");
    bytes[at + 7] = 0;
    match bench.attach(&bytes).await {
        Ok(made) => assert_eq!(made.meta["size"], "320x240", "its own pictures"),
        Err(error) => assert!(matches!(error, PipelineError::Corrupt), "{error}"),
    }
}

#[tokio::test]
async fn u_7_what_is_over_the_limits_is_refused_by_the_probe() {
    let limits = Limits { film_seconds: 2, film_side: 400, film_streams: 3, ..Limits::default() };
    let bench = Bench::with(Pipeline::with_limits(tools(), 1, limits));
    let source = |source: &'static str| ["-f", "lavfi", "-i", source];

    let long = bench.ffmpeg("long.mp4", &source("testsrc=d=4:s=64x48:r=1"));
    let error = bench.refused(&long).await;
    assert!(matches!(error, PipelineError::TooLong { max_seconds: 2 }), "{error}");

    let wide = bench.ffmpeg("wide.mp4", &source("testsrc=d=0.1:s=420x32"));
    let error = bench.refused(&wide).await;
    assert!(matches!(error, PipelineError::TooManyPixels { max_side: 400, .. }), "{error}");

    let fast = bench.ffmpeg("fast.mp4", &source("testsrc=d=0.3:s=64x48:r=120"));
    let error = bench.refused(&fast).await;
    assert!(matches!(error, PipelineError::TooFast { max: 60 }), "{error}");

    let many = ["-map", "0", "-map", "0", "-map", "0", "-map", "0"];
    let many = bench.ffmpeg("many.mp4", &args(&[&source("testsrc=d=0.1:s=64x48"), &many]));
    let error = bench.refused(&many).await;
    assert!(matches!(error, PipelineError::TooManyStreams { max: 3 }), "{error}");

    let codec =
        bench.ffmpeg("codec.mov", &args(&[&source("testsrc=d=0.1:s=64x48"), &["-c:v", "qtrle"]]));
    let error = bench.refused(&codec).await;
    assert!(error.to_string().contains("qtrle"), "{error}");
}

#[tokio::test]
async fn u_7_a_length_that_the_file_hides_is_found_when_it_is_encoded() {
    let limits = Limits { film_seconds: 2, ..Limits::default() };
    let bench = Bench::with(Pipeline::with_limits(tools(), 1, limits));
    // As a browser records it: Matroska as a stream, which has no length in its header.
    let live = ["-c:v", "libvpx", "-f", "webm", "-live", "1"];
    let bytes =
        bench.ffmpeg("a.webm", &args(&[&["-f", "lavfi", "-i", "testsrc=d=6:s=64x48:r=5"], &live]));
    let error = bench.refused(&bytes).await;
    assert!(matches!(error, PipelineError::TooLong { max_seconds: 2 }), "{error}");
    let short =
        bench.ffmpeg("b.webm", &args(&[&["-f", "lavfi", "-i", "testsrc=d=1:s=64x48:r=5"], &live]));
    assert!(bench.attach(&short).await.is_ok());
}

#[tokio::test]
async fn u_7_subtitles_and_data_are_dropped() {
    let bench = Bench::new();
    let subtitles = bench.folder.path().join("a.srt");
    fs::write(&subtitles, "1\n00:00:00,000 --> 00:00:01,000\nSECRETS\n").unwrap();
    let with = ["-i", subtitles.to_str().unwrap(), "-map", "0", "-map", "1", "-c:s", "mov_text"];
    let clock = ["-timecode", "01:00:00:00"];
    let bytes = bench.ffmpeg("a.mov", &args(&[SECOND, &with, &clock]));
    assert!(contains(&bytes, b"SECRETS"));
    let made = bench.attach(&bytes).await.unwrap();
    assert!(probed(&made.files[0].path).contains("nb_streams=1"));
    assert!(!contains(&bytes_of(&made, Role::Original), b"SECRETS"));
}

#[tokio::test]
async fn u_7_an_output_over_the_cap_is_refused_and_removed() {
    let limits = Limits { film_output_bytes: 20_000, ..Limits::default() };
    let bench = Bench::with(Pipeline::with_limits(tools(), 1, limits));
    let noise = ["-f", "lavfi", "-i", "nullsrc=s=320x240:d=1,geq=random(1)*255:128:128"];
    let bytes = bench.ffmpeg("a.mp4", &args(&[&noise, &["-preset", "ultrafast"]]));
    let error = bench.refused(&bytes).await;
    assert!(matches!(error, PipelineError::TooLarge { max: 20_000 }), "{error}");
}

/// A pipeline whose ffprobe writes its process id to a file and then goes on for an hour.
fn endless(folder: &Path, probe_time: Duration) -> (Bench, PathBuf) {
    let (script, pid) = (folder.join("ffprobe"), folder.join("pid"));
    let (part, text) =
        (folder.join("part"), "#!/bin/sh\necho $$ > PART && mv PART PID\nexec sleep 3600\n");
    let text = text.replace("PART", part.to_str().unwrap()).replace("PID", pid.to_str().unwrap());
    fs::write(&script, text).unwrap();
    let executable = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    fs::set_permissions(&script, executable).unwrap();
    let limits = Limits { probe_time, ..Limits::default() };
    // The script writes a file, so its output must not be bounded; and it has no environment.
    let tools = Tools { ffprobe: Some(script), prlimit: None, ..tools() };
    (Bench::with(Pipeline::with_limits(tools, 1, limits)), pid)
}

fn runs(pid: &Path) -> bool {
    let pid = fs::read_to_string(pid).unwrap();
    Path::new("/proc").join(pid.trim()).exists()
}

#[tokio::test]
async fn u_7_a_tool_that_does_not_end_is_killed_when_its_time_is_up() {
    let film = Bench::new().ffmpeg("a.mp4", SECOND);
    let folder = tempfile::tempdir().unwrap();
    let (bench, pid) = endless(folder.path(), Duration::from_millis(1_500));
    let error = bench.refused(&film).await;
    assert!(matches!(error, PipelineError::TimedOut), "{error}");
    assert!(!runs(&pid), "nothing goes on running");
    assert_eq!(bench.pipeline.places.available_permits(), 1, "its place is free again");
}

#[tokio::test]
async fn u_6_when_nobody_waits_any_more_the_tool_is_killed_and_no_file_stays() {
    let film = Bench::new().ffmpeg("a.mp4", SECOND);
    let folder = tempfile::tempdir().unwrap();
    let (bench, pid) = endless(folder.path(), Duration::from_secs(3_600));
    {
        let work = bench.attach(&film);
        tokio::pin!(work);
        while !pid.exists() {
            assert!(still_pending(work.as_mut()).await);
            tokio::task::yield_now().await;
        }
        assert_eq!(bench.left().len(), 1, "the folder of the work");
    }
    assert_eq!(bench.left(), Vec::<PathBuf>::new());
    while runs(&pid) {
        tokio::task::yield_now().await;
    }
    assert_eq!(bench.pipeline.places.available_permits(), 1, "its place is free again");
}
