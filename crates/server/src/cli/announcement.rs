//! `kontor announcement create|list|delete`.

use kontor_actions::announcements::{self, Draft};
use kontor_domain::{
    ids::AnnouncementId,
    time::{Time, parse, rfc3339_seconds},
};

use super::{Outcome, say, with_app};
use crate::config::Config;

#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// Tell everybody here something. Prints its id.
    Create {
        text: String,
        /// When what it is about begins: 2026-01-31, or 2026-01-31T12:00:00Z.
        #[arg(long, value_parser = moment)]
        starts: Option<Time>,
        /// When it ends; from then on it is not shown.
        #[arg(long, value_parser = moment)]
        ends: Option<Time>,
        /// The times stand for whole days.
        #[arg(long, requires = "starts")]
        all_day: bool,
    },
    /// Print them, the newest first.
    List,
    /// Take one back.
    Delete { id: AnnouncementId },
}

/// A day stands for its beginning, in UTC.
fn moment(text: &str) -> Result<Time, String> {
    parse(text)
        .or_else(|| parse(&format!("{text}T00:00:00Z")))
        .ok_or_else(|| "must be as 2026-01-31 or as 2026-01-31T12:00:00Z".to_owned())
}

pub(super) fn run(config: &Config, command: Command) -> Outcome {
    match command {
        Command::Create {
            text,
            starts,
            ends,
            all_day,
        } => {
            let draft = Draft {
                text,
                starts_at: starts,
                ends_at: ends,
                all_day,
            };
            let id = with_app(config, |app| async move {
                announcements::create(&app, draft).await
            })?;
            say(id);
            Ok(())
        }
        Command::List => list(config),
        Command::Delete { id } => {
            with_app(config, |app| async move {
                announcements::delete(&app, id).await
            })?;
            say(format_args!("announcement {id} is deleted"));
            Ok(())
        }
    }
}

fn list(config: &Config) -> Outcome {
    let found = with_app(config, |app| async move {
        let now = app.now();
        let rows = announcements::all(&app).await?.into_iter();
        Ok(rows
            .map(|row| (announcements::stands(&row, now), row))
            .collect::<Vec<_>>())
    })?;
    if found.is_empty() {
        say("no announcements");
    }
    for (stands, row) in &found {
        let time = |at: Option<Time>| at.map_or_else(|| "-".to_owned(), rfc3339_seconds);
        let over = if *stands { "" } else { " (over)" };
        say(format_args!(
            "{} {} to {}{over}",
            row.id,
            time(row.starts_at),
            time(row.ends_at)
        ));
        for line in row.text.lines() {
            say(format_args!("  {line}"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_day_and_a_moment_are_read() {
        assert_eq!(
            super::moment("2026-01-31").unwrap(),
            super::moment("2026-01-31T01:00:00+01:00").unwrap()
        );
        assert!(super::moment("soon").is_err());
    }
}
