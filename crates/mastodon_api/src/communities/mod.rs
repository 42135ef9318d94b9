//! Communities: what they are and who belongs to them. Looking after them is in `moderation`.
//! Described in docs/communities.openapi.json.

pub(crate) mod groups;
mod moderation;

use actix_web::web::{Data, Json, Path};
use kontor_actions::{
    App,
    accounts::Picture,
    communities::{self, Edit, NewCommunity},
    follows::{self, Options, Wish},
};
use kontor_domain::{
    community::{Access, Posting},
    ids::AccountId,
};
use kontor_http::Params;
use serde::Deserialize;

pub(crate) use moderation::{
    add_moderator, answer, appeal, appeals, archive, authorize, ban, bans, delete, feature, log,
    post, reject, remove_moderator, reports, requests, resolve, set_role, transfer, unarchive,
    unban, unfeature,
};

use crate::{
    Error, Result,
    accounts::credentials::pictures,
    caller::{Caller, MaybeCaller},
    entities::{Account, Community},
    follows::listed,
    paging::{Paged, Paging},
    scope,
};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Which {
    joined: bool,
    featured: bool,
}

/// Those of this instance, those of them that it features, or those that one belongs to.
pub(crate) async fn list(
    app: Data<App>,
    caller: MaybeCaller<scope::ReadAccounts>,
    which: Params<Which>,
    paging: Paging<40>,
) -> Result<Paged<Community>> {
    let viewer = caller.viewer().account();
    if which.joined {
        let member = viewer.ok_or_else(Error::unauthorized)?;
        let rows = communities::joined(&app, member, communities::Joined::All, paging.page).await?;
        let shown = rows
            .iter()
            .map(|(_, view)| Community::new(&app.site, view))
            .collect();
        return Ok(paging.rows(rows.iter().map(|(row, _)| *row), shown));
    }
    let wanted = if which.featured {
        communities::Which::Featured
    } else {
        communities::Which::Listed
    };
    let views = communities::ours(&app, viewer, wanted, paging.page).await?;
    let shown = views
        .iter()
        .map(|view| Community::new(&app.site, view))
        .collect();
    Ok(paging.rows(views.iter().map(|view| view.account.id.0), shown))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct New {
    name: String,
    title: String,
    description: String,
    purpose: String,
    rules: String,
    languages: Vec<String>,
    access: Option<String>,
    posting: Option<String>,
    names_moderators: Option<bool>,
    /// The name of the file, where one came.
    icon: String,
    banner: String,
}

fn access(word: Option<&str>) -> Result<Option<Access>> {
    word.map(str::parse)
        .transpose()
        .map_err(|why: String| Error::invalid("access", why))
}

fn posting(word: Option<&str>) -> Result<Option<Posting>> {
    word.map(str::parse)
        .transpose()
        .map_err(|why: String| Error::invalid("posting", why))
}

pub(crate) async fn create(
    app: Data<App>,
    caller: Caller<scope::WriteAccounts>,
    form: Params<New>,
) -> Result<Json<Community>> {
    let named = [
        (Picture::Avatar, form.icon.as_str()),
        (Picture::Header, form.banner.as_str()),
    ];
    let pictures = pictures(form.files(), Picture::in_community, named)?;
    let form = form.into_inner();
    let new = NewCommunity {
        title: form.title,
        description: form.description,
        purpose: form.purpose,
        rules: form.rules,
        languages: form.languages,
        access: access(form.access.as_deref())?.unwrap_or(Access::Public),
        posting: posting(form.posting.as_deref())?.unwrap_or(Posting::Anyone),
        names_moderators: form.names_moderators.unwrap_or(true),
        ..NewCommunity::named(&form.name, caller.id())
    };
    let account = communities::create_with_pictures(&app, new, pictures).await?;
    show(&app, Some(caller.id()), account.id).await
}

async fn show(app: &App, viewer: Option<AccountId>, id: AccountId) -> Result<Json<Community>> {
    let view = communities::get(app, viewer, id).await?;
    Ok(Json(Community::new(&app.site, &view)))
}

pub(crate) async fn get(
    app: Data<App>,
    caller: MaybeCaller<scope::ReadAccounts>,
    id: Path<AccountId>,
) -> Result<Json<Community>> {
    show(&app, caller.viewer().account(), *id).await
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Change {
    title: Option<String>,
    description: Option<String>,
    purpose: Option<String>,
    rules: Option<String>,
    languages: Option<Vec<String>>,
    access: Option<String>,
    posting: Option<String>,
    names_moderators: Option<bool>,
    /// The name of the file, where one came.
    icon: String,
    banner: String,
}

pub(crate) async fn edit(
    app: Data<App>,
    caller: Caller<scope::WriteAccounts>,
    id: Path<AccountId>,
    form: Params<Change>,
) -> Result<Json<Community>> {
    let named = [
        (Picture::Avatar, form.icon.as_str()),
        (Picture::Header, form.banner.as_str()),
    ];
    let pictures = pictures(form.files(), Picture::in_community, named)?;
    let form = form.into_inner();
    let edit = Edit {
        access: access(form.access.as_deref())?,
        posting: posting(form.posting.as_deref())?,
        title: form.title,
        description: form.description,
        purpose: form.purpose,
        rules: form.rules,
        languages: form.languages,
        names_moderators: form.names_moderators,
        ..Edit::default()
    };
    communities::edit_with_pictures(&app, caller.id(), *id, edit, pictures).await?;
    show(&app, Some(caller.id()), *id).await
}

/// It is shown with the picture that is drawn for it again.
pub(crate) async fn delete_icon(
    app: Data<App>,
    caller: Caller<scope::WriteAccounts>,
    id: Path<AccountId>,
) -> Result<Json<Community>> {
    let edit = Edit {
        icon: Some(None),
        ..Edit::default()
    };
    communities::edit(&app, caller.id(), *id, edit).await?;
    show(&app, Some(caller.id()), *id).await
}

pub(crate) async fn delete_banner(
    app: Data<App>,
    caller: Caller<scope::WriteAccounts>,
    id: Path<AccountId>,
) -> Result<Json<Community>> {
    let edit = Edit {
        banner: Some(None),
        ..Edit::default()
    };
    communities::edit(&app, caller.id(), *id, edit).await?;
    show(&app, Some(caller.id()), *id).await
}

/// The same as following its account.
pub(crate) async fn join(
    app: Data<App>,
    caller: Caller<scope::WriteFollows>,
    id: Path<AccountId>,
) -> Result<Json<Community>> {
    communities::get(&app, Some(caller.id()), *id).await?;
    let wish = Wish {
        follower: caller.id(),
        target: *id,
        uri: None,
        options: Options {
            show_reblogs: None,
            notify: None,
            languages: None,
        },
    };
    follows::follow(&app, wish).await?;
    show(&app, Some(caller.id()), *id).await
}

pub(crate) async fn leave(
    app: Data<App>,
    caller: Caller<scope::WriteFollows>,
    id: Path<AccountId>,
) -> Result<Json<Community>> {
    communities::get(&app, Some(caller.id()), *id).await?;
    follows::unfollow(&app, caller.id(), *id).await?;
    show(&app, Some(caller.id()), *id).await
}

pub(crate) async fn members(
    app: Data<App>,
    caller: MaybeCaller<scope::ReadAccounts>,
    id: Path<AccountId>,
    paging: Paging<40>,
) -> Result<Paged<Account>> {
    let rows = communities::members(&app, caller.viewer().account(), *id, paging.page).await?;
    Ok(listed(&app, &paging, &rows))
}
