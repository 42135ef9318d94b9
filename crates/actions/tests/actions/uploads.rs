//! Films and sounds that are made ready after their upload was answered: whatever dies in between.
#![cfg(unix)]

use std::{fs, os::unix::fs::PermissionsExt, path::Path, process::Command, time::Duration};

use bytes::Bytes;
use kontor_actions::{
    App, Error, Result, Settings,
    attachments::Upload,
    posts::{Draft, Extras, publish},
    uploads::{self, Asked, New, Uploaded},
};
use kontor_domain::{
    attachment::AttachmentKind,
    audience::Audience,
    ids::{AccountId, AttachmentId, PostId},
};
use kontor_jobs::{Job, Outcome};
use kontor_store::{Clock, Store, jobs, testing::each, unfinished_uploads::begin};
use tempfile::TempDir;

use crate::house::*;

/// Begins as an MP3 does.
const SOUND: &[u8] = b"ID3 and so on";

const HOUR: Duration = Duration::from_secs(60 * 60);

/// A house with stand-ins for ffprobe and ffmpeg.
struct Studio {
    app: App,
    ann: AccountId,
    folder: TempDir,
}

fn script(folder: &Path, name: &str, text: &str) {
    let plain = folder.join("plain");
    fs::write(&plain, format!("#!/bin/sh\n{text}\n")).unwrap();
    fs::set_permissions(&plain, fs::Permissions::from_mode(0o755)).unwrap();
    // By another process: what is open for writing in this one, as children of other tests have it for a moment, does not run.
    let copied = Command::new("/bin/cp")
        .arg("-p")
        .args([plain, folder.join(name)])
        .status();
    assert!(copied.unwrap().success());
}

const SOUND_REPORT: &str = r#"echo '{"streams": [{"codec_type": "audio", "codec_name": "mp3"}], "format": {"duration": "2.500000", "bit_rate": "64000"}}'"#;

impl Studio {
    async fn new(store: &Store) -> Self {
        let folder = tempfile::tempdir().unwrap();
        script(folder.path(), "ffprobe", SOUND_REPORT);
        script(folder.path(), "ffmpeg", "cp source made");
        let mut settings = Settings::test();
        let media = &mut settings.limits.media;
        media.path = folder.path().join("media");
        let named = |name: &str| folder.path().join(name).to_string_lossy().into_owned();
        media.films.ffprobe = named("ffprobe");
        media.films.ffmpeg = named("ffmpeg");
        media.films.tries = 2;
        media.films.waiting_per_account = 2;
        let app = house_with(store, settings);
        let ann = person(&app, "ann").await;
        Self { app, ann, folder }
    }

    async fn send(&self) -> Result<Uploaded> {
        let new = New {
            bytes: SOUND.to_vec(),
            name: "a.mp3".to_owned(),
            media_type: None,
            description: Some("Waves".to_owned()),
            focus: None,
            thumbnail: None,
        };
        uploads::take(&self.app, self.ann, new).await
    }

    async fn sent(&self) -> AttachmentId {
        let sent = self.send().await.unwrap();
        assert!(!sent.ready && sent.file.file.is_none());
        assert_eq!(sent.file.kind, AttachmentKind::Audio);
        sent.file.id
    }

    async fn due(&self, queue: &'static str) -> Vec<Job> {
        let now = self.app.now();
        self.app
            .store
            .read(move |db| jobs::peek(db, queue, now, &[], 100))
            .await
            .unwrap()
    }

    async fn job(&self) -> Job {
        let mut due = self.due("films").await;
        assert_eq!(due.len(), 1);
        due.remove(0)
    }

    async fn run(&self, job: &Job) -> Outcome {
        uploads::films(&self.app).handler.run(job).await
    }

    /// As a try that was cut short does.
    async fn keep(&self, name: &str) {
        let half = Bytes::from_static(b"half");
        self.app.uploads.files.put(name, half).await.unwrap();
    }

    async fn get(&self, id: AttachmentId) -> Result<Uploaded> {
        uploads::get(&self.app, self.ann, id).await
    }

    async fn attach(&self, id: AttachmentId) -> Result<PostId> {
        let with_it = Draft {
            extras: Extras {
                uploads: vec![Upload::new(id)],
                ..Extras::default()
            },
            ..draft("listen", Audience::Public)
        };
        publish(&self.app, self.ann, with_it).await
    }

