//! `kontor emoji import DIR | list | remove NAME`.

use std::path::{Path, PathBuf};

use kontor_actions::custom_emojis;
use kontor_domain::emoji::is_shortcode;

use super::{Outcome, say, with_app};
use crate::config::Config;

#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// Take every picture of a folder as an emoji that is called as its file is; one of that name is replaced.
    Import { folder: PathBuf },
    /// Print the emojis of this instance.
    List,
    /// Remove one. Posts keep its name as text.
    Remove { name: String },
}

pub(super) fn run(config: &Config, command: Command) -> Outcome {
    match command {
        Command::Import { folder } => import(config, &folder),
        Command::List => {
            let own = with_app(config, |app| async move { custom_emojis::list(&app).await })?;
            for emoji in own {
                say(format_args!(":{}:", emoji.shortcode));
            }
            Ok(())
        }
        Command::Remove { name } => {
            let name = name.trim_matches(':').to_owned();
            let wanted = name.clone();
            with_app(config, |app| async move {
                custom_emojis::remove(&app, wanted).await
            })?;
            say(format_args!(":{name}: is gone"));
            Ok(())
        }
    }
}

fn import(config: &Config, folder: &Path) -> Outcome {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_stem().and_then(|name| name.to_str());
        if let Some(name) = name.filter(|_| path.is_file()) {
            if !is_shortcode(name) {
                return Err(format!(
                    "{}: a name is made of letters, digits, hyphens and underscores",
                    path.display()
                )
                .into());
            }
            found.push((name.to_owned(), std::fs::read(&path)?));
        }
    }
    found.sort();
    let count = found.len();
    with_app(config, |app| async move {
        for (name, bytes) in found {
            custom_emojis::import(&app, name, bytes).await?;
        }
        Ok(())
    })?;
    say(format_args!("{count} imported"));
    Ok(())
}
