//! A file that is being read: all of it, or a part (RFC 9110, section 14), a piece at a time.

use std::{
    fs::File,
    io::{Read as _, Seek as _, SeekFrom},
    time::Duration,
};

use bytes::Bytes;
use kontor_net::Incoming;

use crate::Failed;

/// What is read of a disk at a time.
const PIECE: u64 = 256 * 1024;

/// What of a file is asked for: one range of bytes. Who asks for several gets everything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Asked {
    #[default]
    Whole,
    /// The first byte, and the last one; without that, to the end.
    From(u64, Option<u64>),
    /// So many at the end.
    Last(u64),
}

/// What of it is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    Whole,
    /// First and last byte.
    Of(u64, u64),
    /// Behind the end.
    Beyond,
}

impl Asked {
    /// By the header `Range`.
    pub fn by(header: Option<&str>) -> Self {
        let Some(range) = header.and_then(|text| text.trim().strip_prefix("bytes=")) else {
            return Self::Whole;
        };
        let Some((first, last)) = range.split_once('-') else {
            return Self::Whole;
        };
        let (first, last) = (first.trim(), last.trim());
        match (first.parse::<u64>(), last.parse::<u64>()) {
            (Ok(first), Ok(last)) if first <= last => Self::From(first, Some(last)),
            (Ok(first), Err(_)) if last.is_empty() => Self::From(first, None),
            (Err(_), Ok(count)) if first.is_empty() => Self::Last(count),
            _ => Self::Whole,
        }
    }

    pub fn of(self, length: u64) -> Part {
        let end = length.saturating_sub(1);
        match self {
            Self::Whole => Part::Whole,
            Self::From(first, _) if first >= length => Part::Beyond,
            Self::From(first, last) => Part::Of(first, last.unwrap_or(end).min(end)),
            Self::Last(0) => Part::Beyond,
            Self::Last(_) if length == 0 => Part::Beyond,
            Self::Last(count) => Part::Of(length.saturating_sub(count), end),
        }
    }

    /// The header `Range`.
    pub(crate) fn header(self) -> Option<String> {
        match self {
            Self::Whole => None,
            Self::From(first, None) => Some(format!("bytes={first}-")),
            Self::From(first, Some(last)) => Some(format!("bytes={first}-{last}")),
            Self::Last(count) => Some(format!("bytes=-{count}")),
        }
    }
}

impl Part {
    /// How many bytes of a file that is so long, and behind how many others.
    fn bounds(self, length: u64) -> (u64, u64) {
        match self {
            Self::Whole => (length, 0),
            Self::Of(first, last) => (last.saturating_sub(first).saturating_add(1), first),
            Self::Beyond => (0, 0),
        }
    }
}

/// What is asked for of a file, of which not more than a piece is held in memory.
#[derive(Debug)]
pub struct Reading {
    length: u64,
    part: Part,
    /// Bytes that are still to come, with those at hand.
    left: u64,
    at_hand: Option<Bytes>,
    source: Source,
}

/// Where the rest comes from.
#[derive(Debug)]
enum Source {
    Nowhere,
    Disk(File),
    /// Each piece must come within so long.
    Bucket(Incoming, Duration),
}

impl Reading {
    /// Of a file that is in memory.
    pub fn of(bytes: &Bytes, asked: Asked) -> Self {
        let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        let part = asked.of(length);
        let (left, before) = part.bounds(length);
        let within = usize::try_from(before)
            .ok()
            .zip(usize::try_from(left).ok())
            .and_then(|(before, left)| Some(before..before.checked_add(left)?))
            .filter(|range| range.end <= bytes.len());
        Self {
            length,
            part,
            left,
            at_hand: within.map(|range| bytes.slice(range)),
            source: Source::Nowhere,
        }
    }

    /// Blocks until the first piece is here.
    pub(crate) fn of_disk(mut file: File, asked: Asked) -> std::io::Result<Self> {
        let length = file.metadata()?.len();
        let part = asked.of(length);
        let (left, before) = part.bounds(length);
        if before > 0 {
            file.seek(SeekFrom::Start(before))?;
        }
        let first = piece(&mut file, left)?;
        Ok(Self {
            length,
            part,
            left,
            at_hand: Some(first),
            source: Source::Disk(file),
        })
    }

    /// What a bucket sends, of which nothing was read yet.
    pub(crate) fn of_bucket(length: u64, part: Part, answer: Incoming, time: Duration) -> Self {
        Self {
            length,
            part,
            left: part.bounds(length).0,
            at_hand: None,
            source: Source::Bucket(answer, time),
        }
    }

    /// Nothing of what is asked for is there.
    pub(crate) fn beyond(length: u64) -> Self {
        Self {
            length,
            part: Part::Beyond,
            left: 0,
            at_hand: None,
            source: Source::Nowhere,
        }
    }

    /// Bytes of the whole file.
    pub fn length(&self) -> u64 {
        self.length
    }

    pub fn part(&self) -> Part {
        self.part
    }

    /// Bytes of what is asked for that have not been handed out.
    pub fn left(&self) -> u64 {
        self.left
    }

    /// The next piece. `None`: that was all, and all of it came.
    pub async fn next(&mut self) -> Result<Option<Bytes>, Failed> {
        if self.left == 0 {
            return Ok(None);
        }
        let piece = match self.at_hand.take() {
            Some(piece) => piece,
            None => self.read().await?,
        };
        let count = u64::try_from(piece.len()).unwrap_or(u64::MAX);
        if piece.is_empty() || count > self.left {
            return Err(Failed::Away(
                "what came of a file is not what was said of it".to_owned(),
            ));
        }
        self.left -= count;
        Ok(Some(piece))
    }

