//! `kontor account`: making local accounts, moving them, and taking them out of sight.

mod create;

use kontor_actions::{
    App, Error,
    accounts::{self, Account},
    confirmations, departures,
    moves::{self, Change},
    second_factors,
};
use kontor_domain::text::Handle;

use super::{Outcome, say, with_app};
use crate::config::Config;

#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// Make a local account.
    Create(create::New),
    /// What other accounts an account goes by. One that moves here from elsewhere must be named first.
    Alias {
        name: String,
        #[arg(value_enum)]
        change: Wanted,
        /// name@domain
        handle: String,
    },
    /// Move an account to another, which must name it among its own; followers go along.
    Move {
        name: String,
        /// name@domain
        #[arg(long)]
        to: String,
    },
    /// Let somebody who lost the second factor, and the codes for that, sign in with the password alone.
    TwoFactorOff { name: String },
    /// Say that a person's mail address is theirs, for those whom no mail reaches.
    Confirm { name: String },
    /// Take an account out of everybody's sight. It can be brought back.
    Suspend { name: String },
    /// Bring a suspended account back.
    Unsuspend { name: String },
    /// Delete an account for good, with everything of it; every server that may know it is told.
    Delete {
        name: String,
        /// Without it nothing happens: there is no way back.
        #[arg(long)]
        yes: bool,
    },
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
pub(super) enum Wanted {
    Add,
    Remove,
}

pub(super) fn run(config: &Config, command: Command) -> Outcome {
    match command {
        Command::Create(new) => create::run(config, new),
        Command::Alias {
            name,
            change,
            handle,
        } => {
            let change = match change {
                Wanted::Add => Change::Add,
                Wanted::Remove => Change::Remove,
            };
            let account = with_app(config, |app| async move {
                let account = find(&app, &name).await?;
                let other = elsewhere(&app, &handle).await?;
                moves::alias(&app, account.id, change, other).await?;
                accounts::get(&app, account.id).await
            })?;
            say(format_args!(
                "@{} goes by {} too",
                account.username,
                moves::aliases(&account).join(", ")
            ));
            Ok(())
        }
        Command::Move { name, to } => {
            let handle = to.clone();
            let account = with_app(config, |app| async move {
                let account = find(&app, &name).await?;
                let target = elsewhere(&app, &handle).await?;
                moves::depart(&app, account.id, target).await?;
                Ok(account)
            })?;
            say(format_args!("@{} has moved to {to}", account.username));
            Ok(())
        }
        Command::TwoFactorOff { name } => two_factor_off(config, name),
        Command::Confirm { name } => confirm(config, name),
        Command::Suspend { name } => {
            with_app(config, |app| async move {
                let account = find(&app, &name).await?;
                departures::suspend(&app, account.id).await
            })?;
            say("suspended");
            Ok(())
        }
        Command::Unsuspend { name } => {
            with_app(config, |app| async move {
                let account = find(&app, &name).await?;
                departures::unsuspend(&app, account.id).await
            })?;
            say("back");
            Ok(())
        }
        Command::Delete { name, yes } => {
            if !yes {
                return Err("deleting cannot be undone: say --yes".into());
            }
            with_app(config, |app| async move {
                let account = find(&app, &name).await?;
                departures::delete(&app, account.id).await
            })?;
            say("deleted; a running server erases what is left and tells the others");
            Ok(())
        }
    }
}

fn two_factor_off(config: &Config, name: String) -> Outcome {
    let was_on = with_app(config, |app| async move {
        let account = find(&app, &name).await?;
        second_factors::take_away(&app, account.id).await
    })?;
    say(if was_on {
        "off: the password alone is enough"
    } else {
        "there was no second factor"
    });
    Ok(())
}

fn confirm(config: &Config, name: String) -> Outcome {
    let was_not = with_app(config, |app| async move {
        let account = find(&app, &name).await?;
        confirmations::confirm_by_operator(&app, account.id).await
    })?;
    say(if was_not {
        "confirmed"
    } else {
        "it was confirmed already"
    });
    Ok(())
}

/// Known here, suspended or not.
async fn find(app: &App, name: &str) -> kontor_actions::Result<Account> {
    let handle = read(name)?;
    accounts::find(app, &handle)
        .await?
        .ok_or_else(|| Error::invalid("name", "is nobody's here"))
}

async fn elsewhere(app: &App, name: &str) -> kontor_actions::Result<kontor_domain::ids::AccountId> {
    let handle = read(name)?;
    // What was known may be older than what the account says now.
    if !accounts::is_ours(app, &handle)
        && let Some(id) = app.remote.resolve_handle(app, &handle).await?
    {
        return Ok(id);
    }
    accounts::resolve(app, &handle)
        .await?
        .ok_or_else(|| Error::invalid("handle", "is nobody's"))
}

fn read(name: &str) -> kontor_actions::Result<Handle> {
    Handle::parse(name).map_err(|_| Error::invalid("name", "is neither a name nor name@domain"))
}
