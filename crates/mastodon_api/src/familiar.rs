//! Followers of others whom one follows. <https://docs.joinmastodon.org/methods/accounts/#familiar_followers>

use actix_web::web::{Data, Json};
use kontor_actions::{App, familiar};
use kontor_http::Params;
use serde::Deserialize;

use crate::{Result, caller::Caller, entities::FamiliarFollowers, ids::ids, scope};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Form {
    id: Vec<String>,
}

pub(crate) async fn followers(
    app: Data<App>,
    caller: Caller<scope::ReadFollows>,
    form: Params<Form>,
) -> Result<Json<Vec<FamiliarFollowers>>> {
    let found = familiar::followers(&app, caller.id(), ids(&form.id)).await?;
    let shown = found
        .iter()
        .map(|(id, followers)| FamiliarFollowers::new(&app.site, *id, followers));
    Ok(Json(shown.collect()))
}
