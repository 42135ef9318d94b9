//! Emojis of this server's own. <https://docs.joinmastodon.org/methods/custom_emojis/>

use actix_web::web::{Data, Json};
use kontor_actions::{App, custom_emojis};

use crate::{Result, entities::CustomEmoji};

pub(crate) async fn list(app: Data<App>) -> Result<Json<Vec<CustomEmoji>>> {
    let own = custom_emojis::list(&app).await?;
    Ok(Json(CustomEmoji::all(&app.site, &own)))
}
