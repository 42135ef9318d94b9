//! Votes down, which threaded forums send. They are kept and shown to nobody here.

use kontor_domain::ids::{AccountId, DislikeId};
use kontor_store::dislikes::{self, Dislike};

use crate::{App, Error, Result, posts::Named, undone};

/// Doing it again changes nothing.
pub async fn dislike(app: &App, by: AccountId, post: Named, uri: String) -> Result<()> {
    let (now, id) = (app.now(), DislikeId(app.id()));
    app.store
        .write(move |tx| {
            undone::check(tx, Some(&uri), by)?;
            let post = post.readable(tx, by)?;
            let dislike = Dislike {
                id,
                uri: uri.clone(),
                account_id: by,
                post_id: post.id,
                created_at: now,
            };
            dislikes::insert_if_new(tx, &dislike)?;
            Ok(())
        })
        .await
}

/// `Ok` also when there was nothing to take back.
pub async fn undislike(app: &App, by: AccountId, post: Named) -> Result<()> {
    app.store
        .write(move |tx| {
            let post = post.stub(tx)?.id;
            dislikes::delete(tx, by, post)?;
            Ok(())
        })
        .await
}

/// Takes back the vote with this id on the wire. What is not here is remembered, for it may still be on its way.
pub async fn undo(app: &App, by: AccountId, uri: String) -> Result<bool> {
    let now = app.now();
    app.store
        .write(move |tx| {
            let Some(dislike) = dislikes::by_uri(tx, &uri)? else {
                undone::remember(tx, &uri, by, now)?;
                return Ok(false);
            };
            if dislike.account_id != by {
                return Err(Error::Forbidden("Only its owner takes a vote back"));
            }
            Ok(dislikes::delete(tx, by, dislike.post_id)?)
        })
        .await
}
