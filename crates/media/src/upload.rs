//! A picture that somebody uploaded, made safe: decoded within bounds, turned as it should stand, written anew without anything
//! but its pixels, with a small one beside it.

use std::io::Cursor;

use image::{
    AnimationDecoder, DynamicImage, ExtendedColorType, ImageDecoder, ImageEncoder, ImageFormat,
    ImageReader, Limits,
    codecs::{
        gif::{GifDecoder, GifEncoder, Repeat},
        jpeg::JpegEncoder,
        png::PngEncoder,
    },
    imageops::FilterType,
};

use crate::{Refused, blurhash};

/// Bounds on what is decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// Width times height; of an animation, times its frames.
    pub pixels: u64,
    /// The longest side of the small one.
    pub preview_side: u32,
}

/// What is kept of an upload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    pub whole: Encoded,
    pub preview: Encoded,
    pub blurhash: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Encoded {
    pub bytes: Vec<u8>,
    pub format: Format,
    pub width: u32,
    pub height: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Png,
    Jpeg,
    Gif,
}

impl Format {
    pub const ALL: [Self; 3] = [Self::Png, Self::Jpeg, Self::Gif];

    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
            Self::Gif => "image/gif",
        }
    }

    pub const fn ending(self) -> &'static str {
        match self {
            Self::Png => "png",
            Self::Jpeg => "jpg",
            Self::Gif => "gif",
        }
    }
}

/// What can be uploaded.
pub const MEDIA_TYPES: [&str; 4] = ["image/jpeg", "image/png", "image/gif", "image/webp"];

const JPEG_QUALITY: u8 = 88;

/// One of [`MEDIA_TYPES`] by its first bytes.
fn format(bytes: &[u8]) -> Option<ImageFormat> {
    image::guess_format(bytes).ok().filter(|format| {
        matches!(
            format,
            ImageFormat::Png | ImageFormat::Jpeg | ImageFormat::Gif | ImageFormat::WebP
        )
    })
}

/// Is it to be a picture that can be shown? Whether it is a sound one, [`upload`] tells.
pub fn is_picture(bytes: &[u8]) -> bool {
    format(bytes).is_some()
}

/// Reads any of [`MEDIA_TYPES`], whatever the file is called.
pub fn upload(bytes: &[u8], bounds: Bounds) -> Result<Picture, Refused> {
    let format = format(bytes).ok_or(Refused::Kind)?;
    let image = decode(bytes, format, bounds)?;
    let animation = if format == ImageFormat::Gif {
        animation(bytes, bounds)?
    } else {
        None
    };
    let whole = match animation {
        Some(bytes) => Encoded {
            bytes,
            format: Format::Gif,
            width: image.width(),
            height: image.height(),
        },
        None => encode(&image, format == ImageFormat::Png)?,
    };
    let side = bounds.preview_side.max(1);
    let small = if image.width() > side || image.height() > side {
        image.resize(side, side, FilterType::Triangle)
    } else {
        image.clone()
    };
    Ok(Picture {
        whole,
        preview: encode(&small, false)?,
        blurhash: blurhash::of(&small.resize(32, 32, FilterType::Triangle).to_rgb8()),
    })
}

fn decode(bytes: &[u8], format: ImageFormat, bounds: Bounds) -> Result<DynamicImage, Refused> {
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    reader.limits(limits(bounds));
    let mut decoder = reader.into_decoder().map_err(refused)?;
    let (width, height) = decoder.dimensions();
    if width == 0 || height == 0 || u64::from(width) * u64::from(height) > bounds.pixels {
        return Err(Refused::TooLarge);
    }
    // Only a wish: a file without, or with a broken one, stands as it is.
    let orientation = decoder.orientation();
    let mut image = DynamicImage::from_decoder(decoder).map_err(refused)?;
    if let Ok(orientation) = orientation {
        image.apply_orientation(orientation);
    }
    Ok(image)
}

fn limits(bounds: Bounds) -> Limits {
    let mut limits = Limits::default();
    // Eight bytes a pixel are the most that any of the formats has.
    limits.max_alloc = Some(bounds.pixels.saturating_mul(8));
    limits
}

fn refused(why: image::ImageError) -> Refused {
    match why {
        image::ImageError::Limits(_) => Refused::TooLarge,
        other => Refused::Broken(other.to_string()),
    }
}

/// The frames of a GIF, written anew. `None`: there is only one.
fn animation(bytes: &[u8], bounds: Bounds) -> Result<Option<Vec<u8>>, Refused> {
    let mut decoder = GifDecoder::new(Cursor::new(bytes)).map_err(refused)?;
    decoder.set_limits(limits(bounds)).map_err(refused)?;
    let (width, height) = decoder.dimensions();
    let each = u64::from(width) * u64::from(height);
    let mut frames = Vec::new();
    let mut pixels = 0_u64;
    for frame in decoder.into_frames() {
        pixels = pixels.saturating_add(each);
        if pixels > bounds.pixels {
            return Err(Refused::TooLarge);
        }
        frames.push(frame.map_err(refused)?);
    }
    if frames.len() < 2 {
        return Ok(None);
    }
    let mut out = Vec::new();
    {
        // Speed over the last colour: the file was a GIF before.
        let mut encoder = GifEncoder::new_with_speed(&mut out, 30);
        encoder.set_repeat(Repeat::Infinite).map_err(refused)?;
        encoder.encode_frames(frames).map_err(refused)?;
    }
    Ok(Some(out))
}

