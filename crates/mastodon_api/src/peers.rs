//! Other servers, as this one stands to them. <https://docs.joinmastodon.org/methods/instance/#domain_blocks>

use actix_web::web::{Data, Json};
use kontor_actions::{App, peers};

use crate::{Result, entities::DomainBlock};

/// What is blocked and limited, for everyone to see; the reasons are those that were written for everyone.
pub(crate) async fn domain_blocks(app: Data<App>) -> Result<Json<Vec<DomainBlock>>> {
    let policies = peers::list(&app).await?;
    Ok(Json(policies.iter().filter_map(DomainBlock::new).collect()))
}
