//! Looking for people, posts and hashtags at once. <https://docs.joinmastodon.org/methods/search/>

use actix_web::web::{Data, Json};
use kontor_actions::{App, search as action};
use kontor_domain::ids::{AccountId, PostId};
use kontor_http::Params;
use serde::Deserialize;

use crate::{
    Error, Result,
    caller::MaybeCaller,
    entities::{Account, Search, Status, Tag},
    paging::limit,
    scope,
};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Accounts,
    Hashtags,
    Statuses,
}

/// `exclude_unreviewed` is known and changes nothing: nobody reviews hashtags here.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Form {
    q: String,
    #[serde(rename = "type")]
    kind: Option<Kind>,
    resolve: bool,
    following: bool,
    account_id: Option<AccountId>,
    max_id: Option<PostId>,
    min_id: Option<PostId>,
    limit: Option<i64>,
    offset: i64,
}

impl Form {
    fn query(&self) -> action::Query {
        action::Query {
            text: self.q.clone(),
            kind: self.kind.map(|kind| match kind {
                Kind::Accounts => action::Kind::Accounts,
                Kind::Hashtags => action::Kind::Tags,
                Kind::Statuses => action::Kind::Posts,
            }),
            resolve: self.resolve,
            following: self.following,
            by: self.account_id,
            above: self.min_id,
            below: self.max_id,
            limit: limit(self.limit, 20),
            // Of several lists, each has a beginning of its own.
            offset: if self.kind.is_some() {
                self.offset.max(0)
            } else {
                0
            },
        }
    }
}

pub(crate) async fn search(
    app: Data<App>,
    caller: MaybeCaller<scope::ReadSearch>,
    form: Params<Form>,
) -> Result<Json<Search>> {
    if caller.person().is_none() && (form.resolve || form.offset > 0) {
        // Strangers must not make this server ask others, nor read it page by page.
        return Err(Error::unauthorized());
    }
    let results = action::search(&app, caller.viewer(), form.query()).await?;
    Ok(Json(Search {
        accounts: results
            .accounts
            .iter()
            .map(|account| Account::new(&app.site, account))
            .collect(),
        statuses: Status::all(&app.site, caller.viewer(), &results.posts),
        hashtags: Tag::all(&app.site, results.tags),
        collections: [],
    }))
}
