//! Polls, looked at and voted in. <https://docs.joinmastodon.org/methods/polls/>

use actix_web::web::{Data, Json, Path};
use kontor_actions::{App, polls, posts};
use kontor_domain::{audience::Viewer, ids::PostId};
use kontor_http::Params;
use serde::Deserialize;

use crate::{
    Error, Result,
    caller::{Caller, MaybeCaller},
    entities::{Looking, Poll},
    scope,
};

pub(crate) async fn show(
    app: Data<App>,
    caller: MaybeCaller<scope::ReadStatuses>,
    id: Path<PostId>,
) -> Result<Json<Poll>> {
    shown(&app, caller.viewer(), *id).await
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Form {
    /// By their place in the list, from 0.
    choices: Vec<i32>,
}

pub(crate) async fn vote(
    app: Data<App>,
    caller: Caller<scope::WriteStatuses>,
    id: Path<PostId>,
    form: Params<Form>,
) -> Result<Json<Poll>> {
    polls::vote(&app, caller.id(), *id, form.into_inner().choices).await?;
    shown(&app, caller.viewer(), *id).await
}

async fn shown(app: &App, viewer: Viewer, id: PostId) -> Result<Json<Poll>> {
    let view = posts::get(app, viewer, id).await?;
    let poll = view
        .parts
        .poll
        .as_ref()
        .ok_or(Error::Action(kontor_actions::Error::NotFound))?;
    let looking = Looking::of(viewer);
    Ok(Json(Poll::new(
        &app.site,
        looking,
        poll,
        &view.parts.emojis,
    )))
}
