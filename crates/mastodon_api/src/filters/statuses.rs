//! The posts that filters catch by themselves. <https://docs.joinmastodon.org/methods/filters/#statuses-get>

use actix_web::web::{Data, Json, Path};
use kontor_actions::{App, filters};
use kontor_domain::ids::{FilterId, FilterPostId, PostId};
use kontor_http::Params;
use serde::Deserialize;

use crate::{Error, Result, caller::Caller, entities::FilterStatus, scope};

pub(crate) async fn statuses(
    app: Data<App>,
    caller: Caller<scope::ReadFilters>,
    filter: Path<FilterId>,
) -> Result<Json<Vec<FilterStatus>>> {
    let view = filters::get(&app, caller.id(), *filter).await?;
    Ok(Json(view.posts.iter().map(FilterStatus::from).collect()))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Form {
    status_id: Option<PostId>,
}

pub(crate) async fn add_status(
    app: Data<App>,
    caller: Caller<scope::WriteFilters>,
    filter: Path<FilterId>,
    form: Params<Form>,
) -> Result<Json<FilterStatus>> {
    let post = form
        .status_id
        .ok_or_else(|| Error::invalid("status_id", "can't be blank"))?;
    let row = filters::add_post(&app, caller.id(), *filter, post).await?;
    Ok(Json(FilterStatus::from(&row)))
}

pub(crate) async fn status(
    app: Data<App>,
    caller: Caller<scope::ReadFilters>,
    id: Path<FilterPostId>,
) -> Result<Json<FilterStatus>> {
    let row = filters::get_post(&app, caller.id(), *id).await?;
    Ok(Json(FilterStatus::from(&row)))
}

pub(crate) async fn delete_status(
    app: Data<App>,
    caller: Caller<scope::WriteFilters>,
    id: Path<FilterPostId>,
) -> Result<Json<FilterStatus>> {
    let row = filters::delete_post(&app, caller.id(), *id).await?;
    Ok(Json(FilterStatus::from(&row)))
}
