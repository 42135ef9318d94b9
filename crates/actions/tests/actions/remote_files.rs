//! Files of other servers: who may have them, how often their servers are asked, and what goes when there is no room.

use std::{
    collections::HashMap,
    path::Path,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use kontor_actions::{
    App, Error, FileBounds, Found, Remote, RemoteMedia, Result, Settings,
    attachments::{Carried, RemoteFile},
    communities::Source,
    follows,
    posts::{self, ChangedParts, Created, NewPost, Parts, Revised},
    remote_files::{self, file},
    uploads::{self, Asking},
};
use kontor_domain::{
    attachment::{AttachmentKind, Form},
    audience::{Audience, Viewer},
    event::Event,
    ids::{AccountId, AttachmentId, PostId},
    site::Site,
    text::Handle,
};
use kontor_jobs::Outcome;
use kontor_store::{Clock, Store, Tx, accounts::Account, jobs, posts::Post, testing::each};
use tempfile::TempDir;

use crate::house::*;

const HOUR: Duration = Duration::from_secs(60 * 60);

/// A server with files.
#[derive(Default)]
struct There {
    files: Mutex<HashMap<String, Vec<u8>>>,
    asked: Mutex<Vec<String>>,
    /// A rule stands against it.
    refused: AtomicBool,
    away: AtomicBool,
    /// Nothing comes while somebody holds it.
    gate: tokio::sync::Mutex<()>,
}

impl There {
    fn has(&self, name: &str, bytes: Vec<u8>) {
        self.files.lock().unwrap().insert(url(name), bytes);
    }

    /// How often it was asked for one.
    fn asked(&self, name: &str) -> usize {
        let asked = self.asked.lock().unwrap();
        asked.iter().filter(|asked| **asked == url(name)).count()
    }
}

#[async_trait::async_trait]
impl Remote for There {
    fn speaks_with(&self, _: &str) -> bool {
        true
    }
    fn publish(&self, _: &App, _: &mut Tx<'_>, _: &Post, _: &[AccountId]) -> Result<()> {
        Ok(())
    }
    fn tell(&self, _: &App, _: &mut Tx<'_>, _: &Event) -> Result<()> {
        Ok(())
    }
    async fn resolve_handle(&self, _: &App, _: &Handle) -> Result<Option<AccountId>> {
        Ok(None)
    }
    async fn resolve_url(&self, _: &App, _: &url::Url) -> Result<Option<Found>> {
        Ok(None)
    }
    async fn join_requests(&self, _: &App, _: &Account) -> Result<Option<Vec<AccountId>>> {
        Ok(None)
    }

    fn takes_file(&self, account: &str, domain: Option<&str>, _: &url::Url) -> bool {
        assert_eq!(domain, Some("there.test"), "{account}");
        !self.refused.load(Ordering::Relaxed)
    }

    async fn fetch_file(&self, _: &App, url: &url::Url, bounds: FileBounds) -> Result<Vec<u8>> {
        self.asked.lock().unwrap().push(url.to_string());
        let _open = self.gate.lock().await;
        if self.away.load(Ordering::Relaxed) {
            return Err(Error::Remote("it is away".to_owned()));
        }
        let found = self.files.lock().unwrap().get(url.as_str()).cloned();
        let fits = |bytes: &Vec<u8>| bytes.len() <= bounds.bytes;
        found.filter(fits).ok_or(Error::NotFound)
    }
}

fn url(name: &str) -> String {
    format!("https://there.test/files/{name}")
}

/// So many bytes that begin as a PNG does.
fn png(length: usize) -> Vec<u8> {
    let mut bytes = b"\x89PNG\r\n\x1a\n".to_vec();
    bytes.resize(length, 7);
    bytes
}

/// A house in which ann follows ben, who is elsewhere.
struct Stage {
    app: App,
    clock: Clock,
    there: Arc<There>,
    ann: AccountId,
    ben: AccountId,
    folder: TempDir,
}

impl Stage {
    async fn new(store: &Store, change: impl FnOnce(&mut RemoteMedia)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let there = Arc::new(There::default());
        let (app, clock) = opened(store, folder.path(), &there, change);
        let (ann, ben) = (person(&app, "ann").await, remote(&app, "ben").await);
        follows(&app, ann, ben).await;
        follows::accept(&app, ben, ann).await.unwrap();
        Self {
            app,
            clock,
            there,
            ann,
            ben,
            folder,
        }
    }

    /// Ben posts something with these files.
    async fn posts(&self, uri: &str, audience: Audience, files: &[RemoteFile]) -> PostId {
        let new = NewPost {
            audience,
            parts: Parts {
                carried: Carried::Remote(files.to_vec()),
                ..Parts::default()
            },
            ..arriving(&format!("https://there.test/p/{uri}"))
        };
        match arrives(&self.app, self.ben, new).await {
            Created::New(id) => id,
            other => panic!("{other:?}"),
        }
    }

    /// Of a post with one file.
    async fn posted(&self, name: &str, audience: Audience) -> AttachmentId {
        let post = self.posts(name, audience, &[carried(name)]).await;
        self.files(post).await.remove(0)
    }

    async fn files(&self, post: PostId) -> Vec<AttachmentId> {
        let view = posts::get(&self.app, Viewer::Account(self.ben), post)
            .await
            .unwrap();
        view.parts.attachments.iter().map(|row| row.id).collect()
    }

    async fn by(&self, reader: Viewer, id: AttachmentId) -> Result<remote_files::Found> {
        file(&self.app, id, Form::Whole, as_reader(reader)).await
    }

    async fn open(&self, id: AttachmentId) -> Result<remote_files::Found> {
        self.by(Viewer::Anyone, id).await
    }

    /// Files on the disk, once all that is to be removed is.
    async fn lying(&self) -> usize {
        let (store, now) = (&self.app.store, self.app.now());
        let due = store.read(move |db| jobs::peek(db, "files", now, &[], 100));
        for job in due.await.unwrap() {
            let done = uploads::queue(&self.app).handler.run(&job).await;
            assert_eq!(done, Outcome::Done);
            let finished = store.write(move |tx| jobs::finish(tx, job.id).map(drop));
            finished.await.unwrap();
        }
        lying(&self.folder).len()
    }
}

fn opened(
    store: &Store,
    folder: &Path,
    there: &Arc<There>,
    change: impl FnOnce(&mut RemoteMedia),
) -> (App, Clock) {
    let mut settings = Settings::test();
    folder.clone_into(&mut settings.limits.media.path);
    change(&mut settings.limits.media.remote);
    let (clock, site) = (Clock::default(), Site::new("https", "here.test").unwrap());
    let app = App::new(store.clone(), clock.clone(), site, settings, there.clone());
    (app, clock)
}

fn as_reader(reader: Viewer) -> Asking {
    Asking {
        readers: vec![reader],
        ..Asking::default()
    }
}

fn carried(name: &str) -> RemoteFile {
    RemoteFile {
        kind: AttachmentKind::of(None, name),
        media_type: None,
        url: url(name),
        preview_url: None,
        description: None,
        blurhash: None,
        focus: None,
        width: None,
        height: None,
        duration_ms: None,
    }
}

fn lying(folder: &TempDir) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    let Ok(folders) = std::fs::read_dir(folder.path().join("remote/files")) else {
        return found;
    };
    for folder in folders {
        for file in std::fs::read_dir(folder.unwrap().path()).unwrap() {
            found.push(file.unwrap().path());
        }
    }
    found
}

