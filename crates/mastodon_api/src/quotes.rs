//! Who quotes a post, and who may. <https://docs.joinmastodon.org/methods/statuses/#quotes>, `#revoke_quote`,
//! `#edit_interaction_policy`.

use actix_web::web::{Data, Json, Path};
use kontor_actions::{App, posts, quotes};
use kontor_domain::{ids::PostId, quote::QuotePolicy};
use kontor_http::Params;
use serde::Deserialize;

use crate::{
    Error, Result,
    caller::{Caller, MaybeCaller},
    entities::Status,
    paging::{Paged, Paging},
    scope,
};

pub(crate) async fn list(
    app: Data<App>,
    caller: MaybeCaller<scope::ReadStatuses>,
    id: Path<PostId>,
    paging: Paging<20>,
) -> Result<Paged<Status>> {
    let views = quotes::page(&app, caller.viewer(), *id, paging.page).await?;
    Ok(paging.timeline(
        views.iter().map(|view| view.post.id.0),
        Status::all(&app.site, caller.viewer(), &views),
    ))
}

/// Answers the post that quoted.
pub(crate) async fn revoke(
    app: Data<App>,
    caller: Caller<scope::WriteStatuses>,
    path: Path<(PostId, PostId)>,
) -> Result<Json<Status>> {
    let (quoted, quoting) = path.into_inner();
    quotes::revoke(&app, caller.id(), quoted, quoting).await?;
    let view = posts::get(&app, caller.viewer(), quoting).await?;
    Ok(Json(Status::new(&app.site, caller.viewer(), &view)))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Form {
    quote_approval_policy: String,
}

pub(crate) async fn set_policy(
    app: Data<App>,
    caller: Caller<scope::WriteStatuses>,
    id: Path<PostId>,
    form: Params<Form>,
) -> Result<Json<Status>> {
    let wanted = policy(&form.quote_approval_policy)?
        .ok_or_else(|| Error::invalid("quote_approval_policy", "can't be blank"))?;
    quotes::set_policy(&app, caller.id(), *id, wanted).await?;
    let view = posts::get(&app, caller.viewer(), *id).await?;
    Ok(Json(Status::new(&app.site, caller.viewer(), &view)))
}

/// `None`: nothing is said.
pub(crate) fn policy(text: &str) -> Result<Option<QuotePolicy>> {
    match text.trim() {
        "" => Ok(None),
        word => word.parse().map(Some).map_err(|_| {
            Error::invalid(
                "quote_approval_policy",
                "must be public, followers or nobody",
            )
        }),
    }
}
