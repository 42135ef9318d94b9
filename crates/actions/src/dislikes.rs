//! Votes down, which threaded forums send. They are kept and shown to nobody here.

use std::sync::Arc;

use kontor_domain::ids::{AccountId, DislikeId};
use kontor_store::dislikes::{self, Dislike};

use crate::{
    App, Error, Result, communities,
    posts::{Beside, Named},
    undone,
};

/// Doing it again changes nothing.
pub async fn dislike(app: &App, by: AccountId, post: Named, uri: String) -> Result<()> {
    let (now, id) = (app.now(), DislikeId(app.id()));
    let this = app.clone();
    app.store
        .write(move |tx| {
            undone::check(tx, Some(&uri), by)?;
            let post = post.readable(tx, by)?;
            communities::may_take_part(&this, tx, post.community_id, by)?;
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

/// `false`: there was nothing to take back. `beside` is written if there was.
pub async fn undislike(
    app: &App,
    by: AccountId,
    post: Named,
    beside: Arc<dyn Beside>,
) -> Result<bool> {
    let this = app.clone();
    app.store
        .write(move |tx| {
            let post = post.stub(tx)?.id;
            let ended = dislikes::delete(tx, by, post)?;
            if ended {
                beside.after(&this, tx)?;
            }
            Ok(ended)
        })
        .await
}

/// Takes back the vote with this id on the wire. What is not here is remembered, for it may still be on its way.
pub async fn undo(app: &App, by: AccountId, uri: String, beside: Arc<dyn Beside>) -> Result<bool> {
    let (this, now) = (app.clone(), app.now());
    app.store
        .write(move |tx| {
            let Some(dislike) = dislikes::by_uri(tx, &uri)? else {
                undone::remember(tx, &uri, by, now)?;
                return Ok(false);
            };
            if dislike.account_id != by {
                return Err(Error::Forbidden("Only its owner takes a vote back"));
            }
            let ended = dislikes::delete(tx, by, dislike.post_id)?;
            if ended {
                beside.after(&this, tx)?;
            }
            Ok(ended)
        })
        .await
}
