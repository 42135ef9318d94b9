//! A PostgreSQL of a test's own, for what is done to no other: ended in the middle of its work, and started again; left without room.

use std::{
    ffi::OsStr,
    fs,
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

/// Whom root lends to PostgreSQL, which does not run as root. `scripts/postgres` makes this user.
const USER: &str = "kontor-test";

/// Settings for [`Cluster::room`]. The write-ahead log is written by a process of its own, before anybody else has to, so that a
/// session writes to no file but one that it makes longer. Without room for that log PostgreSQL ends, for which [`Cluster::stop`] is.
const LIMITABLE: [&str; 4] = [
    "synchronous_commit=off",
    "wal_buffers=16MB",
    "full_page_writes=off",
    "autovacuum=off",
];

pub struct Cluster {
    folder: tempfile::TempDir,
    programs: PathBuf,
    port: u16,
    settings: &'static [&'static str],
    child: Option<Child>,
}

/// The newest that is installed.
fn programs() -> PathBuf {
    let mut found: Vec<(u32, PathBuf)> = fs::read_dir("/usr/lib/postgresql")
        .expect("PostgreSQL's programs, where Debian has them")
        .filter_map(|entry| {
            let path = entry.ok()?.path();
            let version = path.file_name()?.to_str()?.parse().ok()?;
            Some((version, path.join("bin")))
        })
        .filter(|(_, folder)| folder.join("initdb").exists())
        .collect();
    found.sort();
    found.pop().expect("an installed PostgreSQL").1
}

fn is_root() -> bool {
    let output = Command::new("id")
        .arg("-u")
        .output()
        .expect("the command id");
    output.stdout == b"0\n"
}

/// A command as the user who runs PostgreSQL.
fn as_user(program: impl AsRef<OsStr>) -> Command {
    let mut command = if is_root() {
        let mut command = Command::new("setpriv");
        command
            .arg(format!("--reuid={USER}"))
            .arg(format!("--regid={USER}"));
        command.arg("--clear-groups").arg("--").arg(program);
        command
    } else {
        Command::new(program)
    };
    command.current_dir("/").stdin(Stdio::null());
    command
}

/// The processes that serve the sessions there are.
fn sessions(main: u32) -> Vec<u32> {
    fs::read_dir("/proc")
        .expect("the system's list of processes")
        .filter_map(|entry| {
            let process: u32 = entry.ok()?.file_name().to_str()?.parse().ok()?;
            let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
            // The name may hold anything; the state and the parent follow it.
            let (_, rest) = stat.rsplit_once(')')?;
            let parent: u32 = rest.split_whitespace().nth(1)?.parse().ok()?;
            let title = fs::read_to_string(format!("/proc/{process}/cmdline")).ok()?;
            (parent == main && title.starts_with("postgres: kontor ")).then_some(process)
        })
        .collect()
}

impl Cluster {
    /// # Panics
    /// When it cannot be made or does not start.
    pub fn start_new() -> Self {
        Self::start_with(&[])
    }

    /// One that [`Self::room`] may be said to.
    ///
    /// # Panics
    /// As [`Self::start_new`].
    pub fn start_limitable() -> Self {
        Self::start_with(&LIMITABLE)
    }

    fn start_with(settings: &'static [&'static str]) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        if is_root() {
            let given = Command::new("chown").arg(USER).arg(folder.path()).status();
            assert!(given.expect("the command chown").success());
        }
        let port = TcpListener::bind("127.0.0.1:0")
            .and_then(|taken| taken.local_addr())
            .expect("a free port")
            .port();
        let mut cluster = Self {
            folder,
            programs: programs(),
            port,
            settings,
            child: None,
        };
        // A server of this machine's own for a minute, with nothing in it: whoever may connect finds test data.
        let made = cluster
            .command("initdb")
            .args(["--username=kontor", "--auth=trust", "--no-sync"])
            .args(["--encoding=UTF8", "--locale=C.UTF-8", "--pgdata"])
            .arg(cluster.data())
            .output()
            .expect("initdb runs");
        assert!(made.status.success(), "{made:?}");
        cluster.start();
        cluster
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn command(&self, program: &str) -> Command {
        as_user(self.programs.join(program))
    }

    /// A superuser's address.
    pub fn url(&self) -> String {
        format!("postgres://kontor@127.0.0.1:{}/postgres", self.port)
    }

    /// # Panics
    /// When it does not start.
    pub fn start(&mut self) {
        let log = fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(self.log())
            .expect("a log file");
        let settings = self.settings.iter().flat_map(|setting| ["-c", *setting]);
        let child = self
            .command("postgres")
            .arg("-D")
            .arg(self.data())
            .args(["-p", &self.port.to_string()])
            .args(["-c", "listen_addresses=127.0.0.1"])
            .args(["-c", "unix_socket_directories="])
            .args(["-c", "shared_buffers=32MB"])
            .args(settings)
            .stdout(log.try_clone().expect("a log file"))
            .stderr(log)
            .spawn()
            .expect("postgres runs");
        self.child = Some(child);
        let began = Instant::now();
        // The server's own word, since anybody may answer on a port.
        while !is_ready(&self.data().join("postmaster.pid")) {
            let ended = self.child.as_mut().and_then(|child| child.try_wait().ok()?);
            let waited = began.elapsed();
            assert!(
                ended.is_none() && waited < Duration::from_secs(30),
                "PostgreSQL does not start: {}",
                fs::read_to_string(self.log()).unwrap_or_default()
            );
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    fn log(&self) -> PathBuf {
        self.folder.path().join("log")
    }

    /// Sets the system's limit for the size of files, `0` or `unlimited`, for the sessions there are and for those to come: PostgreSQL
    /// takes it for a full disk. What needs no new page is still written.
    ///
    /// # Panics
    /// When it does not run.
    pub fn room(&self, limit: &str) {
        let set = |process: u32| {
            let told = as_user("prlimit")
                .args(["--pid", &process.to_string()])
                .arg(format!("--fsize={limit}:unlimited"))
                .status();
            told.expect("the command prlimit").success()
        };
        // First the process that new sessions have theirs of.
        let main = self.child.as_ref().expect("it runs").id();
        assert!(set(main), "prlimit");
        for session in sessions(main) {
            let _or_it_has_ended = set(session);
        }
    }

    /// At once, as if it had crashed: it does not close its files, and recovers when it is started.
    ///
    /// # Panics
    /// When it does not run.
    pub fn stop(&mut self) {
        let mut child = self.child.take().expect("it runs");
        // `setpriv` makes place for the server, so this is the server's own number.
        let told = Command::new("kill")
            .args(["-QUIT", &child.id().to_string()])
            .status();
        assert!(told.expect("the command kill").success());
        child.wait().expect("a child of ours");
    }
}

fn is_ready(file: &Path) -> bool {
    let text = fs::read_to_string(file).unwrap_or_default();
    text.lines()
        .nth(7)
        .is_some_and(|line| line.starts_with("ready"))
}

impl Drop for Cluster {
    fn drop(&mut self) {
        if self.child.is_some() {
            self.stop();
        }
    }
}
