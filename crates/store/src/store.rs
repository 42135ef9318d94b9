//! The store: closures in, answers out. A closure cannot await, so no network call can happen inside a transaction.

use std::{
    fs::{File, TryLockError},
    path::{Path, PathBuf},
    sync::Arc,
    thread,
};

use kontor_domain::ids::AccountId;
use tokio::sync::{broadcast, oneshot};

use crate::{
    Bell, Conn, Error, Failure, Ids, Notice, Result, Settings, Tx,
    bells::Told,
    conn::Isolation,
    migrate, notices,
    postgres::{self, Duty},
    sqlite,
    stack::{Giver, stack},
    task::{ReadTask, Tell, WriteTask},
    turns::Turns,
};

/// How many notices wait for a slow listener before it misses the oldest.
const NOTICES: usize = 4096;

/// Who opens the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Opener {
    /// The server: on SQLite, the only one.
    Server,
    /// A command beside it.
    Command,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Backend {
    Sqlite,
    Postgres,
}

/// Cheap to clone; the threads end when the last clone is gone.
#[derive(Clone)]
pub struct Store {
    backend: Backend,
    reads: Giver<ReadTask>,
    writes: flume::Sender<WriteTask>,
    /// `None` where writes run one after another anyway.
    turns: Option<Turns>,
    tell: Tell,
    told: Told,
    ids: Ids,
    migrated: Arc<[String]>,
    #[cfg(any(test, feature = "testing"))]
    statements: crate::Statements,
    _lock: Option<Arc<File>>,
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Store").field(&self.backend).finish()
    }
}

impl Store {
    /// Opens the database and brings it to this binary's shape. Blocks; call it before the server runs.
    pub fn open(settings: &Settings, opener: Opener) -> Result<Self> {
        if let Some(path) = sqlite::path(&settings.url) {
            return Self::open_sqlite(settings, opener, &path);
        }
        match settings.url.split_once("://") {
            Some(("postgres" | "postgresql", _)) => Self::open_postgres(settings),
            Some((scheme, _)) => Err(Error::UnknownScheme(scheme.to_owned())),
            // Whatever it is, it may hold a password.
            None => Err(Error::UnknownScheme(
                settings
                    .url
                    .split(':')
                    .next()
                    .unwrap_or_default()
                    .to_owned(),
            )),
        }
    }

    fn open_sqlite(settings: &Settings, opener: Opener, path: &Path) -> Result<Self> {
        let mut conn = sqlite::open(path, settings)?;
        let lock = match opener {
            Opener::Server => Some(Arc::new(lock(path)?)),
            Opener::Command => None,
        };
        let migrated = migrate::run(&mut conn)?;
        let told = Told::new(NOTICES);
        let (reads, read_tasks) = stack();
        let (writes, write_tasks) = flume::unbounded();
        spawn(
            "kontor-writer",
            sqlite::writer(conn, write_tasks, path.to_owned(), settings.clone()),
        )?;
        for at in 0..settings.readers.max(1) {
            let mut conn = sqlite::open(path, settings)?;
            conn.refuse_writes()?;
            spawn(
                &format!("kontor-reader-{at}"),
                sqlite::reader(conn, read_tasks.clone()),
            )?;
        }
        let here = told.clone();
        let tell: Tell = Arc::new(move |list: Vec<Notice>| {
            for notice in list {
                here.tell(notice);
            }
        });
        // The server has lane 0. A command runs for a moment; its process id keeps two of them apart.
        let lane = if opener == Opener::Server {
            0
        } else {
            1 + i64::from(std::process::id() % 63)
        };
        Ok(Self {
            backend: Backend::Sqlite,
            reads,
            writes,
            turns: None,
            tell,
            told,
            ids: Ids::new(lane, seed()),
            migrated: migrated.into(),
            #[cfg(any(test, feature = "testing"))]
            statements: settings.statements.clone(),
            _lock: lock,
        })
    }

    fn open_postgres(settings: &Settings) -> Result<Self> {
        let mut conn = Conn::postgres(&settings.url)?;
        let migrated = migrate::run(&mut conn)?;
        drop(conn);
        let ids = Ids::new(0, seed());
        let line = notices::Line::open(&settings.url, ids.clone())?;
        let told = Told::new(NOTICES);
        let (out, outgoing) = flume::unbounded();
        spawn(
            "kontor-notices",
            notices::carrier(line, outgoing, told.clone()),
        )?;
        let (reads, read_tasks) = stack();
        let (writes, write_tasks) = flume::unbounded();
        let connections = settings.connections.max(2);
        let floor = postgres::Floor::default();
        for at in 0..connections {
            let duty = if at < connections.div_ceil(2) {
                Duty::Reads(read_tasks.clone())
            } else {
                Duty::Writes(write_tasks.clone())
            };
            spawn(
                &format!("kontor-db-{at}"),
                postgres::worker(settings, duty, floor.clone()),
            )?;
        }
        let here = told.clone();
        let tell: Tell = Arc::new(move |list: Vec<Notice>| {
            for notice in list {
                let _closing = out.send(notice.clone());
                here.tell(notice);
            }
        });
        Ok(Self {
            backend: Backend::Postgres,
            reads,
            writes,
            turns: Some(Turns::new()),
            tell,
            told,
            ids,
            migrated: migrated.into(),
            #[cfg(any(test, feature = "testing"))]
            statements: settings.statements.clone(),
            _lock: None,
        })
    }

