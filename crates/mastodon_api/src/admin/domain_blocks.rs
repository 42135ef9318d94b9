//! Servers that are kept away: the rules of `kontor peer block` and `kontor peer limit`.
//! <https://docs.joinmastodon.org/methods/admin/domain_blocks/>

use actix_web::web::{Data, Json, Path};
use kontor_actions::{
    App,
    peers::{self, Change, Kind, Refuse, Wanted},
};
use kontor_domain::{ids::DomainPolicyId, peer::Severity};
use kontor_http::Params;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    Error, Result,
    caller::Caller,
    entities::admin::DomainBlock,
    paging::{Paged, Paging},
    scope,
};

pub(crate) async fn list(
    app: Data<App>,
    caller: Caller<scope::AdminReadDomainBlocks>,
    paging: Paging<100>,
) -> Result<Paged<DomainBlock>> {
    let rows = peers::page(&app, caller.id(), Kind::Blocks, paging.page).await?;
    let shown = rows.iter().map(DomainBlock::from).collect();
    Ok(paging.rows(rows.iter().map(|row| row.id.0), shown))
}

pub(crate) async fn show(
    app: Data<App>,
    caller: Caller<scope::AdminReadDomainBlocks>,
    id: Path<DomainPolicyId>,
) -> Result<Json<DomainBlock>> {
    let row = peers::by_id(&app, caller.id(), Kind::Blocks, *id).await?;
    Ok(Json((&row).into()))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Form {
    domain: String,
    severity: Option<String>,
    reject_media: Option<bool>,
    reject_reports: Option<bool>,
    obfuscate: Option<bool>,
    private_comment: Option<String>,
    public_comment: Option<String>,
}

impl Form {
    /// Mastodon's `noop` says nothing of a server but that its files or reports are not taken. A rule here always says whether it
    /// is spoken with, so that one would let it in where others are kept out.
    fn severity(&self) -> Result<Option<Severity>> {
        match self.severity.as_deref() {
            None | Some("") => Ok(None),
            Some("silence") => Ok(Some(Severity::Limit)),
            Some("suspend") => Ok(Some(Severity::Block)),
            Some("noop") => Err(Error::unsupported("severity")),
            Some(_) => Err(Error::invalid("severity", "is not included in the list")),
        }
    }
}

pub(crate) async fn create(
    app: Data<App>,
    caller: Caller<scope::AdminWriteDomainBlocks>,
    form: Params<Form>,
) -> Result<Json<DomainBlock>> {
    let severity = form.severity()?.unwrap_or(Severity::Limit);
    let form = form.into_inner();
    let wanted = Wanted {
        refuse: Refuse {
            media: form.reject_media.unwrap_or_default(),
            reports: form.reject_reports.unwrap_or_default(),
        },
        public_comment: form.public_comment.unwrap_or_default(),
        private_comment: form.private_comment.unwrap_or_default(),
        obfuscate: form.obfuscate.unwrap_or_default(),
        ..Wanted::new(&form.domain, severity)
    };
    let row = peers::add(&app, caller.id(), Kind::Blocks, wanted).await?;
    Ok(Json((&row).into()))
}

pub(crate) async fn change(
    app: Data<App>,
    caller: Caller<scope::AdminWriteDomainBlocks>,
    id: Path<DomainPolicyId>,
    form: Params<Form>,
) -> Result<Json<DomainBlock>> {
    let severity = form.severity()?;
    let form = form.into_inner();
    let change = Change {
        severity,
        reject_media: form.reject_media,
        reject_reports: form.reject_reports,
        obfuscate: form.obfuscate,
        public_comment: form.public_comment,
        private_comment: form.private_comment,
    };
    let row = peers::change(&app, caller.id(), *id, change).await?;
    Ok(Json((&row).into()))
}

pub(crate) async fn delete(
    app: Data<App>,
    caller: Caller<scope::AdminWriteDomainBlocks>,
    id: Path<DomainPolicyId>,
) -> Result<Json<Value>> {
    peers::take_back(&app, caller.id(), Kind::Blocks, *id).await?;
    Ok(Json(json!({})))
}
