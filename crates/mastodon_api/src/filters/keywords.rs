//! The keywords of filters. <https://docs.joinmastodon.org/methods/filters/#keywords-get>

use actix_web::web::{Data, Json, Path};
use kontor_actions::{App, filters};
use kontor_domain::ids::{FilterId, FilterKeywordId};
use kontor_http::Params;
use serde_json::{Value, json};

use super::KeywordForm;
use crate::{Result, caller::Caller, entities::FilterKeyword, scope};

pub(crate) async fn keywords(
    app: Data<App>,
    caller: Caller<scope::ReadFilters>,
    filter: Path<FilterId>,
) -> Result<Json<Vec<FilterKeyword>>> {
    let view = filters::get(&app, caller.id(), *filter).await?;
    Ok(Json(
        view.keywords.iter().map(FilterKeyword::from).collect(),
    ))
}

pub(crate) async fn add_keyword(
    app: Data<App>,
    caller: Caller<scope::WriteFilters>,
    filter: Path<FilterId>,
    form: Params<KeywordForm>,
) -> Result<Json<FilterKeyword>> {
    let wish = filters::KeywordWish {
        id: None,
        delete: false,
        ..form.into_inner().into()
    };
    let row = filters::add_keyword(&app, caller.id(), *filter, wish).await?;
    Ok(Json(FilterKeyword::from(&row)))
}

pub(crate) async fn keyword(
    app: Data<App>,
    caller: Caller<scope::ReadFilters>,
    id: Path<FilterKeywordId>,
) -> Result<Json<FilterKeyword>> {
    let (_, row) = filters::get_keyword(&app, caller.id(), *id).await?;
    Ok(Json(FilterKeyword::from(&row)))
}

pub(crate) async fn change_keyword(
    app: Data<App>,
    caller: Caller<scope::WriteFilters>,
    id: Path<FilterKeywordId>,
    form: Params<KeywordForm>,
) -> Result<Json<FilterKeyword>> {
    let row = filters::change_keyword(&app, caller.id(), *id, form.into_inner().into()).await?;
    Ok(Json(FilterKeyword::from(&row)))
}

pub(crate) async fn delete_keyword(
    app: Data<App>,
    caller: Caller<scope::WriteFilters>,
    id: Path<FilterKeywordId>,
) -> Result<Json<Value>> {
    filters::delete_keyword(&app, caller.id(), *id).await?;
    Ok(Json(json!({})))
}