#[track_caller]
fn is_absent(answer: &Result<remote_files::Found>) {
    assert!(matches!(answer, Err(Error::NotFound)), "{answer:?}");
}

#[tokio::test]
async fn a_file_is_for_whoever_may_read_its_post_and_nobody_else_has_it_fetched() {
    each(|store| async move {
        let stage = Stage::new(&store, |_| {}).await;
        uploads::prepare(&stage.app).await.unwrap();
        let (app, there) = (&stage.app, &stage.there);
        let (ann, eve) = (Viewer::Account(stage.ann), person(app, "eve").await);
        for name in ["open.png", "closed.png"] {
            there.has(name, png(100));
        }
        let open = stage.posted("open.png", Audience::Public).await;
        let closed = stage.posted("closed.png", Audience::Followers).await;
        let found = stage.open(open).await.unwrap();
        assert_eq!((found.media_type.as_str(), found.open), ("image/png", true));
        assert_eq!(found.content.all().await.unwrap(), png(100));
        // A part of it, from where it is kept.
        let part = Asking {
            part: uploads::Asked::From(8, Some(9)),
            ..as_reader(Viewer::Anyone)
        };
        let found = file(app, open, Form::Whole, part).await.unwrap();
        assert_eq!(found.content.length(), 100);
        assert_eq!(found.content.all().await.unwrap(), png(100)[8..10]);
        assert!(stage.by(ann, open).await.unwrap().open);
        assert_eq!(there.asked("open.png"), 1);

        let pass_of = |id, reader| {
            let closed = Some(app.now());
            let url = app.site.remote_file_for(id, Form::Whole, reader, closed);
            url.split_once("?pass=").unwrap().1.to_owned()
        };
        let with = |pass: String| Asking {
            pass: Some(pass),
            ..Asking::default()
        };
        let shown = async |asking| file(app, closed, Form::Small, asking).await;
        for asking in [
            as_reader(Viewer::Anyone),
            as_reader(Viewer::Account(eve)),
            with(pass_of(closed, Viewer::Account(eve))),
            with(pass_of(open, ann)),
            with("peers-0-00".to_owned()),
        ] {
            is_absent(&shown(asking).await);
        }
        assert_eq!(there.asked("closed.png"), 0);
        // Of one that has no small form it is the whole.
        let found = shown(as_reader(ann)).await.unwrap();
        assert_eq!((found.content.length(), found.open), (100, false));
        let pass = with(pass_of(closed, ann));
        assert!(!shown(pass.clone()).await.unwrap().open);
        assert_eq!(there.asked("closed.png"), 1);
        // That it is here already changes nothing.
        is_absent(&shown(as_reader(Viewer::Account(eve))).await);
        follows::unfollow(app, stage.ann, stage.ben).await.unwrap();
        is_absent(&shown(pass).await);
        is_absent(&stage.by(ann, closed).await);
    })
    .await;
}

