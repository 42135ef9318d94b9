//! Mutes of accounts and of threads. <https://docs.joinmastodon.org/methods/accounts/#mute>,
//! <https://docs.joinmastodon.org/methods/mutes/>, <https://docs.joinmastodon.org/methods/statuses/#mute>

use std::time::Duration;

use actix_web::web::{Data, Json, Path};
use kontor_actions::{
    App, muted_threads,
    mutes::{self, Terms},
};
use kontor_domain::ids::{AccountId, PostId};
use kontor_http::Params;
use serde::Deserialize;

use crate::{
    Result,
    caller::Caller,
    entities::{MutedAccount, Relationship, Status},
    favourites::shown,
    follows::relationship,
    paging::{Paged, Paging},
    scope,
};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Form {
    notifications: Option<bool>,
    /// Seconds; 0 is for good.
    duration: Option<i64>,
}

pub(crate) async fn mute(
    app: Data<App>,
    caller: Caller<scope::WriteMutes>,
    id: Path<AccountId>,
    form: Params<Form>,
) -> Result<Json<Relationship>> {
    let seconds = form
        .duration
        .and_then(|seconds| u64::try_from(seconds).ok());
    let terms = Terms {
        hide_notifications: form.notifications.unwrap_or(true),
        lasting: seconds
            .filter(|seconds| *seconds > 0)
            .map(Duration::from_secs),
    };
    mutes::mute(&app, caller.id(), *id, terms).await?;
    relationship(&app, caller.id(), *id).await
}

pub(crate) async fn unmute(
    app: Data<App>,
    caller: Caller<scope::WriteMutes>,
    id: Path<AccountId>,
) -> Result<Json<Relationship>> {
    mutes::unmute(&app, caller.id(), *id).await?;
    relationship(&app, caller.id(), *id).await
}

pub(crate) async fn list(
    app: Data<App>,
    caller: Caller<scope::ReadMutes>,
    paging: Paging<40>,
) -> Result<Paged<MutedAccount>> {
    let muted = mutes::page(&app, caller.id(), paging.page).await?;
    let rows = muted.iter().map(|muted| muted.row.0);
    let shown = muted
        .iter()
        .map(|muted| MutedAccount::new(&app.site, muted))
        .collect();
    Ok(paging.rows(rows, shown))
}

pub(crate) async fn mute_thread(
    app: Data<App>,
    caller: Caller<scope::WriteMutes>,
    id: Path<PostId>,
) -> Result<Json<Status>> {
    let id = muted_threads::mute(&app, caller.id(), *id).await?;
    shown(&app, caller.viewer(), id).await
}

pub(crate) async fn unmute_thread(
    app: Data<App>,
    caller: Caller<scope::WriteMutes>,
    id: Path<PostId>,
) -> Result<Json<Status>> {
    let id = muted_threads::unmute(&app, caller.id(), *id).await?;
    shown(&app, caller.viewer(), id).await
}
