//! Looking after a community.

use std::sync::Arc;

use actix_web::web::{Data, Json, Path};
use kontor_actions::{
    App,
    communities::{self, Deed, Source, What},
    posts::Named,
    reports,
};
use kontor_domain::{
    community::CommunityRole,
    ids::{AccountId, LogEntryId, PostId, ReportId},
    time,
};
use kontor_http::Params;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    Error, Result,
    caller::{Caller, MaybeCaller},
    entities::{Account, Community, CommunityBan, LogEntry, Report},
    follows::listed,
    paging::{Paged, Paging},
    scope,
};

type Writer = Caller<scope::WriteAccounts>;
type Reader = Caller<scope::ReadAccounts>;

async fn act(
    app: &App,
    by: AccountId,
    community: AccountId,
    what: What,
    reason: String,
) -> Result<Json<Community>> {
    let deed = Deed {
        community,
        by,
        reason,
        what,
    };
    communities::act(app, deed, Source::Here).await?;
    super::show(app, Some(by), community).await
}

pub(crate) async fn requests(
    app: Data<App>,
    caller: Reader,
    id: Path<AccountId>,
    paging: Paging<40>,
) -> Result<Paged<Account>> {
    let rows = communities::requests(&app, caller.id(), *id, paging.page).await?;
    Ok(listed(&app, &paging, &rows))
}

pub(crate) async fn authorize(
    app: Data<App>,
    caller: Writer,
    path: Path<(AccountId, AccountId)>,
) -> Result<Json<Value>> {
    settle(&app, &caller, path.into_inner(), true).await
}

pub(crate) async fn reject(
    app: Data<App>,
    caller: Writer,
    path: Path<(AccountId, AccountId)>,
) -> Result<Json<Value>> {
    settle(&app, &caller, path.into_inner(), false).await
}

