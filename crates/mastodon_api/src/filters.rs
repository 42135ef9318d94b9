//! Filters of a person. Nobody can make one yet, so nobody has any. <https://docs.joinmastodon.org/methods/filters/>

use actix_web::web::Json;

use crate::{caller::Caller, entities::Never, scope};

/// For both versions of the API: an empty list is the same in each.
pub(crate) async fn list(_caller: Caller<scope::ReadFilters>) -> Json<[Never; 0]> {
    Json([])
}
