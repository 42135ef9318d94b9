//! Servers that are let in: the rules of `kontor peer allow`. <https://docs.joinmastodon.org/methods/admin/domain_allows/>

use actix_web::web::{Data, Json, Path};
use kontor_actions::{
    App,
    peers::{self, Kind, Wanted},
};
use kontor_domain::{ids::DomainPolicyId, peer::Severity};
use kontor_http::Params;
use serde::Deserialize;

use crate::{
    Result,
    caller::Caller,
    entities::admin::DomainAllow,
    paging::{Paged, Paging},
    scope,
};

pub(crate) async fn list(
    app: Data<App>,
    caller: Caller<scope::AdminReadDomainAllows>,
    paging: Paging<100>,
) -> Result<Paged<DomainAllow>> {
    let rows = peers::page(&app, caller.id(), Kind::Allows, paging.page).await?;
    let shown = rows.iter().map(DomainAllow::from).collect();
    Ok(paging.rows(rows.iter().map(|row| row.id.0), shown))
}

pub(crate) async fn show(
    app: Data<App>,
    caller: Caller<scope::AdminReadDomainAllows>,
    id: Path<DomainPolicyId>,
) -> Result<Json<DomainAllow>> {
    let row = peers::by_id(&app, caller.id(), Kind::Allows, *id).await?;
    Ok(Json((&row).into()))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Form {
    domain: String,
}

pub(crate) async fn create(
    app: Data<App>,
    caller: Caller<scope::AdminWriteDomainAllows>,
    form: Params<Form>,
) -> Result<Json<DomainAllow>> {
    let wanted = Wanted::new(&form.domain, Severity::Allow);
    let row = peers::add(&app, caller.id(), Kind::Allows, wanted).await?;
    Ok(Json((&row).into()))
}

/// Answers with what it was.
pub(crate) async fn delete(
    app: Data<App>,
    caller: Caller<scope::AdminWriteDomainAllows>,
    id: Path<DomainPolicyId>,
) -> Result<Json<DomainAllow>> {
    let row = peers::take_back(&app, caller.id(), Kind::Allows, *id).await?;
    Ok(Json((&row).into()))
}
