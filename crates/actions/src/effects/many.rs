//! Many people here are told of one thing at once: what is asked of each of them is asked of all together. No policy holds any of it
//! back, for they asked to be told, or it is their task.

use std::collections::{BTreeSet, HashSet};

use kontor_domain::{
    ids::{AccountId, NotificationId, PostId, ReportId},
    notification::NotificationKind,
};
use kontor_store::{
    Tx,
    accounts::Account,
    blocks,
    notifications::{self, Notification},
    severances::Severance,
    streams,
    warnings::Warning,
};

use crate::{App, Result, notification_groups, notifications::unwanted_by, pushes};

/// What they are told.
pub(super) struct News<'a> {
    pub(super) from: &'a Account,
    pub(super) kind: NotificationKind,
    /// The post that it is about: who muted its thread is not told.
    pub(super) about: Option<PostId>,
    pub(super) report: Option<ReportId>,
}

/// `to`: whom, and the post that each of them is shown. Once each, and nobody of what they did themselves.
pub(super) fn tell(
    app: &App,
    tx: &mut Tx<'_>,
    news: &News<'_>,
    to: Vec<(AccountId, Option<PostId>)>,
) -> Result<()> {
    if to.is_empty() || news.from.suspended_at.is_some() {
        return Ok(());
    }
    let people: BTreeSet<AccountId> = to.iter().map(|(person, _)| *person).collect();
    let people: Vec<AccountId> = people.into_iter().collect();
    let deaf = deaf(app, tx, news, &people)?;
    let rows: Vec<Notification> = to
        .into_iter()
        .filter(|(person, _)| *person != news.from.id && !deaf.contains(person))
        .map(|(person, post)| row(app, news, person, post))
        .collect();
    write(app, tx, news.from.id, rows)
}

/// Of those that are new applications and streams hear.
fn write(app: &App, tx: &mut Tx<'_>, by: AccountId, mut rows: Vec<Notification>) -> Result<()> {
    let new = notifications::insert_several(tx, &rows)?;
    rows.retain(|row| new.contains(&row.id));
    pushes::wake(app, tx, by, &rows)?;
    tell_streams(tx, rows.iter());
    Ok(())
}

/// Those of these people who are not told. A block by somebody whom others look after keeps nobody from that.
fn deaf(
    app: &App,
    tx: &mut Tx<'_>,
    news: &News<'_>,
    people: &[AccountId],
) -> Result<HashSet<AccountId>> {
    let mut deaf = unwanted_by(app, tx, people, news.from, news.about)?;
    let (blocked, blocking) = blocks::around(tx, news.from.id, people)?;
    deaf.extend(blocking);
    if !news.kind.is_for_moderators() {
        deaf.extend(blocked);
    }
    Ok(deaf)
}

fn row(app: &App, news: &News<'_>, to: AccountId, post: Option<PostId>) -> Notification {
    let subject = match (post, news.report) {
        (Some(post), _) => post.to_string(),
        (None, Some(report)) => report.to_string(),
        (None, None) => news.from.id.to_string(),
    };
    let kind = news.kind;
    Notification {
        id: NotificationId(app.id()),
        account_id: to,
        from_account_id: news.from.id,
        kind,
        post_id: post,
        dedupe: format!("{kind}:{subject}"),
        created_at: app.now(),
        reaction_id: None,
        group_key: notification_groups::key(kind, post, app.now()),
        filtered: false,
        collection_id: None,
        report_id: news.report,
        severance_id: None,
        warning_id: None,
    }
}

/// Each is told of what ended of theirs. No application is woken: nobody can ask for it.
pub(crate) fn severed(app: &App, tx: &mut Tx<'_>, ended: &[Severance]) -> Result<()> {
    let kind = NotificationKind::SeveredRelationships;
    let rows: Vec<Notification> = ended
        .iter()
        .map(|severance| Notification {
            severance_id: Some(severance.id),
            ..of_oneself(app, kind, severance.account_id, severance.id)
        })
        .collect();
    let new = notifications::insert_several(tx, &rows)?;
    tell_streams(tx, rows.iter().filter(|row| new.contains(&row.id)));
    Ok(())
}

/// Whose accounts these are, are told, whatever they do not want to hear. `by`: whose follow has applications woken that ask for that.
pub(crate) fn warned(
    app: &App,
    tx: &mut Tx<'_>,
    by: AccountId,
    warnings: &[Warning],
) -> Result<()> {
    let kind = NotificationKind::ModerationWarning;
    let rows: Vec<Notification> = warnings
        .iter()
        .map(|warning| Notification {
            warning_id: Some(warning.id),
            ..of_oneself(app, kind, warning.account_id, warning.id)
        })
        .collect();
    write(app, tx, by, rows)
}

/// As clients know it: it is nobody else's doing, or who did it is not told.
fn of_oneself(
    app: &App,
    kind: NotificationKind,
    to: AccountId,
    subject: impl std::fmt::Display,
) -> Notification {
    Notification {
        id: NotificationId(app.id()),
        account_id: to,
        from_account_id: to,
        kind,
        post_id: None,
        dedupe: format!("{kind}:{subject}"),
        created_at: app.now(),
        reaction_id: None,
        group_key: None,
        filtered: false,
        collection_id: None,
        report_id: None,
        severance_id: None,
        warning_id: None,
    }
}

fn tell_streams<'a>(tx: &mut Tx<'_>, rows: impl Iterator<Item = &'a Notification>) {
    for row in rows {
        let (to, notification) = (row.account_id, row.id);
        streams::tell(tx, &streams::News::Told { to, notification });
    }
}
