//! Polls, looked at and voted in. <https://docs.joinmastodon.org/methods/polls/>

use actix_web::web::{Data, Json, Path};
use kontor_actions::{App, polls, posts};
use kontor_domain::{
    audience::Viewer,
    ids::{PollId, PostId},
};
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
    id: Path<PollId>,
) -> Result<Json<Poll>> {
    shown(&app, caller.viewer(), polls::post_of(&app, *id).await?).await
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
    id: Path<PollId>,
    form: Params<Form>,
) -> Result<Json<Poll>> {
    let post = polls::post_of(&app, *id).await?;
    polls::vote(&app, caller.id(), post, form.into_inner().choices).await?;
    shown(&app, caller.viewer(), post).await
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
