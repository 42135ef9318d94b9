//! What a person has set. <https://docs.joinmastodon.org/methods/preferences/>

use actix_web::web::Json;

use crate::{caller::Caller, entities::Preferences, scope};

pub(crate) async fn get(caller: Caller<scope::ReadAccounts>) -> Json<Preferences> {
    Json(Preferences::from(&caller.user))
}
