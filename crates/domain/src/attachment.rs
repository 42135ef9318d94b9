//! What a post can carry besides its text.

words!(
    AttachmentKind {
        Image = "image",
        /// A film without sound that plays by itself.
        Gifv = "gifv",
        Video = "video",
        Audio = "audio",
        /// Anything else: a client shows its address.
        Unknown = "unknown",
    }
);

/// Which of the two that a post names of one file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Form {
    Whole,
    /// The small picture of it.
    Small,
}

impl AttachmentKind {
    /// By the media type, and where there is none by the ending of the address.
    pub fn of(media_type: Option<&str>, address: &str) -> Self {
        let main = media_type.and_then(|kind| kind.split('/').next());
        match main.map(str::to_ascii_lowercase).as_deref() {
            Some("image") => Self::Image,
            Some("video") => Self::Video,
            Some("audio") => Self::Audio,
            _ => Self::of_ending(address),
        }
    }

    fn of_ending(address: &str) -> Self {
        let path = address.split(['?', '#']).next().unwrap_or_default();
        let ending = path
            .rsplit('/')
            .next()
            .and_then(|name| name.rsplit_once('.'));
        match ending
            .map(|(_, ending)| ending.to_ascii_lowercase())
            .as_deref()
        {
            Some("png" | "jpg" | "jpeg" | "gif" | "webp" | "avif" | "heic" | "svg") => Self::Image,
            Some("mp4" | "webm" | "mov" | "m4v" | "mkv" | "ogv") => Self::Video,
            Some("mp3" | "ogg" | "oga" | "opus" | "flac" | "wav" | "m4a" | "aac") => Self::Audio,
            _ => Self::Unknown,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_media_type_decides_and_then_the_address() {
        for (media_type, address, kind) in [
            (Some("image/png"), "https://a.test/x", AttachmentKind::Image),
            (Some("VIDEO/mp4"), "https://a.test/x", AttachmentKind::Video),
            (
                Some("audio/ogg"),
                "https://a.test/x.png",
                AttachmentKind::Audio,
            ),
            (
                Some("application/pdf"),
                "https://a.test/x.pdf",
                AttachmentKind::Unknown,
            ),
            (None, "https://a.test/x.JPG?size=1", AttachmentKind::Image),
            (None, "https://a.test/page", AttachmentKind::Unknown),
            (None, "https://a.test/", AttachmentKind::Unknown),
        ] {
            assert_eq!(AttachmentKind::of(media_type, address), kind, "{address}");
        }
    }
}
