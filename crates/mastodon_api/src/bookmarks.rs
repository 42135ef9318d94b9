//! Bookmarks. <https://docs.joinmastodon.org/methods/bookmarks/>

use actix_web::web::{Data, Json, Path};
use kontor_actions::{App, bookmarks};
use kontor_domain::ids::PostId;

use crate::{
    Result,
    caller::Caller,
    entities::Status,
    favourites::{kept, shown},
    paging::{Paged, Paging},
    scope,
};

pub(crate) async fn bookmark(
    app: Data<App>,
    caller: Caller<scope::WriteBookmarks>,
    id: Path<PostId>,
) -> Result<Json<Status>> {
    let id = bookmarks::bookmark(&app, caller.id(), *id).await?;
    shown(&app, caller.viewer(), id).await
}

pub(crate) async fn unbookmark(
    app: Data<App>,
    caller: Caller<scope::WriteBookmarks>,
    id: Path<PostId>,
) -> Result<Json<Status>> {
    let id = bookmarks::unbookmark(&app, caller.id(), *id).await?;
    shown(&app, caller.viewer(), id).await
}

pub(crate) async fn list(
    app: Data<App>,
    caller: Caller<scope::ReadBookmarks>,
    paging: Paging<20>,
) -> Result<Paged<Status>> {
    let page = bookmarks::page(&app, caller.id(), paging.page).await?;
    Ok(kept(&app, caller.viewer(), &paging, page))
}
