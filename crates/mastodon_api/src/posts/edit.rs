//! Changing and deleting one's own posts. <https://docs.joinmastodon.org/methods/statuses/#edit>, `#delete`.

use actix_web::web::{Data, Json, Path};
use kontor_actions::{
    App,
    posts::{self, ChangedExtras, Files, Text},
};
use kontor_domain::ids::PostId;
use kontor_http::Params;
use serde::Deserialize;

use super::{create::content_type, extras, unsupported::Unsupported};
use crate::{Result, caller::Caller, entities::Status, quotes::policy, scope};

/// What is absent stays as it is, but for the poll: as with Mastodon, an edit that says nothing of it takes it away.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Form {
    status: Option<String>,
    spoiler_text: Option<String>,
    sensitive: Option<bool>,
    language: Option<String>,
    content_type: Option<String>,
    media_ids: Option<Vec<String>>,
    media_attributes: Vec<extras::Attributes>,
    poll: Option<extras::Poll>,
    quote_approval_policy: String,
    /// Of a thread of a community.
    title: Option<String>,
    #[serde(flatten)]
    unsupported: Unsupported,
}

pub(crate) async fn edit(
    app: Data<App>,
    caller: Caller<scope::WriteStatuses>,
    id: Path<PostId>,
    form: Params<Form>,
) -> Result<Json<Status>> {
    let form = form.into_inner();
    let before = posts::get(&app, caller.viewer(), *id).await?.post;
    form.unsupported.check()?;
    let text = Text {
        text: form.status.unwrap_or_else(|| before.text.clone()),
        content_type: content_type(form.content_type.as_deref().unwrap_or(&before.content_type))?,
        sensitive: form.sensitive.unwrap_or(before.sensitive),
        spoiler_text: form
            .spoiler_text
            .unwrap_or_else(|| before.spoiler_text.clone()),
        language: form
            .language
            .filter(|language| !language.trim().is_empty())
            .or_else(|| before.language.clone()),
    };
    let changes = ChangedExtras {
        uploads: extras::uploads(form.media_ids.as_deref(), &form.media_attributes)?,
        poll: Some(extras::poll(form.poll)?),
        quote_policy: policy("quote_approval_policy", &form.quote_approval_policy)?,
        title: form.title.filter(|title| !title.trim().is_empty()),
    };
    posts::rewrite_with(&app, caller.id(), *id, text, changes).await?;
    let view = posts::get(&app, caller.viewer(), *id).await?;
    Ok(Json(Status::new(&app.site, caller.viewer(), &view)))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Deleting {
    delete_media: bool,
}

/// Unless the client says that the files are to go, they can be attached to the post that is written in its place.
pub(crate) async fn delete(
    app: Data<App>,
    caller: Caller<scope::WriteStatuses>,
    id: Path<PostId>,
    form: Params<Deleting>,
) -> Result<Json<Status>> {
    let files = if form.delete_media {
        Files::Go
    } else {
        Files::Stay
    };
    let view = posts::delete(&app, caller.id(), *id, files).await?;
    let status = Status::new(&app.site, caller.viewer(), &view);
    Ok(Json(status.with_text(view.post.text.clone())))
}
