//! What becomes of a file by what it holds: pictures, films and sounds are written anew, anything else is kept as it came.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use bytes::Bytes;
use kontor_domain::attachment::AttachmentKind;
use kontor_media::{
    Bounds, Container, FILM_ENDINGS, Files, Film, FilmBounds, FilmKind, Format, Picture, Programs,
    Refused,
};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::{New, Uploads, aside, name, put, refused};
use crate::{App, Error, Result, settings};

/// Longer names are cut.
const NAME_CHARACTERS: usize = 200;

/// What a file is when nobody can say.
const ANYTHING: &str = "application/octet-stream";

/// The programs for films and sounds, if this machine has them, and how many of these are worked on at a time.
#[derive(Debug, Clone)]
pub struct Films {
    programs: Option<Programs>,
    /// Of those that are worked on, and of those and the ones that wait.
    turns: Arc<Semaphore>,
    line: Arc<Semaphore>,
}

impl Films {
    pub(crate) fn new(settings: &settings::Films) -> Self {
        let workers = settings.workers.max(1);
        let room = workers.saturating_add(settings.waiting);
        Self {
            programs: Programs::find(&settings.ffprobe, &settings.ffmpeg),
            turns: Arc::new(Semaphore::new(workers)),
            line: Arc::new(Semaphore::new(room.min(Semaphore::MAX_PERMITS))),
        }
    }

    pub fn are_taken(&self) -> bool {
        self.programs.is_some()
    }
}

/// What is kept of an upload.
#[derive(Debug, Clone)]
pub(super) struct Kept {
    pub(super) kind: AttachmentKind,
    pub(super) media_type: String,
    pub(super) file: String,
    pub(super) preview: Option<String>,
    pub(super) blurhash: Option<String>,
    pub(super) sides: Option<(u32, u32)>,
    pub(super) preview_sides: Option<(u32, u32)>,
    pub(super) duration_ms: Option<i64>,
    pub(super) bit_rate: Option<i64>,
    pub(super) frame_rate: Option<String>,
    /// How its owner calls it.
    pub(super) name: Option<String>,
    pub(super) size: Option<usize>,
}

impl Kept {
    pub(super) fn new(kind: AttachmentKind, media_type: impl Into<String>, file: String) -> Self {
        Self {
            kind,
            media_type: media_type.into(),
            file,
            preview: None,
            blurhash: None,
            sides: None,
            preview_sides: None,
            duration_ms: None,
            bit_rate: None,
            frame_rate: None,
            name: None,
            size: None,
        }
    }
}

/// It is kept when this returns.
pub(super) async fn keep<B: AsRef<[u8]> + Send + 'static>(app: &App, new: New<B>) -> Result<Kept> {
    let bytes = new.bytes.as_ref();
    let media = &app.settings.limits.media;
    if kontor_media::is_picture(bytes) {
        within(bytes, media.image_bytes)?;
        return picture(app, new.bytes).await;
    }
    if let Some(container) = Container::of(bytes) {
        within(bytes, media.films.bytes)?;
        return film(app, new, container).await;
    }
    within(bytes, media.file_bytes)?;
    anything(app, new).await
}

fn within(bytes: &[u8], most: usize) -> Result<()> {
    if bytes.is_empty() {
        return Err(Error::invalid("file", "is empty"));
    }
    if bytes.len() > most {
        return Err(Error::invalid(
            "file",
            format!("is larger than {most} bytes"),
        ));
    }
    Ok(())
}

async fn picture<B: AsRef<[u8]> + Send + 'static>(app: &App, bytes: B) -> Result<Kept> {
    let media = &app.settings.limits.media;
    let bounds = Bounds {
        pixels: media.image_pixels,
        preview_side: media.preview_side,
    };
    let stem = name(app)?;
    let Picture {
        whole,
        preview,
        blurhash,
    } = app
        .uploads
        .run(move || kontor_media::upload(bytes.as_ref(), bounds).map_err(refused))
        .await?;
    let file = format!("{stem}.{}", whole.format.ending());
    let small = format!("{stem}-small.{}", preview.format.ending());
    let files = &app.uploads.files;
    let size = whole.bytes.len();
    put(files, &file, whole.bytes).await?;
    put(files, &small, preview.bytes).await?;
    Ok(Kept {
        preview: Some(small),
        blurhash: Some(blurhash),
        sides: Some((whole.width, whole.height)),
        size: Some(size),
        preview_sides: Some((preview.width, preview.height)),
        ..Kept::new(AttachmentKind::Image, whole.format.media_type(), file)
    })
}

/// Is it shown, or a file to be taken home?
pub(super) fn is_shown(bytes: &[u8]) -> bool {
    kontor_media::is_picture(bytes) || Container::of(bytes).is_some()
}

