//! `kontor inbox`: what came from peers and could not be acted on.

use kontor_actions::inbox::{self, Which};
use kontor_domain::{ids::InboxId, page::Page};

use super::{Outcome, say, with_app};
use crate::config::Config;

#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// Activities that were set aside after their last try, newest first, each with its reason.
    Failed {
        /// Those of one peer.
        #[arg(long)]
        host: Option<String>,
        #[arg(long, default_value_t = 100)]
        limit: i64,
    },
    /// Try one again, or all.
    Retry {
        /// A number that `failed` printed, or `all`.
        which: String,
    },
}

pub(super) fn run(config: &Config, command: Command) -> Outcome {
    match command {
        Command::Failed { host, limit } => failed(config, host, limit),
        Command::Retry { which } => retry(config, &which),
    }
}

fn failed(config: &Config, host: Option<String>, limit: i64) -> Outcome {
    let page = Page::first(limit.max(1));
    let failed = with_app(config, |app| async move {
        inbox::failed(&app, host, page).await
    })?;
    for one in failed {
        say(format_args!(
            "{} {} {} after {} tries: {}",
            one.id, one.host, one.activity, one.attempts, one.why
        ));
    }
    Ok(())
}

fn retry(config: &Config, which: &str) -> Outcome {
    let chosen = if which == "all" {
        Which::All
    } else {
        Which::One(InboxId(
            which
                .parse()
                .map_err(|_| format!("`{which}` is neither a number nor `all`"))?,
        ))
    };
    let count = with_app(config, |app| async move {
        match inbox::retry(&app, chosen).await {
            Err(kontor_actions::Error::NotFound) => Err(kontor_actions::Error::invalid(
                "id",
                "names no activity that was set aside",
            )),
            other => other,
        }
    })?;
    say(format_args!("{count} are tried again"));
    Ok(())
}
