//! Running what is driven by the client library that we did not write: Mastodon.py.

use std::{
    path::Path,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use crate::environment;

/// Names a Python that has the packages of `requirements.txt`.
pub const PYTHON: &str = "KONTOR_TEST_PYTHON";

/// Runs a script of `it/` and returns what it printed. The arguments go to it as they are.
///
/// # Panics
/// When it fails or takes longer than two minutes; with what it said.
pub fn run(script: &str, arguments: &[&str]) -> String {
    let python = environment::required(PYTHON);
    let script = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("it")
        .join(script);
    let began = Instant::now();
    let child = Command::new("timeout")
        .args(["120", &python])
        .arg(&script)
        .args(arguments)
        .env("PYTHONUNBUFFERED", "1")
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .stdin(Stdio::null())
        .output()
        .unwrap_or_else(|why| panic!("{python}: {why}"));
    let (out, err) = (
        String::from_utf8_lossy(&child.stdout),
        String::from_utf8_lossy(&child.stderr),
    );
    let took: Duration = began.elapsed();
    assert!(
        child.status.success(),
        "{} failed after {:.1} s ({}):\n{out}\n{err}",
        script.display(),
        took.as_secs_f32(),
        child.status
    );
    out.into_owned()
}
