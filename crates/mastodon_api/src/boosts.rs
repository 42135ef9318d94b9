//! Boosts, which clients call reblogs. <https://docs.joinmastodon.org/methods/statuses/#boost>

use actix_web::web::{Data, Json, Path};
use kontor_actions::{
    App,
    boosts::{self, NewBoost},
    posts::{Arrival, Created, Named},
};
use kontor_domain::{audience::Audience, ids::PostId};
use kontor_http::Params;
use serde::Deserialize;

use crate::{
    Error, Result,
    caller::{Caller, MaybeCaller},
    entities::{Account, Status, Visibility},
    favourites::shown,
    follows::listed,
    paging::{Paged, Paging},
    scope,
};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Form {
    visibility: Option<Visibility>,
}

/// Answers the boost, with the post inside.
pub(crate) async fn reblog(
    app: Data<App>,
    caller: Caller<scope::WriteStatuses>,
    id: Path<PostId>,
    form: Params<Form>,
) -> Result<Json<Status>> {
    let audience = form.visibility.map_or(Audience::Public, Into::into);
    if audience == Audience::Direct {
        return Err(Error::invalid("visibility", "of a boost cannot be direct"));
    }
    let new = NewBoost {
        post: Named::Id(*id),
        uri: None,
        audience,
        published: None,
    };
    match boosts::boost(&app, caller.id(), new, Arrival::Written).await? {
        Created::New(id) | Created::Known(id) => shown(&app, caller.viewer(), id).await,
        // Only what arrives from elsewhere can be turned away so.
        Created::Unwanted => Err(Error::not_found()),
    }
}

/// Answers the post that is boosted no longer.
pub(crate) async fn unreblog(
    app: Data<App>,
    caller: Caller<scope::WriteStatuses>,
    id: Path<PostId>,
) -> Result<Json<Status>> {
    let id = boosts::unboost(&app, caller.id(), *id).await?;
    shown(&app, caller.viewer(), id).await
}

pub(crate) async fn reblogged_by(
    app: Data<App>,
    caller: MaybeCaller<scope::ReadStatuses>,
    id: Path<PostId>,
    paging: Paging<40>,
) -> Result<Paged<Account>> {
    let rows = boosts::of_post(&app, caller.viewer(), *id, paging.page).await?;
    Ok(listed(&app, &paging, &rows))
}