/// PNG where something shows through or every pixel matters, JPEG otherwise.
fn encode(image: &DynamicImage, exact: bool) -> Result<Encoded, Refused> {
    let (width, height) = (image.width(), image.height());
    let mut bytes = Vec::new();
    let clear = image.color().has_alpha() && has_holes(image);
    let format = if clear {
        let pixels = image.to_rgba8();
        PngEncoder::new(&mut bytes)
            .write_image(&pixels, width, height, ExtendedColorType::Rgba8)
            .map_err(refused)?;
        Format::Png
    } else if exact {
        let pixels = image.to_rgb8();
        PngEncoder::new(&mut bytes)
            .write_image(&pixels, width, height, ExtendedColorType::Rgb8)
            .map_err(refused)?;
        Format::Png
    } else {
        let pixels = image.to_rgb8();
        JpegEncoder::new_with_quality(&mut bytes, JPEG_QUALITY)
            .write_image(&pixels, width, height, ExtendedColorType::Rgb8)
            .map_err(refused)?;
        Format::Jpeg
    };
    Ok(Encoded {
        bytes,
        format,
        width,
        height,
    })
}

fn has_holes(image: &DynamicImage) -> bool {
    image.to_rgba8().pixels().any(|pixel| {
        let [.., alpha] = pixel.0;
        alpha < 255
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]

    use image::{Delay, Frame, Rgb, RgbImage, Rgba, RgbaImage};

    use super::*;

    const BOUNDS: Bounds = Bounds {
        pixels: 100_000,
        preview_side: 40,
    };

    fn written(image: &DynamicImage, format: ImageFormat) -> Vec<u8> {
        let mut out = Cursor::new(Vec::new());
        image.write_to(&mut out, format).unwrap();
        out.into_inner()
    }

    fn red(width: u32, height: u32) -> DynamicImage {
        RgbImage::from_pixel(width, height, Rgb([200, 10, 10])).into()
    }

    #[test]
    fn pictures_are_written_anew_with_a_small_one() {
        for (format, kept) in [
            (ImageFormat::Png, Format::Png),
            (ImageFormat::Jpeg, Format::Jpeg),
            (ImageFormat::WebP, Format::Jpeg),
        ] {
            let made = upload(&written(&red(80, 60), format), BOUNDS).unwrap();
            assert_eq!(
                (made.whole.width, made.whole.height),
                (80, 60),
                "{format:?}"
            );
            assert_eq!(made.whole.format, kept);
            assert_eq!((made.preview.width, made.preview.height), (40, 30));
            let again = image::load_from_memory(&made.whole.bytes)
                .unwrap()
                .to_rgb8();
            assert!(again.get_pixel(5, 5).0[0] > 180);
            assert_eq!(made.blurhash.len(), 28);
        }
        let clear: DynamicImage = RgbaImage::from_pixel(9, 9, Rgba([0, 0, 0, 0])).into();
        let made = upload(&written(&clear, ImageFormat::WebP), BOUNDS).unwrap();
        assert_eq!(made.whole.format, Format::Png);
    }

    #[test]
    fn nothing_but_pixels_stays_and_the_picture_stands_upright() {
        // A JPEG with an EXIF block: orientation 6 (a quarter turn), and a secret place.
        let plain = written(&red(30, 20), ImageFormat::Jpeg);
        let mut exif =
            b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0".to_vec();
        exif.extend_from_slice(b"SECRET-PLACE");
        let mut file = plain[..2].to_vec();
        file.extend_from_slice(&[0xff, 0xe1]);
        file.extend_from_slice(&u16::try_from(exif.len() + 2).unwrap().to_be_bytes());
        file.extend_from_slice(&exif);
        file.extend_from_slice(&plain[2..]);
        let made = upload(&file, BOUNDS).unwrap();
        assert_eq!((made.whole.width, made.whole.height), (20, 30));
        let text = String::from_utf8_lossy(&made.whole.bytes).into_owned();
        assert!(!text.contains("SECRET") && !text.contains("Exif"));
    }

    #[test]
    fn an_animation_stays_one() {
        let mut file = Vec::new();
        {
            let mut encoder = GifEncoder::new(&mut file);
            for colour in [0, 250] {
                let frame = RgbaImage::from_pixel(10, 10, Rgba([colour, 0, 0, 255]));
                let delay = Delay::from_saturating_duration(std::time::Duration::from_millis(100));
                encoder
                    .encode_frame(Frame::from_parts(frame, 0, 0, delay))
                    .unwrap();
            }
        }
        let made = upload(&file, BOUNDS).unwrap();
        assert_eq!(made.whole.format, Format::Gif);
        let frames = GifDecoder::new(Cursor::new(&made.whole.bytes)).unwrap();
        assert_eq!(frames.into_frames().count(), 2);
        let tight = Bounds {
            pixels: 150,
            ..BOUNDS
        };
        assert_eq!(upload(&file, tight), Err(Refused::TooLarge));
    }

    #[test]
    fn what_is_no_picture_or_too_large_is_refused() {
        assert_eq!(upload(b"<svg/>", BOUNDS), Err(Refused::Kind));
        assert_eq!(upload(b"", BOUNDS), Err(Refused::Kind));
        let large = written(&red(400, 400), ImageFormat::Png);
        assert_eq!(upload(&large, BOUNDS), Err(Refused::TooLarge));
        let mut cut = written(&red(80, 60), ImageFormat::Png);
        cut.truncate(60);
        assert!(matches!(upload(&cut, BOUNDS), Err(Refused::Broken(_))));
    }
}
