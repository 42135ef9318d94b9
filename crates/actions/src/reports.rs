//! Reports: somebody here or elsewhere brings an account, and posts of it, to the operators' notice.

use std::collections::HashMap;

use kontor_domain::{
    audience::Viewer,
    event::Event,
    ids::{AccountId, ActivityId, PostId, ReportId},
    page::Page,
    report::ReportCategory,
    site,
};
pub use kontor_store::reports::{Report, Selection, Subject};
use kontor_store::{Conn, Tx, accounts, communities, posts, reports};

use crate::{App, Error, Result, accounts::Account, communities::is_ours, operators::moderates};

/// What a person here writes.
#[derive(Debug, Clone)]
pub struct Draft {
    pub target: AccountId,
    /// Posts by the target; others are passed over.
    pub posts: Vec<PostId>,
    pub category: ReportCategory,
    pub comment: String,
    /// From 1, as the instance shows its rules.
    pub rules: Vec<usize>,
    /// Tell the target's server as well.
    pub forward: bool,
    /// Further servers, of those whom the posts answer.
    pub forward_to: Vec<String>,
}

/// What a peer sends.
#[derive(Debug, Clone)]
pub struct Flag {
    pub uri: String,
    /// Addresses of accounts and posts, in no order.
    pub objects: Vec<String>,
    pub comment: String,
}

/// A report with whom and what it is about.
#[derive(Debug, Clone)]
pub struct ReportView {
    pub report: Report,
    pub by: Account,
    pub target: Account,
    pub subjects: Vec<Subject>,
}

pub async fn file(app: &App, by: AccountId, draft: Draft) -> Result<ReportView> {
    let limits = &app.settings.limits;
    let comment = draft.comment.replace('\0', "").trim().to_owned();
    if comment.chars().count() > limits.reports.characters {
        let most = limits.reports.characters;
        return Err(Error::invalid(
            "comment",
            format!("is too long (maximum is {most} characters)"),
        ));
    }
    let rules = app.settings.rules.len();
    if draft.rules.iter().any(|rule| !(1..=rules).contains(rule)) {
        return Err(Error::invalid("rule_ids", "names a rule that is not there"));
    }
    let rule_ids: Vec<String> = draft.rules.iter().map(ToString::to_string).collect();
    // Whoever names rules means that they are broken.
    let category = if rule_ids.is_empty() {
        draft.category
    } else {
        ReportCategory::Violation
    };
    let (now, id, this) = (app.now(), ReportId(app.id()), app.clone());
    app.store
        .write(move |tx| {
            let target = accounts::by_id(tx, draft.target)?.ok_or(Error::NotFound)?;
            let about = posts::visible(tx, Viewer::Account(by), &draft.posts)?;
            let about: Vec<_> = about
                .into_iter()
                .filter(|post| post.account_id == target.id)
                .collect();
            let subjects: Vec<Subject> = about
                .iter()
                .map(|post| subject(id, post.uri.clone(), post.id))
                .collect();
            let answered: Vec<AccountId> = about
                .iter()
                .filter_map(|post| post.in_reply_to_account_id)
                .collect();
            let mut possible: Vec<Account> = accounts::by_ids(tx, &answered)?;
            possible.push(target.clone());
            let mut hosts = forward_to(&draft, &target, &possible);
            // Who looks after a community elsewhere is told as well: by its own server.
            for group in groups_of(tx, about.iter().filter_map(|post| post.community_id))? {
                let host = site::authority_of(&group.inbox_url).filter(|_| !group.is_local());
                hosts.extend(host.filter(|host| !hosts.contains(host)));
            }
            let community_id = community_of(tx, about.iter().map(|post| post.community_id))?;
            let report = Report {
                id,
                uri: this.site.activity(ActivityId(id.0)),
                account_id: by,
                target_id: target.id,
                source: None,
                category,
                comment: comment.clone(),
                rule_ids: serde_json::Value::from(rule_ids.clone()).to_string(),
                forwarded: !hosts.is_empty(),
                forward_to: serde_json::Value::from(hosts).to_string(),
                created_at: now,
                resolved_at: None,
                community_id,
                community_resolved_at: None,
                assigned_to: None,
                resolved_by: None,
            };
            reports::insert_if_new(tx, &report, &subjects)?;
            this.record(tx, &Event::AccountReported { report: id })?;
            load(tx, vec![report])?.pop().ok_or(Error::NotFound)
        })
        .await
}

/// The accounts of the communities that posts are in.
fn groups_of(db: &mut Conn, ids: impl Iterator<Item = AccountId>) -> Result<Vec<Account>> {
    let mut ids: Vec<AccountId> = ids.collect();
    ids.sort_unstable();
    ids.dedup();
    Ok(accounts::by_ids(db, &ids)?)
}

/// Does its own server send this, whose community it is, to somebody here who looks after it?
fn is_for_moderators(db: &mut Conn, by: &Account, community: AccountId) -> Result<bool> {
    let same = accounts::by_id(db, community)?
        .is_some_and(|group| !group.is_local() && site::same_authority(&group.uri, &by.uri));
    if !same {
        return Ok(false);
    }
    let roles = communities::roles(db, community)?;
    let ids: Vec<AccountId> = roles.iter().map(|role| role.account_id).collect();
    Ok(accounts::by_ids(db, &ids)?.iter().any(Account::is_local))
}

