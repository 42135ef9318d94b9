//! What the server says of itself. Answered to everyone, however closed it is: without it no app can sign in.
//! <https://docs.joinmastodon.org/methods/instance/>

use actix_web::web::{Data, Json, Path};
use kontor_actions::{App, accounts, instance, pushes};
use kontor_http::Params;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    Error, Result,
    entities::{Document, Instance, InstanceV1, Language, Means, Rule, TermsOfService, Week},
};

async fn means(app: &App) -> Result<Means> {
    Ok(Means {
        push_key: pushes::public_key(app).await?,
        films: app.uploads.takes_films(),
    })
}

pub(crate) async fn v2(app: Data<App>) -> Result<Json<Instance>> {
    let (counts, actor) = (
        instance::counts(&app).await?,
        accounts::instance_actor(&app).await?,
    );
    Ok(Json(Instance::new(
        &app.site,
        &app.settings,
        counts,
        &actor,
        &means(&app).await?,
    )))
}

pub(crate) async fn v1(app: Data<App>) -> Result<Json<InstanceV1>> {
    let (counts, actor) = (
        instance::counts(&app).await?,
        accounts::instance_actor(&app).await?,
    );
    Ok(Json(InstanceV1::new(
        &app.site,
        &app.settings,
        counts,
        &actor,
        &means(&app).await?,
    )))
}

pub(crate) async fn peers(app: Data<App>) -> Result<Json<Vec<String>>> {
    Ok(Json(instance::peers(&app).await?))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct PeersForm {
    q: String,
}

pub(crate) async fn search_peers(
    app: Data<App>,
    form: Params<PeersForm>,
) -> Result<Json<Vec<String>>> {
    Ok(Json(instance::search_peers(&app, &form.q).await?))
}

pub(crate) async fn activity(app: Data<App>) -> Result<Json<Vec<Week>>> {
    let weeks = instance::activity(&app).await?;
    Ok(Json(weeks.into_iter().map(Week::from).collect()))
}

pub(crate) async fn languages() -> Json<Vec<Language>> {
    Json(Language::all())
}

pub(crate) async fn extended_description(app: Data<App>) -> Result<Json<Document>> {
    document(app.settings.about.extended_description.as_ref())
}

pub(crate) async fn privacy_policy(app: Data<App>) -> Result<Json<Document>> {
    document(app.settings.about.privacy_policy.as_ref())
}

/// What nobody wrote is not there.
fn document(text: Option<&kontor_actions::Document>) -> Result<Json<Document>> {
    text.map(|text| Json(Document::from(text)))
        .ok_or_else(Error::not_found)
}

pub(crate) async fn terms_of_service(app: Data<App>) -> Result<Json<TermsOfService>> {
    let (about, today) = (&app.settings.about, app.now().date());
    let terms = about.terms(today).ok_or_else(Error::not_found)?;
    Ok(Json(TermsOfService::new(about, terms, today)))
}

pub(crate) async fn terms_of_service_of(
    app: Data<App>,
    day: Path<String>,
) -> Result<Json<TermsOfService>> {
    let (about, today) = (&app.settings.about, app.now().date());
    let day = day.parse().map_err(|_| Error::not_found())?;
    let terms = about.terms_of(day).ok_or_else(Error::not_found)?;
    Ok(Json(TermsOfService::new(about, terms, today)))
}

pub(crate) async fn rules(app: Data<App>) -> Json<Vec<Rule>> {
    Json(Rule::all(&app.settings))
}

/// From each language to those it can be translated to: nothing is translated here, as `configuration.translation` says.
pub(crate) async fn translation_languages() -> Json<Value> {
    Json(json!({}))
}
