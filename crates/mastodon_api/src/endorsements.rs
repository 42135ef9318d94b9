//! Whom people show on their profiles. <https://docs.joinmastodon.org/methods/accounts/#endorse>,
//! <https://docs.joinmastodon.org/methods/endorsements/>

use actix_web::web::{Data, Json, Path};
use kontor_actions::{App, accounts, endorsements};
use kontor_domain::ids::AccountId;

use crate::{
    Result,
    caller::{Caller, MaybeCaller},
    entities::{Account, Relationship},
    follows::{listed, relationship},
    paging::{Paged, Paging},
    scope,
};

pub(crate) async fn endorse(
    app: Data<App>,
    caller: Caller<scope::WriteAccounts>,
    id: Path<AccountId>,
) -> Result<Json<Relationship>> {
    endorsements::endorse(&app, caller.id(), *id).await?;
    relationship(&app, caller.id(), *id).await
}

pub(crate) async fn unendorse(
    app: Data<App>,
    caller: Caller<scope::WriteAccounts>,
    id: Path<AccountId>,
) -> Result<Json<Relationship>> {
    endorsements::unendorse(&app, caller.id(), *id).await?;
    relationship(&app, caller.id(), *id).await
}

pub(crate) async fn list(
    app: Data<App>,
    caller: Caller<scope::ReadAccounts>,
    paging: Paging<40>,
) -> Result<Paged<Account>> {
    let rows = endorsements::page(&app, caller.id(), paging.page).await?;
    Ok(listed(&app, &paging, &rows))
}

/// Of an account elsewhere it is not known whom it shows.
pub(crate) async fn of(
    app: Data<App>,
    _caller: MaybeCaller<scope::ReadAccounts>,
    id: Path<AccountId>,
    paging: Paging<40>,
) -> Result<Paged<Account>> {
    accounts::get(&app, *id).await?;
    let rows = endorsements::page(&app, *id, paging.page).await?;
    Ok(listed(&app, &paging, &rows))
}
