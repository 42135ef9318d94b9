//! What people talk about, as it is counted here. <https://docs.joinmastodon.org/methods/trends/>

use actix_web::web::{Data, Json};
use kontor_actions::{
    App,
    trends::{self, Part},
};
use kontor_http::Params;
use serde::Deserialize;

use crate::{
    Result,
    caller::MaybeCaller,
    entities::{Never, Tag, TrendingLink},
    paging::limit,
    scope,
};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Form {
    limit: Option<i64>,
    offset: i64,
}

impl Form {
    fn part(&self, default: i64) -> Part {
        Part {
            limit: limit(self.limit, default),
            offset: self.offset.max(0),
        }
    }
}

pub(crate) async fn tags(
    app: Data<App>,
    caller: MaybeCaller<scope::ReadFollows>,
    form: Params<Form>,
) -> Result<Json<Vec<Tag>>> {
    let views = trends::tags(&app, caller.person(), form.part(10)).await?;
    Ok(Json(Tag::all(&app.site, views)))
}

/// Always none: no post is held up here for how often it was passed on or liked. Clients take an empty list; a 404 breaks the
/// page on which they show what is in it.
pub(crate) async fn statuses(_caller: MaybeCaller<scope::ReadStatuses>) -> Json<[Never; 0]> {
    Json([])
}

pub(crate) async fn links(
    app: Data<App>,
    _caller: MaybeCaller<scope::ReadStatuses>,
    form: Params<Form>,
) -> Result<Json<Vec<TrendingLink>>> {
    let views = trends::links(&app, form.part(10)).await?;
    Ok(Json(TrendingLink::all(&app.site, views)))
}
