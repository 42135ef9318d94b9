//! Bookmarks: what people keep for themselves.

use kontor_domain::{
    audience::Viewer,
    ids::{AccountId, BookmarkId, PostId},
    page::Page,
};
use kontor_store::bookmarks::{self, Bookmark};

use crate::{
    App, Result,
    favourites::Kept,
    posts::{self, Named},
};

pub async fn bookmark(app: &App, by: AccountId, post: impl Into<Named>) -> Result<PostId> {
    let (now, id, post) = (app.now(), BookmarkId(app.id()), post.into());
    app.store
        .write(move |tx| {
            let post = post.readable(tx, by)?;
            let bookmark = Bookmark {
                id,
                account_id: by,
                post_id: post.id,
                created_at: now,
            };
            bookmarks::insert_if_new(tx, &bookmark)?;
            Ok(post.id)
        })
        .await
}

pub async fn unbookmark(app: &App, by: AccountId, post: impl Into<Named>) -> Result<PostId> {
    let post = post.into();
    app.store
        .write(move |tx| {
            let post = post.stub(tx)?.id;
            bookmarks::delete(tx, by, post)?;
            Ok(post)
        })
        .await
}

/// What an account keeps and may still read, newest first.
pub async fn page(app: &App, by: AccountId, page: Page) -> Result<Kept> {
    let (now, kept) = (app.now(), app.kept.clone());
    app.store
        .read(move |db| {
            let rows = bookmarks::by_account(db, by, &page)?;
            let ids: Vec<PostId> = rows.iter().map(|(_, post)| *post).collect();
            let rows = rows.into_iter().map(|(row, _)| row).collect();
            Ok((
                rows,
                posts::load_kept(db, &kept, Viewer::Account(by), &ids, now)?,
            ))
        })
        .await
}
