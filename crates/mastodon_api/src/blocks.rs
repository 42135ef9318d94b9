//! Blocks, and sending a follower away. <https://docs.joinmastodon.org/methods/accounts/#block>,
//! <https://docs.joinmastodon.org/methods/blocks/>, <https://docs.joinmastodon.org/methods/accounts/#remove_from_followers>

use actix_web::web::{Data, Json, Path};
use kontor_actions::{App, blocks, follows};
use kontor_domain::ids::AccountId;

use crate::{
    Result,
    caller::Caller,
    entities::{Account, Relationship},
    follows::{listed, relationship},
    paging::{Paged, Paging},
    scope,
};

pub(crate) async fn block(
    app: Data<App>,
    caller: Caller<scope::WriteBlocks>,
    id: Path<AccountId>,
) -> Result<Json<Relationship>> {
    blocks::block(&app, caller.id(), *id, None).await?;
    relationship(&app, caller.id(), *id).await
}

pub(crate) async fn unblock(
    app: Data<App>,
    caller: Caller<scope::WriteBlocks>,
    id: Path<AccountId>,
) -> Result<Json<Relationship>> {
    blocks::unblock(&app, caller.id(), *id).await?;
    relationship(&app, caller.id(), *id).await
}

pub(crate) async fn list(
    app: Data<App>,
    caller: Caller<scope::ReadBlocks>,
    paging: Paging<40>,
) -> Result<Paged<Account>> {
    let rows = blocks::page(&app, caller.id(), paging.page).await?;
    Ok(listed(&app, &paging, &rows))
}

pub(crate) async fn remove_from_followers(
    app: Data<App>,
    caller: Caller<scope::WriteFollows>,
    id: Path<AccountId>,
) -> Result<Json<Relationship>> {
    follows::remove_follower(&app, caller.id(), *id).await?;
    relationship(&app, caller.id(), *id).await
}
