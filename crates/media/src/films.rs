//! Films and sounds: looked at by ffprobe, written anew by ffmpeg without anything but their pictures and their sound, with a still
//! of a film beside it. What browsers play is copied; the rest becomes H.264 and AAC, or MP3.

use std::{fs, path::Path, time::Duration};

use serde::Deserialize;

use crate::{
    Bounds, Container, Encoded, Programs, Refused,
    programs::{Means, THREADS, run},
    upload,
};

/// Bounds on what is taken, and on the work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FilmBounds {
    /// Width times height.
    pub pixels: u64,
    /// Pictures a second.
    pub frame_rate: u32,
    pub bytes: u64,
    /// Of each step: looking, writing, taking the still.
    pub time: Duration,
    pub memory: u64,
    pub preview_side: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FilmKind {
    Film,
    /// A film without sound, which plays by itself as an animated picture does.
    Silent,
    Sound,
}

/// What is kept of an upload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Film {
    pub kind: FilmKind,
    pub bytes: Vec<u8>,
    pub media_type: &'static str,
    pub ending: &'static str,
    pub duration_ms: Option<i64>,
    pub bit_rate: Option<i64>,
    /// As a fraction, of films alone.
    pub frame_rate: Option<String>,
    pub still: Option<Still>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Still {
    pub width: u32,
    pub height: u32,
    pub preview: Encoded,
    pub blurhash: String,
}

/// What ffprobe says, as far as it is used.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Report {
    streams: Vec<Stream>,
    format: Format,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Stream {
    codec_type: String,
    codec_name: String,
    pix_fmt: String,
    width: u64,
    height: u64,
    avg_frame_rate: String,
    disposition: Disposition,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Disposition {
    /// The cover of a record is no film.
    attached_pic: u8,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Format {
    duration: Option<String>,
    bit_rate: Option<String>,
}

impl Report {
    fn film(&self) -> Option<&Stream> {
        self.streams
            .iter()
            .find(|stream| stream.codec_type == "video" && stream.disposition.attached_pic == 0)
    }

    fn sound(&self) -> Option<&Stream> {
        self.streams
            .iter()
            .find(|stream| stream.codec_type == "audio")
    }

    fn duration_ms(&self) -> Option<i64> {
        let (seconds, rest) = self.format.duration.as_deref()?.split_once('.')?;
        let millis: String = rest.chars().chain("000".chars()).take(3).collect();
        let seconds: i64 = seconds.parse().ok()?;
        Some(
            seconds
                .checked_mul(1000)?
                .checked_add(millis.parse().ok()?)?,
        )
        .filter(|ms| *ms >= 0)
    }

    fn bit_rate(&self) -> Option<i64> {
        self.format.bit_rate.as_deref()?.parse().ok()
    }
}

/// How something is written, and what it is then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Form {
    arguments: &'static [&'static str],
    media_type: &'static str,
    ending: &'static str,
}

const MP4: Form = Form {
    arguments: &["-c", "copy", "-movflags", "+faststart", "-f", "mp4"],
    media_type: "video/mp4",
    ending: "mp4",
};
const WEBM: Form = Form {
    arguments: &["-c", "copy", "-f", "webm"],
    media_type: "video/webm",
    ending: "webm",
};
const MADE_MP4: Form = Form {
    arguments: &[
        "-c:v",
        "libx264",
        "-preset",
        "veryfast",
        "-crf",
        "23",
        "-pix_fmt",
        "yuv420p",
        // The encoder takes even sides alone.
        "-vf",
        "scale=trunc(iw/2)*2:trunc(ih/2)*2",
        "-c:a",
        "aac",
        "-movflags",
        "+faststart",
        "-f",
        "mp4",
    ],
    ..MP4
};
const MP3: Form = Form {
    arguments: &["-vn", "-c:a", "copy", "-f", "mp3"],
    media_type: "audio/mpeg",
    ending: "mp3",
};
const OGG: Form = Form {
    arguments: &["-vn", "-c:a", "copy", "-f", "ogg"],
    media_type: "audio/ogg",
    ending: "ogg",
};
const FLAC: Form = Form {
    arguments: &["-vn", "-c:a", "copy", "-f", "flac"],
    media_type: "audio/flac",
    ending: "flac",
};
const M4A: Form = Form {
    arguments: &[
        "-vn",
        "-c:a",
        "copy",
        "-movflags",
        "+faststart",
        "-f",
        "ipod",
    ],
    media_type: "audio/mp4",
    ending: "m4a",
};
const MADE_MP3: Form = Form {
    arguments: &["-vn", "-c:a", "libmp3lame", "-q:a", "2", "-f", "mp3"],
    ..MP3
};

