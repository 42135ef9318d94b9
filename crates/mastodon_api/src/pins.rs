//! Pinned posts. <https://docs.joinmastodon.org/methods/statuses/#pin>

use actix_web::web::{Data, Json, Path};
use kontor_actions::{App, pins};
use kontor_domain::ids::PostId;

use crate::{Result, caller::Caller, entities::Status, favourites::shown, scope};

pub(crate) async fn pin(
    app: Data<App>,
    caller: Caller<scope::WriteAccounts>,
    id: Path<PostId>,
) -> Result<Json<Status>> {
    let id = pins::pin(&app, caller.id(), *id).await?;
    shown(&app, caller.viewer(), id).await
}

pub(crate) async fn unpin(
    app: Data<App>,
    caller: Caller<scope::WriteAccounts>,
    id: Path<PostId>,
) -> Result<Json<Status>> {
    let id = pins::unpin(&app, caller.id(), *id).await?;
    shown(&app, caller.viewer(), id).await
}
