//! ffprobe and ffmpeg as children: with no more time, memory and room on the disk than they are given, without the environment of
//! the server, and without a way out.

use std::{
    ffi::OsStr,
    io::Read,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use crate::Refused;

/// Where programs are looked for that are named without a folder.
const FOLDERS: [&str; 3] = ["/usr/local/bin", "/usr/bin", "/bin"];

const LOOK_EVERY: Duration = Duration::from_millis(10);

/// The largest report of ffprobe.
const REPORT: u64 = 64 * 1024;

/// Both of them, found on this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Programs {
    pub(crate) ffprobe: PathBuf,
    pub(crate) ffmpeg: PathBuf,
}

impl Programs {
    /// `None`: one of them is not there, or has no name.
    pub fn find(ffprobe: &str, ffmpeg: &str) -> Option<Self> {
        Some(Self {
            ffprobe: find(ffprobe)?,
            ffmpeg: find(ffmpeg)?,
        })
    }
}

fn find(name: &str) -> Option<PathBuf> {
    if name.is_empty() {
        return None;
    }
    if name.contains('/') {
        // They run in a folder of their own.
        let path = std::path::absolute(name).ok()?;
        return path.is_file().then_some(path);
    }
    FOLDERS
        .iter()
        .map(|folder| Path::new(folder).join(name))
        .find(|path| path.is_file())
}

/// What a child may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Means {
    pub(crate) time: Duration,
    pub(crate) memory: u64,
    /// Of a file that it writes, in bytes.
    pub(crate) room: u64,
}

/// The limits are set by a shell that then becomes the program. The one on its processor time ends it also when we are gone.
const LIMITED: &str =
    "ulimit -v \"$1\" && ulimit -f \"$2\" && ulimit -t \"$3\" && shift 3 && exec \"$@\"";

/// Processors that a program keeps busy at most.
pub(crate) const THREADS: &str = "2";

/// Runs a program to its end. Returns what it printed.
pub(crate) fn run<A: AsRef<OsStr>>(
    program: &Path,
    arguments: &[A],
    folder: &Path,
    means: Means,
) -> Result<String, Refused> {
    let mut child = Command::new("/bin/sh")
        .args(["-c", LIMITED, "sh"])
        // In KiB, and in blocks of 512 bytes.
        .arg((means.memory / 1024).to_string())
        .arg(means.room.div_ceil(512).to_string())
        .arg(means.time.as_secs().saturating_mul(2).max(1).to_string())
        .arg(program)
        .args(arguments)
        .current_dir(folder)
        .env_clear()
        .env("PATH", FOLDERS.join(":"))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|why| Refused::Broken(format!("{} does not run: {why}", program.display())))?;
    // Read while it runs: a program that has more to say than a pipe holds would wait for ever.
    let reader = child.stdout.take().map(|out| {
        thread::spawn(move || {
            let mut said = Vec::new();
            out.take(REPORT).read_to_end(&mut said).map(|_| said)
        })
    });
    wait(&mut child, means.time)?;
    let said = match reader.map(thread::JoinHandle::join) {
        None => Vec::new(),
        Some(Ok(Ok(said))) => said,
        Some(Ok(Err(why))) => return Err(Refused::Broken(why.to_string())),
        Some(Err(_)) => return Err(Refused::Broken("its report cannot be read".to_owned())),
    };
    String::from_utf8(said).map_err(|why| Refused::Broken(why.to_string()))
}

/// Whoever is not done in time is ended.
fn wait(child: &mut Child, time: Duration) -> Result<(), Refused> {
    let began = Instant::now();
    loop {
        match child.try_wait() {
            Ok(Some(status)) if status.success() => return Ok(()),
            Ok(Some(status)) => return Err(Refused::Broken(status.to_string())),
            Ok(None) if began.elapsed() < time => thread::sleep(LOOK_EVERY),
            Ok(None) => {
                let _gone_already = child.kill();
                let _reaped = child.wait();
                return Err(Refused::TooLong);
            }
            Err(why) => return Err(Refused::Broken(why.to_string())),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    const MEANS: Means = Means {
        time: Duration::from_secs(20),
        memory: 1 << 30,
        room: 4096,
    };

    fn sh(script: &str, means: Means) -> Result<String, Refused> {
        let folder = tempfile::tempdir().unwrap();
        run(Path::new("/bin/sh"), &["-c", script], folder.path(), means)
    }

    #[test]
    fn a_child_has_nothing_of_ours_and_says_what_it_says() {
        let said = sh("env; pwd; echo done", MEANS).unwrap();
        assert!(
            said.ends_with("done\n") && !said.contains("CARGO"),
            "{said}"
        );
    }

    #[test]
    fn time_room_and_memory_end() {
        let hurried = Means {
            time: Duration::from_millis(100),
            ..MEANS
        };
        let began = Instant::now();
        assert_eq!(sh("sleep 600", hurried), Err(Refused::TooLong));
        assert!(began.elapsed() < Duration::from_secs(10));
        let large = "head -c 100000 /dev/zero > large";
        assert!(matches!(sh(large, MEANS), Err(Refused::Broken(_))));
        let greedy = "x=$(head -c 300000000 /dev/zero | tr '\\0' x); test ${#x} = 300000000";
        let poor = Means {
            memory: 100 << 20,
            ..MEANS
        };
        assert!(matches!(sh(greedy, poor), Err(Refused::Broken(_))));
        assert!(matches!(sh("exit 3", MEANS), Err(Refused::Broken(_))));
        let brief = Means {
            time: Duration::from_secs(1),
            ..MEANS
        };
        let busy = "ulimit -t";
        assert_eq!(sh(busy, brief), Ok("2\n".to_owned()));
    }

    #[test]
    fn who_says_more_than_a_pipe_holds_is_read_to_the_bound() {
        let said = sh("head -c 60000 /dev/zero | tr '\\0' x; exit 0", MEANS).unwrap();
        assert_eq!(said.len(), 60_000);
        // More than the bound: the pipe is closed, and the program with it.
        let more = sh("exec head -c 10000000 /dev/zero", MEANS);
        assert!(matches!(more, Err(Refused::Broken(_))), "{more:?}");
    }

    #[test]
    fn programs_are_found_or_not() {
        assert!(Programs::find("sh", "/bin/sh").is_some());
        assert_eq!(Programs::find("sh", ""), None);
        assert_eq!(Programs::find("no-such-program", "sh"), None);
        assert_eq!(Programs::find("sh", "/no/such/program"), None);
        let here = std::env::current_dir().unwrap();
        let up = "../".repeat(here.components().count() - 1);
        let found = Programs::find("sh", &format!("{up}bin/sh")).unwrap();
        assert!(found.ffmpeg.is_absolute(), "{found:?}");
    }
}
