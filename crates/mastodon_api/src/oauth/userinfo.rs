//! Who a token speaks for, by the names of `OpenID` Connect. <https://docs.joinmastodon.org/methods/oauth/#userinfo>

use actix_web::web::{Data, Json};
use kontor_actions::App;
use serde_json::{Value, json};

use crate::{caller::Caller, entities::Account, scope};

pub(crate) async fn userinfo(app: Data<App>, caller: Caller<scope::Profile>) -> Json<Value> {
    let account = Account::new(&app.site, &caller.account);
    Json(json!({
        "iss": app.site.url("/"),
        "sub": account.uri,
        "name": account.display_name,
        "preferred_username": account.username,
        "profile": account.url,
        "picture": account.avatar,
    }))
}
