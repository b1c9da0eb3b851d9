use super::*;

/// A TIFF block of EXIF: an orientation, a camera's name and a place.
fn exif(orientation: u8) -> Vec<u8> {
    let mut tiff = b"MM\0*\0\0\0\x08\0\x03".to_vec();
    tiff.extend([1, 0x0f, 0, 2, 0, 0, 0, 8, 0, 0, 0, 50]);
    tiff.extend([1, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0]);
    tiff.extend([0x88, 0x25, 0, 4, 0, 0, 0, 1, 0, 0, 0, 58]);
    tiff.extend([0, 0, 0, 0]);
    assert_eq!(tiff.len(), 50);
    tiff.extend(b"SECRETC\0");
    // The place: latitude north, 52 degrees 31 minutes 12 seconds.
    tiff.extend([0, 2, 0, 1, 0, 2, 0, 0, 0, 2, b'N', 0, 0, 0]);
    tiff.extend([0, 2, 0, 5, 0, 0, 0, 3, 0, 0, 0, 88, 0, 0, 0, 0]);
    for (above, below) in [(52u32, 1u32), (31, 1), (12, 1)] {
        tiff.extend(above.to_be_bytes());
        tiff.extend(below.to_be_bytes());
    }
    tiff
}

/// Puts segments behind the first two bytes of a JPEG.
fn with_segments(jpeg: &[u8], segments: &[(u8, &[u8])]) -> Vec<u8> {
    let mut bytes = jpeg[..2].to_vec();
    for (marker, body) in segments {
        bytes.extend([0xff, *marker]);
        bytes.extend(u16::try_from(body.len() + 2).unwrap().to_be_bytes());
        bytes.extend(*body);
    }
    bytes.extend(&jpeg[2..]);
    bytes
}

/// A PNG with a chunk of our own behind its header.
fn with_chunk(png: &[u8], kind: &[u8; 4], body: &[u8]) -> Vec<u8> {
    let mut bytes = png[..33].to_vec();
    bytes.extend(chunk(kind, body));
    bytes.extend(&png[33..]);
    bytes
}

fn chunk(kind: &[u8; 4], body: &[u8]) -> Vec<u8> {
    let mut bytes = u32::try_from(body.len()).unwrap().to_be_bytes().to_vec();
    bytes.extend(kind);
    bytes.extend(body);
    let crc = bytes[4..].iter().fold(u32::MAX, |crc, &byte| {
        (0..8).fold(crc ^ u32::from(byte), |crc, _| {
            if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 }
        })
    });
    bytes.extend((!crc).to_be_bytes());
    bytes
}

#[tokio::test]
async fn a_photograph_comes_out_in_two_sizes_with_its_measures() {
    let bench = Bench::new();
    let made = bench.attach(&encoded(&photograph(1600, 1200), ImageFormat::Jpeg)).await.unwrap();
    assert_eq!((made.kind, made.source), (Kind::Image, MediaType::Jpeg));
    let original = made.file(Role::Original).unwrap();
    assert_eq!(original.content_type, "image/jpeg");
    assert_eq!(original.size, fs::metadata(&original.path).unwrap().len());
    assert_eq!(original.sha256.len(), 64);
    assert!(original.path.to_str().unwrap().contains(&original.sha256));
    assert_eq!(
        made.meta,
        serde_json::json!({
            "original": {"width": 1600, "height": 1200, "size": "1600x1200", "aspect": 4.0 / 3.0},
            "small": {"width": 640, "height": 480, "size": "640x480", "aspect": 4.0 / 3.0},
        })
    );
    assert_eq!(picture_of(&made, Role::Small).width(), 640);
    assert_eq!(blurhash::decode(&made.blurhash.unwrap(), 8, 8, 1.0).unwrap().len(), 256);
    assert_eq!(bench.left().len(), 2, "nothing but the two files is left");
}

#[tokio::test]
async fn the_longest_edge_is_3840() {
    let bench = Bench::new();
    let made = bench.attach(&encoded(&photograph(4000, 40), ImageFormat::Jpeg)).await.unwrap();
    assert_eq!(made.meta["original"]["size"], "3840x38");
    assert_eq!(made.meta["small"]["size"], "640x6");
}