/// What can come out, for those who ask beforehand what they may send.
pub const FILM_TYPES: [&str; 10] = [
    "video/mp4",
    "video/webm",
    "video/quicktime",
    "video/x-matroska",
    "audio/mpeg",
    "audio/ogg",
    "audio/flac",
    "audio/mp4",
    "audio/aac",
    "audio/wav",
];

/// The endings that names of what comes out can have.
pub const FILM_ENDINGS: [&str; 6] = [
    MP4.ending,
    WEBM.ending,
    MP3.ending,
    OGG.ending,
    FLAC.ending,
    M4A.ending,
];

fn form(film: Option<&Stream>, sound: Option<&Stream>) -> Form {
    let sound = sound.map(|stream| stream.codec_name.as_str());
    let Some(film) = film else {
        return match sound {
            Some("mp3") => MP3,
            Some("vorbis" | "opus") => OGG,
            Some("flac") => FLAC,
            Some("aac") => M4A,
            _ => MADE_MP3,
        };
    };
    match (film.codec_name.as_str(), sound) {
        ("h264", None | Some("aac" | "mp3"))
            if matches!(film.pix_fmt.as_str(), "yuv420p" | "yuvj420p") =>
        {
            MP4
        }
        ("vp8" | "vp9" | "av1", None | Some("opus" | "vorbis")) => WEBM,
        _ => MADE_MP4,
    }
}

/// Reads, checks and writes anew, in a folder that is removed afterwards.
pub fn film(
    programs: &Programs,
    bytes: &[u8],
    container: Container,
    bounds: FilmBounds,
    folder: &Path,
) -> Result<Film, Refused> {
    let folder = Folder::new(folder)?;
    let place = folder.0;
    fs::write(place.join(SOURCE), bytes).map_err(|why| Refused::Disk(why.to_string()))?;
    let source = probe(programs, SOURCE, container.demuxer(), bounds, place)?;
    check(&source, bounds)?;
    let (film, sound) = (source.film(), source.sound());
    let form = form(film, sound);
    write(programs, container, form, bounds, place)?;
    let made = fs::read(place.join(MADE)).map_err(|why| Refused::Disk(why.to_string()))?;
    let result = probe(programs, MADE, reader(form), bounds, place)?;
    let still = film.map(|_| still(programs, reader(form), bounds, place));
    Ok(Film {
        kind: match (film, sound) {
            (None, _) => FilmKind::Sound,
            (Some(_), None) => FilmKind::Silent,
            (Some(_), Some(_)) => FilmKind::Film,
        },
        bytes: made,
        media_type: form.media_type,
        ending: form.ending,
        duration_ms: result.duration_ms(),
        bit_rate: result.bit_rate(),
        frame_rate: result.film().map(|stream| stream.avg_frame_rate.clone()),
        still: still.transpose()?,
    })
}

const SOURCE: &str = "source";
const MADE: &str = "made";
const STILL: &str = "still.png";

/// Gone when it is dropped.
struct Folder<'a>(&'a Path);

impl<'a> Folder<'a> {
    fn new(place: &'a Path) -> Result<Self, Refused> {
        fs::create_dir_all(place).map_err(|why| Refused::Disk(why.to_string()))?;
        Ok(Self(place))
    }
}

impl Drop for Folder<'_> {
    fn drop(&mut self) {
        let _nothing_depends_on_it = fs::remove_dir_all(self.0);
    }
}

/// Files are read, and nothing else that an address could name.
const FILES_ALONE: [&str; 2] = ["-protocol_whitelist", "file"];

fn means(bounds: FilmBounds) -> Means {
    Means {
        time: bounds.time,
        memory: bounds.memory,
        room: bounds.bytes,
    }
}

