//! Those who want to be found. <https://docs.joinmastodon.org/methods/directory/>

use actix_web::web::{Data, Json};
use kontor_actions::{
    App,
    directory::{self, Order, Part, Whose},
};
use kontor_http::Params;
use serde::Deserialize;

use crate::{Error, Result, caller::MaybeCaller, entities::Account, paging::limit, scope};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Form {
    limit: Option<i64>,
    offset: i64,
    order: String,
    local: bool,
}

pub(crate) async fn list(
    app: Data<App>,
    caller: MaybeCaller<scope::ReadAccounts>,
    form: Params<Form>,
) -> Result<Json<Vec<Account>>> {
    let part = Part {
        order: match form.order.as_str() {
            "" | "active" => Order::Active,
            "new" => Order::New,
            _ => return Err(Error::invalid("order", "must be active or new")),
        },
        whose: if form.local {
            Whose::Local
        } else {
            Whose::Everybody
        },
        limit: limit(form.limit, 40),
        offset: form.offset.max(0),
    };
    let found = directory::part(&app, caller.viewer(), part).await?;
    Ok(Json(Account::all(&app.site, &found)))
}
