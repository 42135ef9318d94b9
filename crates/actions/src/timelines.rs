//! Pages of posts, newest first.

use kontor_domain::{
    audience::Viewer,
    ids::{AccountId, PostId},
    page::Page,
};
pub use kontor_store::timelines::{Origin, Selection};
use kontor_store::{Conn, timelines};

use crate::{
    App, Result,
    posts::{PostView, load},
};

pub async fn home(app: &App, owner: AccountId, page: Page) -> Result<Vec<PostView>> {
    let now = app.now();
    shown(app, Viewer::Account(owner), move |db| {
        timelines::home(db, owner, now, &page)
    })
    .await
}

pub async fn public(
    app: &App,
    viewer: Viewer,
    origin: Origin,
    page: Page,
) -> Result<Vec<PostView>> {
    let now = app.now();
    shown(app, viewer, move |db| {
        timelines::public(db, viewer, origin, now, &page)
    })
    .await
}

/// `tag` in any spelling.
pub async fn tagged(app: &App, viewer: Viewer, tag: &str, page: Page) -> Result<Vec<PostView>> {
    let tag = kontor_domain::text::hashtag::fold(tag);
    let now = app.now();
    shown(app, viewer, move |db| {
        timelines::tagged(db, viewer, &tag, now, &page)
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
    shown(app, viewer, move |db| {
        timelines::by_account(db, viewer, account, selection, &page)
    })
    .await
}

/// How many of an account's posts everyone may read.
pub async fn count_open(app: &App, account: AccountId) -> Result<i64> {
    app.store
        .read(move |db| Ok(kontor_store::posts::count_open(db, account)?))
        .await
}

async fn shown(
    app: &App,
    viewer: Viewer,
    ids: impl FnOnce(&mut Conn) -> kontor_store::Result<Vec<PostId>> + Send + 'static,
) -> Result<Vec<PostView>> {
    app.store
        .read(move |db| {
            let ids = ids(db)?;
            load(db, viewer, &ids)
        })
        .await
}
