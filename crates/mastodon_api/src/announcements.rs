//! What the operators tell everybody here. <https://docs.joinmastodon.org/methods/announcements/>

use actix_web::web::{Data, Json, Path};
use kontor_actions::{App, announcements};
use kontor_domain::ids::AnnouncementId;
use serde_json::{Value, json};

use crate::{Result, caller::Caller, entities::Announcement, scope};

pub(crate) async fn list(
    app: Data<App>,
    caller: Caller<scope::Nothing>,
) -> Result<Json<Vec<Announcement>>> {
    let views = announcements::list(&app, caller.id()).await?;
    let shown = views.iter().map(|view| Announcement::new(&app.site, view));
    Ok(Json(shown.collect()))
}

pub(crate) async fn dismiss(
    app: Data<App>,
    caller: Caller<scope::WriteAccounts>,
    id: Path<AnnouncementId>,
) -> Result<Json<Value>> {
    announcements::dismiss(&app, caller.id(), *id).await?;
    Ok(Json(json!({})))
}

pub(crate) async fn react(
    app: Data<App>,
    caller: Caller<scope::WriteFavourites>,
    path: Path<(AnnouncementId, String)>,
) -> Result<Json<Value>> {
    let (id, name) = path.into_inner();
    announcements::react(&app, caller.id(), id, &name).await?;
    Ok(Json(json!({})))
}

pub(crate) async fn unreact(
    app: Data<App>,
    caller: Caller<scope::WriteFavourites>,
    path: Path<(AnnouncementId, String)>,
) -> Result<Json<Value>> {
    let (id, name) = path.into_inner();
    announcements::unreact(&app, caller.id(), id, &name).await?;
    Ok(Json(json!({})))
}
