//! Posts, newest first: those that a person follows, all public ones, those with a hashtag.
//! <https://docs.joinmastodon.org/methods/timelines/>

use actix_web::web::{Data, Path};
use kontor_actions::{
    App,
    posts::PostView,
    timelines::{self, Origin},
};
use kontor_domain::{audience::Viewer, text::hashtag::fold};
use kontor_http::Params;
use serde::Deserialize;

use crate::{
    Error, Result,
    caller::{Caller, MaybeCaller},
    entities::Status,
    paging::{Paged, Paging},
    scope,
};

pub(crate) async fn home(
    app: Data<App>,
    caller: Caller<scope::ReadStatuses>,
    paging: Paging<20>,
) -> Result<Paged<Status>> {
    let views = timelines::home(&app, caller.id(), paging.page).await?;
    Ok(shown(&app, caller.viewer(), &paging, &views))
}

pub(crate) fn shown(
    app: &App,
    viewer: Viewer,
    paging: &Paging<20>,
    views: &[PostView],
) -> Paged<Status> {
    paging.timeline(
        views.iter().map(|view| view.post.id.0),
        Status::all(&app.site, viewer, views),
    )
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Public {
    local: bool,
    remote: bool,
    only_media: bool,
}

/// Of both at once, Mastodon takes `local`.
fn origin(local: bool, remote: bool) -> Origin {
    match (local, remote) {
        (true, _) => Origin::Local,
        (false, true) => Origin::Remote,
        (false, false) => Origin::Everywhere,
    }
}

pub(crate) async fn public(
    app: Data<App>,
    caller: MaybeCaller<scope::ReadStatuses>,
    form: Params<Public>,
    paging: Paging<20>,
) -> Result<Paged<Status>> {
    if form.only_media {
        // No post has media here.
        return Ok(Paged::empty());
    }
    let origin = origin(form.local, form.remote);
    let views = timelines::public(&app, caller.viewer(), origin, paging.page).await?;
    Ok(shown(&app, caller.viewer(), &paging, &views))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Tagged {
    local: bool,
    remote: bool,
    only_media: bool,
    any: Vec<String>,
    all: Vec<String>,
    none: Vec<String>,
}

pub(crate) async fn tagged(
    app: Data<App>,
    caller: MaybeCaller<scope::ReadStatuses>,
    tag: Path<String>,
    form: Params<Tagged>,
    paging: Paging<20>,
) -> Result<Paged<Status>> {
    if form.any.iter().any(|tag| !tag.is_empty()) {
        return Err(Error::unsupported("any"));
    }
    if form.only_media {
        return Ok(Paged::empty());
    }
    let mut views = timelines::tagged(&app, caller.viewer(), &tag, paging.page).await?;
    let ids: Vec<i64> = views.iter().map(|view| view.post.id.0).collect();
    let (all, none): (Vec<_>, Vec<_>) = (folded(&form.all), folded(&form.none));
    let origin = origin(form.local, form.remote);
    views.retain(|view| {
        let here = match origin {
            Origin::Everywhere => true,
            Origin::Local => view.post.local,
            Origin::Remote => !view.post.local,
        };
        here && all.iter().all(|tag| view.tags.contains(tag))
            && !none.iter().any(|tag| view.tags.contains(tag))
    });
    // A page may hold fewer posts than asked for; its links lead on all the same.
    Ok(paging.timeline(ids, Status::all(&app.site, caller.viewer(), &views)))
}

fn folded(tags: &[String]) -> Vec<String> {
    tags.iter()
        .filter(|tag| !tag.is_empty())
        .map(|tag| fold(tag.trim_start_matches('#')))
        .collect()
}