#[tokio::test]
async fn what_is_not_shown_from_here_is_not_fetched() {
    each(|store| async move {
        let stage = Stage::new(&store, |_| {}).await;
        let there = &stage.there;
        there.has("plan.pdf", png(100));
        there.has("a.png", png(100));
        let plan = stage.posted("plan.pdf", Audience::Public).await;
        is_absent(&stage.open(plan).await);
        assert_eq!(there.asked("plan.pdf"), 0);
        is_absent(&stage.open(AttachmentId(1)).await);
        let id = stage.posted("a.png", Audience::Public).await;
        stage.open(id).await.unwrap();
        // A rule holds at once, for what is here too.
        there.refused.store(true, Ordering::Relaxed);
        is_absent(&stage.open(id).await);
    })
    .await;
}

#[tokio::test]
async fn a_small_picture_is_another_file() {
    each(|store| async move {
        let stage = Stage::new(&store, |_| {}).await;
        let there = &stage.there;
        there.has("a.png", png(100));
        there.has("a-small.png", png(10));
        let both = RemoteFile {
            preview_url: Some(url("a-small.png")),
            ..carried("a.png")
        };
        let post = stage.posts("a", Audience::Public, &[both]).await;
        let id = stage.files(post).await[0];
        for (form, length) in [(Form::Small, 10), (Form::Whole, 100), (Form::Small, 10)] {
            let found = file(&stage.app, id, form, as_reader(Viewer::Anyone)).await;
            assert_eq!(found.unwrap().content.length(), length, "{form:?}");
        }
        assert_eq!((there.asked("a.png"), there.asked("a-small.png")), (1, 1));
        assert_eq!(stage.lying().await, 2);
    })
    .await;
}

#[tokio::test]
async fn many_who_ask_at_once_are_answered_by_one_fetch() {
    each(|store| async move {
        let stage = Stage::new(&store, |_| {}).await;
        let there = &stage.there;
        there.has("a.png", png(100));
        let id = stage.posted("a.png", Audience::Public).await;
        let held = there.gate.lock().await;
        let let_go = async move {
            while there.asked("a.png") == 0 {
                tokio::task::yield_now().await;
            }
            drop(held);
        };
        let (one, other, ()) = tokio::join!(stage.open(id), stage.open(id), let_go);
        let (one, other) = (one.unwrap().content, other.unwrap().content);
        assert_eq!(one.all().await.unwrap(), other.all().await.unwrap());
        assert_eq!(there.asked("a.png"), 1);
        assert_eq!(stage.lying().await, 1);
    })
    .await;
}