fn reader(form: Form) -> &'static str {
    match form.ending {
        "webm" => "matroska",
        "mp3" => "mp3",
        "ogg" => "ogg",
        "flac" => "flac",
        _ => "mov",
    }
}

fn probe(
    programs: &Programs,
    file: &str,
    demuxer: &str,
    bounds: FilmBounds,
    folder: &Path,
) -> Result<Report, Refused> {
    const ENTRIES: &str = "format=duration,bit_rate:stream=codec_type,codec_name,pix_fmt,width,height,avg_frame_rate\
                           :stream_disposition=attached_pic";
    let arguments = [
        &["-v", "error"][..],
        &FILES_ALONE,
        &["-f", demuxer, "-show_entries", ENTRIES, "-of", "json", file],
    ]
    .concat();
    let said = run(&programs.ffprobe, &arguments, folder, means(bounds))?;
    serde_json::from_str(&said).map_err(|why| Refused::Broken(why.to_string()))
}

fn check(report: &Report, bounds: FilmBounds) -> Result<(), Refused> {
    let Some(film) = report.film() else {
        return match report.sound() {
            Some(_) => Ok(()),
            None => Err(Refused::Broken("neither a film nor sound".to_owned())),
        };
    };
    if film.width == 0 || film.height == 0 {
        return Err(Refused::Broken("a film without sides".to_owned()));
    }
    if film.width.saturating_mul(film.height) > bounds.pixels {
        return Err(Refused::TooLarge);
    }
    let rate = film.avg_frame_rate.split_once('/');
    let (frames, seconds): (u64, u64) = rate
        .and_then(|(frames, seconds)| Some((frames.parse().ok()?, seconds.parse().ok()?)))
        .ok_or_else(|| Refused::Broken("a film without a frame rate".to_owned()))?;
    if frames > u64::from(bounds.frame_rate).saturating_mul(seconds) {
        return Err(Refused::TooFast);
    }
    Ok(())
}

fn write(
    programs: &Programs,
    container: Container,
    form: Form,
    bounds: FilmBounds,
    folder: &Path,
) -> Result<(), Refused> {
    let arguments = [
        &["-nostdin", "-v", "error", "-threads", THREADS][..],
        &FILES_ALONE,
        &["-f", container.demuxer(), "-i", SOURCE],
        &["-map", "0:V:0?", "-map", "0:a:0?"],
        &["-map_metadata", "-1", "-map_chapters", "-1"],
        &[
            "-fflags",
            "+bitexact",
            "-flags:v",
            "+bitexact",
            "-flags:a",
            "+bitexact",
        ],
        form.arguments,
        // Of the encoder; the one before the source is the decoder's.
        &["-threads", THREADS, "-y", MADE],
    ]
    .concat();
    run(&programs.ffmpeg, &arguments, folder, means(bounds)).map(drop)
}

fn still(
    programs: &Programs,
    demuxer: &str,
    bounds: FilmBounds,
    folder: &Path,
) -> Result<Still, Refused> {
    let arguments = [
        &["-nostdin", "-v", "error", "-threads", THREADS][..],
        &FILES_ALONE,
        &["-f", demuxer, "-i", MADE],
        &[
            "-map",
            "0:V:0",
            "-frames:v",
            "1",
            "-c:v",
            "png",
            "-f",
            "image2",
            "-y",
            STILL,
        ],
    ]
    .concat();
    // A picture of every pixel may be larger than the film.
    let means = Means {
        room: bounds.pixels.saturating_mul(8),
        ..means(bounds)
    };
    run(&programs.ffmpeg, &arguments, folder, means)?;
    let bytes = fs::read(folder.join(STILL)).map_err(|why| Refused::Disk(why.to_string()))?;
    let picture = upload(
        &bytes,
        Bounds {
            pixels: bounds.pixels,
            preview_side: bounds.preview_side,
        },
    )?;
    Ok(Still {
        width: picture.whole.width,
        height: picture.whole.height,
        preview: picture.preview,
        blurhash: picture.blurhash,
    })
}

#[cfg(test)]
mod tests;
