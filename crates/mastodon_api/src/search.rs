//! Looking for people, posts and hashtags at once. <https://docs.joinmastodon.org/methods/search/>

use actix_web::web::{Data, Json};
use kontor_actions::{
    App,
    search::{self as action, Results},
};
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

pub(crate) async fn search(
    app: Data<App>,
    caller: MaybeCaller<scope::ReadSearch>,
    form: Params<Form>,
) -> Result<Json<Search>> {
    if caller.person().is_none() && (form.resolve || form.offset > 0) {
        // Strangers must not make this server ask others, nor read it page by page.
        return Err(Error::unauthorized());
    }
    let query = action::Query {
        text: form.q.clone(),
        resolve: form.resolve,
        limit: limit(form.limit, 20),
        offset: form.offset.max(0),
    };
    let mut results = action::search(&app, caller.viewer(), query).await?;
    narrow(&form, &mut results);
    if form.following
        && let Some(by) = caller.person()
    {
        results.accounts = action::only_followed(&app, by, results.accounts).await?;
    }
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

fn narrow(form: &Form, results: &mut Results) {
    let wanted = |kind| form.kind.is_none_or(|only| only == kind);
    if !wanted(Kind::Accounts) {
        results.accounts.clear();
    }
    if !wanted(Kind::Hashtags) {
        results.tags.clear();
    }
    results.posts.retain(|view| {
        wanted(Kind::Statuses)
            && form
                .account_id
                .is_none_or(|author| view.post.account_id == author)
            && form.max_id.is_none_or(|max| view.post.id < max)
            && form.min_id.is_none_or(|min| view.post.id > min)
    });
}
