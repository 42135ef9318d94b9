//! Following, being followed, and requests to follow.
//! <https://docs.joinmastodon.org/methods/accounts/#follow>, <https://docs.joinmastodon.org/methods/follow_requests/>

use actix_web::web::{Data, Json, Path};
use kontor_actions::{
    App, accounts, communities,
    follows::{self, Listed, Options, Wish},
};
use kontor_domain::{follow::FollowState, ids::AccountId, text::language::normalise};
use kontor_http::Params;
use serde::Deserialize;

use crate::{
    Error, Result,
    caller::{Caller, MaybeCaller},
    entities::{Account, Relationship},
    ids::ids,
    paging::{Paged, Paging},
    scope,
};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Ids {
    id: Vec<String>,
}

pub(crate) async fn relationships(
    app: Data<App>,
    caller: Caller<scope::ReadFollows>,
    form: Params<Ids>,
) -> Result<Json<Vec<Relationship>>> {
    let found = follows::relationships(&app, caller.id(), ids(&form.id)).await?;
    Ok(Json(found.into_iter().map(Relationship::from).collect()))
}

/// How the two stand after what was just done.
pub(crate) async fn relationship(
    app: &App,
    by: AccountId,
    target: AccountId,
) -> Result<Json<Relationship>> {
    let found = follows::relationships(app, by, vec![target]).await?.pop();
    found
        .map(|found| Json(found.into()))
        .ok_or_else(Error::not_found)
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Form {
    reblogs: Option<bool>,
    notify: Option<bool>,
    languages: Option<Vec<String>>,
}

pub(crate) async fn follow(
    app: Data<App>,
    caller: Caller<scope::WriteFollows>,
    id: Path<AccountId>,
    form: Params<Form>,
) -> Result<Json<Relationship>> {
    let form = form.into_inner();
    let languages = form.languages.map(|codes| languages(&codes)).transpose()?;
    let options = Options {
        show_reblogs: form.reblogs,
        notify: form.notify,
        languages,
    };
    let wish = Wish {
        follower: caller.id(),
        target: *id,
        uri: None,
        options,
    };
    follows::follow(&app, wish).await?;
    relationship(&app, caller.id(), *id).await
}

/// As the list that is kept.
fn languages(codes: &[String]) -> Result<String> {
    let codes = codes.iter().filter(|code| !code.trim().is_empty());
    let known: Option<Vec<String>> = codes.map(|code| normalise(code)).collect();
    let known =
        known.ok_or_else(|| Error::invalid("languages", "holds what is not a language code"))?;
    Ok(serde_json::Value::from(known).to_string())
}

pub(crate) async fn unfollow(
    app: Data<App>,
    caller: Caller<scope::WriteFollows>,
    id: Path<AccountId>,
) -> Result<Json<Relationship>> {
    follows::unfollow(&app, caller.id(), *id).await?;
    relationship(&app, caller.id(), *id).await
}

pub(crate) fn listed(app: &App, paging: &Paging<40>, rows: &Listed) -> Paged<Account> {
    let accounts = rows
        .iter()
        .map(|(_, account)| Account::new(&app.site, account))
        .collect();
    paging.rows(rows.iter().map(|(row, _)| *row), accounts)
}

pub(crate) async fn followers(
    app: Data<App>,
    caller: MaybeCaller<scope::ReadAccounts>,
    id: Path<AccountId>,
    paging: Paging<40>,
) -> Result<Paged<Account>> {
    let account = accounts::get(&app, *id).await?;
    communities::check_known(&app, caller.viewer(), account).await?;
    let rows = follows::followers(&app, caller.viewer(), *id, paging.page).await?;
    Ok(listed(&app, &paging, &rows))
}

pub(crate) async fn following(
    app: Data<App>,
    caller: MaybeCaller<scope::ReadAccounts>,
    id: Path<AccountId>,
    paging: Paging<40>,
) -> Result<Paged<Account>> {
    let account = accounts::get(&app, *id).await?;
    communities::check_known(&app, caller.viewer(), account).await?;
    let rows = follows::following(&app, caller.viewer(), *id, paging.page).await?;
    Ok(listed(&app, &paging, &rows))
}

pub(crate) async fn requests(
    app: Data<App>,
    caller: Caller<scope::ReadFollows>,
    paging: Paging<40>,
) -> Result<Paged<Account>> {
    let rows = follows::requests_of(&app, caller.id(), paging.page).await?;
    Ok(listed(&app, &paging, &rows))
}

pub(crate) async fn authorize(
    app: Data<App>,
    caller: Caller<scope::WriteFollows>,
    id: Path<AccountId>,
) -> Result<Json<Relationship>> {
    // Whoever asks to join a community is let in by those who look after it.
    if asks(&app, *id, caller.id()).await?
        || !communities::settle_all(&app, caller.id(), *id, true).await?
    {
        follows::accept(&app, caller.id(), *id).await?;
    }
    relationship(&app, caller.id(), *id).await
}

async fn asks(app: &App, follower: AccountId, target: AccountId) -> Result<bool> {
    let asked = follows::between(app, follower, target).await?;
    Ok(asked.is_some_and(|follow| follow.state == FollowState::Pending))
}

/// Of a request alone: a follow that stands is not ended here.
pub(crate) async fn reject(
    app: Data<App>,
    caller: Caller<scope::WriteFollows>,
    id: Path<AccountId>,
) -> Result<Json<Relationship>> {
    if asks(&app, *id, caller.id()).await? {
        follows::reject(&app, caller.id(), *id).await?;
    } else if !communities::settle_all(&app, caller.id(), *id, false).await? {
        return Err(Error::not_found());
    }
    relationship(&app, caller.id(), *id).await
}
