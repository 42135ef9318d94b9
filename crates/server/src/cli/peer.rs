//! `kontor peer`: what is decided about other servers. A server that runs beside it follows within a second.

mod standing;

use std::path::PathBuf;

use kontor_actions::peers::{self, DomainPolicy, Refuse, Wanted};
use kontor_domain::peer::Severity;

use super::{Outcome, say, with_app};
use crate::config::Config;

#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// Speak with a domain, whatever a rule for a wider one says; with mode = "allowlist", let it in.
    Allow(Rule),
    /// Take nothing from a domain and what is below it, send nothing there, and hide what is known of it.
    Block(Rule),
    /// Show a domain to those who follow somebody there, and to nobody else.
    Limit(Rule),
    /// The rules.
    List,
    /// Take a rule back. Follows that a block ended stay ended.
    Remove { domain: String },
    /// Read rules from a CSV file in Mastodon's form (`-`: standard input).
    Import { file: PathBuf },
    /// Show how deliveries to a server stand; without a name, to all that something waits for or that failed last.
    Status { domain: Option<String> },
    /// Try again now what waits for a server. One that runs on the same SQLite file hears of it within half a minute.
    Retry { domain: String },
    /// Print the rules that block, limit or refuse something as CSV in Mastodon's form.
    Export {
        /// The domains that are allowed by name instead.
        #[arg(long)]
        allowed: bool,
    },
}

#[derive(Debug, clap::Args)]
pub(super) struct Rule {
    domain: String,
    /// Why, for those who run this instance.
    #[arg(long, default_value = "")]
    reason: String,
    /// Why, for everyone.
    #[arg(long, default_value = "")]
    public_reason: String,
    /// Take no pictures and other files.
    #[arg(long)]
    reject_media: bool,
    /// Pass no reports on.
    #[arg(long)]
    reject_reports: bool,
    /// Do not spell the domain out in the public list.
    #[arg(long)]
    obfuscate: bool,
}

pub(super) fn run(config: &Config, command: Command) -> Outcome {
    match command {
        Command::Allow(rule) => set(config, Severity::Allow, rule),
        Command::Block(rule) => set(config, Severity::Block, rule),
        Command::Limit(rule) => set(config, Severity::Limit, rule),
        Command::List => list(config),
        Command::Remove { domain } => remove(config, domain),
        Command::Import { file } => import(config, &file),
        Command::Export { allowed } => export(config, allowed),
        Command::Status { domain } => standing::status(config, domain),
        Command::Retry { domain } => standing::retry(config, &domain),
    }
}

fn set(config: &Config, severity: Severity, rule: Rule) -> Outcome {
    let wanted = Wanted {
        refuse: Refuse {
            media: rule.reject_media,
            reports: rule.reject_reports,
        },
        private_comment: rule.reason,
        public_comment: rule.public_reason,
        obfuscate: rule.obfuscate,
        ..Wanted::new(&rule.domain, severity)
    };
    let policy = with_app(config, |app| async move { peers::set(&app, wanted).await })?;
    say(line(&policy));
    Ok(())
}

fn list(config: &Config) -> Outcome {
    for policy in with_app(config, |app| async move { peers::list(&app).await })? {
        say(line(&policy));
    }
    Ok(())
}

fn remove(config: &Config, domain: String) -> Outcome {
    let gone = domain.clone();
    with_app(config, |app| async move {
        match peers::remove(&app, &domain).await {
            Err(kontor_actions::Error::NotFound) => Err(kontor_actions::Error::invalid(
                "domain",
                "has no rule of its own",
            )),
            other => other,
        }
    })?;
    say(format_args!("{gone} has no rule of its own any more"));
    Ok(())
}

fn import(config: &Config, file: &std::path::Path) -> Outcome {
    let text = if file.as_os_str() == "-" {
        std::io::read_to_string(std::io::stdin())?
    } else {
        std::fs::read_to_string(file)
            .map_err(|why| format!("cannot read {}: {why}", file.display()))?
    };
    let rules = peers::read_csv(&text)?.rules;
    let count = rules.len();
    let changed = with_app(
        config,
        |app| async move { peers::import(&app, rules).await },
    )?;
    say(format_args!("{count} rules read, {changed} new or changed"));
    Ok(())
}

fn export(config: &Config, allowed: bool) -> Outcome {
    let policies = with_app(config, |app| async move { peers::list(&app).await })?;
    let text = if allowed {
        peers::write_allowed(&policies)
    } else {
        peers::write_csv(&policies)
    };
    say(text.trim_end());
    Ok(())
}

fn line(policy: &DomainPolicy) -> String {
    let mut words = vec![policy.severity.to_string(), policy.domain.clone()];
    if policy.reject_media {
        words.push("--reject-media".to_owned());
    }
    if policy.reject_reports {
        words.push("--reject-reports".to_owned());
    }
    for comment in [&policy.public_comment, &policy.private_comment] {
        if !comment.is_empty() {
            words.push(format!("({comment})"));
        }
    }
    words.join(" ")
}