#[tokio::test]
async fn alpha_and_drawings_stay_lossless_and_photographs_become_jpeg() {
    let bench = Bench::new();
    let clear = DynamicImage::ImageRgba8(RgbaImage::from_fn(700, 40, |x, y| {
        Rgba([x as u8, y as u8, (x * y) as u8, x as u8])
    }));
    let drawing = DynamicImage::ImageRgb8(RgbImage::from_fn(700, 40, |x, _| Rgb([x as u8, 0, 0])));
    for (picture, format, original, small) in [
        (&clear, ImageFormat::Png, "image/png", "image/png"),
        (&clear, ImageFormat::WebP, "image/webp", "image/webp"),
        (&drawing, ImageFormat::Png, "image/png", "image/jpeg"),
        (&photograph(700, 40), ImageFormat::Png, "image/jpeg", "image/jpeg"),
        (&photograph(700, 40), ImageFormat::WebP, "image/jpeg", "image/jpeg"),
        (&drawing, ImageFormat::Gif, "image/png", "image/jpeg"),
    ] {
        let made = bench.attach(&encoded(picture, format)).await.unwrap();
        let types = (made.files[0].content_type, made.files[1].content_type);
        assert_eq!(types, (original, small), "{format:?}");
        assert_eq!(picture_of(&made, Role::Original).width(), 700);
    }
    let made = bench.attach(&encoded(&clear, ImageFormat::Png)).await.unwrap();
    assert_eq!(picture_of(&made, Role::Original).to_rgba8(), clear.to_rgba8());
}

#[tokio::test]
async fn an_avatar_and_a_header_are_cut_to_fill_their_size() {
    let bench = Bench::new();
    let bytes = encoded(&photograph(1000, 400), ImageFormat::Jpeg);
    for (purpose, size) in [(Purpose::Avatar, (400, 400)), (Purpose::Header, (1500, 500))] {
        let made = bench.process(&bytes, purpose).await.unwrap();
        let picture = picture_of(&made, Role::Original);
        assert_eq!((picture.width(), picture.height()), size);
        assert!(made.file(Role::Small).is_none());
    }
    // Upright before it is cut: the red edge, at the left of the upload, is at the top.
    let turned = with_segments(&bytes, &[(0xe1, &[b"Exif\0\0", exif(6).as_slice()].concat())]);
    let made = bench.process(&turned, Purpose::Header).await.unwrap();
    let picture = picture_of(&made, Role::Original);
    assert_eq!((picture.width(), picture.height()), (1500, 500));
}

#[tokio::test]
async fn u_5_the_orientation_is_applied_and_all_that_tells_of_the_person_is_gone() {
    let bench = Bench::new();
    let exif = exif(6);
    let jpeg = with_segments(
        &encoded(&photograph(400, 200), ImageFormat::Jpeg),
        &[
            (0xe1, &[b"Exif\0\0", exif.as_slice()].concat()),
            (0xe1, b"http://ns.adobe.com/xap/1.0/\0<x>SECRETX</x>"),
            (0xed, b"Photoshop 3.0\08BIMSECRETI"),
            (0xe2, b"ICC_PROFILE\0\x01\x01SECRETP"),
            (0xfe, b"SECRETT"),
        ],
    );
    let png = encoded(&photograph(400, 200), ImageFormat::Png);
    let png = with_chunk(&png, b"eXIf", &exif);
    let png = with_chunk(&png, b"tEXt", b"Comment\0SECRETT");
    for bytes in [jpeg, png] {
        let read = exif::Reader::new().read_from_container(&mut Cursor::new(&bytes)).unwrap();
        let place = read.get_field(exif::Tag::GPSLatitude, exif::In::PRIMARY);
        assert!(place.is_some(), "the upload tells the place");

        let made = bench.attach(&bytes).await.unwrap();
        let picture = picture_of(&made, Role::Original).to_rgb8();
        assert_eq!((picture.width(), picture.height()), (200, 400), "a quarter turn");
        assert!(picture.get_pixel(100, 10)[0] > 200, "what was left is on top");
        assert!(picture.get_pixel(190, 300)[1] > 200, "what was on top is right");
        for role in [Role::Original, Role::Small] {
            let bytes = bytes_of(&made, role);
            assert!(!contains(&bytes, b"SECRET"));
            assert!(exif::Reader::new().read_from_container(&mut Cursor::new(&bytes)).is_err());
        }
    }
}

#[tokio::test]
async fn u_2_polyglots_come_out_as_pictures_alone() {
    let bench = Bench::new();
    let script = b"<script>alert(1)</script>";
    for format in [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::Gif, ImageFormat::WebP] {
        let mut bytes = encoded(&photograph(90, 60), format);
        bytes.extend(script);
        bytes.extend(b"PK\x03\x04");
        let made = bench.attach(&bytes).await.unwrap();
        for role in [Role::Original, Role::Small] {
            let bytes = bytes_of(&made, role);
            assert!(!contains(&bytes, script) && !contains(&bytes, b"PK\x03\x04"), "{format:?}");
        }
    }
    let commented =
        with_segments(&encoded(&photograph(90, 60), ImageFormat::Jpeg), &[(0xfe, script)]);
    let made = bench.attach(&commented).await.unwrap();
    assert!(!contains(&bytes_of(&made, Role::Original), script));
}

