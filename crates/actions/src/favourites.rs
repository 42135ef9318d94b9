//! Favourites: given and taken back, by people here and elsewhere.

use std::sync::Arc;

use kontor_domain::{
    audience::Viewer,
    event::{EndedFavourite, Event},
    ids::{AccountId, ActivityId, FavouriteId, PostId},
    interaction::Deed,
    notification::NotificationKind,
    page::Page,
};
use kontor_store::{
    Tx, dislikes,
    favourites::{self, Favourite},
    notifications,
    posts::Stub,
};

use crate::{
    App, Error, Result,
    communities::{self, Source},
    follows::Listed,
    interaction_limits,
    posts::{self, Beside, Named, PostView},
    undone,
};

/// A vote from elsewhere, for a post or against it.
#[derive(Clone)]
pub struct Heard {
    /// Its id on the wire.
    pub uri: String,
    /// Whose word it is: that of whoever gave it, or of the group that the post is in.
    pub source: Source,
    /// Written with it if it takes the place of the opposite one.
    pub beside: Arc<dyn Beside>,
}

/// Favourites a post that `by` may read: somebody here, or who was heard of from elsewhere. Doing it again changes nothing. A vote down
/// of theirs ends with it.
pub async fn favourite(
    app: &App,
    by: AccountId,
    post: impl Into<Named>,
    heard: Option<Heard>,
) -> Result<PostId> {
    let (post, _) = favourite_with(app, by, post, heard).await?;
    Ok(post)
}

/// The same, and whether it took the place of a vote down.
pub async fn favourite_with(
    app: &App,
    by: AccountId,
    post: impl Into<Named>,
    heard: Option<Heard>,
) -> Result<(PostId, bool)> {
    let (now, id, post) = (app.now(), FavouriteId(app.id()), post.into());
    let this = app.clone();
    app.store
        .write(move |tx| {
            let uri = heard.as_ref().map(|heard| &heard.uri);
            let source = heard.as_ref().map_or(Source::Here, |heard| heard.source);
            undone::check(tx, uri.map(String::as_str), by)?;
            let post = post.readable(tx, by)?;
            communities::may_take_part(&this, tx, (post.community_id, by), source)?;
            let favourite = Favourite {
                id,
                uri: uri
                    .cloned()
                    .unwrap_or_else(|| this.site.activity(ActivityId(id.0))),
                account_id: by,
                post_id: post.id,
                created_at: now,
            };
            // What stands already may be said again, whatever its author says by now.
            if !favourites::insert_if_new(tx, &favourite)? {
                return Ok((post.id, false));
            }
            if heard.is_none() {
                interaction_limits::check(tx, by, &post, Deed::Favourite)?;
            }
            this.record(
                tx,
                &Event::PostFavourited {
                    favourite: id,
                    post: post.id,
                },
            )?;
            let turned = dislikes::delete(tx, by, post.id)?;
            if let Some(heard) = heard.as_ref().filter(|_| turned) {
                heard.beside.after(&this, tx)?;
            }
            Ok((post.id, turned))
        })
        .await
}

/// `Ok` also when there was nothing to take back.
pub async fn unfavourite(app: &App, by: AccountId, post: impl Into<Named>) -> Result<PostId> {
    let (post, _) = unfavourite_with(app, by, post, Arc::new(())).await?;
    Ok(post)
}

/// The same, with what else is written if there was something to take back, and whether there was.
pub async fn unfavourite_with(
    app: &App,
    by: AccountId,
    post: impl Into<Named>,
    beside: Arc<dyn Beside>,
) -> Result<(PostId, bool)> {
    let (this, post) = (app.clone(), post.into());
    app.store
        .write(move |tx| {
            let post = post.stub(tx)?;
            let ended = match favourites::of(tx, by, post.id)? {
                Some(favourite) => end(&this, tx, &favourite, &post)?,
                None => false,
            };
            if ended {
                beside.after(&this, tx)?;
            }
            Ok((post.id, ended))
        })
        .await
}

/// Takes back the favourite with this id on the wire. What is not here is remembered, for it may still be on its way.
pub async fn undo(app: &App, by: AccountId, uri: String, beside: Arc<dyn Beside>) -> Result<bool> {
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
            let ended = end(&this, tx, &favourite, &post)?;
            if ended {
                beside.after(&this, tx)?;
            }
            Ok(ended)
        })
        .await
}

/// `false`: it was gone.
pub(crate) fn end(app: &App, tx: &mut Tx<'_>, favourite: &Favourite, post: &Stub) -> Result<bool> {
    if !favourites::delete(tx, favourite)? {
        return Ok(false);
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
    )?;
    Ok(true)
}

/// Posts with the rows that they are paged by.
pub type Kept = (Vec<i64>, Vec<PostView>);

/// What an account favourited and may still read, newest first.
pub async fn page(app: &App, by: AccountId, page: Page) -> Result<Kept> {
    let (now, kept) = (app.now(), app.kept.clone());
    app.store
        .read(move |db| {
            let rows = favourites::by_account(db, by, &page)?;
            let ids: Vec<PostId> = rows.iter().map(|(_, post)| *post).collect();
            let rows = rows.into_iter().map(|(row, _)| row).collect();
            Ok((
                rows,
                posts::load_kept(db, &kept, Viewer::Account(by), &ids, now)?,
            ))
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
