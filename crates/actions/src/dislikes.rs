//! Votes down, which threaded forums send. They are kept and shown to nobody here. Nobody votes both up and down.

use std::sync::Arc;

use kontor_domain::ids::{AccountId, DislikeId};
use kontor_store::{
    dislikes::{self, Dislike},
    favourites,
};

use crate::{
    App, Error, Result, communities,
    favourites::{Heard, end},
    posts::{Beside, Named},
    undone,
};

/// Doing it again changes nothing. A favourite of theirs ends with it; `true`: there was one.
pub async fn dislike(app: &App, by: AccountId, post: Named, heard: Heard) -> Result<bool> {
    let (now, id) = (app.now(), DislikeId(app.id()));
    let this = app.clone();
    app.store
        .write(move |tx| {
            undone::check(tx, Some(&heard.uri), by)?;
            let post = post.readable(tx, by)?;
            communities::may_take_part(&this, tx, (post.community_id, by), heard.source)?;
            let dislike = Dislike {
                id,
                uri: heard.uri.clone(),
                account_id: by,
                post_id: post.id,
                created_at: now,
            };
            if !dislikes::insert_if_new(tx, &dislike)? {
                return Ok(false);
            }
            let Some(favourite) = favourites::of(tx, by, post.id)? else {
                return Ok(false);
            };
            let post = Named::Id(post.id).stub(tx)?;
            let turned = end(&this, tx, &favourite, &post)?;
            if turned {
                heard.beside.after(&this, tx)?;
            }
            Ok(turned)
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
