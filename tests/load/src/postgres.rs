//! A database beside `scripts/postgres`, and what PostgreSQL's own processes take.

use std::{fs, path::PathBuf, process::Command, time::Duration};

/// A superuser's address.
#[expect(
    clippy::disallowed_methods,
    reason = "scripts/postgres says it by the environment"
)]
fn server() -> String {
    std::env::var("KONTOR_TEST_POSTGRES").expect("run it by scripts/postgres")
}

fn psql(query: &str) -> String {
    psql_at(&server(), query)
}

fn psql_at(url: &str, query: &str) -> String {
    let psql = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path().join("bin/psql")))
        .find(|path| path.exists())
        .unwrap_or_else(|| PathBuf::from("psql"));
    let output = Command::new(psql)
        .arg(url)
        .args(["-Atqc", query])
        .output()
        .unwrap();
    assert!(output.status.success(), "{query}: {output:?}");
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

pub fn version() -> String {
    psql("SHOW server_version")
}

/// A database of its own, which goes with everything else.
pub fn new_database() -> String {
    let name = format!("load_{}", std::process::id());
    psql(&format!("CREATE DATABASE {name}"));
    let server = server();
    let (base, _) = server.rsplit_once('/').unwrap();
    format!("{base}/{name}")
}

/// What PostgreSQL does by itself some minutes after a table has grown: a database that has been lived in is known to it.
pub fn analyze(url: &str) {
    psql_at(url, "ANALYZE");
}

/// The process that all others of this PostgreSQL are children of.
pub fn main_process() -> u32 {
    let one = psql("SELECT pid FROM pg_stat_activity WHERE backend_type = 'checkpointer'");
    let stat = stat(one.parse().unwrap()).expect("PostgreSQL runs on this machine");
    stat.parent
}

struct Stat {
    parent: u32,
    own: Duration,
    /// Of children that have ended.
    ended: Duration,
}

/// `None`: it has ended.
fn stat(process: u32) -> Option<Stat> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // The name may hold anything; what follows it are the state and numbers.
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks = |at: usize| fields[at].parse::<u64>().unwrap();
    Some(Stat {
        parent: fields[1].parse().unwrap(),
        own: Duration::from_millis((ticks(11) + ticks(12)) * 10),
        ended: Duration::from_millis((ticks(13) + ticks(14)) * 10),
    })
}

/// Processor time of this process and of all its children, in hundredths of a second by the kernel's tick.
pub fn cpu(main: u32) -> Duration {
    let children = fs::read_dir("/proc")
        .unwrap()
        .filter_map(|entry| stat(entry.ok()?.file_name().to_str()?.parse().ok()?))
        .filter(|child| child.parent == main)
        .map(|child| child.own + child.ended)
        .sum::<Duration>();
    let own = stat(main).expect("PostgreSQL runs");
    own.own + own.ended + children
}
