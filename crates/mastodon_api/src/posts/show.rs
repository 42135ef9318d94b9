//! Reading posts: by id, with what is around them, with their versions.
//! <https://docs.joinmastodon.org/methods/statuses/#get>, `#index`, `#context`, `#history`, `#source`.

use actix_web::{
    HttpResponse,
    web::{Data, Json, Path},
};
use kontor_actions::{App, cards, contexts, posts};
use kontor_domain::ids::PostId;
use kontor_http::Params;
use serde::Deserialize;
use serde_json::json;

use crate::{
    Result, async_refreshes,
    caller::{Caller, MaybeCaller, Reader},
    entities::{Context, PreviewCard, Status, StatusEdit, StatusSource},
    ids::ids,
    paging::One,
    scope,
};

pub(crate) async fn show(
    app: Data<App>,
    reader: Reader<scope::ReadStatuses>,
    id: Path<PostId>,
) -> Result<One<Status>> {
    let read = reader.reads(|asking| posts::get_for(&app, asking, *id));
    let (viewer, view) = read.await?;
    Ok(One(Status::new(&app.site, viewer, &view)))
}

/// What is shown of the page that a post links to; an empty object where there is nothing.
pub(crate) async fn card(
    app: Data<App>,
    caller: MaybeCaller<scope::ReadStatuses>,
    id: Path<PostId>,
) -> Result<HttpResponse> {
    let card = cards::of_post(&app, caller.viewer(), *id).await?;
    Ok(match card {
        Some(card) => HttpResponse::Ok().json(PreviewCard::new(&app.site, &card)),
        None => HttpResponse::Ok().json(json!({})),
    })
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Ids {
    id: Vec<String>,
}

pub(crate) async fn by_ids(
    app: Data<App>,
    caller: MaybeCaller<scope::ReadStatuses>,
    form: Params<Ids>,
) -> Result<Json<Vec<Status>>> {
    let views = posts::show(&app, caller.viewer(), ids(&form.id)).await?;
    Ok(Json(Status::all(&app.site, caller.viewer(), &views)))
}

pub(crate) async fn context(
    app: Data<App>,
    caller: MaybeCaller<scope::ReadStatuses>,
    id: Path<PostId>,
) -> Result<HttpResponse> {
    let context = posts::context(&app, caller.viewer(), *id).await?;
    let mut response = HttpResponse::Ok();
    if caller.person().is_some() && contexts::refreshing(&app, caller.viewer(), *id).await? {
        response.insert_header(async_refreshes::header(*id));
    }
    Ok(response.json(Context {
        ancestors: Status::all(&app.site, caller.viewer(), &context.ancestors),
        descendants: Status::all(&app.site, caller.viewer(), &context.descendants),
    }))
}

pub(crate) async fn history(
    app: Data<App>,
    caller: MaybeCaller<scope::ReadStatuses>,
    id: Path<PostId>,
) -> Result<Json<Vec<StatusEdit>>> {
    let (view, versions) = posts::history(&app, caller.viewer(), *id).await?;
    Ok(Json(
        versions
            .into_iter()
            .map(|version| StatusEdit::new(&app.site, caller.viewer(), &view, version))
            .collect(),
    ))
}

pub(crate) async fn source(
    app: Data<App>,
    caller: Caller<scope::ReadStatuses>,
    id: Path<PostId>,
) -> Result<Json<StatusSource>> {
    let view = posts::get(&app, caller.viewer(), *id).await?;
    Ok(Json(StatusSource::from(&**view.post)))
}
