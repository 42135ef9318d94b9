//! `kontor report list` and `kontor report resolve ID`.

use kontor_actions::reports::{self, ReportView};
use kontor_domain::{ids::ReportId, page::Page, time::rfc3339_seconds};

use super::{Outcome, say, with_app};
use crate::config::Config;

#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// Print the reports that nobody has resolved, the newest first.
    List {
        /// So many at most.
        #[arg(long, default_value_t = 40)]
        limit: u16,
    },
    /// Mark a report as dealt with.
    Resolve { id: ReportId },
}

pub(super) fn run(config: &Config, command: &Command) -> Outcome {
    match command {
        Command::List { limit } => list(config, *limit),
        Command::Resolve { id } => {
            let id = *id;
            with_app(
                config,
                |app| async move { reports::resolve(&app, id).await },
            )?;
            say(format_args!("report {id} is resolved"));
            Ok(())
        }
    }
}

fn list(config: &Config, limit: u16) -> Outcome {
    let page = Page::first(i64::from(limit));
    let found = with_app(config, |app| async move { reports::open(&app, page).await })?;
    if found.is_empty() {
        say("no open reports");
    }
    for view in &found {
        print(view);
    }
    Ok(())
}

fn print(view: &ReportView) {
    let report = &view.report;
    let source = report
        .source
        .as_ref()
        .map_or(String::new(), |host| format!(" (from {host})"));
    say(format_args!(
        "{} {} {}: {} reports {}{source}",
        report.id,
        rfc3339_seconds(report.created_at),
        report.category,
        view.by.handle,
        view.target.handle,
    ));
    for subject in &view.subjects {
        say(format_args!("  {}", subject.uri));
    }
    for line in report.comment.lines() {
        say(format_args!("  > {}", printable(line)));
    }
}

/// A comment comes from anybody, and a terminal obeys some characters.
fn printable(line: &str) -> String {
    line.chars().filter(|c| !c.is_control()).collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_comment_cannot_command_the_terminal() {
        assert_eq!(super::printable("a\u{1b}[2Jb\u{7}"), "a[2Jb");
    }
}
