//! Pictures out: resized, encoded anew, with nothing in the file but pixels.

use std::{collections::HashSet, fs::File, io::BufWriter, io::Write};

use fast_image_resize::{ResizeOptions, Resizer};
use image::{
    DynamicImage, ImageEncoder, Rgb, Rgba,
    codecs::{jpeg::JpegEncoder, png::PngEncoder, webp::WebPEncoder},
};

use super::{
    MediaType, PipelineError, Role,
    work::{Draft, Work},
};

/// Colours up to which a picture without alpha counts as drawn, and keeps its sharp edges as PNG.
const DRAWN_COLOURS: usize = 256;

/// Writes the picture that is served in full.
pub(super) fn original(
    picture: &DynamicImage,
    source: MediaType,
    work: &Work,
) -> Result<Draft, PipelineError> {
    let drawn = source != MediaType::Jpeg && is_drawn(picture);
    let encoding = match lossless(picture, source) {
        Some(encoding) => encoding,
        None if drawn => MediaType::Png,
        None => MediaType::Jpeg,
    };
    write(picture, encoding, 88, Role::Original, work)
}

/// Writes a small picture.
pub(super) fn small(
    picture: &DynamicImage,
    source: MediaType,
    role: Role,
    work: &Work,
) -> Result<Draft, PipelineError> {
    let encoding = lossless(picture, source).unwrap_or(MediaType::Jpeg);
    write(picture, encoding, 82, role, work)
}

/// The encoding of a picture with alpha, which JPEG has not: what its author chose, if possible.
fn lossless(picture: &DynamicImage, source: MediaType) -> Option<MediaType> {
    picture.color().has_alpha().then_some(match source {
        MediaType::Webp => MediaType::Webp,
        _ => MediaType::Png,
    })
}

fn is_drawn(picture: &DynamicImage) -> bool {
    let Some(picture) = picture.as_rgb8() else { return false };
    let mut colours: HashSet<Rgb<u8>> = HashSet::new();
    picture.pixels().all(|pixel| {
        colours.insert(*pixel);
        colours.len() <= DRAWN_COLOURS
    })
}

fn write(
    picture: &DynamicImage,
    encoding: MediaType,
    quality: u8,
    role: Role,
    work: &Work,
) -> Result<Draft, PipelineError> {
    let draft = work.draft(role, encoding);
    let mut file = BufWriter::new(File::create(&draft.path)?);
    let (width, height) = (picture.width(), picture.height());
    let (pixels, colour) = (picture.as_bytes(), picture.color().into());
    let written = match encoding {
        MediaType::Png => PngEncoder::new(&mut file).write_image(pixels, width, height, colour),
        MediaType::Webp => {
            WebPEncoder::new_lossless(&mut file).write_image(pixels, width, height, colour)
        }
        _ => JpegEncoder::new_with_quality(&mut file, quality)
            .write_image(pixels, width, height, colour),
    };
    written.map_err(|error| match error {
        image::ImageError::IoError(error) => PipelineError::Io(error),
        _ => PipelineError::Internal("the picture could not be encoded"),
    })?;
    file.flush()?;
    Ok(draft)
}

/// The middle of a picture that has the aspect of the size, in that size.
pub(super) fn resize(
    picture: &DynamicImage,
    width: u32,
    height: u32,
) -> Result<DynamicImage, PipelineError> {
    let mut resized = DynamicImage::new(width, height, picture.color());
    let options = ResizeOptions::new().fit_into_destination(Some((0.5, 0.5)));
    Resizer::new()
        .resize(picture, &mut resized, &options)
        .map_err(|_| PipelineError::Internal("the picture could not be resized"))?;
    Ok(resized)
}

/// The placeholder of a picture, from a few pixels of it: more would not show.
pub(super) fn blurhash(small: &DynamicImage) -> Result<String, PipelineError> {
    let tiny = super::picture::fit(small.clone(), 64)?;
    let mut tiny = tiny.into_rgba8();
    tiny.pixels_mut().for_each(on_white);
    let (x, y) = if tiny.width() >= tiny.height() { (4, 3) } else { (3, 4) };
    blurhash::encode(x, y, tiny.width(), tiny.height(), tiny.as_raw())
        .map_err(|_| PipelineError::Internal("the placeholder could not be made"))
}

fn on_white(pixel: &mut Rgba<u8>) {
    let alpha = u16::from(pixel[3]);
    for channel in 0..3 {
        let mixed = (u16::from(pixel[channel]) * alpha + 255 * (255 - alpha)) / 255;
        pixel[channel] = u8::try_from(mixed).unwrap_or(u8::MAX);
    }
    pixel[3] = u8::MAX;
}
