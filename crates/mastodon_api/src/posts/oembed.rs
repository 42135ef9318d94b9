//! A post for other websites. <https://docs.joinmastodon.org/methods/oembed/>

use actix_web::web::{Data, Json};
use kontor_actions::{App, posts};
use kontor_http::Params;
use serde::Deserialize;

use crate::{Result, entities::OEmbed};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Form {
    url: String,
    maxwidth: Option<u32>,
}

/// Only of what everyone may read.
pub(crate) async fn oembed(app: Data<App>, form: Params<Form>) -> Result<Json<OEmbed>> {
    const WIDTH: u32 = 400;
    let view = posts::by_address(&app, &form.url).await?;
    let width = form.maxwidth.unwrap_or(WIDTH).min(WIDTH);
    Ok(Json(OEmbed::new(&app.site, &view, width)))
}
