//! The names that Mitra has for communities beside Mastodon's API, so that a client written for one works with the other. They show
//! accounts and posts as everywhere; what is particular to a community has names of its own under `/api/kontor`.

use actix_web::web::{Data, Json, Path};
use kontor_actions::{
    App,
    communities::{self, Edit, Joined, NewCommunity},
    timelines,
};
use kontor_domain::{community::CommunityRole, ids::AccountId};
use kontor_http::Params;
use serde::{Deserialize, Serialize};

use crate::{
    Error, Result,
    accounts::shown_one,
    caller::Caller,
    entities::{Account, Status},
    paging::{Paged, Paging},
    scope,
    timelines::shown,
};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct New {
    name: String,
    description: Option<String>,
}

pub(crate) async fn create(
    app: Data<App>,
    caller: Caller<scope::WriteAccounts>,
    form: Params<New>,
) -> Result<Json<Account>> {
    let form = form.into_inner();
    let new = NewCommunity {
        description: form.description.unwrap_or_default(),
        ..NewCommunity::named(&form.name, caller.id())
    };
    let account = communities::create(&app, new, false).await?;
    Ok(Json(shown_one(&app, &account).await?))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Which {
    filter: Option<String>,
    offset: i64,
}

/// Those that one belongs to, or looks after. Pages go by the `Link` header.
pub(crate) async fn followed(
    app: Data<App>,
    caller: Caller<scope::ReadFollows>,
    which: Params<Which>,
    paging: Paging<40>,
) -> Result<Paged<Account>> {
    if which.offset != 0 {
        return Err(Error::unsupported("offset"));
    }
    let which = match which.filter.as_deref() {
        None | Some("" | "following") => Joined::All,
        Some("moderating") => Joined::LookedAfter,
        Some(_) => {
            return Err(Error::invalid(
                "filter",
                "is neither `following` nor `moderating`",
            ));
        }
    };
    let rows = communities::joined(&app, caller.id(), which, paging.page).await?;
    let accounts = rows
        .iter()
        .map(|(_, view)| Account::new(&app.site, &view.account))
        .collect();
    Ok(paging.rows(rows.iter().map(|(row, _)| *row), accounts))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Change {
    description: Option<String>,
}

pub(crate) async fn edit(
    app: Data<App>,
    caller: Caller<scope::WriteAccounts>,
    id: Path<AccountId>,
    form: Params<Change>,
) -> Result<Json<Account>> {
    let edit = Edit {
        description: form.into_inner().description,
        ..Edit::default()
    };
    communities::edit(&app, caller.id(), *id, edit).await?;
    let view = communities::get(&app, Some(caller.id()), *id).await?;
    Ok(Json(shown_one(&app, &view.account).await?))
}

#[derive(Debug, Serialize)]
pub(crate) struct Source {
    description: String,
}

/// Of whoever may change it.
pub(crate) async fn source(
    app: Data<App>,
    caller: Caller<scope::ReadAccounts>,
    id: Path<AccountId>,
) -> Result<Json<Source>> {
    let view = communities::get(&app, Some(caller.id()), *id).await?;
    if view.role != Some(CommunityRole::Owner) {
        return Err(Error::not_found());
    }
    Ok(Json(Source {
        description: view.account.note_source,
    }))
}

#[derive(Debug, Serialize)]
pub(crate) struct Affiliation {
    account: Account,
    affiliation: &'static str,
}

/// Whoever looks after it. Everybody else is among the account's followers.
pub(crate) async fn members(
    app: Data<App>,
    caller: Caller<scope::ReadAccounts>,
    id: Path<AccountId>,
) -> Result<Json<Vec<Affiliation>>> {
    let view = communities::get(&app, Some(caller.id()), *id).await?;
    let moderators = view.moderators.iter();
    Ok(Json(
        moderators
            .map(|(_, account)| Affiliation {
                account: Account::new(&app.site, account),
                affiliation: "admin",
            })
            .collect(),
    ))
}

/// What is posted in it, threads and answers.
pub(crate) async fn timeline(
    app: Data<App>,
    caller: Caller<scope::ReadStatuses>,
    id: Path<AccountId>,
    paging: Paging<20>,
) -> Result<Paged<Status>> {
    communities::get(&app, Some(caller.id()), *id).await?;
    let views = timelines::community(&app, caller.viewer(), *id, paging.page).await?;
    Ok(shown(&app, caller.viewer(), &paging, &views))
}