/// The one community of ours that all of it is in.
fn community_of(
    db: &mut Conn,
    mut of: impl Iterator<Item = Option<AccountId>>,
) -> Result<Option<AccountId>> {
    let Some(Some(first)) = of.next() else {
        return Ok(None);
    };
    if !of.all(|other| other == Some(first)) {
        return Ok(None);
    }
    let ours = communities::by_id(db, first)?.is_some_and(|community| is_ours(&community));
    Ok(ours.then_some(first))
}

/// The one community that all of it is in and whose moderators here are to see it.
fn community_for(db: &mut Conn, by: &Account, stubs: &[posts::Stub]) -> Result<Option<AccountId>> {
    if let Some(ours) = community_of(db, stubs.iter().map(|stub| stub.community_id))? {
        return Ok(Some(ours));
    }
    let Some(first) = stubs.first().and_then(|stub| stub.community_id) else {
        return Ok(None);
    };
    let all = stubs.iter().all(|stub| stub.community_id == Some(first));
    Ok((all && is_for_moderators(db, by, first)?).then_some(first))
}

fn subject(report_id: ReportId, uri: String, post: PostId) -> Subject {
    Subject {
        report_id,
        uri,
        post_id: Some(post),
    }
}

/// Servers that it goes to: the target's, unless others are named; of those only servers that have to do with it.
fn forward_to(draft: &Draft, target: &Account, possible: &[Account]) -> Vec<String> {
    if !draft.forward {
        return Vec::new();
    }
    let host = |account: &Account| {
        let host = site::authority_of(&account.inbox_url);
        host.filter(|_| !account.is_local())
    };
    if draft.forward_to.is_empty() {
        return host(target).into_iter().collect();
    }
    let mut hosts: Vec<String> = possible.iter().filter_map(host).collect();
    hosts.sort_unstable();
    hosts.dedup();
    let named = |host: &String| {
        draft
            .forward_to
            .iter()
            .any(|asked| asked.eq_ignore_ascii_case(host))
    };
    hosts.into_iter().filter(named).collect()
}

/// Keeps what a peer reports of accounts here. `0`: it names nobody and nothing here, or it came before.
pub async fn receive(app: &App, by: AccountId, flag: Flag) -> Result<usize> {
    let now = app.now();
    let most = app.settings.limits.reports.posts;
    let comment: String = flag
        .comment
        .replace('\0', "")
        .trim()
        .chars()
        .take(app.settings.limits.reports.characters_elsewhere)
        .collect();
    let this = app.clone();
    app.store
        .write(move |tx| {
            let by = accounts::by_id(tx, by)?.ok_or(Error::NotFound)?;
            let uris: Vec<String> = flag.objects.iter().take(most).cloned().collect();
            let mut targets: Vec<(AccountId, Vec<posts::Stub>)> = accounts::by_uris(tx, &uris)?
                .into_iter()
                .filter(|account| this.site.owns_str(&account.uri))
                .map(|account| (account.id, Vec::new()))
                .collect();
            for stub in
                posts::stubs_by_uris(tx, &uris.iter().map(String::as_str).collect::<Vec<_>>())?
            {
                let inside = match stub.community_id {
                    Some(id) => {
                        communities::by_id(tx, id)?.is_some_and(|c| is_ours(&c))
                            || is_for_moderators(tx, &by, id)?
                    }
                    None => false,
                };
                if !stub.local && !inside {
                    continue;
                }
                match targets.iter_mut().find(|(id, _)| *id == stub.account_id) {
                    Some((_, stubs)) => stubs.push(stub),
                    None => targets.push((stub.account_id, vec![stub])),
                }
            }
            let mut kept = 0;
            for (target, stubs) in targets {
                let id = ReportId(this.id());
                let report = Report {
                    id,
                    uri: flag.uri.clone(),
                    account_id: by.id,
                    target_id: target,
                    source: by.domain.clone(),
                    category: ReportCategory::Other,
                    comment: comment.clone(),
                    rule_ids: "[]".to_owned(),
                    forwarded: false,
                    forward_to: "[]".to_owned(),
                    created_at: now,
                    resolved_at: None,
                    community_id: community_for(tx, &by, &stubs)?,
                    community_resolved_at: None,
                    assigned_to: None,
                    resolved_by: None,
                };
                let subjects: Vec<Subject> = stubs
                    .into_iter()
                    .map(|stub| subject(id, stub.uri, stub.id))
                    .collect();
                if reports::insert_if_new(tx, &report, &subjects)? {
                    this.record(tx, &Event::AccountReported { report: id })?;
                    kept += 1;
                }
            }
            Ok(kept)
        })
        .await
}

/// Those that nobody has resolved, newest first.
pub async fn open(app: &App, page: Page) -> Result<Vec<ReportView>> {
    app.store
        .read(move |db| {
            let rows = reports::open(db, &page)?;
            load(db, rows)
        })
        .await
}