    /// Names of the migrations that ran when this store was opened.
    pub fn migrated(&self) -> &[String] {
        &self.migrated
    }

    /// How many statements this store has run so far.
    #[cfg(any(test, feature = "testing"))]
    pub fn statements(&self) -> u64 {
        self.statements.run()
    }

    pub fn is_postgres(&self) -> bool {
        self.backend == Backend::Postgres
    }

    /// Makes ids that no other process on this database makes.
    pub fn ids(&self) -> &Ids {
        &self.ids
    }

    /// What this process and the others tell after their commits.
    pub fn notices(&self) -> broadcast::Receiver<Notice> {
        self.told.listen()
    }

    /// Rings when something is told of a topic with this payload, or with none. An empty one stands for each.
    pub fn bell(&self, topic: &str, payload: &str) -> Bell {
        self.told.hang(topic, payload)
    }

    /// Tells without a write.
    pub fn tell(&self, topic: &str, payload: impl Into<String>) {
        (self.tell)(vec![Notice {
            topic: topic.to_owned(),
            payload: payload.into(),
        }]);
    }

    /// Runs a read on a connection of its own thread.
    pub async fn read<T, E, F>(&self, body: F) -> std::result::Result<T, E>
    where
        T: Send + 'static,
        E: Failure,
        F: FnOnce(&mut Conn) -> std::result::Result<T, E> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let task: ReadTask = Box::new(move |conn| {
            // Nobody waits any more when the caller was cancelled: then there is nothing to find out either.
            if !reply.is_closed() {
                let _gone = reply.send(conn.map_err(|why| why.again().into()).and_then(body));
            }
        });
        if self.reads.give(task).is_err() {
            return Err(Error::Lost.into());
        }
        answer.await.unwrap_or_else(|_| Err(Error::Lost.into()))
    }

    /// Runs a write in a transaction and answers after the commit. The closure may run more than once: on PostgreSQL a write
    /// that lost a race, or whose connection broke before the commit, is run again. A statement that failed must end the
    /// closure: PostgreSQL takes nothing after it, and a closure that passes over it is told that nothing was kept.
    pub async fn write<T, E, F>(&self, body: F) -> std::result::Result<T, E>
    where
        T: Send + 'static,
        E: Failure,
        F: Fn(&mut Tx<'_>) -> std::result::Result<T, E> + Send + 'static,
    {
        self.write_in(Isolation::Serial, body).await
    }

    /// The same for a write that changes the row of an account, as each post changes that of its author. On PostgreSQL the second of two that
    /// meet there would run again; those of this process wait for each other instead, before they have a connection. What
    /// another process writes is kept apart as ever.
    pub async fn write_about<T, E, F>(
        &self,
        account: AccountId,
        body: F,
    ) -> std::result::Result<T, E>
    where
        T: Send + 'static,
        E: Failure,
        F: Fn(&mut Tx<'_>) -> std::result::Result<T, E> + Send + 'static,
    {
        let _turn = match &self.turns {
            Some(turns) => turns.at(account.0).await,
            None => None,
        };
        self.write(body).await
    }

    /// Runs a write that takes rows which others want too, and passes over those that somebody holds (`SKIP LOCKED`). It is
    /// kept apart from others by the locks of these rows and by nothing else: under the full isolation of a
    /// [`write`](Self::write), processes that compete for work would undo each other, and whoever adds work, all the time.
    pub async fn take<T, E, F>(&self, body: F) -> std::result::Result<T, E>
    where
        T: Send + 'static,
        E: Failure,
        F: Fn(&mut Tx<'_>) -> std::result::Result<T, E> + Send + 'static,
    {
        self.write_in(Isolation::Rows, body).await
    }

    async fn write_in<T, E, F>(&self, isolation: Isolation, body: F) -> std::result::Result<T, E>
    where
        T: Send + 'static,
        E: Failure,
        F: Fn(&mut Tx<'_>) -> std::result::Result<T, E> + Send + 'static,
    {
        let (task, answer) = WriteTask::new(isolation, body, self.tell.clone());
        if self.writes.send(task).is_err() {
            return Err(Error::Lost.into());
        }
        answer.await.unwrap_or_else(|_| Err(Error::Lost.into()))
    }
}

fn spawn(name: &str, body: impl FnOnce() + Send + 'static) -> Result<()> {
    thread::Builder::new()
        .name(name.to_owned())
        .spawn(body)
        .map(drop)
        .map_err(|why| Error::Connect(format!("cannot start a thread: {why}")))
}

/// Held by the one server on a SQLite file; the system lets go of it when the process ends, however it ends.
fn lock(path: &Path) -> Result<File> {
    let mut name = path.as_os_str().to_owned();
    name.push(".lock");
    let name = PathBuf::from(name);
    let file = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&name)
        .map_err(|why| Error::Connect(format!("cannot open {}: {why}", name.display())))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(Error::InUse(path.display().to_string())),
        Err(TryLockError::Error(why)) => Err(Error::Connect(format!(
            "cannot lock {}: {why}",
            name.display()
        ))),
    }
}

/// Another one each time. Not secret: it only spreads the ids of old posts, and the pauses of those who lost a race.
pub(crate) fn seed() -> u64 {
    use std::hash::{BuildHasher, Hasher};
    std::collections::hash_map::RandomState::new()
        .build_hasher()
        .finish()
}
