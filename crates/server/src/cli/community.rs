//! `kontor community create NAME --owner NAME | list`.

use kontor_actions::{
    Error, accounts,
    communities::{self, NewCommunity, Which},
};
use kontor_domain::{
    community::{Access, CommunityRole, Posting},
    page::Page,
    text::Handle,
};

use super::{Outcome, complain, say, with_app};
use crate::config::Config;

#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// Make a community.
    Create {
        name: String,
        /// The account here that owns it.
        #[arg(long, value_name = "NAME")]
        owner: String,
        #[arg(long, default_value = "")]
        title: String,
        /// Who reads and takes part: public, unlisted, restricted (anyone reads, members post), private (members alone) or local
        /// (people here alone).
        #[arg(long, default_value = "public")]
        access: Access,
        /// Who begins threads: anyone, members or moderators.
        #[arg(long, default_value = "anyone")]
        posting: Posting,
    },
    /// Print the communities of this instance: name, access, members, owners; and whether there is one owner, or none.
    List,
}

pub(super) fn run(config: &Config, command: Command) -> Outcome {
    match command {
        Command::Create {
            name,
            owner,
            title,
            access,
            posting,
        } => {
            let made = with_app(config, |app| async move {
                let handle =
                    Handle::parse(&owner).map_err(|_| Error::invalid("owner", "is no name"))?;
                let owner = match accounts::lookup(&app, &handle).await {
                    Err(Error::NotFound) => return Err(Error::invalid("owner", "is nobody here")),
                    other => other?,
                };
                let new = NewCommunity {
                    title,
                    access,
                    posting,
                    ..NewCommunity::named(&name, owner.id)
                };
                let account = communities::create(&app, new, true).await?;
                communities::get(&app, Some(owner.id), account.id).await
            })?;
            say(format_args!(
                "@{} is there: {}",
                made.account.username, made.account.url
            ));
            complain("it has one owner; should they leave, its eldest moderator or member follows");
            Ok(())
        }
        Command::List => list(config),
    }
}

const AT_ONCE: i64 = 200;

fn list(config: &Config) -> Outcome {
    let all = with_app(config, |app| async move {
        let mut all = Vec::new();
        let mut max_id = None;
        loop {
            let page = Page {
                max_id,
                since_id: None,
                min_id: None,
                limit: AT_ONCE,
            };
            let some = communities::ours(&app, None, Which::All, page).await?;
            max_id = some.last().map(|view| view.account.id.0);
            all.extend(some);
            if max_id.is_none() {
                return Ok(all);
            }
        }
    })?;
    for view in all {
        let owners: Vec<&str> = view
            .moderators
            .iter()
            .filter(|(role, _)| *role == CommunityRole::Owner)
            .map(|(_, account)| match account.domain {
                None => account.username.as_str(),
                Some(_) => account.handle.as_str(),
            })
            .collect();
        let owned = match view.owners {
            Some(0) => "\tno owner",
            Some(1) => "\tone owner",
            _ => "",
        };
        let archived = if view.community.archived_at.is_some() {
            "\tarchived"
        } else {
            ""
        };
        say(format_args!(
            "{}\t{}\t{} members\t{}{owned}{archived}",
            view.account.username,
            view.community.access,
            view.account.followers_count,
            owners.join(", "),
        ));
    }
    Ok(())
}