    /// Names of all files on the disk, once all that is to be removed is.
    async fn lying(&self) -> Vec<String> {
        for job in self.due("files").await {
            let done = uploads::queue(&self.app).handler.run(&job).await;
            assert_eq!(done, Outcome::Done);
            self.app
                .store
                .write(move |tx| jobs::finish(tx, job.id).map(drop))
                .await
                .unwrap();
        }
        let mut names = Vec::new();
        list(&self.folder.path().join("media"), &mut names);
        names
    }

    /// All that lies there was written long ago.
    fn age(&self) {
        let media = self.folder.path().join("media");
        assert!(
            Command::new("find")
                .arg(media)
                .args([
                    "-type",
                    "f",
                    "-exec",
                    "touch",
                    "-d",
                    "2 hours ago",
                    "{}",
                    "+"
                ])
                .status()
                .unwrap()
                .success()
        );
    }
}

fn list(folder: &Path, names: &mut Vec<String>) {
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    for entry in entries {
        let path = entry.unwrap().path();
        if path.is_dir() {
            list(&path, names);
        } else {
            names.push(path.file_name().unwrap().to_string_lossy().into_owned());
        }
    }
}

fn ends<'a>(names: &'a [String], ending: &str) -> Vec<&'a String> {
    names.iter().filter(|name| name.ends_with(ending)).collect()
}

