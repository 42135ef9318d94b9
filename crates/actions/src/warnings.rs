//! What operators did with somebody's account, told to whose it is: by a notification, and by mail where mail is on.

use std::collections::{BTreeMap, HashMap};

use kontor_domain::{
    ids::{AccountId, PostId, ReportId, WarningId},
    notification::WarningAction,
};
pub use kontor_store::warnings::Warning;
use kontor_store::{Conn, Tx, accounts, reports, users, warnings};

use crate::{
    App, Error, Result, effects,
    mails::{self, Mail},
};

/// What is said with a measure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Said {
    pub(crate) by: AccountId,
    pub(crate) to: AccountId,
    pub(crate) action: WarningAction,
    pub(crate) text: String,
    /// Whose posts it is about.
    pub(crate) report: Option<ReportId>,
    /// Is it told, or kept alone?
    pub(crate) told: bool,
}

/// In the transaction of the measure. Nobody elsewhere is told, and nobody but people: words for them are refused, and not lost.
pub(crate) fn give(app: &App, tx: &mut Tx<'_>, said: &Said) -> Result<()> {
    if users::by_id(tx, said.to)?.is_none() {
        return if said.text.is_empty() {
            Ok(())
        } else {
            Err(Error::invalid("text", "reaches nobody but people here"))
        };
    }
    let posts = match said.report {
        Some(report) => reported(tx, report, said.to)?,
        None => Vec::new(),
    };
    let id = WarningId(app.id());
    let warning = Warning {
        id,
        account_id: said.to,
        by_account_id: Some(said.by),
        action: said.action,
        text: said.text.clone(),
        post_ids: serde_json::Value::from(posts).to_string(),
        created_at: app.now(),
    };
    let warning = std::slice::from_ref(&warning);
    warnings::insert(tx, warning)?;
    if !said.told {
        return Ok(());
    }
    effects::warned(app, tx, said.to, warning)?;
    mails::enqueue(app, tx, &Mail::Warned { warning: id })
}

/// What those who look after a community did to people here or to posts of theirs, or answered them, and what they are asked themselves: as
/// a word that nothing of their accounts follows from. Who it was the community's log says, if it says so. `told`: whom, and of which posts.
pub(crate) fn of_community(
    app: &App,
    tx: &mut Tx<'_>,
    community: AccountId,
    (deed, reason): (&str, &str),
    mut told: BTreeMap<AccountId, Vec<PostId>>,
) -> Result<()> {
    let ids: Vec<AccountId> = told.keys().copied().collect();
    let here = users::by_ids(tx, &ids)?;
    if here.is_empty() {
        return Ok(());
    }
    let group = accounts::by_id(tx, community)?.ok_or(Error::NotFound)?;
    let name = if group.display_name.is_empty() {
        &group.username
    } else {
        &group.display_name
    };
    let text = format!("{name}: {deed} {reason}");
    let said: Vec<Warning> = here
        .iter()
        .map(|user| {
            let posts = told.remove(&user.account_id).unwrap_or_default();
            let posts: Vec<String> = posts.iter().map(ToString::to_string).collect();
            Warning {
                id: WarningId(app.id()),
                account_id: user.account_id,
                by_account_id: None,
                action: WarningAction::None,
                text: text.trim_end().to_owned(),
                post_ids: serde_json::Value::from(posts).to_string(),
                created_at: app.now(),
            }
        })
        .collect();
    warnings::insert(tx, &said)?;
    effects::warned(app, tx, community, &said)
}

/// The posts that are reported. Of a report about somebody else this one learns nothing.
fn reported(tx: &mut Tx<'_>, report: ReportId, of: AccountId) -> Result<Vec<String>> {
    if reports::by_id(tx, report)?.is_none_or(|report| report.target_id != of) {
        return Ok(Vec::new());
    }
    let subjects = reports::subjects(tx, &[report])?.into_iter();
    Ok(subjects
        .filter_map(|subject| subject.post_id.map(|id| id.to_string()))
        .collect())
}

/// What a moderator writes, if it is not too long.
pub(crate) fn worded(app: &App, text: &str) -> Result<String> {
    let most = app.settings.limits.reports.warning_characters;
    let text = text.replace('\0', "");
    let text = text.trim();
    if text.chars().count() > most {
        return Err(Error::invalid(
            "text",
            format!("is too long (maximum is {most} characters)"),
        ));
    }
    Ok(text.to_owned())
}

/// The posts that a warning is about.
pub fn posts(warning: &Warning) -> Vec<PostId> {
    let ids: Vec<String> = serde_json::from_str(&warning.post_ids).unwrap_or_default();
    ids.iter().filter_map(|id| id.parse().ok()).collect()
}

pub(crate) fn map(db: &mut Conn, ids: &[WarningId]) -> Result<HashMap<WarningId, Warning>> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = warnings::by_ids(db, ids)?.into_iter();
    Ok(rows.map(|row| (row.id, row)).collect())
}
