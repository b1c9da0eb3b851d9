//! Pictures: decoded under limits, turned upright, cut to size.

use std::{
    io::Cursor,
    path::{Path, PathBuf},
    sync::Arc,
};

use image::{DynamicImage, ImageDecoder, ImageReader, metadata::Orientation};
use serde_json::json;

use super::{
    Kind, Limits, MediaType, PipelineError, Purpose, Role, encode,
    limits::MAX_SIDE,
    whole,
    work::{Made, Work},
};

/// Longest edge of the picture that is served in full.
const ORIGINAL_SIDE: u32 = 3_840;
/// Longest edge of the picture of a card.
const CARD_SIDE: u32 = 1_200;
/// Longest edge of the picture in a timeline.
pub(super) const SMALL_SIDE: u32 = 640;

/// Whether a picture moves. Refuses a GIF with too many frames before any is decoded.
pub(super) async fn is_animated(
    work: &Arc<Work>,
    input: &Path,
    source: MediaType,
    limits: &Limits,
) -> Result<bool, PipelineError> {
    if source != MediaType::Gif {
        return Ok(false);
    }
    let (input, max) = (input.to_owned(), limits.gif_frames);
    let (frames, whole) =
        work.block(move || Ok(whole::gif_frames(&std::fs::read(input)?, max + 1))).await?;
    match frames {
        frames if frames > max => Err(PipelineError::TooManyFrames { max }),
        0 | 1 => Ok(false),
        _ if !whole => Err(PipelineError::Corrupt),
        _ => Ok(true),
    }
}

/// Makes the files of a picture.
pub(super) async fn make(
    work: &Arc<Work>,
    input: PathBuf,
    source: MediaType,
    purpose: Purpose,
    limits: &Limits,
) -> Result<Made, PipelineError> {
    let (folder, limits) = (Arc::clone(work), limits.clone());
    work.block(move || {
        let (picture, orientation) = decode(&std::fs::read(input)?, source, &limits)?;
        let original = match purpose {
            Purpose::Attachment => upright(fit(picture, ORIGINAL_SIDE)?, orientation),
            Purpose::Avatar => cover(picture, orientation, 400, 400)?,
            Purpose::Header => cover(picture, orientation, 1_500, 500)?,
            Purpose::Card => upright(fit(picture, CARD_SIDE)?, orientation),
        };
        let mut files = vec![encode::original(&original, source, &folder)?];
        let mut meta = json!({ "original": measures(&original) });
        let small = fit(original, SMALL_SIDE)?;
        let blurhash = encode::blurhash(&small)?;
        if purpose == Purpose::Attachment {
            files.push(encode::small(&small, source, Role::Small, &folder)?);
            meta["small"] = measures(&small);
        }
        Ok(Made { kind: Kind::Image, files, meta, blurhash: Some(blurhash) })
    })
    .await
}

/// Makes the small picture of a film from one of its frames: its measures and its placeholder.
pub(super) fn make_poster(
    frame: &Path,
    limits: &Limits,
    work: &Work,
) -> Result<(super::work::Draft, serde_json::Value, String), PipelineError> {
    let (picture, _) = decode(&std::fs::read(frame)?, MediaType::Png, limits)?;
    let small = fit(picture, SMALL_SIDE)?;
    let draft = encode::small(&small, MediaType::Jpeg, Role::Small, work)?;
    Ok((draft, measures(&small), encode::blurhash(&small)?))
}

/// Decodes a picture to eight bits a channel, with alpha only where it is used. Measures are checked
/// before memory for pixels is taken.
fn decode(
    bytes: &[u8],
    source: MediaType,
    limits: &Limits,
) -> Result<(DynamicImage, Orientation), PipelineError> {
    let format = match source {
        MediaType::Jpeg => image::ImageFormat::Jpeg,
        MediaType::Png => image::ImageFormat::Png,
        MediaType::Gif => image::ImageFormat::Gif,
        MediaType::Webp => image::ImageFormat::WebP,
        _ => return Err(PipelineError::NotAPicture),
    };
    let too_many =
        || PipelineError::TooManyPixels { max_side: MAX_SIDE, max_pixels: limits.picture_pixels };
    let refused = |error: image::ImageError| match error {
        image::ImageError::Limits(_) => too_many(),
        _ => PipelineError::Corrupt,
    };
    let mut bounds = image::Limits::default();
    bounds.max_image_width = Some(MAX_SIDE);
    bounds.max_image_height = Some(MAX_SIDE);
    bounds.max_alloc = Some(limits.picture_memory);
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    reader.limits(bounds.clone());
    let mut decoder = reader.into_decoder().map_err(refused)?;
    let (width, height) = decoder.dimensions();
    let pixels = u64::from(width) * u64::from(height);
    if width.max(height) > MAX_SIDE
        || pixels > limits.picture_pixels
        || decoder.total_bytes() > limits.picture_memory
    {
        return Err(too_many());
    }
    if pixels == 0 || (source == MediaType::Jpeg && !whole::jpeg_is_whole(bytes)) {
        return Err(PipelineError::Corrupt);
    }
    bounds.reserve(decoder.total_bytes()).map_err(refused)?;
    decoder.set_limits(bounds).map_err(refused)?;
    // What cannot be read of it turns nothing.
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let picture = DynamicImage::from_decoder(decoder).map_err(refused)?;
    Ok((eight_bits(picture), orientation))
}

fn eight_bits(picture: DynamicImage) -> DynamicImage {
    if !picture.color().has_alpha() {
        return DynamicImage::ImageRgb8(picture.into_rgb8());
    }
    let picture = picture.into_rgba8();
    if picture.pixels().all(|pixel| pixel[3] == u8::MAX) {
        return DynamicImage::ImageRgb8(DynamicImage::ImageRgba8(picture).into_rgb8());
    }
    DynamicImage::ImageRgba8(picture)
}

/// The picture, made smaller if an edge is longer than `side`.
pub(super) fn fit(picture: DynamicImage, side: u32) -> Result<DynamicImage, PipelineError> {
    let (width, height) = (picture.width(), picture.height());
    let longest = width.max(height);
    if longest <= side {
        return Ok(picture);
    }
    let scaled = |edge: u32| {
        let scaled =
            (u64::from(edge) * u64::from(side) + u64::from(longest) / 2) / u64::from(longest);
        u32::try_from(scaled).unwrap_or(side).max(1)
    };
    encode::resize(&picture, scaled(width), scaled(height))
}

/// The picture, upright, cut so that it fills the size.
fn cover(
    picture: DynamicImage,
    orientation: Orientation,
    width: u32,
    height: u32,
) -> Result<DynamicImage, PipelineError> {
    // Turning comes last, when there is least to turn, so the size is turned with it.
    let turned = matches!(
        orientation,
        Orientation::Rotate90
            | Orientation::Rotate270
            | Orientation::Rotate90FlipH
            | Orientation::Rotate270FlipH
    );
    let (width, height) = if turned { (height, width) } else { (width, height) };
    Ok(upright(encode::resize(&picture, width, height)?, orientation))
}

fn upright(mut picture: DynamicImage, orientation: Orientation) -> DynamicImage {
    picture.apply_orientation(orientation);
    picture
}

/// Width, height and aspect in the form of Mastodon's `meta`.
fn measures(picture: &DynamicImage) -> serde_json::Value {
    let (width, height) = (picture.width(), picture.height());
    json!({
        "width": width,
        "height": height,
        "size": format!("{width}x{height}"),
        "aspect": f64::from(width) / f64::from(height),
    })
}
