//! What the moderators of a community did, as its log tells the visitor.

use actix_web::web::{Path, Query};
use askama::Template;
use kontor_actions::{
    App,
    communities::{self, LogView},
};
use kontor_domain::community::{AppealState, LogAction, LogRole};

use crate::{
    accounts::find,
    failure::Answer,
    frame::{Frame, Room},
    pages::{Paged, Paging, moved},
    people::{self, Person},
    times::Moment,
    visit::Visit,
};

const fn deed(action: LogAction) -> &'static str {
    match action {
        LogAction::Removed => "Removed a post",
        LogAction::Restored => "Restored a post",
        LogAction::Refused => "Did not take in a post",
        LogAction::TakenIn => "Took in a post after all",
        LogAction::Locked => "Locked a thread",
        LogAction::Unlocked => "Unlocked a thread",
        LogAction::Pinned => "Pinned a post",
        LogAction::Unpinned => "Unpinned a post",
        LogAction::Banned => "Banned somebody",
        LogAction::Unbanned => "Lifted a ban",
        LogAction::ModeratorAdded => "Named a moderator",
        LogAction::ModeratorRemoved => "Ended a moderator's time",
        LogAction::OwnerAdded => "Named an owner",
        LogAction::OwnerRemoved => "An owner became a moderator",
        LogAction::Transferred => "Handed the community on",
        LogAction::Inherited => "The community went to a new owner",
        LogAction::Archived => "Archived the community",
        LogAction::Unarchived => "Opened the community again",
        LogAction::Featured => "Featured the community on this server",
        LogAction::Unfeatured => "Featured the community no longer",
        LogAction::Edited => "Changed what the community says of itself",
    }
}

/// Whoever is not named, by what they were there.
const fn unnamed(role: Option<LogRole>) -> &'static str {
    match role {
        Some(LogRole::Owner) => "by an owner",
        Some(LogRole::Moderator) | None => "by a moderator",
        Some(LogRole::Administrator) => "by an administrator of its server",
        Some(LogRole::AuthorServer) => "by the server of whom it concerns",
        Some(LogRole::Community) => "by the community itself",
        Some(LogRole::Rule) => "by the rule of succession",
    }
}

struct Appeal {
    text: String,
    state: &'static str,
    answer: Option<String>,
}

struct Line {
    id: i64,
    deed: &'static str,
    at: Moment,
    by: Option<Person>,
    /// Said where nobody is named.
    unnamed: &'static str,
    whom: Option<Person>,
    post: Option<String>,
    reason: String,
    /// Of a ban: when it ends, or that it does not.
    until: Option<Moment>,
    for_good: bool,
    appeal: Option<Appeal>,
}

impl Line {
    fn of(app: &App, view: &LogView) -> Self {
        let entry = &view.entry;
        let now = app.now();
        let person = |account| Person::of(app, account);
        Self {
            id: entry.id.0,
            deed: deed(entry.action),
            at: Moment::new(entry.created_at, now),
            by: view.by.as_ref().map(person),
            unnamed: unnamed(entry.by_role),
            whom: view.account.as_ref().map(person),
            post: entry.post_uri.as_deref().and_then(people::web_address),
            reason: entry.reason.clone(),
            until: entry.expires_at.map(|at| Moment::new(at, now)),
            for_good: entry.action == LogAction::Banned && entry.expires_at.is_none(),
            appeal: entry
                .appeal
                .clone()
                .zip(entry.appeal_state)
                .map(|(text, state)| Appeal {
                    text,
                    state: match state {
                        AppealState::Open => "Nobody has answered yet.",
                        AppealState::Upheld => "It was upheld, and what was done is undone.",
                        AppealState::Rejected => "It was rejected.",
                    },
                    answer: entry.answer.clone().filter(|answer| !answer.is_empty()),
                }),
        }
    }
}

#[derive(Template)]
#[template(path = "community_log.html")]
struct LogPage {
    frame: Frame,
    person: Person,
    lines: Vec<Line>,
    paging: Paging,
}

/// `/@{handle}/log`
pub async fn page(visit: Visit, path: Path<String>, paged: Query<Paged>) -> Answer {
    let app = &visit.app;
    let asked = path.into_inner();
    let account = find(app, &asked).await?;
    let account = communities::check_known(app, visit.viewer(), account).await?;
    let at = format!("{}/log", people::page(&account));
    let viewer = visit.viewer().account();
    // Of what is no community there is none.
    let views = communities::log(app, viewer, account.id, false, paged.wanted()).await?;
    if account.is_local() && asked.contains('@') {
        return Ok(moved(&at));
    }
    let mut lines: Vec<Line> = views.iter().map(|view| Line::of(app, view)).collect();
    let paging = Paging::cut(&mut lines, &at, *paged, |line| line.id);
    let person = Person::of(app, &account);
    visit.page(&LogPage {
        frame: visit.frame(format!("Moderation log of {}", person.name), Room::None),
        person,
        lines,
        paging,
    })
}
