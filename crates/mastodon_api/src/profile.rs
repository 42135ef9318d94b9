//! One's own profile. <https://docs.joinmastodon.org/methods/profile/>

use actix_web::web::{Data, Json};
use kontor_actions::{
    App,
    accounts::{self, ProfileChange},
};
use kontor_domain::ids::AccountId;
use kontor_http::Params;

use crate::{
    Result,
    accounts::{credentials, own},
    caller::Caller,
    entities::{CredentialAccount, Profile},
    scope,
};

pub(crate) async fn show(
    app: Data<App>,
    caller: Caller<scope::ReadOwnAccount>,
) -> Result<Json<Profile>> {
    profile(&app, caller.id()).await
}

async fn profile(app: &App, id: AccountId) -> Result<Json<Profile>> {
    Ok(Json(Profile::new(&accounts::get(app, id).await?)))
}

pub(crate) async fn change(
    app: Data<App>,
    caller: Caller<scope::WriteAccounts>,
    form: Params<credentials::Form>,
) -> Result<Json<Profile>> {
    credentials::apply(&app, caller.id(), form).await?;
    profile(&app, caller.id()).await
}

pub(crate) async fn delete_avatar(
    app: Data<App>,
    caller: Caller<scope::WriteAccounts>,
) -> Result<Json<CredentialAccount>> {
    let change = ProfileChange {
        avatar: Some(None),
        ..ProfileChange::default()
    };
    accounts::update_profile(&app, caller.id(), change).await?;
    own(&app, caller.id()).await
}

pub(crate) async fn delete_header(
    app: Data<App>,
    caller: Caller<scope::WriteAccounts>,
) -> Result<Json<CredentialAccount>> {
    let change = ProfileChange {
        header: Some(None),
        ..ProfileChange::default()
    };
    accounts::update_profile(&app, caller.id(), change).await?;
    own(&app, caller.id()).await
}
