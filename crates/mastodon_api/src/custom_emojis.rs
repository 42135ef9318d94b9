//! Emojis of this server's own. There are none, and no way to make one yet.
//! <https://docs.joinmastodon.org/methods/custom_emojis/>

use actix_web::web::Json;

use crate::entities::Never;

pub(crate) async fn list() -> Json<[Never; 0]> {
    Json([])
}
