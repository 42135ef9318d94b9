//! Accounts by id and by name. <https://docs.joinmastodon.org/methods/accounts/#get>, `#index`, `#lookup`.

use actix_web::web::{Data, Json, Path};
use kontor_actions::{App, accounts, communities};
use kontor_domain::{ids::AccountId, text::Handle};
use kontor_http::Params;
use serde::Deserialize;

use super::{shown, shown_one};
use crate::{Error, Result, caller::MaybeCaller, entities::Account, ids::ids, scope};

pub(crate) async fn show(
    app: Data<App>,
    caller: MaybeCaller<scope::ReadAccounts>,
    id: Path<AccountId>,
) -> Result<Json<Account>> {
    let account = accounts::get(&app, *id).await?;
    let account = communities::check_known(&app, caller.viewer(), account).await?;
    Ok(Json(shown_one(&app, &account).await?))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Ids {
    id: Vec<String>,
}

pub(crate) async fn by_ids(
    app: Data<App>,
    caller: MaybeCaller<scope::ReadAccounts>,
    form: Params<Ids>,
) -> Result<Json<Vec<Account>>> {
    let found = accounts::by_ids(&app, ids(&form.id)).await?;
    let found = communities::known_to(&app, caller.viewer(), found).await?;
    Ok(Json(shown(&app, &found).await?))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Name {
    acct: String,
}

/// Asks no other server: that is what searching with `resolve` is for.
pub(crate) async fn lookup(
    app: Data<App>,
    caller: MaybeCaller<scope::ReadAccounts>,
    form: Params<Name>,
) -> Result<Json<Account>> {
    let handle = Handle::parse(&form.acct).map_err(|_| Error::not_found())?;
    let account = accounts::lookup(&app, &handle).await?;
    let account = communities::check_known(&app, caller.viewer(), account).await?;
    Ok(Json(shown_one(&app, &account).await?))
}
