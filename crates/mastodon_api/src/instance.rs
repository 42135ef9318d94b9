//! What the server says of itself. Answered to everyone, however closed it is: without it no app can sign in.
//! <https://docs.joinmastodon.org/methods/instance/>

use actix_web::web::{Data, Json};
use kontor_actions::{App, accounts, instance, pushes};
use serde_json::{Value, json};

use crate::{
    Result,
    entities::{Instance, InstanceV1, Rule},
};

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
        &pushes::public_key(&app).await?,
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
        &pushes::public_key(&app).await?,
    )))
}

pub(crate) async fn peers(app: Data<App>) -> Result<Json<Vec<String>>> {
    Ok(Json(instance::peers(&app).await?))
}

pub(crate) async fn rules(app: Data<App>) -> Json<Vec<Rule>> {
    Json(Rule::all(&app.settings))
}

/// From each language to those it can be translated to: nothing is translated here, as `configuration.translation` says.
pub(crate) async fn translation_languages() -> Json<Value> {
    Json(json!({}))
}
