//! Uploads. A film or sound of the second version is answered before it is ready. <https://docs.joinmastodon.org/methods/media/>

use actix_web::{
    HttpResponse,
    http::StatusCode,
    web::{Bytes, Data, Json, Path},
};
use kontor_actions::{
    App,
    attachments::Attachment,
    uploads::{self, Said, Uploaded},
};
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

fn sent(form: &Params<Form>) -> Result<uploads::New<Bytes>> {
    let file = form.files().iter().find(|file| file.field == "file");
    let file = file.ok_or_else(|| Error::invalid("file", "can't be blank"))?;
    Ok(uploads::New {
        bytes: file.bytes.clone(),
        name: file.name.clone(),
        media_type: file.content_type.clone(),
        description: form.description.clone(),
        focus: focus(&form.focus)?,
        thumbnail: thumbnail(form),
    })
}

fn thumbnail(form: &Params<Form>) -> Option<Bytes> {
    let file = form.files().iter().find(|file| file.field == "thumbnail");
    file.map(|file| file.bytes.clone())
}

/// The first version: it answers when all is done.
pub(crate) async fn create(
    app: Data<App>,
    caller: Caller<scope::WriteMedia>,
    form: Params<Form>,
) -> Result<Json<MediaAttachment>> {
    let row = uploads::upload(&app, caller.id(), sent(&form)?).await?;
    Ok(Json(shown(&app, &caller, &row)))
}

pub(crate) async fn create_at_once(
    app: Data<App>,
    caller: Caller<scope::WriteMedia>,
    form: Params<Form>,
) -> Result<HttpResponse> {
    let row = uploads::take(&app, caller.id(), sent(&form)?).await?;
    Ok(answer(&app, &caller, &row, StatusCode::ACCEPTED))
}

pub(crate) async fn show(
    app: Data<App>,
    caller: Caller<scope::WriteMedia>,
    id: Path<AttachmentId>,
) -> Result<HttpResponse> {
    let row = uploads::get(&app, caller.id(), *id).await?;
    Ok(answer(&app, &caller, &row, StatusCode::PARTIAL_CONTENT))
}

pub(crate) async fn describe(
    app: Data<App>,
    caller: Caller<scope::WriteMedia>,
    id: Path<AttachmentId>,
    form: Params<Form>,
) -> Result<HttpResponse> {
    let said = Said {
        focus: focus(&form.focus)?,
        thumbnail: thumbnail(&form),
        description: form.into_inner().description,
    };
    let row = uploads::describe(&app, caller.id(), *id, said).await?;
    Ok(answer(&app, &caller, &row, StatusCode::PARTIAL_CONTENT))
}

/// Until it is ready, the status says so.
fn answer(
    app: &App,
    caller: &Caller<scope::WriteMedia>,
    row: &Uploaded,
    until: StatusCode,
) -> HttpResponse {
    let status = if row.ready { StatusCode::OK } else { until };
    HttpResponse::build(status).json(shown(app, caller, &row.file))
}

/// To its owner, before anybody else may have it.
fn shown(app: &App, caller: &Caller<scope::WriteMedia>, row: &Attachment) -> MediaAttachment {
    let shown = (caller.viewer(), Some(app.now()));
    MediaAttachment::new(&app.site, shown, row)
}

pub(crate) async fn delete(
    app: Data<App>,
    caller: Caller<scope::WriteMedia>,
    id: Path<AttachmentId>,
) -> Result<Json<Value>> {
    uploads::delete(&app, caller.id(), *id).await?;
    Ok(Json(json!({})))
}
