//! Posts, newest first: those that a person follows, all public ones, those with a hashtag.
//! <https://docs.joinmastodon.org/methods/timelines/>

use actix_web::web::{Data, Path};
use kontor_actions::{
    App, cards,
    posts::PostView,
    timelines::{self, Origin, Part},
};
use kontor_domain::{audience::Viewer, text::hashtag::fold};
use kontor_http::Params;
use serde::Deserialize;

use crate::{
    Result,
    caller::{Caller, MaybeCaller, Reader},
    entities::Status,
    paging::{Paged, Paging},
    scope,
};

pub(crate) async fn home(
    app: Data<App>,
    reader: Reader<scope::ReadStatuses>,
    paging: Paging<20>,
) -> Result<Paged<Status>> {
    let read = reader.reads_own(|asking| timelines::home_of(&app, asking, paging.page));
    let (viewer, views) = read.await?;
    Ok(shown(&app, viewer, &paging, &views))
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

/// Posts for their addressees alone, one's own and others'.
pub(crate) async fn direct(
    app: Data<App>,
    caller: Caller<scope::ReadStatuses>,
    paging: Paging<20>,
) -> Result<Paged<Status>> {
    let views = timelines::direct(&app, caller.id(), paging.page).await?;
    Ok(shown(&app, caller.viewer(), &paging, &views))
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
    reader: Reader<scope::ReadStatuses>,
    form: Params<Public>,
    paging: Paging<20>,
) -> Result<Paged<Status>> {
    let part = Part {
        origin: origin(form.local, form.remote),
        only_media: form.only_media,
    };
    let read = reader.reads(|asking| timelines::public_part(&app, asking, part, paging.page));
    let (viewer, views) = read.await?;
    Ok(shown(&app, viewer, &paging, &views))
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
    let any = std::iter::once(fold(tag.trim_start_matches('#'))).chain(folded(&form.any));
    let which = timelines::Tagged {
        any: any.collect(),
        all: folded(&form.all),
        none: folded(&form.none),
        part: Part {
            origin: origin(form.local, form.remote),
            only_media: form.only_media,
        },
    };
    let views = timelines::tagged_as(&app, caller.viewer(), which, paging.page).await?;
    Ok(shown(&app, caller.viewer(), &paging, &views))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Link {
    url: String,
}

/// Public posts that link to a page.
pub(crate) async fn link(
    app: Data<App>,
    caller: MaybeCaller<scope::ReadStatuses>,
    form: Params<Link>,
    paging: Paging<20>,
) -> Result<Paged<Status>> {
    let views = cards::posts(&app, caller.viewer(), form.into_inner().url, paging.page).await?;
    Ok(shown(&app, caller.viewer(), &paging, &views))
}

/// More of each are passed over, as Mastodon does.
const NAMED: usize = 4;

fn folded(tags: &[String]) -> Vec<String> {
    tags.iter()
        .filter(|tag| !tag.is_empty())
        .take(NAMED)
        .map(|tag| fold(tag.trim_start_matches('#')))
        .collect()
}
