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
}

impl Form {
    pub(crate) const fn from(&self) -> Option<AccountId> {
        self.account_id
    }

    /// Words for what nobody is told of here choose nothing.
    pub(crate) fn kinds(&self) -> Vec<NotificationKind> {
        let named =
            |list: &[String], kind: NotificationKind| list.iter().any(|word| word == kind.as_str());
        // Mastodon's clients know nothing of emoji reactions, and some stop at a type that they do not know: only those who
        // name it get it. Pleroma's clients name what they want by `include_types`.
        let asked = |kind| named(&self.types, kind) || named(&self.include_types, kind);
        let nothing_asked = self.types.is_empty() && self.include_types.is_empty();
        let wanted = |kind: &NotificationKind| {
            asked(*kind) || (nothing_asked && *kind != NotificationKind::EmojiReaction)
        };
        NotificationKind::ALL
            .iter()
            .copied()
            .filter(|kind| wanted(kind) && !named(&self.exclude_types, *kind))
            .collect()
    }
}

pub(crate) async fn list(
    app: Data<App>,
    reader: Reader<scope::ReadNotifications>,
    form: Params<Form>,
    paging: Paging<40>,
) -> Result<Paged<Notification>> {
    let selection = Selection {
        kinds: form.kinds(),
        from: form.account_id,
        include_filtered: form.include_filtered,
    };
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

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Unread {
    limit: Option<i64>,
}

#[derive(Debug, Serialize)]
pub(crate) struct Count {
    pub(crate) count: i64,
}

pub(crate) async fn unread_count(
    app: Data<App>,
    caller: Caller<scope::ReadNotifications>,
    form: Params<Unread>,
) -> Result<Json<Count>> {
    let most = form.limit.unwrap_or(100).clamp(1, 1000);
    Ok(Json(Count {
        count: notifications::unread(&app, caller.id(), most).await?,
    }))
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
