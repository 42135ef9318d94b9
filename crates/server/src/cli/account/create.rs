//! `kontor account create NAME`.

use std::io::Read;

use kontor_actions::accounts::{NewLocal, create_local};
use kontor_domain::user::Role;

use super::{Outcome, say, with_app};
use crate::config::Config;

#[derive(Debug, clap::Args)]
pub(crate) struct New {
    /// 1 to 30 of the letters a to z, digits and underscores.
    name: String,
    #[arg(long)]
    email: Option<String>,
    /// Read the password from standard input. Without it nobody can sign in on the pages; tokens still work.
    #[arg(long)]
    password_stdin: bool,
    /// user, moderator or admin
    #[arg(long, default_value = "user", value_parser = |text: &str| text.parse::<Role>())]
    role: Role,
}

pub(super) fn run(config: &Config, new: New) -> Outcome {
    let New {
        name,
        email,
        password_stdin,
        role,
    } = new;
    let password = password_stdin.then(read_password).transpose()?;
    let new = NewLocal {
        email,
        password,
        role,
        by_operator: true,
        ..NewLocal::person(&name)
    };
    let account = with_app(config, |app| async move { create_local(&app, new).await })?;
    say(format_args!(
        "@{}@{} is {role}, id {}",
        account.username, config.instance.domain, account.id
    ));
    Ok(())
}

/// One line; the line break is not part of it.
fn read_password() -> std::io::Result<String> {
    let mut text = String::new();
    std::io::stdin().take(64 * 1024).read_to_string(&mut text)?;
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}
