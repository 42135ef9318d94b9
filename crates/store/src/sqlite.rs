//! SQLite: a few threads that read, and one thread that writes with group commit.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
    time::Instant,
};

use crate::{
    Conn, Error, Result, Settings,
    conn::Isolation,
    stack::Taker,
    task::{ReadTask, WriteTask},
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
    let mut conn = Conn::sqlite(&path.to_string_lossy(), settings)?;
    settings.statements.watch(&mut conn);
    Ok(conn)
}

/// A thread that runs reads until the store is dropped. Each is a transaction: it sees one state of the database throughout, and the
/// file is locked once for all that it looks up.
pub(crate) fn reader(mut conn: Conn, tasks: Taker<ReadTask>) -> impl FnOnce() + Send + use<> {
    move || {
        while let Some(task) = tasks.take() {
            // A panic loses the one answer; its caller sees `Error::Lost`.
            let _lost = catch_unwind(AssertUnwindSafe(|| match conn.begin_read() {
                Ok(()) => task(Ok(&mut conn)),
                Err(why) => task(Err(&why.into())),
            }));
            // Nothing was written, and there is nothing to lose.
            let _over = conn.end_read();
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
            careful: 0,
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
    /// For so many batches yet, each write has a savepoint of its own.
    careful: u32,
}

/// After a write that had to be undone alone.
const CAREFUL_FOR: u32 = 32;

impl Writer {
    /// Takes what waits, commits once, and only then answers. A savepoint for each write would cost it a fifth of its time:
    /// pages are copied for it, and the index of words is written out. So the writes of a batch run without, as long as none
    /// fails that had changed something; then all of them run again, each in a savepoint.
    fn batch(&mut self, first: WriteTask, tasks: &flume::Receiver<WriteTask>) {
        let mut conn = match self.begin() {
            Ok(conn) => conn,
            Err(why) => {
                // They have waited for the same, and would each wait as long once more. Who comes after the first answer has not.
                let waiting = tasks.drain();
                first.abandon(&why);
                return waiting.for_each(|task| task.abandon(&why));
            }
        };
        self.careful = self.careful.saturating_sub(1);
        let most = if self.settings.group_commit {
            self.settings.group_commit_max.max(1)
        } else {
            1
        };
        let opened = Instant::now();
        let mut batch: Vec<WriteTask> = Vec::new();
        let mut next = Some(first);
        let mut sound = Ok(());
        while let Some(task) = next.take() {
            let ran = if self.careful > 0 {
                in_savepoint(&mut conn, task).map(|ran| batch.extend(ran))
            } else {
                self.plainly(&mut conn, &mut batch, task)
            };
            if let Err(why) = ran {
                sound = Err(why);
                break;
            }
            if batch.len() < most && opened.elapsed() < self.settings.group_commit_window {
                next = tasks.try_recv().ok();
            }
        }
        match sound.and_then(|()| conn.commit_write().map_err(Error::from)) {
            Ok(()) => {
                self.held = Some(conn);
                for task in batch {
                    task.ran().committed();
                }
            }
            Err(why) => {
                // Nothing of the batch may stay. What state the connection is in is not worth guessing: the next batch
                // opens another one.
                let _closing_does_it_too = conn.rollback_write();
                drop(conn);
                tracing::error!(error = %why, writes = batch.len(), "a commit failed; nothing of it was kept");
                for task in batch {
                    task.ran().failed(&why);
                }
            }
        }
    }

    /// Runs a write without a savepoint. If that cannot stay, the batch is undone and run anew, this write at its end.
    fn plainly(
        &mut self,
        conn: &mut Conn,
        batch: &mut Vec<WriteTask>,
        mut task: WriteTask,
    ) -> Result<()> {
        let ran = conn.changes().map(|before| {
            let kept = catch_unwind(AssertUnwindSafe(|| task.run(conn)));
            (before, kept)
        });
        let stays = match &ran {
            Ok((_, Ok(true))) => conn.is_in_write(),
            // It changed nothing: there is nothing to undo.
            Ok((before, Ok(false))) => {
                conn.is_in_write() && conn.changes().is_ok_and(|now| now == *before)
            }
            _ => false,
        };
        if stays {
            batch.push(task);
            return Ok(());
        }
        self.careful = CAREFUL_FOR;
        let mut again = std::mem::take(batch);
        again.push(task);
        let mut anew = conn
            .rollback_write()
            .and_then(|()| conn.begin_write(Isolation::Serial))
            .map_err(Error::from);
        for task in again {
            match &anew {
                Ok(()) => match in_savepoint(conn, task) {
                    Ok(ran) => batch.extend(ran),
                    Err(why) => anew = Err(why),
                },
                Err(why) => task.abandon(why),
            }
        }
        anew
    }

    fn begin(&mut self) -> Result<Conn> {
        let mut conn = match self.held.take() {
            Some(conn) => conn,
            // A new file in the place of one that is away would hold nothing, and keep the old one away.
            None if !self.path.exists() => {
                return Err(Error::Connect(format!(
                    "there is no file {}",
                    self.path.display()
                )));
            }
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
fn in_savepoint(conn: &mut Conn, mut task: WriteTask) -> Result<Option<WriteTask>> {
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
        (Ok(_), Ok(())) => Ok(Some(task)),
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