#[tokio::test]
async fn u_3_bombs_are_refused_before_memory_is_taken() {
    let bench = Bench::new();
    let png = |width: u32, height: u32, colour: u8| {
        let mut header = width.to_be_bytes().to_vec();
        header.extend(height.to_be_bytes());
        header.extend([8, colour, 0, 0, 0]);
        let mut bytes = b"\x89PNG\r\n\x1a\n".to_vec();
        bytes.extend(chunk(b"IHDR", &header));
        bytes.extend(chunk(b"IDAT", &[0x78, 0x9c, 0x03, 0, 0, 0, 0, 1]));
        bytes.extend(chunk(b"IEND", &[]));
        bytes
    };
    let gif = |width: u16, height: u16| {
        let mut bytes = b"GIF89a".to_vec();
        bytes.extend(width.to_le_bytes());
        bytes.extend(height.to_le_bytes());
        bytes.extend([0x80, 0, 0, 0, 0, 0, 255, 255, 255, 0x2c, 0, 0, 0, 0]);
        bytes.extend(width.to_le_bytes());
        bytes.extend(height.to_le_bytes());
        bytes.extend([0, 2, 2, 0x4c, 1, 0, 0x3b]);
        bytes
    };
    let mut jpeg = encoded(&photograph(16, 16), ImageFormat::Jpeg);
    let frame = jpeg.windows(2).position(|pair| pair == [0xff, 0xc0]).unwrap();
    jpeg[frame + 5..frame + 9].copy_from_slice(&[0xc3, 0x50, 0xc3, 0x50]);
    let mut webp = encoded(&photograph(16, 16), ImageFormat::WebP);
    assert_eq!(webp[20], 0x2f, "the lossless header, whose next 28 bits are the measures");
    webp[21..24].copy_from_slice(&[0xfe, 0xbf, 0xff]);
    webp[24] |= 0x0f;
    for bytes in [
        webp,
        png(50_000, 50_000, 2),
        png(1, 0x7fff_ffff, 0),
        png(16_385, 1, 2),
        png(7_000, 7_000, 2),
        // 36 million pixels, but of four bytes each.
        png(6_000, 6_000, 6),
        gif(50_000, 50_000),
        jpeg,
    ] {
        let error = bench.refused(&bytes).await;
        assert!(matches!(error, PipelineError::TooManyPixels { .. }), "{error}");
    }
}

#[tokio::test]
async fn u_3_a_gif_of_ten_thousand_frames_is_refused_without_decoding() {
    let bench = Bench::new();
    let still = encoded(&photograph(8, 8), ImageFormat::Gif);
    let frame_at = still.iter().rposition(|&byte| byte == 0x2c).unwrap();
    let first = still.windows(2).position(|pair| pair == [0x21, 0xf9]).unwrap_or(frame_at);
    let frame = &still[first..still.len() - 1];
    let mut bytes = still[..first].to_vec();
    (0..10_000).for_each(|_| bytes.extend(frame));
    bytes.push(0x3b);
    let error = bench.refused(&bytes).await;
    assert!(matches!(error, PipelineError::TooManyFrames { max: 2_000 }), "{error}");
}

#[tokio::test]
async fn u_3_compressed_text_in_a_png_does_not_swell() {
    let bench = Bench::new();
    let drawing = DynamicImage::ImageRgb8(RgbImage::new(4, 4));
    // The data of a black picture is a stream that swells a thousandfold.
    let zeros = encoded(&DynamicImage::new_luma8(8_000, 8_000), ImageFormat::Png);
    let data = zeros.windows(4).position(|window| window == b"IDAT").unwrap();
    let length = u32::from_be_bytes(zeros[data - 4..data].try_into().unwrap()) as usize;
    let mut profile = b"bomb\0\0".to_vec();
    profile.extend(&zeros[data + 4..data + 4 + length]);
    for kind in [b"iCCP", b"zTXt"] {
        let bytes = with_chunk(&encoded(&drawing, ImageFormat::Png), kind, &profile);
        let made = bench.attach(&bytes).await.unwrap();
        assert!(made.file(Role::Original).unwrap().size < 1_000);
    }
}

#[tokio::test]
async fn u_6_cut_off_pictures_are_damaged_at_every_length() {
    let bench = Bench::new();
    for format in [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::Gif, ImageFormat::WebP] {
        let whole = encoded(&photograph(120, 80), format);
        for part in [20, 100, 300, 600, 900, 980] {
            let error = bench.refused(&whole[..whole.len() * part / 1000]).await;
            assert!(matches!(error, PipelineError::Corrupt), "{format:?} at {part}: {error}");
        }
    }
}

#[tokio::test]
async fn u_6_a_flipped_byte_is_a_picture_or_an_error_and_never_a_panic() {
    let bench = Bench::new();
    for format in [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::Gif, ImageFormat::WebP] {
        let whole = encoded(&photograph(24, 16), format);
        for at in (12..whole.len()).step_by(whole.len() / 40 + 1) {
            let mut bytes = whole.clone();
            bytes[at] ^= 0x55;
            let before = bench.left().len();
            let made = bench.attach(&bytes).await;
            assert!(bench.left().len() <= before + 2);
            assert!(!matches!(made, Err(PipelineError::Io(_) | PipelineError::Internal(_))));
        }
    }
}
