//! SQLite: a few threads that read, and one thread that writes with group commit.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
    time::Instant,
};

use crate::{
    Conn, Error, Result, Settings,
    conn::Isolation,
    task::{Ran, ReadTask, WriteTask},
};

/// The file behind `sqlite://PATH`; relative paths start at the working directory. A database in memory is none: each
/// connection would see one of its own.
pub(crate) fn path(url: &str) -> Option<PathBuf> {
    url.strip_prefix("sqlite://")
        .filter(|path| !path.is_empty() && *path != ":memory:")
        .map(PathBuf::from)
}

/// Opens the file, making it and its folder when they are not there yet.
pub(crate) fn open(path: &Path, settings: &Settings) -> Result<Conn> {
    if let Some(folder) = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
    {
        std::fs::create_dir_all(folder).map_err(|why| {
            Error::Connect(format!(
                "cannot make the folder {}: {why}",
                folder.display()
            ))
        })?;
    }
    Conn::sqlite(&path.to_string_lossy(), settings)
}

/// A thread that runs reads until the store is dropped.
pub(crate) fn reader(
    mut conn: Conn,
    tasks: flume::Receiver<ReadTask>,
) -> impl FnOnce() + Send + use<> {
    move || {
        while let Ok(task) = tasks.recv() {
            // A panic loses the one answer; its caller sees `Error::Lost`.
            let _lost = catch_unwind(AssertUnwindSafe(|| task(Ok(&mut conn))));
        }
    }
}

/// The thread that writes until the store is dropped.
pub(crate) fn writer(
    conn: Conn,
    tasks: flume::Receiver<WriteTask>,
    path: PathBuf,
    settings: Settings,
) -> impl FnOnce() + Send + use<> {
    move || {
        let mut writer = Writer {
            held: Some(conn),
            path,
            settings,
        };
        while let Ok(first) = tasks.recv() {
            writer.batch(first, &tasks);
        }
    }
}

struct Writer {
    /// Between two batches, and never with a transaction open.
    held: Option<Conn>,
    path: PathBuf,
    settings: Settings,
}

impl Writer {
    /// Takes what waits, runs each in a savepoint of its own, commits once, and only then answers.
    fn batch(&mut self, first: WriteTask, tasks: &flume::Receiver<WriteTask>) {
        let mut conn = match self.begin() {
            Ok(conn) => conn,
            Err(why) => return first.abandon(&why),
        };
        let most = if self.settings.group_commit {
            self.settings.group_commit_max.max(1)
        } else {
            1
        };
        let opened = Instant::now();
        let mut batch: Vec<Ran> = Vec::new();
        let mut next = Some(first);
        let mut sound = Ok(());
        while let Some(task) = next.take() {
            match in_savepoint(&mut conn, task) {
                Ok(ran) => batch.extend(ran),
                Err(why) => {
                    sound = Err(why);
                    break;
                }
            }
            if batch.len() < most && opened.elapsed() < self.settings.group_commit_window {
                next = tasks.try_recv().ok();
            }
        }
        match sound.and_then(|()| conn.commit_write().map_err(Error::from)) {
            Ok(()) => {
                self.held = Some(conn);
                batch.into_iter().for_each(Ran::committed);
            }
            Err(why) => {
                // Nothing of the batch may stay. What state the connection is in is not worth guessing: the next batch
                // opens another one.
                let _closing_does_it_too = conn.rollback_write();
                drop(conn);
                tracing::error!(error = %why, writes = batch.len(), "a commit failed; nothing of it was kept");
                for ran in batch {
                    ran.failed(&why);
                }
            }
        }
    }

    fn begin(&mut self) -> Result<Conn> {
        let mut conn = match self.held.take() {
            Some(conn) => conn,
            None => open(&self.path, &self.settings)?,
        };
        match conn.begin_write(Isolation::Serial) {
            Ok(()) => Ok(conn),
            Err(why) => {
                // Most likely another process writes for longer than the timeout.
                if conn.is_idle() {
                    self.held = Some(conn);
                }
                Err(why.into())
            }
        }
    }
}

/// Runs one write; what it did is undone when it fails, and only that. An error means that the transaction itself is gone,
/// as after a full disk, where SQLite rolls all of it back: whatever ran on would be outside of any transaction.
fn in_savepoint(conn: &mut Conn, mut task: WriteTask) -> Result<Option<Ran>> {
    if let Err(why) = conn.begin_savepoint().map_err(Error::from) {
        task.abandon(&why);
        return Err(why);
    }
    let ran = catch_unwind(AssertUnwindSafe(|| task.run(conn)));
    let settled = match ran {
        Ok(true) => conn.commit_savepoint(),
        Ok(false) | Err(_) => conn.rollback_savepoint(),
    };
    match (ran, settled.map_err(Error::from)) {
        (Ok(_), Ok(())) => Ok(Some(task.ran())),
        (Err(_panic), settled) => {
            task.abandon(&Error::Lost);
            settled.map(|()| None)
        }
        (Ok(_), Err(why)) => {
            task.abandon(&why);
            Err(why)
        }
    }
}
