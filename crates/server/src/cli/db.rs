//! `kontor db migrate|check|reindex`.

use kontor_actions::words;
use kontor_store::{Opener, Store, check};

use super::{Outcome, say, with_app};
use crate::config::Config;

#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// Bring the database to this version's shape (which also happens at every start).
    Migrate,
    /// Check that the database is whole and that its counters are right.
    Check {
        /// Set wrong counters right.
        #[arg(long)]
        repair: bool,
    },
    /// Make the index that searches use anew, of all posts and accounts. A server may run meanwhile.
    Reindex,
}

pub(super) fn run(config: &Config, command: &Command) -> Outcome {
    let open = || Store::open(&config.store(), Opener::Command);
    match command {
        Command::Migrate => {
            for name in open()?.migrated() {
                say(format_args!("applied {name}"));
            }
            say("the database is up to date");
            Ok(())
        }
        Command::Check { repair } => examine(&open()?, *repair),
        Command::Reindex => {
            let done = with_app(config, |app| async move { words::rebuild(&app).await })?;
            say(format_args!(
                "indexed {} accounts and {} posts",
                done.accounts, done.posts
            ));
            Ok(())
        }
    }
}

fn examine(store: &Store, repair: bool) -> Outcome {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    if repair {
        runtime.block_on(store.write(check::repair_counters))?;
    }
    let report = runtime.block_on(store.read(check::check))?;
    for line in &report.damage {
        say(line);
    }
    for difference in &report.differences {
        say(difference);
    }
    if report.is_sound() {
        say("the database is whole and its counters are right");
        return Ok(());
    }
    Err(format!(
        "{} problems were found",
        report.damage.len() + report.differences.len()
    )
    .into())
}