/// The first has the only turn, in all or of its host, when the second comes.
async fn two_for_one_turn(store: Store, in_all: bool) {
    let stage = Stage::new(&store, |remote| {
        if in_all {
            (remote.fetches, remote.waiting) = (1, 0);
        } else {
            (remote.fetches_per_host, remote.waiting_per_host) = (1, 0);
        }
    })
    .await;
    let there = &stage.there;
    let mut ids = Vec::new();
    for name in ["1.png", "2.png"] {
        there.has(name, png(100));
        ids.push(stage.posted(name, Audience::Public).await);
    }
    let held = there.gate.lock().await;
    let next = async {
        while there.asked("1.png") == 0 {
            tokio::task::yield_now().await;
        }
        let answer = stage.open(ids[1]).await;
        drop(held);
        answer
    };
    let (taken, turned_away) = tokio::join!(stage.open(ids[0]), next);
    assert_eq!(taken.unwrap().content.length(), 100);
    assert!(
        matches!(turned_away, Err(Error::TooMany { .. })),
        "{turned_away:?}"
    );
    assert_eq!(there.asked("2.png"), 0);
    // Nothing is remembered of that.
    assert_eq!(stage.open(ids[1]).await.unwrap().content.length(), 100);
}

#[tokio::test]
async fn who_comes_when_all_turns_are_taken_is_told_to_come_again() {
    for in_all in [false, true] {
        each(|store| two_for_one_turn(store, in_all)).await;
    }
}

#[tokio::test]
async fn what_failed_is_not_asked_for_again_soon() {
    each(|store| async move {
        let stage = Stage::new(&store, |remote| {
            remote.bytes = 200;
            remote.failure_memory = HOUR;
        })
        .await;
        let there = &stage.there;
        there.has("page.png", b"<!doctype html><p>no</p>".to_vec());
        there.has(
            "drawing.png",
            b"<svg xmlns='http://www.w3.org/2000/svg'/>".to_vec(),
        );
        there.has("large.png", png(201));
        for name in ["page.png", "drawing.png", "large.png", "gone.png"] {
            let id = stage.posted(name, Audience::Public).await;
            is_absent(&stage.open(id).await);
            is_absent(&stage.open(id).await);
            assert_eq!(there.asked(name), 1, "{name}");
        }
        assert_eq!(stage.lying().await, 0);

        there.has("late.png", png(200));
        there.away.store(true, Ordering::Relaxed);
        let id = stage.posted("late.png", Audience::Public).await;
        for _ in 0..2 {
            let away = stage.open(id).await;
            assert!(matches!(away, Err(Error::Remote(_))), "{away:?}");
        }
        there.away.store(false, Ordering::Relaxed);
        stage.clock.advance(HOUR / 2);
        assert!(stage.open(id).await.is_err());
        assert_eq!(there.asked("late.png"), 1);
        stage.clock.advance(HOUR / 2);
        assert_eq!(stage.open(id).await.unwrap().content.length(), 200);
    })
    .await;
}

#[tokio::test]
async fn what_was_looked_at_longest_ago_makes_room() {
    each(|store| async move {
        let stage = Stage::new(&store, |remote| remote.cache_bytes = 250).await;
        let there = &stage.there;
        let mut ids = Vec::new();
        for name in ["1.png", "2.png", "3.png"] {
            there.has(name, png(100));
            ids.push(stage.posted(name, Audience::Public).await);
        }
        stage.open(ids[0]).await.unwrap();
        stage.clock.advance(Duration::from_secs(60));
        stage.open(ids[1]).await.unwrap();
        stage.clock.advance(HOUR * 2);
        // Looked at again, it is no longer the oldest.
        stage.open(ids[0]).await.unwrap();
        stage.clock.advance(Duration::from_secs(60));
        stage.open(ids[2]).await.unwrap();
        assert_eq!(stage.lying().await, 2);
        stage.open(ids[0]).await.unwrap();
        stage.open(ids[2]).await.unwrap();
        assert_eq!((there.asked("1.png"), there.asked("3.png")), (1, 1));
        stage.open(ids[1]).await.unwrap();
        assert_eq!(there.asked("2.png"), 2);
        assert_eq!(stage.lying().await, 2);

        // Larger than everything: it is shown, and drives nothing out.
        there.has("large.png", png(251));
        let large = stage.posted("large.png", Audience::Public).await;
        for _ in 0..2 {
            assert_eq!(stage.open(large).await.unwrap().content.length(), 251);
        }
        assert_eq!(there.asked("large.png"), 2);
        assert_eq!(stage.lying().await, 2);

        // With less room, what is too much goes; with none, everything does, and their own servers show them.
        let (app, _) = opened(&store, stage.folder.path(), there, |remote| {
            remote.cache_bytes = 150;
        });
        assert_eq!(remote_files::tidy(&app).await.unwrap(), 1);
        assert_eq!(stage.lying().await, 1);
        assert!(app.site.shows_remote_files());
        let (app, _) = opened(&store, stage.folder.path(), there, |remote| {
            remote.cache_bytes = 0;
        });
        assert!(!app.site.shows_remote_files());
        let shown = file(&app, ids[1], Form::Whole, as_reader(Viewer::Anyone)).await;
        is_absent(&shown);
        assert_eq!(remote_files::tidy(&app).await.unwrap(), 1);
        assert_eq!(stage.lying().await, 0);
    })
    .await;
}

