//! What a person is told of. <https://docs.joinmastodon.org/methods/notifications/>

use actix_web::web::{Data, Json, Path};
use kontor_actions::{
    App,
    notifications::{self, Selection},
};
use kontor_domain::{
    ids::{AccountId, NotificationId},
    notification::NotificationKind,
};
use kontor_http::Params;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{
    Result,
    caller::{Caller, Reader},
    entities::Notification,
    paging::{Paged, Paging},
    scope,
};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Form {
    types: Vec<String>,
    include_types: Vec<String>,
    exclude_types: Vec<String>,
    account_id: Option<AccountId>,
    include_filtered: bool,
    /// Of those that are counted, at most.
    limit: Option<i64>,
}

impl Form {
    fn selection(&self) -> Selection {
        // Pleroma's clients name what they want by `include_types`.
        let asked: Vec<&String> = self.types.iter().chain(&self.include_types).collect();
        Selection {
            kinds: kinds(&asked, &self.exclude_types),
            from: self.account_id,
            include_filtered: self.include_filtered,
        }
    }
}

/// Words for what nobody is told of here choose nothing.
pub(crate) fn kinds(asked: &[&String], excluded: &[String]) -> Vec<NotificationKind> {
    // Mastodon's clients know nothing of emoji reactions, and some stop at a type that they do not know: only those who name it
    // get it.
    let wanted = |kind: NotificationKind| match asked {
        [] => kind != NotificationKind::EmojiReaction,
        words => words.iter().any(|word| *word == kind.as_str()),
    };
    NotificationKind::ALL
        .iter()
        .copied()
        .filter(|kind| wanted(*kind) && !excluded.iter().any(|word| word == kind.as_str()))
        .collect()
}

/// What clients ask to be counted up to.
pub(crate) fn most(limit: Option<i64>) -> i64 {
    limit.unwrap_or(100).clamp(1, 1000)
}

pub(crate) async fn list(
    app: Data<App>,
    reader: Reader<scope::ReadNotifications>,
    form: Params<Form>,
    paging: Paging<40>,
) -> Result<Paged<Notification>> {
    let selection = form.selection();
    let read =
        reader.reads_own(|asking| notifications::page_of(&app, asking, selection, paging.page));
    let (_, views) = read.await?;
    let shown = views
        .iter()
        .map(|view| Notification::new(&app.site, view))
        .collect();
    Ok(paging.timeline(views.iter().map(|view| view.notification.id.0), shown))
}

pub(crate) async fn show(
    app: Data<App>,
    caller: Caller<scope::ReadNotifications>,
    id: Path<NotificationId>,
) -> Result<Json<Notification>> {
    let view = notifications::get(&app, caller.id(), *id).await?;
    Ok(Json(Notification::new(&app.site, &view)))
}

pub(crate) async fn dismiss(
    app: Data<App>,
    caller: Caller<scope::WriteNotifications>,
    id: Path<NotificationId>,
) -> Result<Json<Value>> {
    notifications::dismiss(&app, caller.id(), *id).await?;
    Ok(Json(json!({})))
}

pub(crate) async fn clear(
    app: Data<App>,
    caller: Caller<scope::WriteNotifications>,
) -> Result<Json<Value>> {
    notifications::clear(&app, caller.id()).await?;
    Ok(Json(json!({})))
}

#[derive(Debug, Serialize)]
pub(crate) struct Count {
    pub(crate) count: i64,
}

pub(crate) async fn unread_count(
    app: Data<App>,
    caller: Caller<scope::ReadNotifications>,
    form: Params<Form>,
) -> Result<Json<Count>> {
    let (selection, most) = (form.selection(), most(form.limit));
    let count = notifications::unread(&app, caller.id(), selection, most).await?;
    Ok(Json(Count { count }))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Several {
    id: Option<NotificationId>,
    ids: Vec<String>,
}

/// The same by an id in the body, as older clients ask.
pub(crate) async fn dismiss_by_id(
    app: Data<App>,
    caller: Caller<scope::WriteNotifications>,
    form: Params<Several>,
) -> Result<Json<Value>> {
    let id = form.id.ok_or_else(crate::Error::not_found)?;
    notifications::dismiss(&app, caller.id(), id).await?;
    Ok(Json(json!({})))
}

pub(crate) async fn destroy_multiple(
    app: Data<App>,
    caller: Caller<scope::WriteNotifications>,
    form: Params<Several>,
) -> Result<Json<Value>> {
    notifications::dismiss_several(&app, caller.id(), crate::ids::ids(&form.ids)).await?;
    Ok(Json(json!({})))
}
