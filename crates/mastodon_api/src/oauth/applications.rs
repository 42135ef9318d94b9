//! <https://docs.joinmastodon.org/methods/apps/>

use actix_web::web::{Data, Json};
use kontor_actions::{
    App,
    oauth::{self, NewApplication},
    pushes,
};
use kontor_domain::scope::Scopes;
use kontor_http::Params;
use serde::Deserialize;

use crate::{
    Error, Result,
    caller::AnyCaller,
    entities::{Application, CredentialApplication},
    scope,
};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Form {
    client_name: String,
    /// One, or several in a list or in lines.
    redirect_uris: Vec<String>,
    scopes: String,
    website: String,
}

pub(crate) async fn create(
    app: Data<App>,
    form: Params<Form>,
) -> Result<Json<CredentialApplication>> {
    let form = form.into_inner();
    let scopes = if form.scopes.trim().is_empty() {
        "read"
    } else {
        form.scopes.as_str()
    };
    let scopes: Scopes = scopes
        .parse()
        .map_err(|why: String| Error::invalid("scopes", why))?;
    let redirect_uris = form
        .redirect_uris
        .iter()
        .flat_map(|uris| uris.split_whitespace())
        .map(str::to_owned)
        .collect();
    let website = Some(form.website.trim().to_owned()).filter(|website| !website.is_empty());
    let new = NewApplication {
        name: form.client_name,
        website,
        redirect_uris,
        scopes,
    };
    let registered = oauth::register(&app, new).await?;
    let key = pushes::public_key(&app).await?;
    Ok(Json(CredentialApplication::new(registered, key)))
}

/// A token made on the command line belongs to no application, so there is none to show.
pub(crate) async fn verify_credentials(
    app: Data<App>,
    caller: AnyCaller<scope::Nothing>,
) -> Result<Json<Application>> {
    let application = caller.application.clone().ok_or_else(Error::not_found)?;
    let key = pushes::public_key(&app).await?;
    Ok(Json(Application::new(application, key)))
}
