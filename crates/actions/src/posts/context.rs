//! The thread around a post: what it answers and what answers it, as far as the viewer may read.

use kontor_domain::{
    audience::Viewer,
    ids::{AccountId, PostId},
    page::Page,
    time::Time,
};
use kontor_store::{Conn, domain_blocks, mutes, posts, threads};

use super::{PostView, load_kept};
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
    let (now, kept) = (app.now(), app.kept.clone());
    app.store
        .read(move |db| {
            let id = super::shown_id(db, viewer, id)?;
            let above = threads::ancestors(db, id, most.min(depth))?;
            let below = threads::descendants(db, viewer, id, most, depth)?;
            let (above, below) = (
                load_kept(db, &kept, viewer, &above, now)?,
                load_kept(db, &kept, viewer, &below, now)?,
            );
            Ok(Context {
                ancestors: wanted(db, viewer, now, above)?,
                descendants: wanted(db, viewer, now, below)?,
            })
        })
        .await
}

/// What is said by those whom the viewer does not want to see is left out, as it is in timelines.
fn wanted(
    db: &mut Conn,
    viewer: Viewer,
    now: Time,
    mut views: Vec<PostView>,
) -> Result<Vec<PostView>> {
    let Some(reader) = viewer.account().filter(|_| !views.is_empty()) else {
        return Ok(views);
    };
    let authors: Vec<AccountId> = views.iter().map(|view| view.account.id).collect();
    let domains: Vec<&str> = views
        .iter()
        .filter_map(|view| view.account.domain.as_deref())
        .collect();
    let muted = mutes::among(db, reader, &authors, now)?;
    let shut = domain_blocks::among(db, reader, &domains)?;
    views.retain(|view| {
        let author = &view.account;
        author.id == reader
            || !(muted.iter().any(|mute| mute.target_id == author.id)
                || author
                    .domain
                    .as_ref()
                    .is_some_and(|domain| shut.contains(domain)))
    });
    Ok(views)
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
