//! `kontor config check`: what is in force. Secrets do not print.

use super::{Outcome, say};
use crate::config::Config;

#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// Read the configuration, say what is wrong with it, else print what is in force.
    Check,
}

pub(super) fn run(config: &Config, command: &Command) -> Outcome {
    let Command::Check = command;
    say(toml::to_string(config)?);
    Ok(())
}
