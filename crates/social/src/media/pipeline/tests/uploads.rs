use super::*;

#[tokio::test]
async fn u_1_the_type_is_read_from_the_bytes_alone() {
    let bench = Bench::new();
    for bytes in [
        b"<!doctype html><script>alert(1)</script>".as_slice(),
        b"<svg xmlns=\"http://www.w3.org/2000/svg\"><script>alert(1)</script></svg>",
        b"<?xml version=\"1.0\"?><svg/>",
        b"alert(1)",
        b"%PDF-1.7\n%\xff\xd8\xff",
        b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0",
        b"PK\x03\x04\x14\0\0\0\x08\0",
        b"<?php __HALT_COMPILER(); ?>",
        b"#!/bin/sh\necho",
        b"",
        b"\0",
    ] {
        let error = bench.refused(bytes).await;
        assert!(matches!(error, PipelineError::UnsupportedType), "{error}");
    }
    // The name of the upload ends in `.html`, and yet it is a picture.
    let made = bench.attach(&encoded(&photograph(9, 9), ImageFormat::Png)).await.unwrap();
    assert_eq!(made.source, MediaType::Png);
}

#[tokio::test]
async fn u_2_formats_that_are_not_on_the_list_are_refused() {
    let bench = Bench::new();
    for bytes in [
        b"II*\0\x08\0\0\0".as_slice(),
        b"\0\0\x01\0\x01\0",
        b"BM\x46\0\0\0\0\0",
        b"#?RADIANCE\n",
        b"v/1\x01\x02\0\0\0",
        b"DDS |\0\0\0",
        b"P6\n1 1\n255\n\0\0\0",
        b"farbfeld\0\0\0\x01",
        b"qoif\0\0\0\x01",
        b"\0\0\0\x1cftypavif\0\0\0\0avifmif1",
        b"\0\0\0\x18ftypheic\0\0\0\0mif1heic",
        b"8BPS\0\x01",
        b"FLV\x01\x05\0\0\0\x09",
        b"RIFF\0\0\0\0AVI LIST",
    ] {
        let error = bench.refused(bytes).await;
        assert!(matches!(error, PipelineError::UnsupportedType), "{bytes:?}: {error}");
    }
}

#[tokio::test]
async fn u_6_a_header_alone_is_damaged() {
    let bench = Bench::new();
    for bytes in [
        b"\xff\xd8\xff\xe0".as_slice(),
        b"\x89PNG\r\n\x1a\n",
        b"GIF89a",
        b"RIFF\0\0\0\0WEBPVP8 ",
        b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom",
        b"ID3\x04\0\0\0\0\0\0",
        b"OggS\0\x02\0\0",
        b"fLaC\0\0\0\x22",
        b"RIFF\0\0\0\0WAVEfmt ",
    ] {
        let error = bench.refused(bytes).await;
        assert!(matches!(error, PipelineError::Corrupt), "{bytes:?}: {error}");
    }
}

#[tokio::test]
async fn a_file_over_the_limit_is_refused_unread() {
    let limits = Limits { picture_bytes: 1_000, ..Limits::default() };
    let bench = Bench::with(Pipeline::with_limits(Tools::none(), 1, limits));
    let error = bench.refused(&encoded(&photograph(90, 90), ImageFormat::Png)).await;
    assert!(matches!(error, PipelineError::TooLarge { max: 1_000 }), "{error}");
}

#[tokio::test]
async fn without_ffmpeg_films_are_refused_with_the_reason_and_gifs_stand_still() {
    let source = Bench::new();
    let film = source.ffmpeg("a.mp4", &["-f", "lavfi", "-i", "testsrc=d=0.2:s=64x48"]);
    let animation = source.ffmpeg("a.gif", &["-f", "lavfi", "-i", "testsrc=d=0.4:s=64x48:r=10"]);
    let bench = Bench::with(Pipeline::new(Tools::none(), 1));
    assert!(!bench.pipeline.takes_film());
    let error = bench.refused(&film).await;
    assert!(matches!(error, PipelineError::NoFfmpeg), "{error}");
    assert!(error.to_string().contains("ffmpeg"));
    let made = bench.attach(&animation).await.unwrap();
    assert_eq!((made.kind, made.files[0].content_type), (Kind::Image, "image/png"));
}

#[tokio::test]
async fn a_film_is_no_avatar() {
    let bench = Bench::new();
    let film = bench.ffmpeg("a.mp4", &["-f", "lavfi", "-i", "testsrc=d=0.2:s=64x48"]);
    let error = bench.process(&film, Purpose::Avatar).await.unwrap_err();
    assert!(matches!(error, PipelineError::NotAPicture), "{error}");
    let animation = bench.ffmpeg("a.gif", &["-f", "lavfi", "-i", "testsrc=d=0.4:s=64x48:r=10"]);
    let made = bench.process(&animation, Purpose::Avatar).await.unwrap();
    assert_eq!(picture_of(&made, Role::Original).width(), 400, "the first frame");
}

#[tokio::test]
async fn no_more_than_the_parallel_number_are_worked_on_at_once() {
    let bench = Bench::with(Pipeline::new(Tools::none(), 1));
    let held = Arc::clone(&bench.pipeline.places).acquire_owned().await.unwrap();
    let bytes = encoded(&photograph(9, 9), ImageFormat::Png);
    {
        let waiting = bench.attach(&bytes);
        tokio::pin!(waiting);
        assert!(still_pending(waiting.as_mut()).await, "it waits for its place");
        assert_eq!(bench.left(), Vec::<PathBuf>::new());
    }
    drop(held);
    assert!(bench.attach(&bytes).await.is_ok());
    assert_eq!(bench.pipeline.places.available_permits(), 1);
}

#[test]
fn every_refusal_is_a_sentence_and_only_our_own_faults_are_temporary() {
    let error = PipelineError::TooLarge { max: 16_000_000 };
    assert_eq!(error.to_string(), "the file is too large: 16 MB is the most");
    assert!(!error.is_temporary() && !PipelineError::Corrupt.is_temporary());
    assert!(PipelineError::Io(std::io::Error::other("disk full")).is_temporary());
}

#[test]
fn the_types_have_names_of_the_web() {
    for media_type in MediaType::ALL {
        assert!(media_type.content_type().contains('/'));
        assert!(!media_type.extension().is_empty());
    }
}