#[tokio::test]
async fn rows_and_files_that_lost_each_other_are_put_right() {
    each(|store| async move {
        let stage = Stage::new(&store, |_| {}).await;
        stage.there.has("a.png", png(100));
        let id = stage.posted("a.png", Audience::Public).await;
        stage.open(id).await.unwrap();
        let lost = lying(&stage.folder).remove(0);
        std::fs::remove_file(&lost).unwrap();
        assert_eq!(stage.open(id).await.unwrap().content.length(), 100);
        stage.open(id).await.unwrap();
        assert_eq!(stage.there.asked("a.png"), 2);
        assert_eq!(stage.lying().await, 1);

        // A file that nobody knows goes, but not one that was written just now.
        let kept = lying(&stage.folder).remove(0);
        let beside = |name: &str| lost.parent().unwrap().join(name);
        let start = lost.file_name().unwrap().to_str().unwrap();
        let start = start.get(..2).unwrap();
        let (old, new) = (
            beside(&format!("{start}old.png")),
            beside(&format!("{start}new.part")),
        );
        for path in [&old, &new] {
            std::fs::write(path, b"x").unwrap();
        }
        for path in [&old, &kept] {
            let file = std::fs::File::options().write(true).open(path).unwrap();
            let written = file.metadata().unwrap().modified().unwrap();
            file.set_modified(written - HOUR * 2).unwrap();
        }
        assert_eq!(remote_files::tidy(&stage.app).await.unwrap(), 1);
        assert!(!old.exists() && new.exists() && kept.exists());
        assert_eq!(remote_files::tidy(&stage.app).await.unwrap(), 0);
    })
    .await;
}

#[tokio::test]
async fn files_go_with_what_carried_them() {
    each(|store| async move {
        let stage = Stage::new(&store, |_| {}).await;
        for name in ["a.png", "b.png", "c.png"] {
            stage.there.has(name, png(100));
        }
        let first = stage
            .posts("1", Audience::Public, &[carried("a.png")])
            .await;
        let second = stage
            .posts("2", Audience::Public, &[carried("b.png")])
            .await;
        for post in [first, second] {
            let id = stage.files(post).await[0];
            stage.open(id).await.unwrap();
        }
        assert_eq!(stage.lying().await, 2);
        let uri = "https://there.test/p/1".to_owned();
        assert!(
            posts::delete_by_uri(&stage.app, stage.ben, uri)
                .await
                .unwrap()
        );
        assert_eq!(stage.lying().await, 1);
        let before = stage.files(second).await[0];
        let revised = Revised {
            content: "<p>another</p>".to_owned(),
            text: String::new(),
            content_type: posts::ContentType::Plain,
            spoiler_text: String::new(),
            sensitive: false,
            language: None,
            mentioned: Vec::new(),
            tags: Vec::new(),
            edited_at: stage.app.now(),
            parts: ChangedParts {
                carried: Some(Carried::Remote(vec![carried("c.png")])),
                ..ChangedParts::default()
            },
        };
        let done = posts::revise(&stage.app, stage.ben, second, revised, Source::Peer).await;
        assert!(done.unwrap());
        assert_eq!(stage.lying().await, 0);
        is_absent(&stage.open(before).await);
        stage.open(stage.files(second).await[0]).await.unwrap();
        assert_eq!(stage.lying().await, 1);
        sound(&stage.app).await;
    })
    .await;
}