async fn settle(
    app: &App,
    caller: &Writer,
    (id, account): (AccountId, AccountId),
    accept: bool,
) -> Result<Json<Value>> {
    communities::settle_request(app, caller.id(), id, account, accept).await?;
    Ok(Json(json!({})))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Person {
    account_id: Option<AccountId>,
    reason: String,
    /// With the end of a ban: what was removed of theirs comes back.
    restore_posts: bool,
}

impl Person {
    fn id(&self) -> Result<AccountId> {
        self.account_id
            .ok_or_else(|| Error::invalid("account_id", "is missing"))
    }
}

pub(crate) async fn add_moderator(
    app: Data<App>,
    caller: Writer,
    id: Path<AccountId>,
    form: Params<Person>,
) -> Result<Json<Community>> {
    let what = What::AddModerator(form.id()?);
    act(&app, caller.id(), *id, what, form.into_inner().reason).await
}

pub(crate) async fn remove_moderator(
    app: Data<App>,
    caller: Writer,
    path: Path<(AccountId, AccountId)>,
    form: Params<Person>,
) -> Result<Json<Community>> {
    let (id, account) = path.into_inner();
    let what = What::RemoveModerator(account);
    act(&app, caller.id(), id, what, form.into_inner().reason).await
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct NewRole {
    role: String,
    reason: String,
}

/// What somebody who belongs to it is from here on.
pub(crate) async fn set_role(
    app: Data<App>,
    caller: Writer,
    path: Path<(AccountId, AccountId)>,
    form: Params<NewRole>,
) -> Result<Json<Community>> {
    let (id, account) = path.into_inner();
    let form = form.into_inner();
    let role = match form.role.as_str() {
        "owner" => Some(CommunityRole::Owner),
        "moderator" => Some(CommunityRole::Moderator),
        "member" => None,
        _ => {
            return Err(Error::invalid(
                "role",
                "is none of owner, moderator, member",
            ));
        }
    };
    let what = What::SetRole(account, role);
    act(&app, caller.id(), id, what, form.reason).await
}

pub(crate) async fn transfer(
    app: Data<App>,
    caller: Writer,
    id: Path<AccountId>,
    form: Params<Person>,
) -> Result<Json<Community>> {
    let what = What::Transfer(form.id()?);
    act(&app, caller.id(), *id, what, form.into_inner().reason).await
}

pub(crate) async fn bans(
    app: Data<App>,
    caller: Reader,
    id: Path<AccountId>,
    paging: Paging<40>,
) -> Result<Paged<CommunityBan>> {
    let bans = communities::bans(&app, caller.id(), *id, paging.page).await?;
    let shown = bans
        .iter()
        .map(|ban| CommunityBan::new(&app.site, ban))
        .collect();
    Ok(paging.rows(bans.iter().map(|(ban, _)| ban.id.0), shown))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct NewBan {
    account_id: Option<AccountId>,
    reason: String,
    expires_at: Option<String>,
    remove_posts: bool,
}

pub(crate) async fn ban(
    app: Data<App>,
    caller: Writer,
    id: Path<AccountId>,
    form: Params<NewBan>,
) -> Result<Json<Community>> {
    let form = form.into_inner();
    let until = form
        .expires_at
        .filter(|text| !text.trim().is_empty())
        .map(|text| time::parse(&text).ok_or_else(|| Error::invalid("expires_at", "is no time")))
        .transpose()?;
    let what = What::Ban {
        account: form
            .account_id
            .ok_or_else(|| Error::invalid("account_id", "is missing"))?,
        until,
        purge: form.remove_posts,
    };
    act(&app, caller.id(), *id, what, form.reason).await
}

pub(crate) async fn unban(
    app: Data<App>,
    caller: Writer,
    path: Path<(AccountId, AccountId)>,
    form: Params<Person>,
) -> Result<Json<Community>> {
    let (id, account) = path.into_inner();
    let (what, form) = (What::Unban(account), form.into_inner());
    if !form.restore_posts {
        return act(&app, caller.id(), id, what, form.reason).await;
    }
    let deed = Deed {
        community: id,
        by: caller.id(),
        reason: form.reason,
        what,
    };
    communities::act_widely(&app, deed, Source::Here, Arc::new(())).await?;
    super::show(&app, Some(caller.id()), id).await
}

/// What a moderator does with a post: `remove`, `restore`, `lock`, `unlock`, `pin` or `unpin`, which Lemmy calls `feature` and `unfeature`.
pub(crate) async fn post(
    app: Data<App>,
    caller: Writer,
    path: Path<(AccountId, PostId, String)>,
    form: Params<Person>,
) -> Result<Json<Community>> {
    let (id, post, verb) = path.into_inner();
    let post = Named::Id(post);
    let what = match verb.as_str() {
        "remove" => What::Remove(post),
        "restore" => What::Restore(post),
        "lock" => What::Lock(post),
        "unlock" => What::Unlock(post),
        "pin" | "feature" => What::Pin(post),
        "unpin" | "unfeature" => What::Unpin(post),
        _ => return Err(Error::not_found()),
    };
    act(&app, caller.id(), id, what, form.into_inner().reason).await
}

pub(crate) async fn archive(
    app: Data<App>,
    caller: Writer,
    id: Path<AccountId>,
) -> Result<Json<Community>> {
    communities::archive(&app, caller.id(), *id, true).await?;
    super::show(&app, Some(caller.id()), *id).await
}

/// Answers with what it was.
pub(crate) async fn delete(
    app: Data<App>,
    caller: Writer,
    id: Path<AccountId>,
) -> Result<Json<Community>> {
    let before = super::show(&app, Some(caller.id()), *id).await?;
    communities::delete(&app, caller.id(), *id).await?;
    Ok(before)
}

pub(crate) async fn unarchive(
    app: Data<App>,
    caller: Writer,
    id: Path<AccountId>,
) -> Result<Json<Community>> {
    communities::archive(&app, caller.id(), *id, false).await?;
    super::show(&app, Some(caller.id()), *id).await
}

/// This server shows it before others.
pub(crate) async fn feature(
    app: Data<App>,
    caller: Writer,
    id: Path<AccountId>,
) -> Result<Json<Community>> {
    communities::feature(&app, caller.id(), *id, true).await?;
    super::show(&app, Some(caller.id()), *id).await
}

pub(crate) async fn unfeature(
    app: Data<App>,
    caller: Writer,
    id: Path<AccountId>,
) -> Result<Json<Community>> {
    communities::feature(&app, caller.id(), *id, false).await?;
    super::show(&app, Some(caller.id()), *id).await
}

pub(crate) async fn log(
    app: Data<App>,
    caller: MaybeCaller<scope::ReadAccounts>,
    id: Path<AccountId>,
    paging: Paging<40>,
) -> Result<Paged<LogEntry>> {
    entries(&app, caller.viewer().account(), *id, false, &paging).await
}

pub(crate) async fn appeals(
    app: Data<App>,
    caller: Reader,
    id: Path<AccountId>,
    paging: Paging<40>,
) -> Result<Paged<LogEntry>> {
    entries(&app, Some(caller.id()), *id, true, &paging).await
}

async fn entries(
    app: &App,
    viewer: Option<AccountId>,
    id: AccountId,
    appeals: bool,
    paging: &Paging<40>,
) -> Result<Paged<LogEntry>> {
    let views = communities::log(app, viewer, id, appeals, paging.page).await?;
    let shown = views
        .iter()
        .map(|view| LogEntry::new(&app.site, view))
        .collect();
    Ok(paging.rows(views.iter().map(|view| view.entry.id.0), shown))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Words {
    text: String,
    uphold: bool,
}

pub(crate) async fn appeal(
    app: Data<App>,
    caller: Writer,
    path: Path<(AccountId, LogEntryId)>,
    form: Params<Words>,
) -> Result<Json<Value>> {
    let (_, entry) = path.into_inner();
    communities::appeal(&app, caller.id(), entry, form.into_inner().text).await?;
    Ok(Json(json!({})))
}

pub(crate) async fn answer(
    app: Data<App>,
    caller: Writer,
    path: Path<(AccountId, LogEntryId)>,
    form: Params<Words>,
) -> Result<Json<Value>> {
    let (_, entry) = path.into_inner();
    let form = form.into_inner();
    communities::answer(&app, caller.id(), entry, form.uphold, form.text).await?;
    Ok(Json(json!({})))
}

pub(crate) async fn reports(
    app: Data<App>,
    caller: Reader,
    id: Path<AccountId>,
    paging: Paging<40>,
) -> Result<Paged<Report>> {
    let views = reports::of_community(&app, caller.id(), *id, paging.page).await?;
    let shown = views
        .iter()
        .map(|view| Report::new(&app.site, view))
        .collect();
    Ok(paging.rows(views.iter().map(|view| view.report.id.0), shown))
}

pub(crate) async fn resolve(
    app: Data<App>,
    caller: Writer,
    path: Path<(AccountId, ReportId)>,
) -> Result<Json<Value>> {
    let (id, report) = path.into_inner();
    reports::resolve_in(&app, caller.id(), id, report).await?;
    Ok(Json(json!({})))
}