/// Those that nobody has resolved about what is in a community, for its moderators, newest first.
pub async fn of_community(
    app: &App,
    by: AccountId,
    community: AccountId,
    page: Page,
) -> Result<Vec<ReportView>> {
    crate::communities::moderator(app, by, community).await?;
    app.store
        .read(move |db| {
            let mut rows = reports::open_in(db, community, &page)?;
            rows.retain(|report| report.target_id != by);
            load(db, rows)
        })
        .await
}

/// Its moderators have looked at it.
pub async fn resolve_in(
    app: &App,
    by: AccountId,
    community: AccountId,
    id: ReportId,
) -> Result<()> {
    crate::communities::moderator(app, by, community).await?;
    let now = app.now();
    app.store
        .write(move |tx| {
            let report = reports::by_id(tx, id)?
                .filter(|report| report.community_id == Some(community))
                // Whom it is about does not judge it.
                .filter(|report| report.target_id != by)
                .ok_or(Error::NotFound)?;
            reports::resolve_in(tx, report.id, now)?;
            Ok(())
        })
        .await
}

pub async fn resolve(app: &App, id: ReportId) -> Result<()> {
    let now = app.now();
    app.store
        .write(move |tx| {
            if reports::resolve(tx, id, None, now)? || reports::by_id(tx, id)?.is_some() {
                Ok(())
            } else {
                Err(Error::NotFound)
            }
        })
        .await
}

/// For those who look after people: the reports that they look for, newest first.
pub async fn page(
    app: &App,
    by: AccountId,
    which: Selection,
    page: Page,
) -> Result<Vec<ReportView>> {
    app.store
        .read(move |db| {
            moderates(db, by)?;
            let rows = reports::page(db, which, &page)?;
            load(db, rows)
        })
        .await
}

pub async fn get(app: &App, by: AccountId, id: ReportId) -> Result<ReportView> {
    app.store
        .read(move |db| {
            moderates(db, by)?;
            one(db, id)
        })
        .await
}

fn one(db: &mut Conn, id: ReportId) -> Result<ReportView> {
    let row = reports::by_id(db, id)?.ok_or(Error::NotFound)?;
    load(db, vec![row])?.pop().ok_or(Error::NotFound)
}

/// What is done with a report. Doing it again changes nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Whoever does it looks after the report.
    Assign,
    Unassign,
    Resolve,
    Reopen,
    /// From 1, as the instance shows its rules.
    Category(ReportCategory, Vec<usize>),
}

pub async fn take(app: &App, by: AccountId, id: ReportId, step: Step) -> Result<ReportView> {
    let now = app.now();
    let rules = app.settings.rules.len();
    if let Step::Category(_, named) = &step
        && named.iter().any(|rule| !(1..=rules).contains(rule))
    {
        return Err(Error::invalid("rule_ids", "names a rule that is not there"));
    }
    app.store
        .write(move |tx| {
            moderates(tx, by)?;
            reports::by_id(tx, id)?.ok_or(Error::NotFound)?;
            match &step {
                Step::Assign => reports::assign(tx, id, Some(by))?,
                Step::Unassign => reports::assign(tx, id, None)?,
                Step::Resolve => {
                    reports::resolve(tx, id, Some(by), now)?;
                }
                Step::Reopen => reports::reopen(tx, id)?,
                Step::Category(category, named) => {
                    let named: Vec<String> = named.iter().map(ToString::to_string).collect();
                    let named = serde_json::Value::from(named).to_string();
                    reports::set_category(tx, id, *category, &named)?;
                }
            }
            one(tx, id)
        })
        .await
}

/// Closes it in the transaction of what was done about it.
pub(crate) fn resolve_by(app: &App, tx: &mut Tx<'_>, id: ReportId, by: AccountId) -> Result<()> {
    reports::by_id(tx, id)?.ok_or(Error::NotFound)?;
    reports::resolve(tx, id, Some(by), app.now())?;
    Ok(())
}

/// Those that are there still, for whom they may be shown to.
pub(crate) fn map(db: &mut Conn, ids: &[ReportId]) -> Result<HashMap<ReportId, ReportView>> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = reports::by_ids(db, ids)?;
    let views = load(db, rows)?.into_iter();
    Ok(views.map(|view| (view.report.id, view)).collect())
}

fn load(db: &mut Conn, rows: Vec<Report>) -> Result<Vec<ReportView>> {
    let ids: Vec<ReportId> = rows.iter().map(|report| report.id).collect();
    let mut subjects: HashMap<ReportId, Vec<Subject>> = HashMap::new();
    for subject in reports::subjects(db, &ids)? {
        subjects.entry(subject.report_id).or_default().push(subject);
    }
    let people: Vec<AccountId> = rows
        .iter()
        .flat_map(|report| [report.account_id, report.target_id])
        .collect();
    let people = crate::accounts::map(db, &people)?;
    Ok(rows
        .into_iter()
        .filter_map(|report| {
            Some(ReportView {
                by: people.get(&report.account_id)?.clone(),
                target: people.get(&report.target_id)?.clone(),
                subjects: subjects.remove(&report.id).unwrap_or_default(),
                report,
            })
        })
        .collect())
}
