//! Posts that are to appear later. <https://docs.joinmastodon.org/methods/scheduled_statuses/>

use actix_web::web::{Data, Json, Path};
use kontor_actions::{App, scheduled_posts};
use kontor_domain::{
    ids::ScheduledPostId,
    time::{self, Time},
};
use kontor_http::Params;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    Error, Result,
    caller::Caller,
    entities::ScheduledStatus,
    paging::{Paged, Paging},
    scope,
};

pub(crate) async fn list(
    app: Data<App>,
    caller: Caller<scope::ReadStatuses>,
    paging: Paging<20>,
) -> Result<Paged<ScheduledStatus>> {
    let views = scheduled_posts::page(&app, caller.id(), paging.page).await?;
    let shown = views
        .iter()
        .map(|view| ScheduledStatus::new(&app.site, (caller.id(), app.now()), view))
        .collect();
    Ok(paging.timeline(views.iter().map(|view| view.id.0), shown))
}

pub(crate) async fn show(
    app: Data<App>,
    caller: Caller<scope::ReadStatuses>,
    id: Path<ScheduledPostId>,
) -> Result<Json<ScheduledStatus>> {
    let view = scheduled_posts::get(&app, caller.id(), *id).await?;
    Ok(Json(ScheduledStatus::new(
        &app.site,
        (caller.id(), app.now()),
        &view,
    )))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Form {
    scheduled_at: String,
}

pub(crate) async fn put_off(
    app: Data<App>,
    caller: Caller<scope::WriteStatuses>,
    id: Path<ScheduledPostId>,
    form: Params<Form>,
) -> Result<Json<ScheduledStatus>> {
    // Without a time there is nothing to change.
    if let Some(to) = moment(&form.scheduled_at)? {
        scheduled_posts::put_off(&app, caller.id(), *id, to).await?;
    }
    let view = scheduled_posts::get(&app, caller.id(), *id).await?;
    Ok(Json(ScheduledStatus::new(
        &app.site,
        (caller.id(), app.now()),
        &view,
    )))
}

pub(crate) async fn cancel(
    app: Data<App>,
    caller: Caller<scope::WriteStatuses>,
    id: Path<ScheduledPostId>,
) -> Result<Json<Value>> {
    scheduled_posts::cancel(&app, caller.id(), *id).await?;
    Ok(Json(json!({})))
}

/// `None`: nothing was said.
pub(crate) fn moment(text: &str) -> Result<Option<Time>> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    time::parse(text).map(Some).ok_or_else(|| {
        Error::invalid(
            "scheduled_at",
            "must be a date and time as 2026-01-31T12:00:00Z",
        )
    })
}
