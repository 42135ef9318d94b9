//! Accounts, for those who look after people. <https://docs.joinmastodon.org/methods/admin/accounts/>

use actix_web::web::{Data, Json, Path};
use kontor_actions::{
    App,
    moderation::{self, Act, Measure, Origin, Selection, State},
    registrations,
};
use kontor_domain::ids::{AccountId, ReportId};
use kontor_http::Params;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    Error, Result,
    caller::Caller,
    entities::admin::AdminAccount,
    paging::{Paged, Paging},
    scope,
};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
#[expect(clippy::struct_excessive_bools, reason = "the parameters of the API")]
pub(crate) struct V1 {
    local: bool,
    remote: bool,
    active: bool,
    pending: bool,
    disabled: bool,
    silenced: bool,
    suspended: bool,
    staff: bool,
    username: Option<String>,
    display_name: Option<String>,
    by_domain: Option<String>,
    email: Option<String>,
    ip: String,
}

/// Of several states at once, none can hold.
pub(crate) async fn v1(
    app: Data<App>,
    caller: Caller<scope::AdminReadAccounts>,
    form: Params<V1>,
    paging: Paging<100>,
) -> Result<Paged<AdminAccount>> {
    let form = form.into_inner();
    let asked = [
        (form.active, State::Active),
        (form.pending, State::Pending),
        (form.disabled, State::Disabled),
        (form.silenced, State::Silenced),
        (form.suspended, State::Suspended),
    ];
    let mut states = asked
        .iter()
        .filter(|(asked, _)| *asked)
        .map(|(_, state)| *state);
    let state = states.next();
    if states.next().is_some() {
        return Err(Error::invalid("status", "can be only one"));
    }
    let origin = match (form.local, form.remote) {
        (true, false) => Some(Origin::Local),
        (false, true) => Some(Origin::Remote),
        _ => None,
    };
    let which = Selection {
        origin,
        state,
        staff: form.staff,
        username: given(form.username),
        display_name: given(form.display_name),
        email: given(form.email),
        domain: given(form.by_domain),
    };
    page(&app, &caller, which, &form.ip, &paging).await
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct V2 {
    origin: String,
    status: String,
    permissions: String,
    role_ids: Vec<String>,
    invited_by: String,
    username: Option<String>,
    display_name: Option<String>,
    by_domain: Option<String>,
    email: Option<String>,
    ip: String,
}

pub(crate) async fn v2(
    app: Data<App>,
    caller: Caller<scope::AdminReadAccounts>,
    form: Params<V2>,
    paging: Paging<100>,
) -> Result<Paged<AdminAccount>> {
    let form = form.into_inner();
    if !form.role_ids.is_empty() {
        return Err(Error::unsupported("role_ids"));
    }
    if !form.invited_by.is_empty() {
        return Err(Error::unsupported("invited_by"));
    }
    let which = Selection {
        origin: match form.origin.as_str() {
            "" => None,
            "local" => Some(Origin::Local),
            "remote" => Some(Origin::Remote),
            _ => return Err(Error::invalid("origin", "must be local or remote")),
        },
        state: match form.status.as_str() {
            "" => None,
            "active" => Some(State::Active),
            "pending" => Some(State::Pending),
            "disabled" => Some(State::Disabled),
            "silenced" => Some(State::Silenced),
            "suspended" => Some(State::Suspended),
            _ => return Err(Error::invalid("status", "is not included in the list")),
        },
        staff: match form.permissions.as_str() {
            "" => false,
            "staff" => true,
            _ => return Err(Error::invalid("permissions", "must be staff")),
        },
        username: given(form.username),
        display_name: given(form.display_name),
        email: given(form.email),
        domain: given(form.by_domain),
    };
    page(&app, &caller, which, &form.ip, &paging).await
}

fn given(text: Option<String>) -> Option<String> {
    text.map(|text| text.trim().to_owned())
        .filter(|text| !text.is_empty())
}

async fn page(
    app: &App,
    caller: &Caller<scope::AdminReadAccounts>,
    which: Selection,
    ip: &str,
    paging: &Paging<100>,
) -> Result<Paged<AdminAccount>> {
    // Nobody's addresses are kept.
    if !ip.is_empty() {
        return Err(Error::unsupported("ip"));
    }
    let views = moderation::page(app, caller.id(), which, paging.page).await?;
    let shown = views
        .iter()
        .map(|view| AdminAccount::new(&app.site, view))
        .collect();
    Ok(paging.rows(views.iter().map(|view| view.account.id.0), shown))
}

async fn one(app: &App, by: AccountId, id: AccountId) -> Result<Json<AdminAccount>> {
    let view = moderation::get(app, by, id).await?;
    Ok(Json(AdminAccount::new(&app.site, &view)))
}

pub(crate) async fn show(
    app: Data<App>,
    caller: Caller<scope::AdminReadAccounts>,
    id: Path<AccountId>,
) -> Result<Json<AdminAccount>> {
    one(&app, caller.id(), *id).await
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Action {
    #[serde(rename = "type")]
    kind: String,
    report_id: Option<ReportId>,
    warning_preset_id: String,
    text: String,
    /// By a notification and a mail: told, if nothing else is said.
    send_email_notification: Option<bool>,
}

pub(crate) async fn act(
    app: Data<App>,
    caller: Caller<scope::AdminWriteAccounts>,
    id: Path<AccountId>,
    form: Params<Action>,
) -> Result<Json<Value>> {
    if !form.warning_preset_id.is_empty() {
        return Err(Error::unsupported("warning_preset_id"));
    }
    let measure = match form.kind.as_str() {
        "none" => Measure::None,
        "disable" => Measure::Disable,
        "sensitive" => Measure::Sensitize,
        "silence" => Measure::Silence,
        "suspend" => Measure::Suspend,
        _ => return Err(Error::invalid("type", "is not included in the list")),
    };
    let form = form.into_inner();
    let act = Act {
        measure,
        report: form.report_id,
        text: form.text,
        told: form.send_email_notification.unwrap_or(true),
    };
    moderation::act(&app, caller.id(), *id, act).await?;
    Ok(Json(json!({})))
}

pub(crate) async fn approve(
    app: Data<App>,
    caller: Caller<scope::AdminWriteAccounts>,
    id: Path<AccountId>,
) -> Result<Json<AdminAccount>> {
    registrations::approve(&app, caller.id(), *id).await?;
    one(&app, caller.id(), *id).await
}

/// Answers with what the account was.
pub(crate) async fn reject(
    app: Data<App>,
    caller: Caller<scope::AdminWriteAccounts>,
    id: Path<AccountId>,
) -> Result<Json<AdminAccount>> {
    let before = one(&app, caller.id(), *id).await?;
    registrations::decline(&app, caller.id(), *id).await?;
    Ok(before)
}

pub(crate) async fn enable(
    app: Data<App>,
    caller: Caller<scope::AdminWriteAccounts>,
    id: Path<AccountId>,
) -> Result<Json<AdminAccount>> {
    moderation::enable(&app, caller.id(), *id).await?;
    one(&app, caller.id(), *id).await
}

pub(crate) async fn unsensitive(
    app: Data<App>,
    caller: Caller<scope::AdminWriteAccounts>,
    id: Path<AccountId>,
) -> Result<Json<AdminAccount>> {
    moderation::unsensitize(&app, caller.id(), *id).await?;
    one(&app, caller.id(), *id).await
}

pub(crate) async fn unsilence(
    app: Data<App>,
    caller: Caller<scope::AdminWriteAccounts>,
    id: Path<AccountId>,
) -> Result<Json<AdminAccount>> {
    moderation::unsilence(&app, caller.id(), *id).await?;
    one(&app, caller.id(), *id).await
}

pub(crate) async fn unsuspend(
    app: Data<App>,
    caller: Caller<scope::AdminWriteAccounts>,
    id: Path<AccountId>,
) -> Result<Json<AdminAccount>> {
    moderation::unsuspend(&app, caller.id(), *id).await?;
    one(&app, caller.id(), *id).await
}

pub(crate) async fn delete(
    app: Data<App>,
    caller: Caller<scope::AdminWriteAccounts>,
    id: Path<AccountId>,
) -> Result<Json<AdminAccount>> {
    let view = moderation::delete(&app, caller.id(), *id).await?;
    Ok(Json(AdminAccount::new(&app.site, &view)))
}
