//! Films, by programs that say what they are told to.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use std::{os::unix::fs::PermissionsExt, path::PathBuf, process::Command};

use image::{DynamicImage, ImageFormat, Rgb, RgbImage};

use super::*;

const BOUNDS: FilmBounds = FilmBounds {
    pixels: 100_000,
    frame_rate: 60,
    bytes: 1 << 20,
    time: Duration::from_secs(20),
    memory: 1 << 30,
    preview_side: 40,
};

/// Programs that say what they are told to, and write what they were given.
struct Fakes {
    folder: tempfile::TempDir,
}

impl Fakes {
    fn new(report: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let red: DynamicImage = RgbImage::from_pixel(80, 60, Rgb([200, 10, 10])).into();
        let still = folder.path().join("red.png");
        red.save_with_format(&still, ImageFormat::Png).unwrap();
        let fakes = Self { folder };
        fakes.script("ffprobe", &format!("cat <<'END'\n{report}\nEND"));
        let asked = fakes.path("asked");
        fakes.script(
            "ffmpeg",
            &format!(
                "echo \"$@\" >>{}\nfor last; do :; done\ncase $last in made) cp source made;; *) cp {} $last;; esac",
                asked.display(),
                still.display()
            ),
        );
        fakes
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn script(&self, name: &str, text: &str) {
        let plain = self.path("plain");
        fs::write(&plain, format!("#!/bin/sh\n{text}\n")).unwrap();
        fs::set_permissions(&plain, fs::Permissions::from_mode(0o755)).unwrap();
        // Copied by another process: what this one has open for writing, a child that another test starts has open too for
        // a moment, and such a file does not run.
        let copied = Command::new("/bin/cp")
            .arg("-p")
            .args([plain, self.path(name)])
            .status();
        assert!(copied.unwrap().success());
    }

    fn film(&self, bounds: FilmBounds) -> Result<Film, Refused> {
        let named = |name: &str| self.path(name).to_string_lossy().into_owned();
        let programs = Programs::find(&named("ffprobe"), &named("ffmpeg")).unwrap();
        let work = self.path("work");
        let made = film(&programs, b"bytes", Container::Mp4, bounds, &work);
        assert!(!work.exists(), "what was worked on is gone");
        made
    }

    fn asked(&self) -> String {
        fs::read_to_string(self.path("asked")).unwrap()
    }
}

fn report(streams: &str) -> String {
    format!(
        r#"{{"streams": [{streams}], "format": {{"duration": "12.345600", "bit_rate": "800000"}}}}"#
    )
}

const H264: &str = r#"{"codec_type": "video", "codec_name": "h264", "pix_fmt": "yuv420p", "width": 320, "height": 240,
    "avg_frame_rate": "30000/1001", "disposition": {"attached_pic": 0}}"#;
const AAC: &str = r#"{"codec_type": "audio", "codec_name": "aac", "avg_frame_rate": "0/0"}"#;
const COVER: &str = r#"{"codec_type": "video", "codec_name": "mjpeg", "width": 9, "height": 9, "avg_frame_rate": "0/0",
    "disposition": {"attached_pic": 1}}"#;

#[test]
fn a_film_is_told_with_its_sides_times_and_a_still() {
    let fakes = Fakes::new(&report(&format!("{H264}, {AAC}")));
    let film = fakes.film(BOUNDS).unwrap();
    assert_eq!(film.kind, FilmKind::Film);
    assert_eq!((film.media_type, film.ending), ("video/mp4", "mp4"));
    assert_eq!(
        (film.duration_ms, film.bit_rate),
        (Some(12_345), Some(800_000))
    );
    assert_eq!(film.frame_rate.as_deref(), Some("30000/1001"));
    assert_eq!(film.bytes, b"bytes");
    let still = film.still.unwrap();
    assert_eq!((still.width, still.height), (80, 60));
    assert_eq!((still.preview.width, still.preview.height), (40, 30));
    assert_eq!(still.blurhash.len(), 28);
    let asked = fakes.asked();
    assert!(
        asked.contains("-map_metadata -1") && asked.contains("-c copy"),
        "{asked}"
    );
    assert!(
        asked
            .lines()
            .all(|line| line.contains("-protocol_whitelist file -f mov ")),
        "{asked}"
    );
}

#[test]
fn what_it_holds_decides_what_it_becomes() {
    let vp9 = H264.replace("h264", "vp9");
    let opus = AAC.replace("aac", "opus");
    let odd = H264.replace("yuv420p", "yuv444p");
    let pcm = AAC.replace("aac", "pcm_s16le");
    for (streams, kind, media_type, how) in [
        (H264.to_owned(), FilmKind::Silent, "video/mp4", "-c copy"),
        (
            format!("{vp9}, {opus}"),
            FilmKind::Film,
            "video/webm",
            "-c copy",
        ),
        (
            format!("{vp9}, {AAC}"),
            FilmKind::Film,
            "video/mp4",
            "libx264",
        ),
        (odd, FilmKind::Silent, "video/mp4", "libx264"),
        (
            format!("{COVER}, {AAC}"),
            FilmKind::Sound,
            "audio/mp4",
            "-c:a copy",
        ),
        (opus, FilmKind::Sound, "audio/ogg", "-c:a copy"),
        (pcm, FilmKind::Sound, "audio/mpeg", "libmp3lame"),
    ] {
        let fakes = Fakes::new(&report(&streams));
        let film = fakes.film(BOUNDS).unwrap();
        assert_eq!(
            (film.kind, film.media_type),
            (kind, media_type),
            "{streams}"
        );
        assert!(fakes.asked().contains(how), "{streams}: {}", fakes.asked());
        assert_eq!(film.still.is_some(), kind != FilmKind::Sound);
        assert!(FILM_ENDINGS.contains(&film.ending), "{}", film.ending);
    }
}

#[test]
fn what_is_too_much_or_nothing_is_refused() {
    let small = FilmBounds {
        pixels: 1000,
        ..BOUNDS
    };
    assert_eq!(
        Fakes::new(&report(H264)).film(small),
        Err(Refused::TooLarge)
    );
    let fast = H264.replace("30000/1001", "121/2");
    assert_eq!(
        Fakes::new(&report(&fast)).film(BOUNDS),
        Err(Refused::TooFast)
    );
    for said in [
        report(""),
        report(COVER),
        "no report".to_owned(),
        "{}".to_owned(),
    ] {
        let refused = Fakes::new(&said).film(BOUNDS);
        assert!(
            matches!(refused, Err(Refused::Broken(_))),
            "{said}: {refused:?}"
        );
    }
    let slow = Fakes::new("");
    slow.script("ffprobe", "sleep 600");
    let hurried = FilmBounds {
        time: Duration::from_millis(100),
        ..BOUNDS
    };
    assert_eq!(slow.film(hurried), Err(Refused::TooLong));
    let broken = Fakes::new(&report(H264));
    broken.script("ffmpeg", "exit 1");
    assert!(matches!(broken.film(BOUNDS), Err(Refused::Broken(_))));
}
