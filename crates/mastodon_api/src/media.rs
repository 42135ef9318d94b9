//! Uploads. Every upload is ready when it is answered. <https://docs.joinmastodon.org/methods/media/>

use actix_web::web::{Data, Json, Path};
use kontor_actions::{App, attachments::Attachment, uploads};
use kontor_domain::ids::AttachmentId;
use kontor_http::Params;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    Error, Result, caller::Caller, entities::MediaAttachment, posts::extras::focus, scope,
};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Form {
    description: Option<String>,
    focus: String,
}

pub(crate) async fn create(
    app: Data<App>,
    caller: Caller<scope::WriteMedia>,
    form: Params<Form>,
) -> Result<Json<MediaAttachment>> {
    let file = form.files().iter().find(|file| file.field == "file");
    let file = file.ok_or_else(|| Error::invalid("file", "can't be blank"))?;
    let new = uploads::New {
        bytes: file.bytes.clone(),
        name: file.name.clone(),
        media_type: file.content_type.clone(),
        description: form.description.clone(),
        focus: focus(&form.focus)?,
    };
    let row = uploads::upload(&app, caller.id(), new).await?;
    Ok(shown(&app, &caller, &row))
}

pub(crate) async fn show(
    app: Data<App>,
    caller: Caller<scope::WriteMedia>,
    id: Path<AttachmentId>,
) -> Result<Json<MediaAttachment>> {
    let row = uploads::get(&app, caller.id(), *id).await?;
    Ok(shown(&app, &caller, &row))
}

pub(crate) async fn describe(
    app: Data<App>,
    caller: Caller<scope::WriteMedia>,
    id: Path<AttachmentId>,
    form: Params<Form>,
) -> Result<Json<MediaAttachment>> {
    let form = form.into_inner();
    let focus = focus(&form.focus)?;
    let row = uploads::describe(&app, caller.id(), *id, form.description, focus).await?;
    Ok(shown(&app, &caller, &row))
}

/// To its owner, before anybody else may have it.
fn shown(app: &App, caller: &Caller<scope::WriteMedia>, row: &Attachment) -> Json<MediaAttachment> {
    let shown = (caller.viewer(), Some(app.now()));
    Json(MediaAttachment::new(&app.site, shown, row))
}

pub(crate) async fn delete(
    app: Data<App>,
    caller: Caller<scope::WriteMedia>,
    id: Path<AttachmentId>,
) -> Result<Json<Value>> {
    uploads::delete(&app, caller.id(), *id).await?;
    Ok(Json(json!({})))
}
