//! Who may tell a person something. <https://docs.joinmastodon.org/methods/notifications/#get-policy>,
//! <https://docs.joinmastodon.org/methods/notifications/#get-requests>

use actix_web::web::{Data, Json, Path};
use kontor_actions::{
    App,
    notification_requests::{self as action, Answer, PolicyChange},
};
use kontor_domain::{ids::NotificationRequestId, notification::PolicyAction};
use kontor_http::Params;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    Result,
    caller::Caller,
    entities::{NotificationPolicy, NotificationRequest, V1NotificationPolicy},
    ids::ids,
    paging::{Paged, Paging},
    scope,
};

pub(crate) async fn policy(
    app: Data<App>,
    caller: Caller<scope::ReadNotifications>,
) -> Result<Json<NotificationPolicy>> {
    Ok(Json(action::policy(&app, caller.id()).await?.into()))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
#[expect(clippy::struct_field_names, reason = "the parameters of the API")]
pub(crate) struct Form {
    for_not_following: Option<PolicyAction>,
    for_not_followers: Option<PolicyAction>,
    for_new_accounts: Option<PolicyAction>,
    for_private_mentions: Option<PolicyAction>,
    for_limited_accounts: Option<PolicyAction>,
    for_bots: Option<PolicyAction>,
}

pub(crate) async fn set_policy(
    app: Data<App>,
    caller: Caller<scope::WriteNotifications>,
    form: Params<Form>,
) -> Result<Json<NotificationPolicy>> {
    let change = PolicyChange {
        not_following: form.for_not_following,
        not_followers: form.for_not_followers,
        new_accounts: form.for_new_accounts,
        private_mentions: form.for_private_mentions,
        limited_accounts: form.for_limited_accounts,
        bots: form.for_bots,
    };
    let view = action::set_policy(&app, caller.id(), change).await?;
    Ok(Json(view.into()))
}

pub(crate) async fn v1_policy(
    app: Data<App>,
    caller: Caller<scope::ReadNotifications>,
) -> Result<Json<V1NotificationPolicy>> {
    Ok(Json(action::policy(&app, caller.id()).await?.into()))
}

/// The same as yes and no.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
#[expect(clippy::struct_field_names, reason = "the parameters of the API")]
pub(crate) struct V1Form {
    filter_not_following: Option<bool>,
    filter_not_followers: Option<bool>,
    filter_new_accounts: Option<bool>,
    filter_private_mentions: Option<bool>,
}

pub(crate) async fn set_v1_policy(
    app: Data<App>,
    caller: Caller<scope::WriteNotifications>,
    form: Params<V1Form>,
) -> Result<Json<V1NotificationPolicy>> {
    let says = |asked: Option<bool>| {
        asked.map(|filter| {
            if filter {
                PolicyAction::Filter
            } else {
                PolicyAction::Accept
            }
        })
    };
    let change = PolicyChange {
        not_following: says(form.filter_not_following),
        not_followers: says(form.filter_not_followers),
        new_accounts: says(form.filter_new_accounts),
        private_mentions: says(form.filter_private_mentions),
        ..PolicyChange::default()
    };
    let view = action::set_policy(&app, caller.id(), change).await?;
    Ok(Json(view.into()))
}

pub(crate) async fn list(
    app: Data<App>,
    caller: Caller<scope::ReadNotifications>,
    paging: Paging<40>,
) -> Result<Paged<NotificationRequest>> {
    let views = action::page(&app, caller.id(), paging.page).await?;
    let shown = views
        .iter()
        .map(|view| NotificationRequest::new(&app.site, caller.viewer(), view))
        .collect();
    Ok(paging.rows(views.iter().map(|view| view.request.id.0), shown))
}

pub(crate) async fn show(
    app: Data<App>,
    caller: Caller<scope::ReadNotifications>,
    id: Path<NotificationRequestId>,
) -> Result<Json<NotificationRequest>> {
    let view = action::get(&app, caller.id(), *id).await?;
    Ok(Json(NotificationRequest::new(
        &app.site,
        caller.viewer(),
        &view,
    )))
}

pub(crate) async fn accept(
    app: Data<App>,
    caller: Caller<scope::WriteNotifications>,
    id: Path<NotificationRequestId>,
) -> Result<Json<Value>> {
    action::answer(&app, caller.id(), vec![*id], Answer::Accept).await?;
    Ok(Json(json!({})))
}

pub(crate) async fn dismiss(
    app: Data<App>,
    caller: Caller<scope::WriteNotifications>,
    id: Path<NotificationRequestId>,
) -> Result<Json<Value>> {
    action::answer(&app, caller.id(), vec![*id], Answer::Dismiss).await?;
    Ok(Json(json!({})))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Ids {
    id: Vec<String>,
}

pub(crate) async fn accept_all(
    app: Data<App>,
    caller: Caller<scope::WriteNotifications>,
    form: Params<Ids>,
) -> Result<Json<Value>> {
    action::answer(&app, caller.id(), ids(&form.id), Answer::Accept).await?;
    Ok(Json(json!({})))
}

pub(crate) async fn dismiss_all(
    app: Data<App>,
    caller: Caller<scope::WriteNotifications>,
    form: Params<Ids>,
) -> Result<Json<Value>> {
    action::answer(&app, caller.id(), ids(&form.id), Answer::Dismiss).await?;
    Ok(Json(json!({})))
}

/// What is accepted is among the notifications at once: nothing is ever on its way.
pub(crate) async fn merged(_caller: Caller<scope::ReadNotifications>) -> Json<Value> {
    Json(json!({ "merged": true }))
}
