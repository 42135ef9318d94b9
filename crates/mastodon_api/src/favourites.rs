//! Favourites. <https://docs.joinmastodon.org/methods/statuses/#favourite>, <https://docs.joinmastodon.org/methods/favourites/>

use actix_web::web::{Data, Json, Path};
use kontor_actions::{App, favourites, favourites::Kept, posts};
use kontor_domain::{audience::Viewer, ids::PostId};

use crate::{
    Result,
    caller::{Caller, MaybeCaller},
    entities::{Account, Status},
    follows::listed,
    paging::{Paged, Paging},
    scope,
};

/// The post as it stands after what was just done.
pub(crate) async fn shown(app: &App, viewer: Viewer, id: PostId) -> Result<Json<Status>> {
    let view = posts::get(app, viewer, id).await?;
    Ok(Json(Status::new(&app.site, viewer, &view)))
}

/// Posts paged by rows that clients do not see.
pub(crate) fn kept<const N: i64>(
    app: &App,
    viewer: Viewer,
    paging: &Paging<N>,
    (rows, views): Kept,
) -> Paged<Status> {
    paging.rows(rows, Status::all(&app.site, viewer, &views))
}

pub(crate) async fn favourite(
    app: Data<App>,
    caller: Caller<scope::WriteFavourites>,
    id: Path<PostId>,
) -> Result<Json<Status>> {
    let id = favourites::favourite(&app, caller.id(), *id, None).await?;
    shown(&app, caller.viewer(), id).await
}

pub(crate) async fn unfavourite(
    app: Data<App>,
    caller: Caller<scope::WriteFavourites>,
    id: Path<PostId>,
) -> Result<Json<Status>> {
    let id = favourites::unfavourite(&app, caller.id(), *id).await?;
    shown(&app, caller.viewer(), id).await
}

pub(crate) async fn list(
    app: Data<App>,
    caller: Caller<scope::ReadFavourites>,
    paging: Paging<20>,
) -> Result<Paged<Status>> {
    let page = favourites::page(&app, caller.id(), paging.page).await?;
    Ok(kept(&app, caller.viewer(), &paging, page))
}

pub(crate) async fn favourited_by(
    app: Data<App>,
    caller: MaybeCaller<scope::ReadStatuses>,
    id: Path<PostId>,
    paging: Paging<40>,
) -> Result<Paged<Account>> {
    let rows = favourites::of_post(&app, caller.viewer(), *id, paging.page).await?;
    Ok(listed(&app, &paging, &rows))
}
