//! Addresses from which nobody registers, or signs in. <https://docs.joinmastodon.org/methods/admin/ip_blocks/>

use std::time::Duration;

use actix_web::web::{Data, Json, Path};
use kontor_actions::{
    App,
    sign_up_blocks::{self, IpDraft},
};
use kontor_domain::{ids::IpBlockId, user::IpSeverity};
use kontor_http::Params;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    Error, Result,
    caller::Caller,
    entities::admin::IpBlock,
    paging::{Paged, Paging},
    scope,
};

pub(crate) async fn list(
    app: Data<App>,
    caller: Caller<scope::AdminReadIpBlocks>,
    paging: Paging<100>,
) -> Result<Paged<IpBlock>> {
    let rows = sign_up_blocks::ips(&app, caller.id(), paging.page).await?;
    let shown = rows.iter().map(IpBlock::from).collect();
    Ok(paging.rows(rows.iter().map(|row| row.id.0), shown))
}

pub(crate) async fn show(
    app: Data<App>,
    caller: Caller<scope::AdminReadIpBlocks>,
    id: Path<IpBlockId>,
) -> Result<Json<IpBlock>> {
    let row = sign_up_blocks::ip(&app, caller.id(), *id).await?;
    Ok(Json((&row).into()))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Form {
    ip: Option<String>,
    severity: Option<String>,
    comment: Option<String>,
    expires_in: Option<Value>,
}

impl Form {
    fn draft(self) -> Result<IpDraft> {
        let severity = self.severity.map(|word| {
            word.parse::<IpSeverity>()
                .map_err(|_| Error::invalid("severity", "is not included in the list"))
        });
        Ok(IpDraft {
            ip: self.ip,
            severity: severity.transpose()?,
            comment: self.comment,
            expires_in: self.expires_in.as_ref().map(lasting).transpose()?,
        })
    }
}

/// Seconds, as a number or a text; an empty text is for ever.
fn lasting(asked: &Value) -> Result<Option<Duration>> {
    let seconds = match asked {
        Value::String(text) if text.trim().is_empty() => return Ok(None),
        Value::String(text) => text.trim().parse().ok(),
        Value::Number(number) => number.as_u64(),
        _ => None,
    };
    let seconds =
        seconds.ok_or_else(|| Error::invalid("expires_in", "must be a number of seconds"))?;
    Ok(Some(Duration::from_secs(seconds)))
}

pub(crate) async fn create(
    app: Data<App>,
    caller: Caller<scope::AdminWriteIpBlocks>,
    form: Params<Form>,
) -> Result<Json<IpBlock>> {
    let draft = form.into_inner().draft()?;
    let row = sign_up_blocks::block_ip(&app, caller.id(), draft).await?;
    Ok(Json((&row).into()))
}

pub(crate) async fn change(
    app: Data<App>,
    caller: Caller<scope::AdminWriteIpBlocks>,
    id: Path<IpBlockId>,
    form: Params<Form>,
) -> Result<Json<IpBlock>> {
    let draft = form.into_inner().draft()?;
    let row = sign_up_blocks::change_ip(&app, caller.id(), *id, draft).await?;
    Ok(Json((&row).into()))
}

pub(crate) async fn delete(
    app: Data<App>,
    caller: Caller<scope::AdminWriteIpBlocks>,
    id: Path<IpBlockId>,
) -> Result<Json<Value>> {
    sign_up_blocks::unblock_ip(&app, caller.id(), *id).await?;
    Ok(Json(json!({})))
}
