//! Mail addresses that nobody registers with. <https://docs.joinmastodon.org/methods/admin/canonical_email_blocks/>

use actix_web::web::{Data, Json, Path};
use kontor_actions::{
    App,
    sign_up_blocks::{self, Mailbox},
};
use kontor_domain::ids::CanonicalEmailBlockId;
use kontor_http::Params;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    Error, Result,
    caller::Caller,
    entities::admin::CanonicalEmailBlock,
    paging::{Paged, Paging},
    scope,
};

pub(crate) async fn list(
    app: Data<App>,
    caller: Caller<scope::AdminReadCanonicalEmailBlocks>,
    paging: Paging<100>,
) -> Result<Paged<CanonicalEmailBlock>> {
    let rows = sign_up_blocks::mailboxes(&app, caller.id(), paging.page).await?;
    let shown = rows.iter().map(CanonicalEmailBlock::from).collect();
    Ok(paging.rows(rows.iter().map(|row| row.id.0), shown))
}

pub(crate) async fn show(
    app: Data<App>,
    caller: Caller<scope::AdminReadCanonicalEmailBlocks>,
    id: Path<CanonicalEmailBlockId>,
) -> Result<Json<CanonicalEmailBlock>> {
    let row = sign_up_blocks::mailbox(&app, caller.id(), *id).await?;
    Ok(Json((&row).into()))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Form {
    email: Option<String>,
    canonical_email_hash: Option<String>,
}

pub(crate) async fn create(
    app: Data<App>,
    caller: Caller<scope::AdminWriteCanonicalEmailBlocks>,
    form: Params<Form>,
) -> Result<Json<CanonicalEmailBlock>> {
    let form = form.into_inner();
    // Of both, Mastodon takes the hash.
    let mailbox = match (form.canonical_email_hash, form.email) {
        (Some(hash), _) => Mailbox::Hash(hash),
        (None, Some(email)) => Mailbox::Address(email),
        (None, None) => return Err(Error::invalid("email", "can't be blank")),
    };
    let row = sign_up_blocks::block_mailbox(&app, caller.id(), mailbox).await?;
    Ok(Json((&row).into()))
}

pub(crate) async fn test(
    app: Data<App>,
    caller: Caller<scope::AdminReadCanonicalEmailBlocks>,
    form: Params<Form>,
) -> Result<Json<Vec<CanonicalEmailBlock>>> {
    let email = form.email.as_deref().unwrap_or_default();
    let rows = sign_up_blocks::test_mailbox(&app, caller.id(), email).await?;
    Ok(Json(rows.iter().map(CanonicalEmailBlock::from).collect()))
}

pub(crate) async fn delete(
    app: Data<App>,
    caller: Caller<scope::AdminWriteCanonicalEmailBlocks>,
    id: Path<CanonicalEmailBlockId>,
) -> Result<Json<Value>> {
    sign_up_blocks::unblock_mailbox(&app, caller.id(), *id).await?;
    Ok(Json(json!({})))
}
