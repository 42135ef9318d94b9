//! Favourites: given and taken back, by people here and elsewhere.

use kontor_domain::{
    audience::Viewer,
    event::{EndedFavourite, Event},
    ids::{AccountId, ActivityId, FavouriteId, PostId},
    interaction::Deed,
    notification::NotificationKind,
    page::Page,
};
use kontor_store::{
    Tx,
    favourites::{self, Favourite},
    notifications,
    posts::Stub,
};

use crate::{
    App, Error, Result,
    follows::Listed,
    interaction_limits,
    posts::{self, Named, PostView},
    undone,
};

/// Favourites a post that `by` may read. `uri` is the id of a Like from elsewhere. Doing it again changes nothing.
pub async fn favourite(
    app: &App,
    by: AccountId,
    post: impl Into<Named>,
    uri: Option<String>,
) -> Result<PostId> {
    let (now, id, post) = (app.now(), FavouriteId(app.id()), post.into());
    let this = app.clone();
    app.store
        .write(move |tx| {
            undone::check(tx, uri.as_deref(), by)?;
            let post = post.readable(tx, by)?;
            let favourite = Favourite {
                id,
                uri: uri
                    .clone()
                    .unwrap_or_else(|| this.site.activity(ActivityId(id.0))),
                account_id: by,
                post_id: post.id,
                created_at: now,
            };
            if favourites::insert_if_new(tx, &favourite)? {
                // What stands already may be said again, whatever its author says by now.
                if uri.is_none() {
                    interaction_limits::check(tx, by, &post, Deed::Favourite)?;
                }
                this.record(
                    tx,
                    &Event::PostFavourited {
                        favourite: id,
                        post: post.id,
                    },
                )?;
            }
            Ok(post.id)
        })
        .await
}

/// `Ok` also when there was nothing to take back.
pub async fn unfavourite(app: &App, by: AccountId, post: impl Into<Named>) -> Result<PostId> {
    let (this, post) = (app.clone(), post.into());
    app.store
        .write(move |tx| {
            let post = post.stub(tx)?;
            if let Some(favourite) = favourites::of(tx, by, post.id)? {
                end(&this, tx, &favourite, &post)?;
            }
            Ok(post.id)
        })
        .await
}

/// Takes back the favourite with this id on the wire. What is not here is remembered, for it may still be on its way.
pub async fn undo(app: &App, by: AccountId, uri: String) -> Result<bool> {
    let (this, now) = (app.clone(), app.now());
    app.store
        .write(move |tx| {
            let Some(favourite) = favourites::by_uri(tx, &uri)? else {
                undone::remember(tx, &uri, by, now)?;
                return Ok(false);
            };
            if favourite.account_id != by {
                return Err(Error::Forbidden("Only its owner takes a favourite back"));
            }
            let post = Named::Id(favourite.post_id).stub(tx)?;
            end(&this, tx, &favourite, &post)?;
            Ok(true)
        })
        .await
}

fn end(app: &App, tx: &mut Tx<'_>, favourite: &Favourite, post: &Stub) -> Result<()> {
    if !favourites::delete(tx, favourite)? {
        return Ok(());
    }
    let by = favourite.account_id;
    notifications::delete_about(
        tx,
        post.account_id,
        by,
        NotificationKind::Favourite,
        post.id,
    )?;
    app.record(
        tx,
        &Event::FavouriteUndone(EndedFavourite {
            uri: favourite.uri.clone(),
            account: by,
            post: post.id,
            post_uri: post.uri.clone(),
            post_author: post.account_id,
        }),
    )
}

/// Posts with the rows that they are paged by.
pub type Kept = (Vec<i64>, Vec<PostView>);

/// What an account favourited and may still read, newest first.
pub async fn page(app: &App, by: AccountId, page: Page) -> Result<Kept> {
    let now = app.now();
    app.store
        .read(move |db| {
            let rows = favourites::by_account(db, by, &page)?;
            let ids: Vec<PostId> = rows.iter().map(|(_, post)| *post).collect();
            let rows = rows.into_iter().map(|(row, _)| row).collect();
            Ok((rows, posts::load(db, Viewer::Account(by), &ids, now)?))
        })
        .await
}

/// Who favourited a post.
pub async fn of_post(app: &App, viewer: Viewer, id: PostId, page: Page) -> Result<Listed> {
    app.store
        .read(move |db| {
            let id = posts::shown_id(db, viewer, id)?;
            let rows = favourites::of_post(db, viewer, id, &page)?;
            crate::accounts::listed(db, rows)
        })
        .await
}
