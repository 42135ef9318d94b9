//! What an account has posted. <https://docs.joinmastodon.org/methods/accounts/#statuses>

use actix_web::web::{Data, Path};
use kontor_actions::{
    App, accounts, communities, pins,
    timelines::{self, Narrow, Selection},
};
use kontor_domain::{ids::AccountId, text::hashtag::fold};
use kontor_http::Params;
use serde::Deserialize;

use crate::{
    Result,
    caller::MaybeCaller,
    entities::Status,
    favourites::kept,
    paging::{Paged, Paging},
    scope,
};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
#[expect(clippy::struct_excessive_bools, reason = "the parameters of the API")]
pub(crate) struct Form {
    exclude_replies: bool,
    exclude_reblogs: bool,
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
    let account = accounts::get(&app, *id).await?;
    communities::check_known(&app, caller.viewer(), account).await?;
    if form.pinned {
        let page = pins::page(&app, caller.viewer(), *id, paging.page).await?;
        return Ok(kept(&app, caller.viewer(), &paging, page));
    }
    let selection = match (form.exclude_replies, form.exclude_reblogs) {
        (false, false) => Selection::All,
        (true, false) => Selection::WithoutReplies,
        (false, true) => Selection::WithoutBoosts,
        (true, true) => Selection::Own,
    };
    let narrow = Narrow {
        only_media: form.only_media,
        tag: (!form.tagged.is_empty()).then(|| fold(&form.tagged)),
    };
    let which = (selection, narrow);
    let views = timelines::account_of(&app, caller.viewer(), *id, which, paging.page).await?;
    let ids = views.iter().map(|view| view.post.id.0);
    Ok(paging.timeline(ids, Status::all(&app.site, caller.viewer(), &views)))
}
