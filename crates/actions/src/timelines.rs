//! Pages of posts, newest first.

use kontor_domain::{
    audience::Viewer,
    ids::{AccountId, PostId},
    page::Page,
};
pub use kontor_store::timelines::{Narrow, Origin, Part, Selection, Tagged};
use kontor_store::{Conn, timelines};

use crate::{
    App, Asking, Result, asking,
    posts::{PostView, load_kept, load_seen},
};

pub async fn home(app: &App, owner: AccountId, page: Page) -> Result<Vec<PostView>> {
    let (_, views) = home_of(app, Viewer::Account(owner).into(), page).await?;
    Ok(views)
}

/// Of whoever asks; nothing for nobody.
pub async fn home_of(app: &App, asking: Asking, page: Page) -> Result<(Viewer, Vec<PostView>)> {
    let now = app.now();
    seen(app, asking, move |db, viewer| match viewer.account() {
        Some(owner) => timelines::home(db, owner, now, &page),
        None => Ok(Vec::new()),
    })
    .await
}

/// Posts for their addressees alone, by or for this account.
pub async fn direct(app: &App, owner: AccountId, page: Page) -> Result<Vec<PostView>> {
    let now = app.now();
    shown(app, Viewer::Account(owner), move |db| {
        timelines::direct(db, owner, now, &page)
    })
    .await
}

pub async fn public(
    app: &App,
    viewer: Viewer,
    origin: Origin,
    page: Page,
) -> Result<Vec<PostView>> {
    let part = Part {
        origin,
        only_media: false,
    };
    let (_, views) = public_part(app, viewer.into(), part, page).await?;
    Ok(views)
}

/// A part of what is public.
pub async fn public_part(
    app: &App,
    asking: Asking,
    part: Part,
    page: Page,
) -> Result<(Viewer, Vec<PostView>)> {
    let now = app.now();
    if !part.only_media {
        return seen(app, asking, move |db, viewer| {
            timelines::public(db, viewer, part.origin, now, &page)
        })
        .await;
    }
    let kept = app.kept.clone();
    asking::read(app, asking, move |db, viewer| {
        let ids = timelines::public_media(db, viewer, part.origin, now, &page)?;
        load_kept(db, &kept, viewer, &ids, now)
    })
    .await
}

/// `tag` in any spelling.
pub async fn tagged(app: &App, viewer: Viewer, tag: &str, page: Page) -> Result<Vec<PostView>> {
    let which = Tagged::with(&kontor_domain::text::hashtag::fold(tag));
    tagged_as(app, viewer, which, page).await
}

/// By several hashtags at once, folded.
pub async fn tagged_as(
    app: &App,
    viewer: Viewer,
    which: Tagged,
    page: Page,
) -> Result<Vec<PostView>> {
    let now = app.now();
    shown(app, viewer, move |db| {
        timelines::tagged(db, viewer, &which, now, &page)
    })
    .await
}

pub async fn account(
    app: &App,
    viewer: Viewer,
    account: AccountId,
    selection: Selection,
    page: Page,
) -> Result<Vec<PostView>> {
    account_of(app, viewer, account, (selection, Narrow::default()), page).await
}

/// What is posted in a community, threads and answers, as far as the viewer may read it.
pub async fn community(
    app: &App,
    viewer: Viewer,
    community: AccountId,
    page: Page,
) -> Result<Vec<PostView>> {
    shown(app, viewer, move |db| {
        timelines::of_community(db, viewer, community, &page)
    })
    .await
}

/// The same of some of them.
pub async fn account_of(
    app: &App,
    viewer: Viewer,
    account: AccountId,
    (selection, narrow): (Selection, Narrow),
    page: Page,
) -> Result<Vec<PostView>> {
    shown(app, viewer, move |db| {
        timelines::by_account_of(db, viewer, account, selection, &narrow, &page)
    })
    .await
}

/// How many of an account's posts everyone may read.
pub async fn count_open(app: &App, account: AccountId) -> Result<i64> {
    app.store
        .read(move |db| Ok(kontor_store::posts::count_open(db, account)?))
        .await
}

/// What is found with its version need not be asked for it.
async fn seen(
    app: &App,
    asking: Asking,
    found: impl FnOnce(&mut Conn, Viewer) -> kontor_store::Result<Vec<timelines::Seen>> + Send + 'static,
) -> Result<(Viewer, Vec<PostView>)> {
    let (now, kept) = (app.now(), app.kept.clone());
    asking::read(app, asking, move |db, viewer| {
        let found = found(db, viewer)?;
        load_seen(db, &kept, viewer, &found, now)
    })
    .await
}

async fn shown(
    app: &App,
    viewer: Viewer,
    ids: impl FnOnce(&mut Conn) -> kontor_store::Result<Vec<PostId>> + Send + 'static,
) -> Result<Vec<PostView>> {
    let (now, kept) = (app.now(), app.kept.clone());
    app.store
        .read(move |db| {
            let ids = ids(db)?;
            load_kept(db, &kept, viewer, &ids, now)
        })
        .await
}
