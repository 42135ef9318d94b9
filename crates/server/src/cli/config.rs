//! `kontor config check`: what is in force. Secrets do not print.

use super::{Outcome, say};
use crate::config::{self, Config};

#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// Read the configuration, say what is wrong with it, try the bucket if files are kept in one, and print what is in force.
    Check,
}

pub(super) fn run(config: &Config, command: &Command) -> Outcome {
    let Command::Check = command;
    let media = kontor_actions::Media {
        bucket: config.media.s3.bucket()?,
        ..config.actions().limits.media
    };
    super::serve::runtime()?
        .block_on(kontor_actions::uploads::try_out(&media))
        .map_err(|why| config::unusable(&why))?;
    say(toml::to_string(config)?);
    Ok(())
}
