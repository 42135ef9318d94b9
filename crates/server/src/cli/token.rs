//! `kontor token create NAME`: prints the token alone.

use kontor_actions::{Error, accounts, oauth};
use kontor_domain::{scope::Scopes, text::Handle};

use super::{Outcome, say, with_app};
use crate::config::Config;

#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// Make an access token for a local account.
    Create {
        name: String,
        /// Words parted by spaces.
        #[arg(long, default_value = "read write follow push", value_parser = |text: &str| text.parse::<Scopes>())]
        scopes: Scopes,
    },
}

pub(super) fn run(config: &Config, command: &Command) -> Outcome {
    let Command::Create { name, scopes } = command;
    let handle = Handle::parse(name)?;
    let token = with_app(config, |app| async move {
        let account = accounts::lookup(&app, &handle).await?;
        if !account.is_local() {
            return Err(Error::invalid("name", "is not a local account"));
        }
        accounts::own(&app, account.id).await?;
        oauth::personal_token(&app, account.id, scopes).await
    })?;
    say(token.text);
    Ok(())
}
