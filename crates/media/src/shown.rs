//! What a file of another server is by its first bytes, whatever that server says it is: something that a browser shows and never
//! runs. It is not read any further.

use crate::Container;

/// A picture, a film or a sound, as it is told to those who look at it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shown {
    pub media_type: &'static str,
    pub ending: &'static str,
}

/// How far the box is read that says which forms a picture keeps to.
const BRANDS: usize = 256;
/// How far it is looked for what is in a container.
const HEAD: usize = 4096;

impl Shown {
    const fn new(media_type: &'static str, ending: &'static str) -> Self {
        Self { media_type, ending }
    }

    /// `None`: anything else, such as a page or an SVG.
    pub fn of(bytes: &[u8]) -> Option<Self> {
        picture(bytes).or_else(|| film_or_sound(bytes))
    }
}

fn picture(bytes: &[u8]) -> Option<Shown> {
    let starts = |with: &[u8]| bytes.starts_with(with);
    Some(if starts(b"\xff\xd8\xff") {
        Shown::new("image/jpeg", "jpg")
    } else if starts(b"\x89PNG\r\n\x1a\n") {
        Shown::new("image/png", "png")
    } else if starts(b"GIF87a") || starts(b"GIF89a") {
        Shown::new("image/gif", "gif")
    } else if starts(b"RIFF") && bytes.get(8..12) == Some(b"WEBP") {
        Shown::new("image/webp", "webp")
    } else if is_avif(bytes) {
        Shown::new("image/avif", "avif")
    } else {
        return None;
    })
}

/// AV1 Image File Format, section 6: by the brands that it names; the second of the words is a version.
fn is_avif(bytes: &[u8]) -> bool {
    if !Container::is_picture(bytes) {
        return false;
    }
    let length = bytes
        .first_chunk::<4>()
        .map_or(0, |length| u32::from_be_bytes(*length));
    let end = usize::try_from(length).map_or(BRANDS, |length| length.min(BRANDS));
    let brands = bytes.get(8..end.min(bytes.len())).unwrap_or_default();
    brands
        .chunks_exact(4)
        .enumerate()
        .any(|(at, brand)| at != 1 && matches!(brand, b"avif" | b"avis"))
}

fn film_or_sound(bytes: &[u8]) -> Option<Shown> {
    let head = bytes.get(..bytes.len().min(HEAD)).unwrap_or_default();
    let holds = |word: &[u8]| head.windows(word.len()).any(|part| part == word);
    Some(match Container::of(bytes)? {
        Container::Mp4 => match bytes.get(8..12).unwrap_or_default() {
            b"M4A " | b"M4B " => Shown::new("audio/mp4", "m4a"),
            b"qt  " => Shown::new("video/quicktime", "mov"),
            _ => Shown::new("video/mp4", "mp4"),
        },
        // The name of the form stands in the first element.
        Container::Matroska if holds(b"webm") => Shown::new("video/webm", "webm"),
        Container::Matroska => Shown::new("video/x-matroska", "mkv"),
        // The first pages say what the streams are.
        Container::Ogg if holds(b"\x80theora") => Shown::new("video/ogg", "ogv"),
        Container::Ogg => Shown::new("audio/ogg", "ogg"),
        Container::Wav => Shown::new("audio/wav", "wav"),
        Container::Flac => Shown::new("audio/flac", "flac"),
        Container::Mp3 => Shown::new("audio/mpeg", "mp3"),
        Container::Adts => Shown::new("audio/aac", "aac"),
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn what_browsers_show_is_known_by_its_first_bytes() {
        for (bytes, media_type) in [
            (&b"\xff\xd8\xff\xe0\0\x10JFIF"[..], "image/jpeg"),
            (b"\x89PNG\r\n\x1a\n\0\0", "image/png"),
            (b"GIF87a\x01", "image/gif"),
            (b"GIF89a\x01", "image/gif"),
            (b"RIFF\0\0\0\0WEBPVP8 ", "image/webp"),
            (b"\0\0\0\x1cftypavif\0\0\0\0mif1", "image/avif"),
            (b"\0\0\0\x1cftypmif1\0\0\0\0miafavif\0\0", "image/avif"),
            (b"\0\0\0\x20ftypisom", "video/mp4"),
            (b"\0\0\0\x20ftypM4A ", "audio/mp4"),
            (b"\0\0\0\x14ftypqt  ", "video/quicktime"),
            (b"\x1a\x45\xdf\xa3\x9f\x42\x82\x84webm", "video/webm"),
            (
                b"\x1a\x45\xdf\xa3\xa3\x42\x82\x88matroska",
                "video/x-matroska",
            ),
            (b"OggS\0\x02\0\0\x01vorbis", "audio/ogg"),
            (b"OggS\0\x02\0\0\x80theora", "video/ogg"),
            (b"RIFF\0\0\0\0WAVEfmt ", "audio/wav"),
            (b"fLaC\0", "audio/flac"),
            (b"ID3\x03", "audio/mpeg"),
            (b"\xff\xf1\x50", "audio/aac"),
        ] {
            assert_eq!(Shown::of(bytes).unwrap().media_type, media_type);
        }
    }

    #[test]
    fn anything_else_is_not_shown() {
        for bytes in [
            &b""[..],
            b"<!doctype html><script>alert(1)</script>",
            b"<svg xmlns=\"http://www.w3.org/2000/svg\"/>",
            b"\xef\xbb\xbf<?xml version=\"1.0\"?><svg/>",
            b"\xff\xfe<\0s\0v\0g\0",
            b"%PDF-1.7",
            b"PK\x03\x04",
            b"#EXTM3U",
            b"II*\0\x08\0",
            b"\0\0\0\x20ftypheic\0\0\0\0mif1",
            b"\0\0\0\x18ftypmif1\0\0\0\0heic",
            // A version of that name is no brand.
            b"\0\0\0\x10ftypmif1avif",
            // Behind the end of the box.
            b"\0\0\0\x10ftypmif1\0\0\0\0avif",
            b"RIFF\0\0\0\0AVI LIST",
            b"BM\0\0",
        ] {
            assert_eq!(Shown::of(bytes), None, "{bytes:?}");
        }
    }
}