/// What a film or sound that can be taken is packed in. `None`: it is neither.
pub(super) fn container(app: &App, bytes: &[u8]) -> Result<Option<Container>> {
    if kontor_media::is_picture(bytes) {
        return Ok(None);
    }
    let container = Container::of(bytes);
    if container.is_some() {
        within(bytes, app.settings.limits.media.films.bytes)?;
        programs(app)?;
    }
    Ok(container)
}

fn programs(app: &App) -> Result<Programs> {
    app.uploads.films.programs.clone().ok_or_else(|| {
        Error::invalid(
            "file",
            "is a film or sound, and this server takes none: it has no ffmpeg",
        )
    })
}

/// Waits for its turn, if there is room in the line.
async fn film<B: AsRef<[u8]> + Send + 'static>(
    app: &App,
    new: New<B>,
    container: Container,
) -> Result<Kept> {
    let media = &app.settings.limits.media;
    programs(app)?;
    let line = app.uploads.films.line.clone();
    let place = line.try_acquire_owned().map_err(|_| Error::TooMany {
        retry_after: media.films.time,
    })?;
    make(app, new.bytes, container, name(app)?, Some(place)).await
}

/// Makes a film or sound ready, in its turn. Its files are called by the stem.
pub(super) async fn make<B: AsRef<[u8]> + Send + 'static>(
    app: &App,
    bytes: B,
    container: Container,
    stem: String,
    place: Option<OwnedSemaphorePermit>,
) -> Result<Kept> {
    let media = &app.settings.limits.media;
    let programs = programs(app)?;
    let bounds = FilmBounds {
        pixels: media.films.pixels,
        frame_rate: media.films.frame_rate,
        bytes: u64::try_from(media.films.bytes).unwrap_or(u64::MAX),
        time: media.films.time,
        memory: media.films.memory,
        preview_side: media.preview_side,
    };
    // Of its own, also where the same is tried again before an earlier try has ended.
    let folder = work(&media.path).join(name(app)?);
    let folder = std::path::absolute(&folder)
        .map_err(|why| Error::Broken(format!("the folder of files: {why}")))?;
    let turns = app.uploads.films.turns.clone();
    let turn = turns
        .acquire_owned()
        .await
        .map_err(|_| Error::Broken("shutting down".to_owned()))?;
    let made = aside(move || {
        // Both end with the work, also when whoever asked for it has gone.
        let _held = (place, turn);
        kontor_media::film(&programs, bytes.as_ref(), container, bounds, &folder)
            .map_err(film_refused)
    });
    keep_film(&app.uploads.files, &stem, made.await?).await
}

/// Every name that a file made of a film or sound can have.
pub(super) fn film_names(stem: &str) -> Vec<String> {
    let whole = FILM_ENDINGS.iter().map(|ending| format!("{stem}.{ending}"));
    let small = Format::ALL
        .iter()
        .map(|format| format!("{stem}-small.{}", format.ending()));
    whole.chain(small).collect()
}

/// Where films are worked on.
fn work(path: &Path) -> PathBuf {
    path.join("work")
}

/// Removes what was left by a process that was killed over its work: what is older than any work lasts.
pub(super) fn tidy(path: &Path, age: Duration) -> io::Result<usize> {
    let folders = match fs::read_dir(work(path)) {
        Ok(folders) => folders,
        Err(why) if why.kind() == io::ErrorKind::NotFound => return Ok(0),
        Err(why) => return Err(why),
    };
    let mut gone = 0;
    for folder in folders {
        let folder = folder?;
        let old = folder.metadata()?.modified()?.elapsed();
        if old.is_ok_and(|old| old > age) {
            fs::remove_dir_all(folder.path())?;
            gone += 1;
        }
    }
    Ok(gone)
}

async fn keep_film(files: &Files, stem: &str, film: Film) -> Result<Kept> {
    let kept = format!("{stem}.{}", film.ending);
    let size = film.bytes.len();
    put(files, &kept, film.bytes).await?;
    let kind = match film.kind {
        FilmKind::Film => AttachmentKind::Video,
        FilmKind::Silent => AttachmentKind::Gifv,
        FilmKind::Sound => AttachmentKind::Audio,
    };
    let mut kept = Kept {
        duration_ms: film.duration_ms,
        bit_rate: film.bit_rate,
        frame_rate: film.frame_rate,
        size: Some(size),
        ..Kept::new(kind, film.media_type, kept)
    };
    if let Some(still) = film.still {
        let small = format!("{stem}-small.{}", still.preview.format.ending());
        put(files, &small, still.preview.bytes).await?;
        kept.preview = Some(small);
        kept.blurhash = Some(still.blurhash);
        kept.sides = Some((still.width, still.height));
        kept.preview_sides = Some((still.preview.width, still.preview.height));
    }
    Ok(kept)
}

