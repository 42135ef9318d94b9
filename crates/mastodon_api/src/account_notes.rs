//! What a person remembers of another. <https://docs.joinmastodon.org/methods/accounts/#note>

use actix_web::web::{Data, Json, Path};
use kontor_actions::{App, account_notes};
use kontor_domain::ids::AccountId;
use kontor_http::Params;
use serde::Deserialize;

use crate::{Result, caller::Caller, entities::Relationship, follows::relationship, scope};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Form {
    comment: String,
}

pub(crate) async fn set(
    app: Data<App>,
    caller: Caller<scope::WriteAccounts>,
    id: Path<AccountId>,
    form: Params<Form>,
) -> Result<Json<Relationship>> {
    account_notes::set(&app, caller.id(), *id, &form.comment).await?;
    relationship(&app, caller.id(), *id).await
}