    /// What is asked for, in one piece.
    pub async fn all(mut self) -> Result<Bytes, Failed> {
        let Some(first) = self.next().await? else {
            return Ok(Bytes::new());
        };
        if self.left == 0 {
            return Ok(first);
        }
        let mut bytes = first.to_vec();
        while let Some(piece) = self.next().await? {
            bytes.extend_from_slice(&piece);
        }
        Ok(bytes.into())
    }

    /// All of it, if the next piece is the last one and here already.
    pub fn in_one(&mut self) -> Option<Bytes> {
        if self.left == 0 {
            return Some(Bytes::new());
        }
        let whole = |piece: &Bytes| u64::try_from(piece.len()) == Ok(self.left);
        if !self.at_hand.as_ref().is_some_and(whole) {
            return None;
        }
        self.left = 0;
        self.at_hand.take()
    }

    async fn read(&mut self) -> Result<Bytes, Failed> {
        match &mut self.source {
            Source::Nowhere => Ok(Bytes::new()),
            Source::Bucket(answer, time) => {
                let piece = answer.next(*time).await.map_err(Failed::net)?;
                Ok(piece.unwrap_or_default())
            }
            Source::Disk(_) => {
                let left = self.left;
                let Source::Disk(mut file) = std::mem::replace(&mut self.source, Source::Nowhere)
                else {
                    return Ok(Bytes::new());
                };
                let (file, piece) = crate::files::aside(move || {
                    let piece = piece(&mut file, left)?;
                    Ok((file, piece))
                })
                .await?;
                self.source = Source::Disk(file);
                Ok(piece)
            }
        }
    }
}

/// So many bytes of a file, or as many as are read at a time.
fn piece(file: &mut File, left: u64) -> std::io::Result<Bytes> {
    let most = left.min(PIECE);
    let mut bytes = Vec::with_capacity(usize::try_from(most).unwrap_or_default());
    file.take(most).read_to_end(&mut bytes)?;
    Ok(bytes.into())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_range_is_within_the_file_or_none() {
        for (asked, expected) in [
            (None, Part::Whole),
            (Some("bytes=0-0"), Part::Of(0, 0)),
            (Some("bytes=0-"), Part::Of(0, 9)),
            (Some("bytes=3-5"), Part::Of(3, 5)),
            (Some("bytes=3-500"), Part::Of(3, 9)),
            (Some("bytes=-4"), Part::Of(6, 9)),
            (Some("bytes=-40"), Part::Of(0, 9)),
            (Some("bytes=10-"), Part::Beyond),
            (Some("bytes=-0"), Part::Beyond),
            (Some("bytes=5-3"), Part::Whole),
            (Some("bytes=0-1,3-4"), Part::Whole),
            (Some("bytes=x-3"), Part::Whole),
            (Some("lines=1-2"), Part::Whole),
            (Some("bytes=99999999999999999999999-"), Part::Whole),
        ] {
            assert_eq!(Asked::by(asked).of(10), expected, "{asked:?}");
        }
        assert_eq!(Asked::by(Some("bytes=0-")).of(0), Part::Beyond);
        assert_eq!(Asked::by(Some("bytes=-1")).of(0), Part::Beyond);
    }

    #[test]
    fn a_bucket_is_asked_for_the_same_range() {
        for range in ["bytes=0-0", "bytes=3-", "bytes=-4"] {
            assert_eq!(Asked::by(Some(range)).header().as_deref(), Some(range));
        }
        assert_eq!(Asked::Whole.header(), None);
    }

    /// Longer than what is read at a time.
    fn long() -> Vec<u8> {
        (0..=250).cycle().take(700_000).collect()
    }

    #[tokio::test]
    async fn a_file_is_read_by_the_piece_and_a_part_of_it_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("film");
        std::fs::write(&path, long()).unwrap();
        let open = |asked| Reading::of_disk(File::open(&path).unwrap(), asked).unwrap();

        let mut whole = open(Asked::Whole);
        assert_eq!((whole.length(), whole.left()), (700_000, 700_000));
        assert_eq!(whole.in_one(), None);
        let mut bytes = Vec::new();
        while let Some(piece) = whole.next().await.unwrap() {
            assert!(u64::try_from(piece.len()).unwrap() <= PIECE);
            bytes.extend_from_slice(&piece);
        }
        assert_eq!(bytes, long());

        for (asked, range) in [
            (Asked::From(100, Some(199)), 100..200),
            (Asked::From(1, Some(600_000)), 1..600_001),
            (Asked::Last(5), 699_995..700_000),
        ] {
            let part = open(asked);
            assert_eq!(part.left(), u64::try_from(range.len()).unwrap());
            assert_eq!(
                part.all().await.unwrap(),
                long()[range.clone()],
                "{range:?}"
            );
            let in_memory = Reading::of(&long().into(), asked);
            assert_eq!(in_memory.all().await.unwrap(), long()[range]);
        }
        let mut little = open(Asked::From(100, Some(199)));
        assert_eq!(little.in_one().unwrap(), long()[100..200]);
        assert_eq!(little.next().await.unwrap(), None);
        let beyond = open(Asked::From(700_000, None));
        assert_eq!((beyond.part(), beyond.left()), (Part::Beyond, 0));
        assert_eq!(beyond.all().await.unwrap(), Bytes::new());
    }

    #[tokio::test]
    async fn a_file_that_becomes_shorter_is_no_whole_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("film");
        std::fs::write(&path, long()).unwrap();
        let reading = Reading::of_disk(File::open(&path).unwrap(), Asked::Whole).unwrap();
        let file = File::options().write(true).open(&path).unwrap();
        file.set_len(300_000).unwrap();
        assert!(reading.all().await.is_err());
    }
}
