//! `kontor mail`: whether mail leaves. Needs no database.

use std::time::SystemTime;

use kontor_actions::Entropy;
use kontor_net::mail::Letter;
use kontor_store::Clock;

use super::{Outcome, say};
use crate::config::Config;

#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// Send a mail to this address now, and say what the mail server answered.
    Test { address: String },
}

pub(super) fn run(config: &Config, command: Command) -> Outcome {
    let Command::Test { address } = command;
    let Some(mailer) = config.mailer()? else {
        return Err("mail is off: `mail.host` names no server".into());
    };
    let unique: String = Entropy::default()
        .token()?
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .collect();
    let letter = Letter {
        to: address.clone(),
        subject: format!("A test of {}", config.instance.title),
        text: format!(
            "This is a test. {} can send mail to this address.\n",
            config.instance.title
        ),
        id: format!("test.{unique}"),
        date: SystemTime::from(Clock::default().now().and_utc()),
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(mailer.send(&letter))?;
    say(format_args!(
        "{} took a mail to {address}",
        config.mail.host
    ));
    Ok(())
}
