//! What a file is by its first bytes, whatever it is called: which of the containers of films and sounds, if any.

/// Each has one reader of ffmpeg: a file is never read as something that names other files, as playlists do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Container {
    Mp4,
    Matroska,
    Ogg,
    Wav,
    Flac,
    Mp3,
    Adts,
}

impl Container {
    /// Of films and of sounds alone; `None`: something else, pictures among it.
    pub fn of(bytes: &[u8]) -> Option<Self> {
        let starts = |with: &[u8]| bytes.starts_with(with);
        let at = |from: usize, to: usize| bytes.get(from..to).unwrap_or_default();
        if at(4, 8) == b"ftyp" {
            return (!Self::is_picture(bytes)).then_some(Self::Mp4);
        }
        if starts(&[0x1a, 0x45, 0xdf, 0xa3]) {
            return Some(Self::Matroska);
        }
        if starts(b"OggS") {
            return Some(Self::Ogg);
        }
        if starts(b"RIFF") && at(8, 12) == b"WAVE" {
            return Some(Self::Wav);
        }
        if starts(b"fLaC") {
            return Some(Self::Flac);
        }
        if starts(b"ID3") {
            return Some(Self::Mp3);
        }
        match bytes {
            // Eleven bits to find a frame by, and then the layer: III is MP3, none is ADTS.
            [0xff, second, ..] if second & 0xe6 == 0xe2 => Some(Self::Mp3),
            [0xff, second, ..] if second & 0xf6 == 0xf0 => Some(Self::Adts),
            _ => None,
        }
    }

    /// Pictures of phones have the container of films (ISO/IEC 23008-12, AVIF).
    pub(crate) fn is_picture(bytes: &[u8]) -> bool {
        bytes.get(4..8) == Some(b"ftyp")
            && matches!(
                bytes.get(8..12).unwrap_or_default(),
                b"heic"
                    | b"heix"
                    | b"heim"
                    | b"heis"
                    | b"hevc"
                    | b"hevx"
                    | b"mif1"
                    | b"mif2"
                    | b"msf1"
                    | b"avif"
                    | b"avis"
                    | b"crx "
            )
    }

    /// Is it a sound, as far as the container tells?
    pub const fn is_of_sound(self) -> bool {
        !matches!(self, Self::Mp4 | Self::Matroska)
    }

    /// As ffmpeg calls its reader.
    pub(crate) const fn demuxer(self) -> &'static str {
        match self {
            Self::Mp4 => "mov",
            Self::Matroska => "matroska",
            Self::Ogg => "ogg",
            Self::Wav => "wav",
            Self::Flac => "flac",
            Self::Mp3 => "mp3",
            Self::Adts => "aac",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_bytes_decide() {
        for (bytes, container) in [
            (&b"\0\0\0\x20ftypisom"[..], Some(Container::Mp4)),
            (b"\0\0\0\x20ftypM4A ", Some(Container::Mp4)),
            (b"\0\0\0\x20ftypheic", None),
            (b"\0\0\0\x20ftypavif", None),
            (b"\x1a\x45\xdf\xa3\x01", Some(Container::Matroska)),
            (b"OggS\0", Some(Container::Ogg)),
            (b"RIFF\0\0\0\0WAVEfmt ", Some(Container::Wav)),
            (b"RIFF\0\0\0\0WEBPVP8 ", None),
            (b"fLaC\0", Some(Container::Flac)),
            (b"ID3\x03", Some(Container::Mp3)),
            (b"\xff\xfb\x90", Some(Container::Mp3)),
            (b"\xff\xf1\x50", Some(Container::Adts)),
            (b"\xff\xd8\xff", None),
            (b"\xff\xfe<\0", None),
            (b"\xff\x0a\xfa", None),
            (b"#EXTM3U", None),
            (b"%PDF-1.7", None),
            (b"", None),
        ] {
            assert_eq!(Container::of(bytes), container, "{bytes:?}");
        }
    }
}
