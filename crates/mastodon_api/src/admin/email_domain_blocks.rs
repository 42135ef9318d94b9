//! Mail domains that nobody registers with. <https://docs.joinmastodon.org/methods/admin/email_domain_blocks/>

use actix_web::web::{Data, Json, Path};
use kontor_actions::{App, sign_up_blocks};
use kontor_domain::ids::EmailDomainBlockId;
use kontor_http::Params;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    Result,
    caller::Caller,
    entities::admin::EmailDomainBlock,
    paging::{Paged, Paging},
    scope,
};

pub(crate) async fn list(
    app: Data<App>,
    caller: Caller<scope::AdminReadEmailDomainBlocks>,
    paging: Paging<100>,
) -> Result<Paged<EmailDomainBlock>> {
    let rows = sign_up_blocks::email_domains(&app, caller.id(), paging.page).await?;
    let shown = rows.iter().map(EmailDomainBlock::from).collect();
    Ok(paging.rows(rows.iter().map(|row| row.id.0), shown))
}

pub(crate) async fn show(
    app: Data<App>,
    caller: Caller<scope::AdminReadEmailDomainBlocks>,
    id: Path<EmailDomainBlockId>,
) -> Result<Json<EmailDomainBlock>> {
    let row = sign_up_blocks::email_domain(&app, caller.id(), *id).await?;
    Ok(Json((&row).into()))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Form {
    domain: String,
}

pub(crate) async fn create(
    app: Data<App>,
    caller: Caller<scope::AdminWriteEmailDomainBlocks>,
    form: Params<Form>,
) -> Result<Json<EmailDomainBlock>> {
    let row = sign_up_blocks::block_email_domain(&app, caller.id(), &form.domain).await?;
    Ok(Json((&row).into()))
}

pub(crate) async fn delete(
    app: Data<App>,
    caller: Caller<scope::AdminWriteEmailDomainBlocks>,
    id: Path<EmailDomainBlockId>,
) -> Result<Json<Value>> {
    sign_up_blocks::unblock_email_domain(&app, caller.id(), *id).await?;
    Ok(Json(json!({})))
}