fn refused<T: std::fmt::Debug>(done: Result<T>) -> (&'static str, String) {
    match done {
        Err(Error::Invalid { field, reason }) => (field, reason),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_sound_is_made_ready_by_a_job() {
    each(|store| async move {
        let studio = Studio::new(&store).await;
        let id = studio.sent().await;
        assert!(!studio.get(id).await.unwrap().ready);
        let (field, why) = refused(studio.attach(id).await);
        assert!(field == "media_ids" && why.contains("try again"), "{why}");
        assert_eq!(ends(&studio.lying().await, ".source").len(), 1);
        let job = studio.job().await;
        assert_eq!(studio.run(&job).await, Outcome::Finished);
        let made = studio.get(id).await.unwrap();
        assert!(made.ready);
        assert_eq!(made.file.media_type.as_deref(), Some("audio/mpeg"));
        assert_eq!(made.file.duration_ms, Some(2500));
        assert_eq!(made.file.description.as_deref(), Some("Waves"));
        assert!(studio.due("films").await.is_empty());
        // Another process that was at it too changes nothing.
        let before = studio.lying().await;
        assert_eq!((before.len(), ends(&before, ".mp3").len()), (1, 1));
        assert_eq!(studio.run(&job).await, Outcome::Finished);
        assert_eq!(studio.lying().await, before);
        studio.attach(id).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn what_dies_in_between_is_done_again_and_leaves_nothing() {
    each(|store| async move {
        let studio = Studio::new(&store).await;
        let id = studio.sent().await;
        let job = studio.job().await;
        // Something was written, and it died before it could say so.
        let left = ends(&studio.lying().await, ".source")[0].clone();
        let made = left.replace(".source", ".mp3");
        studio.keep(&made).await;
        assert!(!studio.get(id).await.unwrap().ready);
        assert_eq!(studio.run(&job).await, Outcome::Finished);
        assert_eq!(studio.lying().await, std::slice::from_ref(&made));
        let kept = studio.app.uploads.files.get(&made, Asked::Whole).await;
        let kept = kept.unwrap().unwrap().all().await.unwrap();
        assert_eq!(kept.as_ref(), SOUND);
        // It died after it had said so, and before the file as it came was gone.
        let other = studio.sent().await;
        let left = ends(&studio.lying().await, ".source")[0].clone();
        let kept = fs::read(source(&studio, &left)).unwrap();
        let job = studio.job().await;
        assert_eq!(studio.run(&job).await, Outcome::Finished);
        fs::write(source(&studio, &left), kept).unwrap();
        uploads::tidy(&studio.app).await.unwrap();
        assert_eq!(ends(&studio.lying().await, ".source").len(), 1, "too young");
        studio.age();
        uploads::tidy(&studio.app).await.unwrap();
        assert!(ends(&studio.lying().await, ".source").is_empty());
        assert!(studio.get(other).await.unwrap().ready);
        // One that still waits is not swept, however old it is.
        studio.sent().await;
        studio.age();
        uploads::tidy(&studio.app).await.unwrap();
        assert_eq!(ends(&studio.lying().await, ".source").len(), 1);
    })
    .await;
}

fn source(studio: &Studio, name: &str) -> std::path::PathBuf {
    let folder = studio.folder.path().join("media/incoming/files");
    folder.join(&name[..2]).join(name)
}

#[tokio::test]
async fn one_that_is_taken_back_leaves_nothing() {
    each(|store| async move {
        let studio = Studio::new(&store).await;
        let id = studio.sent().await;
        let job = studio.job().await;
        // What a try that was cut short has written.
        let stem = ends(&studio.lying().await, ".source")[0].clone();
        let stem = stem.strip_suffix(".source").unwrap();
        for name in [format!("{stem}.mp3"), format!("{stem}-small.png")] {
            studio.keep(&name).await;
        }
        uploads::delete(&studio.app, studio.ann, id).await.unwrap();
        assert_eq!(studio.run(&job).await, Outcome::Finished);
        assert_eq!(studio.lying().await, Vec::<String>::new());
    })
    .await;
}

#[tokio::test]
async fn tries_end_and_the_reason_stays() {
    each(|store| async move {
        let studio = Studio::new(&store).await;
        let id = studio.sent().await;
        // Nothing can be written where it is worked on.
        let work = studio.folder.path().join("media/work");
        fs::create_dir_all(work.parent().unwrap()).unwrap();
        fs::write(&work, "in the way").unwrap();
        let job = studio.job().await;
        let first = studio.run(&job).await;
        assert!(matches!(first, Outcome::Later { .. }), "{first:?}");
        assert!(!studio.get(id).await.unwrap().ready);
        assert_eq!(studio.run(&job).await, Outcome::Finished);
        let (field, why) = refused(studio.get(id).await);
        assert_eq!((field, &*why), ("file", "cannot be made ready here"));
        let (field, why) = refused(studio.attach(id).await);
        assert!(field == "media_ids" && why.contains("made ready"), "{why}");
        fs::remove_file(&work).unwrap();
        assert_eq!(studio.lying().await, Vec::<String>::new());
        // One whose every try was cut short is not begun once more.
        let id = studio.sent().await;
        for _ in 0..2 {
            let begun = studio.app.store.write(move |tx| begin(tx, id, 2)).await;
            assert!(begun.unwrap().is_some());
        }
        let job = studio.job().await;
        assert_eq!(studio.run(&job).await, Outcome::Finished);
        refused(studio.get(id).await);
        // What cannot be read is not tried again.
        script(studio.folder.path(), "ffprobe", "echo nonsense");
        let id = studio.sent().await;
        let job = studio.job().await;
        assert_eq!(studio.run(&job).await, Outcome::Finished);
        let (_, why) = refused(studio.get(id).await);
        assert!(why.contains("cannot be read"), "{why}");
    })
    .await;
}

#[tokio::test]
async fn few_of_one_account_wait_and_old_ones_are_forgotten() {
    each(|store| async move {
        let studio = Studio::new(&store).await;
        studio.sent().await;
        studio.sent().await;
        let (field, why) = refused(studio.send().await);
        assert!(field == "file" && why.contains("has to wait"), "{why}");
        assert_eq!(ends(&studio.lying().await, ".source").len(), 2);
        let clock: &Clock = &studio.app.clock;
        clock.advance(HOUR * 25);
        assert_eq!(uploads::tidy(&studio.app).await.unwrap(), 2);
        for job in studio.due("films").await {
            assert_eq!(studio.run(&job).await, Outcome::Finished);
        }
        assert_eq!(studio.lying().await, Vec::<String>::new());
        studio.sent().await;
    })
    .await;
}

/// Whose account goes while a file of theirs is kept, say.
#[tokio::test]
async fn a_file_that_has_no_row_in_the_end_is_removed() {
    each(|store| async move {
        let studio = Studio::new(&store).await;
        let new = New {
            bytes: b"plain words".to_vec(),
            name: "a.txt".to_owned(),
            media_type: None,
            description: None,
            focus: None,
            thumbnail: None,
        };
        uploads::upload(&studio.app, AccountId(7), new.clone())
            .await
            .unwrap_err();
        assert_eq!(studio.due("files").await.len(), 1);
        assert_eq!(studio.lying().await, Vec::<String>::new());
        uploads::upload(&studio.app, studio.ann, new).await.unwrap();
        assert_eq!(studio.lying().await.len(), 1);
    })
    .await;
}
