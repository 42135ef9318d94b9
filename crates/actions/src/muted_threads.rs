//! A person wants to hear no more of a thread. It is shown as before.

use kontor_domain::ids::{AccountId, PostId};
use kontor_store::{muted_threads, threads};

use crate::{App, Error, Result, posts::Named};

/// The thread of a post that `by` may read. Returns the post, which of a boost is what it boosts.
pub async fn mute(app: &App, by: AccountId, post: impl Into<Named>) -> Result<PostId> {
    let (now, post) = (app.now(), post.into());
    app.store
        .write(move |tx| {
            let post = post.readable(tx, by)?.id;
            let thread = threads::thread_of(tx, post)?.ok_or(Error::NotFound)?;
            muted_threads::insert(tx, by, thread, now)?;
            Ok(post)
        })
        .await
}

/// `Ok` also when it was not muted.
pub async fn unmute(app: &App, by: AccountId, post: impl Into<Named>) -> Result<PostId> {
    let post = post.into();
    app.store
        .write(move |tx| {
            let post = post.readable(tx, by)?.id;
            let thread = threads::thread_of(tx, post)?.ok_or(Error::NotFound)?;
            muted_threads::delete(tx, by, thread)?;
            Ok(post)
        })
        .await
}
