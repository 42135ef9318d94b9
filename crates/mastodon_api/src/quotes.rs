//! Who quotes a post, and who may. <https://docs.joinmastodon.org/methods/statuses/#quotes>, `#revoke_quote`,
//! `#edit_interaction_policy`.

use actix_web::web::{Data, Json, Path};
use kontor_actions::{
    App, posts,
    quotes::{self, Word},
};
use kontor_domain::{
    ids::PostId,
    quote::{Policy, QuotePolicy},
};
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
    /// Kontor's own.
    quote_review_policy: String,
}

pub(crate) async fn set_policy(
    app: Data<App>,
    caller: Caller<scope::WriteStatuses>,
    id: Path<PostId>,
    form: Params<Form>,
) -> Result<Json<Status>> {
    let wanted = match (
        policy("quote_approval_policy", &form.quote_approval_policy)?,
        policy("quote_review_policy", &form.quote_review_policy)?,
    ) {
        (Some(automatic), None) => quotes::with_automatic(&app, *id, automatic).await?,
        (automatic, manual) => Policy::said(automatic, manual)
            .ok_or_else(|| Error::invalid("quote_approval_policy", "can't be blank"))?,
    };
    quotes::set_policy(&app, caller.id(), *id, wanted).await?;
    let view = posts::get(&app, caller.viewer(), *id).await?;
    Ok(Json(Status::new(&app.site, caller.viewer(), &view)))
}

/// `None`: nothing is said.
pub(crate) fn policy(field: &'static str, text: &str) -> Result<Option<QuotePolicy>> {
    match text.trim() {
        "" => Ok(None),
        word => word
            .parse()
            .map(Some)
            .map_err(|_| Error::invalid(field, "must be public, followers or nobody")),
    }
}

/// `GET /api/kontor/v1/quote_requests`: the posts that wait for the caller's leave to quote theirs.
pub(crate) async fn requests(
    app: Data<App>,
    caller: Caller<scope::ReadStatuses>,
    paging: Paging<20>,
) -> Result<Paged<Status>> {
    let views = quotes::requests(&app, caller.id(), paging.page).await?;
    Ok(paging.timeline(
        views.iter().map(|view| view.post.id.0),
        Status::all(&app.site, caller.viewer(), &views),
    ))
}

/// `POST /api/kontor/v1/quote_requests/{id}/accept`: the id is that of the post that quotes, which is answered.
pub(crate) async fn accept(
    app: Data<App>,
    caller: Caller<scope::WriteStatuses>,
    id: Path<PostId>,
) -> Result<Json<Status>> {
    answered(&app, &caller, *id, Word::Accept).await
}

/// `POST /api/kontor/v1/quote_requests/{id}/reject`
pub(crate) async fn reject(
    app: Data<App>,
    caller: Caller<scope::WriteStatuses>,
    id: Path<PostId>,
) -> Result<Json<Status>> {
    answered(&app, &caller, *id, Word::Reject).await
}

async fn answered(
    app: &App,
    caller: &Caller<scope::WriteStatuses>,
    id: PostId,
    word: Word,
) -> Result<Json<Status>> {
    // What one may not read, one is not asked about.
    posts::get(app, caller.viewer(), id).await?;
    quotes::answer(app, caller.id(), id, word).await?;
    let view = posts::get(app, caller.viewer(), id).await?;
    Ok(Json(Status::new(&app.site, caller.viewer(), &view)))
}
