//! Where a post went: an operation of this server alone, for the author and those who run the place.

use actix_web::web::{Data, Json, Path};
use kontor_actions::{App, deliveries};
use kontor_domain::ids::PostId;
use kontor_http::Params;
use serde::Deserialize;

use crate::{Result, caller::Caller, entities::Delivery, paging::limit, scope};

const PEERS: i64 = 100;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Form {
    /// The last peer of the page before.
    after: String,
    limit: Option<i64>,
}

pub(crate) async fn delivery(
    app: Data<App>,
    caller: Caller<scope::ReadStatuses>,
    id: Path<PostId>,
    form: Params<Form>,
) -> Result<Json<Delivery>> {
    let most = limit(form.limit, PEERS).max(1);
    let found = deliveries::of_post(&app, &caller.user, *id, form.after.clone(), most).await?;
    Ok(Json(Delivery::new(found, most)))
}