fn film_refused(why: Refused) -> Error {
    let reason = match why {
        Refused::TooLarge => "has more pixels than can be uploaded",
        Refused::TooFast => "has more pictures a second than can be uploaded",
        Refused::TooLong => "takes too long to be read",
        Refused::Disk(why) => {
            return Error::Broken(format!("a film cannot be worked on: {why}"));
        }
        Refused::Kind | Refused::Broken(_) => "cannot be read as a film or sound",
    };
    Error::invalid("file", reason)
}

async fn anything<B: AsRef<[u8]> + Send + 'static>(app: &App, new: New<B>) -> Result<Kept> {
    let file = format!("{}.bin", name(app)?);
    let size = new.bytes.as_ref().len();
    let kept = Kept {
        name: Some(called(&new.name)),
        size: Some(size),
        ..Kept::new(
            AttachmentKind::Unknown,
            media_type(new.media_type.as_deref()),
            file.clone(),
        )
    };
    put(&app.uploads.files, &file, Bytes::from_owner(new.bytes)).await?;
    Ok(kept)
}

/// What the client says, where it claims nothing that is looked at: whatever can be shown was recognised before.
fn media_type(said: Option<&str>) -> String {
    let said = said.unwrap_or_default().trim().to_ascii_lowercase();
    let plain = |part: &str| {
        !part.is_empty()
            && part
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"!#$&^_.+-".contains(&b))
    };
    match said.split_once('/') {
        Some(("application" | "text" | "font" | "model", rest))
            if plain(rest) && said.len() <= 127 && !matches!(rest, "html" | "xhtml+xml") =>
        {
            said
        }
        _ => ANYTHING.to_owned(),
    }
}

/// The last part of a path, of either kind, without what cannot be seen.
fn called(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let plain: String = last
        .chars()
        .filter(|c| {
            !c.is_control() && !matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
        })
        .take(NAME_CHARACTERS)
        .collect();
    let plain = plain.trim().trim_start_matches('.');
    if plain.is_empty() {
        "file".to_owned()
    } else {
        plain.to_owned()
    }
}

impl Uploads {
    pub fn takes_films(&self) -> bool {
        self.films.are_taken()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn every_file_of_a_film_has_a_name_that_is_known() {
        let names = film_names("ab");
        for name in [
            "ab.mp4",
            "ab.webm",
            "ab.m4a",
            "ab-small.jpg",
            "ab-small.png",
        ] {
            assert!(names.iter().any(|known| known == name), "{name}");
        }
    }

    #[test]
    fn what_was_left_of_work_goes_once_it_is_old() {
        let path = tempfile::tempdir().unwrap();
        assert_eq!(tidy(path.path(), Duration::ZERO).unwrap(), 0);
        let left = work(path.path()).join("left");
        fs::create_dir_all(&left).unwrap();
        fs::write(left.join("source"), "film").unwrap();
        assert_eq!(tidy(path.path(), Duration::from_secs(600)).unwrap(), 0);
        assert!(left.exists());
        std::thread::sleep(Duration::from_millis(5));
        assert_eq!(tidy(path.path(), Duration::ZERO).unwrap(), 1);
        assert!(!left.exists());
    }

    #[test]
    fn names_are_names_and_nothing_else() {
        for (said, kept) in [
            ("report.pdf", "report.pdf"),
            ("../../etc/passwd", "passwd"),
            ("C:\\Users\\a\\plan.docx", "plan.docx"),
            (".htaccess", "htaccess"),
            ("gnp.\u{202e}exe", "gnp.exe"),
            ("a\r\nb\0.txt", "ab.txt"),
            ("Größe 日本.odt", "Größe 日本.odt"),
            ("", "file"),
            ("/", "file"),
            (" .. ", "file"),
        ] {
            assert_eq!(called(said), kept, "{said:?}");
        }
        assert_eq!(called(&"x".repeat(500)).len(), NAME_CHARACTERS);
    }

    #[test]
    fn a_claim_is_kept_where_it_changes_nothing() {
        for (said, kept) in [
            (Some("application/pdf"), "application/pdf"),
            (Some("Text/CSV"), "text/csv"),
            (Some("text/html"), ANYTHING),
            (Some("image/png"), ANYTHING),
            (Some("video/mp4"), ANYTHING),
            (Some("application/x;charset=\"\r\n"), ANYTHING),
            (Some("application/"), ANYTHING),
            (Some(""), ANYTHING),
            (None, ANYTHING),
        ] {
            assert_eq!(media_type(said), kept, "{said:?}");
        }
    }
}
