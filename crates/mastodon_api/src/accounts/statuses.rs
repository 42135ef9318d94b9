//! What an account has posted. <https://docs.joinmastodon.org/methods/accounts/#statuses>

use actix_web::web::{Data, Path};
use kontor_actions::{
    App, accounts,
    timelines::{self, Selection},
};
use kontor_domain::{ids::AccountId, text::hashtag::fold};
use kontor_http::Params;
use serde::Deserialize;

use crate::{
    Result,
    caller::MaybeCaller,
    entities::Status,
    paging::{Paged, Paging},
    scope,
};

/// `exclude_reblogs` excludes nothing: there are no reblogs here.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Form {
    exclude_replies: bool,
    pinned: bool,
    only_media: bool,
    tagged: String,
}

pub(crate) async fn statuses(
    app: Data<App>,
    caller: MaybeCaller<scope::ReadStatuses>,
    id: Path<AccountId>,
    form: Params<Form>,
    paging: Paging<20>,
) -> Result<Paged<Status>> {
    accounts::get(&app, *id).await?;
    if form.pinned || form.only_media {
        // Posts are neither pinned here nor have they media.
        return Ok(Paged::empty());
    }
    let selection = if form.exclude_replies {
        Selection::WithoutReplies
    } else {
        Selection::All
    };
    let mut views = timelines::account(&app, caller.viewer(), *id, selection, paging.page).await?;
    let ids: Vec<i64> = views.iter().map(|view| view.post.id.0).collect();
    if !form.tagged.is_empty() {
        let tag = fold(&form.tagged);
        views.retain(|view| view.tags.contains(&tag));
    }
    Ok(paging.timeline(ids, Status::all(&app.site, caller.viewer(), &views)))
}
