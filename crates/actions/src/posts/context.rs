//! The thread around a post: what it answers and what answers it, as far as the viewer may read.

use kontor_domain::{audience::Viewer, ids::PostId, page::Page};
use kontor_store::{posts, threads};

use super::{PostView, load};
use crate::{App, Error, Result};

#[derive(Debug, Clone, Default)]
pub struct Context {
    /// Oldest first.
    pub ancestors: Vec<PostView>,
    /// Each post before its own answers.
    pub descendants: Vec<PostView>,
}

pub async fn context(app: &App, viewer: Viewer, id: PostId) -> Result<Context> {
    let limits = &app.settings.limits;
    let most = if viewer.account().is_some() {
        limits.thread_posts
    } else {
        limits.thread_posts_anonymous
    };
    let depth = limits.thread_depth;
    if viewer.account().is_some() {
        crate::contexts::opened(app, id).await?;
    }
    app.store
        .read(move |db| {
            let id = super::shown_id(db, viewer, id)?;
            let above = threads::ancestors(db, id, most.min(depth))?;
            let below = threads::descendants(db, viewer, id, most, depth)?;
            Ok(Context {
                ancestors: load(db, viewer, &above)?,
                descendants: load(db, viewer, &below)?,
            })
        })
        .await
}

/// The direct answers to a post that the viewer may read, with their addresses, oldest first: those alone that everyone may
/// read, whoever asks.
pub async fn replies(
    app: &App,
    viewer: Viewer,
    id: PostId,
    page: Page,
) -> Result<Vec<(PostId, String)>> {
    app.store
        .read(move |db| {
            posts::by_id(db, viewer, id)?.ok_or(Error::NotFound)?;
            let mut replies = posts::open_replies(db, id, &page)?;
            replies.reverse();
            Ok(replies)
        })
        .await
}
